"""Charts: from a CSV file to a picture in the book. What is drawn is measured: lengths, places, inks, and that no words meet."""

from __future__ import annotations

import contextlib
import io
import itertools
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from matplotlib.colors import to_rgb
from matplotlib.container import BarContainer
from matplotlib.patches import Rectangle
from matplotlib.transforms import Bbox

from bindery.edition import engraving, plates
from bindery.edition.accessibility import accessibility_of
from bindery.edition.engraving.faces import NAMES
from bindery.edition.engraving.plate import WIDTH, Plate, apart, meet
from bindery.edition.engraving.press import drawn
from bindery.edition.engraving.scales import Scale, days, linear, logarithmic
from bindery.edition.engraving.style import read_style
from bindery.edition.fair_copy import FairCopy, make_fair_copy
from bindery.edition.pages import EpubPages, PrintPages
from bindery.foundry.fonts import FAMILIES, house_fonts
from bindery.manuscript.book import HOUSE, read_book
from bindery.manuscript.quantities import Manner, read_date, read_number
from bindery.nodes import Chart, Datum, find
from bindery.problem import Faulty, Problem

EPOCH = date(1970, 1, 1)
X = "{http://www.w3.org/1999/xhtml}"
CARD = """
title = "Charts"
authors = ["Ann Author"]
language = "{language}"
front = ["contents"]
chapters = ["01-charts.md"]
[editions.print]
format = "print"
[editions.ebook]
format = "epub"
"""
MODELS = """Name,Date,Size,Score,Other
Small,14 Feb 2019,124M,46,--
Medium,2019-05-03,355M,55,60
Large,Aug 2019,774M,60,70
"Full, at last",2019-11,1.5B,63,50
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A book of one chapter with the text given, and a CSV file."""

    def written(text: str, csv: str = MODELS, language: str = "en-GB") -> Path:
        data = tmp_path / "manuscript" / "data"
        data.mkdir(parents=True, exist_ok=True)
        (data / "models.csv").write_text(csv, "utf-8")
        (tmp_path / "manuscript" / "01-charts.md").write_text(f"# Charts\n\n{text}\n", "utf-8")
        (tmp_path / "book.toml").write_text(CARD.format(language=language), "utf-8")
        return tmp_path

    return written


def chart(keys: str) -> str:
    return f'::: {{.chart #fig-a csv="models.csv" alt="A chart." {keys}}}\nCaption.\n:::'


def found(root: Path) -> list[Problem]:
    book = read_book(root)
    return sorted({problem for name in book.card.editions for problem in make_fair_copy(book, name).problems})


def copy_of(root: Path, name: str) -> FairCopy:
    copy = make_fair_copy(read_book(root), name)
    assert copy.problems == ()
    return copy


def plate_of(root: Path) -> Plate:
    """The first chart of a book, drawn."""
    book = read_book(root)
    assert book.problems == ()
    (chart,) = find(book.chapters["01-charts.md"].blocks, Chart)
    return drawn(chart, root, book.card.language)


def texts(plate: Plate) -> list[str]:
    return [text.get_text() for text in plate.words()]


def box_of(plate: Plate, words: str) -> Bbox:
    """Where words that stand once in a chart are, in points from its lower left corner."""
    (text,) = (text for text in plate.words() if text.get_text() == words)
    return plate.box(text)


def bars_of(plate: Plate) -> list[Bbox]:
    return [bar.get_window_extent() for bar in rectangles(plate)]


def rectangles(plate: Plate) -> list[Rectangle]:
    return [bar for container in plate.axes.containers if isinstance(container, BarContainer) for bar in container.patches]


def points_of(plate: Plate) -> list[tuple[float, float]]:
    """The middles of all dots, in points from the lower left corner of the plate."""
    dots = [line for line in plate.axes.lines if line.get_marker() == "o"]
    return [(float(x), float(y)) for dot in dots for x, y in dot.get_transform().transform(dot.get_xydata())]


def lines_of(plate: Plate) -> list[list[tuple[float, float]]]:
    """The corners of all lines from point to point."""
    lines = [line for line in plate.axes.lines if line.get_linestyle() == "-" and np.size(line.get_path().vertices) > 2]
    return [[(float(x), float(y)) for x, y in line.get_transform().transform(line.get_path().vertices)] for line in lines]


KINDS = [
    'kind="bars" label="Name" values="Score"',
    'kind="bars" label="Name" values="Score,Other" emphasis="Medium"',
    'kind="columns" label="Name" values="Score"',
    'kind="dots" label="Name" values="Score"',
    'kind="dots" label="Name" values="Score,Other" range="40-80"',
    'kind="slope" label="Name" values="Score,Other"',
    'kind="line" x="Size" values="Score,Other" xscale="log"',
    'kind="line" x="Size" values="Score" label="Name"',
    'kind="steps" x="Date" values="Size" label="Name,Size"',
    'kind="scatter" x="Date" values="Size" scale="log" label="Name" emphasis="Full, at last;Small"',
]


