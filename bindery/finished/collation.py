"""Collation: two printings of a book held side by side, and every word in which they differ.

Nothing but words is compared. What stands on another line or page is the same as long as it says the same, and so is a paragraph that has been
divided. Pieces find their fellows by what they say and by their order, never by their names: a name tells a line of the manuscript, and one new
line above moves them all.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import pairwise

from bindery.printing.page_map import Block, Leaf, PageMap, letters

# Scripts that do not part their words are compared character by character.
WORD = re.compile("[⺀-鿿豈-﫿]|[^\\s⺀-鿿豈-﫿]+")

# Sections that are not compared: a book's own errata, and the facts of one printing.
ERRATA = "errata"
_APART = frozenset({ERRATA, "colophon"})

# An entry of the index without its pages, which follow from where its words stand.
_LOCATORS = re.compile(r"(?:, (?:\d+|[ivxlcdm]+)(?:–(?:\d+|[ivxlcdm]+))?)+(?=\. |$)")

# How much two pieces must have in common to be one piece that was changed, or one that was moved elsewhere; of 1.
_FELLOWS, _MOVED = 0.35, 0.8

# Below this length in letters the letters tell more than the words; and what is shorter is not looked for elsewhere.
_SHORT, _FINDABLE = 60, 12

# Changes with no more equal words between them are one.
_BETWEEN = 2


@dataclass(frozen=True, eq=False)
class Piece:
    """What is compared as one: a block, the cells of a row, or the blocks of a note."""

    blocks: tuple[Block, ...]

    @cached_property
    def text(self) -> str:
        text = " ".join(block.text for block in self.blocks)
        return _LOCATORS.sub("", text) if self.is_index else text

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(WORD.findall(self.text))

    @cached_property
    def bags(self) -> tuple[Counter[Hashable], Counter[Hashable]]:
        """The words, and the pairs of neighbours."""
        words = [word.casefold() for word in self.words]
        return Counter(words), Counter(pairwise(words))

    @cached_property
    def size(self) -> int:
        return len(letters(self.text))

    @property
    def kind(self) -> str:
        """What a reader calls it: ``row``, ``note``, or what the block is called."""
        first = self.blocks[0]
        return "note" if first.notes else "row" if first.kind in ("cell", "head") else first.kind

    @property
    def is_index(self) -> bool:
        return self.blocks[0].name.startswith("index-") and not self.blocks[0].at.startswith("manuscript/")


@dataclass(frozen=True)
class Reworded:
    """A block whose words ``was`` (first, and the one after the last) now say ``now``. One of the two may be empty."""

    old: Block
    new: Block
    was: tuple[int, int]
    now: tuple[int, int]


@dataclass(frozen=True)
class Replaced:
    """A piece of which nothing but its place is left."""

    old: Piece
    new: Piece


@dataclass(frozen=True)
class Gap:
    """A place of the old printing between two pieces, for what is put there: ``after`` is what then stands before it, old or new, without the
    notes; ``above`` the last old piece up to there, and ``below`` the first old one from there on."""

    after: Piece | None
    above: Piece | None
    below: Piece | None


@dataclass(frozen=True)
class Added:
    """A new piece, and where in the old printing it belongs."""

    new: Piece
    gap: Gap


@dataclass(frozen=True)
class Removed:
    """An old piece that is gone; ``after`` and ``before`` are what its place is between in the new printing."""

    old: Piece
    after: Piece | None
    before: Piece | None


@dataclass(frozen=True)
class Moved:
    """Pieces that follow each other in both printings, in another place."""

    old: tuple[Piece, ...]
    new: tuple[Piece, ...]
    gap: Gap


Change = Reworded | Replaced | Added | Removed | Moved

# A printed line: its page, its number on the page, and whether it is one of the notes.
Stand = tuple[int, int, bool]


@dataclass(frozen=True)
class Collation:
    """Two printings and every change from the one to the other."""

    old: PageMap
    new: PageMap
    changes: tuple[Change, ...]

    @cached_property
    def changed_lines(self) -> frozenset[Stand]:
        """Where in the new printing words have changed; what is gone has changed the line before it."""
        return frozenset(stand for change in self.changes for stand in _stands(change))

    @cached_property
    def set_anew(self) -> tuple[Leaf, ...]:
        """The pages of the new printing whose words are the same, but do not stand as they did on the page of that folio."""
        changed = {page for page, _, _ in self.changed_lines}
        before = {self.old.label(page): lines for page, lines in _printed(self.old).items()}
        now = _printed(self.new)
        return tuple(
            leaf
            for leaf in self.new.pages
            if leaf.number not in changed and leaf.number in now and now[leaf.number] != before.get(leaf.label)
        )


def collate(old: PageMap, new: PageMap) -> Collation:
    """Hold two printings side by side."""
    return Collation(old, new, tuple(_Table(pieces_of(old), pieces_of(new)).changes()))


def pieces_of(pages: PageMap) -> tuple[Piece, ...]:
    """The pieces of a printing in the order of the document, without its own errata and colophon, and without what prints no word."""
    found: dict[Hashable, list[Block]] = {}
    for block in pages.blocks:
        section = re.split("[:/]", block.name, maxsplit=1)[0]
        if not block.text or not block.lines or section in _APART or block.name == f"toc-{ERRATA}":
            continue
        key: Hashable = block.name
        if block.notes and block.note:
            key = section, block.note
        elif block.kind in ("cell", "head"):
            key = section, block.kind, block.at
        found.setdefault(key, []).append(block)
    return tuple(Piece(tuple(blocks)) for blocks in found.values())


def words_of(block: Block) -> list[tuple[int, int]]:
    """Where in a block's text each word starts and ends."""
    return [match.span() for match in WORD.finditer(block.text)]


