"""Plates: the charts of a book drawn, as pictures that go into it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path, PurePosixPath

from bindery.manuscript.pictures import Picture, drawn_picture
from bindery.nodes import Chart


@lru_cache(maxsize=512)
def pull(chart: Chart, root: Path, language: str) -> Picture:
    """The picture of a chart, in the style of the book in the folder ``root``, or else the house's.

    It is drawn once for all editions. Raises :class:`Faulty` where its words have no room, or the book's own style is at fault.
    """
    # Imported here, since it brings matplotlib, which takes a second, and most books have no chart.
    from bindery.edition.engraving.press import engraved

    return drawn_picture(PurePosixPath(chart.src).stem, engraved(chart, root, language))
