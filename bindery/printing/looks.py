"""What the eye of a typesetter does not let pass: runts, widows, orphans, parted company, pages left half empty.

A page with such a fault can be printed and read. So what is found here are remarks, and hold up a book only if it asks for it: `strict` in the
table [layout] of book.toml. Each check is a generator named for the rule, and reads the boxes of the finished pages, as those of
`bindery.printing.layout_audit` do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from xml.etree.ElementTree import Element

from bindery.edition.endings import LEAST, count
from bindery.printing import forme
from bindery.printing.forme import TOLERANCE, Box, Forme, points
from bindery.printing.layout_audit import HEADINGS
from bindery.problem import Problem

# Whose lines are short by nature, by element or class: cells, code, verse, the columns of an index.
_NARROW = frozenset({"td", "th", "pre", "line", "columns"})

# How much of a page may be left empty at its foot, of 1, when what comes next would have fitted.
_EMPTY = 0.5


@dataclass(frozen=True)
class Piece:
    """As much of a paragraph as stands on one page, or in one column of it; `before` is the piece of it that came before."""

    page: int
    block: Box
    lines: list[Box]
    before: Piece | None

    @property
    def ends(self) -> bool:
        return self.lines[-1].resume_at is None


def runt(pages: Forme) -> Iterator[Problem]:
    """A paragraph of two lines or more, a note, a caption or a heading ends in a line of fewer than five letters and figures.

    Centred lines, verse, code, cells and the index may; so may what the author has put on a line of its own. Words that the stylesheet adds
    count, a call of note does not.
    """
    for piece in _pieces(pages):
        *others, last = piece.lines
        above = others[-1] if others else piece.before and piece.before.lines[-1]
        if not piece.ends or not above or forme.ends_by_force(above) or not _is_prose(piece, pages):
            continue
        texts = [box for box in forme.in_flow(last) if forme.is_text(box) and not box.element_tag.endswith("::footnote-call")]
        words = "".join(box.text for box in texts)
        if 0 < count(words) < LEAST and not any(forme.is_picture(box) for box in forme.in_flow(last)):
            message = f"on page {piece.page} of the PDF the last line of a paragraph is {forme.excerpt(words)}"
            yield Problem(
                pages.at(piece.block.element), f"{message}; expected {LEAST} letters or more: add or cut a few words", "runt"
            )


def widow(pages: Forme) -> Iterator[Problem]:
    """A page or column begins with the last line of a paragraph."""
    for piece in _pieces(pages):
        if piece.before and piece.ends and len(piece.lines) == 1 and not pages.within(piece.block.element, _CELLS):
            message = f"page {piece.page} of the PDF begins with the last line of a paragraph, {forme.excerpt(forme.text_of(piece.lines[0]))}"
            yield Problem(pages.at(piece.block.element), f"{message}; expected two lines of it: add or cut a few words", "widow")


def orphan(pages: Forme) -> Iterator[Problem]:
    """A page or column ends with the first line of a paragraph. One of two lines is a widow on the next page, and told of once."""
    for piece in _pieces(pages):
        first = piece.before
        if not first or first.before or len(first.lines) > 1 or pages.within(piece.block.element, _CELLS):
            continue
        if len(piece.lines) > 1 or not piece.ends:
            message = f"page {first.page} of the PDF ends with the first line of a paragraph, {forme.excerpt(forme.text_of(first.lines[0]))}"
            yield Problem(pages.at(first.block.element), f"{message}; expected two lines of it: add or cut a few words", "orphan")


def parted_call(pages: Forme) -> Iterator[Problem]:
    """A line begins with a call of note: the word that it belongs to stands on the line before."""
    for piece in _pieces(pages):
        above = [piece.before.lines[-1]] if piece.before else []
        for before, line in pairwise([*above, *piece.lines]):
            # After a break of the author's, or a word that fills its cell, there is no other place for it.
            if forme.ends_by_force(before) or pages.within(piece.block.element, _CELLS):
                continue
            first = next((box for box in forme.in_flow(line) if forme.is_text(box) and box.text.strip()), None)
            if first and first.element_tag.endswith("::footnote-call"):
                words = forme.excerpt(forme.text_of(line))
                message = f"on page {piece.page} of the PDF a line begins with a call of note: {words}"
                yield Problem(pages.at(piece.block.element), f"{message}; expected it beside its word", "parted-call")


def parted(pages: Forme) -> Iterator[Problem]:
    """A page ends where the stylesheet asks for no break: a caption above its table, a table above its source. Headings have their own check."""
    for (number, left), (_, right) in pairwise(_with_text(pages)):
        last, first = forme.matter(left)[-1], forme.matter(right)[0]
        above, below = list(pages.lineage(last.element)), list(pages.lineage(first.element))
        asked = _asked(left, "break_after"), _asked(right, "break_before")
        kept = [one for one in above if one not in below and asked[0].get(one) in _AVOID and one.tag not in HEADINGS]
        kept += [one for one in below if one not in above and asked[1].get(one) in _AVOID]
        if kept and not forme.is_forced(right, above):
            message = f"page {number} of the PDF ends between {_named(last)} and {_named(first)}"
            yield Problem(pages.at(kept[0]), f"{message}; expected both on one page: add or cut a few lines", "parted")


def short_page(pages: Forme) -> Iterator[Problem]:
    """A page is left more than half empty, though what follows would have fitted: two lines, say, with their notes and their heading."""
    for (number, left), (_, right) in pairwise(_with_text(pages)):
        area = forme.note_area(left)
        foot = area.position_y if area and area.children else left.content_box_y() + left.height
        empty = foot - max(forme.bottom(box) for box in forme.matter(left))
        if (
            empty < _EMPTY * left.height
            or empty < _least(right, pages) + TOLERANCE
            or forme.is_forced(right, _going_on(left, pages))
        ):
            continue
        message = f"{points(empty)} of page {number} of the PDF are left empty"
        yield Problem(
            pages.at(forme.matter(right)[0].element), f"{message}; expected what stands here on that page", "short-page"
        )


def sunk_page(pages: Forme) -> Iterator[Problem]:
    """A page begins below its first line: what it begins with keeps its margin, though no stylesheet asks for the break before it."""
    for (_, left), (number, right) in pairwise(_with_text(pages)):
        blocks = [box for box in forme.opening(right) if not forme.is_line(box) and forme.is_block(box)]
        sunk = sum(box.margin_top for box in blocks)
        if sunk > TOLERANCE and not forme.is_forced(right, _going_on(left, pages)):
            message = f"page {number} of the PDF begins {points(sunk)} below its first line"
            yield Problem(pages.at(blocks[-1].element), f"{message}; expected no margin there", "sunk-page")


CHECKS: tuple[Callable[[Forme], Iterable[Problem]], ...] = (runt, widow, orphan, parted_call, parted, short_page, sunk_page)

_CELLS = frozenset({"td", "th"})
_AVOID = ("avoid", "avoid-page")


def look_over(pages: Forme) -> list[Problem]:
    """All that the checks of this module find."""
    return [problem for check in CHECKS for problem in check(pages)]


def _pieces(pages: Forme) -> Iterator[Piece]:
    """Every paragraph, or what a page or column has of it, in the order of the pages."""
    unfinished: dict[Element, Piece] = {}
    for number, page in pages.numbered:
        for block in forme.line_holders(page):
            # A paragraph that was to begin on this page, and whose note had no room there, leaves an empty line behind.
            if not forme.text_of(block).strip() and not any(
                forme.is_atom(box) or forme.is_picture(box) for box in forme.walk(block)
            ):
                continue
            piece = Piece(number, block, forme.lines(block), unfinished.pop(block.element, None))
            if not piece.ends:
                unfinished[block.element] = piece
            yield piece


def _is_prose(piece: Piece, pages: Forme) -> bool:
    style = piece.block.style
    if style["white_space"] not in ("normal", "nowrap") or style["text_align_all"] == "center":
        return False
    return not any(one.tag in _NARROW or one.get("class") in _NARROW for one in pages.lineage(piece.block.element))


def _with_text(pages: Forme) -> Iterator[tuple[int, Box]]:
    return ((number, page) for number, page in pages.numbered if forme.matter(page))


def _asked(page: Box, side: str) -> dict[Element, str]:
    """What the stylesheet says of a break before or after each element on a page."""
    boxes = (box for child in forme.body(page) for box in forme.in_flow(child) if box.element is not None)
    return {box.element: box.style[side] for box in boxes if box.style[side] != "auto"}


def _named(box: Box) -> str:
    return "a picture" if forme.is_picture(box) else forme.excerpt(box.text)


def _least(page: Box, pages: Forme) -> float:
    """The height of the least that a page could have given to the one before it, with its notes, in CSS pixels."""
    asked = _asked(page, "break_after")
    for box in (box for child in forme.body(page) for box in forme.in_flow(child)):
        above = list(pages.lineage(box.element))
        if any(one.tag in HEADINGS or one.tag in forme.REPEATED or asked.get(one) in _AVOID for one in above):
            continue
        if forme.is_picture(box) or box.style["break_inside"] in _AVOID:
            end = forme.bottom(box)
        elif forme.holds_lines(box):
            end = forme.bottom(forme.lines(box)[:2][-1])
        else:
            continue
        return end - float(page.content_box_y()) + _noted(page, end)
    return 0.0


def _noted(page: Box, end: float) -> float:
    """The height of the notes that a page calls above a place."""
    area = forme.note_area(page)
    heights = {note.element: note.margin_height() for note in area.children} if area else {}
    called = (box for child in forme.body(page) for box in forme.in_flow(child) if box.footnote and box.position_y < end)
    return float(sum(heights.get(box.footnote.element, 0) for box in called))


def _going_on(page: Box, pages: Forme) -> list[Element]:
    """The elements that a page ends in, and that may go on with the next one."""
    return list(pages.lineage(forme.matter(page)[-1].element))
