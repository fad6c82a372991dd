"""The canonical document: what a chapter says, free of the source's spelling and of any output's markup.

Print and EPUB are two renderings of the same nodes. Every node knows the line of the manuscript it comes from. Nodes are frozen;
a stage that changes something returns new ones (:func:`rewrite`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeVar

from bindery.manuscript.quantities import Manner
from bindery.problem import At

Align = Literal["left", "right", "center", ""]


@dataclass(frozen=True, kw_only=True)
class Node:
    """Anything in a chapter. ``kind`` names its template."""

    at: At = At()
    kind: ClassVar[str] = ""


# --- in a line -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Text(Node):
    """A run of characters from one line of the source."""

    kind: ClassVar[str] = "text"
    text: str


@dataclass(frozen=True)
class Span(Node):
    """Inline text with a meaning: ``role`` is one of emphasis, strong, strike, sub, sup, smallcaps, underline, key, plain;
    the press itself adds kept and last-word (:mod:`bindery.edition.endings`)."""

    kind: ClassVar[str] = "span"
    role: str
    children: tuple[Node, ...]
    lang: str = ""


@dataclass(frozen=True)
class Code(Node):
    kind: ClassVar[str] = "code"
    text: str


@dataclass(frozen=True)
class LineBreak(Node):
    kind: ClassVar[str] = "line_break"


@dataclass(frozen=True)
class Link(Node):
    """A link. ``target`` is as written until the book is assembled; then a URL, or ``#`` and an id of the book."""

    kind: ClassVar[str] = "link"
    target: str
    children: tuple[Node, ...]
    wiki: bool = False


@dataclass(frozen=True)
class Image(Node):
    """A picture. ``src`` is as written until the book is assembled; then the staged name, ``images/<name>``. ``details`` is the id of what tells
    more of it than ``alt``."""

    kind: ClassVar[str] = "image"
    src: str
    alt: str
    width: str = ""
    decorative: bool = False
    id: str = ""
    caption: tuple[Node, ...] = ()
    details: str = ""


@dataclass(frozen=True)
class Datum:
    """A row of a chart. ``x`` is its place along the chart, in numbers or days; of its values each has the words of its cell, and no number
    where that is empty. ``strong``: it is what the author wants seen."""

    label: str
    x: float
    values: tuple[float | None, ...]
    words: tuple[str, ...]
    strong: bool = False


@dataclass(frozen=True)
class Chart(Image):
    """A picture that is still to be drawn, from the numbers of a CSV file; an :class:`Image` once the book is assembled.

    ``form`` is the kind of chart, ``heads`` are those of its columns of values, ``x_head`` that of the column of places. ``scale`` is linear
    or log, ``x_scale`` also dates; ``ends`` are those of the scale of values where the author has set them. ``emphasis`` names the labels and
    heads that the author wants seen.
    """

    form: str = ""
    data: tuple[Datum, ...] = ()
    heads: tuple[str, ...] = ()
    x_head: str = ""
    scale: str = "linear"
    x_scale: str = ""
    ends: tuple[float, float] | None = None
    manner: Manner = Manner()
    x_manner: Manner = Manner()
    emphasis: tuple[str, ...] = ()


@dataclass(frozen=True)
class Math(Node):
    """A formula: TeX as written; MathML from pandoc and an SVG drawing from that MathML, both well-formed XML."""

    kind: ClassVar[str] = "math"
    tex: str
    display: bool = False
    mathml: str = ""
    svg: str = ""


@dataclass(frozen=True)
class Note(Node):
    """A footnote at the place of its call. Its number counts from 1 in every chapter."""

    kind: ClassVar[str] = "note"
    children: tuple[Node, ...]
    number: int = 0
    id: str = ""


@dataclass(frozen=True)
class CiteItem(Node):
    """One source in a citation: ``see @key, p. 3`` has the prefix ``see`` and the suffix ``, p. 3``."""

    key: str
    prefix: tuple[Node, ...] = ()
    suffix: tuple[Node, ...] = ()
    without_author: bool = False


@dataclass(frozen=True)
class Cite(Node):
    """A citation as written; gone once the citation style has been applied. ``in_text`` is a bare ``@key``."""

    kind: ClassVar[str] = "cite"
    items: tuple[CiteItem, ...]
    in_text: bool = False


