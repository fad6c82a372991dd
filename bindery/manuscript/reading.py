"""Reading a chapter: from its file to nodes, and the few ways from nodes back to pandoc that citations need."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from bindery.manuscript import pandoc
from bindery.manuscript.blocks import BlockReader
from bindery.manuscript.dialect import unescape
from bindery.manuscript.files import (
    Manuscript,
    Source,
    check_shape,
    spell_out_inline_notes,
    without_front_matter,
    without_nested_calls,
)
from bindery.manuscript.passages import Passage, passages_of
from bindery.nodes import (
    Cite,
    Heading,
    Node,
    Span,
    Text,
    find,
    plain,
    rewrite,
)
from bindery.problem import At, Faulty, Problem

Json = Any
NO_LINES = Source((), ())


@dataclass(frozen=True)
class Chapter:
    """One file of the manuscript, read: its blocks, the first of them its title; and the lines that they were read from."""

    path: str
    blocks: tuple[Node, ...]
    problems: tuple[Problem, ...]
    source: Source = NO_LINES
    language: str = ""

    @property
    def title(self) -> Heading | None:
        return next((h for h in find(self.blocks, Heading) if h.level == 1), None)

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """Its prose, piece by piece: what proofreading looks at."""
        return passages_of(self.blocks, self.language)


# What the look at the bare lines may find in an indented code block, which only the parse can tell from a list's or note's paragraph.
SEEN_IN_CODE = ("undefined-footnote", "nested-footnote", "table-syntax", "list-syntax", "stray-div")


def read_chapter(manuscript: Manuscript, name: str, *, listed: At, language: str) -> Chapter:
    """The chapter in the file ``name`` (relative to the manuscript folder), with every problem of reading it."""
    try:
        source = manuscript.chapter(name, listed)
    except Faulty as fault:
        return Chapter(f"manuscript/{name}", (), fault.problems)
    path = manuscript.relative(manuscript.locate(name, listed, check="missing-chapter"))
    source, problems = without_front_matter(source)
    problems.extend(check_shape(source))
    try:
        source = spell_out_inline_notes(without_nested_calls(source))
        parsed = pandoc.parse(source.text, At(path))
    except Faulty as fault:
        return Chapter(path, (), (*problems, *fault.problems))
    reader = BlockReader(source, manuscript, path, language, problems)
    try:
        blocks = reader.chapter(parsed)
    except RecursionError:
        blocks, problems = (), [*problems, Problem(At(path), "blocks nested too deep to be read", "too-deep")]
    found = tuple(p for p in problems if p.at not in reader.code or p.check not in SEEN_IN_CODE)
    return Chapter(path, blocks, found, source, language)


def from_pandoc(inlines: Json, at: At, language: str) -> tuple[Node, ...]:
    """Inlines that pandoc itself made (a citation, set in its style), as nodes that all stand at one place."""
    reader = BlockReader(Source(("",), (at,)), Manuscript(Path()), at.path, language, [])
    return rewrite(reader.inlines(inlines), lambda n: replace(n, text=unescape(n.text)) if isinstance(n, Text) else n)


def to_pandoc(nodes: Iterable[Node]) -> list[Json]:
    """Plain inlines as pandoc's JSON: what stands before and after the keys of a citation."""
    items: list[Json] = []
    for node in nodes:
        if isinstance(node, Text):
            words = filter(None, re.split(r"( +)", unescape(node.text)))
            items.extend({"t": "Space"} if word.isspace() else {"t": "Str", "c": word} for word in words)
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
