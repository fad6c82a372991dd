"""Citations and cross-references: recognised in the text of a chapter.

The reader leaves ``[see @key, p. 3]`` and ``@tbl-sizes`` as text. A run of inlines is laid out flat, one character for each character of
text and a stand-in for everything else, the citations are found in that, and the run is cut there.
"""

from __future__ import annotations

import re
from dataclasses import replace

from bindery.nodes import Cite, CiteItem, Node, Reference, Text, rewrite_runs
from bindery.problem import At

STAND_IN = "\ufffc"
KEY = r"(?:\{(?P<braced>[^{}\s]+)\}|(?P<key>\w(?:\w|[:.#$%&\-+?<>~/]+(?=\w))*))"
# The Pandoc manual, "Citation syntax": a key is letters, digits and _, with single punctuation characters inside; `-@key` leaves the author out.
ITEM = re.compile(rf"(?:(?<=^)|(?<=[^\w@]))(?P<minus>-)?@{KEY}")
GROUP = re.compile(r"\[([^\[\]]*@[^\[\]]*)\]")
LOCATOR = re.compile(r" ?\[([^\[\]@]*)\]")
REFERENCE = re.compile(r"(sec|tbl|fig)-\S+")


def recognised(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """Nodes with every citation and cross-reference of their texts as a node of its own."""
    return rewrite_runs(nodes, _recognise_run)


def _recognise_run(run: tuple[Node, ...]) -> tuple[Node, ...]:
    if not any(isinstance(node, Text) and "@" in node.text for node in run):
        return run
    flat = _Flat(run)
    done: list[Node] = []
    position = 0
    for start, end, made in _found(flat):
        done.extend(flat.cut(position, start))
        done.extend(made)
        position = end
    done.extend(flat.cut(position, len(flat.text)))
    return tuple(done)


def _found(flat: _Flat) -> list[tuple[int, int, tuple[Node, ...]]]:
    found: list[tuple[int, int, tuple[Node, ...]]] = []
    covered = [False] * (len(flat.text) + 1)
    for group in GROUP.finditer(flat.text):
        made = _group(flat, group.start(1), group.end(1))
        for index in range(group.start(), group.end()):
            covered[index] = True
        if made:
            found.append((group.start(), group.end(), made))
    for item in ITEM.finditer(flat.text):
        if covered[item.start()]:
            continue
        key, at = item["braced"] or item["key"], flat.at(item.start())
        if REFERENCE.fullmatch(key):
            found.append((item.start(), item.end(), (Reference(key, at=at),)))
            continue
        end = item.end()
        suffix: tuple[Node, ...] = ()
        if locator := LOCATOR.match(flat.text, end):
            end, suffix = locator.end(), flat.cut(*locator.span(1))
        found.append((item.start(), end, (Cite((CiteItem(key, suffix=suffix, at=at),), in_text=True, at=at),)))
    return sorted(found, key=lambda entry: entry[:2])


def _group(flat: _Flat, start: int, end: int) -> tuple[Node, ...]:
    """What the text between two brackets cites; nothing when it is no citation."""
    items: list[CiteItem] = []
    at = flat.at(start)
    position = start
    while position <= end:
        semicolon = flat.text.find(";", position, end)
        stop = end if semicolon < 0 else semicolon
        match = ITEM.search(flat.text, position, stop)
        if not match:
            return ()
        key = match["braced"] or match["key"]
        prefix, suffix = _stripped(flat.cut(position, match.start()), left=True), flat.cut(match.end(), stop)
        if ITEM.search(flat.text, match.end(), stop):
            return ()
        items.append(CiteItem(key, prefix, suffix, bool(match["minus"]), at=flat.at(match.start())))
        position = stop + 1
    references = [bool(REFERENCE.fullmatch(item.key)) for item in items]
    if all(references):
        made: list[Node] = []
        for item in items:
            made += [Text("; ", at=item.at)] if made else []
            made += [*item.prefix, Reference(item.key, at=item.at), *item.suffix]
        return tuple(made)
    return () if any(references) else (Cite(tuple(items), at=at),)


def _stripped(nodes: tuple[Node, ...], *, left: bool) -> tuple[Node, ...]:
    if left and nodes and isinstance(nodes[0], Text):
        text = nodes[0].text.lstrip()
        return ((replace(nodes[0], text=text),) if text else ()) + nodes[1:]
    return nodes


class _Flat:
    """A run of inlines as one string, and the way back."""

    def __init__(self, run: tuple[Node, ...]) -> None:
        self.run = run
        self.starts: list[int] = []
        pieces: list[str] = []
        length = 0
        for node in run:
            self.starts.append(length)
            pieces.append(node.text if isinstance(node, Text) else STAND_IN)
            length += len(pieces[-1])
        self.text = "".join(pieces)

    def at(self, position: int) -> At:
        return next(
            (n.at for n, s in zip(reversed(self.run), reversed(self.starts), strict=True) if s <= position), self.run[0].at
        )

    def cut(self, start: int, end: int) -> tuple[Node, ...]:
        """The nodes between two positions; texts are cut, other nodes are whole."""
        done: list[Node] = []
        for node, first in zip(self.run, self.starts, strict=True):
            length = len(node.text) if isinstance(node, Text) else 1
            left, right = max(start, first), min(end, first + length)
            if left < right:
                done.append(replace(node, text=node.text[left - first : right - first]) if isinstance(node, Text) else node)
        return tuple(done)
