"""The print edition: the fair copy typeset by WeasyPrint, looked over, and written as PDF with its page map."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree

from bindery.edition.fair_copy import FairCopy
from bindery.edition.pages import Credit, PrintPages
from bindery.edition.passport import Passport
from bindery.edition.qr_code import NAME as QR_CODE
from bindery.edition.qr_code import qr_code
from bindery.edition.sheets import Sheet, read_sheet
from bindery.edition.subset import Styles
from bindery.foundry.fonts import house_fonts
from bindery.printing import engine, forme, page_map
from bindery.printing.page_map import PageMap
from bindery.printing.standards import STANDARDS
from bindery.printing.typeset import Layout, lay_out
from bindery.problem import Faulty, Problem

# The house's sheets for print, in their order.
SHEETS = ("fonts.css", "print.css", "print-text.css", "print-blocks.css", "print-front.css", "print-back.css")

# Pages that say what only the finished pages know.
LEARNING = frozenset({"index", "colophon"})


@dataclass(frozen=True)
class Printed:
    """A print edition made: the PDF, where in it every word stands, and what in it does not look well."""

    pdf: bytes
    pages: PageMap
    remarks: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Job:
    """All that the engine is handed: the markup, the stylesheets in their order, fonts and pictures by address."""

    markup: str
    sheets: tuple[Sheet, ...]
    resources: Mapping[str, bytes]

    def digest(self) -> str:
        """A digest of the job and of what works on it: where it is the same, the pages are."""
        found = hashlib.sha256(f"{engine.VERSION} {engine.pango()} {self.markup}".encode())
        for sheet in self.sheets:
            found.update(f"\0{sheet.text}".encode())
        for name, data in sorted(self.resources.items()):
            found.update(f"\0{name} ".encode() + hashlib.sha256(data).digest())
        return found.hexdigest()


def bind_pdf(copy: FairCopy, date: datetime, passport: Passport | None = None) -> Printed:
    """The finished PDF of a print edition and its page map; its colophon tells what is in the ``passport``.

    Raises :class:`Faulty` when a page has a fault.
    """
    layout, pages = typeset(copy, passport)
    if layout.problems:
        raise Faulty(layout.problems)
    standard = STANDARDS[copy.edition.standard]
    pdf = layout.write_pdf(created=date, finish=lambda pdf: standard.finish(pdf, layout, copy), version=standard.version)
    return Printed(pdf, pages, layout.remarks)


def typeset(copy: FairCopy, passport: Passport | None = None) -> tuple[Layout, PageMap]:
    """The laid-out pages of a print edition and their map. All problems, those of the map too, are the layout's.

    A book with an index or a colophon is laid out twice: the first pass tells on which page each mark of the index stands, and in which faces the
    book is set. Both stand last, so that the second pass moves nothing before them. The passport is for the second one: so the digest of the first is
    that of the book, whatever its commit.
    """
    first = job(copy)
    variant = STANDARDS[copy.edition.standard].variant
    layout = _lay_out(first, variant)
    if any(section.kind in LEARNING for section in copy.sections):
        folios = {anchor: page.label for anchor, page in layout.anchors.items()}
        layout = _lay_out(job(copy, folios, _faces(copy, layout), passport), variant)
    leaves, blocks, problems = page_map.read_pages(layout.forme)
    pages = PageMap(
        title=copy.book.card.title,
        edition=copy.name,
        identifier=_described(copy),
        made_from=first.digest(),
        pages=leaves,
        blocks=blocks,
        anchors={anchor: page.label for anchor, page in layout.anchors.items()},
    )
    layout = layout.with_problems(problems)
    return layout.strict() if copy.book.card.layout.strict else layout, pages


def job(
    copy: FairCopy, folios: Mapping[str, str] | None = None, faces: Sequence[Credit] = (), passport: Passport | None = None
) -> Job:
    """What there is to lay out; ``folios`` and ``faces`` are what a first pass has taught."""
    pages = PrintPages(copy, folios=folios or {}, faces=faces, engine=f"WeasyPrint {engine.VERSION}", passport=passport)
    fonts = {f"bindery:{name}": data for name, data in house_fonts().items()}
    pictures = {f"bindery:{name}": picture.data for name, picture in copy.pictures.items()}
    if passport:
        pictures[f"bindery:{QR_CODE}"] = qr_code(passport, copy.book.card.website, pages.templates)
    return Job(pages.page("book.html.j2"), tuple(stylesheets(copy, pages)), {**fonts, **pictures})


def _lay_out(job: Job, variant: str | None) -> Layout:
    return lay_out(ElementTree.fromstring(job.markup), stylesheets=job.sheets, resources=job.resources, variant=variant)


def _described(copy: FairCopy) -> str:
    """What the page numbers are those of: the ISBN of the edition, or the edition in words (EPUB Accessibility 1.1, 3.3)."""
    if copy.edition.isbn:
        return f"urn:isbn:{copy.edition.isbn}"
    card = copy.book.card
    return ", ".join(filter(None, (card.title, card.edition, card.publisher))) + f" ({copy.edition.label or copy.name})"


def _faces(copy: FairCopy, layout: Layout) -> list[Credit]:
    """The typefaces that the pages are set in."""
    boxes = (box for page in layout.forme.pages for box in forme.walk(page))
    families = {box.style["font_family"][0] for box in boxes if forme.is_text(box)}
    sheets = [read_sheet(copy, name) for name in (*SHEETS, *copy.edition.styles)]
    return Styles(sheets, house_fonts()).credits(families)


def stylesheets(copy: FairCopy, pages: PrintPages) -> Iterator[Sheet]:
    """The house's sheets for print, then the edition's measures, then its own sheets: the later has the last word."""
    for name in SHEETS:
        yield read_sheet(copy, name)
    yield Sheet(pages.page("measures.css.j2"), "templates/print/measures.css.j2")
    for name in copy.edition.styles:
        yield read_sheet(copy, name)
