"""The EPUB: the fair copy bound as EPUB 3.3, by the house's own templates and zip.

Everything in the container is made here: documents, navigation, package, stylesheets, fonts cut to the book, pictures, a cover. Rules are
those of EPUB 3.3 (w3.org/TR/epub-33), EPUB Accessibility 1.1, and the guidelines of Amazon, Apple and Kobo.
"""

from __future__ import annotations

import io
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from bindery.edition import qr_code
from bindery.edition.accessibility import accessibility_of
from bindery.edition.block_names import BLOCK
from bindery.edition.fair_copy import FairCopy, Section
from bindery.edition.pages import SEMANTICS, EpubPages
from bindery.edition.passport import Passport
from bindery.edition.sheets import Sheet, read_sheet
from bindery.edition.subset import Styles
from bindery.epub.page_breaks import PageBreak, mark_pages
from bindery.foundry.fonts import house_fonts
from bindery.manuscript.pictures import Picture
from bindery.nodes import Heading, find, plain
from bindery.printing.cover import cover_picture
from bindery.printing.page_map import PageMap
from bindery.problem import At, Faulty, Problem

FOLDER = "EPUB"
PACKAGE = "package.opf"
COVER_IMAGE = "cover-image"
XHTML = "application/xhtml+xml"
XHTML_NAMESPACE = "http://www.w3.org/1999/xhtml"
# Elements that HTML knows to be empty (HTML, 13.1.2).
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
MATH = "{http://www.w3.org/1998/Math/MathML}math"

# Compressed once more, these only grow.
COMPRESSED = (".jpg", ".png")

# Pages that no table of contents lists, by custom; those that may be a landmark are one instead.
UNLISTED = frozenset({"half-title", "title-page", "copyright", "contents", "dedication", "epigraph"})

# The sections besides the start of the text that reading systems offer to go to at once.
LANDMARKS = ("title-page", "list-of-tables", "list-of-figures", "glossary", "bibliography", "index")


@dataclass(frozen=True)
class Item:
    """A file of the EPUB: ``href`` is its path below :data:`FOLDER`, ``properties`` what the manifest says of it (EPUB 3.3, D.6)."""

    id: str
    href: str
    media_type: str
    data: bytes
    properties: str = ""


@dataclass(frozen=True)
class Document:
    """An XHTML document, as text and read back; the others as in :class:`Item`."""

    id: str
    path: str
    text: str
    root: etree._Element
    properties: str


@dataclass(frozen=True)
class Branch:
    """An entry of the table of contents; ``kind`` is that of its section, and empty for a heading inside one, which has its own ``id``."""

    id: str
    kind: str
    number: str
    name: str
    href: str
    under: tuple[Branch, ...] = ()


@dataclass(frozen=True)
class Landmark:
    """A place that reading systems offer to go to; ``kind`` is a term of the EPUB Structural Semantics Vocabulary."""

    kind: str
    name: str
    href: str


def bind_epub(copy: FairCopy, date: datetime, printed: PageMap | None = None, passport: Passport | None = None) -> bytes:
    """The finished EPUB. ``date``, which must have a time zone, is when the edition was changed last. Same arguments, same bytes.

    ``printed`` is the page map of the print edition whose page numbers it is to carry: as a page list, at its index and its references.
    Its colophon tells what is in the ``passport``.

    Raises :class:`Faulty` for what the author can mend: a stylesheet, a template, a cover picture.
    """
    if date.tzinfo is None:
        raise ValueError("the date needs a time zone: without one it would depend on the machine")
    sheets = list(stylesheets(copy))
    facts = accessibility_of(copy, sheets, paged=printed is not None)
    pages = EpubPages(copy, folios=printed.anchors if printed else {}, extra={"passport": passport, "accessibility": facts})
    styles = Styles(sheets, house_fonts())
    cover = cover_picture(copy, pages, sheets)
    documents, breaks = _paged(_documents(copy, pages, styles, cover), pages, printed)
    if printed and not breaks:  # no page of print was found in the book: then none is spoken of
        return bind_epub(copy, date, None, passport)
    characters = styles.characters(document.root for document in documents)
    fonts = styles.fonts(characters)
    manifest = [
        *(Item(doc.id, doc.path, XHTML, doc.text.encode(), doc.properties) for doc in documents),
        *(
            Item(f"style-{n}", path, "text/css", text.encode())
            for n, (path, text) in enumerate(styles.bound(characters).items(), 1)
        ),
        *(Item(f"font-{n}", path, "font/ttf", data) for n, (path, data) in enumerate(fonts.items(), 1)),
        *_pictures(copy, cover),
        *_qr_code(documents, pages, passport),
    ]
    package = pages.page(
        "package.opf.j2",
        identifier=identifier(copy),
        modified=date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        access=facts,
        page_source=printed.identifier if printed else "",
        manifest=manifest,
        spine=list(_spine(copy, pages)),
        cover_id=COVER_IMAGE,
    )
    container = pages.page("container.xml.j2", package=f"{FOLDER}/{PACKAGE}")
    files = {"META-INF/container.xml": container, f"{FOLDER}/{PACKAGE}": package}
    for path, text in files.items():
        parsed(path, text)
    return _zipped(
        {path: text.encode() for path, text in files.items()} | {f"{FOLDER}/{item.href}": item.data for item in manifest}, date
    )


