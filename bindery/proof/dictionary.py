"""Dictionaries: the words of a language, read from the pairs of Hunspell files in ``dictionaries/``.

A ``.dic`` file lists stems, each with the letters of the prefixes and suffixes that it takes; the ``.aff`` file says what these are (hunspell(5),
"PFX" and "SFX", read on 25 November 2026). The forms are not written out: a book has some thousands of different words, a dictionary hundreds
of thousands of forms, so each word of the book is taken apart instead. A language that makes compounds at will, as German does, needs more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent.parent / "dictionaries"
# English of no region, or of one without a dictionary, may be spelt either way.
FILES = {"en-GB": ("en-GB",), "en-US": ("en-US",), "en": ("en-GB", "en-US")}
ONLY_IN_COMPOUNDS = "c"


@dataclass(frozen=True)
class Affix:
    """What a letter allows: at that end of a stem that fits ``condition``, ``add`` takes the place of ``strip``."""

    letter: str
    strip: str
    add: str
    condition: re.Pattern[str]
    crosses: bool


class Dictionary:
    """The words of one pair of files; ``word in dictionary`` asks for exactly that spelling, capitals and all."""

    def __init__(self, name: str) -> None:
        self._stems: dict[str, str] = {}
        for line in (FOLDER / f"{name}.dic").read_text("utf-8").splitlines()[1:]:
            stem, _, letters = line.partition("/")
            self._stems[stem] = self._stems.get(stem, "") + letters
        self._prefixes: dict[str, list[Affix]] = {}
        self._suffixes: dict[str, list[Affix]] = {}
        self._read_affixes((FOLDER / f"{name}.aff").read_text("utf-8").splitlines())

    def _read_affixes(self, lines: list[str]) -> None:
        crosses = False
        for kind, letter, *rest in (line.split() for line in lines if line.startswith(("PFX", "SFX"))):
            if len(rest) < 3:  # the head of a group: may its members stand together with those of the other kind?
                crosses = rest[0] == "Y"
                continue
            strip, add, condition = ("" if part == "0" else part for part in rest[:3])
            pattern = re.compile(f"^{condition}" if kind == "PFX" else f"{condition}$")
            table = self._prefixes if kind == "PFX" else self._suffixes
            table.setdefault(add, []).append(Affix(letter, strip, add, pattern, crosses))

    def __contains__(self, word: str) -> bool:
        if word in self._stems and ONLY_IN_COMPOUNDS not in self._stems[word]:
            return True
        if any(suffix.letter in self._stems.get(stem, "") for suffix, stem in self._without_suffix(word)):
            return True
        for prefix, rest in self._without_prefix(word):
            if prefix.letter in self._stems.get(rest, ""):
                return True
            for suffix, stem in self._without_suffix(rest) if prefix.crosses else ():
                if suffix.crosses and {prefix.letter, suffix.letter} <= set(self._stems.get(stem, "")):
                    return True
        return False

    def _without_suffix(self, word: str) -> Iterator[tuple[Affix, str]]:
        for cut in range(len(word)):
            for affix in self._suffixes.get(word[cut:], ()):
                stem = word[:cut] + affix.strip
                if affix.condition.search(stem):
                    yield affix, stem

    def _without_prefix(self, word: str) -> Iterator[tuple[Affix, str]]:
        for cut in range(1, len(word)):
            for affix in self._prefixes.get(word[:cut], ()):
                stem = affix.strip + word[cut:]
                if affix.condition.search(stem):
                    yield affix, stem


@cache
def dictionary(name: str) -> Dictionary:
    """The dictionary of that name, read once."""
    return Dictionary(name)


def names_for(language: str) -> tuple[str, ...]:
    """The dictionaries in which a word of a language (BCP 47) may stand; none when the house has none."""
    return FILES.get(language) or FILES.get(language.split("-")[0], ())
