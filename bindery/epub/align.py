"""The page map of a PDF that another program made: its pages found again in the text of the book.

The letters at the head of each page are looked for in the letters of the manuscript; of all places found, the chain that keeps the order of the pages
and agrees best is taken. What a page starts with that is not in the book, such as the repeated head of a table or a running head, is passed over.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import pypdfium2  # type: ignore[import-untyped]
from lxml import etree

from bindery.edition.block_names import BLOCK
from bindery.edition.fair_copy import FairCopy
from bindery.edition.pages import EpubPages
from bindery.epub.page_breaks import counted_text
from bindery.printing.page_map import Block, Leaf, Line, PageMap, letters
from bindery.problem import At, Faulty, Problem

# Running heads and folios stand in this share of the page's height, at its head and foot.
_OUTER = 0.14

# How many letters of a page are looked for in one piece, and what share of those after it must be there as well. The longer the piece, the surer
# it is by itself: a page may have two lines of text, and then its notes.
_PROBES = ((40, 0.2), (24, 0.5), (14, 0.7))
_SKIPS = range(0, 240, 12)
_COMPARED = 160


@dataclass(frozen=True)
class _Sheet:
    """A page of the PDF: its label, and its body's letters."""

    label: str
    body: str


@dataclass(frozen=True)
class _Found:
    """A place that may be the start of a page: ``place`` counts the letters of the book; ``score`` tells how well the two agree, up to 1."""

    page: int
    place: int
    score: float


def pages_of(pdf: bytes, name: str, copy: FairCopy) -> tuple[PageMap, list[str]]:
    """The page map of a foreign PDF for an EPUB edition, and the labels of the pages that were not found in the book.

    Raises :class:`Faulty` when the file is no PDF, or has nothing to do with the book.
    """
    sheets = _read(pdf, name)
    blocks, anchors = _book(copy)
    text = "".join(bare for _, bare, _ in blocks)
    chain = _chain([found for number, sheet in enumerate(sheets) for found in _candidates(number, sheet.body, text)])
    chain = _filled(chain, sheets, text)
    if not chain:
        raise Faulty([Problem(At(name), "no page of it has text of the book; expected a PDF of this book", "page-list")])
    starts = [0]
    for _, bare, _ in blocks:
        starts.append(starts[-1] + len(bare))
    leaves: dict[int, Leaf] = {}
    lines: dict[str, list[Line]] = {}
    for found in chain:
        index = min(bisect_right(starts, found.place) - 1, len(blocks) - 1)
        block, _, places = blocks[index]
        offset = _with_opening(block.text, places[found.place - starts[index]]) if places else 0
        leaves[found.page] = Leaf(found.page + 1, sheets[found.page].label, block=block.name, offset=offset)
        lines.setdefault(block.name, []).append(Line(found.page + 1, 1, offset))
    pages = tuple(leaves.get(number, Leaf(number + 1, sheet.label, blank=not sheet.body)) for number, sheet in enumerate(sheets))
    at = [found.place for found in chain]
    labels = {
        identifier: sheets[chain[max(bisect_right(at, place) - 1, 0)].page].label
        for identifier, place in _absolute(anchors, starts)
    }
    card = copy.book.card
    isbn = next((e.isbn for e in card.editions.values() if e.format == "print" and e.isbn), None)
    known = {block.name: block for block, _, _ in blocks}
    mapped = PageMap(
        title=card.title,
        edition=name,
        identifier=f"urn:isbn:{isbn}" if isbn else f"{card.title} ({name})",
        made_from="",
        pages=pages,
        blocks=tuple(Block(n, known[n].at, known[n].text, tuple(found)) for n, found in lines.items()),
        anchors=labels,
    )
    return mapped, [sheet.label for number, sheet in enumerate(sheets) if sheet.body and number not in leaves]


def _with_opening(text: str, offset: int) -> int:
    """The place of a word with the marks that open it, a bracket say: only its letters were compared."""
    index = [at for at, character in enumerate(text) if letters(character)][offset]
    while index and not text[index - 1].isspace() and not text[index - 1].isalnum():
        index -= 1
        offset -= 1
    return offset


# --- the book ----------------------------------------------------------------------------------------------------------------

# A block, its letters as they are compared, and for each of them how many letters of the block stand before it.
_Text = tuple[Block, str, list[int]]


def _book(copy: FairCopy) -> tuple[list[_Text], list[tuple[str, int, int]]]:
    """The blocks of the book's flow, without its notes; and where its ids stand: the block after them, and how much of it comes before."""
    pages = EpubPages(copy)
    blocks: list[_Text] = []
    anchors: list[tuple[str, int, int]] = []
    for section in pages.sections:
        markup = pages.page("section.xhtml.j2", sheets=[], up="", matter="", kind="", section=section)
        root = etree.fromstring(markup.encode())
        for element in root.iter(etree.Element):
            if any(one.get("role") == "doc-endnotes" for one in element.iterancestors()):
                continue
            if name := element.get(BLOCK):
                text = counted_text(element)
                bare, places = _bare(text)
                blocks.append((Block(name, "", text, ()), bare, places))
            if identifier := element.get("id"):
                inside = next((one for one in element.iterancestors() if one.get(BLOCK)), None)
                before = len(_bare(_text_before(inside, element))[0]) if inside is not None else 0
                anchors.append((identifier, len(blocks) - (inside is not None or bool(name)), before))
    return blocks, anchors


def _text_before(block: etree._Element, element: etree._Element) -> str:
    parts: list[str] = []
    for event, one in etree.iterwalk(block, events=("start", "end")):
        if one is element:
            break
        parts.append((one.text if event == "start" else one.tail if one is not block else "") or "")
    return "".join(parts)