# --- what the book is made of ------------------------------------------------------------------------------------------------


def stylesheets(copy: FairCopy) -> Iterator[Sheet]:
    """The house's sheet for EPUBs, then those of the edition: the later has the last word."""
    for name in ("epub.css", *copy.edition.styles):
        yield read_sheet(copy, name)


def _documents(copy: FairCopy, pages: EpubPages, styles: Styles, cover: Picture) -> list[Document]:
    """Every XHTML document. The colophon is set last: it tells which faces the book is set in, and only the rest can say that."""
    sheets = [sheet.path for sheet, _ in styles.rules]

    def document(
        identifier: str, path: str, template: str, matter: str, kind: str, properties: str = "", **values: Any
    ) -> Document:
        up = "../" * path.count("/")
        text = pages.page(template, sheets=sheets, up=up, matter=f"{matter}matter", kind=kind, **values)
        root = parsed(path, text)
        math = "mathml" if next(root.iter(MATH), None) is not None else ""
        return Document(identifier, path, text, root, " ".join(filter(None, (properties, math))))

    branches, marks = contents(copy, pages), list(landmarks(copy, pages))
    done = [
        document("cover", "cover.xhtml", "cover.xhtml.j2", "front", "cover", image=cover.name),
        document("nav", "nav.xhtml", "nav.xhtml.j2", "front", "contents", "nav", toc=branches, landmarks=marks),
    ]
    for section in sorted(pages.sections, key=lambda section: section.kind == "colophon"):
        if section.kind == "colophon":
            pages.faces = styles.credits(styles.characters(document.root for document in done))
        path = f"text/{section.id}.xhtml"
        done.append(document(f"text-{section.id}", path, "section.xhtml.j2", section.matter, section.kind, section=section))
    return done


def _paged(documents: list[Document], pages: EpubPages, printed: PageMap | None) -> tuple[list[Document], list[PageBreak]]:
    """The documents with the pages of print marked in them and listed in the navigation, and the names of blocks, which have served, taken out."""
    breaks = mark_pages({document.path: document.root for document in documents}, printed) if printed else []
    for document in documents:
        if breaks and document.id == "nav":
            path = "page-list.html.j2"
            body = document.root.find(f"{{{XHTML_NAMESPACE}}}body")
            assert body is not None, "the frame gives every document a body"
            body.append(parsed(path, pages.page(path, breaks=breaks)))
        etree.strip_attributes(document.root, BLOCK)
    return [replace(document, text=written(document.root)) for document in documents], breaks


def written(root: etree._Element) -> str:
    """A document as text. What is empty keeps its end tag: a program that reads it as HTML would take the start tag for all there is."""
    for element in root.iter(f"{{{XHTML_NAMESPACE}}}*"):
        if element.text is None and not len(element) and etree.QName(element).localname not in VOID:
            element.text = ""
    text = etree.tostring(root, encoding="unicode", doctype="<!DOCTYPE html>")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _pictures(copy: FairCopy, cover: Picture) -> Iterator[Item]:
    yield Item(COVER_IMAGE, cover.name, cover.media_type, cover.data, "cover-image")
    for count, picture in enumerate(sorted(copy.pictures.values(), key=lambda picture: picture.name), 1):
        if picture.name != cover.name:
            yield Item(f"image-{count}", picture.name, picture.media_type, picture.data)


