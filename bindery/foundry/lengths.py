"""Lengths as SVG and CSS write them."""

from __future__ import annotations

import re

# Units of CSS in CSS pixels (CSS Values and Units 4, section 6.2).
UNITS = {"": 1.0, "px": 1.0, "in": 96.0, "cm": 96 / 2.54, "mm": 9.6 / 2.54, "q": 2.4 / 2.54, "pt": 96 / 72, "pc": 16.0}
# Points in a CSS pixel.
POINTS = 0.75

LENGTH = re.compile(r"\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*([A-Za-z]*)\s*")


def pixels(length: str) -> float | None:
    """A length in CSS pixels; None for one that depends on something outside the drawing (a percentage, an em), or for none."""
    match = LENGTH.fullmatch(length)
    if match is None or match[2].lower() not in UNITS:
        return None
    return float(match[1]) * UNITS[match[2].lower()]


def points(length: str) -> float:
    """A length of ``book.toml``, such as ``3mm``, in points; 0 for none."""
    return (pixels(length) or 0.0) * POINTS
