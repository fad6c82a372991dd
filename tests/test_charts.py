"""Charts: from a CSV file to a picture in the book. What is drawn is measured: lengths, places, inks, and that no words meet."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bindery.edition import plates
from bindery.edition.accessibility import accessibility_of
from bindery.edition.fair_copy import FairCopy, make_fair_copy
from bindery.edition.pages import EpubPages, PrintPages
from bindery.edition.scales import Scale, days, linear, logarithmic
from bindery.edition.shapes import WIDTH, Block, Box, Dot, Plate, Rule, Stroke, Words, apart
from bindery.foundry.lettering import Measure
from bindery.manuscript.book import HOUSE, read_book
from bindery.manuscript.quantities import Manner, read_date, read_number
from bindery.nodes import Chart, Datum, find
from bindery.problem import Faulty, Problem

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
    """The shapes of the first chart of a book."""
    book = read_book(root)
    assert book.problems == ()
    (drawn,) = find(book.chapters["01-charts.md"].blocks, Chart)
    plate = Plate(Measure((HOUSE / "styles" / "chart.css").read_text("utf-8")))
    plates.DRAWN_BY[drawn.form](drawn, plate, book.card.language)
    return plate


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
    return [" ".join(filter(None, (tick.text, tick.below))) for tick in scale.ticks]


def test_marks_are_round() -> None:
    assert marks(linear(0, 1558, manner=Manner(), language="en")) == ["0", "500", "1,000", "1,500", "2,000"]
    assert marks(linear(0, 0.7, manner=Manner(), language="en")) == ["0", "0.2", "0.4", "0.6", "0.8"]
    assert marks(linear(-3, 4, manner=Manner(), language="en")) == ["−2", "0", "2", "4"]
    assert marks(logarithmic(1.23, 45, manner=Manner(), language="en")) == ["1", "2", "5", "10", "20", "50"]
    assert marks(logarithmic(124e6, 175e9, manner=Manner(magnitudes=True), language="en")) == ["100M", "1B", "10B", "100B"]


def test_marks_of_days_are_starts_of_months_and_years() -> None:
    def between(first: str, last: str, language: str = "en") -> list[str]:
        return marks(days(read_date(first) or 0, read_date(last) or 0, language=language))

    assert between("2019-02-14", "2019-11-05") == ["Mar 2019", "May", "Jul", "Sep", "Nov"]
    assert between("2019-11-20", "2020-04-10") == ["Dec 2019", "Jan 2020", "Feb", "Mar", "Apr"]
    assert between("2019-01-01", "2026-07-17") == ["2020", "2022", "2024", "2026"]
    assert between("2019-02-14", "2019-08-20", "de") == ["2019-03", "2019-04", "2019-05", "2019-06", "2019-07", "2019-08"]


@given(st.floats(1e-6, 1e12), st.floats(1.01, 1e6))
def test_every_scale_holds_its_values_and_has_marks(low: float, times: float) -> None:
    high = low * times
    for scale in (
        linear(0.0, high, manner=Manner(), language="en"),
        logarithmic(low, high, manner=Manner(), language="en"),
    ):
        laid = scale.laid(0.0, 100.0)
        assert -1e-6 <= laid(max(low, laid.low)) <= laid(high) <= 100 + 1e-6
        assert 2 <= len(scale.ticks) <= 12
        assert all(-1e-6 <= laid(tick.value) <= 100 + 1e-6 for tick in scale.ticks)


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


def boxes(plate: Plate) -> Iterator[tuple[Words, Box]]:
    for shape in plate.shapes:
        if isinstance(shape, Words):
            yield shape, plate.box(shape.role, shape.x, shape.y, shape.text, shape.anchor)


@pytest.mark.parametrize("keys", KINDS)
def test_words_stay_on_the_plate_and_apart(write: Write, keys: str) -> None:
    plate = plate_of(write(chart(keys)))
    placed = list(boxes(plate))
    assert placed
    for words, box in placed:
        assert box.left >= -0.5, words
        assert box.right <= WIDTH + 0.5, words
        assert box.top >= -0.5, words
        assert box.bottom <= plate.height + 3, words
    for (one, a), (two, b) in itertools.combinations(placed, 2):
        assert not Box(a.left, a.top + 1.5, a.right, a.bottom - 1.5).meets(b), (one, two)


def test_bars_begin_at_nought_and_are_as_long_as_their_numbers(write: Write) -> None:
    plate = plate_of(write(chart('kind="bars" label="Name" values="Score"')))
    bars = [shape for shape in plate.shapes if isinstance(shape, Block)]
    (base,) = (shape for shape in plate.shapes if isinstance(shape, Rule))
    assert [bar.x for bar in bars] == [base.x1] * 4
    assert [bar.width / bars[0].width for bar in bars] == pytest.approx([1, 55 / 46, 60 / 46, 63 / 46], abs=0.001)


def test_bars_below_nought_go_the_other_way(write: Write) -> None:
    plate = plate_of(write(chart('kind="bars" label="A" values="B"'), "A,B\nup,4\ndown,-2\n"))
    up, down = (shape for shape in plate.shapes if isinstance(shape, Block))
    assert up.x == pytest.approx(down.x + down.width)
    assert up.width == pytest.approx(2 * down.width, abs=0.02)


def test_columns_stand_on_nought(write: Write) -> None:
    plate = plate_of(write(chart('kind="columns" label="Name" values="Score"')))
    bars = [shape for shape in plate.shapes if isinstance(shape, Block)]
    assert len({round(bar.y + bar.height, 1) for bar in bars}) == 1
    assert [bar.height / bars[0].height for bar in bars] == pytest.approx([1, 55 / 46, 60 / 46, 63 / 46], abs=0.002)


def test_an_empty_cell_is_a_gap(write: Write) -> None:
    plate = plate_of(write(chart('kind="dots" label="Name" values="Score,Other"')))
    assert sum(isinstance(shape, Dot) for shape in plate.shapes) == 7
    plate = plate_of(write(chart('kind="slope" label="Name" values="Score,Other"')))
    assert sum(isinstance(shape, Stroke) for shape in plate.shapes) == 3


def test_a_row_without_a_place_is_not_drawn(write: Write) -> None:
    plate = plate_of(write(chart('kind="line" x="A" values="B"'), "A,B\n1,10\n--,20\n3,30\n"))
    assert sum(isinstance(shape, Dot) for shape in plate.shapes) == 2


def test_heads_stay_on_the_plate(write: Write) -> None:
    csv = "Name,The first of two long heads,The second of two long heads\na,1,99\nb,3,98\n"
    plate = plate_of(
        write(chart('kind="dots" label="Name" values="The first of two long heads,The second of two long heads"'), csv)
    )
    heads = [box for words, box in boxes(plate) if words.role == "head"]
    assert len(heads) == 2
    assert all(box.left >= 0 and box.right <= WIDTH + 0.01 for box in heads)


def test_no_label_lies_on_a_line(write: Write) -> None:
    csv = "A,B\n" + "".join(f"{n},{50 + n}\n" for n in range(1, 7))
    plate = plate_of(write(chart('kind="line" x="A" values="B" label="B"'), csv))
    (line,) = (shape for shape in plate.shapes if isinstance(shape, Stroke))
    labels = [box for words, box in boxes(plate) if words.role == "value"]
    assert len(labels) == 6
    for (x1, y1), (x2, y2) in itertools.pairwise(line.points):
        for share in range(101):
            x, y = x1 + (x2 - x1) * share / 100, y1 + (y2 - y1) * share / 100
            assert not any(box.left < x < box.right and box.top < y < box.bottom for box in labels)


def test_steps_hold_until_the_next(write: Write) -> None:
    plate = plate_of(write(chart('kind="steps" x="Date" values="Size"')))
    (line,) = (shape for shape in plate.shapes if isinstance(shape, Stroke))
    assert all(x1 == x2 or y1 == y2 for (x1, y1), (x2, y2) in itertools.pairwise(line.points))
    assert len(line.points) == 8
    dots = [shape for shape in plate.shapes if isinstance(shape, Dot)]
    assert all((dot.x, dot.y) in line.points for dot in dots)
    assert line.points[-1][0] == WIDTH


def test_dates_stand_by_their_days(write: Write) -> None:
    plate = plate_of(write(chart('kind="line" x="Date" values="Score"')))
    dots = [shape for shape in plate.shapes if isinstance(shape, Dot)]
    # 14 February, 3 May, the middle of August (16.5), the middle of November (16)
    gaps = [(dots[n].x - dots[0].x) / (dots[3].x - dots[0].x) for n in range(4)]
    assert gaps == pytest.approx([0, 78 / 275, 183.5 / 275, 1], abs=0.002)


def test_a_logarithmic_scale_gives_equal_room_to_equal_ratios(write: Write) -> None:
    plate = plate_of(write(chart('kind="scatter" x="A" values="B" scale="log" xscale="log"'), "A,B\n1,10\n10,100\n100,1000\n"))
    one, two, three = (shape for shape in plate.shapes if isinstance(shape, Dot))
    assert two.x - one.x == pytest.approx(three.x - two.x, abs=0.02)
    assert one.y - two.y == pytest.approx(two.y - three.y, abs=0.02)


def test_the_author_sets_the_ends_of_a_scale(write: Write) -> None:
    words = [w.text for w, _ in boxes(plate_of(write(chart('kind="line" x="Size" values="Score" range="40-80"'))))]
    assert words[1:6] == ["40", "50", "60", "70", "80"]
    words = [w.text for w, _ in boxes(plate_of(write(chart('kind="line" x="Size" values="Score"'))))]
    assert words[1] == "0"


def test_bare_figures_are_grouped(write: Write) -> None:
    csv = "A,B\na,1542261\nb,1542\nc,33\n"
    assert [w.text for w, _ in boxes(plate_of(write(chart('kind="bars" label="A" values="B"'), csv))) if w.role == "value"] == [
        "1,542,261",
        "1542",
        "33",
    ]


def test_rows_are_ordered_by_their_values(write: Write) -> None:
    def names(order: str) -> list[str]:
        plate = plate_of(write(chart(f'kind="bars" label="Name" values="Other" {order}')))
        return [words.text for words, _ in boxes(plate) if words.role == "name"]

    assert names("") == ["Small", "Medium", "Large", "Full, at last"]
    assert names('order="descending"') == ["Large", "Medium", "Full, at last", "Small"]
    assert names('order="ascending"') == ["Full, at last", "Medium", "Large", "Small"]


def test_what_the_author_wants_seen(write: Write) -> None:
    plate = plate_of(write(chart('kind="steps" x="Date" values="Size" label="Name" emphasis="Medium;Full, at last"')))
    assert [words.text for words, _ in boxes(plate) if words.role == "value"] == ["Medium", "Full, at last"]
    plate = plate_of(write(chart('kind="bars" label="Name" values="Score" emphasis="Large"')))
    roles = [shape.role for shape in plate.shapes if isinstance(shape, Block)]
    assert roles == ["bar s1 weak", "bar s1 weak", "bar s1 strong", "bar s1 weak"]
    plate = plate_of(write(chart('kind="line" x="Size" values="Score,Other" emphasis="Other"')))
    assert [shape.role for shape in plate.shapes if isinstance(shape, Stroke)] == ["line s1 weak", "line s2 strong"]


def test_labels_move_out_of_each_others_way(write: Write) -> None:
    crowd = "A,B,C\n" + "".join(f"{x},{y},Label {x}\n" for x, y in ((10, 50), (14, 50), (18, 50), (22, 51), (30, 20)))
    plate = plate_of(write(chart('kind="scatter" x="A" values="B" label="C" '), crowd))
    labels = [box for words, box in boxes(plate) if words.role == "value"]
    assert len(labels) == 5
    assert not any(a.meets(b) for a, b in itertools.combinations(labels, 2))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=12, unique=True))
def test_labels_never_lie_on_each_other(tmp_path_factory: pytest.TempPathFactory, points: list[tuple[int, int]]) -> None:
    data = tuple(Datum(f"Point {n}", float(x), (float(y),), (str(y),)) for n, (x, y) in enumerate(points))
    plate = Plate(Measure((HOUSE / "styles" / "chart.css").read_text("utf-8")))
    drawn = Chart("a.csv", "A", form="scatter", data=data, heads=("B",), x_head="A", x_scale="linear")
    with contextlib.suppress(Faulty):
        plates.DRAWN_BY["scatter"](drawn, plate, "en")
    labels = {words.text: box for words, box in boxes(plate) if words.role == "value"}
    assert len(labels) in (0, len(points))
    assert not any(a.meets(b) for a, b in itertools.combinations(labels.values(), 2))
    dots = [(shape.x, shape.y) for shape in plate.shapes if isinstance(shape, Dot)]
    for number, own in enumerate(dots):
        if box := labels.get(f"Point {number}"):
            assert all(box.distance(*own) <= box.distance(*other) + 0.1 for other in dots)


# --- the picture -------------------------------------------------------------------------------------------------------------


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
        "rect",
        "line",
        "circle",
        "polyline",
        "path",
    }
    for element in root.iter():
        assert not {"class", "style", "font-size"} & set(element.attrib)
        for ink in (element.get("fill"), element.get("stroke")):
            assert ink in (None, "none") or re.fullmatch(r"#([0-9a-f])\1\1", str(ink)), ink
        if element.get("stroke") not in (None, "none"):
            assert float(element.get("stroke-width", "1")) >= 0.25
    ground = root[0]
    assert (ground.get("fill"), ground.get("width")) == ("#fff", "315")  # else lines would vanish on a dark page


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


def test_a_book_has_charts_of_its_own_look(write: Write) -> None:
    root = write(chart(KINDS[0]))
    plain = {picture.data for picture in copy_of(root, "print").pictures.values()}
    (root / "styles").mkdir()
    (root / "styles" / "chart.css").write_text("svg { font-family: 'Book Sans'; font-size: 12px } .bar { fill: #123 }")
    plates._sheet.cache_clear()
    plates.pull.cache_clear()
    own = {picture.data for picture in copy_of(root, "print").pictures.values()}
    assert own != plain
    assert all(b"#123" in data for data in own)


@pytest.mark.parametrize(
    ("file", "text", "at", "check"),
    [
        ("styles/chart.css", "svg { font-family: 'Nonesuch' }", "manuscript/01-charts.md:3", "lettering"),
        ("templates/chart.svg.j2", "{{ nonsense }}", "templates/chart.svg.j2:1", "template"),
        ("templates/chart.svg.j2", "<svg><path></svg>", "templates/chart.svg.j2:0", "template"),
        (
            "templates/chart.svg.j2",
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script/></svg>',
            "templates/chart.svg.j2:0",
            "unsafe-svg",
        ),
    ],
)
def test_a_books_own_look_is_held_to_the_rules(write: Write, file: str, text: str, at: str, check: str) -> None:
    root = write(chart(KINDS[0]))
    (root / file).parent.mkdir()
    (root / file).write_text(text)
    plates._sheet.cache_clear()
    plates._templates.cache_clear()
    assert [(str(problem.at), problem.check) for problem in found(root)] == [(at, check)]


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
