"""The print edition: the fair copy typeset by WeasyPrint, looked over, and written as PDF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from xml.etree import ElementTree

from bindery import engine, forme
from bindery.book import HOUSE
from bindery.fair_copy import FairCopy
from bindery.fonts import house_fonts
from bindery.pages import Credit, PrintPages
from bindery.problem import Faulty, Problem
from bindery.subset import Styles
from bindery.typeset import Layout, Sheet, lay_out

# The house's sheets for print, in their order.
SHEETS = ("fonts.css", "print.css", "print-text.css", "print-blocks.css", "print-front.css", "print-back.css")

# Pages that say what only the finished pages know.
LEARNING = frozenset({"index", "colophon"})


def bind_pdf(copy: FairCopy, date: datetime) -> bytes:
    """The finished PDF of a print edition. Raises :class:`Faulty` when a page has a fault."""
    layout = typeset(copy)
    if layout.problems:
        raise Faulty(layout.problems)
    return layout.write_pdf(created=date)


def typeset(copy: FairCopy) -> Layout:
    """The laid-out pages of a print edition.

    A book with an index or a colophon is laid out twice: the first pass tells on which page each mark of the index stands, and in which faces the
    book is set. Both stand last, so that the second pass moves nothing before them.
    """
    layout = _lay_out(copy, {}, ())
    if any(section.kind in LEARNING for section in copy.sections):
        folios = {anchor: page.label for anchor, page in layout.anchors.items()}
        layout = _lay_out(copy, folios, _faces(copy, layout))
    return layout


def _lay_out(copy: FairCopy, folios: Mapping[str, str], faces: Sequence[Credit]) -> Layout:
    pages = PrintPages(copy, folios=folios, faces=faces, engine=f"WeasyPrint {engine.VERSION}")
    fonts = {f"bindery:{name}": data for name, data in house_fonts().items()}
    pictures = {f"bindery:{name}": picture.data for name, picture in copy.pictures.items()}
    return lay_out(
        ElementTree.fromstring(pages.page("book.html.j2")),
        stylesheets=list(stylesheets(copy, pages)),
        resources={**fonts, **pictures},
    )


def _faces(copy: FairCopy, layout: Layout) -> list[Credit]:
    """The typefaces that the pages are set in."""
    boxes = (box for page in layout.forme.pages for box in forme.walk(page))
    families = {box.style["font_family"][0] for box in boxes if forme.is_text(box)}
    sheets = [_sheet(copy, name) for name in (*SHEETS, *copy.edition.styles)]
    return Styles(sheets, house_fonts()).credits(families)


def stylesheets(copy: FairCopy, pages: PrintPages) -> Iterator[Sheet]:
    """The house's sheets for print, then the edition's measures, then its own sheets: the later has the last word."""
    for name in SHEETS:
        yield _sheet(copy, name)
    yield Sheet(pages.page("measures.css.j2"), "templates/print/measures.css.j2")
    for name in copy.edition.styles:
        yield _sheet(copy, name)


def _sheet(copy: FairCopy, name: str) -> Sheet:
    """A stylesheet by name, from the book's ``styles/`` or else the house's."""
    for root in (copy.book.root, HOUSE):
        path = root / "styles" / name
        if path.is_file() and path.resolve().is_relative_to((root / "styles").resolve()):
            return Sheet(path.read_text("utf-8"), f"styles/{name}")
    at = copy.book.located.at(name)
    raise Faulty([Problem(at, f"there is no stylesheet '{name}' in styles/", "missing-style")])
