"""A chapter as passages: every piece of prose that is read by itself, with its words, its place, and the sources that it cites.

What proofreads words, numbers and quotations looks at these and not at the nodes: a passage is a plain string. Quotation marks are made one
kind whatever the language, so that they are told from apostrophes: “ ” for double ones, ‘ ’ for single ones, ' for an apostrophe.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property

from bindery.foundry.typography import quote_marks
from bindery.manuscript.dialect import escape, unescape
from bindery.nodes import (
    Aside,
    BlockQuote,
    Cell,
    Cite,
    Code,
    CodeBlock,
    Definition,
    Figure,
    Group,
    Heading,
    Image,
    IndexMark,
    LineBreak,
    Link,
    Math,
    Node,
    Note,
    Only,
    Quote,
    Reference,
    Span,
    Table,
    Term,
    Text,
    Variable,
    VerseLine,
    find,
)
from bindery.problem import At

STAND_IN = "\ufffc"
EITHER = "‟"  # a double mark that opens and closes alike, as in Swedish
INLINE = (Text, Span, Code, LineBreak, Link, Image, Math, Note, Cite, Reference, IndexMark, Term, Variable)
ROLES = {Heading: "heading", Definition: "heading", Table: "caption", Figure: "caption", Cell: "cell"}


@dataclass(frozen=True)
class Passage:
    """A run of prose. ``role`` is one of text, heading, caption, cell, source, label (the words of an attribute), index.

    ``home`` are the places by which marks are looked up: a table's for all its cells. ``cites`` are the keys cited in the passage and its notes;
    of a note that cites nothing, those of the passage that calls it. ``quoted`` tells of a block quote, a callout or verse, ``sourced`` of a
    table with a source line.
    """

    role: str
    pieces: tuple[tuple[str, At], ...]
    home: tuple[At, ...] = ()
    cites: tuple[str, ...] = ()
    quoted: bool = False
    sourced: bool = False

    @cached_property
    def text(self) -> str:
        return "".join(text for text, _ in self.pieces)

    @cached_property
    def _starts(self) -> list[int]:
        starts, length = [], 0
        for text, _ in self.pieces:
            starts.append(length)
            length += len(text)
        return starts

    def at(self, position: int) -> At:
        """The line on which a character stands."""
        return self.pieces[max(bisect_right(self._starts, position) - 1, 0)][1]

    @cached_property
    def quotations(self) -> tuple[tuple[int, int], ...]:
        """Where the text between each outer pair of double quotation marks starts and ends; the last may be open."""
        found, start, depth = [], 0, 0
        for position, character in enumerate(self.text):
            if character == EITHER:
                character = "”" if depth else "“"
            if character == "“":
                start, depth = (position + 1, 1) if not depth else (start, depth + 1)
            elif character == "”" and depth:
                depth -= 1
                if not depth:
                    found.append((start, position))
        if depth:
            found.append((start, len(self.text)))
        return tuple(found)

    def is_quoted(self, position: int) -> bool:
        return self.quoted or any(start <= position < end for start, end in self.quotations)


def passages_of(blocks: Iterable[Node], language: str) -> tuple[Passage, ...]:
    """The passages of a chapter's blocks, in reading order; the paragraphs of a note after the passage that calls it."""
    return tuple(_Reader(language).blocks(blocks, Passage("text", ())))


def _even_marks(language: str) -> dict[int, str]:
    """What each quotation mark becomes: those that the press set from straight ones (they are escaped), and those that the author typed."""
    left, right, inner_left, inner_right = (mark.strip() for mark in quote_marks(language))
    marks = {"’": "'", escape(inner_left): "‘", escape(inner_right): "’", escape(left): "“", escape(right): "”"}
    if left == right:
        marks[escape(left)] = EITHER
    if left in "„«":
        marks |= {left: "“", right: "”"}
    return {ord(mark): even for mark, even in marks.items()}