def _absolute(anchors: Iterable[tuple[str, int, int]], starts: Sequence[int]) -> Iterable[tuple[str, int]]:
    return ((identifier, starts[min(index, len(starts) - 1)] + before) for identifier, index, before in anchors)


def _bare(text: str) -> tuple[str, list[int]]:
    """Letters without case, accents' spelling, figures and marks, which programs set in many ways; and the place of each among all letters."""
    bare, places, counted = [], [], 0
    for character in text:
        if not letters(character):
            continue
        for one in _folded(character):
            bare.append(one)
            places.append(counted)
        counted += 1
    return "".join(bare), places


def _folded(text: str) -> str:
    return "".join(one for one in text.casefold() if one.isalpha())


# --- the PDF -----------------------------------------------------------------------------------------------------------------


def _read(pdf: bytes, name: str) -> list[_Sheet]:
    """The pages of a PDF without their running heads and folios."""
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError:
        raise Faulty([Problem(At(name), "is no PDF that can be read", "file-format")]) from None
    rows = [_rows(document[number]) for number in range(len(document))]
    heads = Counter(key for page in rows for key in {_key(row) for row in page if row.outer})
    sheets = []
    for number, page in enumerate(rows):
        body = [row for row in page if not (row.outer and (heads[_key(row)] > 1 or _is_folio(row.text)))]
        folio = next((row.text.strip() for row in page if row.outer and _is_folio(row.text)), "")
        label = document.get_page_label(number) or folio or str(number + 1)
        sheets.append(_Sheet(label, _bare("".join(row.text for row in body))[0]))
    return sheets


@dataclass(frozen=True)
class _Row:
    """A line of print: its height on the page, rounded to 3 points, whether that is in the outer part, and its words."""

    height: int
    outer: bool
    text: str


def _rows(page: pypdfium2.PdfPage) -> list[_Row]:
    text = page.get_textpage()
    _, tall = page.get_size()
    found: list[_Row] = []
    for index, character in enumerate(text.get_text_range()):
        if character.isspace() or index >= text.count_chars():
            continue
        _, low, _, high = text.get_charbox(index, loose=True)
        middle = (low + high) / 2
        height = round(middle / 3)
        if found and abs(found[-1].height - height) <= 1:
            found[-1] = replace(found[-1], text=found[-1].text + character)
        else:
            found.append(_Row(height, not tall * _OUTER < middle < tall * (1 - _OUTER), character))
    return found


def _key(row: _Row) -> tuple[int, str]:
    return row.height, _folded(row.text)


def _is_folio(text: str) -> bool:
    return bool(re.fullmatch(r"[\s\W]*(\d{1,5}|[ivxlcdm]{1,8})[\s\W]*", text, re.IGNORECASE))


# --- finding the pages -------------------------------------------------------------------------------------------------------


def _candidates(page: int, body: str, text: str, low: int = 0, high: int | None = None, most: int = 8) -> list[_Found]:
    """Places in the book that may be the start of a page, the likeliest by a piece of its text that is found there."""
    for length, agreed in _PROBES:
        found: dict[int, _Found] = {}
        for skip in _SKIPS:
            probe = body[skip : skip + length]
            if len(probe) < length:
                break
            place = text.find(probe, low, high)
            while place >= 0 and len(found) < most:
                start = _walked_back(body, skip, text, place)
                score = _agreement(body[skip:], text[place:])
                if score >= agreed and (start not in found or found[start].score < score):
                    found[start] = _Found(page, start, score)
                place = text.find(probe, place + 1, high)
            if found:
                return list(found.values())
    return []


def _walked_back(body: str, skip: int, text: str, place: int) -> int:
    """The start of the page, from a place inside it: as far back as page and book say the same."""
    back = 0
    while back < skip and back < place and body[skip - back - 1] == text[place - back - 1]:
        back += 1
    return place - back


def _agreement(page: str, text: str) -> float:
    """The share of a page's next pieces of eight letters that the book has in the same stretch."""
    head, there = page[:_COMPARED], text[: 2 * _COMPARED]
    pieces = [head[index : index + 8] for index in range(0, max(len(head) - 7, 1), 4)]
    return sum(piece in there for piece in pieces) / len(pieces)


def _chain(candidates: Sequence[_Found]) -> list[_Found]:
    """The best chain in which later pages stand at later places: the greatest sum of scores."""
    ordered = sorted(candidates, key=lambda one: (one.page, one.place))
    best: list[tuple[float, int]] = []
    for index, one in enumerate(ordered):
        before = ((best[at][0], at) for at in range(index) if ordered[at].page < one.page and ordered[at].place < one.place)
        score, previous = max(before, default=(0.0, -1))
        best.append((score + one.score, previous))
    chain: list[_Found] = []
    at = max(range(len(best)), key=lambda index: best[index][0], default=-1)
    while at >= 0:
        chain.append(ordered[at])
        at = best[at][1]
    return chain[::-1]


def _filled(chain: Sequence[_Found], sheets: Sequence[_Sheet], text: str) -> list[_Found]:
    """The chain with the pages between its links looked for once more, between the places of their neighbours."""
    ends = [_Found(-1, -1, 1), *chain, _Found(len(sheets), len(text), 1)]
    done = list(chain)
    for before, after in pairwise(ends):
        between = [
            found
            for page in range(before.page + 1, after.page)
            for found in _candidates(page, sheets[page].body, text, before.place + 1, after.place)
        ]
        done.extend(_chain(between))
    return sorted(done, key=lambda one: one.page)
