"""Numbers in prose: which words and figures state a quantity or a date, and when two of them say the same.

A quantity is kept as its value, so that ``1.5 billion``, ``1.5B`` and ``1,500,000,000`` are one. What is left out is a name and no statement: years,
ordinals, the numbers of chapters, tables, pages and records, of models and versions (``GPT-2``, ``v3-512``), and the word *one*. English only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from bindery.foundry.typography import MONTHS

SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True))
WORDS = {word: value for value, word in enumerate(SMALL)} | TENS | {"dozen": 12}
POWERS = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}
LETTERS = {"K": 3, "k": 3, "M": 6, "B": 9, "bn": 9}

_SCALE = rf"(?:[ \u00a0-]?(?P<scale>{'|'.join(POWERS)})(?!\w)|(?P<letter>[KMBk]|bn)(?!\w))?"
_COUNT = "|".join(sorted((*WORDS, *POWERS), key=len, reverse=True))
_MONTH = "|".join(MONTHS + tuple(month[:3] for month in MONTHS if len(month) > 4))
_DAY = r"(?P<{}>\d{{1,2}})(?:st|nd|rd|th)?"
DATE = re.compile(
    rf"(?<![\w.,-])(?:(?P<from>\d{{1,2}})[–-])?{_DAY.format('day')}(?: of)? (?P<month>{_MONTH})\.?(?:,? \d{{4}})?(?!\w)"
    rf"|\b(?P<month2>{_MONTH})\.? {_DAY.format('day2')}(?!\d|,\d)(?:, \d{{4}})?(?!\w)"
)
FIGURES = re.compile(
    rf"(?<![\w.,:/#@-])(?P<sign>[$€£])?(?P<figures>\d+(?:,\d{{3}})*(?:\.\d+)?){_SCALE}(?![\w/:]|[.,]\d|-[A-Z\d])"
    r"(?P<share>[ \u00a0]?(?:%|per cent))?"
)
SPELT = re.compile(
    rf"(?<![\w-])(?:(?:a|an|half a|{_COUNT})(?:(?: |-| and )(?:a half|{_COUNT}))+|{_COUNT})"
    r"(?!\w|-(?:quarter|third|fifth)s?\b|-half\b)",
    re.IGNORECASE,
)
# The noun before a number that is a label and counts nothing.
LABEL = re.compile(
    r"(?:chapters?|sections?|tables?|figures?|fig\.|parts?|pages?|pp?\.|footnotes?|notes?|versions?|volumes?|vol\.|issues?|records?|numbers?"
    r"|nos?\.|python|step|item|appendix|act|layer|line|rule|point|level|room|route|type|mark|track)[ \u00a0]$",
    re.IGNORECASE,
)
YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
RANGE_OF_YEARS = re.compile(rf"{YEAR.pattern}[–-]$")


@dataclass(frozen=True)
class Number:
    """A number of the text: where it starts, how it is written, and its value: a decimal, or a day and month as ``14 February``."""

    start: int
    shown: str
    value: str
    spelt: bool = False


def numbers_in(text: str) -> Iterator[Number]:
    """Every number that a text states, in order."""
    taken = [False] * (len(text) + 1)
    found: list[Number] = []
    for kind in (_dates, _figures, _spelt):
        for number, end in kind(text):
            if not any(taken[number.start : end]):
                found.append(number)
            taken[number.start : end] = [True] * (end - number.start)
    return iter(sorted((n for n in found if n.value), key=lambda number: number.start))


def values_of(text: str) -> frozenset[str]:
    """The values that a text bears out, read generously: every figure, in a name as well, with and without what scales it."""
    values = {number.value for number in numbers_in(text)}
    values |= {_day(match["from"], match) for match in DATE.finditer(text) if match["from"]}
    for match in re.finditer(rf"(?P<figures>\d+(?:,\d{{3}})*(?:\.\d+)?){_SCALE}", text):
        values |= {_scaled(match["figures"], match), _plain(Decimal(match["figures"].replace(",", "")))}
    return frozenset(values)


def _dates(text: str) -> Iterator[tuple[Number, int]]:
    for match in DATE.finditer(text):
        yield Number(match.start(), match[0], _day(match["day"] or match["day2"], match)), match.end()


def _day(day: str, match: re.Match[str]) -> str:
    month = (match["month"] or match["month2"])[:3]
    return f"{int(day)} {next(name for name in MONTHS if name.startswith(month))}"


def _figures(text: str) -> Iterator[tuple[Number, int]]:
    for match in FIGURES.finditer(text):
        before = text[: match.start()]
        is_name = YEAR.fullmatch(match[0]) or LABEL.search(before) or RANGE_OF_YEARS.search(before)
        bare = match[0] == match["figures"]
        yield Number(match.start(), match[0], "" if bare and is_name else _scaled(match["figures"], match)), match.end()


def _spelt(text: str) -> Iterator[tuple[Number, int]]:
    for match in SPELT.finditer(text):
        words = match[0].lower()
        named = words in ("one", "zero") or words in POWERS or LABEL.search(text[: match.start()])
        yield Number(match.start(), match[0], "" if named else _plain(_worth(words)), spelt=True), match.end()


def _worth(words: str) -> Decimal:
    """The value of a number in words: ``one and a half billion``, ``two hundred and six``, ``half a million``, ``a dozen``."""
    total, group = Decimal(0), Decimal(0)
    for word in re.findall(r"half a(?= )|a half|\w+", words):
        if word in ("half a", "a half"):
            group += Decimal("0.5")
        elif word in ("a", "an"):
            group = Decimal(1)
        elif word in ("hundred", "dozen"):
            group = (group or Decimal(1)) * (100 if word == "hundred" else 12)
        elif word in POWERS:
            total, group = total + (group or Decimal(1)) * 10 ** POWERS[word], Decimal(0)
        elif word in WORDS:
            group += WORDS[word]
    return total + group


def _scaled(figures: str, match: re.Match[str]) -> str:
    power = POWERS.get(match["scale"] or "", LETTERS.get(match["letter"] or "", 0))
    return _plain(Decimal(figures.replace(",", "")) * 10**power)


def _plain(value: Decimal) -> str:
    """A value in one spelling: 70 for 70.0 as for 70."""
    return f"{value.normalize():f}"
