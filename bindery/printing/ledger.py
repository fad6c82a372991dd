"""The footnote ledger: every call has its note, once, on the page of the call, and no note is printed over the text.

The engine sets notes by a search with many turnings, and its faults there were silent (see `bindery.printing.engine`): a note that it loses
it does not miss. So the ledger is kept on every build, from the places of the boxes on the finished pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from bindery.printing import forme
from bindery.printing.forme import TOLERANCE, Box, Forme, points
from bindery.problem import Problem

NOTE = "fn-note"


@dataclass
class Entry:
    """One note: the pages that call it and the pages that print it, counted from 1, and the room it takes, in CSS pixels."""

    note: Element
    calls: list[int] = field(default_factory=list)
    printed: list[int] = field(default_factory=list)
    height: float = 0.0
    asked: float = 0.0  # the height of the line that calls it and of all notes that this line calls: they must share a page


def keep(pages: Forme) -> list[Problem]:
    """All faults of the notes in a laid-out book."""
    entries = _entries(pages)
    return [problem for one in entries.values() for problem in _faults(one, pages)] + list(_overprints(pages, entries))


def _entries(pages: Forme) -> dict[Element, Entry]:
    entries = {note: Entry(note) for note in pages.root.iter(NOTE)}
    lines: list[tuple[Box, list[Element]]] = []
    for number, page in pages.numbered:
        for box in (box for child in forme.body(page) for box in forme.walk(child)):
            if box.footnote:
                entries.setdefault(box.footnote.element, Entry(box.footnote.element)).calls.append(number)
                if lines:
                    lines[-1][1].append(box.footnote.element)
            elif forme.is_line(box):
                lines.append((box, []))
        if area := forme.note_area(page):
            for note in area.children:
                entry = entries.setdefault(note.element, Entry(note.element))
                entry.printed.append(number)
                entry.height = note.margin_height()
    for line, notes in lines:
        for note in notes:
            # A head that a table repeats calls its note again where the note is not printed: its first line counts.
            entries[note].asked = entries[note].asked or line.height + sum(entries[one].height for one in dict.fromkeys(notes))
    return entries


def _faults(entry: Entry, pages: Forme) -> Iterator[Problem]:
    at = pages.at(entry.note)
    words = forme.excerpt("".join(entry.note.itertext()))
    if not entry.printed:
        where = (
            f"called on page {entry.calls[0]} of the PDF, and printed nowhere" if entry.calls else "neither called nor printed"
        )
        yield Problem(at, f"the note {words} is {where}; expected it at the foot of the page that calls it", "note-lost")
        return
    if not entry.calls:
        yield Problem(at, f"the note {words} is printed on page {entry.printed[0]} of the PDF, and called nowhere", "note-lost")
        return
    if len(entry.printed) > 1:
        places = " and ".join(map(str, entry.printed))
        yield Problem(at, f"the note {words} is printed on pages {places} of the PDF; expected it once", "note-doubled")
    if len(entry.calls) > 1 and not pages.within(entry.note, forme.REPEATED):
        places = " and ".join(map(str, entry.calls))
        yield Problem(at, f"the note {words} is called on pages {places} of the PDF; expected one call", "note-doubled")
    if entry.printed[0] != entry.calls[0]:
        page = pages.pages[entry.printed[0] - 1]
        if _too_tall(entry, page):
            yield _tall(entry, page, pages)
        else:
            message = f"the note {words} is called on page {entry.calls[0]} of the PDF, and printed on page {entry.printed[0]}"
            yield Problem(at, f"{message}; expected both on one page", "note-misplaced")


def _room(page: Box) -> float:
    """How tall a line and its notes can be: the type area less what parts notes from text (margin, rule, padding)."""
    area = forme.note_area(page)
    return float(page.height - (area.margin_height() - area.height if area else 0))


def _too_tall(entry: Entry, page: Box) -> bool:
    return max(entry.asked, entry.height) > _room(page) + TOLERANCE


def _tall(entry: Entry, page: Box, pages: Forme) -> Problem:
    words = forme.excerpt("".join(entry.note.itertext()))
    return Problem(
        pages.at(entry.note),
        f"the note {words} is {points(entry.height)} tall, and its page has {points(_room(page))} for the line that calls it and all notes of "
        f"that line; a note is not divided between pages: expected it shorter, or part of it in the text",
        "note-too-tall",
    )


def _overprints(pages: Forme, entries: dict[Element, Entry]) -> Iterator[Problem]:
    for number, page in pages.numbered:
        area = forme.note_area(page)
        intruders = list(_intruders(page, area)) if area else []
        if area and (intruders or _outside(area, page)):
            tall = [entries[note.element] for note in area.children if _too_tall(entries[note.element], page)]
            if tall:
                # One that is not even on the page of its call has been told of already.
                yield from (_tall(entry, page, pages) for entry in tall if entry.printed[:1] == entry.calls[:1])
            else:
                first = area.children[0].element
                what = (
                    f"{forme.excerpt(forme.text_of(intruders[0]))} runs into the notes"
                    if intruders
                    else "the notes do not fit the page"
                )
                culprit = intruders[0].element if intruders else first
                yield Problem(
                    pages.at(culprit), f"on page {number} of the PDF {what}; expected the notes below the text", "overprint"
                )
        for over, under in _collisions(page):
            message = f"on page {number} of the PDF {forme.excerpt(over.text)} is printed over {forme.excerpt(under.text)}"
            yield Problem(pages.at(over.element), f"{message}; expected each in its own place", "overprint")


def _outside(area: Box, page: Box) -> bool:
    head = page.content_box_y()
    return bool(area.border_box_y() < head - TOLERANCE or forme.bottom(area) > head + page.height + TOLERANCE)


def _intruders(page: Box, area: Box) -> Iterator[Box]:
    """Lines and pictures of the text that reach below the upper edge of the note area."""
    edge = area.border_box_y() + TOLERANCE
    for box in (box for child in forme.body(page) for box in forme.in_flow(child)):
        if ((forme.is_line(box) and forme.text_of(box).strip()) or forme.is_picture(box)) and forme.bottom(box) > edge:
            yield box


def _collisions(page: Box) -> Iterator[tuple[Box, Box]]:
    """Pairs of texts of which one is printed over the other.

    Compared are the bodies of the small letters, from the baseline up to 0.35 of the size of the type: all type has them, and tight
    leading, accents, or a raised figure do not make two of them meet. The tops of a page's bands are sorted, so each is
    compared with its neighbours only. Two texts of one line may touch, or overlap by a kern; a tenth of the size is no kern.
    """
    bands = []
    for text in (box for box in forme.walk(page) if forme.is_text(box) and box.text.strip() and forme.is_shown(box)):
        size = text.style["font_size"]
        base = text.position_y + text.baseline
        bands.append((base - 0.35 * size, base, text.position_x, text.position_x + _inked(text), 0.1 * size, text))
    bands.sort(key=lambda band: band[0])
    for index, (_, low, left, right, kern, text) in enumerate(bands):
        for other_high, _, other_left, other_right, other_kern, other in bands[index + 1 :]:
            if other_high > low - TOLERANCE:
                break
            if min(right, other_right) - max(left, other_left) > max(kern, other_kern):
                yield other, text


def _inked(text: Box) -> float:
    """The width without the spaces that hang over at the end: as good a guess as is needed of how far the ink goes."""
    return float(text.width * len(text.text.rstrip()) / len(text.text))