# --- numbers and dates -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("1", 1), ("1,542,261", 1542261), ("1 542", 1542), ("88.3%", 88.3), ("0.5", 0.5), ("-3", -3), ("−3", -3)),
        *(("124M", 124e6), ("1.5B", 1.5e9), ("10k", 1e4), ("$672", 672), ("€1,000", 1000), ("$1.5M", 1.5e6)),
        *((text, None) for text in ("", "--", "about 5", "1,54", "5 to 6", "1e9", "nan", "inf", "825 GiB", "1.5b", "½", "٣")),
    ],
)
def test_numbers(text: str, number: float | None) -> None:
    assert read_number(text) == (None if number is None else pytest.approx(number))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        *(("2019-02-14", 737104), ("14 Feb 2019", 737104), ("14 February 2019", 737104)),
        *(("2019-02", 737104.0 + 1), ("Feb 2019", 737105), ("2019", 737242.5)),
        *(
            (text, None)
            for text in ("", "2019-02-30", "2019-13", "30 Feb 2019", "14 Foo 2019", "Spring 2019", "late May 2019", "19-02-14")
        ),
    ],
)
def test_dates(text: str, day: float | None) -> None:
    assert read_date(text) == day


def test_numbers_are_written_as_the_column_writes_them() -> None:
    assert Manner.of(["124M", "1.5B", "–"]).write(500e6, "en") == "500M"
    assert Manner.of(["124M", "1.5B"]).write(2e9, "en") == "2B"
    assert Manner.of(["$672", "$43,000"]).write(20_000, "en") == "$20,000"
    assert Manner.of(["88.3%"]).write(80, "en") == "80%"
    assert Manner.of(["12", "80%"]).write(80, "en") == "80"
    assert Manner().write(-1234567.5, "en-GB") == "−1,234,567.5"
    assert Manner().write(1234567.5, "de") == "1\u202f234\u202f567,5"


# --- scales ------------------------------------------------------------------------------------------------------------------


def marks(scale: Scale) -> list[str]:
    return [text.replace("\n", " ") for _, text in scale.marks]


def test_marks_are_round() -> None:
    assert marks(linear(0, 1558, Manner(), "en")) == ["0", "500", "1,000", "1,500", "2,000"]
    assert marks(linear(0, 0.7, Manner(), "en")) == ["0", "0.2", "0.4", "0.6", "0.8"]
    assert marks(linear(-3, 4, Manner(), "en")) == ["−4", "−2", "0", "2", "4"]
    assert marks(logarithmic(1.23, 45, Manner(), "en")) == ["1", "2", "5", "10", "20", "50"]
    assert marks(logarithmic(124e6, 175e9, Manner(magnitudes=True), "en")) == ["100M", "1B", "10B", "100B"]


def test_marks_of_days_are_starts_of_years_months_and_days() -> None:
    def between(first: str, last: str, language: str = "en") -> list[str]:
        nought = EPOCH.toordinal()
        return marks(days((read_date(first) or 0) - nought, (read_date(last) or 0) - nought, language))

    assert between("2019-02-14", "2019-11-05") == ["Mar 2019", "May", "Jul", "Sep", "Nov"]
    assert between("2019-11-20", "2020-04-10") == ["Dec 2019", "Jan 2020", "Feb", "Mar", "Apr"]
    assert between("2019-01-02", "2026-07-17") == ["2020", "2022", "2024", "2026"]
    assert between("2019-02-14", "2019-08-20", "de") == ["2019-03", "2019-04", "2019-05", "2019-06", "2019-07", "2019-08"]
    assert between("2019-02-14", "2019-02-20") == ["14 Feb 2019", "15 Feb", "16 Feb", "17 Feb", "18 Feb", "19 Feb", "20 Feb"]


@given(st.floats(1e-6, 1e12), st.floats(1.01, 1e6))
def test_every_scale_holds_its_values_and_has_marks(low: float, times: float) -> None:
    high = low * times
    for scale, least in ((linear(0.0, high, Manner(), "en"), 0.0), (logarithmic(low, high, Manner(), "en"), low)):
        assert scale.ends[0] <= least < high <= scale.ends[1]
        assert 2 <= len(scale.marks) <= 12
        assert all(scale.ends[0] <= mark <= scale.ends[1] for mark, _ in scale.marks)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=9))
def test_places_are_kept_apart_and_moved_no_more_than_that(places: list[float]) -> None:
    moved = apart(places, 9.0)
    ordered = sorted(moved)
    assert all(b - a >= 9.0 - 1e-6 for a, b in itertools.pairwise(ordered))
    assert [moved.index(y) for y in ordered] == sorted(range(len(places)), key=lambda i: (places[i], moved[i])) or len(
        set(places)
    ) < len(places)
    if all(abs(a - b) >= 9.0 for a, b in itertools.combinations(places, 2)):
        assert moved == places


