"""Quotations are given to the letter: what is quoted stands word for word in a source that was read, or in the chapter itself.

Compared is what a reader would call the same words. Curly or straight marks, dashes, spaces, the stop at the end and the capital at the start are
the book's own; ``…`` and words in square brackets are cuts, and the pieces between them must follow each other in the original.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from bindery.manuscript.book import Book
from bindery.manuscript.passages import passages_of
from bindery.manuscript.reading import Chapter
from bindery.nodes import Cite, Quote, find, walk
from bindery.problem import Problem

CUT = re.compile(r"…|\.\s?\.\s?\.|\[[^\]]*\]")
SAME = str.maketrans({"‘": "'", "’": "'", "\u00a0": " ", "\u202f": " "})


@lru_cache(maxsize=4096)
def even(text: str) -> str:
    """Text with all that may differ between a quotation and its original made the same; of quotation marks only apostrophes are left."""
    text = re.sub(r"(?<!\w)'|'(?!\w)|[\"“”„‟«»]", "", text.translate(SAME))
    return re.sub(r"\s+", " ", re.sub(r"\s*(?:--+|[–—])\s*|\s-\s", " – ", text)).strip()


def is_verbatim(quotation: str, original: str) -> bool:
    """Whether the pieces of a quotation stand in an original, word for word and in their order."""
    text, position = even(CUT.sub(" ", original)), 0
    pieces = _pieces(quotation)
    for piece in pieces:
        match = piece.search(text, position)
        if not match:
            return False
        position = match.end()
    return bool(pieces)


@lru_cache(maxsize=4096)
def _pieces(quotation: str) -> tuple[re.Pattern[str], ...]:
    """What must be found of a quotation: whole words between its cuts, the first letter small or large."""
    pieces = [piece for part in CUT.split(quotation) if (piece := even(part).strip(" .,;:!?'–"))]
    return tuple(
        re.compile(rf"(?<!\w)[{re.escape(piece[0].lower() + piece[0].upper())}]{re.escape(piece[1:])}(?!\w)") for piece in pieces
    )


def quotation_proof(book: Book) -> Iterator[Problem]:
    """Bad: a callout whose words differ by one from those of the source. Good: its words, or words of the chapter itself (a pull quote)."""
    if book.facts is None:
        return
    for chapter in book.chapters.values():
        for quote in find(chapter.blocks, Quote):
            text = " ".join(passage.text for passage in passages_of(quote.children, chapter.language) if passage.role == "text")
            keys = {item.key for cite in find(quote.note, Cite) for item in cite.items}
            sources = [fact for fact in book.facts.values() if keys & set(fact.sources)]
            if not any(is_verbatim(text, fact.text) for fact in sources) and not _is_pulled(text, quote, chapter):
                where = f"in no fact that was read in {_listed(keys)}" if keys else "not in this chapter, and cites no source"
                message = f"the words of {quote.by} stand {where}; expected them to the letter"
                yield Problem(quote.at, message, "quotation")


def _listed(keys: set[str]) -> str:
    return " or ".join(f"@{key}" for key in sorted(keys))


def _is_pulled(text: str, quote: Quote, chapter: Chapter) -> bool:
    """Whether a callout repeats words of its own chapter."""
    inside = {node.at for node in walk(quote)}
    return any(is_verbatim(text, passage.text) for passage in chapter.passages if passage.at(0) not in inside)
