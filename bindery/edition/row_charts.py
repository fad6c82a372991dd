"""Charts of rows that have names: bars, columns, dots, slopes. Every number stands beside what is drawn for it, so there is no scale."""

from __future__ import annotations

from dataclasses import dataclass

from bindery.edition.scales import Scale, scale_of_values
from bindery.edition.shapes import DOT, GAP, HALF, LEADING, SPACE, WIDTH, Block, Dot, Plate, Rule, Stroke, apart
from bindery.foundry.lettering import Measure
from bindery.nodes import Chart, Datum
from bindery.problem import Faulty, Problem

# The share of the plate that the names of rows may take up before they are broken.
NAMES = 0.36
# The heights of columns and of slopes, in points.
COLUMNS, SLOPES = 112.0, 150.0


def strength(chart: Chart, strong: bool) -> str:
    """The class of what the author wants seen, and of all else where there is such."""
    return " strong" if strong else " weak" if chart.emphasis else ""


@dataclass(frozen=True)
class _Names:
    """The names of rows, at the left, ending where the drawing starts; each in one line or more."""

    lines: list[list[str]]
    left: float
    size: float

    @classmethod
    def of(cls, chart: Chart, plate: Plate) -> _Names:
        lines = [plate.broken(datum.label, "name", NAMES * WIDTH) for datum in chart.data]
        widest = plate.widest((line for name in lines for line in name), "name")
        return cls(lines, widest + 1.5 * GAP, LEADING * plate.measure.size("name"))

    def height(self, row: int) -> float:
        return (len(self.lines[row]) + 0.3) * self.size

    def put(self, plate: Plate, row: int, middle: float, strong: str) -> None:
        first = middle - (len(self.lines[row]) - 1) / 2 * self.size
        for number, line in enumerate(self.lines[row]):
            plate.centred(f"name{strong}", self.left - 1.5 * GAP, first + number * self.size, line, "end")


def bars(chart: Chart, plate: Plate, language: str) -> None:
    """A bar for each value, its number at its end."""
    names, size, several = _Names.of(chart, plate), plate.measure.size("value"), len(chart.heads) > 1
    thick, pitch = (0.5 * size, 1.05 * size) if several else (0.62 * size, 1.5 * size)
    numbers = [value for datum in chart.data for value in datum.values if value is not None]
    low, high = min(0.0, *numbers), max(0.0, *numbers)
    unit = _unit_of_bars(chart, plate.measure, low, high, WIDTH - names.left)
    nought, y = names.left - low * unit, 0.0
    for row, datum in enumerate(chart.data):
        height = max(names.height(row), pitch * len(chart.heads)) + (0.45 * size if several else 0.0)
        first, strong = y + height / 2 - pitch * (len(chart.heads) - 1) / 2, strength(chart, datum.strong)
        names.put(plate, row, y + height / 2, strong)
        for series, value in enumerate(datum.values):
            if value is not None:
                middle, length = first + series * pitch, abs(value) * unit
                left, right = nought + min(0.0, value * unit), nought + max(0.0, value * unit) + GAP
                plate.add(Block(f"bar s{series + 1}{strong}", left, middle - thick / 2, length, thick))
                plate.centred(f"value{strong}", right, middle, datum.words[series])
                if several and not row:
                    shift = plate.measure.width(datum.words[series] + SPACE, "value")
                    plate.centred("head", right + shift, middle, chart.heads[series])
        y += height
    plate.add(Rule("base", nought, 0.0, nought, y))
    plate.height = y


def _unit_of_bars(chart: Chart, measure: Measure, low: float, high: float, room: float) -> float:
    """How many points a bar has for each one of its value: as many as leave room for every number, and for the heads in the first row."""
    found = [room / ((high - low) or 1.0)]
    for row, datum in enumerate(chart.data):
        for value, word, head in zip(datum.values, datum.words, chart.heads, strict=True):
            if value is not None:
                width = measure.width(word, "value strong")
                if len(chart.heads) > 1 and not row:
                    width += measure.width(SPACE, "value") + measure.width(head, "head")
                found.append((room - GAP - width) / ((max(value, 0.0) - low) or 1.0))
    return max(min(found), 0.0)


def columns(chart: Chart, plate: Plate, language: str) -> None:
    """Upright bars, their numbers on them and their names below."""
    size, name = plate.measure.size("value"), plate.measure.size("name")
    slot = WIDTH / len(chart.data)
    names = [plate.broken(datum.label, "name", slot - GAP) for datum in chart.data]
    texts = [("name", line) for lines in names for line in lines] + [("value", datum.words[0]) for datum in chart.data]
    for role, text in texts:
        if plate.measure.width(text, role) > slot - 2.0:
            message = f"'{text}' has no room in a chart of {len(chart.data)} columns; expected shorter words, or kind 'bars'"
            raise Faulty([Problem(chart.at, message, "chart-room")])
    numbers = [datum.values[0] or 0.0 for datum in chart.data]
    scale = Scale(min(0.0, *numbers), max(0.0, *numbers) or 1.0).laid(COLUMNS, 1.4 * size)
    width = min(0.45 * slot, 26.0)
    for number, (datum, lines) in enumerate(zip(chart.data, names, strict=True)):
        middle, strong = (number + 0.5) * slot, strength(chart, datum.strong)
        if (value := datum.values[0]) is not None:
            top, bottom = sorted((scale(0.0), scale(value)))
            plate.add(Block(f"bar s1{strong}", middle - width / 2, top, width, bottom - top))
            plate.words(f"value{strong}", middle, top - GAP, datum.words[0], "middle")
        for count, line in enumerate(lines):
            plate.words(f"name{strong}", middle, COLUMNS + GAP + (0.75 + count * LEADING) * name, line, "middle")
    plate.add(Rule("base", 0.0, scale(0.0), WIDTH, scale(0.0)))
    plate.height = COLUMNS + GAP + max(map(len, names)) * LEADING * name


