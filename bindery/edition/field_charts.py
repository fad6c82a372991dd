"""Charts of places in a field between two scales: lines, steps, scattered points.

Labels stand by their points, and the names of lines at their ends.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bindery.edition.row_charts import strength
from bindery.edition.scales import Scale, scale_of_places, scale_of_values
from bindery.edition.shapes import DOT, GAP, HALF, LEADING, WIDTH, Box, Dot, Plate, Point, Rule, Stroke, apart
from bindery.foundry.lettering import Measure
from bindery.nodes import Chart, Datum
from bindery.problem import Faulty, Problem

# The height of the field, and how far the marks of a scale reach below it, in points.
DEPTH, TICK = 150.0, 3.0
# From so many points on, they are drawn small.
MANY = 24


@dataclass(frozen=True)
class _Field:
    """The field between the scales ``x`` and ``y``, with all the room there is for labels."""

    x: Scale
    y: Scale
    box: Box

    def has(self, box: Box) -> bool:
        return (
            self.box.left <= box.left and box.right <= self.box.right and self.box.top <= box.top and box.bottom < self.box.bottom
        )


@dataclass(frozen=True)
class _Mark:
    """A row's point in the field."""

    datum: Datum
    role: str
    x: float
    y: float

    @property
    def box(self) -> Box:
        return Box(self.x - DOT, self.y - DOT, self.x + DOT, self.y + DOT)


def line(chart: Chart, plate: Plate, language: str) -> None:
    """The values of each column joined from place to place."""
    _curves(chart, plate, language, lambda points, _: points)


def steps(chart: Chart, plate: Plate, language: str) -> None:
    """Each value holds until the next, the last to the end of the scale."""

    def stairs(points: list[Point], end: float) -> list[Point]:
        done = points[:1]
        for x, y in points[1:]:
            done += [(x, done[-1][1]), (x, y)]
        return [*done, (end, done[-1][1])]

    _curves(chart, plate, language, stairs)


def scatter(chart: Chart, plate: Plate, language: str) -> None:
    """A point for each row, with its label."""
    field = _field(chart, plate, language)
    marks = [
        _Mark(datum, f"point{strength(chart, datum.strong)}", field.x(datum.x), field.y(value))
        for datum in chart.data
        if (value := datum.values[0]) is not None
    ]
    plate.add(*(Dot(mark.role, mark.x, mark.y, DOT) for mark in marks))
    _put_labels(chart, plate, field, marks, lambda mark: "value strong" if mark.datum.strong else "value")


def _curves(chart: Chart, plate: Plate, language: str, path: Callable[[list[Point], float], list[Point]]) -> None:
    """A line for each column of values. Where the author wants some rows seen, only those have labels and full points."""
    several = len(chart.heads) > 1
    field = _field(chart, plate, language, plate.widest(chart.heads, "value strong") + 2 * GAP if several else 0.0)
    data = sorted(chart.data, key=lambda datum: datum.x)
    marks: list[_Mark] = []
    ends: list[tuple[str, str, float]] = []
    for series, head in enumerate(chart.heads):
        strong = strength(chart, head in chart.emphasis) if several else ""
        known = [(datum, field.x(datum.x), field.y(value)) for datum in data if (value := datum.values[series]) is not None]
        if not known:
            continue
        way = path([(x, y) for _, x, y in known], field.x.end)
        plate.add(Stroke(f"line s{series + 1}{strong}", tuple(way)))
        plate.taken.extend(_along(way))
        marks.extend(_Mark(datum, f"point s{series + 1}{strong}", x, y) for datum, x, y in known)
        ends.append((f"value{strong}", head, way[-1][1]))
    chosen = [mark for mark in marks if mark.datum.strong]
    for mark in marks:
        full = mark.datum.strong if chosen else len(marks) <= MANY
        plate.add(Dot(mark.role, mark.x, mark.y, DOT if full else 0.55 * DOT))
    _put_labels(chart, plate, field, chosen or marks, lambda _: "value")
    if several:
        heights = apart([y for *_, y in ends], LEADING * plate.measure.size("value"))
        for (role, head, _), y in zip(ends, heights, strict=True):
            plate.centred(role, field.x.end + 1.5 * GAP, y, head)


def _along(way: Sequence[Point]) -> Iterator[Box]:
    """Small boxes along a line: what it takes up."""
    for (x1, y1), (x2, y2) in itertools.pairwise(way):
        count = max(1, math.ceil(math.hypot(x2 - x1, y2 - y1) / 2))
        for step in range(count + 1):
            x, y = x1 + (x2 - x1) * step / count, y1 + (y2 - y1) * step / count
            yield Box(x - 0.8, y - 0.8, x + 0.8, y + 0.8)


# --- the scales drawn --------------------------------------------------------------------------------------------------------


