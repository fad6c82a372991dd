"""Scales: how values and places are laid over the field, and the round ones that are marked. matplotlib finds them; how they are written is ours."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from matplotlib.dates import AutoDateLocator, num2date
from matplotlib.text import Annotation
from matplotlib.ticker import LogLocator, MaxNLocator

from bindery.edition.engraving.plate import GAP, LEADING, Plate
from bindery.foundry.typography import MONTHS
from bindery.manuscript.quantities import Manner
from bindery.nodes import Chart

# Days are counted from the first of the year 1 in a chart, from that of 1970 by matplotlib.
EPOCH = date(1970, 1, 1).toordinal()

Ends = tuple[float, float]


@dataclass(frozen=True)
class Scale:
    """From the lowest to the highest value of the field; ``marks`` are the values that are marked, with their words."""

    ends: Ends
    marks: tuple[tuple[float, str], ...]
    log: bool = False


def scale_of_values(chart: Chart, language: str) -> Scale:
    """The scale of a chart's values: from nought, where it is not logarithmic and the author has set no ends."""
    low, high = chart.ends or extent(value for datum in chart.data for value in datum.values if value is not None)
    if chart.scale == "log":
        return logarithmic(low, high, chart.manner, language)
    if chart.ends:
        return _scale((low, high), _round(low, high), chart.manner, language)
    return linear(min(low, 0.0), max(high, 0.0), chart.manner, language)


def scale_of_places(chart: Chart, language: str) -> Scale:
    """The scale of a chart's places, with a little room at its ends; more at the end of steps, where the last is to be seen."""
    if chart.x_scale == "dates":
        low, high = extent((place(chart, datum.x) for datum in chart.data), least=365.0)
        margin = 0.03 * (high - low)
        return days(low - margin, high + (2 * margin if chart.form == "steps" else margin), language)
    low, high = extent(datum.x for datum in chart.data)
    if chart.x_scale == "log":
        margin = (high / low) ** 0.06
        marks = logarithmic(low, high, chart.x_manner, language).marks
        ends = (low / margin, high * margin)
        return Scale(ends, tuple((mark, text) for mark, text in marks if ends[0] <= mark <= ends[1]), log=True)
    return linear(min(low, 0.0), max(high, 0.0), chart.x_manner, language)


def place(chart: Chart, x: float) -> float:
    """A place as matplotlib counts it."""
    return x - EPOCH if chart.x_scale == "dates" else x


def extent(values: Iterable[float], least: float = 0.0) -> Ends:
    """The least and the greatest of some values; a little room around a single one, or ``least``."""
    known = list(values)
    low, high = min(known), max(known)
    room = (least or abs(low) or 1.0) / 2
    return (low, high) if low < high else (low - room, high + room)


def linear(low: float, high: float, manner: Manner, language: str) -> Scale:
    """Marks a round step apart; the ends are nought or the nearest mark outwards."""
    marks = _round(low, high)
    return _scale(_reaching(low, high, marks), marks, manner, language)


def logarithmic(low: float, high: float, manner: Manner, language: str) -> Scale:
    """Marks at 1, 2 and 5 of each power of ten, at the powers alone where those would be many; the ends are the nearest of the former outwards."""
    marks = _cleared(LogLocator(subs=(1.0, 2.0, 5.0), numticks=99).tick_values(low, high))
    ends = _reaching(low, high, marks)
    if math.log10(ends[1] / ends[0]) > 2.5:
        marks = _cleared(LogLocator(subs=(1.0,), numticks=9).tick_values(*ends))
    return _scale(ends, marks, manner, language, log=True)


def days(low: float, high: float, language: str) -> Scale:
    """Marks at the starts of years, months or days."""
    locator = AutoDateLocator(minticks=3, maxticks=7)  # type: ignore[no-untyped-call]
    found = locator.tick_values(num2date(low), num2date(high))  # type: ignore[no-untyped-call]
    marks = [float(mark) for mark in found if low <= mark <= high and float(mark).is_integer()]
    return Scale((low, high), tuple(zip(marks, _written_days(marks, language), strict=True)))


