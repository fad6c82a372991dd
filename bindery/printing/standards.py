"""The standards that the PDF of a print edition can keep to: as what the engine draws it, and what is done to the drawn file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pikepdf

from bindery.edition.fair_copy import FairCopy
from bindery.manuscript import card
from bindery.printing.press_ready import finish_x1a, finish_x4
from bindery.printing.typeset import Layout


def _as_drawn(pdf: pikepdf.Pdf, layout: Layout, copy: FairCopy) -> None:
    """Nothing is left to do."""


@dataclass(frozen=True)
class Standard:
    """A standard: the engine's name for the variant of PDF to draw, None for plain PDF 1.7, and what finishes the drawn file, in place.

    What a finish cannot make right is raised as :class:`Faulty`, each problem at its place in the manuscript.
    """

    variant: str | None = None
    version: str = ""  # of PDF, if the standard asks for an older one
    finish: Callable[[pikepdf.Pdf, Layout, FairCopy], None] = _as_drawn


STANDARDS: Mapping[card.Standard, Standard] = {
    "pdf": Standard(),
    "pdf/x-4": Standard(version="1.6", finish=finish_x4),
    "pdf/x-1a": Standard(version="1.4", finish=finish_x1a),
}