def stands_of(block: Block) -> list[Stand]:
    """The line on which each word of a block starts."""
    found: list[Stand] = []
    offset, offsets, lines = 0, [line.offset for line in block.lines], _lines(block)
    for start, end in words_of(block):
        found.append(lines[max(bisect_right(offsets, offset) - 1, 0)])
        offset += len(letters(block.text[start:end]))
    return found


def _stands(change: Change) -> Iterator[Stand]:
    """The lines of the new printing that a change concerns."""
    if isinstance(change, Reworded):
        first, end = change.now
        if first == end:
            first, end = max(first - 1, 0), max(first, 1)
        begin, finish = (stands_of(change.new)[word] for word in (first, end - 1))
        yield from (stand for stand in _lines(change.new) if begin <= stand <= finish)
    elif isinstance(change, Removed):
        for piece, place in ((change.after, -1), (change.before, 0)):
            if piece:
                yield _lines(piece.blocks[place])[place]
                return
    else:
        for piece in change.new if isinstance(change, Moved) else (change.new,):
            for block in piece.blocks:
                yield from _lines(block)


def _lines(block: Block) -> list[Stand]:
    return [(line.page, line.line, block.notes) for line in block.lines]


def _printed(pages: PageMap) -> dict[int, list[tuple[bool, int, str]]]:
    """The lines of every page with letters on it, in their order; without the press's own errata."""
    found: dict[int, list[tuple[bool, int, str]]] = {}
    for piece in pieces_of(pages):
        for block in piece.blocks:
            text = letters(block.text)
            ends = [line.offset for line in block.lines[1:]] + [len(text)]
            for line, end in zip(block.lines, ends, strict=True):
                found.setdefault(line.page, []).append((block.notes, line.line, text[line.offset : end]))
    return {page: sorted(lines) for page, lines in found.items()}


