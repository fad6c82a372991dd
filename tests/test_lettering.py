"""Lettering: the text of drawings as outlines. What is drawn is held against what HarfBuzz says of the same letters."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import uharfbuzz  # type: ignore[import-untyped]
from fontTools.pens.boundsPen import BoundsPen  # type: ignore[import-untyped]
from fontTools.svgLib.path import parse_path  # type: ignore[import-untyped]
from lxml import etree

from bindery.foundry.fonts import FAMILIES, house_fonts
from bindery.foundry.lettering import MAX_LETTERS, SVG, Unset, lettered

HOUSE = Path(__file__).parent.parent
SHEET = "text { font-family: 'Book Text'; font-size: 10px }"


def drawing(inside: str, attributes: str = "") -> etree._Element:
    return etree.fromstring(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 100" {attributes}>{inside}</svg>')


def outlines(inside: str, sheet: str = SHEET) -> list[etree._Element]:
    return list(lettered(drawing(f"<style>{sheet}</style>{inside}")).iter(f"{SVG}path"))


def width(text: str, looks: str = "") -> float:
    """By how much a text moves the letter after it."""
    *_, after = outlines(f'<text y="9"><tspan style="{looks}">{text}</tspan><tspan>H</tspan></text>')
    (alone,) = outlines('<text y="9">H</text>')
    return bounds(after)[0] - bounds(alone)[0]


def bounds(path: etree._Element) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of a path's ink."""
    pen = BoundsPen(None)
    parse_path(path.get("d", ""), pen)
    left, top, right, bottom = pen.bounds
    return left, top, right, bottom


def test_no_letter_stays_text() -> None:
    done = lettered(drawing('<g><text x="10" y="20" fill="#333">Loss <tspan font-style="italic">fell</tspan>.</text></g>'))
    assert not any(element.tag in (f"{SVG}text", f"{SVG}tspan", f"{SVG}style") for element in done.iter())
    (group,) = done.iterfind(f"{SVG}g/{SVG}g")
    assert group.get("fill") == "#333"
    assert len(group) == 3


def test_a_single_run_is_a_single_path() -> None:
    (path,) = outlines('<text id="a" class="b" x="10" y="20" transform="rotate(5)">Loss</text>')
    assert (path.get("id"), path.get("transform"), path.get("x"), path.get("font-size")) == ("a", "rotate(5)", None, None)


def test_letters_stand_on_the_baseline_and_are_as_large_as_asked() -> None:
    (path,) = outlines('<text x="10" y="50">H</text>')
    left, top, _, bottom = bounds(path)
    assert bottom == pytest.approx(50, abs=0.05)
    assert top == pytest.approx(50 - 6.5, abs=0.1)  # the capitals of EB Garamond have 0.65 em
    assert left == pytest.approx(10.3, abs=0.3)
    (large,) = outlines('<text x="10" y="50" style="font-size: 40px">H</text>')
    assert bounds(large)[1] == pytest.approx(50 - 26, abs=0.2)


@pytest.mark.parametrize(("anchor", "share"), [("start", 0.0), ("middle", 0.5), ("end", 1.0)])
def test_anchors(anchor: str, share: float) -> None:
    wide = width("Karma")
    (path,) = outlines(f'<text x="100" y="50" text-anchor="{anchor}">Karma</text>')
    left, _, right, _ = bounds(path)
    assert left == pytest.approx(100 - share * wide, abs=0.5)
    assert right == pytest.approx(100 - share * wide + wide, abs=0.5)


def test_spans_follow_each_other_and_start_anew_at_a_place() -> None:
    first, second, third = outlines('<text x="0" y="10">One <tspan>two</tspan><tspan x="7" y="30">three</tspan></text>')
    assert bounds(second)[0] == pytest.approx(width("One "), abs=0.5)
    assert bounds(third)[0] == pytest.approx(7, abs=0.5)
    assert bounds(first)[3] < 13 < 20 < bounds(third)[1]


def test_white_space_is_one_space() -> None:
    def written(text: str) -> list[str]:
        return [path.get("d", "") for path in outlines(f'<text x="0" y="9">{text}</text>')]

    assert written("\n   One\n  two\t ") == written("One two")


def test_kerning_and_features() -> None:
    assert width("AV") < width("A") + width("V") - 0.2
    assert width("Loss", "font-weight: 700") > width("Loss") + 0.2
    assert width("Loss", "letter-spacing: 1px") == pytest.approx(width("Loss") + 4, abs=0.05)
    (lining,), (old,) = outlines('<text y="50">3</text>'), outlines('<text y="50" font-feature-settings="\'onum\'">3</text>')
    assert bounds(lining)[3] == pytest.approx(50, abs=0.5)
    assert bounds(old)[3] > 51.5  # an old-style three hangs below the line


