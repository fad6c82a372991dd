"""The site: the fair copy of an EPUB edition set as pages of HTML, with a start page that hands out the finished files.

Each page is also well-formed XML, so that it is read back as strictly as a document of the EPUB. Everything that a page asks for is in the site.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from lxml import etree

from bindery.edition import qr_code
from bindery.edition.accessibility import accessibility_of
from bindery.edition.block_names import BLOCK
from bindery.edition.fair_copy import Section
from bindery.edition.pages import EpubPages
from bindery.edition.passport import Passport
from bindery.edition.sheets import read_sheet
from bindery.edition.subset import Styles
from bindery.epub.epub_edition import contents, parsed, stylesheets, written
from bindery.epub.page_breaks import EPUB_TYPE, XHTML, mark_pages
from bindery.foundry.fonts import house_fonts
from bindery.manuscript.book import HOUSE
from bindery.printing.cover import cover_picture
from bindery.printing.page_map import PageMap

START, CONTENTS, SEARCH = "index.html", "contents.html", "search.html"
SCRIPT, INDEX = "site.js", "search.json"
FILES = "files"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"

Element = etree._Element


@dataclass(frozen=True)
class Download:
    """A finished file that the start page offers: its name, its bytes, and what kind of file it is ("PDF", "EPUB")."""

    name: str
    data: bytes
    kind: str
    edition: str

    @property
    def path(self) -> str:
        return f"{FILES}/{self.name}"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def size(self) -> str:
        """In kilobytes or megabytes of 1000, as stores and systems tell it."""
        count = len(self.data)
        return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


class WebPages(EpubPages):
    """Markup for the pages of the site: the sections in ``read/``, beside them the contents and the start page, which serves as half title."""

    @property
    def formats(self) -> tuple[str, ...]:
        return ("web", *super().formats)

    def path(self, target: str) -> str:
        identifier = target.removeprefix("#")
        owner = self.copy.owner.get(identifier, identifier)
        if owner in self.elsewhere:
            return CONTENTS if self.elsewhere[owner] == "nav.xhtml" else START
        return f"read/{owner}.html" + ("" if owner == identifier else f"#{identifier}")

    def href(self, target: str) -> str:
        path = self.path(target)
        return path.removeprefix("read/") if path.startswith("read/") else f"../{path}"


def make_site(
    pages: WebPages, printed: PageMap | None, passport: Passport | None, downloads: Sequence[Download], errata: bytes = b""
) -> dict[str, bytes]:
    """The files of the site by their paths. ``printed`` is the page map of the print edition whose pages are shown in the margin. Same arguments,
    same bytes.

    Raises :class:`~bindery.problem.Faulty` for what the author can mend: a stylesheet, a template, a cover picture.
    """
    copy = pages.copy
    sheets = list(stylesheets(copy))
    facts = accessibility_of(copy, sheets, paged=printed is not None)
    pages.environment.globals.update(passport=passport, accessibility=facts, paged=printed is not None)
    cover = cover_picture(copy, pages, sheets)
    styles = Styles([*sheets, read_sheet(copy, "web.css")], house_fonts())
    start = {"image": cover.name, "downloads": downloads, "errata": f"{FILES}/errata.html" if errata else ""}
    roots = _roots(pages, styles, start)
    if printed:
        breaks = mark_pages({path: root for path, root in roots.items() if path.startswith("read/")}, printed)
        _main(roots[CONTENTS]).append(parsed("page-list.html.j2", pages.page("page-list.html.j2", breaks=breaks)))
    passages = list(_passages(pages, roots, printed))
    characters = styles.characters(roots.values())
    fonts = styles.fonts(characters)
    files = {path: _html(root) for path, root in roots.items()}
    files |= {path: _with_woff2(text, fonts).encode() for path, text in styles.bound(characters).items()}
    files |= {_woff2_name(name): woff2(data) for name, data in fonts.items()}
    files |= {picture.name: picture.data for picture in (cover, *copy.pictures.values())}
    files |= {one.path: one.data for one in downloads}
    if passport and qr_code.is_shown(roots.values(), pages.picture(qr_code.NAME)):
        files[qr_code.NAME] = qr_code.qr_code(passport, copy.book.card.website, pages.templates)
    if errata:
        files[f"{FILES}/errata.html"] = errata
    files[SCRIPT] = (HOUSE / "templates" / "web" / SCRIPT).read_bytes()
    files[INDEX] = (json.dumps(passages, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
    return dict(sorted(files.items()))


# --- pages -------------------------------------------------------------------------------------------------------------------


def _roots(pages: WebPages, styles: Styles, start: Mapping[str, Any]) -> dict[str, Element]:
    """Every page, read back, by its path. The colophon is set last: it tells which faces the book is set in."""
    sheets = [sheet.path for sheet, _ in styles.rules]
    order = pages.sections

    def page(path: str, template: str, **values: Any) -> Element:
        up = "../" * path.count("/")
        return parsed(path, pages.page(template, sheets=sheets, up=up, script=SCRIPT, index=INDEX, **values))

    def section_page(section: Section) -> Element:
        at = order.index(section)
        before, after = order[at - 1] if at else None, order[at + 1] if at + 1 < len(order) else None
        return page(pages.path(section.id), "section.html.j2", section=section, kind=section.kind, before=before, after=after)

    roots = {
        START: page(START, "start.html.j2", kind="start", first=pages.path(_first(order).id), **start),
        CONTENTS: page(CONTENTS, "contents.html.j2", kind="contents", toc=contents(pages.copy, pages)),
        SEARCH: page(SEARCH, "search.html.j2", kind="search"),
    }
    for section in sorted(order, key=lambda section: section.kind == "colophon"):
        if section.kind == "colophon":
            pages.faces = styles.credits(styles.characters(roots.values()))
        roots[pages.path(section.id)] = section_page(section)
    return roots


def _first(sections: Sequence[Section]) -> Section:
    """Where the reading starts: with the text itself."""
    return next(section for section in sections if section.matter == "body")


def _main(root: Element) -> Element:
    return next(root.iter(f"{XHTML}main"))


def _html(root: Element) -> bytes:
    """A page as bytes: HTML that is XML, too, without what only an EPUB may say."""
    for element in root.iter(etree.Element):
        for name in (EPUB_TYPE, BLOCK, LANG):
            element.attrib.pop(name, None)
    etree.cleanup_namespaces(root)
    return written(root).split("\n", 1)[1].encode()


# --- passages ----------------------------------------------------------------------------------------------------------------


def _passages(pages: WebPages, roots: Mapping[str, Element], printed: PageMap | None) -> Iterator[dict[str, str]]:
    """Gives each paragraph of the text an id and a link by which it is cited; yields what the search finds of it: its address (``at``), the printed
    page on which it starts (``page``), its section (``in``) and its words (``text``).
    """
    blocks = printed.by_name() if printed else {}
    for section in pages.sections:
        path = pages.path(section.id)
        for element in list(_paragraphs(roots[path])):
            name = str(element.get(BLOCK))
            identifier = element.get("id") or "at-" + re.sub(r"[^\w-]", "-", name.partition(":")[2])
            element.set("id", identifier)
            block = blocks.get(name)
            leaf = printed.label(block.lines[0].page) if printed and block and block.lines else ""
            text = " ".join("".join(element.itertext()).split())
            link = parsed("cite.html.j2", pages.page("cite.html.j2", identifier=identifier, leaf=leaf))
            element.append(link)
            yield {"at": f"{path}#{identifier}", "page": leaf, "in": section.name, "text": text}


def _paragraphs(root: Element) -> Iterator[Element]:
    """The paragraphs of the text; those of notes are found by their notes."""
    for element in root.iter(f"{XHTML}p"):
        if element.get(BLOCK) and not any(one.get("role") == "doc-footnote" for one in element.iterancestors()):
            yield element


# --- fonts -------------------------------------------------------------------------------------------------------------------


def woff2(data: bytes) -> bytes:
    """A font compressed for the web (WOFF File Format 2.0, w3.org/TR/WOFF2). Same bytes for the same font."""
    font = TTFont(io.BytesIO(data), recalcTimestamp=False)
    font.flavor = "woff2"
    finished = io.BytesIO()
    font.save(finished)
    return finished.getvalue()


def _woff2_name(name: str) -> str:
    return name.removesuffix(".ttf") + ".woff2"


def _with_woff2(text: str, fonts: Iterable[str]) -> str:
    for name in fonts:
        text = text.replace(f'"../{name}"', f'"../{_woff2_name(name)}"')
    return text
