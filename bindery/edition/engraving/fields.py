"""Charts of places in a field between two scales: lines, steps, scattered points.

Labels stand by their points, and the names of lines at their ends.
"""

from __future__ import annotations

import numpy as np
from matplotlib.cbook import pts_to_poststep
from matplotlib.path import Path
from matplotlib.text import Annotation

from bindery.edition.engraving.faces import PLAIN, STRONG
from bindery.edition.engraving.labels import Mark, put_labels
from bindery.edition.engraving.plate import GAP, LEADING, WIDTH, Plate
from bindery.edition.engraving.rows import line_ink, moved
from bindery.edition.engraving.scales import draw_places, draw_values, place, thin_out
from bindery.edition.engraving.style import Style
from bindery.nodes import Chart

# The height of the field, in points.
DEPTH = 150.0
# From so many points on, they are drawn small.
MANY = 24


def line(chart: Chart, style: Style, language: str) -> Plate:
    """The values of each column joined from place to place."""
    return _curves(chart, style, language)


def steps(chart: Chart, style: Style, language: str) -> Plate:
    """Each value holds until the next, the last to the end of the scale."""
    return _curves(chart, style, language)


def scatter(chart: Chart, style: Style, language: str) -> Plate:
    """A point for each row, with its label."""
    plate, words = _field(chart, style, language)
    _settle(plate, words)
    known = [(datum, place(chart, datum.x), value) for datum in chart.data if (value := datum.values[0]) is not None]
    for datum, x, y in known:
        plate.axes.plot(x, y, "o", color=line_ink(chart, style, 0, datum.strong), clip_on=False)
    marks = [Mark(datum, *plate.to_points(x, y), plate.dot, datum.strong) for datum, x, y in known]
    put_labels(plate, marks, marks, [], WIDTH)
    return plate


def _curves(chart: Chart, style: Style, language: str) -> Plate:
    """A line for each column of values. Where the author wants some rows seen, only those have labels and full points."""
    plate, words = _field(chart, style, language)
    several, stepped = len(chart.heads) > 1, chart.form == "steps"
    end = plate.axes.get_xlim()[1]
    data = sorted(chart.data, key=lambda datum: datum.x)
    known = [
        [(datum, place(chart, datum.x), value) for datum in data if (value := datum.values[series]) is not None]
        for series in range(len(chart.heads))
    ]
    points = [(datum, x, y) for each in known for datum, x, y in each]
    chosen = [datum for datum, *_ in points if datum.strong]
    drawn, ends = [], []
    for series, (head, rows) in enumerate(zip(chart.heads, known, strict=True)):
        if not rows:
            continue
        strong = several and head in chart.emphasis
        colour = line_ink(chart, style, series, strong) if several else style["text.color"]
        way = [(x, y) for _, x, y in rows] + ([(end, rows[-1][2])] if stepped else [])
        xs, ys = np.array(way).T
        drawn += plate.axes.plot(*(pts_to_poststep(xs, ys) if stepped else (xs, ys)), color=colour, clip_on=False)
        for datum, x, y in rows:
            full = datum.strong if chosen else len(points) <= MANY
            plate.axes.plot(
                x, y, "o", color=colour, markersize=(1.0 if full else 0.55) * style["lines.markersize"], clip_on=False
            )
        if several:
            ends.append((head, way[-1][1], STRONG if strong else PLAIN))
    for (head, y, weight), shift in zip(ends, moved(plate, [y for _, y, _ in ends]), strict=True):
        plate.beside(head, (end, y), "left", (1.5 * GAP, shift), weight=weight)
    _settle(plate, words)
    marks = [Mark(datum, *plate.to_points(x, y), plate.dot) for datum, x, y in points]
    paths = [Path(each.get_transform().transform_path(each.get_path()).vertices) for each in drawn]
    right = plate.axes.get_window_extent().x1 if several else WIDTH
    put_labels(plate, marks, [mark for mark in marks if mark.datum.strong] if chosen else marks, paths, right, on_treads=stepped)
    return plate


def _field(chart: Chart, style: Style, language: str) -> tuple[Plate, list[list[Annotation]]]:
    """The scales drawn, and the words of the marks below."""
    plate = Plate.of(chart, style, language, DEPTH)
    plate.axes.set_axisbelow(True)
    plate.axes.spines["bottom"].set_visible(True)
    draw_values(plate)
    words = draw_places(plate)
    if len(chart.heads) == 1:
        plate.say(
            chart.heads[0], (0.0, 1.0), "left", (0.0, 2 * GAP), xycoords=("figure fraction", "axes fraction"), **plate.as_head
        )
    if chart.x_scale != "dates":
        below = (
            float(style["xtick.major.size"] + style["xtick.major.pad"] + 0.75 * style["xtick.labelsize"]) + LEADING * plate.size
        )
        plate.say(chart.x_head, (1.0, 0.0), "right", (0.0, -below), xycoords="axes fraction", **plate.as_head)
    return plate, words


def _settle(plate: Plate, words: list[list[Annotation]]) -> None:
    """Give the field its width, and keep the words below it apart."""
    plate.fit()
    thin_out(plate, words)