@dataclass(frozen=True)
class Reference(Node):
    """A numbered cross-reference (``@tbl-sizes``). ``label`` is set when the book is assembled: "Table 4"."""

    kind: ClassVar[str] = "reference"
    target: str
    label: str = ""


@dataclass(frozen=True)
class IndexMark(Node):
    """A place that the index names. ``entry`` has one or two parts: main entry, sub-entry."""

    kind: ClassVar[str] = "index_mark"
    entry: tuple[str, ...]
    children: tuple[Node, ...] = ()
    see: str = ""
    see_also: str = ""
    id: str = ""


@dataclass(frozen=True)
class Term(Node):
    """A word that the glossary explains under ``key``."""

    kind: ClassVar[str] = "term"
    key: str
    children: tuple[Node, ...]
    target: str = ""


@dataclass(frozen=True)
class Variable(Node):
    """A value from ``book.toml``, not yet put in."""

    kind: ClassVar[str] = "variable"
    name: str


# --- blocks ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Paragraph(Node):
    kind: ClassVar[str] = "paragraph"
    children: tuple[Node, ...]


@dataclass(frozen=True)
class Heading(Node):
    """``level`` 1 is the chapter's title. ``short`` is the form for running heads and bookmarks."""

    kind: ClassVar[str] = "heading"
    level: int
    children: tuple[Node, ...]
    id: str = ""
    short: str = ""
    number: str = ""


@dataclass(frozen=True)
class BlockQuote(Node):
    kind: ClassVar[str] = "block_quote"
    children: tuple[Node, ...]


@dataclass(frozen=True)
class Quote(Node):
    """A quote callout. ``date`` is as written (ISO 8601, perhaps shortened); ``note`` holds the citation, if any."""

    kind: ClassVar[str] = "quote"
    children: tuple[Node, ...]
    by: str
    source: str = ""
    date: str = ""
    note: tuple[Node, ...] = ()
    id: str = ""


@dataclass(frozen=True)
class Aside(Node):
    kind: ClassVar[str] = "aside"
    children: tuple[Node, ...]
    title: str = ""
    id: str = ""


@dataclass(frozen=True)
class Column:
    """``unit`` is printed under the column's head."""

    align: Align = ""
    unit: str = ""


@dataclass(frozen=True)
class Cell(Node):
    kind: ClassVar[str] = "cell"
    children: tuple[Node, ...]


@dataclass(frozen=True)
class Row(Node):
    kind: ClassVar[str] = "row"
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table(Node):
    """``row_heads`` leading columns are heads of their rows. ``number`` is 0 for a table without a caption, ``csv`` the file that it comes from."""

    kind: ClassVar[str] = "table"
    columns: tuple[Column, ...]
    caption: tuple[Node, ...] = ()
    head: tuple[Row, ...] = ()
    body: tuple[Row, ...] = ()
    source: tuple[Node, ...] = ()
    row_heads: int = 0
    id: str = ""
    number: int = 0
    csv: str = ""


@dataclass(frozen=True)
class Figure(Node):
    """``numbers`` is the table of what a chart draws, for those who cannot see it; ``numbers_in`` in its place the table of the book that
    gives them already."""

    kind: ClassVar[str] = "figure"
    image: Image
    caption: tuple[Node, ...] = ()
    source: tuple[Node, ...] = ()
    id: str = ""
    number: int = 0
    numbers: Table | None = None
    numbers_in: Reference | None = None


@dataclass(frozen=True)
class Item(Node):
    kind: ClassVar[str] = "item"
    children: tuple[Node, ...]


@dataclass(frozen=True)
class List(Node):
    """``style`` is "" for bullets, else the number style: decimal, lower-alpha, upper-alpha, lower-roman, upper-roman."""

    kind: ClassVar[str] = "list"
    items: tuple[Item, ...]
    style: str = ""
    start: int = 1


@dataclass(frozen=True)
class Definition(Node):
    """A term and what it means; ``id`` is set in a glossary."""

    kind: ClassVar[str] = "definition"
    term: tuple[Node, ...]
    meanings: tuple[Item, ...]
    id: str = ""


@dataclass(frozen=True)
class DefinitionList(Node):
    kind: ClassVar[str] = "definition_list"
    children: tuple[Definition, ...]


