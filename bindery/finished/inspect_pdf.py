"""Inspecting a finished PDF: read back from its bytes alone, and held against the edition that it is.

Structure is read with pikepdf, text with pypdfium2; neither was used to make the file. Clauses are those of ISO 32000-1.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pikepdf
import pypdfium2  # type: ignore[import-untyped]

from bindery.edition.fair_copy import FairCopy
from bindery.finished.inspect_press import X1A, X4, inspect_press
from bindery.foundry.lengths import points
from bindery.nodes import Note, Text, find, plain
from bindery.printing.conditions import condition_of
from bindery.problem import At, Problem

ACTIVE = ("/JavaScript", "/Launch", "/EmbeddedFile", "/RichMedia", "/Movie", "/Sound", "/SubmitForm", "/ImportData")
SCHEMES = ("http:", "https:", "mailto:", "tel:")
TOLERANCE = 0.1  # points
SIMPLE = ("/Type1", "/TrueType", "/MMType1")  # fonts that may lack a descriptor, and then are the reader's own (9.6.2.2)


@dataclass(frozen=True)
class Opened:
    """A PDF as it was read: its structure, the text of each page without spaces, and the fair copy it should say the same as."""

    name: str
    pdf: pikepdf.Pdf
    texts: tuple[str, ...]
    copy: FairCopy | None

    @property
    def at(self) -> At:
        return At(self.name)

    @property
    def for_press(self) -> bool:
        """Whether it is to keep to PDF/X, and so has nothing in it that is for a screen."""
        return self.copy is not None and self.copy.edition.standard in (X4, X1A)


def inspect_pdf(data: bytes, name: str, copy: FairCopy | None) -> list[Problem]:
    """Everything wrong with the bytes of a PDF. ``copy`` is the fair copy of the edition that it is, None for a foreign file."""
    try:
        pdf = pikepdf.open(io.BytesIO(data))
        document = pypdfium2.PdfDocument(data)
        texts = tuple(_squeezed(page.get_textpage().get_text_bounded()) for page in document)
        document.close()
    except (pikepdf.PdfError, pypdfium2.PdfiumError, ValueError, RuntimeError) as error:
        return [Problem(At(name), f"cannot be opened: {error}", "pdf")]
    with pdf:
        opened = Opened(name, pdf, texts, copy)
        problems = {problem for check in CHECKS for problem in check(opened)}
        if copy and opened.for_press:
            problems.update(inspect_press(pdf, name, copy.edition, condition_of(copy)))
        return sorted(problems)


def _squeezed(text: str) -> str:
    """Text without spaces and hyphens, which the setting changes; ligatures taken apart."""
    for ligature, letters in (("ﬀ", "ff"), ("ﬁ", "fi"), ("ﬂ", "fl"), ("ﬃ", "ffi"), ("ﬄ", "ffl")):
        text = text.replace(ligature, letters)
    return re.sub(r"[\s\u00ad\u200b\u2010\ufffe\x02-]+", "", text)


def whole(book: Opened) -> Iterator[Problem]:
    """The file is not encrypted, has pages, and nothing in it acts."""
    if book.pdf.is_encrypted:
        yield Problem(book.at, "is encrypted", "whole")
    if not book.pdf.pages:
        yield Problem(book.at, "has no pages", "whole")
    if "/OpenAction" in book.pdf.Root and "/S" in _dictionary(book.pdf.Root.OpenAction):
        yield Problem(book.at, "does something when it is opened", "active-content")
    for thing in book.pdf.objects:
        if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            for key in ("/S", "/Subtype", "/Type"):
                if str(thing.get(key, "")) in ACTIVE:
                    yield Problem(book.at, f"holds an object of kind {thing[key]}", "active-content")


def _dictionary(thing: Any) -> Any:
    return thing if isinstance(thing, pikepdf.Dictionary) else {}


def trim_size(book: Opened) -> Iterator[Problem]:
    """Every page has the size that the edition is trimmed to (14.11.2)."""
    if book.copy is None:
        return
    wanted = [points(side) for side in book.copy.edition.trim]
    for number, page in enumerate(book.pdf.pages, 1):
        box = [float(value) for value in page.trimbox]
        size = [box[2] - box[0], box[3] - box[1]]
        if any(abs(a - b) > TOLERANCE for a, b in zip(size, wanted, strict=True)):
            shown = " × ".join(f"{side:.1f}" for side in size)
            yield Problem(
                book.at, f"page {number} is trimmed to {shown} pt; expected {' × '.join(book.copy.edition.trim)}", "trim-size"
            )


def font(book: Opened) -> Iterator[Problem]:
    """Every font is in the file, and cut to what is used (9.9; a subset's name starts with six capitals and a plus)."""
    for thing in book.pdf.objects:
        if not isinstance(thing, pikepdf.Dictionary) or thing.get("/Type") != "/FontDescriptor":
            continue
        name = str(thing.get("/FontName", "?"))
        if not any(key in thing for key in ("/FontFile", "/FontFile2", "/FontFile3")):
            yield Problem(book.at, f"the font {name} is not embedded", "font")
        elif not re.match(r"/[A-Z]{6}\+", name):
            yield Problem(book.at, f"the font {name} is embedded whole; expected a subset", "font")
    for thing in book.pdf.objects:
        simple = isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/Font" and thing.get("/Subtype") in SIMPLE
        if simple and "/FontDescriptor" not in thing:
            yield Problem(book.at, f"the font {thing.get('/BaseFont')} is not embedded", "font")


def metadata(book: Opened) -> Iterator[Problem]:
    """Title, author and language are those of book.toml."""
    if book.copy is None:
        return
    card = book.copy.book.card
    information = book.pdf.docinfo
    if str(information.get("/Title", "")) != card.title:
        yield Problem(book.at, f"its title is '{information.get('/Title', '')}'; expected '{card.title}'", "metadata")
    if not all(author in str(information.get("/Author", "")) for author in card.authors):
        yield Problem(book.at, f"its author is '{information.get('/Author', '')}'; expected {card.author}", "metadata")
    if str(book.pdf.Root.get("/Lang", "")) != card.language:
        yield Problem(book.at, f"its language is '{book.pdf.Root.get('/Lang', '')}'; expected '{card.language}'", "metadata")


def page_label(book: Opened) -> Iterator[Problem]:
    """Every page has a label (12.4.2), no two the same."""
    if "/PageLabels" not in book.pdf.Root:
        yield Problem(book.at, "has no page labels", "page-label")
        return
    labels = [page.label for page in book.pdf.pages]
    for label in sorted({label for label in labels if labels.count(label) > 1}):
        yield Problem(book.at, f"the page label '{label}' is given {labels.count(label)} times", "page-label")


def outline(book: Opened) -> Iterator[Problem]:
    """The bookmarks name every part and chapter in order, each on a page that bears its title."""
    if book.copy is None or book.for_press:
        return
    with book.pdf.open_outline() as tree:
        entries = list(_entries(book, tree.root))
    position = 0
    for section in book.copy.sections:
        if section.kind != "part" and not section.at.path.endswith(".md"):
            continue
        title = _squeezed(section.name)
        names = {title, _squeezed(section.short) or title}
        matching = (i for i in range(position, len(entries)) if any(name in _squeezed(entries[i][0]) for name in names))
        index = next(matching, None)
        if index is None:
            yield Problem(book.at, f"no bookmark '{section.name}' where the contents have it", "outline")
            continue
        position = index + 1
        page = entries[index][1]
        # Small capitals and capitals are a matter of looks.
        if page is None or title.casefold() not in book.texts[page].casefold():
            yield Problem(book.at, f"the bookmark '{section.name}' does not lead to its title", "outline")


def _entries(book: Opened, items: Sequence[pikepdf.OutlineItem]) -> Iterator[tuple[str, int | None]]:
    pages = {page.obj.objgen: index for index, page in enumerate(book.pdf.pages)}
    for item in items:
        destination: Any = item.destination
        if item.action is not None and "/D" in item.action:
            destination = item.action.D
        found = _page_of(book, destination, pages)
        yield item.title, found
        yield from _entries(book, item.children)


def _page_of(book: Opened, destination: Any, pages: dict[tuple[int, int], int]) -> int | None:
    """The index of the page that a destination means, given itself or by name."""
    if isinstance(destination, pikepdf.String | str | pikepdf.Name):
        destination = _named(book.pdf).get(str(destination))
    if isinstance(destination, pikepdf.Dictionary):
        destination = destination.get("/D")
    if not isinstance(destination, pikepdf.Array) or not len(destination):
        return None
    first = destination[0]
    return pages.get(first.objgen) if isinstance(first, pikepdf.Object) and hasattr(first, "objgen") else None


def _named(pdf: pikepdf.Pdf) -> dict[str, Any]:
    names: dict[str, Any] = {}
    if "/Names" in pdf.Root and "/Dests" in pdf.Root.Names:
        names.update({str(key): value for key, value in pikepdf.NameTree(pdf.Root.Names.Dests).items()})
    return names


def link(book: Opened) -> Iterator[Problem]:
    """Every link inside the book lands on one of its pages; every other one leads to what a reader can follow (12.5.6.5)."""
    pages = {page.obj.objgen: index for index, page in enumerate(book.pdf.pages)}
    names = _named(book.pdf)
    for number, page in enumerate(book.pdf.pages, 1):
        for annotation in page.get("/Annots", []):
            if annotation.get("/Subtype") != "/Link":
                continue
            action: Any = annotation.get("/A", {})
            if "/URI" in action:
                if not str(action["/URI"]).startswith(SCHEMES):
                    yield Problem(book.at, f"a link on page {number} leads to '{str(action['/URI'])[:60]}'", "link")
                continue
            destination = annotation.get("/Dest", action.get("/D") if action else None)
            if isinstance(destination, pikepdf.String | str):
                destination = names.get(str(destination))
            if destination is None or _page_of(book, destination, pages) is None:
                yield Problem(book.at, f"a link on page {number} lands nowhere", "link")


def notes(book: Opened) -> Iterator[Problem]:
    """Every note of the manuscript is printed once: its text is looked for in the chapter's pages, in order, each time after the last."""
    if book.copy is None:
        return
    page, offset = 0, 0
    for section in book.copy.sections:
        for note in find((*section.title, *section.blocks), Note):
            start = _opening_words(note)
            found = _find(book.texts, f"{note.number}.{start}", page, offset)
            if found is None:
                yield Problem(note.at, f"note {note.number} is not printed where it is called ({book.name})", "notes")
            else:
                page, offset = found


def _opening_words(note: Note) -> str:
    """How a note begins, up to what the setting adds or draws: the page of a reference, a formula."""
    first = next((node for node in find(note.children, Text) if node.text.strip()), None)
    return "" if first is None else _squeezed(plain(first))[:24]


def _find(texts: Sequence[str], wanted: str, page: int, offset: int) -> tuple[int, int] | None:
    for number in range(page, len(texts)):
        found = texts[number].find(wanted, offset if number == page else 0)
        if found >= 0:
            return number, found + len(wanted)
    return None


CHECKS: tuple[Callable[[Opened], Iterator[Problem]], ...] = (whole, trim_size, font, metadata, page_label, outline, link, notes)
