"""The words of finished files, read back from their bytes: a PDF with pdfium, an EPUB as the zip of XHTML that it is.

Neither was used to make the file. From a PDF one learns which letter stands where; which of them are the text of the page, and in which order they
are read, is told by place, from the slugs of the page map: all that is printed must stand on one of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]
from lxml import etree

from bindery.finished import opened_epub
from bindery.finished.wording import LOOSE, Wording, visible
from bindery.printing.page_map import NOTE, TEXT, Leaf, PageMap, Slug
from bindery.problem import At, Faulty, Problem

# How far from a slug, in points, a letter may be that stands on it: as much as a letter's own spacing.
NEAR = 1.0
# Two slugs closer than this, in points, one may be raised, are one word.
TOUCHING, RAISED = 0.3, 6.0

UNREADABLE = "\ufffd"
_MADE_UP = frozenset(map(ord, " \r\n"))
_HTML = "{http://www.w3.org/1999/xhtml}"
_MATH = "{http://www.w3.org/1998/Math/MathML}math"
_INLINE = frozenset("a abbr b bdi bdo cite code data dfn em i img kbd mark q s small span strong sub sup time u var wbr".split())


@dataclass
class ReadBack:
    """What a finished file says: the text and the notes, and by its kind each page that the press makes. A place is a page, counted from 1, or a
    document. ``added`` counts by kind the words that are printed besides."""

    text: Wording[Any]
    notes: Wording[Any]
    made: defaultdict[str, Wording[Any]]
    added: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def empty(cls) -> ReadBack:
        return cls(Wording(""), Wording(""), defaultdict(lambda: Wording("")))


# --- PDF -----------------------------------------------------------------------------------------------------------------------


def read_pdf(data: bytes, name: str, pages: PageMap, made: Mapping[int, str]) -> ReadBack:
    """The words of a PDF in the order of its page map. ``made`` tells which pages are the press's own, and of which kind.

    What the layout added, a running head say, must read as the layout has it (`same-text`). Raises :class:`Faulty` for what is no PDF, or one with
    another number of pages.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise Faulty([Problem(At(name), f"cannot be opened: {error}", "pdf")]) from None
    try:
        if len(document) != len(pages.pages):
            message = f"has {len(document)} pages; its page map has {len(pages.pages)}"
            raise Faulty([Problem(At(name), message, "same-text")])
        found = ReadBack.empty()
        for leaf, page in zip(pages.pages, document, strict=True):
            target = found.made[made[leaf.number]] if leaf.number in made else None
            for wording in (found.text, found.notes, *found.made.values()):
                wording.line_end()
                wording.place = leaf.number
            for said in _read_page(found, target, leaf, list(_runs(page))):
                found.problems.append(
                    Problem(At(name), f"page {leaf.label or '–'} ({leaf.number} of the PDF) {said}", "same-text")
                )
        return found
    finally:
        document.close()


@dataclass(frozen=True)
class _Run:
    """What was drawn together, and where on the trimmed page, in points. Between two of its ``texts`` is a distance that may be a space, or the
    word's own letter-spacing; ``apart``: behind the last as well."""

    x: float
    y: float
    texts: tuple[str, ...]
    apart: bool

    @property
    def text(self) -> str:
        return " ".join(self.texts)


def _runs(page: pypdfium2.PdfPage) -> Iterator[_Run]:
    """The letters of a page in the order in which they are drawn. The spaces that pdfium makes up from distances are told from those of the file."""
    left, _, _, top = page.get_trimbox()
    textpage = page.get_textpage()
    handle = textpage.raw
    x, y = pdfium.c_double(), pdfium.c_double()
    drawn, texts, apart, place = b"", [""], False, (0.0, 0.0)
    for index in range(pdfium.FPDFText_CountChars(handle)):
        code = pdfium.FPDFText_GetUnicode(handle, index)
        if code in _MADE_UP and pdfium.FPDFText_IsGenerated(handle, index):
            apart = code == 0x20
            continue
        thing = bytes(pdfium.FPDFText_GetTextObject(handle, index))  # its address: the quickest way to tell one from another
        if thing != drawn:
            if drawn:
                yield _Run(*place, tuple(texts), apart)
            pdfium.FPDFText_GetCharOrigin(handle, index, x, y)
            drawn, texts, place = thing, [""], (x.value - left, top - y.value)
        elif apart:
            texts.append("")
        apart = False
        texts[-1] += _letter(code)
    if drawn:
        yield _Run(*place, tuple(texts), apart)
    textpage.close()


def _letter(code: int) -> str:
    """A character of pdfium's: 2 is a hyphen at the end of a line, 0 a letter of which the file does not say what it is."""
    if code == 2:
        return "-"
    return chr(code) if code not in (0, 0xFFFE, 0xFFFF) else UNREADABLE


