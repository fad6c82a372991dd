"""The words of a book, read off the nodes of its fair copy: what every edition must say, in order.

This is the author's side of the same-text proof (docs/same-text.md), so no template has a part in it: what the press adds of its own, "Table 4" and
the like, is written here once more. It reads for one of three ``form``s: ``print`` and ``epub`` are all words that stand in the document which
such an edition is made from; empty, the author's own words in chapters and parts, which all editions have in common.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bindery.edition.fair_copy import FairCopy, IndexEntry, Place, Section
from bindery.edition.pages import bare, first_sentence, merged_pages
from bindery.finished.wording import Wording
from bindery.foundry.typography import long_date
from bindery.nodes import (
    Aside,
    Code,
    CodeBlock,
    Definition,
    Figure,
    Group,
    Heading,
    Image,
    IndexMark,
    Item,
    LineBreak,
    Link,
    Math,
    Node,
    Note,
    Quote,
    Reference,
    Row,
    Span,
    Table,
    Term,
    Text,
    parts,
    plain,
    walk,
)
from bindery.problem import At

# Pages that the press makes of book.toml, for one edition or for each in its own way: no word of the manuscript is on them.
MADE = frozenset({"half-title", "title-page", "copyright", "contents", "colophon", "accessibility"})

# Kinds of chapters whose title print keeps for the bookmarks.
UNTITLED = frozenset({"dedication", "epigraph"})

INLINE = (Span, Link, IndexMark, Term)


@dataclass
class Words:
    """The words of the text, and apart from them those of the notes, in the order of their calls. ``added`` counts by kind the words among them that
    the press adds, ``left_out`` what is no text in an edition: a formula that is drawn, a picture."""

    text: Wording[At] = field(default_factory=lambda: Wording(At()))
    notes: Wording[At] = field(default_factory=lambda: Wording(At()))
    added: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)


def words_of(
    copy: FairCopy, form: str = "", folios: Mapping[str, str] | None = None, *, but: Container[At] = frozenset()
) -> Words:
    """The words of a fair copy ``but`` for those from certain lines. ``folios`` is the printed page of each id."""
    reader = _Reader(copy, form, folios or {}, but)
    for section in copy.sections:
        if section.kind not in MADE and (form or section.kind == "part" or section.at.path.endswith(".md")):
            reader.section(section)
    return reader.words


class _Reader:
    def __init__(self, copy: FairCopy, form: str, folios: Mapping[str, str], but: Container[At]) -> None:
        self.copy = copy
        self.but = but
        self.form = form
        self.folios = folios
        self.names = copy.book.words
        self.openings = {section.anchor or section.id for section in copy.sections}
        self.words = Words()
        self.page: Wording[At] = self.words.text

    # --- writing

    def write(self, text: str, at: At = At()) -> None:
        if at in self.but:
            self.page.gap()
            return
        if at.path:
            self.page.place = at
        self.page.write(text)

    def add(self, kind: str, text: str) -> None:
        """Words that are the press's."""
        if self.form:
            self.words.added[kind] += len(text.split())
            self.page.write(text)

    def block(self, nodes: Iterable[Node] | str = (), at: At = At()) -> None:
        """A text that stands by itself, or the end of one."""
        self.page.gap()
        if isinstance(nodes, str):
            self.write(nodes, at)
        else:
            self.read(nodes)
        self.page.gap()

    # --- the parts of a book

    def section(self, section: Section) -> None:
        self.page.place = section.at
        self.block()
        untitled = section.kind in UNTITLED and self.form != "epub"
        if section.kind == "part":
            self.add("number", f"{self.names['part']} {section.number} ")
        elif section.number and not untitled:
            self.add("number", f"{self.names['appendix']} " * (section.kind == "appendix") + f"{section.number} ")
        if not untitled:
            self.block(section.title)
        if section.at.path.endswith(".md"):
            self.read(section.blocks)
        elif section.kind == "bibliography":
            for entry in self.copy.bibliography:
                self.block(entry.children)
        elif section.kind == "index":
            for one in self.copy.index:
                self.entry(one)
                for sub in one.under:
                    self.entry(sub)
        elif section.kind == "list-of-tables":
            self.plates("table", self.copy.tables)
        elif section.kind == "list-of-figures":
            self.plates("figure", self.copy.figures)

    def plates(self, kind: str, plates: Iterable[Table | Figure]) -> None:
        """A list of tables or figures: print gives the first sentence of each caption, an EPUB all of it, and the page."""
        for plate in plates:
            caption = plain(first_sentence(bare(plate.caption)) if self.form == "print" else plate.caption)
            page = self.folios.get(plate.id, "")
            number = str(plate.number) if self.form == "print" else f"{self.names[kind]} {plate.number}"
            behind = f", {self.names['page']} {page}" if page and self.form == "epub" else ""
            self.block()
            self.add("list", f"{number} {caption}{behind}")
            self.block()

    def entry(self, entry: IndexEntry) -> None:
        self.block()
        self.write(entry.heading)
        for label in self.locators(entry.places):
            self.add("locator", f", {label}")
        also = self.names["see-also"].capitalize() if self.form == "print" else self.names["see-also"]
        for name, headings in ((self.names["see"], entry.see), (also, entry.see_also)):
            if headings:
                self.add("see", f". {name} ")
                self.write("; ".join(headings))
        self.block()

    def locators(self, places: Sequence[Place]) -> list[str]:
        if all(place.id in self.folios for place in places):
            return [locator.label for locator in merged_pages([(place, self.folios[place.id]) for place in places])]
        return [str(number) for number, _ in enumerate(places, 1)]

    # --- nodes

    def read(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            self.node(node)

    def node(self, node: Node) -> None:
        match node:
            case Text() | Code():
                self.write(node.text, node.at)
            case LineBreak():
                self.page.gap()
            case Math():
                if self.form == "epub":
                    self.page.place = node.at
                    self.add("formula", node.tex)
                else:
                    self.words.left_out["formula"] += 1
            case Image():
                self.words.left_out["picture"] += 1
            case Note():
                self.note(node)
            case Reference():
                self.page.place = node.at
                self.add("reference", node.label)
                folio = self.folios.get(node.target, "")
                if self.form == "epub" and folio and node.target not in self.openings:
                    self.add("page", f", {self.names['page']} {folio}")
            case _ if isinstance(node, INLINE):
                self.read(parts(node))
            case Group() if all(isinstance(part, (Text, Code, *INLINE)) for part in node.children):
                self.read(node.children)
            case _:
                self.block()
                self.standing(node)
                self.block()

    def note(self, note: Note) -> None:
        if self.form == "epub":
            self.page.place = note.at
            self.add("call", str(note.number))
        page, self.page = self.page, self.words.notes
        self.page.place = _first(note.children, note.at)
        self.block()
        if self.form == "epub":
            self.add("call", f"{note.number}. ")
        self.read(note.children)
        self.block()
        self.page = page

    def standing(self, node: Node) -> None:
        """A node that stands by itself."""
        match node:
            case Heading():
                if node.number:
                    self.add("number", f"{node.number} ")
                self.read(node.children)
            case Quote():
                self.read(node.children)
                date = node.date and long_date(node.date, self.copy.book.card.language)
                self.block()
                self.write(", ".join(filter(None, (node.by, node.source, date))), node.at)
                self.read(node.note)
            case Aside():
                self.block(node.title, node.at)
                self.read(node.children)
            case CodeBlock():
                self.block(node.title, node.at)
                self.block(node.text, node.at)
            case Table():
                self.caption("table", node)
                for row in node.head:
                    self.row(row, [column.unit for column in node.columns])
                for row in node.body:
                    self.row(row, [""] * len(row.cells))
                self.source(node)
            case Figure():
                self.read([node.image])
                if not node.image.decorative:
                    self.caption("figure", node)
                self.source(node)
                if self.form == "epub":
                    self.numbers(node)
            case Definition():
                self.block(node.term)
                self.read(node.meanings)
            case Item():
                self.read(node.children)
            case _:
                self.read(parts(node))

    def caption(self, kind: str, plate: Table | Figure) -> None:
        if plate.caption:
            self.page.place = _first(plate.caption, plate.at)
            if plate.number:
                self.add("label", f"{self.names[kind]} {plate.number} ")
            self.block(plate.caption)

    def source(self, plate: Table | Figure) -> None:
        if plate.source:
            self.block()
            self.page.place = _first(plate.source, plate.at)
            self.add("label", f"{self.names['source']}: ")
            self.block(plate.source)

    def numbers(self, figure: Figure) -> None:
        """What an EPUB says of a chart for those who do not see it: its numbers, or where they are."""
        if figure.numbers_in:
            self.block()
            self.add("numbers", f"{self.names['numbers']}: ")
            self.read([figure.numbers_in])
        elif figure.numbers:
            self.block()
            self.add("numbers", self.names["numbers"])
            self.block([figure.numbers])

    def row(self, row: Row, units: Sequence[str]) -> None:
        for cell, unit in zip(row.cells, units, strict=True):
            self.block(cell.children)
            self.block(unit, cell.at)


def _first(nodes: Iterable[Node], otherwise: At) -> At:
    """Where nodes start in the manuscript."""
    return next((node.at for node in walk(nodes) if node.at.path), otherwise)
