"""The cover: the book's own picture, or one drawn from a template of its title, its authors and its publisher."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pypdfium2  # type: ignore[import-untyped]
import tinycss2  # type: ignore[import-untyped]

from bindery.edition.fair_copy import FairCopy
from bindery.edition.pages import Pages
from bindery.edition.sheets import Sheet, read_sheet
from bindery.foundry.fonts import house_fonts
from bindery.manuscript.card import NAME
from bindery.manuscript.pictures import Picture, read_picture
from bindery.printing.typeset import Layout, lay_out
from bindery.problem import Faulty, Problem

# Amazon asks for 2560 by 1600 pixels and takes from 1000 by 625 on; that satisfies Apple and Kobo too ("Kindle Publishing Guidelines", 4.1).
WIDTH, HEIGHT = 1600, 2560
LEAST_WIDTH, LEAST_HEIGHT = 625, 1000

# The steps of size that templates/cover.html.j2 and styles/cover.css know, from the largest.
SIZES = range(1, 11)

# The date in a PDF that is thrown away once its pixels are taken.
UNDATED = datetime(1980, 1, 1, tzinfo=UTC)

# The page of bars: pixels across, lines, letters to a line, and pixels between words, as styles/cover.css sets them.
MEASURE, LINES, LETTERS, GAP = 1360, 9, 39, 26


@dataclass(frozen=True)
class Bar:
    """A word too far off to be read: its width in pixels, and whether it is one of the title's."""

    width: float
    marked: bool


def cover_picture(copy: FairCopy, pages: Pages, sheets: Sequence[Sheet] = ()) -> Picture:
    """The cover of an edition; its stylesheets ``sheets`` may set the colours of the drawn one (``--cover-ground``, ``-type``, ``-bars``).

    Raises :class:`Faulty` when the book's picture is unfit, or its title does not fit the drawn one."""
    card = copy.book.card
    if card.cover:
        at = copy.book.located.at(card.cover)
        picture = read_picture(copy.book.manuscript, card.cover, beside="", at=at)
        if picture.media_type == "image/svg+xml":
            message = f"'{card.cover}' is an SVG file; expected a PNG or JPEG file, which every shop shows"
            raise Faulty([Problem(at, message, "cover")])
        if picture.width < LEAST_WIDTH or picture.height < LEAST_HEIGHT:
            size = f"{picture.width:g} by {picture.height:g}"
            expected = f"{WIDTH} by {HEIGHT}, and at least {LEAST_WIDTH} by {LEAST_HEIGHT}"
            raise Faulty([Problem(at, f"'{card.cover}' has {size} pixels; expected {expected}", "cover")])
        return picture
    return Picture("images/cover.jpg", _photograph(_fitted(copy, pages, sheets)), "image/jpeg", WIDTH, HEIGHT)


def _fitted(copy: FairCopy, pages: Pages, edition: Sequence[Sheet]) -> Layout:
    """The cover in the largest type in which it fits."""
    lines = page_of_bars(copy)
    sheets = [read_sheet(copy, "fonts.css"), read_sheet(copy, "cover.css"), _colours(edition)]
    fonts = {f"bindery:{name}": data for name, data in house_fonts().items()}
    for size in SIZES:
        html = pages.page("cover.html.j2", size=size, lines=lines)
        layout = lay_out(html, stylesheets=sheets, resources=fonts, source=NAME)
        others = [problem for problem in layout.problems if problem.check != "overflow"]
        if others:
            raise Faulty(others)
        if len(layout.document.pages) == 1 and not layout.problems:
            return layout
    message = "title, subtitle and authors are too long for the cover; expected shorter ones, or a picture: cover = '…'"
    raise Faulty([Problem(copy.book.located.at("title"), message, "cover")])


def _photograph(layout: Layout) -> bytes:
    """The pixels of the one page, as JPEG without loss of colour detail. Same layout, same bytes."""
    document = pypdfium2.PdfDocument(layout.write_pdf(created=UNDATED))
    try:
        page = document[0]
        picture = page.render(scale=WIDTH / page.get_width()).to_pil().convert("RGB")
    finally:
        document.close()
    finished = io.BytesIO()
    picture.save(finished, "JPEG", quality=90, subsampling=0, optimize=True)
    return finished.getvalue()


def page_of_bars(copy: FairCopy) -> list[list[Bar]]:
    """The words of the blurb, over and over, as lines of equal length. One is marked: a word of the title, as near the middle as may be."""
    card = copy.book.card
    blurb = (card.description or f"{card.title} {card.subtitle} {card.author}").split()
    words = [word[:LETTERS] for word in blurb]
    text = " ".join(words * (1 + LINES * LETTERS // max(len(" ".join(words)), 1)))
    lines = [line.split() for line in textwrap.wrap(text, LETTERS, break_on_hyphens=False)[:LINES]]
    places = [(row, column) for row, line in enumerate(lines) for column in range(len(line))]
    title = {_bare(word) for word in card.title.split() if len(_bare(word)) > 3}
    named = [(row, column) for row, column in places if _bare(lines[row][column]) in title]

    def from_middle(place: tuple[int, int]) -> tuple[int, int, tuple[int, int]]:
        row, column = place
        return abs(row - LINES // 2), abs(column - len(lines[row]) // 2), place

    marked = min(named or places, key=from_middle)
    return [list(_bars(line, marked[1] if row == marked[0] else None)) for row, line in enumerate(lines)]


def _bars(words: list[str], marked: int | None) -> Iterator[Bar]:
    letter = (MEASURE - GAP * (len(words) - 1)) / sum(map(len, words))
    for column, word in enumerate(words):
        yield Bar(round(len(word) * letter, 2), column == marked)


def _bare(word: str) -> str:
    return "".join(c for c in word.casefold() if c.isalnum())


def _colours(sheets: Sequence[Sheet]) -> Sheet:
    """What stylesheets say of the cover's colours, and nothing else of them: they are meant for text."""
    found = [
        declaration.serialize()
        for sheet in sheets
        for rule in tinycss2.parse_stylesheet(sheet.text)
        if rule.type == "qualified-rule"
        for declaration in tinycss2.parse_declaration_list(rule.content, skip_comments=True, skip_whitespace=True)
        if declaration.type == "declaration" and declaration.name.startswith("--cover-")
    ]
    return Sheet(":root { " + "; ".join(found) + " }", sheets[-1].path if sheets else "styles/cover.css")
