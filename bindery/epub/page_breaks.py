"""Page breaks: the pages of the print edition marked in the documents of the EPUB, each at the very character with which it starts.

Rules: EPUB Accessibility 1.1, section 3 (page navigation); the DPUB-ARIA role ``doc-pagebreak``; Amazon's Kindle Publishing Guidelines (one label
for one place, no label twice, none for blank pages). A break is never put into a heading. One that fell inside a word of the printed page,
which the hyphen divided there, stands behind the word; one that fell inside a link, behind the link.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from lxml import etree

from bindery.edition.block_names import BLOCK
from bindery.printing.page_map import PageMap, letters

XHTML = "{http://www.w3.org/1999/xhtml}"
EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"

_HEADINGS = frozenset(f"{XHTML}h{level}" for level in range(1, 7))
_UNCOUNTED = frozenset({"doc-noteref", "doc-backlink"})
_DRAWN = ("{http://www.w3.org/1998/Math/MathML}", "{http://www.w3.org/2000/svg}")

Element = etree._Element


@dataclass(frozen=True)
class PageBreak:
    """An entry of the page list: the printed folio, and the address of the place where its page starts, from the EPUB's own folder."""

    label: str
    href: str


@dataclass(frozen=True)
class _Piece:
    """A run of text of a block: the element that holds it, and whether it is that element's tail."""

    holder: Element
    tail: bool
    text: str


def mark_pages(documents: Mapping[str, Element], pages: PageMap) -> list[PageBreak]:
    """Mark the pages of a print edition in documents, keyed by their paths, in place; returns the page list in reading order.

    A page of which nothing stands in the documents (it is blank, or its text is printed alone) is left out.
    """
    homes = _homes(documents)
    by_name = pages.by_name()
    wanted: list[tuple[str, str, int]] = []  # label, block, offset
    labels: set[str] = set()
    starts = _starts(pages)
    for leaf in pages.pages:
        place = next(((name, offset) for name, offset in starts[leaf.number] if name in homes), None)
        if leaf.blank or not leaf.label or leaf.label in labels or place is None:
            continue
        labels.add(leaf.label)
        wanted.append((leaf.label, *place))
    done: list[PageBreak] = []
    for label, name, offset in reversed(wanted):  # from the last to the first: no mark moves a place that is still to be found
        path, element = homes[name]
        written = letters(by_name[name].text) if name in by_name else ""
        done.append(PageBreak(label, f"{path}#{_mark(element, written, offset, label)}"))
    return done[::-1]


def _homes(documents: Mapping[str, Element]) -> dict[str, tuple[str, Element]]:
    """Where each block is, and each section (under ``#`` and its id)."""
    homes: dict[str, tuple[str, Element]] = {}
    for path, root in documents.items():
        for element in root.iter(etree.Element):
            if name := element.get(BLOCK):
                homes.setdefault(name, (path, element))
            if element.tag == f"{XHTML}section" and (identifier := element.get("id")):
                homes.setdefault(f"#{identifier}", (path, element))
    return homes


def _starts(pages: PageMap) -> dict[int, list[tuple[str, int]]]:
    """For each page the places that can stand for its start: its own first, then the other blocks on it, the notes last."""
    found: dict[int, list[tuple[str, int]]] = {
        leaf.number: [(leaf.block, leaf.offset)] if leaf.block else [] for leaf in pages.pages
    }
    for block in sorted(pages.blocks, key=lambda block: block.notes):
        seen: set[int] = set()
        for line in block.lines:
            if line.page not in seen:
                seen.add(line.page)
                found[line.page].append((block.name, line.offset))
    return found


