"""The end of a paragraph kept together in print, so that its last line is never a runt: a few letters, or the end of a divided word.

What would stand alone takes its neighbour along, so a paragraph kept like this takes no line more than before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from bindery.nodes import Code, Group, IndexMark, LineBreak, Link, Node, Note, Reference, Span, Term, Text, plain, rewrite

# The letters and figures that a last line has at least.
LEAST = 5

# The roles of what is kept: the stylesheet lets no line end in the one, and divides the other, a single long word, so that enough of it is left.
KEPT, LAST_WORD = "kept", "last-word"

# What is longer may have to be broken: a narrow column could not hold it.
LONGEST = 24

_LONG_WORD = re.compile(r"\W*\w{8,}\W*")
_BREAKS = re.compile(r"[ \n]+|(?<=[-–—/])(?=\w)")
_SHORT = re.compile(r"(?<![\w’-])(\w{1,3}) (?=\w)")
_EDGES = re.compile(r"^[ \n]+|[ \n]+$")


def keep_ending(nodes: str | Iterable[Node], least: int = LEAST) -> tuple[Node, ...]:
    """The inlines of a paragraph, its last words kept together as far as they make up ``least`` letters or figures.

    Notes are not counted: they are no part of the line. Formulas are counted, and left as they are.
    """
    done: list[Node] = []
    for node in reversed((Text(nodes),) if isinstance(nodes, str) else tuple(nodes)):
        done.extend(reversed(_kept(node, least)) if least > 0 else (node,))
        least = 0 if isinstance(node, LineBreak) else least - count(plain(node))
    return tuple(reversed(done))


def keep_title(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """The inlines of a title, each short word of it ("a", "the", "and") kept with the next, and its ending kept together."""
    return keep_ending(
        leaning for node in nodes for leaning in ((node,) if isinstance(node, Note) else rewrite((node,), _leaning))
    )


def _leaning(node: Node) -> Node:
    if not isinstance(node, Text):
        return node
    leaning = _SHORT.sub("\\1\u00a0", node.text)
    return replace(node, text=leaning) if max(map(len, leaning.split(" "))) <= LONGEST else node


def count(text: str) -> int:
    """The letters and figures of a text."""
    return sum(character.isalnum() for character in text)


def _kept(node: Node, least: int) -> tuple[Node, ...]:
    match node:
        case Text():
            return _kept_text(node, least)
        case Link() if "/" in plain(node):
            # An address, which is broken in its own way.
            return (node,)
        case Link(children=(Text() as text,)) | Term(children=(Text() as text,)):
            # An element inside a link would be a second link in the PDF, over the first: so the link is cut in two, as at the end of a line.
            return tuple(_linked(part, node) for part in _kept_text(text, least))
        case Group() | IndexMark() | Span():
            return (replace(node, children=keep_ending(node.children, least)),)
        case Code() | Reference() if len(plain(node)) <= LONGEST:
            return (Span(KEPT, (node,), at=node.at),)
    return (node,)


def _kept_text(text: Text, least: int) -> tuple[Node, ...]:
    places = (place.end() for place in _BREAKS.finditer(text.text.rstrip()))
    start = max((place for place in places if count(text.text[place:]) >= least), default=0)
    head, tail = text.text[:start], text.text[start:]
    role = LAST_WORD if _LONG_WORD.fullmatch(tail) else KEPT
    if role == KEPT and len(tail) > LONGEST:
        return (text,)
    # A space between two nodes must hold by itself; one within a node is left to the stylesheet, as a plain space can be searched for.
    kept = Span(role, (Text(_EDGES.sub("\u00a0", tail), at=text.at),), at=text.at)
    return (replace(text, text=head), kept) if head else (kept,)


def _linked(part: Node, link: Link | Term) -> Node:
    """A part of the words of a link as a link; what is kept is kept from without."""
    if isinstance(part, Span):
        return replace(part, children=(replace(link, children=part.children),))
    return replace(link, children=(part,))
