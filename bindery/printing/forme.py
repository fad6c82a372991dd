"""The locked-up pages of a book, as the checks read them: the engine's boxes in order, and the line of the manuscript behind each.

Lengths and places are in CSS pixels (1/96 inch) from the top left corner of the page, as the engine gives them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from xml.etree.ElementTree import Element

from weasyprint import Document  # type: ignore[import-untyped]
from weasyprint.formatting_structure import boxes  # type: ignore[import-untyped]
from weasyprint.layout.absolute import AbsolutePlaceholder  # type: ignore[import-untyped]

from bindery.foundry.lengths import POINTS
from bindery.problem import At

# A box of the engine: weasyprint.formatting_structure.boxes.Box. The engine has no types.
Box = Any

# Two places closer than this are the same: far below what a press can show, far above the noise of floats.
TOLERANCE = 0.05


# What a table prints again on every page that it runs over.
REPEATED = frozenset({"thead", "tfoot"})


@dataclass(frozen=True)
class Forme:
    """The pages of a laid-out book and the HTML they were made from.

    `source` is the file to blame where no element says better. An element says better with `data-at="manuscript/x.md:12"`:
    it and all that is in it come from that line.
    """

    pages: tuple[Box, ...]
    root: Element
    source: str
    _parents: dict[Element, Element] = field(repr=False)

    @classmethod
    def of(cls, document: Document, source: str) -> Forme:
        root: Element = document._html.etree_element
        parents = {child: parent for parent in root.iter() for child in parent}
        return cls(tuple(page._page_box for page in document.pages), root, source, parents)

    @cached_property
    def numbered(self) -> tuple[tuple[int, Box], ...]:
        """The pages, counted from 1."""
        return tuple(enumerate(self.pages, 1))

    def lineage(self, element: Element | None) -> Iterator[Element]:
        """The element, its parent, and so on up to the root."""
        while element is not None:
            yield element
            element = self._parents.get(element)

    def at(self, element: Element | None) -> At:
        """The place in the manuscript that the element comes from."""
        for one in self.lineage(element):
            if place := one.get("data-at"):
                path, _, line = place.rpartition(":")
                return At(path, int(line)) if path and line.isdecimal() else At(place)
        return At(self.source)

    def within(self, element: Element | None, tags: frozenset[str]) -> bool:
        """Whether the element is one of these, or inside one."""
        return any(one.tag in tags for one in self.lineage(element))


def walk(box: Box) -> Iterator[Box]:
    """The box and all boxes in it, in the order of the document, with those placed absolutely."""
    waiting = [box]
    while waiting:
        one = waiting.pop()
        if isinstance(one, AbsolutePlaceholder):
            one = one._box
        yield one
        waiting.extend(reversed(one.children))


def in_flow(box: Box) -> Iterator[Box]:
    """Like `walk`, without what is placed absolutely: a designer places that where he wants it."""
    waiting = [box]
    while waiting:
        one = waiting.pop()
        if isinstance(one, AbsolutePlaceholder) or one.is_absolutely_positioned():
            continue
        yield one
        waiting.extend(reversed(one.children))


def body(page: Box) -> Iterator[Box]:
    """The top boxes of the text on a page: no notes, no running matter."""
    return (child for child in page.children if not isinstance(child, boxes.FootnoteAreaBox | boxes.MarginBox))


def note_area(page: Box) -> Box | None:
    """The box that holds the notes of a page, if it has any."""
    return next((child for child in page.children if isinstance(child, boxes.FootnoteAreaBox)), None)


def margins(page: Box) -> dict[str, Box]:
    """The margin boxes of a page that have content, by their at-keyword, such as ``@top-center``."""
    return {child.at_keyword: child for child in page.children if isinstance(child, boxes.MarginBox)}


def is_text(box: Box) -> bool:
    return isinstance(box, boxes.TextBox)


def is_line(box: Box) -> bool:
    return isinstance(box, boxes.LineBox)


def is_block(box: Box) -> bool:
    return isinstance(box, boxes.BlockLevelBox)


def is_picture(box: Box) -> bool:
    return isinstance(box, boxes.ReplacedBox)


def is_cell(box: Box) -> bool:
    return isinstance(box, boxes.TableCellBox)


def is_table(box: Box) -> bool:
    return isinstance(box, boxes.TableBox)


def is_atom(box: Box) -> bool:
    """Whether the box stands in a line as if it were one letter: a picture, an inline block."""
    return isinstance(box, boxes.AtomicInlineLevelBox)


def holds_lines(box: Box) -> bool:
    return isinstance(box, boxes.BlockContainerBox) and any(is_line(child) for child in box.children)


def matter(page: Box) -> list[Box]:
    """Text and pictures of the body, in the order of the document."""
    inside = (box for child in body(page) for box in in_flow(child))
    return [box for box in inside if is_picture(box) or (is_text(box) and box.text.strip(" \n\u200b"))]


def opening(page: Box) -> Iterator[Box]:
    """The boxes that a page begins with, from the outermost inwards."""
    beginning = list(body(page))
    while box := next((one for one in beginning if one.is_in_normal_flow()), None):
        yield box
        beginning = list(box.children)


def is_forced(page: Box, above: Sequence[Element]) -> bool:
    """Whether a stylesheet asked for the break before this page. `above` are the elements that it continues."""
    return any(box.element not in above and box.style["break_before"] in _FORCED for box in opening(page))


_FORCED = ("page", "left", "right", "recto", "verso")


def lines(box: Box) -> list[Box]:
    return [child for child in box.children if is_line(child)]


def line_holders(page: Box) -> Iterator[Box]:
    """The boxes of text and notes that hold lines: each is a paragraph, or as much of one as stands on the page."""
    outside = margins(page).values()
    yield from (box for child in page.children if child not in outside for box in in_flow(child) if holds_lines(box))


def ends_by_force(line: Box) -> bool:
    """Whether a <br> ends the line: its box, which has no width, is the last in it."""
    last = line
    while last.children:
        last = last.children[-1]
        if last.element_tag.partition("::")[0] == "br":
            return True
    return False


def is_shown(box: Box) -> bool:
    return bool(box.style["visibility"] == "visible")


def is_generated(box: Box) -> bool:
    """Whether the text comes from the stylesheet (a marker, a call, ::before), not from the document."""
    _, _, pseudo = box.element_tag.partition("::")
    return pseudo not in ("", "first-letter", "first-line")


def text_of(box: Box) -> str:
    return "".join(one.text for one in walk(box) if is_text(one))


def excerpt(text: str, most: int = 40) -> str:
    """The start of a text, as a message quotes it."""
    text = " ".join(text.split())
    return f"“{text}”" if len(text) <= most else f"“{text[:most].rstrip()} …”"


def top(box: Box) -> float:
    return float(box.position_y)


def bottom(box: Box) -> float:
    """The lower edge of the box with its margin; a line has none."""
    return float(box.position_y + (box.height if is_line(box) else box.margin_height()))


def points(pixels: float) -> str:
    return f"{pixels * POINTS:.1f} pt"
