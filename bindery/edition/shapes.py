"""Shapes: what a chart is drawn of, and the plate on which they are laid.

A plate is as wide as the text of the page, and is measured in points. Where shapes stand is worked out in Python, around words whose widths
HarfBuzz tells; how they look is said in ``styles/chart.css``, and how they are written as SVG in ``templates/chart.svg.j2``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from typing import ClassVar

from bindery.foundry.lettering import Measure

# The text of a page of 6 by 9 inches; on a narrower page, and on a screen, the whole plate is made smaller or larger.
WIDTH = 315.0
GAP = 4.0
DOT = 1.7
LEADING = 1.15
# Half the height of figures and capitals, in parts of their size: by so much the baseline is below the middle.
HALF = 0.325
# Between two things said on one line that are no sentence.
SPACE = "\u2002"

Point = tuple[float, float]


@dataclass(frozen=True)
class Shape:
    """Something drawn. ``shape`` is the name by which the template knows it, ``role`` its class in the stylesheet."""

    shape: ClassVar[str] = ""
    role: str

    def rounded(self) -> Shape:
        """A shape at hundredths of a point, which are finer than any press prints."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return replace(self, **{name: round(value, 2) for name, value in values.items() if not isinstance(value, str)})


@dataclass(frozen=True)
class Block(Shape):
    shape: ClassVar[str] = "block"
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Rule(Shape):
    shape: ClassVar[str] = "rule"
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Dot(Shape):
    shape: ClassVar[str] = "dot"
    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Stroke(Shape):
    shape: ClassVar[str] = "stroke"
    points: tuple[Point, ...]

    def rounded(self) -> Shape:
        return replace(self, points=tuple((round(x, 2), round(y, 2)) for x, y in self.points))


@dataclass(frozen=True)
class Words(Shape):
    """A line of text; ``anchor`` says which part of it stands at ``x``: start, middle or end. ``y`` is its baseline."""

    shape: ClassVar[str] = "words"
    x: float
    y: float
    text: str
    anchor: str


@dataclass(frozen=True)
class Box:
    """A stretch of the plate."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        return self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom

    def distance(self, x: float, y: float) -> float:
        return math.hypot(max(self.left - x, 0.0, x - self.right), max(self.top - y, 0.0, y - self.bottom))

    def wider(self, by: float) -> Box:
        return replace(self, left=self.left - by, right=self.right + by)


@dataclass
class Plate:
    """A chart while it is drawn: its shapes, in the order in which they lie over each other, and where its words stand."""

    measure: Measure
    height: float = 0.0
    shapes: list[Shape] = field(default_factory=list)
    taken: list[Box] = field(default_factory=list)

    def add(self, *shapes: Shape) -> None:
        self.shapes.extend(shape.rounded() for shape in shapes)

    def words(self, role: str, x: float, y: float, text: str, anchor: str = "start") -> None:
        if text:
            self.add(Words(role, x, y, text, anchor))
            self.taken.append(self.box(role, x, y, text, anchor))

    def centred(self, role: str, x: float, y: float, text: str, anchor: str = "start") -> None:
        """Words whose figures and capitals have their middle at a height."""
        self.words(role, x, y + HALF * self.measure.size(role), text, anchor)

    def masked(self, role: str, x: float, y: float, text: str, anchor: str) -> None:
        """Words on a ground of their own, so that no rule runs through them."""
        if text:
            box = self.box(role, x, y, text, anchor)
            self.add(Block("mask", box.left - 1.5, box.top, box.right - box.left + 3.0, box.bottom - box.top))
            self.words(role, x, y, text, anchor)

    def box(self, role: str, x: float, y: float, text: str, anchor: str) -> Box:
        """What a line of text takes up, from its ascenders to its descenders."""
        width, size = self.measure.width(text, role), self.measure.size(role)
        left = x - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
        return Box(left, y - 0.72 * size, left + width, y + 0.24 * size)

    def widest(self, texts: Iterable[str], role: str) -> float:
        return max((self.measure.width(text, role) for text in texts), default=0.0)

    def broken(self, text: str, role: str, width: float) -> list[str]:
        """A text in lines of at most this width, broken between words."""
        lines: list[str] = []
        for word in text.split():
            if lines and self.measure.width(f"{lines[-1]} {word}", role) <= width:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
        return lines or [""]


def apart(places: list[float], least: float) -> list[float]:
    """Places moved as little as may be so that each is ``least`` or more from the next: runs that touch are centred on where they belong."""
    runs: list[tuple[float, list[int]]] = []  # where each run starts, and its members
    for index in sorted(range(len(places)), key=places.__getitem__):
        start, members = places[index], [index]
        while runs and runs[-1][0] + least * len(runs[-1][1]) > start:
            before, others = runs.pop()
            wanted = before * len(others) + (start - least * len(others)) * len(members)
            members = others + members
            start = wanted / len(members)
        runs.append((start, members))
    moved = {index: start + number * least for start, members in runs for number, index in enumerate(members)}
    return [moved[index] for index in range(len(places))]