# --- drawing -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keys", KINDS)
def test_words_stay_on_the_plate_and_apart(write: Write, keys: str) -> None:
    plate = plate_of(write(chart(keys)))
    placed = [(text.get_text(), plate.box(text)) for text in plate.words()]
    assert placed
    for words, box in placed:
        assert box.x0 >= -0.5, words
        assert box.x1 <= WIDTH + 0.5, words
        assert box.y0 >= -0.5, words
        assert box.y1 <= plate.height + 0.5, words
    for (one, a), (two, b) in itertools.combinations(placed, 2):
        assert not meet(a, b, by=1.0), (one, two)


def test_every_number_and_name_is_beside_its_bar(write: Write) -> None:
    plate = plate_of(write(chart('kind="bars" label="Name" values="Size"')))
    assert texts(plate) == ["Small", "Medium", "Large", "Full, at last", "124M", "355M", "774M", "1.5B"]
    for bar, name, number in zip(bars_of(plate), texts(plate)[:4], texts(plate)[4:], strict=True):
        for words in (name, number):
            box = box_of(plate, words)
            assert (box.y0 + box.y1) / 2 == pytest.approx((bar.y0 + bar.y1) / 2, abs=1.0)
        assert box_of(plate, name).x1 < bar.x0
        assert 3 < box_of(plate, number).x0 - bar.x1 < 5


def test_bars_begin_at_nought_and_are_as_long_as_their_numbers(write: Write) -> None:
    bars = bars_of(plate_of(write(chart('kind="bars" label="Name" values="Score"'))))
    assert {round(bar.x0, 6) for bar in bars} == {round(bars[0].x0, 6)}
    assert [bar.width / bars[0].width for bar in bars] == pytest.approx([1, 55 / 46, 60 / 46, 63 / 46])


def test_bars_below_nought_go_the_other_way(write: Write) -> None:
    up, down = bars_of(plate_of(write(chart('kind="bars" label="A" values="B"'), "A,B\nup,4\ndown,-2\n")))
    assert up.x0 == pytest.approx(down.x1)
    assert up.width == pytest.approx(2 * down.width)


def test_columns_stand_on_nought(write: Write) -> None:
    bars = bars_of(plate_of(write(chart('kind="columns" label="Name" values="Score"'))))
    assert {round(bar.y0, 6) for bar in bars} == {round(bars[0].y0, 6)}
    assert [bar.height / bars[0].height for bar in bars] == pytest.approx([1, 55 / 46, 60 / 46, 63 / 46])


def test_an_empty_cell_is_a_gap(write: Write) -> None:
    assert len(points_of(plate_of(write(chart('kind="dots" label="Name" values="Score,Other"'))))) == 7
    slopes = lines_of(plate_of(write(chart('kind="slope" label="Name" values="Score,Other"'))))
    assert sum(first[1] != last[1] and first[0] != last[0] for first, last in slopes) == 3


def test_a_row_without_a_place_is_not_drawn(write: Write) -> None:
    plate = plate_of(write(chart('kind="line" x="A" values="B"'), "A,B\n1,10\n--,20\n3,30\n"))
    assert len(points_of(plate)) == 2


def test_heads_stay_on_the_plate(write: Write) -> None:
    csv = "Name,The first of two long heads,The second of two long heads\na,1,99\nb,3,98\n"
    plate = plate_of(
        write(chart('kind="dots" label="Name" values="The first of two long heads,The second of two long heads"'), csv)
    )
    for head in ("The first of two long heads", "The second of two long heads"):
        box = box_of(plate, head)
        assert box.x0 >= 0
        assert box.x1 <= WIDTH + 0.01
        assert box.y1 <= plate.height


def test_the_head_of_bars_is_in_the_first_row_that_has_one(write: Write) -> None:
    plate = plate_of(write(chart('kind="bars" label="Name" values="Score,Other"')))
    for head, number in (("Score", "46"), ("Other", "70")):
        assert head in texts(plate), number


def test_no_label_lies_on_a_line(write: Write) -> None:
    csv = "A,B\n" + "".join(f"{n},{50 + n}\n" for n in range(1, 7))
    plate = plate_of(write(chart('kind="line" x="A" values="B" label="B"'), csv))
    (line,) = lines_of(plate)
    labels = [box_of(plate, str(50 + n)) for n in range(1, 7)]
    for (x1, y1), (x2, y2) in itertools.pairwise(line):
        for share in range(101):
            x, y = x1 + (x2 - x1) * share / 100, y1 + (y2 - y1) * share / 100
            assert not any(box.x0 < x < box.x1 and box.y0 < y < box.y1 for box in labels)


