"""The marks that an author leaves below a paragraph, as comments: what it rests on, and what a proofreader is to let pass.

``<!-- facts: F16 Q9 -->`` and ``<!-- prose: spelling -->`` stand on a line of their own directly below the paragraph, list item, note, callout or
table that they speak of. No reader of the book sees them.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bindery.manuscript.files import FENCE
from bindery.manuscript.reading import Chapter
from bindery.nodes import CodeBlock, find
from bindery.problem import At, Problem

KINDS = ("facts", "prose")
OPENS = re.compile(r"^\s*(?:>\s?)*<!--\s*(?P<kind>[A-Za-z]+)\s*:(?P<rest>.*)$")
CLOSING_DIV = re.compile(r"^\s*(?:>\s?)*:{3,}\s*$")
OPENING_DIV = re.compile(r"^\s*(?:>\s?)*:{3,}\s*\S")
# What begins on its line, whatever stands above: a list item, a definition, a note, a heading.
BEGINS = re.compile(r"^\s*(?:>\s?)*(?:[-*+]\s|\d+[.)]\s|:\s|\[\^|#)")


@dataclass(frozen=True)
class Mark:
    """A mark and the lines that it speaks of."""

    at: At
    kind: str
    words: tuple[str, ...]
    covers: frozenset[At]


def marks_of(chapter: Chapter) -> tuple[Mark, ...]:
    """Every mark of a chapter, in order; one that stands below nothing covers nothing."""
    lines, origins = chapter.source.lines, chapter.source.origins
    code = code_places(chapter)
    comments = _comments(lines, {index for index, at in enumerate(origins) if at in code})
    inside = {index for first, last, _, _ in comments for index in range(first, last + 1)}
    done = []
    for first, _, kind, words in comments:
        above = first - 1
        while above in inside:
            above -= 1
        done.append(Mark(origins[first], kind, words, frozenset(origins[i] for i in _block_above(lines, above, inside))))
    return tuple(done)


def code_places(chapter: Chapter) -> frozenset[At]:
    """The lines of a chapter's code blocks, fences and all."""
    lines = dict(zip(chapter.source.origins, chapter.source.lines, strict=True))
    places: set[At] = set()
    for block in find(chapter.blocks, CodeBlock):
        fences = 2 if FENCE.match(lines.get(block.at, "")) else 0
        count = block.text.rstrip("\n").count("\n") + 1 + fences
        places.update(At(block.at.path, block.at.line + n) for n in range(count))
    return frozenset(places)


def _comments(lines: Sequence[str], code: set[int]) -> list[tuple[int, int, str, tuple[str, ...]]]:
    """The first and last line, the kind and the words of every comment that opens its line with a word and a colon."""
    done = []
    for first, line in enumerate(lines):
        match = OPENS.match(line)
        if not match or first in code:
            continue
        text, last = match["rest"], first
        while "-->" not in text and last + 1 < len(lines):
            last += 1
            text += " " + lines[last]
        done.append((first, last, match["kind"], tuple(re.split(r"[\s,;]+", text.partition("-->")[0].strip()))))
    return [comment for comment in done if comment[2] in KINDS]


def _block_above(lines: Sequence[str], last: int, marks: set[int]) -> Sequence[int]:
    """The lines of the block that ends on line ``last`` (from 0): a div as a whole, else what hangs together without a blank line."""
    if last < 0 or not lines[last].strip():
        return ()
    first = last
    if CLOSING_DIV.match(lines[last]):
        depth = 0
        for first in range(last, -1, -1):
            depth += bool(CLOSING_DIV.match(lines[first])) - bool(OPENING_DIV.match(lines[first]))
            if not depth:
                break
        return range(first, last + 1)
    while not BEGINS.match(lines[first]) and first > 0:
        above = lines[first - 1]
        if not above.strip() or first - 1 in marks or CLOSING_DIV.match(above) or OPENING_DIV.match(above):
            break
        first -= 1
    return range(first, last + 1)


def misspelt(chapter: Chapter) -> Iterator[Problem]:
    """Bad: ``<!-- fact: F1 -->``, which marks nothing. Good: ``<!-- facts: F1 -->``."""
    code = code_places(chapter)
    for line, at in zip(chapter.source.lines, chapter.source.origins, strict=True):
        match = OPENS.match(line)
        if not match or match["kind"] in KINDS or at in code:
            continue
        if meant := difflib.get_close_matches(match["kind"].lower(), KINDS, 1, 0.8):
            yield Problem(at, f"a comment '{match['kind']}:' marks nothing; did you mean '{meant[0]}:'?", "mark")


def idle(chapter: Chapter) -> Iterator[Problem]:
    """Bad: a mark below a blank line. Good: a mark directly below what it speaks of."""
    for mark in marks_of(chapter):
        if not mark.covers:
            yield Problem(mark.at, f"a mark '{mark.kind}:' below nothing; expected it directly below its paragraph", "mark")
        elif not any(mark.words):
            yield Problem(mark.at, f"a mark '{mark.kind}:' that names nothing", "mark")
