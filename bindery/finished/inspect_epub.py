"""Inspecting a finished EPUB: read back from its bytes alone, and held against the edition that it is.

A check is a generator over the opened file, named for its rule. None of them replaces EPUBCheck, which the tests run; they hold what EPUBCheck does
not look at, and what a build must know before it puts the file in place. Rules: EPUB 3.3 (w3.org/TR/epub-33) unless another is named.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from urllib.parse import unquote, urlsplit

from lxml import etree

from bindery.edition.fair_copy import FairCopy
from bindery.epub.epub_edition import UNLISTED
from bindery.finished import inspect_access as access
from bindery.finished.opened_epub import DC, OPF, OPS, Broken, Opened, X, open_epub, text_of
from bindery.nodes import Note, find
from bindery.problem import At, Problem

MIMETYPE = b"application/epub+zip"
SCHEMES = ("http", "https", "mailto", "tel")
ACTIVE = frozenset({"script", "iframe", "object", "embed", "form"})


def inspect_epub(data: bytes, name: str, copy: FairCopy | None) -> list[Problem]:
    """Everything wrong with the bytes of an EPUB. ``copy`` is the fair copy of the edition that it is, None for a foreign file."""
    try:
        opened = open_epub(data, name, copy)
    except Broken as broken:
        return [Problem(At(name), str(broken), "container")]
    return sorted({problem for check in CHECKS for problem in check(opened)})


# --- the container -------------------------------------------------------------------------------------------------------------


def mimetype(book: Opened) -> Iterator[Problem]:
    """The first member is called mimetype, stored, without extra field (OCF, 4.2.3)."""
    first = book.infos[0]
    if (
        first.filename != "mimetype"
        or first.compress_type != zipfile.ZIP_STORED
        or first.extra
        or book.members["mimetype"] != MIMETYPE
    ):
        yield Problem(
            book.at("mimetype"), "must be the first member, stored, without extra field, and say application/epub+zip", "mimetype"
        )


def member_name(book: Opened) -> Iterator[Problem]:
    """Names are plain ASCII, below the root, and differ by more than case (OCF, 4.2.2; Apple and Windows fold case)."""
    folded = Counter(info.filename.casefold() for info in book.infos)
    for info in book.infos:
        name = info.filename
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]*", name) or ".." in name.split("/") or folded[name.casefold()] > 1:
            yield Problem(
                book.at(name), "is no name for a member; expected unique ASCII letters, digits, '.', '_', '-'", "member-name"
            )


def manifest(book: Opened) -> Iterator[Problem]:
    """Every member is in the manifest and the other way round; every reference of the spine leads into it."""
    listed = {book.path(item.get("href", ""), base=book.opf_path) for item in book.items()}
    for path in sorted(listed - book.members.keys()):
        yield Problem(book.at(book.opf_path), f"lists '{path}', which is not in the file", "manifest")
    for path in sorted(book.members.keys() - listed - {"mimetype", book.opf_path}):
        if not path.startswith("META-INF/"):
            yield Problem(book.at(path), "is not in the manifest", "manifest")
    for path in book.spine:
        if path not in book.documents:
            yield Problem(book.at(book.opf_path), f"the spine leads to '{path}', which is no document of the book", "spine")


def metadata(book: Opened) -> Iterator[Problem]:
    """Identifier, title, language and date of change are there, and are the edition's."""
    at = book.at(book.opf_path)
    unique = book.opf.get("unique-identifier")
    identifier = next((text_of(e) for e in book.opf.iter(f"{DC}identifier") if e.get("id") == unique), "")
    titles = [text_of(e) for e in book.opf.iter(f"{DC}title")]
    languages = [text_of(e) for e in book.opf.iter(f"{DC}language")]
    modified = [text_of(e) for e in book.opf.iter(f"{OPF}meta") if e.get("property") == "dcterms:modified"]
    if not identifier or not titles or not languages or not all([*titles, *languages]):
        yield Problem(at, "an identifier, a title and a language are needed", "metadata")
    if len(modified) != 1 or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", modified[0]):
        yield Problem(at, "expected one dcterms:modified, as 2026-11-25T12:00:00Z", "metadata")
    if book.copy is not None:
        card, edition = book.copy.book.card, book.copy.edition
        if titles[:1] != [card.title] or languages[:1] != [card.language]:
            yield Problem(at, f"title and language are {titles[:1]} and {languages[:1]}; expected those of book.toml", "metadata")
        if edition.isbn and identifier != f"urn:isbn:{edition.isbn}":
            yield Problem(at, f"the identifier is {identifier}; expected the edition's ISBN {edition.isbn}", "metadata")
    if not any("cover-image" in item.get("properties", "").split() for item in book.items()):
        yield Problem(at, "no item of the manifest is the cover-image", "cover-image")


def font_format(book: Opened) -> Iterator[Problem]:
    """Fonts are OpenType with TrueType or CFF outlines: WOFF2 is legal, and refused by stores (KDP, Kobo and Apple list none)."""
    for item in book.items():
        path = book.path(item.get("href", ""), base=book.opf_path)
        if item.get("media-type", "").startswith(("font/", "application/font", "application/vnd.ms-opentype")):
            start = book.members.get(path, b"")[:4]
            if start not in (b"\0\1\0\0", b"OTTO", b"true"):
                yield Problem(book.at(path), "is no TTF or OTF font", "font-format")


# --- the documents -------------------------------------------------------------------------------------------------------------


