"""Consistency: one spelling of a name, one form of a date, one way of a compound, in all of a book.

Each check is a generator over the passages of the whole book. Quotations, titles of works and other labels are passed over: their spelling is not
the author's choice. The checks are for English but for ``hyphenation``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from bindery.foundry.typography import MONTHS, UNITS
from bindery.manuscript.passages import Passage
from bindery.problem import At, Problem
from bindery.proof.dictionary import dictionary
from bindery.proof.spelling import Speller, Word
from bindery.proof.usage import Use, rarer

Passages = Sequence[Passage]
Words = Sequence[Word]
PROSE = ("text", "caption", "source")
MONTH = "|".join(MONTHS)
DATES = (
    ("a date of day and month", re.compile(rf"(?<![\w,.])\d{{1,2}} (?:{MONTH})(?: \d{{4}})?\b")),
    ("a date of month and day", re.compile(rf"\b(?:{MONTH}) \d{{1,2}}, \d{{4}}\b")),
    (
        "a date with an ordinal",
        re.compile(rf"(?<!\w)\d{{1,2}}(?:st|nd|rd|th) (?:{MONTH})\b|\b(?:{MONTH}) \d{{1,2}}(?:st|nd|rd|th)\b"),
    ),
)
SPACED_UNIT, CLOSED_UNIT = re.compile(rf"\d[ \u00a0](?:{UNITS})(?!\w)"), re.compile(rf"(?<![\w-])\d[\d,.]*(?:{UNITS})(?!\w)")
NAME = re.compile(r"[A-Z][^\W\d_]+(?:-[A-Z][^\W\d_]+)*")
PAIR = re.compile(rf"(?=\b({NAME.pattern}) ({NAME.pattern})\b)")
ISE = re.compile(r"^([a-z]+)(is|iz)(e[drs]?|es|ers?|ing|able|ations?|ational)$")


def date_form(passages: Passages) -> Iterator[Problem]:
    """Bad: ``February 14, 2019`` where the book writes ``14 February 2019``."""
    yield from rarer(_matches(passages, "date", DATES), "date-form")


def unit_space(passages: Passages) -> Iterator[Problem]:
    """Bad: ``40GB`` where the book writes ``40 GB``. The press keeps number and unit together."""
    forms = (("a unit after a space", SPACED_UNIT), ("a unit without a space", CLOSED_UNIT))
    yield from rarer(_matches(passages, "unit", forms), "unit-space")


def hyphenation(words: Words) -> Iterator[Problem]:
    """Bad: ``e-mail`` where the book writes ``email``."""
    places: dict[str, list[tuple[str, At]]] = defaultdict(list)
    for word in words:
        if not word.quoted and word.role not in ("label", "index") and not word.text.isupper():
            closed = word.text.replace("-", "").removesuffix("'s").removesuffix("s").lower()
            if len(closed) > 4:
                places[closed].append((word.text, word.at))
    for found in places.values():
        if len({"-" in word for word, _ in found}) == 2 and not any(word.lower().startswith("re-") for word, _ in found):
            forms = {True: "written with a hyphen", False: "written as one word"}
            yield from rarer((Use("", forms["-" in word], word, at) for word, at in found), "hyphenation")


def ise_ize(words: Words) -> Iterator[Problem]:
    """Bad: ``organize`` where the book writes ``realise``. Good: either, throughout; and ``size``, ``advise``, which have no choice."""
    british, american = dictionary("en-GB"), dictionary("en-US")
    uses = []
    for word in words:
        match = ISE.match(word.text.lower()) if not word.quoted and word.role not in ("cell", "label") else None
        if not match:
            continue
        ise, ize = (match[1] + form + match[3] for form in ("is", "iz"))
        if ise in british and ize in american and ize not in british and ise not in american:
            uses.append(Use("", f"spelt with -{match[2]}e", word.text, word.at))
    yield from rarer(uses, "ise-ize")


def name_spelling(passages: Passages, speller: Speller, reported: Callable[[str], bool]) -> Iterator[Problem]:
    """Bad: ``Philip Grey`` once, where the book has ``Phillip Grey`` four times. ``reported`` tells of the words that are reported already."""
    texts = [(passage, match) for passage in passages if passage.role in PROSE for match in PAIR.finditer(passage.text)]
    pairs: dict[tuple[str, str], list[At]] = defaultdict(list)
    for passage, match in texts:
        if not passage.is_quoted(match.start()):
            pairs[match[1], match[2]].append(passage.at(match.start()))
    for (first, last), places in pairs.items():
        for other, others in pairs.items():
            differ = [(a, b) for a, b in zip((first, last), other, strict=True) if a != b]
            if (
                len(differ) == 1
                and len(others) > 2 * len(places)
                and _is_slip(*differ[0], speller)
                and not reported(differ[0][0])
            ):
                message = f"'{first} {last}', but '{' '.join(other)}' in {len(others)} places (first {others[0]})"
                yield from (Problem(at, message, "name-spelling") for at in places)


def _is_slip(rare: str, usual: str, speller: Speller) -> bool:
    """Whether two names are one, spelt in two ways: a letter apart, and neither of them a common word or a plural of the other."""
    if (
        min(len(rare), len(usual)) < 4
        or rare.rstrip("s") == usual.rstrip("s")
        or rare.lower() in speller
        or usual.lower() in speller
    ):
        return False
    return near(rare, usual)


def near(one: str, other: str) -> bool:
    """Whether a letter put in, left out or exchanged, or two neighbours swapped, makes the one word the other."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def _matches(passages: Passages, choice: str, forms: Iterable[tuple[str, re.Pattern[str]]]) -> Iterator[Use]:
    for passage in passages:
        for form, pattern in forms if passage.role in PROSE else ():
            for match in pattern.finditer(passage.text):
                if not passage.is_quoted(match.start()):
                    yield Use(choice, form, match[0], passage.at(match.start()))
