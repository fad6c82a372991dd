"""Slips of the pen, as the author typed them: quotation marks that do not pair, hyphens for dashes, spaces and words too many.

Each check is a generator over the galleys of the whole book. None looks into quotations for more than their marks: a quotation is as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bindery.foundry.typography import quote_marks
from bindery.manuscript.passages import Passage
from bindery.problem import Problem
from bindery.proof.usage import Use, rarer

Galleys = Sequence[Passage]
Forms = tuple[tuple[str, re.Pattern[str]], ...]

HYPHEN = re.compile(r"(?<=[^\s\d\ufffc]) - (?=\S)|(?<=[\d\ufffc]) - (?=[^\s\d\ufffc])")
RANGE = re.compile(r"(?<![\w.,:/#\ufffc$€£-])(\d{1,4})-(\d{1,4})(?![\w:/\ufffc-]|[.,]\d)")
DASHES = (
    ("a dash between spaces", re.compile(r"(?<=\S) (?:--|–)(?= \S)")),
    ("a dash without spaces", re.compile(r"(?<=[a-z])(?:--|–)(?=[a-z])")),
    ("a long dash", re.compile(r"(?<=[^\s—-]) ?(?:---|—) ?(?=\w)")),
)
ELLIPSES = (("an ellipsis", re.compile("…")), ("three dots", re.compile(r"(?<!\.)\.\.\.(?!\.)")))
QUOTE_FORMS = (("a straight quotation mark", re.compile('"')), ("a curly quotation mark", re.compile("[“”„]")))
APOSTROPHES = (("a straight apostrophe", re.compile(r"(?<=\w)'(?=\w)")), ("a curly apostrophe", re.compile(r"(?<=\w)’(?=\w)")))
DOUBLE_SPACE = re.compile(r"(?<=\S)[ \u00a0]{2,}(?=\S)")
COLUMNS = re.compile(r"(?<=\S) {3,}(?=\S)")
DOUBLED = re.compile(r"(?<![\w'’*_-])([^\W\d_]+)\s+(\1)(?![\w'’*_-])", re.IGNORECASE)
TWICE = frozenset(("had", "that"))
STRAY_SPACE = re.compile(r"(?<=\S) +(?:[,;:!?](?=\s|$)|\.(?=\s|$)|\)(?=[\s.,;:!?]|$))|(?<![\w(])\((?= \S)")
FRENCH_SPACE = re.compile(r"(?<=\S) +(?:,(?=\s|$)|\.(?=\s|$)|\)(?=[\s.,;:!?]|$))|(?<![\w(])\((?= \S)")


def unbalanced_quotes(galleys: Galleys, language: str) -> Iterator[Problem]:
    """Bad: ``"Yes, he said.`` Good: ``"Yes", he said.``; and a speech of several paragraphs, each of which opens and only the last closes."""
    marks = quote_marks(language)
    curly = ("“", "”") in (marks[:2], marks[2:])
    for galley, after in zip(galleys, (*galleys[1:], None), strict=True):
        text = galley.text
        goes_on = after is not None and after.text.lstrip()[:1] in ('"', "“") and text.lstrip()[:1] in ('"', "“")
        # A mark after a figure may be the sign for inches.
        if text.count('"') % 2 and not goes_on and not re.search(r'\d"', text):
            at = galley.at(text.rindex('"') if text.count('"') == 1 else text.index('"'))
            yield Problem(at, "a quotation mark is without its fellow in this paragraph", "unbalanced-quotes")
        if curly and text.count("“") != text.count("”") and not goes_on:
            at = galley.at(min(text.find(mark) for mark in "“”" if mark in text))
            yield Problem(at, "the quotation marks “ and ” do not pair in this paragraph", "unbalanced-quotes")


def quote_form(galleys: Galleys, _: str) -> Iterator[Problem]:
    """Bad: one ``“yes”`` in a book of straight marks. Good: one kind; the press curls straight ones."""
    yield from _rarer(galleys, QUOTE_FORMS, "quote-form", quoted=True)
    yield from _rarer(galleys, APOSTROPHES, "quote-form", quoted=True)