def test_steps_hold_until_the_next(write: Write) -> None:
    plate = plate_of(write(chart('kind="steps" x="Date" values="Size" label="Name"')))
    (line,) = lines_of(plate)
    assert all(x1 == x2 or y1 == y2 for (x1, y1), (x2, y2) in itertools.pairwise(line))
    assert {(round(x, 6), round(y, 6)) for x, y in points_of(plate)} <= {(round(x, 6), round(y, 6)) for x, y in line}
    assert line[-1][0] == pytest.approx(plate.axes.get_window_extent().x1)
    # Each label stands on its tread.
    for (x, y), name in zip(points_of(plate)[:3], ("Small", "Medium", "Large"), strict=False):
        assert 0 < box_of(plate, name).x0 - x < 2
        assert 0 < box_of(plate, name).y0 - y < 4


def test_dates_stand_by_their_days(write: Write) -> None:
    dots = points_of(plate_of(write(chart('kind="line" x="Date" values="Score"'))))
    # 14 February, 3 May, the middle of August (16.5), the middle of November (16)
    gaps = [(dots[n][0] - dots[0][0]) / (dots[3][0] - dots[0][0]) for n in range(4)]
    assert gaps == pytest.approx([0, 78 / 275, 183.5 / 275, 1])


def test_values_stand_by_the_marks_of_their_scale(write: Write) -> None:
    """46, 55, 60 and 63, on a scale from 0 to 80."""
    plate = plate_of(write(chart('kind="line" x="Date" values="Score"')))
    nought, eighty = ((box.y0 + box.y1) / 2 for box in (box_of(plate, "0"), box_of(plate, "80")))
    heights = [(y - nought) / (eighty - nought) * 80 for _, y in points_of(plate)]
    assert heights == pytest.approx([46, 55, 60, 63], abs=0.4)


def test_a_logarithmic_scale_gives_equal_room_to_equal_ratios(write: Write) -> None:
    plate = plate_of(write(chart('kind="scatter" x="A" values="B" scale="log" xscale="log"'), "A,B\n1,10\n10,100\n100,1000\n"))
    one, two, three = points_of(plate)
    assert two[0] - one[0] == pytest.approx(three[0] - two[0])
    assert two[1] - one[1] == pytest.approx(three[1] - two[1])


def test_the_author_sets_the_ends_of_a_scale(write: Write) -> None:
    assert texts(plate_of(write(chart('kind="line" x="Size" values="Score" range="40-80"'))))[:5] == [
        "40",
        "50",
        "60",
        "70",
        "80",
    ]
    assert texts(plate_of(write(chart('kind="line" x="Size" values="Score"'))))[:2] == ["0", "20"]


def test_the_words_below_a_field_have_room(write: Write) -> None:
    csv = "A,B\n" + "".join(f"{n},{n}\n" for n in (10_000_000, 20_000_000, 45_000_000))
    plate = plate_of(write(chart('kind="line" x="A" values="B" xscale="log"'), csv))
    below = [plate.box(text) for text in plate.words() if text.get_text().endswith("000") and plate.box(text).y1 < 30]
    assert len(below) >= 2
    assert all(b.x0 - a.x1 >= 4 for a, b in itertools.pairwise(below))


def test_bare_figures_are_grouped(write: Write) -> None:
    plate = plate_of(write(chart('kind="bars" label="A" values="B"'), "A,B\na,1542261\nb,1542\nc,33\n"))
    assert texts(plate)[3:] == ["1,542,261", "1542", "33"]


def test_a_dollar_is_no_instruction(write: Write) -> None:
    plate = plate_of(write(chart('kind="bars" label="A" values="B"'), "A,B\nfrom $5 or $6,$672\nb,$73\n"))
    assert texts(plate) == ["from $5 or $6", "b", "$672", "$73"]
    other = plate_of(write(chart('kind="bars" label="A" values="B"'), "A,B\nfrom 5 or 6,$672\nb,$73\n"))
    assert box_of(plate, "from $5 or $6").width > box_of(other, "from 5 or 6").width + 7


def test_rows_are_ordered_by_their_values(write: Write) -> None:
    def names(order: str) -> list[str]:
        plate = plate_of(write(chart(f'kind="bars" label="Name" values="Other" {order}')))
        return sorted(("Small", "Medium", "Large", "Full, at last"), key=lambda name: -box_of(plate, name).y0)

    assert names("") == ["Small", "Medium", "Large", "Full, at last"]
    assert names('order="descending"') == ["Large", "Medium", "Full, at last", "Small"]
    assert names('order="ascending"') == ["Full, at last", "Medium", "Large", "Small"]