def href(book: Opened) -> Iterator[Problem]:
    """Every link and source leads to a member and to an id in it; only links lead out, and only to what a reader can follow."""
    ids = {path: {e.get("id") for e in root.iter() if e.get("id")} for path, root in book.documents.items()}
    for path, root in book.documents.items():
        for element in root.iter(etree.Element):
            for name in ("href", "src", "poster", "data", "srcset"):
                target = element.get(name)
                if target is None:
                    continue
                at, parts = book.at(path, element.sourceline), urlsplit(target)
                if parts.scheme or parts.netloc:
                    if element.tag != f"{X}a" or parts.scheme not in SCHEMES:
                        yield Problem(at, f"'{target[:80]}' leads out of the book", "href")
                    continue
                member = book.path(parts.path, base=path) if parts.path else path
                if member not in book.members:
                    yield Problem(at, f"'{target}' leads to no member", "href")
                elif parts.fragment and member in ids and unquote(parts.fragment) not in ids[member]:
                    yield Problem(at, f"'{target}' leads to no id", "href")


def style_url(book: Opened) -> Iterator[Problem]:
    """A stylesheet asks for members only."""
    for path, data in book.members.items():
        if path.endswith(".css"):
            for target in re.findall(
                r"url\(\s*[\"']?([^\"')]*)[\"']?\s*\)|@import\s+[\"']([^\"']*)", data.decode("utf-8", "replace")
            ):
                wanted = target[0] or target[1]
                if urlsplit(wanted).scheme or book.path(wanted, base=path) not in book.members:
                    yield Problem(book.at(path), f"asks for '{wanted[:80]}', which is no member", "style-url")


def active_content(book: Opened) -> Iterator[Problem]:
    """A book does nothing: no script, no frame, no form, no handler."""
    for path, root in book.documents.items():
        for element in root.iter(etree.Element):
            at, tag = book.at(path, element.sourceline), etree.QName(element).localname
            if tag in ACTIVE or any(name.lower().startswith("on") for name in element.attrib):
                yield Problem(at, f"<{tag}> can act; a book cannot", "active-content")


def duplicate_id(book: Opened) -> Iterator[Problem]:
    for path, root in book.documents.items():
        counted = Counter(element.get("id") for element in root.iter(etree.Element) if element.get("id"))
        for identifier, count in counted.items():
            if count > 1:
                yield Problem(book.at(path), f"the id '{identifier}' is given {count} times", "duplicate-id")


def notes(book: Opened) -> Iterator[Problem]:
    """Each call has its note and each note its way back, one to one, under the same number; and there are as many as the manuscript has."""
    found = 0
    for path, root in book.documents.items():
        calls = [a for a in root.iter(f"{X}a") if a.get("role") == "doc-noteref"]
        notes_here = {e.get("id", ""): e for e in root.iter(etree.Element) if e.get("role") == "doc-footnote"}
        found += len(notes_here)
        targets = Counter(call.get("href", "").removeprefix("#") for call in calls)
        for call in calls:
            target, at = call.get("href", "").removeprefix("#"), book.at(path, call.sourceline)
            note = notes_here.get(target)
            if note is None or targets[target] > 1:
                yield Problem(
                    at,
                    f"the call of note '{text_of(call)}' leads to {'no note' if note is None else 'a note called twice'}",
                    "notes",
                )
                continue
            back = next((a for a in note.iter(f"{X}a") if a.get("role") == "doc-backlink"), None)
            if back is None or back.get("href") != f"#{call.get('id')}":
                yield Problem(at, f"note '{text_of(call)}' has no way back to its call", "notes")
            elif text_of(back).rstrip(".") != text_of(call):
                yield Problem(at, f"note '{text_of(back)}' is called as '{text_of(call)}'", "notes")
        for identifier in notes_here.keys() - targets.keys():
            yield Problem(book.at(path, notes_here[identifier].sourceline), f"note '{identifier}' is never called", "notes")
    if book.copy is not None:
        expected = sum(1 for section in book.copy.sections for _ in find((*section.title, *section.blocks), Note))
        if found != expected:
            yield Problem(At(book.name), f"has {found} notes; the manuscript has {expected}", "notes")


def navigation(book: Opened) -> Iterator[Problem]:
    """The contents name every part and chapter in the order of the spine; the landmarks say where the text begins."""
    if book.nav not in book.documents:
        yield Problem(book.at(book.opf_path), "no item of the manifest is the nav document", "navigation")
        return
    navs = {nav.get(f"{OPS}type"): nav for nav in book.documents[book.nav].iter(f"{X}nav")}
    toc, landmarks = navs.get("toc"), navs.get("landmarks")
    if toc is None or landmarks is None or not any(a.get(f"{OPS}type") == "bodymatter" for a in landmarks.iter(f"{X}a")):
        yield Problem(book.at(book.nav), "expected a toc, and landmarks with the bodymatter", "navigation")
    if toc is None:
        return
    links = [(book.path(urlsplit(a.get("href", "")).path, base=book.nav), text_of(a)) for a in toc.iter(f"{X}a")]
    order = [book.spine.index(path) for path, _ in links if path in book.spine]
    if order != sorted(order):
        yield Problem(book.at(book.nav), "the contents are not in the order of the book", "navigation")
    if book.copy is not None:
        wanted = [
            section
            for section in book.copy.sections
            if section.kind not in UNLISTED and (section.kind == "part" or section.at.path.endswith(".md"))
        ]
        entries = iter(links)
        for section in wanted:
            if not any(
                path.endswith(f"/{section.id}.xhtml") and " ".join(section.name.split()) in name for path, name in entries
            ):
                yield Problem(book.at(book.nav), f"the contents lack '{section.name}', or have it in another place", "navigation")
                return


CHECKS: tuple[Callable[[Opened], Iterator[Problem]], ...] = (
    mimetype,
    member_name,
    manifest,
    metadata,
    font_format,
    href,
    style_url,
    active_content,
    duplicate_id,
    notes,
    navigation,
    *access.CHECKS,
)
