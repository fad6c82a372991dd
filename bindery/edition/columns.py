"""What asks for more room than a page has: a guess from letters, so that the stylesheet can set it otherwise before the layout."""

from __future__ import annotations

import re

from bindery.foundry.lengths import points
from bindery.nodes import Cell, Table, Text, find, plain

# Points that the house's sheets take from a page for its margins, a letter in a table on the average, the space between two columns.
MARGINS, LETTER, GUTTER = 117, 4.4, 8

# The same of a letter in the contents, and what its number and the shortest leader take up there.
TITLE_LETTER, FOLIO = 5.0, 45

# Cells of fewer letters stay on one line, and of a longer word in the body so much: then it can be divided.
SHORT, DIVIDED = 14, 9

_PIECES = re.compile(r"[^\s/–—-]+[/–—-]?")


def is_crowded(table: Table, width: str) -> bool:
    """Whether the columns of a table ask for more than a page of this width (a length of CSS) has room for."""
    rows = [(row.cells, True) for row in table.head] + [(row.cells, False) for row in table.body]
    widest = [
        max((_widest(cells[place], head) for cells, head in rows if place < len(cells)), default=0)
        for place in range(len(table.columns))
    ]
    asked = sum(widest) * LETTER + GUTTER * (len(widest) - 1)
    return asked > points(width) - MARGINS


def is_long(title: str, width: str) -> bool:
    """Whether a title in the contents of a page of this width may leave no room for its leader and its page number on the line."""
    return len(title) * TITLE_LETTER > points(width) - MARGINS - FOLIO


def _widest(cell: Cell, head: bool) -> int:
    """The letters of the longest piece of a cell that stays on one line. Code is not counted: it may be broken anywhere."""
    if len(whole := plain(cell)) < SHORT:
        return len(whole)
    pieces = (piece for text in find(cell.children, Text) for piece in _PIECES.findall(text.text))
    return max((len(piece) if head else min(len(piece), DIVIDED) for piece in pieces), default=0)