def test_long_names_are_broken_between_words(write: Write) -> None:
    csv = "A,B\nA name of so many words that one line cannot hold it,5\nb,6\n"
    plate = plate_of(write(chart('kind="bars" label="A" values="B"'), csv))
    assert texts(plate)[:2] == ["A name of so many words that", "one line cannot hold it"]
    first, second = (plate.box(text) for text in list(plate.words())[:2])
    assert first.x1 == pytest.approx(second.x1)
    assert first.y0 > second.y0


def test_what_the_author_wants_seen(write: Write) -> None:
    plate = plate_of(write(chart('kind="steps" x="Date" values="Size" label="Name" emphasis="Medium;Full, at last"')))
    assert texts(plate)[-2:] == ["Medium", "Full, at last"]
    assert not {"Small", "Large"} & set(texts(plate))
    plate = plate_of(write(chart('kind="bars" label="Name" values="Score" emphasis="Large"')))
    greys = [to_rgb(bar.get_facecolor())[0] for bar in rectangles(plate)]
    assert greys[2] == 0
    assert {round(grey, 3) for grey in greys[:2] + greys[3:]} == {0.65}
    weights = {text.get_text(): text.get_fontweight() for text in plate.words()}
    assert (weights["Large"], weights["60"], weights["Small"], weights["46"]) == (600, 600, 400, 400)
    plate = plate_of(write(chart('kind="line" x="Size" values="Score,Other" emphasis="Other"')))
    score, other = (line for line in plate.axes.lines if np.size(line.get_path().vertices) > 2)
    assert to_rgb(other.get_color())[0] == 0 < to_rgb(score.get_color())[0]


def test_labels_move_out_of_each_others_way(write: Write) -> None:
    crowd = "A,B,C\n" + "".join(f"{x},{y},Label {x}\n" for x, y in ((10, 50), (14, 50), (18, 50), (22, 51), (30, 20)))
    plate = plate_of(write(chart('kind="scatter" x="A" values="B" label="C" '), crowd))
    labels = [box_of(plate, f"Label {x}") for x in (10, 14, 18, 22, 30)]
    assert not any(meet(a, b) for a, b in itertools.combinations(labels, 2))


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=12, unique=True))
def test_labels_never_lie_on_each_other(points: list[tuple[int, int]]) -> None:
    data = tuple(Datum(f"Point {n}", float(x), (float(y),), (str(y),)) for n, (x, y) in enumerate(points))
    with contextlib.suppress(Faulty):
        plate = drawn(Chart("a.csv", "A", form="scatter", data=data, heads=("B",), x_head="A", x_scale="linear"), HOUSE, "en")
        labels = [box_of(plate, f"Point {n}") for n in range(len(points))]
        assert not any(meet(a, b) for a, b in itertools.combinations(labels, 2))
        dots = points_of(plate)
        for own, box in zip(dots, labels, strict=True):
            assert all(distance(box, *own) <= distance(box, *other) + 0.1 for other in dots)


def distance(box: Bbox, x: float, y: float) -> float:
    return math.hypot(max(box.x0 - x, 0.0, x - box.x1), max(box.y0 - y, 0.0, y - box.y1))


# --- the picture -------------------------------------------------------------------------------------------------------------


SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"


def looks_of(element: etree._Element) -> dict[str, str]:
    """What an element's style says, with its attributes."""
    told = (part.partition(":") for part in element.get("style", "").split(";") if part.strip())
    return {**{str(k): str(v) for k, v in element.attrib.items()}, **{name.strip(): value.strip() for name, _, value in told}}


@pytest.mark.parametrize("keys", KINDS)
def test_a_chart_is_outlines_in_greys_and_no_line_is_too_thin(write: Write, keys: str) -> None:
    copy = copy_of(write(chart(keys)), "ebook")
    (picture,) = copy.pictures.values()
    assert re.fullmatch(r"images/models-[0-9a-f]{8}\.svg", picture.name)
    assert picture.width == WIDTH * 96 / 72
    root = etree.fromstring(picture.data)
    assert {etree.QName(element).localname for element in root.iter()} <= {
        "svg",
        "g",
        "defs",
        "style",
        "path",
        "use",
        "clipPath",
        "rect",
    }
    named = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(named) == len(set(named))
    assert {use.get(HREF, "")[1:] for use in root.iter(f"{SVG}use")} <= set(named)
    assert "202" not in "".join(root.itertext())  # no date
    for element in root.iter():
        looks = looks_of(element)
        assert not {"opacity", "fill-opacity", "stroke-opacity", "font-size"} & looks.keys()  # one ink, and no transparency
        for ink in (looks.get("fill", "none"), looks.get("stroke", "none")):
            assert ink == "none" or re.fullmatch(r"#([0-9a-f]{2})\1\1", ink), ink
        if looks.get("stroke", "none") != "none" and float(looks.get("stroke-width", "1")) != 0:
            assert float(looks.get("stroke-width", "1")) >= 0.25
    ground = next(root.iter(f"{SVG}path"))
    assert looks_of(ground)["fill"] == "#ffffff"  # else lines would vanish on a dark page
    assert re.findall("[0-9]+", ground.get("d", ""))[2:4] == ["315", root.get("viewBox", "").split()[3]]


