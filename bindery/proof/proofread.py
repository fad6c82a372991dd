"""Proofreading: what reads as a mistake in a chapter that parses well.

Each check is a generator over a chapter; its name, with hyphens, is the name that its problems carry. The words of the whole book are looked
at by :mod:`bindery.proof.prose`, what it says by :mod:`bindery.proof.quotations` and :mod:`bindery.proof.fact_check`. The checks of what points from
one chapter to another (links, references, ids, sources) are made where the fair copy is: :mod:`bindery.edition.fair_copy`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator

from bindery.manuscript.book import Book
from bindery.manuscript.dialect import unescape
from bindery.manuscript.files import FORBIDDEN
from bindery.manuscript.reading import Chapter
from bindery.nodes import Node, Paragraph, Text, find, parts, walk
from bindery.problem import At, Problem
from bindery.proof import marks
from bindery.proof.fact_check import mark_check
from bindery.proof.prose import prose
from bindery.proof.quotations import quotation_proof

STAND_IN = "\ufffc"

# Text that looks like markup which was not understood. In the manuscript a backslash before it says that it is meant.
STRAY = tuple(
    (re.compile(pattern), what)
    for pattern, what in (
        (r"\{\{.*?\}\}|\{\{|\}\}|\{%.*?%\}|\{%|%\}", "a template tag; a variable is written [name]{.var}"),
        (r":::+", "a ':::' fence; it stands alone on its line"),
        (r"\[\^[^\]]*\]?", "a footnote call"),
        (r"!include\b", 'an include; expected ::: {.include file="…"}'),
        (r"\^\[", "an inline note"),
        (r"\[[^\[\]]*@[^\[\]]*\]", "a citation; expected [@key] or [see @key, p. 3; @other]"),
        (r"\[\[[^\]\s]*|\]\]", "a wiki link; expected [[chapter|text]]"),
        (r"!\[", "an image; expected ![caption](file)"),
        (r"\]\(|\]\[[^\]]*\]", "a link; expected [text](target)"),
        (
            r"\{\s*[#.][\w-][^}]*\}?|\{\s*[\w-]+=[^}]*\}?",
            "attributes; they follow a [span], a link, an image or a heading without a space",
        ),
        (r"`{3,}|~{3,}", "a code fence; it starts its line"),
        (r"\$\$", "a formula; expected $$ … $$"),
        (r"\\[A-Za-z]+\{", "a TeX command outside a formula"),
        (r"\*\*|(?<!\w)__(?=\w)|(?<=\w)__(?!\w)", "emphasis that is never closed"),
        (r"<!--|-->", "a comment"),
        (r"&[A-Za-z]\w*;", "a character reference"),
        (r"</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?>", "HTML"),
    )
)
START = tuple(
    (re.compile(pattern), what)
    for pattern, what in (
        (r"#{2,6}\w", "a heading; there is a space after the '#'"),
        (r"\|.*\|$", "a row of a table; a pipe table has a line of |---| under its heads and a blank line before it"),
        (r"\[[^\]]+\]:\s", "a link definition"),
    )
)
PLACEHOLDER = re.compile(r"(?<!\w)(?:(?:TK)+|TODO|FIXME|XXX)(?!\w)|(?i:lorem ipsum)")


def proofread(book: Book) -> tuple[Problem, ...]:
    """Every problem that the chapters have one by one, then those of the book's prose, quotations and facts."""
    book = book.without_errata
    single = (problem for chapter in book.chapters.values() for check in CHECKS for problem in check(chapter))
    return (*single, *prose(book), *quotation_proof(book), *mark_check(book))


def stray_markup(chapter: Chapter) -> Iterator[Problem]:
    """Bad: ``see {{ page }}``. Good: ``see @sec-page``; or ``\\{{ page }}``, where it is meant as text."""
    reported = {problem.at for problem in chapter.problems}  # what the reader has already told of a line need not be told twice
    for at, match, what in (*_within_lines(chapter), *_at_starts(chapter)):
        if at not in reported:
            yield Problem(at, f"'{_shown(match[0])}' looks like {what}; it would be printed as it stands", "stray-markup")


def _within_lines(chapter: Chapter) -> Iterator[tuple[At, re.Match[str], str]]:
    for run in _runs(chapter.blocks):
        for at, line in _lines(run):
            yield from ((at, match, what) for match, what in _stray(line))


def _at_starts(chapter: Chapter) -> Iterator[tuple[At, re.Match[str], str]]:
    for node in walk(chapter.blocks):
        if isinstance(node, Paragraph) and node.children and isinstance(first := node.children[0], Text):
            for pattern, what in START:
                if match := pattern.match(first.text):
                    yield first.at, match, what


def _stray(line: str) -> Iterator[tuple[re.Match[str], str]]:
    covered: list[tuple[int, int]] = []
    for pattern, what in STRAY:
        for match in pattern.finditer(line):
            if not any(start < match.end() and match.start() < end for start, end in covered):
                covered.append(match.span())
                yield match, what


def placeholder(chapter: Chapter) -> Iterator[Problem]:
    """Bad: ``founded in TK``. Good: ``founded in 2015``."""
    for node in find(chapter.blocks, Text):
        for match in PLACEHOLDER.finditer(unescape(node.text)):
            yield Problem(node.at, f"'{match[0]}' was left over; expected the text that it stands for", "placeholder")


def forbidden_character(chapter: Chapter) -> Iterator[Problem]:
    """Bad: ``&#x1F;``, which no XML document can hold (XML 1.0, section 2.2). The characters themselves are found when the file is read."""
    for node in walk(chapter.blocks):
        for field in dataclasses.fields(node):
            value = getattr(node, field.name)
            if isinstance(value, str) and (match := FORBIDDEN.search(unescape(value))):
                yield Problem(
                    node.at, f"character U+{ord(match[0]):04X} cannot stand in a book; remove it", "forbidden-character"
                )


CHECKS: tuple[Callable[[Chapter], Iterator[Problem]], ...] = (
    stray_markup,
    placeholder,
    forbidden_character,
    marks.misspelt,
    marks.idle,
)


def _runs(nodes: tuple[Node, ...]) -> Iterator[tuple[Node, ...]]:
    """Every run of siblings."""
    yield nodes
    for node in nodes:
        yield from _runs(tuple(parts(node)))


def _lines(run: tuple[Node, ...]) -> Iterator[tuple[At, str]]:
    """The text of a run line by line, with a stand-in for all that is no text."""
    if not any(isinstance(node, Text) for node in run):
        return
    at = run[0].at
    pieces: list[str] = []
    for node in run:
        if node.at != at and isinstance(node, Text):
            yield at, "".join(pieces)
            at, pieces = node.at, []
        pieces.append(node.text if isinstance(node, Text) else STAND_IN)
    yield at, "".join(pieces)


def _shown(text: str) -> str:
    text = unescape(text.replace(STAND_IN, "…"))
    return text if len(text) <= 40 else text[:39] + "…"