class _Table:
    """The table on which the two printings lie."""

    def __init__(self, old: Sequence[Piece], new: Sequence[Piece]) -> None:
        self.old, self.new = old, new
        self.pairs: dict[int, int] = {}  # new to old, in order
        self.silent: set[tuple[bool, int]] = set()  # (is it new, index): the same words in other paragraphs
        self.moved: dict[int, int] = {}  # new to old, out of order

    def changes(self) -> Iterator[Change]:
        self._align()
        self._find_moved()
        self._pair_the_rest()
        yield from self._told()

    # --- who belongs to whom

    def _align(self) -> None:
        """Pairs of equal pieces first; between them pairs of those that are alike."""
        matcher = SequenceMatcher(None, [_key(one) for one in self.old], [_key(one) for one in self.new], autojunk=False)
        for tag, i, i_end, j, j_end in matcher.get_opcodes():
            if tag == "equal":
                self.pairs.update(zip(range(j, j_end), range(i, i_end), strict=True))
            elif tag == "replace" and _joined(self.old[i:i_end]) == _joined(self.new[j:j_end]):
                self.silent.update((False, index) for index in range(i, i_end))
                self.silent.update((True, index) for index in range(j, j_end))
            elif tag == "replace":
                self.pairs.update((j + b, i + a) for a, b in _alike(self.old[i:i_end], self.new[j:j_end]))
        self.pairs = dict(sorted(self.pairs.items()))

    def _find_moved(self) -> None:
        """Look for the pieces without a fellow elsewhere in the other printing; then for what has moved along with those found."""
        gone = {index: self.old[index] for index in self._lone_old()}
        come = {index: self.new[index] for index in self._lone_new()}
        for j, piece in come.items():
            if piece.size < _FINDABLE:
                continue
            best = max(gone, key=lambda i: (_likeness(gone[i], piece), -i), default=None)
            if best is not None and (gone[best].text == piece.text or _likeness(gone[best], piece) >= _MOVED):
                self.moved[j] = best
                del gone[best]
        for j, i in list(self.moved.items()):
            for step in (1, -1):
                a, b = i + step, j + step
                while a in gone and b in come and b not in self.moved and gone[a].text == come[b].text:
                    self.moved[b] = a
                    del gone[a]
                    a, b = a + step, b + step

    def _pair_the_rest(self) -> None:
        """What is left over at one place in both printings, as many pieces of the same kinds here as there, has been written anew."""
        lone_old, lone_new = self._lone_old(), self._lone_new()
        for i, i_end, j, j_end in list(self._gaps()):
            gone = [index for index in lone_old if i <= index < i_end]
            come = [index for index in lone_new if j <= index < j_end]
            if [self.old[index].kind for index in gone] == [self.new[index].kind for index in come]:
                self.pairs.update(zip(come, gone, strict=True))
        self.pairs = dict(sorted(self.pairs.items()))

    def _gaps(self) -> Iterator[tuple[int, int, int, int]]:
        """What lies between two neighbouring pairs: from where to where in the old printing, and in the new one."""
        i, j = 0, 0
        for j_end, i_end in [*self.pairs.items(), (len(self.new), len(self.old))]:
            yield i, i_end, j, j_end
            i, j = i_end + 1, j_end + 1

    def _lone_old(self) -> list[int]:
        taken = {*self.pairs.values(), *self.moved.values(), *(index for new, index in self.silent if not new)}
        return [index for index in range(len(self.old)) if index not in taken]

    def _lone_new(self) -> list[int]:
        taken = {*self.pairs, *self.moved, *(index for new, index in self.silent if new)}
        return [index for index in range(len(self.new)) if index not in taken]

    # --- what there is to tell

    def _told(self) -> Iterator[Change]:
        gone, come = set(self._lone_old()), set(self._lone_new())
        for i, i_end, j, j_end in self._gaps():
            for index in range(i, i_end):
                if index in gone:
                    yield self._removed(self.old[index], j, j_end)
            for index in range(j, j_end):
                if index in come:
                    yield Added(self.new[index], self._gap(index, i_end))
                elif index in self.moved and self.moved.get(index - 1) != self.moved[index] - 1:
                    yield self._run(index, i_end)
            if i_end < len(self.old) and j_end < len(self.new):
                yield from _reworded(self.old[i_end], self.new[j_end])
        for j, i in sorted(self.moved.items()):
            yield from _reworded(self.old[i], self.new[j])

    def _removed(self, piece: Piece, start: int, end: int) -> Removed:
        """A piece that is gone, and what is now on both sides of it: for a text the next texts."""
        sides = (reversed(self.new[:start]), iter(self.new[end:]))
        after, before = (next((one for one in side if piece.kind == "note" or one.kind != "note"), None) for side in sides)
        return Removed(piece, after, before)

    def _run(self, start: int, below: int) -> Moved:
        """Pieces that have moved together."""
        end = start + 1
        while end in self.moved and self.moved[end] == self.moved[end - 1] + 1:
            end += 1
        old = tuple(self.old[self.moved[index]] for index in range(start, end))
        return Moved(old, tuple(self.new[start:end]), self._gap(start, below))

    def _gap(self, index: int, below: int) -> Gap:
        """Where a new piece belongs in the old printing."""
        texts = [before for before in range(index - 1, -1, -1) if self.new[before].kind != "note"]
        fellows = [(before, self.pairs.get(before, self.moved.get(before))) for before in texts]
        after = next((self.new[before] if fellow is None else self.old[fellow] for before, fellow in fellows), None)
        above = next((self.old[fellow] for _, fellow in fellows if fellow is not None), None)
        return Gap(after, above, next((one for one in self.old[below:] if one.kind != "note"), None))