def test_the_same_letter_is_the_same_text_wherever_it_stands() -> None:
    one, two = (path.get("d", "") for path in outlines('<text y="9">e</text><text x="31.234" y="77">e</text>'))
    assert one[one.index("q") :] == two[two.index("q") :]
    assert one != two


def test_families_go_by_two_names() -> None:
    for name in ("Book Sans", "Source Sans 3", "'Source Sans 3', sans-serif", "Nonesuch, 'Book Sans'"):
        (found,), (expected,) = (
            outlines(f'<text font-family="{name}">a</text>', ""),
            outlines('<text font-family="Book Sans">a</text>', ""),
        )
        assert found.get("d") == expected.get("d")


def test_the_families_are_those_of_the_stylesheets() -> None:
    declared: dict[str, list[str]] = {}
    for family, source in re.findall(
        r'font-family: "([^"]+)"; src: url\("bindery:([^"]+)"\)', (HOUSE / "styles" / "fonts.css").read_text()
    ):
        declared.setdefault(family, []).append(source)
    assert {family: list(files) for family, files in FAMILIES.items()} == declared
    assert {file for files in FAMILIES.values() for file in files} <= house_fonts().keys()


def test_what_outweighs_what() -> None:
    """CSS Cascade 4, section 6: importance, then the style attribute, then specificity, then order; attributes come last of all."""
    sheet = "#a { fill: #111 } path { fill: #222; stroke: #333 } .b { stroke: #444 } .c { opacity: .5 !important } path { opacity: .6 }"
    shape = '<path id="a" class="b c" fill="#999" d="M0 0" style="opacity: .7; stroke-width: 2"/>'
    done = lettered(drawing(f"<style>{sheet}</style>{shape}"))
    (path,) = done
    assert {name: path.get(name) for name in ("fill", "stroke", "opacity", "stroke-width", "style")} == {
        "fill": "#111",
        "stroke": "#444",
        "opacity": ".5",
        "stroke-width": "2",
        "style": None,
    }


def test_what_is_handed_in_is_left_as_it_was() -> None:
    given = drawing('<style>text { fill: #111 }</style><text style="font-size: 9px">a</text>')
    before = etree.tostring(given)
    lettered(given)
    assert etree.tostring(given) == before


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        ('<text font-family="Comic Sans MS">a</text>', "expected a family of the house (Book Code, Book Sans, Book Text)"),
        ("<text>\u2603</text>", "“\u2603” (U+2603)"),
        ('<text x="1 2 3">abc</text>', "x '1 2 3'"),
        ('<text font-size="120%">a</text>', "font-size '120%'"),
        ('<text font-size="0">a</text>', "font-size '0'"),
        ('<text font-size="1e9">a</text>', "font-size '1e9'"),
        ('<text font-weight="lighter">a</text>', "weight 'lighter'"),
        ('<text textLength="40">a</text>', "textLength: 40"),
        ('<text rotate="40">a</text>', "rotate: 40"),
        ('<text style="font: 9px serif">a</text>', "font: 9px serif"),
        ('<text><textPath href="#a">a</textPath></text>', "<textPath>"),
        ("<text><script>a</script></text>", "<script>"),
        ('<text text-anchor="end">a<tspan dx="3">b</tspan></text>', "anchored"),
        (f"<text>{'a' * (MAX_LETTERS + 1)}</text>", "20,000 letters"),
        ("<style>@media print { text { fill: #111 } }</style><text>a</text>", "no plain rule"),
        ("<style>text::first-line:: { fill: #111 }</style><text>a</text>", "selector"),
        (f"<style>{'p{a:b}' * 3000}</style>{'<path/>' * 1000}<text>a</text>", "too many rules"),
    ],
)
def test_what_cannot_be_set_is_said(inside: str, words: str) -> None:
    with pytest.raises(Unset) as caught:
        lettered(drawing(inside))
    assert words in str(caught.value)


def test_harfbuzz_is_told_the_language_before_it_asks_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    class Buffer(uharfbuzz.Buffer):  # type: ignore[misc]
        def guess_segment_properties(self) -> None:
            assert self.language == "en"
            super().guess_segment_properties()

    monkeypatch.setattr(uharfbuzz, "Buffer", Buffer)
    assert outlines("<text>A text that no other test has set</text>")
