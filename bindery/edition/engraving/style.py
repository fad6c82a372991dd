"""The looks of charts: matplotlib's own style sheets, ``styles/charts.mplstyle``, the house's or the book's."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import matplotlib
from matplotlib.colors import to_rgb

from bindery.edition.engraving.faces import NAMES, bring
from bindery.manuscript.book import HOUSE
from bindery.problem import At, Faulty, Problem, nearest

SHEET = "charts.mplstyle"

# What a style may say, and what charts heed. The rest of what matplotlib can be told is no matter of looks: it may run TeX, ask the locale, or
# write something else than a picture.
LOOKS = frozenset({
    "axes.edgecolor", "axes.labelcolor", "axes.labelsize", "axes.linewidth", "axes.prop_cycle", "figure.facecolor", "font.family", "font.size",
    "grid.color", "grid.linestyle", "grid.linewidth", "lines.dotted_pattern", "lines.linewidth", "lines.markersize", "text.color",
    "xtick.color", "xtick.labelcolor", "xtick.labelsize", "xtick.major.pad", "xtick.major.size", "xtick.major.width",
    "ytick.labelcolor", "ytick.labelsize", "ytick.major.pad",
})  # fmt: skip
# What every chart has, whatever a style says: one unit, the point; letters as outlines, none of them an instruction of TeX; names made from content.
ALWAYS: Mapping[str, Any] = {
    "figure.dpi": 72,
    "savefig.dpi": 72,
    "svg.fonttype": "path",
    "svg.hashsalt": "bindery",
    "svg.image_inline": True,
    "text.parse_math": False,
    "text.usetex": False,
    "text.hinting": "none",
    "lines.solid_capstyle": "butt",
    "lines.markeredgewidth": 0.0,
    "path.simplify": False,
    "path.snap": False,
    "date.epoch": "1970-01-01T00:00:00",
    "timezone": "UTC",
}

Style = Mapping[str, Any]


@lru_cache(maxsize=16)
def read_style(root: Path) -> Style:
    """The style of the book in the folder ``root``: the house's, and what its own says otherwise. Raises :class:`Faulty` with each wrong line."""
    said = dict(_read((HOUSE / "styles" / SHEET).read_bytes()))
    own = root / "styles" / SHEET
    if own.is_file() and own.resolve().is_relative_to((root / "styles").resolve()):
        said |= _read(own.read_bytes())
    return MappingProxyType({**said, **ALWAYS})


def _read(data: bytes) -> Style:
    """What a style sheet says, ``name: value`` a line, each value as matplotlib itself reads it."""
    problems: list[Problem] = []
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise Faulty([Problem(At(f"styles/{SHEET}"), "is not UTF-8; save it as UTF-8", "encoding")]) from None
    said: dict[str, Any] = {}
    for number, name, value in _said(lines):
        try:
            said[name] = _value(name, value)
        except ValueError as error:
            problems.append(Problem(At(f"styles/{SHEET}", number), str(error), "style"))
    if problems:
        raise Faulty(problems)
    return said


def _said(lines: list[str]) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(lines, 1):
        # A # begins a comment, but for those in quotation marks.
        if plain := re.match(r'(?:"[^"]*"|[^#"])*', line.strip())[0].strip():  # type: ignore[index]
            name, _, value = plain.partition(":")
            yield number, name.strip(), value.strip().strip('"')


def _value(name: str, text: str) -> Any:
    """The value of a setting. Raises :class:`ValueError`, saying what is wrong and what was expected."""
    if name not in LOOKS:
        raise ValueError(f"'{name}' is no setting of a chart{nearest(name, LOOKS)}; expected one of {', '.join(sorted(LOOKS))}")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            value = dict(matplotlib.RcParams({name: text})).popitem()[1]
        except (ValueError, TypeError, Warning) as error:
            raise ValueError(f"{name}: '{text}' is no value for it ({error})") from None
    if name == "font.family":
        family = ", ".join(value)
        if family not in NAMES:
            raise ValueError(f"there is no family '{family}'{nearest(family, NAMES)}; expected one of {', '.join(NAMES)}")
        bring(family)
    return value


def styled(style: Style) -> AbstractContextManager[None]:
    """What is drawn within has this style."""
    return matplotlib.rc_context(cast(Any, dict(style)))


def ink(style: Style, series: int) -> str:
    """The colour of a chart's column of values, by its number from nought."""
    colours = style["axes.prop_cycle"].by_key().get("color", [style["text.color"]])
    return str(colours[series % len(colours)])


def paler(style: Style, colour: str, share: float = 0.5) -> tuple[float, float, float]:
    """A colour with a share of the ground in it."""
    mixed = [a + (b - a) * share for a, b in zip(to_rgb(colour), to_rgb(style["figure.facecolor"]), strict=True)]
    return mixed[0], mixed[1], mixed[2]
