"""The cover of an EPUB: drawn from a template at the size that shops want, its title never off the sheet; or the book's own."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from tiny import TinyBook, write_book

from bindery.edition.pages import EpubPages
from bindery.epub.epub_edition import stylesheets
from bindery.printing.cover import HEIGHT, WIDTH, cover_picture
from bindery.problem import At, Faulty, Problem

HOUSE = Path(__file__).parent.parent

# As styles/cover.css has them: colours, and the margins in which nothing is printed, a little narrower for what JPEG blurs.
GROUND, TYPE, BARS = (0xE8, 0x45, 0x2C), (0xFF, 0xF6, 0xE6), (0x1B, 0x15, 0x12)
BLUE = (0, 0, 0xFF)
SIDE, HEAD, FOOT = 110, 90, 30

TITLES = {
    "short": "Go",
    "long": "An Account of the Voyages That Were Never Made by the Captains of the Northern Packet Company, with Some Remarks on "
    "Their Reckonings, Their Quarrels, and the Weather",
    "unbreakable": "Krkonošemountaintopweatherstationkeepersbenevolentsociety" * 2,
}

EMPTY = '<html lang="en"><head><title>{{ book.title }}</title></head><body></body></html>'


def drawn(book: TinyBook) -> Image.Image:
    copy = book.epub_copy
    picture = cover_picture(copy, EpubPages(copy), list(stylesheets(copy)))
    return Image.open(io.BytesIO(picture.data))


def places(picture: Image.Image, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """The box, left, top, right and bottom, of what is nearer to this colour than JPEG can blur; all 0 if nothing is."""
    away = ImageChops.difference(picture, Image.new("RGB", picture.size, colour))
    near = [band.point(lambda value: 255 if value < 40 else 0) for band in away.split()]
    return ImageChops.multiply(ImageChops.multiply(near[0], near[1]), near[2]).getbbox() or (0, 0, 0, 0)


def ink(picture: Image.Image) -> tuple[int, int, int, int]:
    """The box of all that is not ground."""
    away = ImageChops.difference(picture, Image.new("RGB", picture.size, GROUND))
    return away.convert("L").point(lambda value: 255 if value > 40 else 0).getbbox() or (0, 0, 0, 0)


@pytest.fixture(scope="module", params=TITLES)
def titled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Image.Image:
    """The cover of a book with each of the titles."""
    return drawn(write_book(tmp_path_factory.mktemp("titled"), title=TITLES[request.param]))


def test_the_cover_has_the_size_that_shops_want(titled: Image.Image) -> None:
    assert (titled.size, titled.mode, titled.format) == ((1600, 2560), "RGB", "JPEG")


def test_a_title_stays_on_the_sheet(titled: Image.Image) -> None:
    left, top, right, bottom = ink(titled)
    assert left >= SIDE
    assert top >= HEAD
    assert right <= WIDTH - SIDE
    assert bottom <= HEIGHT - FOOT


def test_a_title_does_not_run_into_the_page_of_bars(titled: Image.Image) -> None:
    left, top, right, bottom = places(titled, BARS)
    assert right - left == pytest.approx(1360, abs=8)
    assert bottom - top == pytest.approx(884, abs=8)
    assert places(titled.crop((0, top - 60, WIDTH, top - 8)), TYPE) == (0, 0, 0, 0)
    assert places(titled.crop((0, 0, WIDTH, top - 60)), TYPE) != (0, 0, 0, 0)


def test_a_short_title_is_set_in_the_largest_type(tmp_path: Path) -> None:
    """Below the author's name stands “Go”: in EB Garamond its G is about two thirds of the size high, which is 440 pixels."""
    _, top, _, bottom = places(drawn(write_book(tmp_path, title="Go")).crop((0, 230, WIDTH, 1300)), TYPE)
    assert bottom - top == pytest.approx(440 * 2 / 3, abs=16)


