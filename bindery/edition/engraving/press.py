"""From a chart to a drawing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from bindery.edition.engraving import fields, rows
from bindery.edition.engraving.plate import Plate
from bindery.edition.engraving.style import Style, read_style, styled
from bindery.nodes import Chart

DRAWN_BY: Mapping[str, Callable[[Chart, Style, str], Plate]] = {
    "bars": rows.bars,
    "columns": rows.columns,
    "dots": rows.dots,
    "slope": rows.slope,
    "line": fields.line,
    "steps": fields.steps,
    "scatter": fields.scatter,
}


def drawn(chart: Chart, root: Path, language: str) -> Plate:
    """A chart on its plate. Raises :class:`Faulty`."""
    style = read_style(root)
    with styled(style):
        plate = DRAWN_BY[chart.form](chart, style, language)
        plate.check_words()
        return plate


def engraved(chart: Chart, root: Path, language: str) -> bytes:
    """A chart as SVG. Raises :class:`Faulty`."""
    plate = drawn(chart, root, language)
    with styled(plate.style):
        return plate.svg()