def _mark(element: Element, written: str, offset: int, label: str) -> str:
    """Put a mark into a block, or before one that cannot hold it; returns its id."""
    identifier = "page-" + re.sub(r"[^\w-]", "-", label)
    mark = etree.Element(f"{XHTML}span", {"id": identifier, "role": "doc-pagebreak", "aria-label": label})
    mark.set(EPUB_TYPE, "pagebreak")
    if _in_navigation(element):
        # A list of links can hold nothing but links, and what is read out of a link is still its own words alone.
        element = next(element.iter(f"{XHTML}a"), element)
        element.set("aria-label", " ".join("".join(element.itertext()).split()))
        element.insert(0, mark)
        mark.tail, element.text = element.text, None
        return identifier
    heading = _heading(element)
    if heading is not None or element.tag in (f"{XHTML}img", f"{XHTML}hr"):
        _put_before(heading if heading is not None else element, mark)
        return identifier
    pieces = list(_pieces(element))
    found = _place(pieces, written, offset)
    if found is None:
        element.insert(0, mark)
        mark.tail, element.text = element.text, None
        return identifier
    piece, index = found
    if (link := _link(piece, element)) is not None:
        _put_beside(link, mark, before=not index and counted_text(link).startswith(piece.text) and not piece.tail)
        return identifier
    before, after = piece.text[:index], piece.text[index:]
    if piece.tail:
        piece.holder.tail = before
        piece.holder.addnext(mark)
    else:
        piece.holder.text = before
        piece.holder.insert(0, mark)
    mark.tail = after or None
    return identifier


def _link(piece: _Piece, block: Element) -> Element | None:
    """The link of a block in which a piece of it stands. A mark in a link would be read out as a part of its name, and could not be gone to."""
    holder = piece.holder.getparent() if piece.tail else piece.holder
    while holder is not None and holder is not block:
        if holder.tag == f"{XHTML}a":
            return holder
        holder = holder.getparent()
    return None


def _put_beside(link: Element, mark: Element, *, before: bool) -> None:
    if before:
        _put_before(link, mark)
    else:
        mark.tail, link.tail = link.tail, None
        link.addnext(mark)


def _in_navigation(element: Element) -> bool:
    return element.tag == f"{XHTML}li" and any(one.tag == f"{XHTML}nav" for one in element.iterancestors())


def _heading(element: Element) -> Element | None:
    """The heading that the element is or stands in; for one that opens a navigation, the navigation, which holds nothing else but its list."""
    found = next((one for one in (element, *element.iterancestors()) if one.tag in _HEADINGS), None)
    parent = found.getparent() if found is not None else None
    return parent if parent is not None and parent.tag == f"{XHTML}nav" else found


def _put_before(element: Element, mark: Element) -> None:
    element.addprevious(mark)
    mark.tail = None


def counted_text(block: Element) -> str:
    """The words of a block as the page map counts them."""
    return "".join(piece.text for piece in _pieces(block))


def _pieces(block: Element) -> Iterator[_Piece]:
    """The texts of a block in reading order, without its notes' calls, formulas, and the blocks inside it."""
    if block.text:
        yield _Piece(block, False, block.text)
    for child in block:
        own = isinstance(child.tag, str) and child.get(BLOCK) is None and child.get("role") not in _UNCOUNTED
        if own and not str(child.tag).startswith(_DRAWN):
            yield from _pieces(child)
        if child.tail:
            yield _Piece(child, True, child.tail)


def _place(pieces: Sequence[_Piece], written: str, offset: int) -> tuple[_Piece, int] | None:
    """The piece and the index in it where the letter counted by ``offset`` stands; None for the very start of the block."""
    text = "".join(piece.text for piece in pieces)
    found = letters(text)
    if offset and found != written:
        offset = _same_place(written, found, offset)
    if not offset or not found:
        return None
    counted, index = 0, len(text)
    for at, character in enumerate(text):
        if letters(character):
            if counted == offset:
                index = at
                break
            counted += 1
    index = _behind_word(text, index)
    for piece in pieces:
        if index < len(piece.text) or piece is pieces[-1]:
            return piece, min(index, len(piece.text))
        index -= len(piece.text)
    return None


def _same_place(written: str, found: str, offset: int) -> int:
    """The place in one text that answers to a place in another."""
    for _, start, end, other, other_end in SequenceMatcher(None, written, found, autojunk=False).get_opcodes():
        if start <= offset < end:
            return min(other + offset - start, other_end)
    return len(found)


def _behind_word(text: str, index: int) -> int:
    """The index itself, or if it stands inside a word, that behind the word and the space after it.

    Scripts that do not part their words are divided at any character, so there every character is a fitting place.
    """
    if not 0 < index < len(text) or not _letter(text[index - 1]) or not _letter(text[index]):
        return index
    while index < len(text) and not text[index].isspace():
        index += 1
    while index < len(text) and text[index].isspace():
        index += 1
    return index


def _letter(character: str) -> bool:
    return character.isalnum() and unicodedata.east_asian_width(character) not in "WF"
