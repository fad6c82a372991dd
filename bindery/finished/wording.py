"""Two wordings of one text held against each other, letter by letter, and where they part.

A *wording* is a text as it was read from somewhere: its letters in order, whether white space stands before each, and where each was read. Which
white space it is does not matter, but its being there does; a page knows of no space at the end of a line, so there both wordings may be right.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from bindery.printing.page_map import UNSEEN

P = TypeVar("P")
Q = TypeVar("Q")

# What stands before a letter. LOOSE: the end of a line, or a distance that may be a space. HYPHEN: the end of a line where a hyphen stood, which
# is the text's or the engine's. The greater of two holds.
NONE, LOOSE, SPACE, HYPHEN = range(4)

HYPHEN_ITSELF = "-"

# What is not compared: what nobody sees, and what no glyph may tell apart, a ligature from its letters, the hyphens of Unicode from that of ASCII.
_SEEN = str.maketrans(
    {
        **dict.fromkeys(UNSEEN, ""),
        **{"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"},
        **{"\u2010": HYPHEN_ITSELF, "\u2011": HYPHEN_ITSELF},
    }
)

# Letters that two wordings must share before they are taken to be at the same place again, and how far that place is looked for.
PROBE = 24
WINDOW = 20_000

# How many differences are told: more of them are no differences but another text.
MOST = 40

_END = "\0" * PROBE


def visible(text: str) -> str:
    """The letters of a text that count: no white space, nothing unseen; ligatures taken apart, every hyphen one."""
    return "".join(text.translate(_SEEN).split())


class Wording(Generic[P]):
    """A text while it is read, and after. ``place`` is where the letters that are written next are read."""

    def __init__(self, place: P) -> None:
        self.place = place
        self.gaps = bytearray()
        self._written: list[str] = []
        self._pending = SPACE
        self._starts: list[int] = []
        self._places: list[P] = []

    def write(self, text: str) -> None:
        seen = text.translate(_SEEN)
        if seen[:1].isspace():
            self.gap()
        if words := seen.split():
            if not self._places or self._places[-1] != self.place:
                self._starts.append(len(self.gaps))
                self._places.append(self.place)
            self._written.extend(words)
            for word in words:
                self.gaps.append(self._pending)
                self.gaps.extend(bytes(len(word) - 1))
                self._pending = SPACE
            self._pending = NONE
        if seen[-1:].isspace():
            self.gap()

    def gap(self, kind: int = SPACE) -> None:
        """White space, the end of a block or of a line, before what comes next."""
        self._pending = max(self._pending, kind)

    def line_end(self) -> None:
        """A line ends here: a space may stand there, and a hyphen need not be the text's. One that stands by itself is."""
        self.gap(LOOSE)
        if self._written and self._written[-1].endswith(HYPHEN_ITSELF) and self._pending == LOOSE and self.gaps[-1] == NONE:
            self._written[-1] = self._written[-1][:-1]
            self.gaps.pop()
            self._pending = HYPHEN

    @cached_property
    def letters(self) -> str:
        """All letters; asked for when everything is written."""
        return "".join(self._written)

    @property
    def count(self) -> int:
        """The number of words, each line of a divided one by itself where no hyphen divides it."""
        return sum(gap in (SPACE, LOOSE) for gap in self.gaps)

    def at(self, index: int) -> P:
        """Where a letter was read; what is beyond the last, where the last was."""
        found = bisect_right(self._starts, min(index, len(self.gaps) - 1)) - 1
        return self._places[found] if found >= 0 else self.place

    def words(self, start: int, stop: int) -> str:
        pairs = zip(self.gaps[start:stop], self.letters[start:stop], strict=True)
        return "".join(" " + letter if gap in (SPACE, LOOSE) else letter for gap, letter in pairs).strip()

    def opens(self, index: int) -> bool:
        """Whether a word starts with a letter; the end of the text counts as a start."""
        return index in (0, len(self.gaps)) or self.gaps[index] in (SPACE, LOOSE)


@dataclass(frozen=True)
class Difference:
    """Where two wordings part, as whole words: what was wanted and what was found, each from a letter to a letter. Either may be empty."""

    wanted: tuple[int, int]
    found: tuple[int, int]


@dataclass(frozen=True)
class Compared:
    """What came of it. ``folded`` counts what may differ and did: the engine's ``hyphens`` at line ends, words in ``capitals``."""

    differences: list[Difference] = field(default_factory=list)
    folded: Counter[str] = field(default_factory=Counter)