@dataclass(frozen=True)
class VerseLine(Node):
    """``indent`` counts the spaces by which the line is set in."""

    kind: ClassVar[str] = "verse_line"
    children: tuple[Node, ...]
    indent: int = 0


@dataclass(frozen=True)
class Verse(Node):
    kind: ClassVar[str] = "verse"
    lines: tuple[VerseLine, ...]


@dataclass(frozen=True)
class CodeBlock(Node):
    kind: ClassVar[str] = "code_block"
    text: str
    language: str = ""
    title: str = ""


@dataclass(frozen=True)
class SceneBreak(Node):
    kind: ClassVar[str] = "scene_break"


@dataclass(frozen=True)
class Only(Node):
    """Content for one edition, block or inline; gone once an edition is chosen. ``edition`` is an edition's name or a format."""

    kind: ClassVar[str] = "only"
    edition: str
    children: tuple[Node, ...]


@dataclass(frozen=True)
class Group(Node):
    """Blocks or inlines that only carry a language or an anchor."""

    kind: ClassVar[str] = "group"
    children: tuple[Node, ...]
    lang: str = ""
    id: str = ""


# --- walking ---------------------------------------------------------------------------------------------------------------

N = TypeVar("N", bound=Node)
Rule = Callable[[Node], "Node | tuple[Node, ...]"]


_NAMES: dict[type[Node], tuple[str, ...]] = {}


def _fields(kind: type[Node]) -> tuple[str, ...]:
    if kind not in _NAMES:
        _NAMES[kind] = tuple(f.name for f in dataclasses.fields(kind) if f.name != "at")
    return _NAMES[kind]


def parts(node: Node) -> Iterator[Node]:
    """The nodes directly inside a node, in reading order."""
    for name in _fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            for part in value:
                if isinstance(part, Node):
                    yield part


def walk(nodes: Node | Iterable[Node]) -> Iterator[Node]:
    """Every node, each before what is inside it, in reading order."""
    for node in (nodes,) if isinstance(nodes, Node) else nodes:
        yield node
        yield from walk(parts(node))


def find(nodes: Node | Iterable[Node], kind: type[N]) -> Iterator[N]:
    """Every node of one class, in reading order."""
    return (node for node in walk(nodes) if isinstance(node, kind))


def rewrite(nodes: tuple[Node, ...], rule: Rule) -> tuple[Node, ...]:
    """New nodes by a rule, applied from the innermost outwards; the rule returns a node, or several to stand in its place."""
    done: list[Node] = []
    for node in nodes:
        result = rule(_inside(node, lambda run: rewrite(run, rule)))
        done.extend((result,) if isinstance(result, Node) else result)
    return tuple(done)


def _inside(node: Node, change: Callable[[tuple[Node, ...]], tuple[Node, ...]]) -> Node:
    """A node with every run of nodes inside it changed; the very same node where nothing is."""
    changes: dict[str, object] = {}
    for name in _fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, Node):
            (changed,) = change((value,))
            if changed is not value:
                changes[name] = changed
        elif isinstance(value, tuple) and value and isinstance(value[0], Node):
            run = change(value)
            if len(run) != len(value) or any(a is not b for a, b in zip(run, value, strict=True)):
                changes[name] = run
    return dataclasses.replace(node, **changes) if changes else node  # type: ignore[arg-type]


def rewrite_runs(nodes: tuple[Node, ...], rule: Callable[[tuple[Node, ...]], tuple[Node, ...]]) -> tuple[Node, ...]:
    """New nodes by a rule for whole runs of siblings, applied to every run from the innermost outwards."""
    return rule(tuple(_inside(node, lambda run: rewrite_runs(run, rule)) for node in nodes))


def plain(nodes: Node | Iterable[Node]) -> str:
    """The words of nodes alone, without notes and index marks' headings: for titles, alternatives and sort keys."""
    words: list[str] = []
    for node in (nodes,) if isinstance(nodes, Node) else nodes:
        if isinstance(node, Text | Code):
            words.append(node.text)
        elif isinstance(node, Math):
            words.append(node.tex)
        elif isinstance(node, LineBreak):
            words.append(" ")
        elif isinstance(node, Reference):
            words.append(node.label or f"@{node.target}")
        elif isinstance(node, Cite):
            words.append("; ".join(f"@{item.key}" for item in node.items))
        elif not isinstance(node, Note | Image):
            words.append(plain(parts(node)))
    return "".join(words)
