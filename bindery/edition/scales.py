"""Scales: stretches of numbers or of days laid over a stretch of a drawing, and the round values that are marked on them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from bindery.foundry.typography import MONTHS
from bindery.manuscript.quantities import Manner
from bindery.nodes import Chart


@dataclass(frozen=True)
class Tick:
    """A marked value with its words. A day has two lines of them: month and year."""

    value: float
    text: str
    below: str = ""


@dataclass(frozen=True)
class Scale:
    """From ``low`` to ``high`` in values, from ``start`` to ``end`` in the drawing. ``ticks`` are its marks, from the lowest."""

    low: float
    high: float
    ticks: tuple[Tick, ...] = ()
    bend: Callable[[float], float] = float
    start: float = 0.0
    end: float = 1.0

    def __call__(self, value: float) -> float:
        """The place of a value in the drawing."""
        low, high = self.bend(self.low), self.bend(self.high)
        return self.start + (self.end - self.start) * (self.bend(value) - low) / (high - low)

    def laid(self, start: float, end: float) -> Scale:
        """The same scale over another stretch of the drawing."""
        return replace(self, start=start, end=end)


def scale_of_values(chart: Chart, language: str) -> Scale:
    """The scale of a chart's values: from nought, where it is not logarithmic and the author has set no ends."""
    low, high = chart.ends or extent(value for datum in chart.data for value in datum.values if value is not None)
    if chart.scale == "log":
        return logarithmic(low, high, manner=chart.manner, language=language)
    if chart.ends:
        return fixed(low, high, manner=chart.manner, language=language)
    return linear(min(low, 0.0), max(high, 0.0), manner=chart.manner, language=language)


def scale_of_places(chart: Chart, language: str) -> Scale:
    """The scale of a chart's places, with a little room at its ends; more at the end of steps, where the last is to be seen."""
    low, high = extent(datum.x for datum in chart.data)
    if chart.x_scale == "log":
        scale = logarithmic(low, high, manner=chart.x_manner, language=language)
        low, high = low / (high / low) ** 0.06, high * (high / low) ** 0.06
        return replace(scale, low=low, high=high, ticks=tuple(tick for tick in scale.ticks if low <= tick.value <= high))
    if chart.x_scale == "dates":
        margin = 0.03 * (high - low)
        return days(low - margin, high + (2 * margin if chart.form == "steps" else margin), language=language)
    return linear(min(low, 0.0), max(high, 0.0), manner=chart.x_manner, language=language)


def linear(low: float, high: float, *, manner: Manner, language: str, count: int = 5) -> Scale:
    """A scale with about ``count`` marks a round step apart (1, 2 or 5 of a power of ten), widened to reach to a mark at its top."""
    step = _round_step((high - low) / count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(_tick(number * step, manner, language) for number in range(math.ceil(low / step - 1e-9), last + 1))
    return Scale(min(low, first * step), last * step, ticks)


def fixed(low: float, high: float, *, manner: Manner, language: str, count: int = 5) -> Scale:
    """A scale with the ends that the author has set."""
    step = _round_step((high - low) / count)
    numbers = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    return Scale(low, high, tuple(_tick(number * step, manner, language) for number in numbers))


def logarithmic(low: float, high: float, *, manner: Manner, language: str) -> Scale:
    """A logarithmic scale from one mark to another: at 1, 2 and 5 of each power of ten, at the powers alone from three of them on."""
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
    marks = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
    bottom = max(mark for mark in marks if mark <= low * (1 + 1e-9))
    top = min(mark for mark in marks if mark >= high * (1 - 1e-9))
    if math.log10(top / bottom) > 2.5:
        marks = [10.0**power for power in powers]
    ticks = tuple(_tick(mark, manner, language) for mark in marks if bottom * (1 - 1e-9) <= mark <= top * (1 + 1e-9))
    return Scale(bottom, top, ticks, math.log10)


def days(low: float, high: float, *, language: str, count: int = 7) -> Scale:
    """A scale of days, marked at the starts of months or of years, so that there are ``count`` marks at most."""
    for months in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200):
        starts = list(_starts(low, high, months))
        if len(starts) <= count:
            break
    ticks: list[Tick] = []
    for day in starts:
        if months >= 12:
            ticks.append(Tick(day.toordinal(), str(day.year)))
        elif language.startswith("en"):
            year = str(day.year) if not ticks or day.year != date.fromordinal(int(ticks[-1].value)).year else ""
            ticks.append(Tick(day.toordinal(), MONTHS[day.month - 1][:3], year))
        else:
            ticks.append(Tick(day.toordinal(), f"{day.year}-{day.month:02}"))
    return Scale(low, high, tuple(ticks))


def _starts(low: float, high: float, months: int) -> Iterator[date]:
    """The first days of every so many months between two days, counted from the year nought."""
    first = date.fromordinal(math.ceil(low))
    number = -(-(first.year * 12 + first.month - (1 if first.day == 1 else 0)) // months) * months
    while (day := date(number // 12, number % 12 + 1, 1)).toordinal() <= high:
        yield day
        number += months


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough * (1 - 1e-9))


def _tick(value: float, manner: Manner, language: str) -> Tick:
    value = float(f"{value:.12g}")
    return Tick(value, manner.write(value, language))


def extent(values: Iterable[float]) -> tuple[float, float]:
    """The least and the greatest of some values; a little room around a single one."""
    known = list(values)
    low, high = min(known), max(known)
    return (low, high) if low < high else (low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2)
