"""Folios: the number that each page bears, as the layout counted it, and the page labels of the PDF made from them.

The stylesheet says how a page is counted, so it says what its label is, in a margin box that nobody sees::

    @page       { @left-middle { content: counter(page); visibility: hidden } }
    @page front { @left-middle { content: counter(page, lower-roman); visibility: hidden } }

It stands on pages without a printed folio as well. Where a folio is printed too, the two must agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pikepdf import Array, Dictionary, Name, Object, String

from bindery.printing import forme
from bindery.printing.forme import Box, Forme
from bindery.problem import At, Problem

LABEL = "@left-middle"

_ROMAN = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)


@dataclass(frozen=True)
class Folio:
    """A page label taken apart as ISO 32000-1, table 159 wants it: style D, r or R and number, or a text without number."""

    style: str
    number: int
    text: str = ""

    @classmethod
    def read(cls, label: str) -> Folio:
        if label.isascii() and label.isdecimal() and not label.startswith("0"):
            return cls("D", int(label))
        if (number := _from_roman(label.lower())) and label in (label.lower(), label.upper()):
            return cls("r" if label.islower() else "R", number)
        return cls("", 0, label)

    def follows(self, other: Folio) -> bool:
        """Whether one range of labels can hold both, this one directly after the other."""
        if not self.style:
            return self == other
        return self.style == other.style and self.number == other.number + 1

    def range(self) -> Dictionary:
        """The dictionary of the range that begins with this label."""
        entry = Dictionary()
        if self.style:
            entry[Name.S] = Name("/" + self.style)
            if self.number != 1:
                entry[Name.St] = self.number
        elif self.text:
            entry[Name.P] = String(self.text)
        return entry


def labels(pages: Forme) -> tuple[str, ...]:
    """The label of each page, empty where the stylesheet gives none."""
    return tuple(forme.text_of(box) if (box := forme.margins(page).get(LABEL)) else "" for page in pages.pages)


def audit(pages: Forme) -> Iterator[Problem]:
    """`folio`: a printed folio and the label of its page differ, or the stylesheet gives no labels at all."""
    found = labels(pages)
    at = At(pages.source)
    if not any(found):
        yield Problem(
            at, f"no page has a label; expected a hidden margin box {LABEL} with counter(page) in the stylesheet", "folio"
        )
        return
    for (number, page), label in zip(pages.numbered, found, strict=True):
        for keyword, box in forme.margins(page).items():
            printed = forme.text_of(box).strip()
            if keyword != LABEL and _is_folio(box) and printed and printed != label:
                yield Problem(
                    at,
                    f"page {number} of the PDF bears the folio “{printed}” and has the label “{label}”; expected them alike",
                    "folio",
                )


def page_labels(found: Sequence[str]) -> Object:
    """The number tree of the catalogue's PageLabels, one entry for each run of labels (ISO 32000-1, 12.4.2)."""
    folios = [Folio.read(label) for label in found]
    starts = [0, *(index for index, (before, after) in enumerate(pairwise(folios), 1) if not after.follows(before))]
    numbers = Array()
    for start in starts:
        numbers.append(start)
        numbers.append(folios[start].range())
    return Dictionary(Nums=numbers)


def _is_folio(box: Box) -> bool:
    """Whether the box holds the page number and nothing else."""
    content = box.style["content"]
    return bool(forme.is_shown(box) and len(content) == 1 and content[0][0] == "counter()" and content[0][1][0] == "page")


def _roman(number: int) -> str:
    written = ""
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        written += letters * count
    return written


def _from_roman(text: str) -> int:
    """The number, or 0 if the text is not a number as it is rightly written."""
    if not re.fullmatch("[mdclxvi]+", text):
        return 0
    values = {letter: value for value, letter in _ROMAN}
    digits = [values[letter] for letter in text]
    number = sum(-one if one < after else one for one, after in pairwise([*digits, 0]))
    return number if 0 < number < 4000 and _roman(number) == text else 0
