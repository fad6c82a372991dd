"""Inlines as pandoc spells them, turned into nodes.

Together with :mod:`bindery.manuscript.blocks` the only code that knows pandoc's JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from bindery.foundry.typography import quote_marks
from bindery.manuscript import citations, pandoc
from bindery.manuscript.dialect import REQUIRED, SPANS, Attributes, escape, unescape
from bindery.manuscript.files import Manuscript, Source
from bindery.nodes import (
    Code,
    Group,
    Image,
    IndexMark,
    LineBreak,
    Link,
    Math,
    Node,
    Note,
    Only,
    Span,
    Term,
    Text,
    Variable,
    plain,
    rewrite,
)
from bindery.problem import At, Problem, nearest

Json = Any
SIMPLE = {
    "Emph": "emphasis",
    "Strong": "strong",
    "Strikeout": "strike",
    "Subscript": "sub",
    "Superscript": "sup",
    "SmallCaps": "smallcaps",
    "Underline": "underline",
}
# The white space that may be folded; a non-breaking space is none of it.
SPACES = re.compile(r"[ \t\r\n]+")

RAW_INLINE = {"<br>": "br", "<br/>": "br", "<br />": "br"}
RAW_PAIRS = {"sub": "sub", "sup": "sup", "kbd": "key", "u": "underline"}


def parse_fragments(
    fragments: Sequence[tuple[str, At]], manuscript: Manuscript, language: str, problems: list[Problem]
) -> list[tuple[Node, ...]]:
    """Inline Markdown from attributes and CSV cells, each with the place it stands at. One run of pandoc reads them all.

    Each is read as the text of a heading, the one block that holds nothing but inlines; a last private character keeps what would be
    trailing to a heading (``#``, braces) part of the text.
    """
    if not fragments:
        return []
    lines = tuple(f"# {SPACES.sub(' ', text).strip(' ')}\U0000e000" if text.strip() else "# \U0000e000" for text, _ in fragments)
    source = Source(lines, tuple(at for _, at in fragments))
    reader = InlineReader(source, manuscript, fragments[0][1].path, language, problems)
    headings = [block for block in pandoc.parse(source.text, fragments[0][1]) if block["t"] == "Header"]
    if len(headings) != len(fragments):  # cannot happen while every line is a heading
        raise AssertionError("a fragment was not read as one heading")
    return [_fragment(reader, heading["c"][2], at) for heading, (_, at) in zip(headings, fragments, strict=True)]


def _fragment(reader: InlineReader, inlines: Json, at: At) -> tuple[Node, ...]:
    nodes = reader.inlines(inlines)
    return citations.recognised(
        rewrite(nodes, lambda n: replace(n, text=n.text.replace("\U0000e000", ""), at=at) if isinstance(n, Text) else n)
    )


class InlineReader:
    """Reads the inlines of one source. Gathers problems instead of stopping at the first; ``line`` is where it stands in the source."""

    def __init__(self, source: Source, manuscript: Manuscript, path: str, language: str, problems: list[Problem]) -> None:
        self.source = source
        self.manuscript = manuscript
        self.path = path
        self.language = language
        self.problems = problems
        self.line = 1
        self.depth = 0
        self.code: set[At] = set()

    def problem(self, check: str, message: str, at: At | None = None) -> None:
        self.problems.append(Problem(at or self.at, message, check))

    @property
    def at(self) -> At:
        return self.source.at(self.line)

    def known_class(self, attributes: Attributes, known: dict[str, frozenset[str]], what: str) -> str | None:
        """The class of a div or span, once it and its keys have been found to be known."""
        free = {"lang"}
        if not attributes.classes:
            keys: frozenset[str] = frozenset()
            self.check_keys(attributes, keys | free, f"a {what} without a class")
            return None
        if len(attributes.classes) > 1:
            listed = " ".join(f".{c}" for c in attributes.classes)
            self.problem("unknown-class", f"a {what} takes one class; found {listed}")
        name = attributes.classes[0]
        if name not in known:
            self.problem("unknown-class", f"there is no {what} of class '{name}'{nearest(name, known)}")
            return None
        self.check_keys(attributes, known[name], f".{name}")
        for key in REQUIRED.get(name, ()):
            if not attributes.values.get(key):
                self.problem("missing-key", f".{name} needs the key '{key}'")
        return name

    def check_keys(self, attributes: Attributes, known: Iterable[str], where: str) -> None:
        for key in attributes.values:
            if key not in known:
                self.problem("unknown-key", f"{where} has no key '{key}'{nearest(key, known)}")

    def smart(self, text: str, at: At) -> str:
        """An attribute's text with typographic quotes and dashes, as the running text has them."""
        if not re.search(r"""['"]|--|\.\.\.""", text):
            return text
        (nodes,) = parse_fragments(
            [(re.sub(r"([\\`*_\[\]<>$~^@#&{}])", r"\\\1", text), at)], self.manuscript, self.language, self.problems
        )
        return unescape(plain(nodes))

    def inlines(self, items: Iterable[Json]) -> tuple[Node, ...]:
        nodes: list[Node] = []
        raw: list[tuple[str, int]] = []
        end: tuple[int, int] | None = None
        takes_braces = False
        for item in items:
            position = position_of(item)
            if position:
                self.line = position[0]
                if end and position[:2] > end and end[0] == position[0] and not takes_braces:
                    self.swallowed(end, position[1])
                end = position[2:]
                takes_braces = unwrapped(item)["t"] in ("Link", "Image", "Span", "Code")
            self.inline(unwrapped(item), position, nodes, raw)
        if end and not takes_braces:
            self.swallowed(end, None)
        for tag, index in raw:
            self.problem("raw-html", f"<{tag}> is never closed", nodes[index - 1].at if index else None)
        return merged(nodes)

    def swallowed(self, start: tuple[int, int], column: int | None) -> None:
        """Report braces that pandoc took for attributes of nothing, and dropped; a caption's are read by :meth:`trailing_braces`."""
        line = self.source.lines[start[0] - 1] if start[0] <= len(self.source.lines) else ""
        gone = line[start[1] - 1 : None if column is None else column - 1].strip()
        if re.match(r"\{[^}]*\}", gone) and not re.match(r"\s*(:|Table:|#)", self._paragraph_start(start[0])):
            self.problem(
                "stray-attributes", f"'{gone[:40]}' belongs to nothing; expected it right after a [span], a link or an image"
            )

    def _paragraph_start(self, line: int) -> str:
        while line > 1 and self.source.lines[line - 2].strip():
            line -= 1
        return self.source.lines[line - 1]

    def inline(
        self, item: Json, position: tuple[int, int, int, int] | None, nodes: list[Node], raw: list[tuple[str, int]]
    ) -> None:
        kind, content, at = item["t"], item.get("c"), self.at
        if kind == "Str":
            nodes.append(Text(self.literal(content, position), at=at))
        elif kind in ("Space", "SoftBreak"):
            nodes.append(Text(" ", at=at))
        elif kind == "LineBreak":
            nodes.append(LineBreak(at=at))
        elif kind in SIMPLE:
            nodes.append(Span(SIMPLE[kind], self.inlines(content), at=at))
        elif kind == "Quoted":
            marks = quote_marks(self.language)
            left, right = marks[:2] if content[0]["t"] == "DoubleQuote" else marks[2:]
            # Escaped, a mark of a pair is told from an apostrophe for as long as the chapter is proofread.
            nodes.extend((Text(escape(left), at=at), *self.inlines(content[1]), Text(escape(right), at=self.at)))
        elif kind == "Cite":  # only from citeproc: the reader itself knows no citations
            nodes.extend(self.inlines(content[1]))
        elif kind == "Code":
            nodes.append(Code(content[1], at=at))
        elif kind == "Math":
            nodes.append(Math(content[1].strip(), display=content[0]["t"] == "DisplayMath", at=at))
        elif kind == "Note":
            line = self.line
            nodes.append(Note(self.blocks(content), at=at))
            self.line = line
        elif kind == "Link":
            nodes.append(self.link(content, at))
        elif kind == "Image":
            nodes.append(self.image(content, at))
        elif kind == "Span":
            nodes.extend(self.span(content, at))
        elif kind == "RawInline":
            self.raw_inline(content, nodes, raw, at)
        else:
            self.problem("unknown-markup", f"the press has no form for pandoc's {kind}")

    def literal(self, text: str, position: tuple[int, int, int, int] | None) -> str:
        """The text of a Str, its characters marked as escaped when the source escapes them."""
        if position and position[0] <= len(self.source.lines):
            line, column, end_line, end = position
            written = self.source.lines[line - 1][column - 1 : end - 1] if end_line == line else ""
            if written[:1] in ("\\", "&") and len(written) > len(text):
                return escape(text)
        return text

    def link(self, content: Json, at: At) -> Node:
        attributes = self.attributes(content[0])
        wiki = "wikilink" in attributes.classes
        for name in attributes.classes:
            if name != "wikilink":
                self.problem("unknown-class", f"a link has no class '{name}'")
        self.check_keys(attributes, (), "a link")
        return Link(content[2][0], self.inlines(content[1]), wiki=wiki, at=at)

    def image(self, content: Json, at: At) -> Node:
        attributes = self.attributes(content[0])
        self.check_keys(attributes, {"alt", "width"}, "an image")
        for name in attributes.classes:
            if name != "decorative":
                self.problem("unknown-class", f"an image has no class '{name}'{nearest(name, ('decorative',))}")
        width = attributes.values.get("width", "")
        if width and not re.fullmatch(r"(100|[1-9]\d?)%|\d+(\.\d+)?(mm|cm|in|pt)", width):
            self.problem("bad-value", f"width '{width}' is not a width; expected a share as 80%, or a length as 60mm")
            width = ""
        caption = self.inlines(content[1])
        alt = self.smart(attributes.values["alt"], at) if "alt" in attributes.values else unescape(plain(caption))
        return Image(
            content[2][0], alt, width, decorative="decorative" in attributes.classes, id=attributes.id, caption=caption, at=at
        )

    def span(self, content: Json, at: At) -> tuple[Node, ...]:
        attributes = self.attributes(content[0])
        children = self.inlines(content[1])
        known = self.known_class(attributes, SPANS, "span")
        values = attributes.values
        if known == "index":
            entry = values.get("entry") or unescape(plain(children))
            names = tuple(part.strip() for part in self.smart(entry, at).split("!"))
            if not all(names) or len(names) > 2:
                self.problem("bad-value", f'index entry \'{entry}\' is not an entry; expected "main" or "main!sub"', at)
            return (IndexMark(names, children, values.get("see", ""), values.get("seealso", ""), at=at),)
        if known == "term":
            return (Term(values.get("key") or unescape(plain(children)), children, at=at),)
        if known == "only":
            return (Only(values.get("edition", ""), children, at=at),)
        if known == "var":
            return (Variable(plain(children), at=at),)
        if known is None:
            if values.get("lang") or attributes.id:
                return (Group(children, lang=values.get("lang", ""), id=attributes.id, at=at),)
            return children
        return (Span({"kbd": "key"}.get(known, known), children, at=at),)

    def raw_inline(self, content: Json, nodes: list[Node], raw: list[tuple[str, int]], at: At) -> None:
        """The few tags that Markdown has no spelling for; comments vanish; all other HTML is a problem."""
        text = content[1].strip()
        opening = re.fullmatch(r"<(sub|sup|kbd|u)>", text)
        closing = re.fullmatch(r"</(sub|sup|kbd|u)>", text)
        if text in RAW_INLINE:
            nodes.append(LineBreak(at=at))
        elif opening:
            raw.append((opening[1], len(nodes)))
        elif closing and raw and raw[-1][0] == closing[1]:
            tag, start = raw.pop()
            nodes[start:] = [Span(RAW_PAIRS[tag], merged(nodes[start:]), at=at)]
        elif not text.startswith("<!--"):
            self.problem(
                "raw-html", f"'{text[:40]}': HTML is not part of the manuscript; expected Markdown (docs/authoring.md)", at
            )

    def attributes(self, content: Json) -> Attributes:
        values = {}
        for key, value in content[2]:
            if key == "data-pos":
                self.line = first_line(value)
            elif key != "wrapper":
                values[key] = value
        return Attributes(content[0], tuple(content[1]), values)

    def blocks(self, items: Iterable[Json]) -> tuple[Node, ...]:
        """The blocks of a note. What reads inlines alone, an attribute or a cell of a CSV file, has none."""
        self.problem("nested-footnote", "a note cannot stand here")
        return ()


def merged(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Neighbouring texts of one line as one."""
    done: list[Node] = []
    for node in nodes:
        last = done[-1] if done else None
        if isinstance(node, Text) and isinstance(last, Text) and node.at == last.at:
            done[-1] = replace(last, text=last.text + node.text)
        else:
            done.append(node)
    return tuple(done)


def unwrapped(item: Json) -> Json:
    """The inline inside the span that pandoc wraps around one that cannot carry a position itself."""
    if item["t"] == "Span" and ["wrapper", "1"] in item["c"][0][2] and len(item["c"][1]) == 1:
        return item["c"][1][0]
    return item


def position_of(item: Json) -> tuple[int, int, int, int] | None:
    """Line and column where an inline starts and where it ends, from 1; None where pandoc gives none."""
    content = item.get("c")
    attributes = (
        content[0] if isinstance(content, list) and content and isinstance(content[0], list) and len(content[0]) == 3 else None
    )
    if attributes and isinstance(attributes[2], list):
        for key, value in attributes[2]:
            if key == "data-pos" and (match := re.match(r"(\d+):(\d+)-(\d+):(\d+)", value)):
                first, last = match, re.search(r"-(\d+):(\d+)$", value) or match
                end = (int(last[1]), int(last[2])) if last is not match else (int(match[3]), int(match[4]))
                return int(first[1]), int(first[2]), *end
    return None


def first_line(position: str) -> int:
    """The first line of a position; pandoc lists the parts of a table out of order (``23:1-24:1;22:1-25:1``)."""
    return min(int(line) for line in re.findall(r"(?:^|;)(\d+):", position))


def without_trailing_space(children: tuple[Node, ...]) -> tuple[Node, ...]:
    if children and isinstance(children[-1], Text) and children[-1].text != children[-1].text.rstrip(" "):
        rest = children[-1].text.rstrip(" ")
        return (*children[:-1], replace(children[-1], text=rest)) if rest else children[:-1]
    return children