def dots(chart: Chart, plate: Plate, language: str) -> None:
    """A dot for each name, or two of them, with their numbers beside them, on a light rule across."""
    names, size, several = _Names.of(chart, plate), plate.measure.size("value"), len(chart.heads) > 1
    words = plate.widest((word for datum in chart.data for word in datum.words), "value strong") + GAP + 2 * DOT
    scale = scale_of_values(chart, language).laid(names.left + (words if several else 2 * DOT), WIDTH - words)
    y = _heads_above(chart, plate, scale, names.left) if several else 0.0
    for row, datum in enumerate(chart.data):
        height = max(names.height(row), 1.5 * size)
        middle, strong = y + height / 2, strength(chart, datum.strong)
        names.put(plate, row, middle, strong)
        plate.add(Rule("guide", names.left, middle, WIDTH, middle))
        known = sorted((scale(value), series) for series, value in enumerate(datum.values) if value is not None)
        if len(known) > 1:
            plate.add(Rule("span", known[0][0], middle, known[1][0], middle))
        for count, (x, series) in enumerate(known, 1):
            plate.add(Dot(f"dot s{series + 1}{strong}", x, middle, 1.25 * DOT))
            side, anchor = (1, "start") if count == len(known) else (-1, "end")
            plate.masked(f"value{strong}", x + side * (GAP + DOT), middle + HALF * size, datum.words[series], anchor)
        y += height
    plate.height = y


def _heads_above(chart: Chart, plate: Plate, scale: Scale, least: float) -> float:
    """The heads of two columns over the dots of the first row that has both, the right one higher if they would meet; the height they take up."""
    line = LEADING * plate.measure.size("head")
    both = next((datum.values for datum in chart.data if None not in datum.values), chart.data[0].values)
    placed: list[tuple[float, float, str]] = []
    for x, head in sorted((scale(value), head) for value, head in zip(both, chart.heads, strict=True) if value is not None):
        half = plate.measure.width(head, "head") / 2
        x = min(max(x, least + half), WIDTH - half)
        higher = bool(placed) and placed[0][0] + plate.measure.width(placed[0][2], "head") / 2 + GAP > x - half
        placed.append((x, line if higher else 0.0, head))
    height = max(up for _, up, _ in placed) + line + 1.0
    for x, up, head in placed:
        plate.words("head", x, height - up - 0.3 * line, head, "middle")
    return height


def slope(chart: Chart, plate: Plate, language: str) -> None:
    """A line for each row from its first value to its second."""
    size, head = plate.measure.size("value"), plate.measure.size("head")
    rows = [(datum, datum.values[0], datum.values[1]) for datum in chart.data]
    known = [(datum, first, second) for datum, first, second in rows if first is not None and second is not None]
    notes = [_notes(datum) for datum, _, _ in known]
    left = plate.widest((note for note, _ in notes), "value strong") + 2 * GAP
    right = WIDTH - plate.widest((note for _, note in notes), "value strong") - 2 * GAP
    top = LEADING * head + GAP
    scale = scale_of_values(chart, language).laid(top + SLOPES, top)
    for x, text in zip((left, right), chart.heads, strict=True):
        plate.add(Rule("axis", x, top, x, top + SLOPES))
        plate.words("head", x, 0.75 * head, text, "middle")
    lefts = apart([scale(first) for _, first, _ in known], LEADING * size)
    rights = apart([scale(second) for _, _, second in known], LEADING * size)
    for (datum, first, second), (before, after), y1, y2 in zip(known, notes, lefts, rights, strict=True):
        strong = strength(chart, datum.strong)
        ends = ((left, scale(first)), (right, scale(second)))
        plate.add(Stroke(f"line{strong}", ends), *(Dot(f"point{strong}", x, y, DOT) for x, y in ends))
        plate.centred(f"value{strong}", left - 1.5 * GAP, y1, before, "end")
        plate.centred(f"value{strong}", right + 1.5 * GAP, y2, after)
    plate.height = top + SLOPES + GAP


def _notes(datum: Datum) -> tuple[str, str]:
    """What stands at either end of a slope."""
    return f"{datum.label}{SPACE}{datum.words[0]}", f"{datum.words[1]}{SPACE}{datum.label}"
