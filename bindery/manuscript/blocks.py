"""Blocks as pandoc spells them, turned into nodes; and what ``commonmark_x`` leaves as paragraphs: captions, verse."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from bindery.manuscript import charts, citations, tables
from bindery.manuscript.dialect import ALERTS, DIVS, REQUIRED, Attributes, parse_attributes
from bindery.manuscript.inlines import InlineReader, first_line, parse_fragments, position_of, unwrapped, without_trailing_space
from bindery.nodes import (
    Align,
    Aside,
    BlockQuote,
    Cell,
    Cite,
    CodeBlock,
    Column,
    Definition,
    DefinitionList,
    Figure,
    Group,
    Heading,
    Image,
    Item,
    List,
    Node,
    Only,
    Paragraph,
    Quote,
    Row,
    SceneBreak,
    Table,
    Text,
    Verse,
    VerseLine,
    plain,
)
from bindery.problem import At, Faulty, nearest

Json = Any
MAX_DEPTH = 40
LIST_STYLES = {
    "LowerAlpha": "lower-alpha",
    "UpperAlpha": "upper-alpha",
    "LowerRoman": "lower-roman",
    "UpperRoman": "upper-roman",
}
ALIGNS: dict[str, Align] = {"AlignLeft": "left", "AlignRight": "right", "AlignCenter": "center", "AlignDefault": ""}


class BlockReader(InlineReader):
    """Reads the blocks of one source. Each kind of pandoc's blocks, and each class of div, has a method of its name."""

    def chapter(self, blocks: Json) -> tuple[Node, ...]:
        return citations.recognised(self.blocks(blocks))

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
                            self.line = first_line(pair[1])
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

    def div_aside(self, attributes: Attributes, inside: tuple[Node, ...], at: At) -> tuple[Node, ...]:
        return (Aside(inside, title=self.smart(attributes.values.get("title", ""), at), id=attributes.id, at=at),)

    def div_only(self, attributes: Attributes, inside: tuple[Node, ...], at: At) -> tuple[Node, ...]:
        return (Only(attributes.values.get("edition", ""), inside, at=at),)

    def div_include(self, attributes: Attributes, inside: tuple[Node, ...], at: At) -> tuple[Node, ...]:
        self.problem("include", 'an include stands alone, as ::: {.include file="…"} with an empty body', at)
        return ()

    def div_table(self, attributes: Attributes, inside: tuple[Node, ...], at: At) -> tuple[Node, ...]:
        values = attributes.values
        existing = [node for node in inside if isinstance(node, Table)]
        caption, source, other = self.captions(tuple(node for node in inside if not isinstance(node, Table)), "table", at)
        if other or len(existing) > 1 or bool(existing) == bool(values.get("csv")):
            self.problem("table", 'a .table div holds a caption and either one pipe table or a csv="…" key', at)
            return ()
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

    def div_chart(self, attributes: Attributes, inside: tuple[Node, ...], at: At) -> tuple[Node, ...]:
        # The heads and labels that the keys name have curly quotes by now, so the keys must have them too.
        plain_keys = ("csv", "range", "rows")
        given = {key: value for key, value in attributes.values.items() if key in DIVS["chart"]}
        values = {key: value if key in plain_keys else self.smart(value, at) for key, value in given.items()}
        caption, source, other = self.captions(inside, "chart", at)
        if other:
            self.problem("chart", 'a .chart div holds a caption, and perhaps a source; its numbers are in csv="…"', at)
        if not all(values.get(key) for key in REQUIRED["chart"]) or (table := self.csv_table(values, at)) is None:
            return ()
        try:
            chart, numbers = charts.read_chart(table, values, at, self.language)
        except Faulty as fault:
            self.problems.extend(fault.problems)
            return ()
        return (Figure(chart, caption=caption, source=source, id=attributes.id, numbers=numbers, at=at),)

    def captions(self, inside: tuple[Node, ...], what: str, at: At) -> tuple[tuple[Node, ...], tuple[Node, ...], list[Node]]:
        """The caption and the source in a div; and what is neither."""
        paragraphs = [node for node in inside if isinstance(node, Paragraph)]
        source: tuple[Node, ...] = ()
        if paragraphs and plain(paragraphs[-1]).startswith("Source:"):
            source = _without_prefix(paragraphs.pop().children, "Source:")
        if len(paragraphs) > 1:
            self.problem(what, f"a {what} has one paragraph of caption, and perhaps one that starts with 'Source:'", at)
        caption = paragraphs[0].children if paragraphs else ()
        return caption, source, [node for node in inside if not isinstance(node, Paragraph)]

    def csv_table(self, values: dict[str, str], at: At) -> Table | None:
        try:
            data = tables.read_csv(self.manuscript, values["csv"], at)
        except Faulty as fault:
            self.problems.extend(fault.problems)
            return None
        fragments = [(cell, row_at) for row, row_at in data for cell in row]
        texts = iter(parse_fragments(fragments, self.manuscript, self.language, self.problems))
        rows = [Row(tuple(Cell(next(texts), at=row_at) for _ in row), at=row_at) for row, row_at in data]
        columns = tuple(Column() for _ in data[0][0])
        return Table(columns, head=(rows[0],), body=tuple(rows[1:]), csv=values["csv"], at=at)

    def block_para(self, content: Json) -> Node | tuple[Node, ...]:
        first = self.line
        at = self.at
        if verse := self.verse(content):
            return verse
        children = without_trailing_space(self.inlines(content))
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
            if unwrapped(item)["t"] == "SoftBreak":
                lines.append([])
            else:
                lines[-1].append(item)
        bar = {"t": "Str", "c": "|"}
        if not all(line and unwrapped(line[0]) == bar for line in lines) or any(unwrapped(line[-1]) == bar for line in lines):
            return None  # what ends with a bar as well was meant as a table
        at, done = self.at, []
        for line in lines:
            position = position_of(line[0])
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
            self.problem("unknown-class", f"a heading has no class '{name}'{nearest(name, ())}")
        short = self.smart(attributes.values.get("short", ""), at)
        explicit = f"#{attributes.id}" in self.source.lines[self.line - 1]
        return Heading(
            content[0],
            without_trailing_space(self.inlines(content[2])),
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


def _is_caption(paragraph: Paragraph) -> bool:
    first = paragraph.children[0] if paragraph.children else None
    return isinstance(first, Text) and bool(re.match(r"(:|Table:)(\s|$)", first.text))


def _without_prefix(children: tuple[Node, ...], prefix: str) -> tuple[Node, ...]:
    if children and isinstance(children[0], Text) and children[0].text.startswith(prefix):
        rest = children[0].text[len(prefix) :].lstrip()
        children = ((replace(children[0], text=rest),) if rest else ()) + children[1:]
    return children