def _qr_code(documents: list[Document], pages: EpubPages, passport: Passport | None) -> Iterator[Item]:
    if passport and qr_code.is_shown((document.root for document in documents), pages.picture(qr_code.NAME)):
        picture = qr_code.qr_code(passport, pages.copy.book.card.website, pages.templates)
        yield Item("qr-code", qr_code.NAME, qr_code.MEDIA_TYPE, picture)


def _spine(copy: FairCopy, pages: EpubPages) -> Iterator[str]:
    """The documents in reading order, by their ids in the manifest; the navigation document where the book has its contents."""
    yield "cover"
    for section in copy.sections:
        if section.kind == "contents":
            yield "nav"
        elif section.id not in pages.elsewhere:
            yield f"text-{section.id}"


def parsed(path: str, text: str) -> etree._Element:
    """A document read back. Raises :class:`Faulty` when a template has made it ill-formed."""
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    try:
        return etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        message = f"{path} comes out ill-formed: {error.msg}; expected XHTML of every template"
        raise Faulty([Problem(At("templates"), message, "template")]) from None


# --- navigation --------------------------------------------------------------------------------------------------------------


def contents(copy: FairCopy, pages: EpubPages) -> list[Branch]:
    """Parts, their chapters, the sections of those."""
    listed = [section for section in copy.sections if section.kind not in UNLISTED]

    def branch(section: Section) -> Branch:
        if section.kind == "part":
            under = tuple(branch(chapter) for chapter in listed if chapter.part == section.id)
        else:
            headings = (heading for heading in find(section.blocks, Heading) if heading.level == 2)
            under = tuple(Branch(h.id, "", h.number, plain(h.children), pages.path(f"#{h.id}")) for h in headings)
        return Branch(section.id, section.kind, section.number, section.name, pages.path(f"#{section.id}"), under)

    return [branch(section) for section in listed if not section.part]


def landmarks(copy: FairCopy, pages: EpubPages) -> Iterator[Landmark]:
    """The cover, the contents, the start of the text, and what is looked up: each once.

    The contents only if the book has a page of them: a link may not lead to what the spine leaves out (EPUB 3.3, 5.7.1; RSC-011 of EPUBCheck).
    """
    words = copy.book.words
    yield Landmark("cover", words["cover"], "cover.xhtml")
    if any(section.kind == "contents" for section in copy.sections):
        yield Landmark("toc", words["contents"], "nav.xhtml#toc")
    start = next(section for section in copy.sections if section.matter == "body")
    for section in copy.sections:
        if section is start:
            yield Landmark("bodymatter", words["start"], pages.path(f"#{section.id}"))
        elif section.kind in LANDMARKS:
            yield Landmark(SEMANTICS[section.kind][0], section.name, pages.path(f"#{section.id}"))


# --- the package ---------------------------------------------------------------------------------------------------------------


def identifier(copy: FairCopy) -> str:
    """The ISBN of the edition; without one, a UUID that follows from the book's title, authors, language and the name of the edition."""
    if copy.edition.isbn:
        return f"urn:isbn:{copy.edition.isbn}"
    card = copy.book.card
    return uuid.uuid5(uuid.NAMESPACE_URL, "\0".join((card.title, *card.authors, card.language, copy.name))).urn


# --- the container -------------------------------------------------------------------------------------------------------------


def _zipped(files: dict[str, bytes], date: datetime) -> bytes:
    """The container: its media type first, uncompressed, without an extra field (OCF 3.3, 4.2.2), then the files in the order given."""
    finished = io.BytesIO()
    with zipfile.ZipFile(finished, "w") as container:
        for name, data in {"mimetype": b"application/epub+zip", **files}.items():
            entry = zipfile.ZipInfo(name, date.astimezone(UTC).timetuple()[:6])
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            stored = name == "mimetype" or name.endswith(COMPRESSED)
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            container.writestr(entry, data, compresslevel=9)
    return finished.getvalue()