def _key(piece: Piece) -> tuple[bool, str]:
    return piece.kind == "note", piece.text


def _joined(pieces: Iterable[Piece]) -> str:
    return " ".join(piece.text for piece in pieces)


def _likeness(one: Piece, other: Piece) -> float:
    """How much two pieces have in common, from 0 to 1: by their words and neighbouring words; if they are short by their letters."""
    if (one.kind in ("row", "note") or other.kind in ("row", "note")) and one.kind != other.kind:
        return 0.0
    by_words = sum(_shared(a, b) for a, b in zip(one.bags, other.bags, strict=True)) / 2
    if max(one.size, other.size) >= _SHORT:
        return by_words
    by_letters = SequenceMatcher(None, one.text, other.text, autojunk=False).ratio()
    return max(by_words, by_letters if by_letters > 0.6 else 0.0)


def _shared(one: Mapping[Hashable, int], other: Mapping[Hashable, int]) -> float:
    total = sum(one.values()) + sum(other.values())
    return 2 * sum(min(count, other.get(key, 0)) for key, count in one.items()) / total if total else 0.0


def _alike(old: Sequence[Piece], new: Sequence[Piece]) -> list[tuple[int, int]]:
    """The pairs, in order, that have the most in common: Needleman and Wunsch's alignment."""
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    likeness = [[_likeness(one, other) for other in new] for one in old]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            both = best[i + 1][j + 1] + likeness[i][j] if likeness[i][j] >= _FELLOWS else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], both)
    pairs, i, j = [], 0, 0
    while i < len(old) and j < len(new):
        if likeness[i][j] >= _FELLOWS and best[i][j] == best[i + 1][j + 1] + likeness[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _reworded(old: Piece, new: Piece) -> Iterator[Change]:
    """How the words of a piece have changed."""
    if old.text == new.text:
        return
    if old.is_index or len(old.blocks) != len(new.blocks):
        yield Replaced(old, new)
        return
    for a, b in zip(old.blocks, new.blocks, strict=True):
        if a.text != b.text:
            yield from (Reworded(a, b, was, now) for was, now in differences(WORD.findall(a.text), WORD.findall(b.text)))


def differences(old: Sequence[str], new: Sequence[str]) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where two runs of words differ, as pairs of ranges; the whole of both when little is the same."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < _FELLOWS:
        return [((0, len(old)), (0, len(new)))]
    found: list[_Span] = []
    for tag, *span in matcher.get_opcodes():
        if tag == "equal":
            continue
        i, i_end, j, j_end = _slid(span, old, new, found[-1] if found else (0, 0, 0, 0))
        if found and i - found[-1][1] <= _BETWEEN:
            i, j = found[-1][0], found.pop()[2]
        found.append((i, i_end, j, j_end))
    return [((i, i_end), (j, j_end)) for i, i_end, j, j_end in found]


_Span = tuple[int, int, int, int]


def _slid(span: Sequence[int], old: Sequence[str], new: Sequence[str], last: _Span) -> _Span:
    """An insertion or deletion moved back to the end of a sentence, if it says the same there: "The dog. |The cat. |The end" beats
    "The dog. The |cat. The |end"."""
    i, i_end, j, j_end = span
    words, start, end = (new, j, j_end) if i == i_end else (old, i, i_end)
    back = 0
    while (
        (i == i_end) != (j == j_end) and min(i - last[1], j - last[3]) > back and words[start - back - 1] == words[end - back - 1]
    ):
        back += 1
        if start == back or words[start - back - 1][-1] in ".?!”’":
            return i - back, i_end - back, j - back, j_end - back
    return i, i_end, j, j_end
