"""The changed pages: a proof of nothing but the spreads on which words have changed, a bar in the outer margin beside each changed line.

The pages are those of the print edition, letter for letter; the bars are drawn over them.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import datetime

import pikepdf
from pikepdf import Dictionary, Name

from bindery.finished.collation import Collation, Stand
from bindery.foundry.lengths import POINTS
from bindery.printing import folios, forme
from bindery.printing.forme import Box
from bindery.printing.page_map import texts
from bindery.printing.typeset import Layout

# In points: how thick a bar is, how far from the text it stands, and how far bars may be apart that are drawn as one.
_THICK, _AWAY, _APART = 1.0, 9.0, 6.0


def changed_pages(layout: Layout, collation: Collation, *, created: datetime) -> bytes:
    """The proof as a PDF. ``layout`` is that of the new printing. Its pages keep their folios and labels; links within the book are gone.

    Raises ValueError when no word has changed: there is no PDF without pages.
    """
    spreads = sorted({page // 2 for page, _, _ in collation.changed_lines})
    if not spreads:
        raise ValueError("no word has changed")
    numbers = [number for spread in spreads for number in (2 * spread, 2 * spread + 1) if 0 < number <= len(layout.pages)]
    finished = io.BytesIO()
    with pikepdf.open(io.BytesIO(layout.write_pdf(created=created))) as book, pikepdf.new() as proof:
        for number in numbers:
            proof.pages.append(book.pages[number - 1])
            page = proof.pages[-1]
            _unlink(page)
            _draw(page, list(_bars(layout.forme.pages[number - 1], number, collation.changed_lines)))
        for key, value in book.docinfo.items():
            proof.docinfo[key] = str(value)
        proof.Root.PageLabels = folios.page_labels([layout.pages[number - 1].label for number in numbers])
        # The first page of a book is a right-hand one by itself; every other spread has two.
        proof.Root.PageLayout = Name.TwoPageRight if numbers[0] == 1 else Name.TwoPageLeft
        if "/Lang" in book.Root:
            proof.Root.Lang = str(book.Root.Lang)
        proof.save(finished, deterministic_id=True, min_version=book.pdf_version)
    return finished.getvalue()


def _bars(page: Box, number: int, changed: Iterable[Stand]) -> Iterator[tuple[float, float, float]]:
    """The bars of a page: how far from its left edge, from where to where below its upper edge; in points."""
    left = page.content_box_x() * POINTS
    across = left - _AWAY if page.page_type.side == "left" else left + page.width * POINTS + _AWAY
    wanted = {(line, notes) for on, line, notes in changed if on == number}
    spans = sorted(
        (box.position_y * POINTS, (box.position_y + box.height) * POINTS)
        for box, line, notes in texts(page)
        if (line, notes) in wanted and forme.is_text(box)
    )
    while spans:
        top, bottom = spans.pop(0)
        while spans and spans[0][0] - bottom < _APART:
            bottom = max(bottom, spans.pop(0)[1])
        yield across, top, bottom


def _draw(page: pikepdf.Page, bars: list[tuple[float, float, float]]) -> None:
    """Draw bars over a page, whatever state its own content leaves the canvas in."""
    left, _, _, upper = (float(edge) for edge in page.trimbox)
    lines = [
        f"{left + across:.2f} {upper - top:.2f} m {left + across:.2f} {upper - bottom:.2f} l S" for across, top, bottom in bars
    ]
    page.contents_add(b"q", prepend=True)
    page.contents_add("\n".join(["Q q 0 G", f"{_THICK} w", *lines, "Q"]).encode())


def _unlink(page: pikepdf.Page) -> None:
    """Take away the links into the book, most of which is not there."""
    if "/Annots" in page:
        kept = [one for one in page.Annots.as_list() if "/URI" in one.get("/A", Dictionary())]
        page.Annots = pikepdf.Array(kept)
