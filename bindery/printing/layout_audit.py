"""The reader's look over finished pages: ragged lines in justified text, type outside its area, stranded headings, text left out.

Each check is a generator named for the rule. They read places of boxes on the finished pages and know nothing of how those came about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from xml.etree.ElementTree import Element

from bindery.printing import forme
from bindery.printing.forme import TOLERANCE, Box, Forme, points
from bindery.problem import Problem

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})

# A justified line that ends more than this short of the measure was not justified, in CSS pixels (0.75 pt).
RAGGED = 1.0

# What the document holds and no page shows, and what is drawn, not set.
_UNSET = frozenset({"head", "style", "script", "template", "svg", "math", "img", "object"})


def short_line(pages: Forme) -> Iterator[Problem]:
    """A justified line, not the last of its paragraph, ends short of the measure. It has one word, so no space could be stretched.

    A line before <br> is a last line. What follows of a paragraph on the next page counts: the line before the page break is not a last line.
    """
    for number, page in pages.numbered:
        floats = [box for child in forme.body(page) for box in forme.in_flow(child) if box.is_floated()]
        for block, line in ((holder, line) for holder in forme.line_holders(page) for line in forme.lines(holder)):
            if line.style["text_align_all"] != "justify" or line.style["white_space"] not in ("normal", "nowrap"):
                continue
            if line.resume_at is None or forme.ends_by_force(line):
                continue
            short = _shortfall(block, line, floats)
            if short > RAGGED:
                message = f"on page {number} of the PDF the line {forme.excerpt(forme.text_of(line))} ends {points(short)} short of the measure"
                yield Problem(
                    pages.at(line.element),
                    f"{message}; expected it full: allow a break in the word before or after it",
                    "short-line",
                )


def overflow(pages: Forme) -> Iterator[Problem]:
    """Something is wider than the column, cell or box it stands in, or reaches out of the type area of the page."""
    for number, page in pages.numbered:
        left, upper = page.content_box_x(), page.content_box_y()
        right, lower = left + page.width, upper + page.height
        told: set[Element] = set()
        for box, (start, end), what in _set_matter(page):
            # Lines of one element overflow together: one message will do.
            if box.element in told:
                continue
            beyond = max(_end(box) - end, start - box.position_x)
            outside = max(_end(box) - right, left - box.position_x, forme.bottom(box) - lower, upper - box.position_y)
            if max(beyond, outside) > RAGGED:
                told.add(box.element)
                where = f"out of {what}" if beyond > RAGGED else "out of the type area"
                named = forme.excerpt(forme.text_of(box)) if forme.text_of(box).strip() else f"<{box.element_tag}>"
                message = f"on page {number} of the PDF {named} reaches {points(max(beyond, outside))} {where}"
                yield Problem(pages.at(box.element), f"{message}; expected it to fit", "overflow")


def cut_off(pages: Forme) -> Iterator[Problem]:
    """Words that a designer has placed, or that run in the margins, reach over the edge of the page and would be cut off."""
    for number, page in pages.numbered:
        margins = forme.margins(page).values()
        # What is in the flow keeps to the type area, or `overflow` tells of it.
        flow = {id(box) for child in page.children if child not in margins for box in forme.in_flow(child)}
        for box in forme.walk(page):
            if id(box) in flow or not forme.is_text(box) or not box.text.strip() or not forme.is_shown(box):
                continue
            beyond = max(
                -box.position_x, _end(box) - page.margin_width(), -box.position_y, forme.bottom(box) - page.margin_height()
            )
            if beyond > TOLERANCE:
                message = f"{forme.excerpt(box.text)} reaches {points(beyond)} over the edge of page {number} of the PDF"
                yield Problem(pages.at(box.element), f"{message}; expected it on the page", "cut-off")


def stranded_heading(pages: Forme) -> Iterator[Problem]:
    """A heading is the last thing on its page, and what it is the heading of begins on the next.

    A heading with a page of its own, before a break that the stylesheet asks for, is not stranded.
    """
    last: Box | None = None
    last_number = 0
    for number, page in pages.numbered:
        matter = [box for box in forme.matter(page) if not forme.is_generated(box)]
        if not matter:
            continue
        heading = _heading(last.element, pages) if last is not None else None
        if (
            heading is not None
            and matter[0].element is not None
            and _belongs(matter[0].element, heading, pages)
            and not forme.is_forced(page, list(pages.lineage(heading)))
        ):
            message = f"the heading {forme.excerpt(''.join(heading.itertext()))} stands alone at the foot of page {last_number} of the PDF"
            yield Problem(pages.at(heading), f"{message}; expected it on the page of the text it heads", "stranded-heading")
        last, last_number = matter[-1], number


def text_kept(pages: Forme) -> Iterator[Problem]:
    """Every letter of the document is printed once, in its order: `text-lost` and `text-doubled`.

    Compared is the text of each element without spaces, soft hyphens and capitals: these the setting may change. Hyphens at line ends are
    added. What is not to be printed has the attribute `hidden` (a stylesheet that hides text looks like a fault of the engine, and is
    reported); what a table repeats may be printed again.
    """
    printed: dict[Element, list[str]] = defaultdict(list)
    for page in pages.pages:
        for box in (box for child in page.children if child not in forme.margins(page).values() for box in forme.walk(child)):
            if forme.is_text(box) and not forme.is_generated(box):
                printed[box.element].append(box.text)
    for element in _set_elements(pages.root):
        written = _bare((element.text or "") + "".join(child.tail or "" for child in element))
        found = _bare("".join(printed.get(element, ())))
        if not written or _same(written, found):
            continue
        words = forme.excerpt(" ".join(((element.text or "") + " … ".join(child.tail or "" for child in element)).split()))
        if _begins_again(written, found):
            if not pages.within(element, forme.REPEATED):
                yield Problem(pages.at(element), f"{words} is printed twice; expected it once", "text-doubled")
            continue
        yield Problem(pages.at(element), f"not all of {words} is printed; expected every word of it", "text-lost")


CHECKS: tuple[Callable[[Forme], Iterable[Problem]], ...] = (short_line, overflow, cut_off, stranded_heading, text_kept)


def look_over(pages: Forme) -> list[Problem]:
    """All faults that the checks of this module find."""
    return [problem for check in CHECKS for problem in check(pages)]


def _letters(line: Box) -> list[Box]:
    return [box for box in forme.in_flow(line) if (forme.is_text(box) and box.text) or forme.is_atom(box)]


def _shortfall(block: Box, line: Box, floats: list[Box]) -> float:
    """How far the line ends before the edge of its block, or before the float that stands there, in CSS pixels."""
    letters = _letters(line)
    if not letters:
        return 0.0
    beside = [
        box
        for box in floats
        if box.position_y < forme.bottom(line) - TOLERANCE and forme.bottom(box) > line.position_y + TOLERANCE
    ]
    if line.style["direction"] == "rtl":
        edge = max([block.content_box_x(), *(_end(box) for box in beside if box.style["float"] in ("left", "inline-end"))])
        return float(min(box.position_x for box in letters) - edge)
    edge = min(
        [
            block.content_box_x() + block.width,
            *(box.position_x for box in beside if box.style["float"] in ("right", "inline-end")),
        ]
    )
    return float(edge - max(_end(box) for box in letters))


def _end(box: Box) -> float:
    """The right edge; of text without the spaces that hang over, measured as if letters and spaces were of one width, as in code they are."""
    if forme.is_text(box):
        return float(box.position_x + box.width * len(box.text.rstrip()) / len(box.text))
    return float(box.position_x + box.margin_width())


def _set_matter(page: Box) -> Iterator[tuple[Box, tuple[float, float], str]]:
    """Text, pictures and tables, each with the left and right edge that it must keep to, and the name of what has these edges."""
    margins = forme.margins(page).values()
    whole = (page.content_box_x(), page.content_box_x() + page.width)
    for child in page.children:
        if child in margins:
            continue
        for box in forme.in_flow(child):
            if forme.holds_lines(box):
                # A hanging indent sets the first line out into the padding.
                hang = 0 if forme.is_cell(box) else box.padding_left
                edges = (box.content_box_x() - hang, box.content_box_x() + box.width)
                what = "its cell" if forme.is_cell(box) else "its column"
                for line in forme.lines(box):
                    # A float has its own lines, and may stand in the margin on purpose.
                    yield from (
                        (one, edges, what)
                        for one in _letters(line)
                        if forme.is_shown(one) and (not forme.is_text(one) or one.text.strip())
                    )
            elif forme.is_table(box) or (forme.is_picture(box) and not forme.is_atom(box)):
                yield box, whole, "the type area"


def _heading(element: Element | None, pages: Forme) -> Element | None:
    return next((one for one in pages.lineage(element) if one.tag in HEADINGS), None)


def _belongs(element: Element, heading: Element, pages: Forme) -> bool:
    """Whether the element is under the heading: in the section or other element that the heading opens, and not in the heading."""
    lineage = list(pages.lineage(element))
    parent = list(pages.lineage(heading))[1:2]
    return heading not in lineage and any(one in lineage for one in parent)


def _set_elements(root: Element) -> Iterator[Element]:
    waiting = [root]
    while waiting:
        one = waiting.pop()
        # A comment has a function for a tag.
        if not isinstance(one.tag, str) or one.tag.rpartition("}")[2] in _UNSET or "hidden" in one.attrib:
            continue
        yield one
        waiting.extend(one)


def _bare(text: str) -> str:
    return "".join(text.split()).replace("\xad", "").replace("\u200b", "").replace("\u2060", "").casefold()


_HYPHENS = "-\u2010"


def _same(written: str, found: str) -> bool:
    """Whether what was found is what was written, but for hyphens added at line ends."""
    rest = _after(written, found)
    return rest is not None and not rest.strip(_HYPHENS)


def _begins_again(written: str, found: str) -> bool:
    rest = _after(written, found)
    while rest:
        rest = _after(written, rest)
    return rest is not None


def _after(written: str, found: str) -> str | None:
    """What is found after all of what was written; None if it is not there to its end."""
    if found.startswith(written):
        return found[len(written) :]
    place = 0
    for letter in written:
        while place < len(found) and found[place] != letter and found[place] in _HYPHENS:
            place += 1
        if place == len(found) or found[place] != letter:
            return None
        place += 1
    return found[place:]