def test_a_title_that_fits_in_no_size_is_a_problem_of_the_card(tmp_path: Path) -> None:
    with pytest.raises(Faulty) as caught:
        drawn(write_book(tmp_path, title="All the words there are, and " * 40))
    message = "title, subtitle and authors are too long for the cover; expected shorter ones, or a picture: cover = '…'"
    assert caught.value.problems == (Problem(At("book.toml", 1), message, "cover"),)


def test_a_letter_that_the_cover_has_not_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Faulty, match=r"book\.toml:0: no glyph for “漢” \(U\+6F22\)"):
        drawn(write_book(tmp_path, title="Han 漢"))


# What a book has of its own.


def test_a_book_has_its_own_template(tmp_path: Path) -> None:
    book = write_book(tmp_path, files={"templates/cover.html.j2": EMPTY})
    assert ink(drawn(book)) == (0, 0, 0, 0)


def test_a_template_for_epub_alone_goes_before_it(tmp_path: Path) -> None:
    files = {"templates/cover.html.j2": "{{ nonsense }}", "templates/epub/cover.html.j2": EMPTY}
    assert ink(drawn(write_book(tmp_path, files=files))) == (0, 0, 0, 0)


def test_a_template_of_its_own_is_held_to_the_sheet_too(tmp_path: Path) -> None:
    wide = EMPTY.replace("</body>", '<p class="line">{{ "Wide. " * 300 }}</p></body>')
    with pytest.raises(Faulty, match=r"too long for the cover"):
        drawn(write_book(tmp_path, files={"templates/cover.html.j2": wide}))


def test_a_book_has_its_own_stylesheet(tmp_path: Path) -> None:
    sheet = (HOUSE / "styles" / "cover.css").read_text("utf-8").replace("#e8452c", "#00f")
    picture = drawn(write_book(tmp_path, files={"styles/cover.css": sheet}))
    assert places(picture, BLUE) == (0, 0, WIDTH, HEIGHT)
    assert places(picture, GROUND) == (0, 0, 0, 0)


def test_a_sheet_of_the_edition_sets_the_colours(tmp_path: Path) -> None:
    picture = drawn(write_book(tmp_path, files={"styles/own.css": ":root { --cover-ground: #00f; --cover-bars: #0f0 }"}))
    assert places(picture, BLUE) == (0, 0, WIDTH, HEIGHT)
    assert places(picture, (0, 255, 0))[0] == pytest.approx(120, abs=4)
    assert places(picture, BARS) == (0, 0, 0, 0)


def pictured(folder: Path, width: int, height: int) -> TinyBook:
    """A book with a cover of its own, blue, of so many pixels."""
    book = write_book(folder, more='front = []\ncover = "cover.png"')
    Image.new("RGB", (width, height), BLUE).save(folder / "manuscript" / "cover.png")
    return book


def test_a_picture_of_its_own_is_taken_as_it_is(tmp_path: Path) -> None:
    picture = drawn(pictured(tmp_path, 625, 1000))
    assert (picture.size, picture.format) == ((625, 1000), "PNG")
    assert places(picture, BLUE) == (0, 0, 625, 1000)


@pytest.mark.parametrize(("width", "height"), [(624, 1000), (625, 999)])
def test_a_picture_of_its_own_may_be_too_small(tmp_path: Path, width: int, height: int) -> None:
    with pytest.raises(Faulty, match=rf"book\.toml:6: 'cover\.png' has {width} by {height} pixels; expected 1600 by 2560"):
        drawn(pictured(tmp_path, width, height))


def test_a_picture_of_its_own_is_no_drawing(tmp_path: Path) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="1600" height="2560"><rect width="1600" height="2560"/></svg>'
    book = write_book(tmp_path, more='front = []\ncover = "cover.svg"', files={"manuscript/cover.svg": svg})
    with pytest.raises(Faulty, match=r"book\.toml:6: 'cover\.svg' is an SVG file"):
        drawn(book)
