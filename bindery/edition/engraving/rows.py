"""Charts of rows that have names: bars, columns, dots, slopes. Every number stands beside what is drawn for it, so there is no scale."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from matplotlib.lines import Line2D

from bindery.edition.engraving.faces import PLAIN, STRONG
from bindery.edition.engraving.plate import GAP, LEADING, SPACE, WIDTH, Plate, apart
from bindery.edition.engraving.scales import lay_values
from bindery.edition.engraving.style import Style, ink, paler
from bindery.nodes import Chart, Datum

# How many letters of a name stand in a line, and how wide a letter is, in parts of its size.
NAME, LETTER = 30, 0.5
# The heights of columns and of slopes, in points.
COLUMNS, SLOPES = 112.0, 150.0


def weight(datum: Datum) -> int:
    return STRONG if datum.strong else PLAIN


def broken(text: str, letters: int) -> str:
    """A name in lines of at most so many letters, broken between words."""
    return textwrap.fill(text, max(letters, 1), break_long_words=False, break_on_hyphens=False)


def bars(chart: Chart, style: Style, language: str) -> Plate:
    """A bar for each value, its number at its end."""
    size, several = float(style["font.size"]), len(chart.heads) > 1
    thick, pitch = (0.55 * size, 1.15 * size) if several else (0.66 * size, 1.6 * size)
    middles, height = _rows(chart, size, pitch * len(chart.heads) + (0.5 * size if several else 0.0))
    plate = Plate.of(chart, style, language, height)
    numbers = [value for datum in chart.data for value in datum.values if value is not None]
    plate.axes.set(xlim=(min(0.0, *numbers), max(0.0, *numbers) or 1.0), ylim=(height, 0.0), xticks=[], yticks=[])
    _names(plate, middles, 1.5 * GAP)
    for series, head in enumerate(chart.heads):
        headed = not several
        for datum, middle in zip(chart.data, middles, strict=True):
            value, y = datum.values[series], middle + (series - (len(chart.heads) - 1) / 2) * pitch
            if value is None:
                continue
            plate.axes.barh(y, value, thick, color=bar_ink(chart, style, series, datum.strong), linewidth=0)
            end, number = (max(value, 0.0), y), datum.words[series]
            plate.beside(number, end, "left", (GAP, 0.0), weight=weight(datum))
            if not headed:
                headed = True
                plate.beside(head, end, "left", (plate.width(number, weight=weight(datum)) + 2.5 * GAP, 0.0), **plate.as_head)
    plate.axes.axvline(0.0, color=style["axes.edgecolor"], linewidth=style["axes.linewidth"])
    plate.fit()
    return plate


def bar_ink(chart: Chart, style: Style, series: int, strong: bool) -> Any:
    """A bar is broad, so half an ink is enough for it; but for what the author wants seen."""
    if strong:
        return style["text.color"]
    return paler(style, ink(style, series), 0.65 if chart.emphasis else 0.5)


def columns(chart: Chart, style: Style, language: str) -> Plate:
    """Upright bars, their numbers on them and their names below."""
    plate = Plate.of(chart, style, language, COLUMNS)
    count, size = len(chart.data), plate.size
    slot = WIDTH / count
    names = [broken(plate.spelled(datum.label), int(slot / (LETTER * size))) for datum in chart.data]
    for datum, name in zip(chart.data, names, strict=True):
        for text in (name, datum.words[0]):
            if plate.width(text, weight=weight(datum)) > slot - 2.0:
                raise plate.no_room(
                    f"'{datum.label if text == name else text}' has no room in a chart of {count} columns",
                    "shorter words, or kind 'bars'",
                )
    numbers = [datum.values[0] or 0.0 for datum in chart.data]
    plate.axes.set(xlim=(-0.5, count - 0.5), ylim=(min(0.0, *numbers), max(0.0, *numbers) or 1.0), xticks=[], yticks=[])
    for number, datum in enumerate(chart.data):
        if (value := datum.values[0]) is not None:
            plate.axes.bar(number, value, min(0.45, 26.0 / slot), color=bar_ink(chart, style, 0, datum.strong), linewidth=0)
            plate.say(datum.words[0], (number, max(value, 0.0)), "center", (0.0, GAP), weight=weight(datum))
    for number, (datum, name) in enumerate(zip(chart.data, names, strict=True)):
        for count, line in enumerate(name.split("\n")):
            below = -GAP - (0.75 + count * LEADING) * size
            plate.say(line, (number, 0.0), "center", (0.0, below), xycoords=("data", "axes fraction"), weight=weight(datum))
    plate.axes.axhline(0.0, color=style["axes.edgecolor"], linewidth=style["axes.linewidth"])
    plate.fit()
    return plate


def dots(chart: Chart, style: Style, language: str) -> Plate:
    """A dot for each name, or two of them, with their numbers beside them, on a light rule across."""
    size, radius = float(style["font.size"]), 0.625 * float(style["lines.markersize"])
    middles, height = _rows(chart, size, 1.6 * size)
    top = 1.1 * LEADING * float(style["axes.labelsize"]) if len(chart.heads) > 1 else 0.0
    plate = Plate.of(chart, style, language, height + top)
    lay_values(plate, "x")
    plate.axes.set(xticks=[], yticks=[], ylim=(height, -top))
    numbers = []
    for datum, y in zip(chart.data, middles, strict=True):
        known = sorted((value, series) for series, value in enumerate(datum.values) if value is not None)
        plate.axes.plot(
            [value for value, _ in known], [y] * len(known), color=paler(style, style["text.color"]), linewidth=0.9, zorder=2
        )
        for count, (value, series) in enumerate(known, 1):
            colour = line_ink(chart, style, 0, datum.strong)
            looks = {
                "markerfacecolor": style["figure.facecolor"] if series else colour,
                "markeredgecolor": colour,
                "markeredgewidth": 0.8,
            }
            plate.axes.plot(value, y, "o", markersize=2 * radius, clip_on=False, zorder=3, **looks)
            if count == len(known):
                number = plate.beside(datum.words[series], (value, y), "left", (GAP + radius, 0.0), weight=weight(datum))
            else:
                number = plate.beside(datum.words[series], (value, y), "right", (-GAP - radius, 0.0), weight=weight(datum))
            numbers.append(number)
    # Names stand left of the numbers that stand left of the field.
    beside = plate.axes.get_window_extent().x0 - min(plate.box(number).x0 for number in numbers)
    away = 1.5 * GAP + max(beside, radius)
    _names(plate, middles, away)
    plate.fit()
    for number in numbers:
        plate.mask(number)
    left = plate.axes.get_window_extent().x0 - away
    _guides(plate, middles, left + GAP)
    if len(chart.heads) > 1:
        _heads_above(plate)
    return plate


def line_ink(chart: Chart, style: Style, series: int, strong: bool) -> Any:
    """The ink of a line or a dot: full for what the author wants seen, and half of it for all else where there is such."""
    return style["text.color"] if strong else paler(style, ink(style, series)) if chart.emphasis else ink(style, series)


def slope(chart: Chart, style: Style, language: str) -> Plate:
    """A line for each row from its first value to its second."""
    plate = Plate.of(chart, style, language, SLOPES)
    plate.axes.set(xlim=(0.0, 1.0))
    lay_values(plate, "y")
    plate.axes.set(xticks=[], yticks=[])
    rows = [
        (datum, first, second)
        for datum in chart.data
        for first, second in [datum.values]
        if first is not None and second is not None
    ]
    for x, head in enumerate(chart.heads):
        plate.axes.axvline(x, color=style["axes.edgecolor"], linewidth=0.7 * style["axes.linewidth"], clip_on=False)
        plate.say(head, (x, 1.0), "center", (0.0, 1.5 * GAP), xycoords=("data", "axes fraction"), **plate.as_head)
    lefts = moved(plate, [first for _, first, _ in rows])
    rights = moved(plate, [second for _, _, second in rows])
    for (datum, first, second), before, after in zip(rows, lefts, rights, strict=True):
        plate.axes.plot(
            [0, 1],
            [first, second],
            "o-",
            color=line_ink(chart, style, 0, datum.strong),
            zorder=3 if datum.strong else 2,
            clip_on=False,
        )
        plate.beside(f"{datum.label}{SPACE}{datum.words[0]}", (0, first), "right", (-1.5 * GAP, before), weight=weight(datum))
        plate.beside(f"{datum.words[1]}{SPACE}{datum.label}", (1, second), "left", (1.5 * GAP, after), weight=weight(datum))
    plate.fit()
    return plate


def moved(plate: Plate, values: list[float]) -> list[float]:
    """By how much the words beside some values have to move so that they are a line apart."""
    places = [plate.to_points(0.0, value)[1] for value in values]
    return [there - here for here, there in zip(places, apart(places, LEADING * plate.size), strict=True)]


def _rows(chart: Chart, size: float, least: float) -> tuple[list[float], float]:
    """The heights of the middles of rows, from the top, and the height of all: each as high as its name needs, and ``least`` at the least."""
    middles, y = [], 0.0
    for datum in chart.data:
        height = max((broken(datum.label, NAME).count("\n") + 1.3) * LEADING * size, least)
        middles.append(y + height / 2)
        y += height
    return middles, y


def _names(plate: Plate, middles: Sequence[float], away: float) -> None:
    """The names of rows, so far left of the field."""
    leading = LEADING * plate.size
    for datum, middle in zip(plate.chart.data, middles, strict=True):
        lines = broken(datum.label, NAME).split("\n")
        for number, line in enumerate(lines):
            y = middle + (number - (len(lines) - 1) / 2) * leading
            plate.beside(line, (0.0, y), "right", (-away, 0.0), xycoords=("axes fraction", "data"), weight=weight(datum))


def _heads_above(plate: Plate) -> None:
    """The heads of two columns over the dots of the first row that has both, moved apart if they would meet, and onto the plate."""
    both = next((datum.values for datum in plate.chart.data if None not in datum.values), plate.chart.data[0].values)
    known = sorted((value, head) for value, head in zip(both, plate.chart.heads, strict=True) if value is not None)
    widths = [plate.width(head, size=plate.style["axes.labelsize"]) for _, head in known]
    middles = apart([plate.to_points(value, 0.0)[0] for value, _ in known], sum(widths) / 2 + 2 * GAP)
    limit = WIDTH
    for number, width in reversed(list(enumerate(widths))):
        middles[number] = min(middles[number], limit - width / 2)
        limit = middles[number] - width / 2 - 2 * GAP
    limit = 0.0
    for number, width in enumerate(widths):
        middles[number] = max(middles[number], limit + width / 2)
        limit = middles[number] + width / 2 + 2 * GAP
    y = plate.to_points(0.0, 0.0)[1] + 0.3 * plate.size
    for (_, head), middle in zip(known, middles, strict=True):
        plate.say(head, (middle, y), "center", xycoords="figure points", **plate.as_head)


def _guides(plate: Plate, middles: Sequence[float], left: float) -> None:
    """A light rule through each row, from where the names end to the right of the plate."""
    style = plate.style
    for middle in middles:
        y = plate.to_points(0.0, middle)[1] / plate.height
        rule = Line2D(
            [left / WIDTH, 1.0], [y, y], color=style["grid.color"], linewidth=style["grid.linewidth"], linestyle=":", zorder=-1
        )
        rule.set_transform(plate.figure.transFigure)
        plate.figure.add_artist(rule)
