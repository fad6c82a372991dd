"""The page map: on which page and line of the print edition every word stands.

A *block* is a piece of text that has a name of its own: a paragraph, a heading, a cell of a table, a caption, a line of verse. Its name is made from
the document (:mod:`bindery.edition.block_names`), so the same block has the same name in print and in the EPUB. Places within a block are counted in
characters that are not white space: so no setting of lines, no justification and no collapsed space can move them, and no error adds up.

The map is read off the boxes that the engine has laid out; docs/page-map.md describes the file in which it is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from xml.etree.ElementTree import Element

from bindery.edition.block_names import BLOCK
from bindery.foundry.lengths import POINTS
from bindery.printing import folios, forme
from bindery.printing.forme import Box, Forme
from bindery.problem import At, Problem

SCHEMA = "bindery-page-map-1"

# The kinds of slugs that hold the words of the document.
TEXT, NOTE = "text", "note"

# What is drawn and not set: the text in it belongs to no block.
DRAWN = frozenset({"svg", "math", "script", "style", "title"})

# What a block is, by its element; a paragraph of verse is a line, and whatever is not listed an entry.
KINDS = {
    **{f"h{level}": "heading" for level in range(1, 7)},
    "p": "paragraph",
    "span": "paragraph",
    "td": "cell",
    "th": "cell",
    "figcaption": "caption",
    "pre": "code",
}

# A hyphen at the end of a line is the engine's; a soft one and a possible break show only there.
_HYPHENS = "-\u2010"
UNSEEN = "\xad\u200b\u2060"

# What the press puts into words to say where a line may end in them, and where not.
_JOINTS = dict.fromkeys(map(ord, "\u200b\u2060"))


@dataclass(frozen=True)
class Line:
    """The start of a printed line of a block: ``page`` counts the pages of the PDF from 1, ``line`` the lines of its page from 1
    (those of the notes by themselves), ``offset`` the characters of the block before it that are not white space."""

    page: int
    line: int
    offset: int


@dataclass(frozen=True)
class Block:
    """A block, where it comes from, its words with single spaces, and every line that it takes up. ``notes``: it stands in the notes.

    ``kind`` is what a reader calls it (heading, paragraph, cell, head, caption, code, verse, entry), ``note`` the number of the note that
    it belongs to.
    """

    name: str
    at: str
    text: str
    lines: tuple[Line, ...]
    notes: bool = False
    kind: str = ""
    note: str = ""


@dataclass(frozen=True)
class Slug:
    """A piece of type on one baseline, from ``x`` on, ``width`` long, ``y`` below the top of the trimmed page: all in points.

    ``kind`` is ``text`` or ``note`` for words of the document, in the text or among the notes. Anything else is printed besides them, and says
    ``text``: ``running`` matter in the margins, a head ``repeated`` on another page of its table, and what the stylesheet adds, by the name of
    its pseudo-element: ``marker``, ``footnote-call``, ``footnote-marker``, ``before``, ``after``.
    """

    x: float
    y: float
    width: float
    kind: str = TEXT
    text: str = ""


@dataclass(frozen=True)
class Leaf:
    """A printed page: ``number`` counts the pages of the PDF from 1, ``label`` is its folio, ``block`` and ``offset`` tell where its text starts.

    A blank page has no block, and neither has one on which nothing but pictures and the stylesheet's own words stand. ``slugs`` is all that is
    printed on the page, in the order of reading; ``pictures`` are left, top, width and height of what is drawn, in points: it may hold letters too.
    """

    number: int
    label: str
    blank: bool = False
    block: str = ""
    offset: int = 0
    slugs: tuple[Slug, ...] = ()
    pictures: tuple[tuple[float, float, float, float], ...] = ()


@dataclass(frozen=True)
class PageMap:
    """The page map of an edition. ``anchors`` gives the label of the page on which each id of the book stands.

    ``identifier`` is that of the print edition, and ``made_from`` a digest of everything that went into the layout.
    """

    title: str
    edition: str
    identifier: str
    made_from: str
    pages: tuple[Leaf, ...]
    blocks: tuple[Block, ...]
    anchors: Mapping[str, str] = field(default_factory=dict)

    def label(self, page: int) -> str:
        """The folio of a page, counted from 1."""
        return self.pages[page - 1].label

    def by_name(self) -> dict[str, Block]:
        return {block.name: block for block in self.blocks}

    def to_json(self) -> str:
        """The map as it is kept: one page and one block a line, so that two of them can be compared with the tools for text."""
        head = {"schema": SCHEMA, "title": self.title, "edition": self.edition, "identifier": self.identifier}
        lines = [f"{_json(key)}: {_json(value)}" for key, value in {**head, "made_from": self.made_from}.items()]
        pages = ({**asdict(page), "slugs": [_slug_row(slug) for slug in page.slugs]} for page in self.pages)
        lines.append(f'"pages": {_list(pages)}')
        rows = ({**asdict(b), "lines": [[one.page, one.line, one.offset] for one in b.lines]} for b in self.blocks)
        lines.append(f'"blocks": {_list(rows)}')
        lines.append(f'"anchors": {_json(dict(self.anchors))}')
        return "{\n" + ",\n".join(lines) + "\n}\n"

    @classmethod
    def from_json(cls, text: str) -> PageMap:
        """A kept map read back. Raises ValueError when it is none, or one of another schema."""
        try:
            data: dict[str, Any] = json.loads(text)
            if data["schema"] != SCHEMA:
                raise ValueError(f"its schema is '{data['schema']}'; expected '{SCHEMA}'")
            return cls(
                data["title"],
                data["edition"],
                data["identifier"],
                data["made_from"],
                tuple(_leaf(**page) for page in data["pages"]),
                tuple(Block(**{**b, "lines": tuple(Line(*line) for line in b["lines"])}) for b in data["blocks"]),
                data["anchors"],
            )._sound()
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"is no page map: {error!r}") from None

    def _sound(self) -> PageMap:
        """The map itself. Raises ValueError when it speaks of a page that it does not have, or has a value of the wrong kind."""
        texts = [self.title, self.edition, self.identifier, self.made_from, *self.anchors.keys(), *self.anchors.values()]
        texts += [text for leaf in self.pages for text in (leaf.label, leaf.block)]
        texts += [text for one in self.blocks for text in (one.name, one.at, one.text, one.kind, one.note)]
        numbers = [leaf.offset for leaf in self.pages]
        numbers += [number for one in self.blocks for line in one.lines for number in (line.page, line.line, line.offset)]
        if not all(isinstance(text, str) for text in texts) or not all(type(number) is int for number in numbers):
            raise ValueError("is no page map: a value in it is of the wrong kind")
        if [leaf.number for leaf in self.pages] != list(range(1, len(self.pages) + 1)):
            raise ValueError("its pages are not counted from 1")
        for one in self.blocks:
            if not all(1 <= line.page <= len(self.pages) for line in one.lines):
                raise ValueError(f"the block {one.name} stands on a page that is not there")
        return self


def _slug_row(slug: Slug) -> list[Any]:
    """A slug as it is kept: most are words of the text, and say no more than their place."""
    place = [slug.x, slug.y, slug.width]
    return [*place, slug.kind, slug.text] if slug.text else [*place, slug.kind] if slug.kind != TEXT else place


def _leaf(*, slugs: list[list[Any]], pictures: list[list[float]], **of: Any) -> Leaf:
    rectangles = [(left, top, width, height) for left, top, width, height in pictures]
    return Leaf(**of, slugs=tuple(Slug(*row) for row in slugs), pictures=tuple(rectangles))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _list(rows: Iterator[Any]) -> str:
    return "[\n" + ",\n".join(map(_json, rows)) + "\n]"


# --- reading the boxes -------------------------------------------------------------------------------------------------------


@dataclass
class _Setting:
    """A block while its letters are found on the pages: what is written, and how far the pages have got with it."""

    element: Element
    text: str
    letters: str
    lines: list[Line]
    notes: bool = False
    done: int = 0


def read_pages(pages: Forme) -> tuple[tuple[Leaf, ...], tuple[Block, ...], list[Problem]]:
    """The pages and blocks of a laid-out book, and every block whose printed letters are not those that are written (`page-map`)."""
    settings = {name: _Setting(element, text, letters(text), []) for name, (element, text) in _written(pages.root).items()}
    names = _nearest(pages.root)
    labels = folios.labels(pages)
    problems: list[Problem] = []
    leaves: list[Leaf] = []
    opened: set[str] = set()
    for number, page in pages.numbered:
        # Before the page is followed: what is complete by now can only be repeated on it.
        slugs = tuple(_slugs(page, settings, names, pages))
        start = _follow(page, number, settings, names, opened, pages, problems)
        name, offset = start or ("", 0)
        leaves.append(Leaf(number, labels[number - 1], bool(page.page_type.blank), name, offset, slugs, tuple(_pictures(page))))
    for one in settings.values():
        if one.done < len(one.letters):
            words = forme.excerpt(one.text)
            problems.append(
                Problem(
                    pages.at(one.element),
                    f"of {words} {one.done} letters of {len(one.letters)} are printed; expected all of them, in their order",
                    "page-map",
                )
            )
    blocks = tuple(
        Block(name, str(pages.at(one.element)), one.text, tuple(one.lines), one.notes, *_called(one.element, pages))
        for name, one in settings.items()
    )
    return tuple(leaves), blocks, problems


def _called(element: Element, pages: Forme) -> tuple[str, str]:
    """What a reader calls a block, and the number of its note."""
    kind = KINDS.get(element.tag, "entry")
    if pages.within(element, forme.REPEATED):
        kind = "head"
    elif element.get("class") in ("line", "entry", "sub-entry"):
        kind = "verse" if element.get("class") == "line" else "entry"
    return kind, next((number for one in pages.lineage(element) if (number := one.get("data-number"))), "")


def letters(text: str) -> str:
    """The characters that are counted: no white space, and nothing that no reader sees."""
    return "".join(character for character in text if not character.isspace() and character not in UNSEEN)


def _written(root: Element) -> dict[str, tuple[Element, str]]:
    """Every block with its words, in the order of the document. Text belongs to the innermost block around it."""
    pieces: dict[str, list[str]] = {}
    elements: dict[str, Element] = {}

    def gather(element: Element, name: str) -> None:
        if not isinstance(element.tag, str) or element.tag.rpartition("}")[2] in DRAWN:
            return
        name = element.get(BLOCK, name)
        if name:
            elements.setdefault(name, element)
            pieces.setdefault(name, []).append(element.text or "")
        for child in element:
            gather(child, name)
            if name:
                # Words on both sides of a line's end are two words, however close they stand in the markup.
                pieces[name].append((" " if child.tag == "br" else "") + (child.tail or ""))

    gather(root, "")
    return {name: (elements[name], " ".join("".join(found).translate(_JOINTS).split())) for name, found in pieces.items()}


def _nearest(root: Element) -> dict[Element, str]:
    """The name of the innermost block around each element; for want of one the id of its section, so that no page is lost."""
    names: dict[Element, str] = {}

    def note(element: Element, name: str) -> None:
        own = element.get(BLOCK) or (f"#{element.get('id')}" if element.tag == "section" and element.get("id") else "")
        names[element] = own or name
        for child in element:
            note(child, names[element])

    note(root, "")
    return names


def _follow(
    page: Box,
    number: int,
    settings: dict[str, _Setting],
    names: Mapping[Element, str],
    opened: set[str],
    pages: Forme,
    problems: list[Problem],
) -> tuple[str, int] | None:
    """Follow every block through the lines of a page; returns the block with which the page starts and how much of it stands before.

    ``opened`` are the sections that have been met with.
    """
    start: tuple[str, int] | None = None
    for box, line, notes in texts(page):
        name = names.get(box.element, "") if box.element is not None else ""
        setting = settings.get(name)
        if not name or forme.is_generated(box):
            continue
        if setting is None:
            # The press's own words, that no block holds: they open a section, or are nowhere in particular.
            start = start or (None if notes or name in opened else (name, 0))
            opened.add(name)
            continue
        if forme.is_picture(box):
            if start is None and not notes and not pages.within(box.element, forme.REPEATED):
                start = (name, setting.done)
            continue
        if not (printed := letters(box.text)):
            continue
        if setting.done >= len(setting.letters):
            if not pages.within(box.element, forme.REPEATED) and setting.letters:
                problems.append(_doubled(box, number, pages))
            continue
        if start is None and not notes:
            start = (name, setting.done)
        setting.notes = notes
        if not setting.lines or (setting.lines[-1].page, setting.lines[-1].line) != (number, line):
            setting.lines.append(Line(number, line, setting.done))
        if (read := _advance(setting.letters, setting.done, printed)) is None:
            message = f"page {number} of the PDF prints {forme.excerpt(box.text)}; expected the words that are written here"
            problems.append(Problem(pages.at(box.element), message, "page-map"))
            continue
        setting.done = read
    return start


def texts(page: Box) -> Iterator[tuple[Box, int, bool]]:
    """The texts and pictures of a page, each with the number of its line and whether it stands in the notes: running matter is left out."""
    body = [box for child in forme.body(page) for box in forme.walk(child)]
    area = forme.note_area(page)
    for boxes, notes in ((body, False), (list(forme.walk(area)) if area else [], True)):
        for box, line in _lined(boxes):
            yield box, line, notes


def _slugs(page: Box, settings: Mapping[str, _Setting], names: Mapping[Element, str], pages: Forme) -> Iterator[Slug]:
    """All that is printed on a page, in the order of the document, then its notes, then its running matter.

    Boxes that touch on one baseline, as those of a line whose words are emphasised here and there, are one slug.
    """
    area = forme.note_area(page)
    parts = [(TEXT, box) for box in forme.body(page)] + ([(NOTE, area)] if area else [])
    last: Slug | None = None
    for part, top in (*parts, *(("running", box) for box in forme.margins(page).values())):
        for box in forme.walk(top):
            if not forme.is_text(box) or not forme.is_shown(box) or not letters(box.text):
                continue
            setting = settings.get(names.get(box.element, "") if box.element is not None else "")
            kind = part
            if part != "running" and forme.is_generated(box):
                kind = box.element_tag.partition("::")[2]
            elif setting and setting.done >= len(setting.letters) and pages.within(box.element, forme.REPEATED):
                kind = "repeated"
            slug = _slug(box, kind)
            if last and last.kind == kind and last.y == slug.y and abs(last.x + last.width - slug.x) < forme.TOLERANCE:
                last = replace(last, width=round(slug.x + slug.width - last.x, 2), text=last.text + slug.text)
                continue
            if last:
                yield last
            last = slug
    if last:
        yield last


def _slug(box: Box, kind: str) -> Slug:
    place = (box.position_x, box.position_y + box.baseline, box.width)
    x, y, width = (round(pixels * POINTS, 2) for pixels in place)
    return Slug(x, y, width, kind, "" if kind in (TEXT, NOTE) else box.text.translate(_JOINTS))


def _pictures(page: Box) -> Iterator[tuple[float, float, float, float]]:
    for box in forme.walk(page):
        if forme.is_picture(box):
            place = (box.content_box_x(), box.content_box_y(), box.width, box.height)
            left, top, width, height = (round(pixels * POINTS, 2) for pixels in place)
            yield left, top, width, height


def _doubled(box: Box, number: int, pages: Forme) -> Problem:
    words = forme.excerpt(box.text)
    return Problem(
        pages.at(box.element), f"{words} is printed once more on page {number} of the PDF; expected it once", "page-map"
    )


def _advance(written: str, place: int, printed: str) -> int | None:
    """The place behind the printed letters; None when they are not what is written.

    Capitals may be set as small letters and the other way round, which can make two letters of one ("ß", "SS").
    """
    at = 0
    while at < len(printed):
        here = written[place : place + 1]
        folded = here.casefold()
        if here and printed[at] == here:
            at += 1
        elif here and printed[at : at + len(folded)].casefold() == folded:
            at += len(folded)
        elif printed[at] in _HYPHENS:
            at += 1
            continue
        else:
            return None
        place += 1
    return place


def _lined(boxes: Sequence[Box]) -> Iterator[tuple[Box, int]]:
    """The texts and pictures among the boxes of a page, each with the number of its line: lines at one height, as those of a table's row or
    of two columns, count as one."""
    heights = sorted({round(_base(box), 1) for box in boxes if forme.is_line(box) and forme.text_of(box).strip()})
    counted: dict[float, int] = {}
    count, last = 0, float("-inf")
    for height in heights:
        if height - last > _SAME_LINE:
            count, last = count + 1, height
        counted[height] = count
    line = 0
    for box in boxes:
        if forme.is_line(box):
            line = counted.get(round(_base(box), 1), line)
        elif forme.is_text(box) or forme.is_picture(box):
            yield box, line


_SAME_LINE = 3.0  # CSS pixels: lines less far apart are at one height


def _base(line: Box) -> float:
    return float(line.position_y + line.baseline)


def at_of(block: Block) -> At:
    """The place in the manuscript that a block comes from, for a problem."""
    path, _, line = block.at.rpartition(":")
    return At(path, int(line)) if path and line.isdecimal() else At(block.at)
