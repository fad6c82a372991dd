"""Quantities: numbers and dates as authors write them in the cells of a table, and as a chart writes them beside its scales."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from bindery.foundry.typography import MONTHS

# What stands in a cell that has no number.
NONE = frozenset({"", "-", "–", "—", "−"})

EXPECTED_NUMBER = "expected a number, as 1,542 or 88.3% or 1.5B or $672"
EXPECTED_DATE = "expected a date, as 2019-02-14, 14 Feb 2019, Feb 2019 or 2019"

MAGNITUDES = {"": 1.0, "%": 1.0, "k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
NUMBER = re.compile(
    r"(?P<minus>[-−]?)(?P<currency>[$€£¥]?)(?P<digits>[0-9]{1,3}(?:[, \u202f][0-9]{3})+|[0-9]+)(?P<fraction>\.[0-9]+)?(?P<unit>[%kMBT]?)"
)
ISO = re.compile(r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?")
WORDS = re.compile(r"(?:(?P<day>[0-9]{1,2}) )?(?P<month>[A-Za-z]{3,9})\.? (?P<year>[0-9]{4})")


@dataclass(frozen=True)
class Manner:
    """How the numbers of a column are written: before them a currency, after them a sign; ``magnitudes``: shortened, as 124M or 1.5B."""

    currency: str = ""
    sign: str = ""
    magnitudes: bool = False

    @classmethod
    def of(cls, texts: Iterable[str]) -> Manner:
        """The manner that the cells of a column have in common."""
        found = [match for text in texts if (match := NUMBER.fullmatch(text))]
        currencies, units = ({match[group] for match in found} for group in ("currency", "unit"))
        return cls(
            currency=currencies.pop() if len(currencies) == 1 else "",
            sign="%" if units == {"%"} else "",
            magnitudes=bool(units & {"k", "M", "B", "T"}),
        )

    def write(self, number: float, language: str) -> str:
        """A number of a scale, in this manner: "500M", "$20", "80%", "1,000,000"."""
        unit, size = self.sign, 1.0
        if self.magnitudes:
            unit, size = next(
                ((unit, size) for unit, size in reversed(MAGNITUDES.items()) if abs(number) >= size > 1.0), ("", 1.0)
            )
        minus = "−" if number < 0 else ""
        return f"{minus}{self.currency}{_written(abs(number) / size, language)}{unit}"


def grouped(text: str, language: str) -> str:
    """A number in bare figures, with the marks between thousands that readers expect, from five figures on; anything else as it is."""
    return _written(float(text), language) if re.fullmatch("[0-9]{5,}", text) else text


def _written(number: float, language: str) -> str:
    """English has a comma between thousands and a point; elsewhere a thin space and a comma are understood (ISO 80000-1, 7.3)."""
    whole, _, fraction = f"{number:,.6f}".rstrip("0").rstrip(".").partition(".")
    if language.split("-")[0].lower() == "en":
        return f"{whole}.{fraction}" if fraction else whole
    whole = whole.replace(",", "\u202f")
    return f"{whole},{fraction}" if fraction else whole


def read_number(text: str) -> float | None:
    """The number that a cell writes; None when it is none. "1.5B" is 1,500,000,000; "88.3%" is 88.3."""
    match = NUMBER.fullmatch(text)
    if match is None:
        return None
    digits = re.sub(r"[^0-9]", "", match["digits"])
    number = float(digits + (match["fraction"] or "")) * MAGNITUDES[match["unit"]]
    return -number if match["minus"] else number


def read_date(text: str) -> float | None:
    """The day that a cell names, counted as :meth:`datetime.date.toordinal` does; None when it is none.

    A month or a year alone stands for its middle.
    """
    match = ISO.fullmatch(text) or WORDS.fullmatch(text)
    if match is None:
        return None
    month = _month(match["month"]) if match["month"] else 1
    try:
        if match["day"]:
            return float(date(int(match["year"]), month, int(match["day"])).toordinal())
        first = date(int(match["year"]), month, 1)
        after = next_month(first) if match["month"] else date(first.year + 1, 1, 1)
    except ValueError:
        return None
    return (first.toordinal() + after.toordinal()) / 2


def _month(name: str) -> int:
    """The number of a month; 0, which no calendar has, for what is none."""
    if name.isdigit():
        return int(name)
    return next((number for number, month in enumerate(MONTHS, 1) if month.casefold().startswith(name.casefold())), 0)


def next_month(day: date) -> date:
    """The first day of the month after that of a day."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