def dash(galleys: Galleys, _: str) -> Iterator[Problem]:
    """Bad: ``late - as ever``; one ``late--as ever`` in a book of spaced dashes. Good: ``late -- as ever``."""
    for galley in galleys:
        for match in HYPHEN.finditer(galley.text):
            if not _is_quoted(galley, match.start()):
                around = _around(galley, match)
                yield Problem(galley.at(match.start()), f"a hyphen for a dash in '{around}'; expected ' -- '", "dash")
    yield from _rarer(galleys, DASHES, "dash")


def range_hyphen(galleys: Galleys, _: str) -> Iterator[Problem]:
    """Bad: ``pages 12-15``. Good: ``pages 12--15``; and ``2019-02-14``, ``GPT-2``, ``747-400``, ``50-50``, ``24-7``, which are no ranges."""
    for galley in galleys:
        for match in RANGE.finditer(galley.text):
            first, last = match[1], match[2]
            whole = first[: len(first) - len(last)] + last if len(first) > 2 else last  # 2019-20 is 2019 to 2020
            if int(whole) > int(first) and not _is_quoted(galley, match.start()):
                message = f"a hyphen in the range '{match[0]}'; expected '{first}--{last}'"
                yield Problem(galley.at(match.start()), message, "range-hyphen")


def ellipsis(galleys: Galleys, _: str) -> Iterator[Problem]:
    """Bad: both ``…`` and ``...`` in a book. Good: one of them; they are printed alike."""
    yield from _rarer(galleys, ELLIPSES, "ellipsis")


def double_space(galleys: Galleys, _: str) -> Iterator[Problem]:
    """Bad: ``two  spaces``. Good: ``one space``; and a line that is laid out in columns."""
    for galley in galleys:
        for match in DOUBLE_SPACE.finditer(galley.text):
            line = galley.text[: match.start()].rpartition("\n")[2] + galley.text[match.start() :].partition("\n")[0]
            if len(COLUMNS.findall(line)) < 2:
                message = f"{len(match[0])} spaces in '{_around(galley, match)}'; expected one"
                yield Problem(galley.at(match.start()), message, "double-space")


def stray_space(galleys: Galleys, language: str) -> Iterator[Problem]:
    """Bad: ``late , as ever``; ``( so )``. Good: ``late, as ever``; and ``tard ; toujours`` in French."""
    pattern = FRENCH_SPACE if language.startswith("fr") else STRAY_SPACE
    for galley in galleys:
        for match in pattern.finditer(galley.text):
            message = f"a space beside the punctuation in '{_around(galley, match)}'"
            yield Problem(galley.at(match.start()), message, "stray-space")


def doubled_word(galleys: Galleys, language: str) -> Iterator[Problem]:
    """Bad: ``the the``. Good: ``he had had enough``, ``Boing Boing``, ``*the* and *and*``. Other languages do it on purpose: ``die, die die``."""
    for galley in galleys if language.startswith("en") else ():
        for match in DOUBLED.finditer(galley.text):
            on_purpose = match[1].lower() in TWICE or match[2][0].isupper() or _is_quoted(galley, match.start())
            if not on_purpose:
                yield Problem(galley.at(match.start(2)), f"'{match[1]} {match[2]}' says a word twice", "doubled-word")


def _rarer(galleys: Galleys, forms: Forms, check: str, *, quoted: bool = False) -> Iterator[Problem]:
    """The rarer of several forms, told once a line; in quotations only if asked for."""
    uses = [
        Use(check, form, _around(galley, match), galley.at(match.start()))
        for galley in galleys
        for form, pattern in forms
        for match in pattern.finditer(galley.text)
        if quoted or not _is_quoted(galley, match.start())
    ]
    told = set()
    for problem in rarer(uses, check):
        if problem.at not in told:
            told.add(problem.at)
            yield problem


def _is_quoted(galley: Passage, position: int) -> bool:
    before = galley.text[:position]
    return galley.quoted or before.count('"') % 2 == 1 or before.count("“") > before.count("”")


def _around(galley: Passage, match: re.Match[str]) -> str:
    """A few characters on either side, for a message."""
    start, end = max(match.start() - 12, 0), match.end() + 12
    words = galley.text[start:end].replace("\ufffc", "").replace("\n", " ")
    return words.strip() if match[0].strip() else words.strip("\n")