def _field(chart: Chart, plate: Plate, language: str, beside: float = 0.0) -> _Field:
    """The scales drawn, with light rules across at the marks of the values; ``beside`` is the room wanted at the right of the field."""
    values, places = scale_of_values(chart, language), scale_of_places(chart, language)
    left = plate.widest((tick.text for tick in values.ticks), "mark") + 1.5 * GAP
    top = LEADING * plate.measure.size("head") + 1.5 * GAP
    bottom, right = top + DEPTH, WIDTH - beside
    y, x = values.laid(bottom, top), places.laid(left, right)
    if len(chart.heads) == 1:
        plate.words("head", 0.0, 0.75 * plate.measure.size("head"), chart.heads[0])
    for tick in y.ticks:
        at = y(tick.value)
        if bottom - at > 0.5:
            plate.add(Rule("grid", left, at, right, at))
        plate.centred("mark", left - 1.5 * GAP, at, tick.text, "end")
    plate.add(Rule("base", left, bottom, right, bottom))
    plate.height = _marks_below(plate, x, bottom)
    if chart.x_scale != "dates":
        size = plate.measure.size("head")
        plate.words("head", right, plate.height + 0.75 * size, chart.x_head, "end")
        plate.height += size
    return _Field(x, y, Box(left, 0.0, WIDTH if beside == 0.0 else right, bottom))


def _marks_below(plate: Plate, scale: Scale, y: float) -> float:
    """The marks of a scale below a rule, with the words that have room; returns where they end."""
    size = plate.measure.size("mark")
    first, second = y + TICK + 0.95 * size, y + TICK + (0.95 + LEADING) * size
    end = -math.inf
    for tick in scale.ticks:
        x = scale(tick.value)
        plate.add(Rule("tick", x, y, x, y + TICK))
        half = plate.measure.width(tick.text, "mark") / 2
        if x - half > end + GAP:
            x = min(x, WIDTH - half)
            plate.words("mark", x, first, tick.text, "middle")
            plate.words("mark", x, second, tick.below, "middle")
            end = x + half
    return (second if any(tick.below for tick in scale.ticks) else first) + 0.3 * size


# --- labels ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Label:
    """A label that looks for a place by its mark, no closer to any of the ``others``."""

    text: str
    role: str
    mark: _Mark
    others: tuple[_Mark, ...]

    def may_have(self, box: Box) -> bool:
        own = box.distance(self.mark.x, self.mark.y)
        return all(own <= box.distance(other.x, other.y) and not box.meets(other.box) for other in self.others)


Place = tuple[float, float, str]


def _put_labels(chart: Chart, plate: Plate, field: _Field, marks: Sequence[_Mark], role: Callable[[_Mark], str]) -> None:
    """The labels of marks. Whichever finds no place chooses before all others in another attempt; raises :class:`Faulty` if that does not help."""
    waiting = [
        _Label(mark.datum.label, role(mark), mark, tuple(other for other in marks if other is not mark))
        for mark in marks
        if mark.datum.label
    ]
    for _ in range(len(waiting) + 1):
        places, lost = _places(plate, field, waiting, on_treads=chart.form == "steps")
        if not lost:
            break
        waiting = [*lost, *(label for label in waiting if label not in lost)]
    else:
        named = ", ".join(f"“{label.text}”" for label in lost)
        message = f'no room for the label {named}; expected fewer labels (emphasis="…"), or shorter ones'
        raise Faulty([Problem(chart.at, message, "chart-room")])
    for label, (x, y, anchor) in places:
        plate.masked(label.role, x, y, label.text, anchor)


def _places(
    plate: Plate, field: _Field, labels: Iterable[_Label], *, on_treads: bool
) -> tuple[list[tuple[_Label, Place]], list[_Label]]:
    """The first place for each label where nothing else is, in the order in which they choose; and the labels that find none."""
    taken, places, lost = list(plate.taken), [], []
    for label in labels:
        for x, y, anchor in _around(label, plate.measure, field.box.right if on_treads else None):
            box = plate.box(label.role, x, y, label.text, anchor)
            if field.has(box) and label.may_have(box) and not any(box.meets(other) for other in (*taken, label.mark.box)):
                taken.append(box.wider(GAP))
                places.append((label, (x, y, anchor)))
                break
        else:
            lost.append(label)
    return places, lost


def _around(label: _Label, measure: Measure, right: float | None) -> Iterator[Place]:
    """Where a label may stand by its mark, the best place first: beside it, above, below. In a chart of steps, which ends at ``right``, first on
    the tread."""
    x, y, size = label.mark.x, label.mark.y, measure.size(label.role)
    up, down = y - 0.45 * size, y + 0.95 * size
    if right is not None:
        yield min(x, right - measure.width(label.text, label.role)), up, "start"
    for side, anchor in ((1, "start"), (-1, "end")):
        yield x + side * (DOT + GAP - 1.0), y + HALF * size, anchor
    for side, anchor in ((1, "start"), (-1, "end")):
        yield x + side * (DOT + 1.0), up, anchor
        yield x + side * (DOT + 1.0), down, anchor
    for far in (1.0, 1.0 + 0.25 * size, 1.0 + 0.5 * size):
        yield x, up - far, "middle"
        yield x, down + far, "middle"