def test_both_editions_share_one_drawing(write: Write) -> None:
    book = read_book(write(chart(KINDS[0])))
    before = plates.pull.cache_info()
    pictures = [make_fair_copy(book, name).pictures for name in book.card.editions]
    after = plates.pull.cache_info()
    assert pictures[0] == pictures[1]
    assert (after.misses - before.misses, after.hits - before.hits) == (1, 1)


def test_the_same_rows_make_the_same_bytes(write: Write) -> None:
    root = write("\n\n".join(chart(keys).replace("#fig-a", f"#fig-{n}") for n, keys in enumerate(KINDS)))
    program = (
        "import sys, hashlib; from pathlib import Path; from bindery.manuscript.book import read_book;"
        "from bindery.edition.fair_copy import make_fair_copy;"
        "copy = make_fair_copy(read_book(Path(sys.argv[1])), 'print'); assert not copy.problems;"
        "print(sorted((name, hashlib.sha256(picture.data).hexdigest()) for name, picture in copy.pictures.items()))"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", program, str(root)], cwd=HOUSE, env={**os.environ, **other}, capture_output=True, check=True
        ).stdout
        for other in (
            {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C"},
            {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8"},
        )
    }
    assert len(made) == 1
    assert made.pop().count(b"images/models-") == len(KINDS)


def test_matplotlib_reads_and_leaves_nothing(write: Write, tmp_path: Path) -> None:
    """No matplotlibrc of the user or the working folder, no fonts of the machine, no cache in the user's home."""
    root, home, tools = write(chart(KINDS[0])), tmp_path / "home", tmp_path / "tools"
    (home / ".config" / "matplotlib").mkdir(parents=True)
    tools.mkdir()
    for folder in (home, home / ".config" / "matplotlib"):
        (folder / "matplotlibrc").write_bytes(b"axes.facecolor: \xff\nfont.size: 30\n")
    (tools / "fc-list").write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\n")
    (tools / "fc-list").chmod(0o755)
    before = set(home.rglob("*"))
    program = (
        "import sys, tempfile; from pathlib import Path; from bindery.manuscript.book import read_book;"
        "from bindery.edition.fair_copy import make_fair_copy;"
        "copy = make_fair_copy(read_book(Path(sys.argv[1])), 'print'); assert not copy.problems;"
        "from matplotlib.font_manager import fontManager; print({Path(face.fname).parent.name[:7] for face in fontManager.ttflist});"
        "print(sorted(copy.pictures))"
    )
    made = subprocess.run(
        [sys.executable, "-c", program, str(root)],
        cwd=home,
        env={"PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(home), "PYTHONPATH": str(HOUSE), "TMPDIR": str(tools)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert made.stdout.splitlines() == ["{'bindery'}", str(sorted(copy_of(root, "print").pictures))]
    assert made.stderr == ""
    assert set(home.rglob("*")) == before
    assert [path.name for path in tools.iterdir()] == ["fc-list"]
    assert not (tmp_path / "asked").exists()


def test_a_book_without_charts_is_made_without_matplotlib(write: Write) -> None:
    program = (
        "import sys; from pathlib import Path; import bindery.press; from bindery.manuscript.book import read_book;"
        "from bindery.edition.fair_copy import make_fair_copy; make_fair_copy(read_book(Path(sys.argv[1])), 'ebook');"
        "print('matplotlib' in sys.modules)"
    )
    for text, needed in (("No chart.", "False"), (chart(KINDS[0]), "True")):
        made = subprocess.run(
            [sys.executable, "-c", program, str(write(text))], cwd=HOUSE, capture_output=True, check=True, text=True
        )
        assert made.stdout.strip() == needed


def test_the_list_of_fonts_is_in_the_form_of_this_matplotlib() -> None:
    from matplotlib.font_manager import FontManager

    assert FontManager.__version__ == engraving.FONT_LIST


def test_the_names_of_the_faces_are_their_own() -> None:
    for name, family in NAMES.items():
        names = TTFont(io.BytesIO(house_fonts()[FAMILIES[family][0]]), lazy=True)["name"]
        assert name in (family, names.getDebugName(16) or names.getDebugName(1))


def own_style(root: Path, text: str | bytes) -> None:
    (root / "styles").mkdir(exist_ok=True)
    (root / "styles" / "charts.mplstyle").write_bytes(text if isinstance(text, bytes) else text.encode())
    read_style.cache_clear()
    plates.pull.cache_clear()


def test_a_book_has_charts_of_its_own_look(write: Write) -> None:
    root = write(chart(KINDS[0]))
    plain = {picture.data for picture in copy_of(root, "print").pictures.values()}
    own_style(root, 'font.family: EB Garamond  # its own name\nfont.size: 10\naxes.prop_cycle: cycler("color", ["112233"])\n')
    (own,) = (picture.data for picture in copy_of(root, "print").pictures.values())
    assert own not in plain
    assert b"#889099" in own  # half of #112233, as bars have it
    assert b"EBGaramond" in own
    assert b"SourceSans" not in own


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (
            "\nfont.family: Nonesuch\n",
            ["styles/charts.mplstyle:2 there is no family 'Nonesuch'; expected one of Book Text, Book Sans,"],
        ),
        ("font.family: sans-serif", ["styles/charts.mplstyle:1 there is no family 'sans-serif'"]),
        (
            "font.sice: 8\ntext.usetex: True\ntext.color: nonesuch\nfont.size 9",
            [
                "styles/charts.mplstyle:1 'font.sice' is no setting of a chart; did you mean 'font.size'?; expected one of axes.",
                "styles/charts.mplstyle:2 'text.usetex' is no setting of a chart",
                "styles/charts.mplstyle:3 text.color: 'nonesuch' is no value for it (",
                "styles/charts.mplstyle:4 'font.size 9' is no setting of a chart; did you mean 'font.size'?",
            ],
        ),
        ("axes.prop_cycle: __import__('os').system('true')", ["styles/charts.mplstyle:1 axes.prop_cycle: '__import__"]),
        (b"font.size: \xff", ["styles/charts.mplstyle:0 is not UTF-8; save it as UTF-8"]),
    ],
)
def test_a_books_own_look_is_held_to_the_rules(write: Write, text: str | bytes, faults: list[str]) -> None:
    root = write(chart(KINDS[0]))
    own_style(root, text)
    told = [f"{problem.at} {problem.message}" for problem in found(root)]
    assert len(told) == len(faults), told
    assert all(one.startswith(fault) for one, fault in zip(told, faults, strict=True)), told


def test_a_letter_that_the_face_has_not_is_told(write: Write) -> None:
    (problem,) = found(write(chart('kind="bars" label="A" values="B"'), "A,B\n\u4e16\u754c,5\n"))
    assert (str(problem.at), problem.check) == ("manuscript/01-charts.md:3", "lettering")
    assert "“\u4e16” (U+4E16), which Book Sans has not" in problem.message


def test_a_space_that_the_face_has_not_is_a_plain_one(write: Write) -> None:
    assert texts(plate_of(write(chart('kind="bars" label="A" values="B"'), "A,B\na\u2003b,5\n")))[0] == "a b"


# --- the figure --------------------------------------------------------------------------------------------------------------


def document(copy: FairCopy) -> etree._Element:
    (section,) = (section for section in copy.sections if section.at.path.endswith(".md"))
    pages = PrintPages(copy, folios={}) if copy.edition.format == "print" else EpubPages(copy)
    spaces = 'xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
    return etree.fromstring(f"<div {spaces}>{pages.section(section)}</div>")


def test_the_epub_tells_the_numbers_to_those_who_cannot_see_them(write: Write) -> None:
    copy = copy_of(write(chart('kind="steps" x="Date" values="Size" label="Name"')), "ebook")
    root = document(copy)
    (image,) = root.iter(f"{X}img")
    (details,) = root.iter(f"{X}details")
    assert image.get("alt") == "A chart."
    assert image.get("aria-details") == details.get("id") == "fig-a-numbers"
    assert [" ".join("".join(row.itertext()).split()) for row in details.iter(f"{X}tr")] == [
        "NameDateSize",
        "Small14 Feb 2019124M",
        "Medium2019-05-03355M",
        "LargeAug 2019774M",
        "Full, at last2019-111.5B",
    ]
    assert [cell.get("scope") for cell in details.iter(f"{X}th")] == ["col"] * 3 + ["row"] * 4
    assert "longDescription" in accessibility_of(copy).features


TABLE = '\n\n::: {{.table #tbl-a csv="models.csv" {}}}\nThe models.\n:::\n'


def test_a_table_of_the_same_numbers_is_named_instead(write: Write) -> None:
    root = document(
        copy_of(write(chart('kind="bars" label="Name" values="Size"') + TABLE.format('columns="Name,Size"')), "ebook")
    )
    assert list(root.iter(f"{X}details")) == []
    (link,) = (a for p in root.iter(f"{X}p") if p.get("id") == "fig-a-numbers" for a in p.iter(f"{X}a"))
    assert (link.get("href"), link.text) == ("charts.xhtml#tbl-a", "Table 1")


@pytest.mark.parametrize("keys", ['columns="Name,Date"', 'rows="1-3"'])
def test_a_table_of_other_numbers_is_not(write: Write, keys: str) -> None:
    root = document(copy_of(write(chart('kind="bars" label="Name" values="Size"') + TABLE.format(keys)), "ebook"))
    assert len(list(root.iter(f"{X}details"))) == 1


def test_print_has_no_second_telling(write: Write) -> None:
    root = document(copy_of(write(chart(KINDS[0])), "print"))
    assert list(root.iter(f"{X}table")) == list(root.iter(f"{X}details")) == []
    (image,) = root.iter(f"{X}img")
    assert image.get("aria-details") is None
    (caption,) = root.iter(f"{X}figcaption")
    assert "".join(caption.itertext()) == "Figure 1 Caption."


def test_notes_and_marks_of_a_cell_stay_in_the_table(write: Write) -> None:
    csv = "Name,Size\n[Small]{.index},*1*\nb,2 [@smith]\n"
    root = document(copy_of(write(chart('kind="bars" label="Name" values="Size"'), csv), "ebook"))
    assert "".join(next(iter(root.iter(f"{X}tbody"))).itertext()).split() == ["Small1", "b2"]
    assert not [element for element in root.iter() if "index" in (element.get("id") or "")]


# --- faults ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "faults"),
    [
        ('kind="pie" values="Size"', ["bad-value: there is no kind of chart 'pie'; did you mean 'line'?; expected one of bars, columns,"]),
        ('kind="bars" values="Size"', ["missing-key: a .chart of kind 'bars' needs the key 'label'"]),
        (
            'kind="bars" x="Date" values="Size" scale="log"',
            [
                "missing-key: a .chart of kind 'bars' needs the key 'label'",
                "unknown-key: a .chart of kind 'bars' has no key 'scale'",
                "unknown-key: a .chart of kind 'bars' has no key 'x'",
            ],
        ),
        ('kind="bars" label="Nam" values="Size"', ["bad-value: there is no column 'Nam'; did you mean 'Name'?; the heads are Name, Date,"]),
        ('kind="columns" label="Name" values="Size,Score"', ["bad-value: kind 'columns' draws 1 columns of values; 2 are named"]),
        ('kind="slope" label="Name" values="Size"', ["bad-value: kind 'slope' draws 2 columns of values; 1 are named"]),
        ('kind="line" x="Date" values="Size" scale="lin"', ["bad-value: scale 'lin' is none of linear, log"]),
        ('kind="line" x="Date" values="Size" range="9-1"', ["bad-value: range '9-1' is no range"]),
        ('kind="line" x="Date" values="Size" range="a"', ["bad-value: range 'a' is no range"]),
        ('kind="bars" label="Name" values="Size" order="up"', ["bad-value: order 'up' is none of ascending, descending"]),
        ('kind="bars" label="Name" values="Size" emphasis="Smal"', ["bad-value: emphasis 'Smal' is no label of the chart and no head; did"]),
        ('kind="bars" label="Name" values="Size" rows="3-9"', ["bad-value: rows '3-9' is no range"]),
        ('kind="bars" label="Name" values="Other" rows="1-1"', ["chart-number: there is no number under Other"]),
        ('kind="line" x="Date" values="Size" colour="red"', ["unknown-key: .chart has no key 'colour'"]),
    ],
)  # fmt: skip
def test_a_wrong_key_is_told_at_the_chart(write: Write, keys: str, faults: list[str]) -> None:
    problems = found(write(chart(keys)))
    assert {str(problem.at) for problem in problems} == {"manuscript/01-charts.md:3"}
    told = sorted(f"{problem.check}: {problem.message}" for problem in problems)
    assert len(told) == len(faults), told
    assert all(one.startswith(fault) for one, fault in zip(told, faults, strict=True)), told


