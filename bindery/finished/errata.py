"""Errata: what a reader of the old printing has to mend, told by its pages and lines in the words that errata have always had.

"P. 112, line 9: for … read …". What is quoted is as short as it can be and still be found on that line. The lists are set by the templates
``errata.md.j2``, whose product is itself a chapter that a book can list in its back matter, and ``errata.html.j2``, a page that needs nothing else.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup
from stdnum import isbn

from bindery.edition.templates import Templates
from bindery.finished.collation import (
    Added,
    Change,
    Collation,
    Gap,
    Moved,
    Piece,
    Removed,
    Replaced,
    Reworded,
    Stand,
    pieces_of,
    stands_of,
    words_of,
)
from bindery.foundry.typography import quoted
from bindery.manuscript.book import HOUSE, Book
from bindery.printing.folios import Folio
from bindery.printing.page_map import Block, Leaf, PageMap

# Of a longer text that the reader has before him, its first words and its last are quoted, this many of each.
_WHOLE, _ENDS = 12, 5

# What Markdown would take for markup, and the press for a note, a citation, an address or an attribute.
_MARKUP = re.compile(r"""[\\`*_\[\]<>$~^@#&{}!"']|(?<=-)-|(?<=\.)\.|:(?=\S)|(?<=www)\.""")


@dataclass(frozen=True)
class Erratum:
    """A mistake of the old printing: where it stands, and what is to be done."""

    place: str
    said: str


def errata_of(collation: Collation, book: Book) -> tuple[Erratum, ...]:
    """The errata of the old printing, page by page, the notes of a page after its text; in the book's language."""
    corrector = _Corrector(collation.old, book)
    found = [corrector.told(change) for change in collation.changes]
    return tuple(erratum for _, erratum in sorted(found, key=lambda pair: pair[0]))


def ranges(pages: PageMap, leaves: Sequence[Leaf]) -> str:
    """Pages by their folios, those that follow each other as one range: "viii, 3–17, 20"; a blank page breaks no range."""
    wanted = {leaf.number for leaf in leaves}
    runs: list[list[Leaf]] = []
    for leaf in pages.pages:
        last = pages.pages[leaf.number - 2]
        joined = bool(runs) and (runs[-1][-1] is last) and Folio.read(leaf.label).follows(Folio.read(last.label))
        if leaf.number in wanted and not joined:
            runs.append([leaf])
        elif joined and (leaf.number in wanted or leaf.blank):
            runs[-1].append(leaf)
    for run in runs:
        while run[-1].number not in wanted:
            run.pop()
    return ", ".join(run[0].label + (f"–{run[-1].label}" if len(run) > 1 else "") for run in runs)


def as_chapter(collation: Collation, book: Book) -> bytes:
    """The errata as Markdown: a chapter of the press."""
    return _set("errata.md.j2", collation, book)


def as_page(collation: Collation, book: Book) -> bytes:
    """The errata as an HTML page that needs no other file."""
    return _set("errata.html.j2", collation, book)


def _set(template: str, collation: Collation, book: Book) -> bytes:
    values = {
        "book": book.card,
        "words": dict(book.words),
        "language": book.card.language,
        "old": _described(collation.old, book),
        "errata": errata_of(collation, book),
        "set_anew": ranges(collation.new, collation.set_anew),
        "style": _style(book),
    }
    templates = Templates(book.root)
    templates.environment.filters["markdown"] = markdown
    return templates.render(template, **values).encode()


def markdown(text: str) -> Markup:
    """Text as Markdown that says just this."""
    return Markup(_MARKUP.sub(lambda match: "\\" + match[0], text))


def _described(pages: PageMap, book: Book) -> str:
    """A printing, as its readers know it: by its ISBN, or in words."""
    scheme, _, number = pages.identifier.rpartition(":")
    return f"{book.words['isbn']} {isbn.format(number)}" if scheme == "urn:isbn" else pages.identifier


def _style(book: Book) -> str:
    """The page's stylesheet, the book's own or the house's, as an address that holds it."""
    name = "styles/errata.css"
    path = book.root / name if (book.root / name).is_file() else HOUSE / name
    return "data:text/css;base64," + base64.b64encode(path.read_bytes()).decode()


class _Corrector:
    """Puts changes into words, for readers of the old printing."""

    def __init__(self, old: PageMap, book: Book) -> None:
        self.old = old
        self.words: Mapping[str, str] = book.words
        self.language = book.card.language
        self.pieces = pieces_of(old)
        self.on_line: dict[Stand, list[Block]] = {}
        for block in (block for piece in self.pieces for block in piece.blocks):
            for line in block.lines:
                self.on_line.setdefault((line.page, line.line, block.notes), []).append(block)
        self.notes = {block.name: piece for piece in self.pieces if piece.kind == "note" for block in piece.blocks}
        self.rows = dict(self._rows())

    # --- places

    def _rows(self) -> list[tuple[str, str]]:
        """What a row of a numbered table is called, by the name of each of its cells: "Table 4, row 2", and of the heads "Table 4"."""
        found: list[tuple[str, str]] = []
        table, count = "", 0
        label = re.compile(rf"{re.escape(self.words['table'])} \d+(?= )")
        for piece in self.pieces:
            first = piece.blocks[0]
            if piece.kind == "row":
                count += first.kind == "cell"
                called = self.say("errata-row", table=table, row=count) if first.kind == "cell" else table
                found += [(cell.name, called) for cell in piece.blocks] if table else []
            elif piece.kind == "caption":
                table, count = (match[0] if (match := label.match(first.text)) else ""), 0
            elif piece.kind != "note":
                table = ""
        return found

    def say(self, word: str, **values: object) -> str:
        return self.words[word].format(**values)

    def quote(self, text: str) -> str:
        return quoted(text, self.language)

    def place(self, block: Block, word: int = 0) -> str:
        """Where a word stands: "p. 12, line 9"."""
        page, line, notes = stands_of(block)[word]
        label = self.old.label(page)
        if notes and block.note:
            lines = sorted({(one.page, one.line) for other in self.notes[block.name].blocks for one in other.lines})
            return self.say("errata-note-place", page=label, note=block.note, line=lines.index((page, line)) + 1)
        place = self.say("errata-notes-place" if notes else "errata-place", page=label, line=line)
        return f"{place} ({row})" if (row := self.rows.get(block.name)) else place

    # --- changes

    def told(self, change: Change) -> tuple[tuple[int, bool, int, int], Erratum]:
        """An erratum, and by what it is sorted: its page, its line, and its place on the line."""
        if isinstance(change, Reworded):
            block, word, said = self._reworded(change)
        elif isinstance(change, Replaced):
            block, word = change.old.blocks[0], 0
            said = self.say("errata-for", old=self.quote(_shown(change.old.text)), new=self.quote(change.new.text))
        elif isinstance(change, Removed):
            block, word = change.old.blocks[0], 0
            said = self.say("errata-delete", old=self._what(change.old))
        elif isinstance(change, Moved):
            block, word = change.old[0].blocks[0], 0
            _, _, where, place = self._where(change.gap)
            said = self.say("errata-move", what=self._whole(change.old), where=where, place=place)
        else:
            block, word, said = self._added(change)
        page, line, notes = stands_of(block)[word]
        return (page, notes, line, word), Erratum(self.place(block, word), said)

    def _reworded(self, change: Reworded) -> tuple[Block, int, str]:
        (start, end), (first, last) = change.was, change.now
        new = _slice(change.new, first, last)
        if start == end:
            at = max(start - 1, 0)
            lo, hi = self._found_by(change.old, at, at + 1, before=start > 0, behind=start == 0)
            where = self.say("errata-after" if start else "errata-before", old=self.quote(_slice(change.old, lo, hi)))
            return change.old, at, self.say("errata-insert", where=where, new=self.quote(new))
        lo, hi = self._found_by(change.old, start, end)
        old = _slice(change.old, lo, hi)
        if (first, lo, hi) == (last, start, end):
            return change.old, start, self.say("errata-delete", old=self.quote(_shown(old)))
        old, new = _trimmed(old, _slice(change.new, first - (start - lo), last + (hi - end)))
        return change.old, start, self.say("errata-for", old=self.quote(_shown(old)), new=self.quote(new))

    def _added(self, change: Added) -> tuple[Block, int, str]:
        block, word, where, _ = self._where(change.gap)
        if change.new.kind == "note" and change.gap.after:
            passage = self.quote(_opening(change.gap.after.text))
            return block, word, self.say("errata-add-note", old=passage, what=self._what(change.new, whole=True))
        return block, word, self.say("errata-add", where=where, what=self._what(change.new, whole=True))

    def _where(self, gap: Gap) -> tuple[Block, int, str, str]:
        """A place between two pieces: a word of the old printing beside it, what it is called, and where it stands."""
        piece = gap.above or gap.below
        if piece is None:
            raise ValueError("nothing can be put into a printing without words")
        block, word = piece.blocks[-1 if gap.above else 0], 0
        if gap.above:
            word = len(words_of(block)) - 1
        quote = self.quote(_closing(gap.after.text) if gap.after else _opening(piece.text))
        return block, word, self.say("errata-after" if gap.after else "errata-before", old=quote), self.place(block, word)

    def _what(self, piece: Piece, *, whole: bool = False) -> str:
        """A piece with what it is called: "the paragraph “…”"."""
        called = self.words.get(f"the-{piece.kind}", self.words["the-entry"])
        return f"{called} {self.quote(piece.text if whole else _shown(piece.text))}"

    def _whole(self, pieces: Sequence[Piece]) -> str:
        if len(pieces) == 1:
            return self._what(pieces[0])
        first, last = self.quote(_opening(pieces[0].text)), self.quote(_closing(pieces[-1].text))
        return self.say("errata-run", first=first, last=last)

    def _found_by(self, block: Block, start: int, end: int, *, before: bool = True, behind: bool = True) -> tuple[int, int]:
        """The shortest run of words around some that is found only once on the line on which they start.

        It is made longer to both sides, or only by the words ``before`` or ``behind``; rather by those of the line itself.
        """
        stands = stands_of(block)
        count = len(stands)
        for more in range(count):
            runs = [
                (start - left, end + more - left)
                for left in range(more, -1, -1)
                if (before or not left) and (behind or left == more)
            ]
            runs = [(lo, hi) for lo, hi in runs if lo >= 0 and hi <= count]
            for lo, hi in sorted(runs, key=lambda run: stands[run[0]] != stands[start]):
                if self._times(block, lo, hi, start) < 2:
                    return lo, hi
        return (0 if before else start), (count if behind else end)

    def _times(self, block: Block, lo: int, hi: int, word: int) -> int:
        """How often a run of words is found on the line on which one of them stands."""
        stand, wanted, before = stands_of(block)[word], _bare_words(block)[lo:hi], word - lo
        return sum(
            here == stand and index >= before and words[index - before :][: hi - lo] == wanted
            for words, stands in ((_bare_words(one), stands_of(one)) for one in self.on_line[stand])
            for index, here in enumerate(stands)
        )


def _slice(block: Block, first: int, end: int) -> str:
    """The text from one word up to another."""
    if first >= end:
        return ""
    spans = words_of(block)
    return block.text[spans[first][0] : spans[end - 1][1]]


def _trimmed(old: str, new: str) -> tuple[str, str]:
    """Two texts without the marks that both begin or end with, as long as words are left of both."""
    while old[:1] == new[:1] and not old[:1].isalnum() and _has_words(old[1:]) and _has_words(new[1:]):
        old, new = old[1:], new[1:]
    while old[-1:] == new[-1:] and not old[-1:].isalnum() and _has_words(old[:-1]) and _has_words(new[:-1]):
        old, new = old[:-1], new[:-1]
    return old, new


def _has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _bare_words(block: Block) -> list[str]:
    """The words of a block without the marks around them, as they are looked for on a line."""
    words = [block.text[start:end] for start, end in words_of(block)]
    return [re.sub(r"^\W+|\W+$", "", word) or word for word in words]


def _shown(text: str) -> str:
    """A text by its first words and its last, if it is long."""
    return text if len(text.split()) <= _WHOLE else f"{_opening(text)} {_closing(text).removeprefix('… ')}"


def _opening(text: str) -> str:
    words = text.split()
    return text if len(words) <= _ENDS else " ".join(words[:_ENDS]) + " …"


def _closing(text: str) -> str:
    words = text.split()
    return text if len(words) <= _ENDS else "… " + " ".join(words[-_ENDS:])