def _read_page(found: ReadBack, made: Wording[Any] | None, leaf: Leaf, runs: list[_Run]) -> Iterator[str]:
    """Read a page into what was found. Yields what is wrong with what the layout added."""
    said: defaultdict[int, str] = defaultdict(str)
    last, apart = -1, False
    for index, stray, run in _in_order(leaf, runs):
        if stray and _within(run, leaf):
            found.added["drawn"] += len(run.text.split())
            continue
        kind = leaf.slugs[index].kind if leaf.slugs else TEXT
        if not stray and kind not in (TEXT, NOTE):
            said[index] += run.text + " "
            continue
        wording = made or (found.notes if kind in (NOTE, "footnote-marker") else found.text)
        if stray or last < 0 or (index != last and not _touch(leaf.slugs[last : index + 1])):
            wording.line_end()
        for count, text in enumerate(run.texts):
            if count or apart:
                wording.gap(LOOSE)
            wording.write(text)
        last, apart = -1 if stray else index, run.apart
    for index, slug in enumerate(leaf.slugs):
        if slug.kind in (TEXT, NOTE):
            continue
        found.added[slug.kind] += len(slug.text.split())
        if visible(said[index]) != visible(slug.text):
            yield f"reads “{said[index].strip()}”; expected “{slug.text.strip()}”, which the layout put there ({slug.kind})"


def _in_order(leaf: Leaf, runs: list[_Run]) -> list[tuple[int, bool, _Run]]:
    """The runs of a page in the order in which they are read, each with the number of its slug. One that stands on none is a stray: it is read after
    what was drawn before it."""
    lines: defaultdict[int, list[int]] = defaultdict(list)
    for index, slug in enumerate(leaf.slugs):
        for height in {int(slug.y - NEAR), int(slug.y), int(slug.y + NEAR)}:
            lines[height].append(index)
    placed: list[tuple[int, float, int, bool]] = []
    last, x = 0, float("-inf")
    for count, run in enumerate(runs):
        on = [index for index in lines[int(run.y)] if _stands_on(run, leaf.slugs[index])]
        if on:
            last, x = max(on, key=lambda index: leaf.slugs[index].x), run.x
        placed.append((last, x, count, not on))
    return [(index, stray, runs[count]) for index, _, count, stray in sorted(placed)]


def _stands_on(run: _Run, slug: Slug) -> bool:
    return abs(run.y - slug.y) < NEAR and slug.x - NEAR <= run.x < slug.x + slug.width + NEAR


def _within(run: _Run, leaf: Leaf) -> bool:
    """Whether the run is in a picture."""
    return any(left <= run.x <= left + width and top <= run.y <= top + height for left, top, width, height in leaf.pictures)


def _touch(slugs: Sequence[Slug]) -> bool:
    """Whether slugs follow each other without a space, as a word and the figure of its note."""
    return all(
        abs(before.x + before.width - after.x) < TOUCHING and abs(before.y - after.y) < RAISED
        for before, after in pairwise(slugs)
    )


# --- EPUB ----------------------------------------------------------------------------------------------------------------------


def read_epub(data: bytes, name: str, made: Mapping[str, str]) -> ReadBack:
    """The words of an EPUB in the order of its spine. ``made`` tells which documents, by their names without folder and ending, are pages that the
    press makes, and of which kind. Raises :class:`Faulty` for what is no EPUB."""
    try:
        book = opened_epub.open_epub(data, name, None)
    except opened_epub.Broken as broken:
        raise Faulty([Problem(At(name), str(broken), "container")]) from None
    found = ReadBack.empty()
    for path in book.spine:
        root = book.documents.get(path)
        body = root.find(f"{_HTML}body") if root is not None else None
        if body is None:
            raise Faulty([Problem(book.at(book.opf_path), f"the spine leads to '{path}', which is no document", "spine")])
        kind = made.get(PurePosixPath(path).stem)
        found.text.place = found.notes.place = path
        _read_element(body, found.made[kind] if kind else found.text, found)
    return found


def _read_element(element: etree._Element, wording: Wording[Any], found: ReadBack) -> None:
    """Read what is in an element, without what follows it."""
    if not isinstance(element.tag, str):
        return
    if element.tag == _MATH:
        wording.write(element.get("alttext", ""))
        return
    if not element.tag.startswith(_HTML):
        found.added["drawn"] += len("".join(element.itertext()).split())
        return
    if element.get("role") == "doc-endnotes":
        wording = found.notes
    block = element.tag.removeprefix(_HTML) not in _INLINE
    if block:
        wording.gap()
    wording.write(element.text or "")
    for child in element:
        _read_element(child, wording, found)
        wording.write(child.tail or "")
    if block:
        wording.gap()