def test_every_wrong_cell_is_told_at_its_line_of_the_csv_file(write: Write) -> None:
    csv = "Name,Date,Size\na,2019-02-14,about 5\nb,some day,7\nc,2019-13-01,0\n"
    problems = found(write(chart('kind="line" x="Date" values="Size" scale="log" xscale="dates"'), csv))
    assert sorted((str(p.at), p.check) for p in problems) == [
        ("manuscript/data/models.csv:2", "chart-number"),
        ("manuscript/data/models.csv:3", "chart-date"),
        ("manuscript/data/models.csv:4", "chart-date"),
        ("manuscript/data/models.csv:4", "chart-number"),
    ]


def test_words_without_room_are_told(write: Write) -> None:
    crowd = "A,B,C\n" + "".join(f"5,{n},A label of some length {n}\n" for n in range(30))
    (problem,) = found(write(chart('kind="scatter" x="A" values="B" label="C"'), crowd))
    assert (str(problem.at), problem.check) == ("manuscript/01-charts.md:3", "chart-room")
    long = "A,B\n" + "".join(f"Electroencephalography{n},{n}\n" for n in range(9))
    (problem,) = found(write(chart('kind="columns" label="A" values="B"'), long))
    assert (problem.check, "or kind 'bars'" in problem.message) == ("chart-room", True)