class _Reader:
    def __init__(self, language: str) -> None:
        self.language = language
        self.marks = _even_marks(language)

    def blocks(self, nodes: Iterable[Node], around: Passage) -> Iterator[Passage]:
        for node in nodes:
            yield from self.block(node, around)

    def block(self, node: Node, around: Passage) -> Iterator[Passage]:
        """The passages of one block: every run of inlines in its fields, and the blocks inside it."""
        if isinstance(node, CodeBlock | Math):
            yield from self.label(node.title if isinstance(node, CodeBlock) else "", node, around)
            return
        if isinstance(node, Quote | BlockQuote | VerseLine):
            around = replace(around, quoted=True)
        if isinstance(node, Quote | Table):
            cited = tuple(item.key for cite in find(node, Cite) for item in cite.items)
            around = replace(around, cites=cited, home=(*around.home, node.at))
        if isinstance(node, Table):
            beside = tuple(inline.at for inline in node.caption[:1])
            around = replace(around, home=(*around.home, *beside), sourced=bool(node.source))
        for words in self._attributes(node):
            yield from self.label(words, node, around)
        for field in fields(node):
            value = getattr(node, field.name)
            run = (value,) if isinstance(value, Node) else value
            if (
                not isinstance(run, tuple)
                or not run
                or not isinstance(run[0], Node)
                or (isinstance(node, Quote) and field.name == "note")
            ):
                continue
            if any(isinstance(part, INLINE) for part in run):
                role = "source" if field.name == "source" else ROLES.get(type(node), "text")
                yield from self.run(run, replace(around, role=role, home=(*around.home, node.at)))
            else:
                yield from self.blocks(run, around)

    def _attributes(self, node: Node) -> tuple[str, ...]:
        if isinstance(node, Quote):
            return (node.by, node.source)
        if isinstance(node, Aside):
            return (node.title,)
        if isinstance(node, Heading):
            return (node.short,)
        return ()

    def label(self, words: str, node: Node, around: Passage) -> Iterator[Passage]:
        if words.strip():
            yield replace(around, role="label", pieces=((self._even(words), node.at),), home=(node.at,), quoted=False)

    def run(self, nodes: tuple[Node, ...], around: Passage) -> Iterator[Passage]:
        """The passage that a run of inlines is, then what hangs on it: notes, pictures' descriptions, headings of the index."""
        cited = tuple(item.key for cite in find(nodes, Cite) for item in cite.items) or around.cites
        pieces = tuple((self._even(text), at) for text, at in self.flat(nodes))
        home = tuple(dict.fromkeys((*around.home, *(at for _, at in pieces[:1]))))
        if any(text.strip() for text, _ in pieces):
            yield replace(around, pieces=pieces, cites=cited, home=home)
        for node in nodes:
            yield from self.hangers(node, replace(around, cites=cited))

    def hangers(self, node: Node, around: Passage) -> Iterator[Passage]:
        if isinstance(node, Note):
            for child in node.children:
                own = tuple(item.key for cite in find(node, Cite) for item in cite.items) or around.cites
                yield from self.block(child, replace(around, role="text", cites=own, home=(), quoted=False, sourced=False))
        elif isinstance(node, Image):
            yield from self.label("" if node.decorative else node.alt, node, around)
        elif isinstance(node, IndexMark) and node.entry:
            words = ", ".join((*node.entry, *filter(None, (node.see, node.see_also))))
            yield replace(around, role="index", pieces=((self._even(words), node.at),), quoted=False)
        if isinstance(node, Span | Link | IndexMark | Term | Group | Only):
            for child in node.children:
                yield from self.hangers(child, around)

    def flat(self, nodes: Iterable[Node]) -> Iterator[tuple[str, At]]:
        """The words of inlines, line by line, with a stand-in for what is none."""
        for node in nodes:
            if isinstance(node, Text):
                yield node.text, node.at
            elif isinstance(node, LineBreak):
                yield " ", node.at
            elif isinstance(node, Note | Cite | Image):
                continue
            elif isinstance(node, Code | Math | Reference | Variable) or self._is_foreign(node):
                yield STAND_IN, node.at
            else:
                for field in fields(node):
                    value = getattr(node, field.name)
                    if isinstance(value, tuple) and value and isinstance(value[0], Node):
                        yield from self.flat(value)

    def _is_foreign(self, node: Node) -> bool:
        """Whether the words of a node are those of a key on a keyboard, or of another language."""
        if isinstance(node, Span) and node.role == "key":
            return True
        return isinstance(node, Group | Span) and node.lang not in ("", self.language)

    def _even(self, text: str) -> str:
        """Text with its marks made one kind; the length stays the same."""
        return unescape(text.translate(self.marks))