def _scale(ends: Ends, marks: Iterable[float], manner: Manner, language: str, *, log: bool = False) -> Scale:
    return Scale(ends, tuple((mark, manner.write(mark, language)) for mark in marks if ends[0] <= mark <= ends[1]), log)


def _round(low: float, high: float) -> list[float]:
    """Marks a round step apart, one of them at or beyond each end."""
    return _cleared(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]).tick_values(low, high))


def _cleared(marks: Iterable[float]) -> list[float]:
    """Marks without the rests of binary arithmetic: 0.6, not 0.6000000000000001."""
    return [float(f"{mark:.12g}") for mark in marks]


def _reaching(low: float, high: float, marks: Sequence[float]) -> Ends:
    return max((mark for mark in marks if mark <= low), default=low), min((mark for mark in marks if mark >= high), default=high)


def _written_days(marks: Sequence[float], language: str) -> list[str]:
    """Days as they are read: "2020" where all are years; "Mar" or "14 Mar", the year below where it is another; "2019-03" where it is not English."""
    found = [date.fromordinal(int(mark) + EPOCH) for mark in marks]
    if all((day.month, day.day) == (1, 1) for day in found):
        return [str(day.year) for day in found]
    months = all(day.day == 1 for day in found)
    if not language.startswith("en"):
        return [day.isoformat()[: 7 if months else 10] for day in found]
    names = [("" if months else f"{day.day} ") + MONTHS[day.month - 1][:3] for day in found]
    years = ["", *(str(day.year) for day in found)]
    return [
        f"{name}\n{year}" if year != before else name for name, before, year in zip(names, years[:-1], years[1:], strict=True)
    ]


# --- drawn -------------------------------------------------------------------------------------------------------------------


def lay_values(plate: Plate, axis: Literal["x", "y"]) -> Scale:
    """Lay the scale of the values along an axis."""
    scale = scale_of_values(plate.chart, plate.language)
    return _laid(plate, axis, scale)


def draw_values(plate: Plate) -> None:
    """The scale of the values at the left, with a light rule across at each mark."""
    scale, style = lay_values(plate, "y"), plate.style
    plate.axes.grid(axis="y")
    for mark, text in scale.marks:
        looks = {"xycoords": ("axes fraction", "data"), "size": style["ytick.labelsize"], "color": style["ytick.labelcolor"]}
        plate.beside(text, (0.0, mark), "right", (-style["ytick.major.pad"], 0.0), **looks)


def draw_places(plate: Plate) -> list[list[Annotation]]:
    """The scale of the places below the field; returns the words of each mark."""
    scale, style = _laid(plate, "x", scale_of_places(plate.chart, plate.language)), plate.style
    plate.axes.tick_params(axis="x", length=style["xtick.major.size"])
    size = float(style["xtick.labelsize"])
    below = style["xtick.major.size"] + style["xtick.major.pad"] + 0.75 * size
    looks = {"xycoords": ("data", "axes fraction"), "size": size, "color": style["xtick.labelcolor"]}
    return [
        [
            plate.say(line, (mark, 0.0), "center", (0.0, -below - number * LEADING * size), **looks)
            for number, line in enumerate(text.split("\n"))
        ]
        for mark, text in scale.marks
    ]


def thin_out(plate: Plate, words: Iterable[Sequence[Annotation]]) -> None:
    """Leave out the words of those marks along x that have no room beside the one before; the marks themselves stay."""
    end = -math.inf
    for lines in words:
        boxes = [plate.box(line) for line in lines]
        if min(box.x0 for box in boxes) < end + GAP:
            for line in lines:
                line.remove()
        else:
            end = max(box.x1 for box in boxes)


def _laid(plate: Plate, axis: Literal["x", "y"], scale: Scale) -> Scale:
    axes, marks = plate.axes, [mark for mark, _ in scale.marks]
    kind: Literal["log", "linear"] = "log" if scale.log else "linear"
    if axis == "x":
        axes.set(xscale=kind, xlim=scale.ends, xticks=marks)
    else:
        axes.set(yscale=kind, ylim=scale.ends, yticks=marks)
    axes.minorticks_off()
    axes.tick_params(axis=axis, labelbottom=False, labelleft=False)
    return scale
