"""Plates: the charts of a book drawn, as pictures that go into it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath

from lxml import etree

from bindery.edition import field_charts, row_charts
from bindery.edition.shapes import WIDTH, Plate
from bindery.edition.templates import Templates
from bindery.foundry.lettering import Measure, Unset, lettered
from bindery.manuscript.book import HOUSE
from bindery.manuscript.pictures import Picture, Unfit, drawn_picture
from bindery.nodes import Chart
from bindery.problem import At, Faulty, Problem

TEMPLATE = "chart.svg.j2"
SHEET = "chart.css"

DRAWN_BY: Mapping[str, Callable[[Chart, Plate, str], None]] = {
    "bars": row_charts.bars,
    "columns": row_charts.columns,
    "dots": row_charts.dots,
    "slope": row_charts.slope,
    "line": field_charts.line,
    "steps": field_charts.steps,
    "scatter": field_charts.scatter,
}


@lru_cache(maxsize=512)
def pull(chart: Chart, root: Path, language: str) -> Picture:
    """The picture of a chart, by the template and the stylesheet of the book in the folder ``root``, or else the house's.

    It is drawn once for all editions. Raises :class:`Faulty` where its words have no room, or the book's own template or stylesheet is at fault.
    """
    sheet, template = _sheet(root), f"templates/{TEMPLATE}"
    try:
        plate = Plate(Measure(sheet))
        DRAWN_BY[chart.form](chart, plate, language)
        text = _templates(root).render(TEMPLATE, shapes=plate.shapes, width=int(WIDTH), height=math.ceil(plate.height))
        drawing = lettered(etree.fromstring(text.encode()), sheet)
        return drawn_picture(PurePosixPath(chart.src).stem, etree.tostring(drawing))
    except Unset as fault:
        raise Faulty([Problem(chart.at, f"the chart {fault}", "lettering")]) from None
    except Unfit as fault:
        raise Faulty([Problem(At(template), f"the chart {fault}", fault.check)]) from None
    except etree.XMLSyntaxError as error:
        raise Faulty([Problem(At(template), f"comes out ill-formed: {error.msg}", "template")]) from None


_templates = lru_cache(maxsize=16)(Templates)


@lru_cache(maxsize=16)
def _sheet(root: Path) -> str:
    """The stylesheet of charts: the book's own in the place of the house's."""
    own = root / "styles" / SHEET
    inside = own.is_file() and own.resolve().is_relative_to((root / "styles").resolve())
    return (own if inside else HOUSE / "styles" / SHEET).read_text("utf-8")
