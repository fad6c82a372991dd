"""A fault that the author can mend, and the one exception that carries faults."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class At:
    """A place in the author's files: a path relative to the book's folder, and a line counted from 1 (0: the whole file)."""

    path: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, order=True)
class Problem:
    """One fault: where it is, what is wrong and what was expected, and the name of the check that found it."""

    at: At
    message: str
    check: str = field(default="")

    def __str__(self) -> str:
        return f"{printable(str(self.at))}: {printable(self.message)} ({self.check})"


class Faulty(Exception):
    """Raised when a stage cannot go on; carries every problem that it found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


def nearest(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: what was probably meant, or nothing."""
    close = difflib.get_close_matches(word, list(known), 1, 0.55)
    return f"; did you mean '{close[0]}'?" if close else ""


def printable(text: str) -> str:
    """Escape what could drive a terminal or a log reader: the text of a message may come from a hostile manuscript."""
    return "".join(
        c if unicodedata.category(c)[0] not in "C" else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text
    )