def compare(wanted: Wording[P], found: Wording[Q], *, capitals: bool = False) -> Compared:
    """Hold what was ``found`` against what was ``wanted``. ``capitals``: words may be set all in capitals, as a stylesheet can ask for.

    After :data:`MOST` differences, or one beyond which nothing is alike, the rest is one more difference.
    """
    done = Compared()
    a, b = wanted.letters + _END, found.letters + _END
    end, other_end = len(wanted.letters), len(found.letters)
    i = j = told = 0  # what stands before the letter ``told`` is no difference, or part of one that has been told
    hyphen = False  # the letter before was a hyphen of the text at a line's end
    while i < end or j < other_end:
        if a[i] == b[j]:
            seen = found.gaps[j]
            if i != told and not _fits(wanted.gaps[i], LOOSE if hyphen else seen):
                done.differences.append(_widened(wanted, (i - 1, i + 1), found, (j - 1, j + 1)))
            if seen == HYPHEN and not hyphen:
                done.folded["hyphens"] += 1
            i, j, hyphen = i + 1, j + 1, False
        elif not hyphen and a[i] == HYPHEN_ITSELF and j < other_end and found.gaps[j] == HYPHEN:
            i, hyphen = i + 1, True
        else:
            end_of_all = (end, other_end)
            i_after, j_after = end_of_all if len(done.differences) >= MOST else _together(a, i, b, j) or end_of_all
            difference = _whole(wanted, (i, i_after), found, (j, j_after))
            if capitals and _are_capitals(wanted, difference.wanted, found, difference.found):
                done.folded["capitals"] += 1
            else:
                done.differences.append(difference)
            i, j, hyphen = i_after, j_after, False
            told = i
    return done


def _together(a: str, i: int, b: str, j: int) -> tuple[int, int] | None:
    """The nearest places, from ``i`` and ``j`` on, at which two texts go on alike; None when there are none within reach."""
    best: tuple[int, int] | None = None
    reach = WINDOW
    for skipped in range(min(WINDOW, len(a) - PROBE - i) + 1):
        if skipped >= reach:
            break
        place = b.find(a[i + skipped : i + skipped + PROBE], j, j + reach - skipped + PROBE)
        if place >= 0:
            best, reach = (i + skipped, place), skipped + place - j
    if best is None:
        return None
    after, other = best
    while after > i and other > j and a[after - 1] == b[other - 1]:
        after, other = after - 1, other - 1
    return after, other


def _whole(wanted: Wording[P], one: tuple[int, int], found: Wording[Q], other: tuple[int, int]) -> Difference:
    """A difference as whole words. Of what is only missing, or only added, there may be several accounts, "the" or "eth" in "the theme":
    the one that is whole words by itself is taken."""
    (i, i_after), (j, j_after) = one, other
    if j == j_after and (shift := _shift(wanted, i, i_after)) is not None:
        return Difference((i - shift, i_after - shift), (j - shift, j - shift))
    if i == i_after and (shift := _shift(found, j, j_after)) is not None:
        return Difference((i - shift, i - shift), (j - shift, j_after - shift))
    return _widened(wanted, one, found, other)


def _shift(wording: Wording[P], start: int, stop: int) -> int | None:
    """How many letters further back a run of letters can be taken for one that is whole words."""
    for shift in range(min(stop - start, start) + 1):
        if shift and wording.letters[start - shift] != wording.letters[stop - shift]:
            return None
        if wording.opens(start - shift) and wording.opens(stop - shift):
            return shift
    return None


def _widened(wanted: Wording[P], one: tuple[int, int], found: Wording[Q], other: tuple[int, int]) -> Difference:
    """A difference with the letters before and behind it, which are alike, that make it whole words in both."""
    (i, i_after), (j, j_after) = one, other
    while i > 0 and j > 0 and not (wanted.opens(i) and found.opens(j)):
        i, j = i - 1, j - 1
    while i_after < len(wanted.gaps) and j_after < len(found.gaps) and not (wanted.opens(i_after) and found.opens(j_after)):
        i_after, j_after = i_after + 1, j_after + 1
    return Difference((i, i_after), (j, j_after))


def _fits(wanted: int, found: int) -> bool:
    """Whether what was found before a letter may be what is wanted there."""
    if wanted == SPACE:
        return found in (SPACE, LOOSE)
    return found != SPACE


def _are_capitals(wanted: Wording[P], one: tuple[int, int], found: Wording[Q], other: tuple[int, int]) -> bool:
    """Whether the words found are those wanted, all in capitals; one letter may have become several."""
    (start, stop), (found_start, found_stop) = one, other
    large = [
        (NONE if count else wanted.gaps[i], c) for i in range(start, stop) for count, c in enumerate(wanted.letters[i].upper())
    ]
    seen = [(found.gaps[j], found.letters[j]) for j in range(found_start, found_stop)]
    return len(large) == len(seen) > 1 and all(
        c == d and (not n or _fits(a, b)) for n, ((a, c), (b, d)) in enumerate(zip(large, seen, strict=True))
    )
