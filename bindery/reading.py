"""From Markdown to nodes: the one module that knows how pandoc spells a document.

Two steps. :class:`_Reader` turns pandoc's JSON into nodes and reports what the press has no node for. :func:`read_chapter` calls it and then
reads what ``commonmark_x`` leaves as text: citations, cross-references, captions, verse, tables from CSV files.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bindery import citations, pandoc, tables
from bindery.manuscript import INLINE_LABEL, Manuscript, Source, check_shape, spell_out_inline_notes
from bindery.nodes import (
    Align,
    Aside,
    BlockQuote,
    Cell,
    Cite,
    Code,
    CodeBlock,
    Column,
    Definition,
    DefinitionList,
    Figure,
    Group,
    Heading,
    Image,
    IndexMark,
    Item,
    LineBreak,
    Link,
    List,
    Math,
    Node,
    Note,
    Only,
    Paragraph,
    Quote,
    Row,
    SceneBreak,
    Span,
    Table,
    Term,
    Text,
    Variable,
    Verse,
    VerseLine,
    find,
    plain,
    rewrite,
)
from bindery.problem import At, Faulty, Problem
from bindery.typography import quote_marks

Json = Any
MAX_DEPTH = 40

# An escaped character (`\[`, `&#91;`) is text and never markup: it is moved to private-use plane 15 while markup is looked for, and back after.
ESCAPED = 0xF0000


def escape(text: str) -> str:
    return "".join(chr(ESCAPED + ord(c)) if ord(c) < 0x10000 else c for c in text)


def unescape(text: str) -> str:
    return "".join(chr(ord(c) - ESCAPED) if ord(c) >= ESCAPED and ord(c) < ESCAPED + 0x10000 else c for c in text)


@dataclass(frozen=True)
class Attributes:
    """The braces after a heading, span, div, image or caption: ``{#id .class key="value"}``."""

    id: str
    classes: tuple[str, ...]
    values: dict[str, str]


# What each class of a div or span takes. Whatever is not listed is a mistake, and the nearest known word is named.
DIVS: dict[str, frozenset[str]] = {
    "quote": frozenset({"by", "source", "date", "cite"}),
    "aside": frozenset({"title"}),
    "table": frozenset({"csv", "align", "units", "rowheads", "columns", "rows"}),
    "only": frozenset({"edition"}),
    "include": frozenset({"file"}),
}
ALERTS = frozenset({"note", "tip", "important", "warning", "caution"})
SPANS: dict[str, frozenset[str]] = {
    "index": frozenset({"entry", "see", "seealso"}),
    "term": frozenset({"key"}),
    "only": frozenset({"edition"}),
    "var": frozenset(),
    "smallcaps": frozenset(),
    "underline": frozenset(),
    "kbd": frozenset(),
}
REQUIRED = {"quote": ("by",), "only": ("edition",), "include": ("file",)}
RAW_INLINE = {"<br>": "br", "<br/>": "br", "<br />": "br"}
RAW_PAIRS = {"sub": "sub", "sup": "sup", "kbd": "key", "u": "underline"}
LIST_STYLES = {
    "LowerAlpha": "lower-alpha",
    "UpperAlpha": "upper-alpha",
    "LowerRoman": "lower-roman",
    "UpperRoman": "upper-roman",
}
ALIGNS: dict[str, Align] = {"AlignLeft": "left", "AlignRight": "right", "AlignCenter": "center", "AlignDefault": ""}


@dataclass(frozen=True)
class Chapter:
    """One file of the manuscript, read: its blocks, the first of them its title."""

    path: str
    blocks: tuple[Node, ...]
    problems: tuple[Problem, ...]

    @property
    def title(self) -> Heading | None:
        return next((h for h in find(self.blocks, Heading) if h.level == 1), None)


def read_chapter(manuscript: Manuscript, name: str, *, listed: At, language: str) -> Chapter:
    """The chapter in the file ``name`` (relative to the manuscript folder), with every problem of reading it."""
    try:
        source = manuscript.chapter(name, listed)
    except Faulty as fault:
        return Chapter(f"manuscript/{name}", (), fault.problems)
    path = manuscript.relative(manuscript.locate(name, listed, check="missing-chapter"))
    problems = list(check_shape(source))
    try:
        source = spell_out_inline_notes(source)
        parsed = pandoc.parse(source.text, At(path))
    except Faulty as fault:
        return Chapter(path, (), (*problems, *fault.problems))
    reader = _Reader(source, manuscript, path, language, problems)
    try:
        blocks = reader.chapter(parsed)
    except RecursionError:
        blocks, problems = (), [*problems, Problem(At(path), "blocks nested too deep to be read", "too-deep")]
    return Chapter(path, blocks, tuple(p for p in problems if p.at not in reader.code or p.check not in SEEN_IN_CODE))


# What the look at the bare lines may find in an indented code block, which only the parse can tell from a list's or note's paragraph.
SEEN_IN_CODE = ("undefined-footnote", "nested-footnote", "table-syntax", "list-syntax", "stray-div")


def parse_fragments(
    fragments: Sequence[tuple[str, At]], manuscript: Manuscript, language: str, problems: list[Problem]
) -> list[tuple[Node, ...]]:
    """Inline Markdown from attributes and CSV cells, each with the place it stands at. One run of pandoc reads them all.

    Each is read as the text of a heading, the one block that holds nothing but inlines; a last private character keeps what would be
    trailing to a heading (``#``, braces) part of the text.
    """
    if not fragments:
        return []
    lines = tuple(f"# {' '.join(text.split())}\U0000e000" if text.strip() else "# \U0000e000" for text, _ in fragments)
    source = Source(lines, tuple(at for _, at in fragments))
    reader = _Reader(source, manuscript, fragments[0][1].path, language, problems)
    headings = [block for block in pandoc.parse(source.text, fragments[0][1]) if block["t"] == "Header"]
    if len(headings) != len(fragments):  # cannot happen while every line is a heading
        raise AssertionError("a fragment was not read as one heading")
    return [reader.fragment(heading["c"][2], at) for heading, (_, at) in zip(headings, fragments, strict=True)]


def from_pandoc(inlines: Json, at: At, language: str) -> tuple[Node, ...]:
    """Inlines that pandoc itself made (a citation, set in its style), as nodes that all stand at one place."""
    source = Source(("",), (at,))
    return _Reader(source, Manuscript(Path()), at.path, language, []).inlines(inlines)


def to_pandoc(nodes: Iterable[Node]) -> list[Json]:
    """Plain inlines as pandoc's JSON: what stands before and after the keys of a citation."""
    items: list[Json] = []
    for node in nodes:
        if isinstance(node, Text):
            for word in re.split(r"( +)", unescape(node.text)):
                if word:
                    items.append({"t": "Space"} if word.isspace() else {"t": "Str", "c": word})
        elif isinstance(node, Span) and node.role == "emphasis":
            items.append({"t": "Emph", "c": to_pandoc(node.children)})
        else:
            items.append({"t": "Str", "c": unescape(plain(node))})
    return items


def cite_to_pandoc(cite: Cite) -> Json:
    """A citation as pandoc's JSON."""
    citations = [
        {
            "citationId": item.key,
            "citationPrefix": to_pandoc(item.prefix),
            "citationSuffix": to_pandoc(item.suffix),
            "citationMode": {
                "t": "AuthorInText" if cite.in_text else "SuppressAuthor" if item.without_author else "NormalCitation"
            },
            "citationNoteNum": 0,
            "citationHash": 0,
        }
        for item in cite.items
    ]
    return {"t": "Cite", "c": [citations, [{"t": "Str", "c": "@"}]]}


class _Reader:
    """Reads one source. Gathers problems instead of stopping at the first."""

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

    # --- whole texts

    def chapter(self, blocks: Json) -> tuple[Node, ...]:
        return _finish(self.blocks(blocks))

    def fragment(self, inlines: Json, at: At) -> tuple[Node, ...]:
        nodes = self.inlines(inlines)
        return _finish(
            rewrite(nodes, lambda n: replace(n, text=n.text.replace("\U0000e000", ""), at=at) if isinstance(n, Text) else n)
        )

    # --- blocks

    def blocks(self, items: Iterable[Json]) -> tuple[Node, ...]:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.problem("too-deep", f"blocks nested more than {MAX_DEPTH} deep")
            self.depth -= 1
            return ()
        nodes: list[Node] = []
        for item in items:
            nodes.extend(self.block(item))
        self.depth -= 1
        return self.captioned(nodes)

    def block(self, item: Json) -> tuple[Node, ...]:
        kind, content = item["t"], item.get("c")
        if kind == "Div":
            return self.div(content)
        self.place(item)
        method = getattr(self, f"block_{kind.lower()}", None)
        if method is None:
            self.problem("unknown-markup", f"the press has no form for pandoc's {kind}")
            return ()
        result: Node | tuple[Node, ...] = method(content)
        return (result,) if isinstance(result, Node) else result

    def place(self, item: Json) -> None:
        """Take the line from a node that carries its own position."""
        content = item.get("c")
        if isinstance(content, list):
            for part in content:
                if isinstance(part, list) and len(part) == 3 and isinstance(part[2], list):
                    for pair in part[2]:
                        if isinstance(pair, list) and pair and pair[0] == "data-pos":
                            self.line = _first_line(pair[1])
                            return

    def div(self, content: Json) -> tuple[Node, ...]:
        attributes = self.attributes(content[0])
        if content[0][2] and ["wrapper", "1"] in content[0][2]:
            nodes: list[Node] = []
            line = self.line
            for item in content[1]:
                self.line = line
                nodes.extend(self.block(item))
            return tuple(nodes)
        at, line = self.at, self.line
        if len(attributes.classes) == 1 and attributes.classes[0] in ALERTS and content[1] and content[1][0]["t"] == "Div":
            # `> [!NOTE]`: pandoc writes the label as a first div of class "title"
            return (Aside(self.blocks(content[1][1:]), title=attributes.classes[0].capitalize(), at=at),)
        known = self.known_class(attributes, DIVS, "div")
        inside = self.blocks(content[1])
        self.line = line
        if known is None:
            lang = attributes.values.get("lang", "")
            return (Group(inside, lang=lang, id=attributes.id, at=at),)
        method: Callable[[Attributes, tuple[Node, ...], At], tuple[Node, ...]] = getattr(self, f"div_{known}")
        return method(attributes, inside, at)

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
            self.problem("unknown-class", f"there is no {what} of class '{name}'{_nearest(name, known)}")
            return None
        self.check_keys(attributes, known[name], f".{name}")
        for key in REQUIRED.get(name, ()):
            if not attributes.values.get(key):
                self.problem("missing-key", f".{name} needs the key '{key}'")
        return name

    def check_keys(self, attributes: Attributes, known: Iterable[str], where: str) -> None:
        for key in attributes.values:
            if key not in known:
                self.problem("unknown-key", f"{where} has no key '{key}'{_nearest(key, known)}")

    def div_quote(self, attributes: Attributes, inside: tuple[Node, ...], at: At) -> tuple[Node, ...]:
        values = attributes.values
        date = values.get("date", "")
        if date and not re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?", date):
            self.problem("bad-value", f"date '{date}' is not a date; expected YYYY, YYYY-MM or YYYY-MM-DD", at)
        note: tuple[Node, ...] = ()
        if key := values.get("cite", ""):
            text = key if key.startswith("[") else f"[{key}]" if key.startswith(("@", "-@")) else f"[@{key}]"
            (note,) = parse_fragments([(text, at)], self.manuscript, self.language, self.problems)
            if not any(isinstance(node, Cite) for node in note):
                self.problem(
                    "bad-value", f"cite '{key}' is no citation; expected a key of references.json, perhaps with ', p. 3'", at
                )
        smart = [self.smart(values.get(k, ""), at) for k in ("by", "source")]
        return (Quote(inside, by=smart[0], source=smart[1], date=date, note=note, id=attributes.id, at=at),)

    def smart(self, text: str, at: At) -> str:
        """An attribute's text with typographic quotes and dashes, as the running text has them."""
        if not re.search(r"""['"]|--|\.\.\.""", text):
            return text
        (nodes,) = parse_fragments(
            [(re.sub(r"([\\`*_\[\]<>$~^@#&{}])", r"\\\1", text), at)], self.manuscript, self.language, self.problems
        )
        return plain(nodes)

    def div_aside(self, attributes: Attributes, inside: tuple[Node, ...], at: At) -> tuple[Node, ...]:
        return (Aside(inside, title=self.smart(attributes.values.get("title", ""), at), id=attributes.id, at=at),)

    def div_only(self, attributes: Attributes, inside: tuple[Node, ...], at: At) -> tuple[Node, ...]:
        return (Only(attributes.values.get("edition", ""), inside, at=at),)

    def div_include(self, attributes: Attributes, inside: tuple[Node, ...], at: At) -> tuple[Node, ...]:
        self.problem("include", 'an include stands alone, as ::: {.include file="…"} with an empty body', at)
        return ()

    def div_table(self, attributes: Attributes, inside: tuple[Node, ...], at: At) -> tuple[Node, ...]:
        values = attributes.values
        paragraphs = [node for node in inside if isinstance(node, Paragraph)]
        existing = [node for node in inside if isinstance(node, Table)]
        other = [node for node in inside if not isinstance(node, Paragraph | Table)]
        if other or len(existing) > 1 or bool(existing) == bool(values.get("csv")):
            self.problem("table", 'a .table div holds a caption and either one pipe table or a csv="…" key', at)
            return ()
        source: tuple[Node, ...] = ()
        if paragraphs and plain(paragraphs[-1]).startswith("Source:"):
            source = _without_prefix(paragraphs.pop().children, "Source:")
        if len(paragraphs) > 1:
            self.problem("table", "a table has one paragraph of caption, and perhaps one that starts with 'Source:'", at)
        caption = paragraphs[0].children if paragraphs else ()
        table = existing[0] if existing else self.csv_table(values, at)
        if table is None:
            return ()
        try:
            table = tables.arranged(table, values, at)
        except Faulty as fault:
            self.problems.extend(fault.problems)
        return (
            replace(table, caption=caption or table.caption, source=source or table.source, id=attributes.id or table.id, at=at),
        )

    def csv_table(self, values: dict[str, str], at: At) -> Table | None:
        try:
            data = tables.read_csv(self.manuscript, values["csv"], at)
        except Faulty as fault:
            self.problems.extend(fault.problems)
            return None
        fragments = [(cell, row_at) for row, row_at in data for cell in row]
        texts = iter(parse_fragments(fragments, self.manuscript, self.language, self.problems))
        rows = [Row(tuple(Cell(next(texts), at=row_at) for _ in row), at=row_at) for row, row_at in data]
        return Table(tuple(Column() for _ in data[0][0]), head=(rows[0],), body=tuple(rows[1:]), at=at)

    def block_para(self, content: Json) -> Node | tuple[Node, ...]:
        first = self.line
        at = self.at
        if verse := self.verse(content):
            return verse
        children = _without_trailing_space(self.inlines(content))
        images = [node for node in children if isinstance(node, Image)]
        if len(images) == 1 and len(children) == 1:
            image = images[0]
            return Figure(replace(image, id="", caption=()), caption=image.caption, id=image.id, at=at)
        if all(isinstance(node, Text) and not node.text.strip() for node in children):
            return ()
        self.line = first
        return Paragraph(children, at=children[0].at)

    block_plain = block_para

    def verse(self, content: Json) -> Verse | None:
        """A paragraph of which every line starts with ``| `` is a line block; the indent is read from the source, for pandoc drops it."""
        lines: list[list[Json]] = [[]]
        for item in content:
            if _unwrapped(item)["t"] == "SoftBreak":
                lines.append([])
            else:
                lines[-1].append(item)
        bar = {"t": "Str", "c": "|"}
        if not all(line and _unwrapped(line[0]) == bar for line in lines) or any(_unwrapped(line[-1]) == bar for line in lines):
            return None  # what ends with a bar as well was meant as a table
        at, done = self.at, []
        for line in lines:
            position = _position(line[0])
            self.line = position[0] if position else self.line
            text = self.source.lines[self.line - 1][position[1] :] if position else ""
            indent = len(text) - len(text.lstrip(" ")) - 1
            children = self.inlines(line[1:])
            if children and isinstance(children[0], Text):
                children = (replace(children[0], text=children[0].text.lstrip(" ")), *children[1:])
            done.append(VerseLine(children, indent=max(indent, 0), at=self.at))
        return Verse(tuple(done), at=at)

    def block_header(self, content: Json) -> Node:
        attributes = self.attributes(content[1])
        at = self.at
        self.check_keys(attributes, {"short", "lang"}, "a heading")
        for name in attributes.classes:
            self.problem("unknown-class", f"a heading has no class '{name}'{_nearest(name, ())}")
        short = self.smart(attributes.values.get("short", ""), at)
        explicit = f"#{attributes.id}" in self.source.lines[self.line - 1]
        return Heading(
            content[0],
            _without_trailing_space(self.inlines(content[2])),
            id=attributes.id if explicit else f"~{attributes.id}",
            short=short,
            at=at,
        )

    def block_blockquote(self, content: Json) -> Node:
        at = self.at
        return BlockQuote(self.blocks(content), at=at)

    def block_bulletlist(self, content: Json) -> Node:
        at = self.at
        return List(self.items(content), at=at)

    def block_orderedlist(self, content: Json) -> Node:
        at = self.at
        (start, style, _), items = content
        return List(self.items(items), style=LIST_STYLES.get(style["t"], "decimal"), start=start, at=at)

    def items(self, content: Json) -> tuple[Item, ...]:
        items = []
        for blocks in content:
            children = self.blocks(blocks)
            items.append(Item(children, at=children[0].at if children else self.at))
        return tuple(items)

    def block_definitionlist(self, content: Json) -> Node:
        at = self.at
        definitions = []
        for term, meanings in content:
            words = self.inlines(term)
            place = words[0].at if words else self.at
            definitions.append(Definition(words, self.items(meanings), at=place))
        return DefinitionList(tuple(definitions), at=at)

    def block_codeblock(self, content: Json) -> Node:
        attributes = self.attributes(content[0])
        self.check_keys(attributes, {"title"}, "a code block")
        title = attributes.values.get("title", "")
        info = re.match(r"^[\s>]*(?:`{3,}|~{3,})\s*(.*?)\s*$", self.source.lines[self.line - 1])
        if info and not re.fullmatch(r"[^\s{]*|\{[^{}]*\}", info[1]):
            # pandoc keeps the first word alone. Many site generators put a title after it.
            given = re.fullmatch(r"\S*\s*(?:title=(?P<title>\"[^\"]*\"|'[^']*'|\S+)|\[(?P<name>[^\]]*)\])", info[1])
            if given:
                title = (given["title"] or given["name"]).strip("\"'")
            else:
                message = f"'{info[1]}' after the fence is not understood; expected a language and perhaps title=\"…\""
                self.problem("code-fence", message)
        last = self.line + content[1].count("\n") + 1
        self.code.update(self.source.at(line) for line in range(self.line, last))
        language = attributes.classes[0] if attributes.classes and not attributes.classes[0].startswith("[") else ""
        return CodeBlock(content[1], language=language, title=title, at=self.at)

    def block_horizontalrule(self, _: Json) -> Node:
        return SceneBreak(at=self.at)

    def block_rawblock(self, content: Json) -> tuple[Node, ...]:
        if re.fullmatch(r"\s*(?:<!--.*?(?:-->\s*|$))+", content[1], re.DOTALL):
            return ()  # an unclosed comment has been reported by the look at the lines
        shown = content[1].strip().splitlines()[0][:40] if content[1].strip() else ""
        self.problem("raw-html", f"'{shown}': HTML is not part of the manuscript; expected Markdown (docs/authoring.md)")
        return ()

    def block_table(self, content: Json) -> Node:
        at = self.at
        columns = tuple(Column(ALIGNS[align["t"]]) for align, _ in content[2])
        head = self.rows(content[3][1])
        body = tuple(row for part in content[4] for row in self.rows(part[3]))
        return Table(columns, head=head, body=body, at=at)

    def rows(self, content: Json) -> tuple[Row, ...]:
        rows = []
        for _, cells in content:
            made = []
            for cell in cells:
                children: tuple[Node, ...] = ()
                for block in cell[4]:
                    children += self.inlines(block["c"]) if block["t"] in ("Plain", "Para") else self.block(block)
                made.append(Cell(children, at=children[0].at if children else self.at))
            rows.append(Row(tuple(made), at=made[0].at if made else self.at))
        return tuple(rows)

    # --- captions

    def captioned(self, nodes: list[Node]) -> tuple[Node, ...]:
        """Give each table the caption paragraph (``: …`` or ``Table: …``) that stands beside it."""
        done: list[Node] = []
        index = 0
        while index < len(nodes):
            node, after = nodes[index], nodes[index + 1] if index + 1 < len(nodes) else None
            if isinstance(node, Table) and not node.caption and isinstance(after, Paragraph) and _is_caption(after):
                done.append(self.caption(node, after))
                index += 2
            elif isinstance(node, Paragraph) and _is_caption(node) and isinstance(after, Table) and not after.caption:
                done.append(self.caption(after, node))
                index += 2
            else:
                done.append(node)
                index += 1
        return tuple(done)

    def caption(self, table: Table, paragraph: Paragraph) -> Table:
        children = _without_prefix(_without_prefix(paragraph.children, "Table:"), ":")
        text = self.trailing_braces(paragraph.at)
        attributes = parse_attributes(text) if text else Attributes("", (), {})
        self.check_keys(attributes, {"source", "rowheads", "align", "units"}, "a caption")
        source: tuple[Node, ...] = ()
        if "source" in attributes.values:
            (source,) = parse_fragments(
                [(attributes.values["source"], paragraph.at)], self.manuscript, self.language, self.problems
            )
        values = {key: value for key, value in attributes.values.items() if key != "source"}
        try:
            table = tables.arranged(table, values, paragraph.at)
        except Faulty as fault:
            self.problems.extend(fault.problems)
        return replace(table, caption=children, source=source, id=attributes.id)

    def trailing_braces(self, at: At) -> str:
        """The ``{…}`` at the end of the paragraph that starts at a place: pandoc's reader drops it, so it is read from the source."""
        start = next((i for i, origin in enumerate(self.source.origins) if origin == at), None)
        if start is None:
            return ""
        end = start
        while end < len(self.source.lines) and self.source.lines[end].strip():
            end += 1
        match = re.search(r"\{([^{}]*)\}\s*$", " ".join(self.source.lines[start:end]))
        return match[1] if match else ""

    # --- inlines

    def inlines(self, items: Iterable[Json]) -> tuple[Node, ...]:
        nodes: list[Node] = []
        raw: list[tuple[str, int]] = []
        end: tuple[int, int] | None = None
        takes_braces = False
        for item in items:
            position = _position(item)
            if position:
                self.line = position[0]
                if end and position[:2] > end and end[0] == position[0] and not takes_braces:
                    self.swallowed(end, position[1])
                end = position[2:]
                takes_braces = _unwrapped(item)["t"] in ("Link", "Image", "Span", "Code")
            self.inline(_unwrapped(item), position, nodes, raw)
        if end and not takes_braces:
            self.swallowed(end, None)
        for tag, index in raw:
            self.problem("raw-html", f"<{tag}> is never closed", nodes[index - 1].at if index else None)
        return _merged(nodes)

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
            nodes.extend((Text(left, at=at), *self.inlines(content[1]), Text(right, at=self.at)))
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
                self.problem("unknown-class", f"an image has no class '{name}'{_nearest(name, ('decorative',))}")
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
            nodes[start:] = [Span(RAW_PAIRS[tag], _merged(nodes[start:]), at=at)]
        elif not text.startswith("<!--"):
            self.problem(
                "raw-html", f"'{text[:40]}': HTML is not part of the manuscript; expected Markdown (docs/authoring.md)", at
            )

    def attributes(self, content: Json) -> Attributes:
        values = {}
        for key, value in content[2]:
            if key == "data-pos":
                self.line = _first_line(value)
            elif key != "wrapper":
                values[key] = value
        return Attributes(content[0], tuple(content[1]), values)


SIMPLE = {
    "Emph": "emphasis",
    "Strong": "strong",
    "Strikeout": "strike",
    "Subscript": "sub",
    "Superscript": "sup",
    "SmallCaps": "smallcaps",
    "Underline": "underline",
}


def _finish(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """Read citations and cross-references in every run of inlines."""
    return citations.recognised(nodes)


def _merged(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Neighbouring texts of one line as one."""
    done: list[Node] = []
    for node in nodes:
        last = done[-1] if done else None
        if isinstance(node, Text) and isinstance(last, Text) and node.at == last.at:
            done[-1] = replace(last, text=last.text + node.text)
        else:
            done.append(node)
    return tuple(done)


def _unwrapped(item: Json) -> Json:
    """The inline inside the span that pandoc wraps around one that cannot carry a position itself."""
    if item["t"] == "Span" and ["wrapper", "1"] in item["c"][0][2] and len(item["c"][1]) == 1:
        return item["c"][1][0]
    return item


def _position(item: Json) -> tuple[int, int, int, int] | None:
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


def _first_line(position: str) -> int:
    """The first line of a position; pandoc lists the parts of a table out of order (``23:1-24:1;22:1-25:1``)."""
    return min(int(line) for line in re.findall(r"(?:^|;)(\d+):", position))


def _is_caption(paragraph: Paragraph) -> bool:
    first = paragraph.children[0] if paragraph.children else None
    return isinstance(first, Text) and bool(re.match(r"(:|Table:)(\s|$)", first.text))


def _without_prefix(children: tuple[Node, ...], prefix: str) -> tuple[Node, ...]:
    if children and isinstance(children[0], Text) and children[0].text.startswith(prefix):
        rest = children[0].text[len(prefix) :].lstrip()
        children = ((replace(children[0], text=rest),) if rest else ()) + children[1:]
    return children


def _without_trailing_space(children: tuple[Node, ...]) -> tuple[Node, ...]:
    if children and isinstance(children[-1], Text) and children[-1].text != children[-1].text.rstrip(" "):
        rest = children[-1].text.rstrip(" ")
        return (*children[:-1], replace(children[-1], text=rest)) if rest else children[:-1]
    return children


def parse_attributes(text: str) -> Attributes:
    """The inside of ``{#id .class key=value key="value"}``."""
    identifier, classes, values = "", [], {}
    for match in re.finditer(r"#([^\s#.]+)|\.([\w-]+)|([\w-]+)=(?:\"([^\"]*)\"|'([^']*)'|(\S+))", text):
        if match[1]:
            identifier = match[1]
        elif match[2]:
            classes.append(match[2])
        else:
            values[match[3]] = next(value for value in match.groups()[3:] if value is not None)
    return Attributes(identifier, tuple(classes), values)


def _nearest(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), 1, 0.5)
    return f"; did you mean '{close[0]}'?" if close else ""


__all__ = ["INLINE_LABEL", "Chapter", "parse_attributes", "parse_fragments", "read_chapter", "unescape"]
