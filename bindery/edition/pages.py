"""From nodes to markup: every element comes from a Jinja template named for the kind of node (:mod:`bindery.edition.templates`)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from markupsafe import Markup, escape
from stdnum import isbn

from bindery.edition.block_names import BLOCK, BlockNames
from bindery.edition.columns import is_crowded, is_long
from bindery.edition.endings import LEAST, count, keep_ending, keep_title
from bindery.edition.fair_copy import FairCopy, IndexEntry, Place, Section, sort_key
from bindery.edition.passport import Passport
from bindery.edition.templates import Templates
from bindery.foundry.typography import long_date
from bindery.nodes import Group, IndexMark, LineBreak, Link, Node, Note, Reference, Term, Text, find, plain, rewrite

BLOCKS = frozenset(
    {
        "aside",
        "block_quote",
        "code_block",
        "definition_list",
        "figure",
        "heading",
        "list",
        "paragraph",
        "quote",
        "scene_break",
        "table",
        "verse",
    }
)


@dataclass(frozen=True)
class Credit:
    """A typeface and who drew it, for the colophon."""

    name: str
    designer: str


@dataclass(frozen=True)
class Locator:
    """What an index prints for a place: the place, and the words for it."""

    place: Place
    label: str


class Pages:
    """Sets the sections of a fair copy as markup for one format.

    ``href`` gives the address of an id (print: ``#id``; EPUB: ``file.xhtml#id``) and ``marks`` the extra attributes of a block: its name, and where
    in the manuscript it stands.
    """

    def __init__(
        self, copy: FairCopy, *, folios: Mapping[str, str] | None = None, extra: Mapping[str, Any] | None = None
    ) -> None:
        """``folios`` gives the printed page of each id, once the print edition has been laid out."""
        self.copy = copy
        self.folios = folios or {}
        self.names_of_blocks = BlockNames(copy.sections)
        self.format = copy.edition.format
        self.matter = {section.id: section.matter for section in copy.sections}
        self.templates = Templates(copy.book.root, *self.formats)
        self.environment = self.templates.environment
        card = copy.book.card
        self.environment.globals.update(
            book=card,
            copy=copy,
            edition=copy.edition,
            edition_name=copy.name,
            words=dict(copy.book.words),
            href=self.href,
            matter=self.matter_of,
            picture=self.picture,
            marks=self.marks,
            made=made,
            openings=frozenset(section.anchor or section.id for section in copy.sections),
            folio=lambda identifier: self.folios.get(identifier, ""),
            language=card.language,
            semantics=self.semantics,
            set_section=self.section,
            locators=self.locators,
            isbns=[(isbn.format(e.isbn), e.label or name) for name, e in card.editions.items() if e.isbn],
            **{"passport": None, **(extra or {})},
        )
        self.environment.filters.update(
            typeset=self.typeset,
            ending=lambda nodes: nodes,  # print alone has lines that end the same for every reader
            plain=plain,
            markup=Markup,  # for the formulas alone, which formulas.py has made and parsed
            long_date=lambda date: long_date(date, card.language),
            is_inline=is_inline,
            index_groups=index_groups,
        )

    @property
    def formats(self) -> tuple[str, ...]:
        """The folders of templates that go before those which the formats have in common, the first before all."""
        return (self.format,)

    def typeset(self, nodes: str | Node | Iterable[Node]) -> Markup:
        """The markup of nodes, each by its template; a text is escaped."""
        if isinstance(nodes, str | Text):
            return escape(nodes if isinstance(nodes, str) else nodes.text)
        if isinstance(nodes, Node):
            return Markup(self.templates.render(nodes.kind.replace("_", "-") + ".html.j2", node=nodes))
        return Markup("").join(self.typeset(node) for node in nodes)

    def section(self, section: Section) -> Markup:
        """The markup of a section by the template of its kind; a chapter of whatever kind by ``chapter``."""
        name = "chapter" if section.at.path.endswith(".md") else section.kind
        return Markup(self.templates.render(name + ".html.j2", section=section))

    def page(self, name: str, **values: Any) -> str:
        """A whole document by the template called ``name``, with its ending."""
        return self.templates.render(name, **values)

    def href(self, target: str) -> str:
        """The address of an id of the book, written ``#id``."""
        return target

    def matter_of(self, target: str) -> str:
        return self.matter.get(self.copy.owner.get(target.removeprefix("#"), ""), "")

    def picture(self, name: str) -> str:
        return name

    def marks(self, node: Node | Section, part: str = "") -> dict[str, str | None]:
        """Further attributes of a block: its name. ``part`` tells the texts of a node apart that has several, such as ``caption``."""
        return {BLOCK: self.names_of_blocks(node, part)}

    def semantics(self, section: Section) -> dict[str, str | None]:
        """Further attributes of a section."""
        return {}

    def locators(self, places: Sequence[Place]) -> list[Locator]:
        """The places of an index entry as pages of the print edition: each page once, runs of pages as one ("61–63"). Without one, by number."""
        if all(place.id in self.folios for place in places):
            return merged_pages([(place, self.folios[place.id]) for place in places])
        return [Locator(place, str(number)) for number, place in enumerate(places, 1)]


class PrintPages(Pages):
    """Markup for WeasyPrint. Blocks say where in the manuscript they stand, so that a fault of layout can be traced to its line."""

    SCHEME = "bindery:"

    def __init__(
        self,
        copy: FairCopy,
        *,
        folios: Mapping[str, str],
        faces: Sequence[Credit] = (),
        engine: str = "",
        passport: Passport | None = None,
    ) -> None:
        """``folios`` is empty when the book is laid out a first time. ``faces`` are the typefaces that it turned out to be set in, ``engine`` is
        what sets it, and ``passport`` tells what it is made from: for the colophon.
        """
        own = {"pieces": self.pieces, "faces": faces, "engine": engine, "passport": passport}
        super().__init__(copy, folios=folios, extra=own)
        crowded = partial(is_crowded, width=copy.edition.trim[0])
        self.environment.filters.update(
            ending=keep_ending,
            as_title=keep_title,
            crowded=crowded,
            long=partial(is_long, width=copy.edition.trim[0]),
            bare=bare,
            first_sentence=first_sentence,
            is_address=is_address,
        )

    def picture(self, name: str) -> str:
        return self.SCHEME + name

    def marks(self, node: Node | Section, part: str = "") -> dict[str, str | None]:
        return {**super().marks(node, part), "data-at": str(node.at)}

    def pieces(self, address: str) -> str:
        """An address that may be broken between its pieces, at zero-width spaces: see :func:`pieces`."""
        return "\u200b".join(pieces(address))


def made(name: str) -> dict[str, str]:
    """The attributes of a block that the press makes by itself, an entry of the index say, under its name."""
    return {BLOCK: name}


def bare(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """A title or caption as it is repeated elsewhere, in the contents say: its words and their emphasis.

    Notes are left out, and links and marks of the index lose what makes them one: the place they speak of is another.
    """

    def strip(node: Node) -> Node | tuple[Node, ...]:
        if isinstance(node, Note):
            return ()
        if isinstance(node, IndexMark | Link | Term | Group):
            return node.children
        if isinstance(node, LineBreak):
            return Text(" ", at=node.at)
        return Text(node.label, at=node.at) if isinstance(node, Reference) else node

    return rewrite(tuple(nodes), strip)


# A full stop that ends a sentence: after a word of three letters or more ("Dr." and "U.S." end none), before a space and a capital.
_SENTENCE = re.compile(r"(?<=[^\W\d_]{3}[.?!])[”’\")]?\s+(?=[“‘\"(]?[A-Z0-9À-ÖØ-Þ])")


def first_sentence(nodes: Sequence[Node]) -> list[Node]:
    """The first sentence of a caption: what a list of tables or figures gives of it, without its full stop.

    Only a full stop in the caption's own text counts, none in emphasis.
    """
    kept: list[Node] = []
    for node in nodes:
        if isinstance(node, Text) and (end := _SENTENCE.search(node.text)):
            return [*kept, replace(node, text=node.text[: end.start()].removesuffix("."))]
        kept.append(node)
    if kept and isinstance(last := kept[-1], Text):
        kept[-1] = replace(last, text=last.text.rstrip().removesuffix("."))
    return kept


def is_address(text: str) -> bool:
    """Whether the words of a link are an address themselves."""
    return bool(re.match(r"(https?://|www\.)\S+$", text))


def pieces(address: str) -> list[str]:
    """An address in the pieces between which a line may end: after its strokes, before its other marks.

    So no line ends in a full stop or a hyphen that could be taken for the sentence's own (Chicago Manual of Style, 14.18). The last piece is long
    enough to stand in a line by itself.
    """
    *found, last = re.split(r"(?<=/)(?!/)|(?<!/)(?=[.?&=#%~_-])", address)
    while found and count(last) < LEAST:
        last = found.pop() + last
    # Of itself an address could be broken after any hyphen or stroke. The joiner between is neither seen nor counted.
    return [_INNER.sub("\u2060", piece) for piece in (*found, last)]


_INNER = re.compile(r"(?<=[-/])(?=[^-/])")


# EPUB Structural Semantics Vocabulary 1.1 and the DPUB-ARIA 1.1 role that goes with each term; some terms have none.
SEMANTICS: dict[str, tuple[str, str | None]] = {
    "chapter": ("chapter", "doc-chapter"),
    "part": ("part", "doc-part"),
    "preface": ("preface", "doc-preface"),
    "foreword": ("foreword", "doc-foreword"),
    "introduction": ("introduction", "doc-introduction"),
    "prologue": ("prologue", "doc-prologue"),
    "dedication": ("dedication", "doc-dedication"),
    "epigraph": ("epigraph", "doc-epigraph"),
    "acknowledgments": ("acknowledgments", "doc-acknowledgments"),
    "epilogue": ("epilogue", "doc-epilogue"),
    "afterword": ("afterword", "doc-afterword"),
    "conclusion": ("conclusion", "doc-conclusion"),
    "appendix": ("appendix", "doc-appendix"),
    "glossary": ("glossary", "doc-glossary"),
    "errata": ("errata", "doc-errata"),
    "bibliography": ("bibliography", "doc-bibliography"),
    "index": ("index", "doc-index"),
    "colophon": ("colophon", "doc-colophon"),
    "copyright": ("copyright-page", None),
    "title-page": ("titlepage", None),
    "list-of-tables": ("lot", None),
    "list-of-figures": ("loi", None),
}


def own_titles(sections: Iterable[Section]) -> Iterator[tuple[str, str]]:
    """The id of each section and the title of its document, which is its own: what is called as one before it is counted (WCAG 2.2, 2.4.2)."""
    names: Counter[str] = Counter()
    for section in sections:
        names[section.name] += 1
        again = names[section.name]
        yield section.id, section.name + (f" ({again})" if again > 1 else "")


class EpubPages(Pages):
    """Markup for EPUB documents, one a section, in the folder ``text/`` beside the navigation document and the cover.

    The page of contents is the navigation document itself; a half title is a custom of print, where it shields the title page, and is left out.
    """

    def __init__(
        self, copy: FairCopy, *, folios: Mapping[str, str] | None = None, extra: Mapping[str, Any] | None = None
    ) -> None:
        self.faces: Sequence[Credit] = ()  # what the book is set in; known when all but the colophon is set
        self.names = {section.id: section.name for section in copy.sections}
        self.elsewhere = {section.id: "nav.xhtml" for section in copy.sections if section.kind == "contents"}
        self.elsewhere |= {section.id: "cover.xhtml" for section in copy.sections if section.kind == "half-title"}
        self.titles = dict(own_titles(section for section in copy.sections if section.id not in self.elsewhere))
        own = {
            "notes_of": notes_of,
            "section_name": self.names.__getitem__,
            "document_title": self.titles.__getitem__,
            "faces": lambda: self.faces,
            "index_ids": {entry.heading: f"index-entry-{count}" for count, entry in enumerate(copy.index, 1)},
        }
        super().__init__(copy, folios=folios, extra={**own, **(extra or {})})

    @property
    def sections(self) -> list[Section]:
        """The sections that are documents of their own."""
        return [section for section in self.copy.sections if section.id not in self.elsewhere]

    def semantics(self, section: Section) -> dict[str, str | None]:
        epub_type, role = SEMANTICS.get(section.kind, (None, None))
        return {"epub:type": epub_type, "role": role}

    def path(self, target: str) -> str:
        """Where an id of the book stands, as a path from the EPUB's own folder."""
        identifier = target.removeprefix("#")
        owner = self.copy.owner.get(identifier, identifier)
        if owner in self.elsewhere:
            return self.elsewhere[owner]
        return f"text/{owner}.xhtml" + ("" if owner == identifier else f"#{identifier}")

    def href(self, target: str) -> str:
        path = self.path(target)
        return path.removeprefix("text/") if path.startswith("text/") else f"../{path}"

    def picture(self, name: str) -> str:
        return f"../{name}"


def notes_of(section: Section) -> list[Note]:
    """The notes of a section, in the order of their numbers."""
    return sorted(find((*section.title, *section.blocks), Note), key=lambda note: note.number)


def merged_pages(places: Sequence[tuple[Place, str]]) -> list[Locator]:
    """The pages of an index entry, each once; three or more that follow each other become one run."""
    pages: list[tuple[Place, str]] = []
    for place, folio in places:
        if not pages or pages[-1][1] != folio:
            pages.append((place, folio))
    done: list[Locator] = []
    while pages:
        run = 1
        while run < len(pages) and _follows(pages[run - 1][1], pages[run][1]):
            run += 1
        if run > 2:
            done.append(Locator(pages[0][0], f"{pages[0][1]}–{pages[run - 1][1]}"))
        else:
            done.extend(Locator(place, folio) for place, folio in pages[:run])
        pages = pages[run:]
    return done


def _follows(before: str, after: str) -> bool:
    return before.isdigit() and after.isdigit() and int(after) == int(before) + 1


def index_groups(entries: Iterable[IndexEntry]) -> list[list[IndexEntry]]:
    """The entries of an index by first letter; what starts with none comes first, together."""
    groups: dict[str, list[IndexEntry]] = {}
    for entry in entries:
        first = sort_key(entry.heading)[0][:1]
        groups.setdefault(first if first.isalpha() else "", []).append(entry)
    return list(groups.values())


def is_inline(node: Group) -> bool:
    """Whether a group stands in a line: it holds no block."""
    return not any(part.kind in BLOCKS for part in node.children)
