"""The names of blocks: every piece of text that stands by itself is known by one name in all editions of a book.

A name is made of the section and the line of the manuscript, so that what one edition leaves out does not change the names of the rest:
``staircase:41``, ``staircase:41+2`` for the second block of that line, ``staircase:models.csv:3+4`` for the fourth cell of a row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from bindery.edition.fair_copy import Section
from bindery.nodes import (
    Aside,
    Cell,
    CodeBlock,
    Definition,
    Figure,
    Heading,
    Image,
    Node,
    Paragraph,
    Quote,
    Table,
    VerseLine,
    walk,
)

# The attribute by which a block is known in the markup.
BLOCK = "data-block"

# What owns text. Of a node with several texts (a table has a caption and a source) each is a block; the template says which.
OWNERS = (Aside, Cell, CodeBlock, Definition, Figure, Heading, Image, Paragraph, Quote, Table, VerseLine)


class BlockNames:
    """The names of all blocks of a book's sections."""

    def __init__(self, sections: Iterable[Section]) -> None:
        # Nodes are told apart by what they are, not by what they say: two empty cells are two blocks.
        self._kept: list[Node] = []
        self._names: dict[int, str] = {}
        for section in sections:
            for node, name in _named(section):
                self._kept.append(node)
                self._names[id(node)] = name

    def __call__(self, node: Node | Section, part: str = "") -> str | None:
        """The name of a node's block, or of one of its parts; of a section: that of its title. None for a node that is none."""
        name = node.id if isinstance(node, Section) else self._names.get(id(node))
        own = part or ("title" if isinstance(node, Section) else "")
        return f"{name}/{own}" if name and own else name


def _named(section: Section) -> Iterator[tuple[Node, str]]:
    taken: Counter[str] = Counter()
    for node in walk((*section.title, *section.blocks)):
        if isinstance(node, OWNERS):
            path, line = node.at.path, str(node.at.line)
            place = line if path in ("", section.at.path) else f"{PurePosixPath(path).name}:{line}"
            name = f"{section.id}:{place}"
            taken[name] += 1
            yield node, name if taken[name] == 1 else f"{name}+{taken[name]}"
