"""The cover: the book's own picture, or one drawn from a template of its title, its authors and its publisher."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pypdfium2
import tinycss2  # type: ignore[import-untyped]

from bindery.book import HOUSE
from bindery.card import NAME
from bindery.fair_copy import FairCopy
from bindery.fonts import house_fonts
from bindery.pages import Pages
from bindery.pictures import Picture, read_picture
from bindery.problem import Faulty, Problem
from bindery.typeset import Layout, Sheet, lay_out

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


def cover_picture(copy: FairCopy, pages: Pages) -> Picture:
    """The cover of an edition. Raises :class:`Faulty` when the book's picture is unfit, or its title does not fit the drawn one."""
    card = copy.book.card
    if card.cover:
        at = copy.book.located.at(card.cover)
        picture = read_picture(copy.book.manuscript, card.cover, beside="", at=at)
        if picture.media_type == "image/svg+xml":
            raise Faulty([Problem(at, f"'{card.cover}' is an SVG file; expected a PNG or JPEG file, which every shop shows", "cover")])
        if picture.width < LEAST_WIDTH or picture.height < LEAST_HEIGHT:
            size = f"{picture.width:g} by {picture.height:g}"
            expected = f"{WIDTH} by {HEIGHT}, and at least {LEAST_WIDTH} by {LEAST_HEIGHT}"
            raise Faulty([Problem(at, f"'{card.cover}' has {size} pixels; expected {expected}", "cover")])
        return picture
    return Picture("images/cover.jpg", _photograph(_fitted(copy, pages)), "image/jpeg", WIDTH, HEIGHT)


def _fitted(copy: FairCopy, pages: Pages) -> Layout:
    """The cover in the largest type in which it fits."""
    lines = page_of_bars(copy)
    sheets = [_house_sheet("fonts.css"), _house_sheet("cover.css"), _colours(copy)]
    fonts = {f"bindery:{name}": data for name, data in house_fonts().items()}
    for size in SIZES:
        html = pages.page("cover.html.j2", size=size, lines=lines)
        layout = lay_out(html, stylesheets=sheets, resources=fonts, source=NAME)
        others = [problem for problem in layout.problems if problem.check != "overflow"]
        if others:
            raise Faulty(others)
        if len(layout.document.pages) == 1 and not layout.problems:
            return layout
    at = copy.book.located.at("title")
    raise Faulty([Problem(at, "title, subtitle and authors are too long for the cover; expected shorter ones, or a picture: cover = \"…\"", "cover")])


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
    marked = min(named or places, key=lambda place: (abs(place[0] - LINES // 2), abs(place[1] - len(lines[place[0]]) // 2), place))
    return [list(_bars(line, marked[1] if row == marked[0] else None)) for row, line in enumerate(lines)]


def _bars(words: list[str], marked: int | None) -> Iterator[Bar]:
    letter = (MEASURE - GAP * (len(words) - 1)) / sum(map(len, words))
    for column, word in enumerate(words):
        yield Bar(round(len(word) * letter, 2), column == marked)


def _bare(word: str) -> str:
    return "".join(c for c in word.casefold() if c.isalnum())


def _house_sheet(name: str) -> Sheet:
    return Sheet((HOUSE / "styles" / name).read_text("utf-8"), f"styles/{name}")


def _colours(copy: FairCopy) -> Sheet:
    """What the edition's stylesheets say of the cover, and nothing else of them: they are meant for text."""
    found: list[str] = []
    for name in copy.edition.styles:
        path = copy.book.root / "styles" / name
        rules = tinycss2.parse_stylesheet(path.read_text("utf-8")) if path.is_file() else []
        for rule in rules:
            if rule.type == "qualified-rule":
                declared = tinycss2.parse_declaration_list(rule.content, skip_comments=True, skip_whitespace=True)
                found.extend(d.serialize() for d in declared if d.type == "declaration" and d.name.startswith("--cover-"))
    return Sheet(":root { " + "; ".join(found) + " }", "styles/" + (copy.edition.styles[-1] if copy.edition.styles else "cover.css"))

