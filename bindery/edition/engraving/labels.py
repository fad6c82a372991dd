"""Labels: words beside the points that they belong to, where nothing else stands.

A label that lies on another, or is nearer to another's point than to its own, says something false. The libraries that move labels about, adjustText
and textalloc, promise neither; so each label takes the first place that is free, in the order in which a cartographer tries them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from bindery.edition.engraving.faces import PLAIN, STRONG
from bindery.edition.engraving.plate import GAP, HALF, Plate, meet
from bindery.nodes import Datum


@dataclass(frozen=True)
class Mark:
    """A row's point in the field: where it is and how far it reaches, in points of the plate."""

    datum: Datum
    x: float
    y: float
    radius: float
    strong: bool = False

    @property
    def box(self) -> Bbox:
        return Bbox.from_extents(self.x - self.radius, self.y - self.radius, self.x + self.radius, self.y + self.radius)


@dataclass(frozen=True)
class _Label:
    """A label that looks for a place: ``width``, ``up`` above its baseline and ``down`` below it are what it takes up."""

    mark: Mark
    width: float
    up: float
    down: float

    def at(self, x: float, y: float) -> Bbox:
        """What it takes up with the start of its baseline at a place."""
        return Bbox.from_extents(x, y - self.down, x + self.width, y + self.up)

    def places(self, right: float | None) -> Iterator[tuple[float, float]]:
        """Where its baseline may start, the best place first: beside its point, above, below. In a chart of steps, first on the tread, which ends at
        ``right``."""
        x, y, dot, size = self.mark.x, self.mark.y, self.mark.radius, self.up + self.down
        middle = HALF * size / 0.92  # the height of words is 0.92 of their size, from ascender to descender
        above, below = y + dot + 1.4 + 0.1 * size, y - dot - 1.4 - self.up
        if right is not None:
            yield min(x + 1.0, right - self.width), y + dot + 0.3 + self.down
        after, before = x + dot + GAP - 1.0, x - dot - GAP + 1.0 - self.width
        yield after, y - middle
        yield before, y - middle
        for start in (x + dot, x - dot - self.width):
            yield start, above
            yield start, below
        for far in (1.0, 1.0 + 0.25 * size, 1.0 + 0.5 * size):
            yield x - self.width / 2, above + far
            yield x - self.width / 2, below - far


def put_labels(
    plate: Plate, marks: Sequence[Mark], chosen: Iterable[Mark], lines: Sequence[Path], right: float, *, on_treads: bool = False
) -> None:
    """The labels of the chosen marks, in no one's way: not on the ``lines``, nor right of ``right``. Raises :class:`Faulty` where one has no room.

    A label that finds no place chooses first in the next round.
    """
    bottom, left = plate.axes.get_window_extent().y0, plate.axes.get_window_extent().x0
    room = Bbox.from_extents(left, bottom + 0.5, right, plate.height)
    taken = [plate.box(text) for text in plate.words()]
    waiting = [_label(plate, mark) for mark in chosen if mark.datum.label]
    for _ in range(len(waiting) + 1):
        places, lost = _places(waiting, marks, room, taken, lines, plate.axes.get_window_extent().x1 if on_treads else None)
        if not lost:
            break
        waiting = [*lost, *(label for label in waiting if label not in lost)]
    else:
        named = ", ".join(f"“{label.mark.datum.label}”" for label in lost)
        raise plate.no_room(f"no room for the label {named}", 'fewer labels (emphasis="…"), or shorter ones')
    for label, place in places:
        plate.mask(_said(plate, label.mark, place))


def _said(plate: Plate, mark: Mark, place: tuple[float, float]) -> Text:
    return plate.say(mark.datum.label, place, "left", xycoords="figure points", weight=STRONG if mark.strong else PLAIN)


def _label(plate: Plate, mark: Mark) -> _Label:
    words = _said(plate, mark, (0.0, 0.0))
    box = plate.box(words)
    words.remove()
    return _Label(mark, box.width, box.y1, -box.y0)


def _places(
    labels: Iterable[_Label], marks: Sequence[Mark], room: Bbox, taken: Sequence[Bbox], lines: Sequence[Path], right: float | None
) -> tuple[list[tuple[_Label, tuple[float, float]]], list[_Label]]:
    """The first place for each label where nothing else is, in the order in which they choose; and the labels that find none."""
    occupied, places, lost = list(taken), [], []
    for label in labels:
        others = [mark for mark in marks if mark is not label.mark]
        for place in label.places(right):
            box = label.at(*place)
            if (
                room.x0 <= box.x0 and box.x1 <= room.x1 and room.y0 <= box.y0 and box.y1 <= room.y1
                and not any(meet(box, other) for other in occupied)
                and not any(meet(box, other.box) for other in (label.mark, *others))
                and not any(line.intersects_bbox(box, filled=False) for line in lines)
                and all(_distance(box, label.mark) <= _distance(box, other) for other in others)
            ):  # fmt: skip
                occupied.append(Bbox.from_extents(box.x0 - GAP, box.y0, box.x1 + GAP, box.y1))
                places.append((label, place))
                break
        else:
            lost.append(label)
    return places, lost


def _distance(box: Bbox, mark: Mark) -> float:
    return math.hypot(max(box.x0 - mark.x, 0.0, mark.x - box.x1), max(box.y0 - mark.y, 0.0, mark.y - box.y1))
