"""The fair copy: the book made ready for one edition, everything numbered, every link and citation resolved.

From here on there is no difference between what the author wrote in Markdown and what the press adds: both are :class:`Section` values
in reading order, and print and EPUB set the same ones.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from bindery.edition.plates import pull
from bindery.foundry.typography import bind_units, quoted
from bindery.manuscript import bibliography, tables
from bindery.manuscript.bibliography import Entry
from bindery.manuscript.book import Book
from bindery.manuscript.card import Edition, Listed
from bindery.manuscript.dialect import unescape
from bindery.manuscript.formulas import set_formulas
from bindery.manuscript.pictures import Picture, read_picture
from bindery.nodes import (
    Aside,
    Chart,
    Definition,
    Figure,
    Group,
    Heading,
    Image,
    IndexMark,
    Link,
    Math,
    Node,
    Note,
    Only,
    Quote,
    Reference,
    Table,
    Term,
    Text,
    Variable,
    find,
    plain,
    rewrite,
)
from bindery.problem import At, Faulty, Problem, nearest

SCHEMES = ("http", "https", "mailto", "tel")


@dataclass(frozen=True)
class Section:
    """One piece of the book that starts a page: a chapter, a part's opening, or a page that the press makes.

    ``matter`` is front, body or back. ``kind`` names what it is (``chapter``, ``preface``, ``part``, ``contents`` …), ``id`` the name of its
    EPUB document, ``anchor`` the id of its title. ``number`` is "" when it has none; ``part`` is the id of the part it belongs to.
    """

    id: str
    matter: str
    kind: str
    title: tuple[Node, ...]
    blocks: tuple[Node, ...] = ()
    number: str = ""
    short: str = ""
    at: At = At()
    part: str = ""
    anchor: str = ""

    @property
    def name(self) -> str:
        """The title in plain words."""
        return plain(self.title)

    @property
    def headings(self) -> Iterator[Heading]:
        return (h for h in find(self.blocks, Heading) if h.level > 1)


@dataclass(frozen=True)
class Place:
    """Where an index entry points: the id of a mark, and the section that holds it."""

    id: str
    section: str


@dataclass(frozen=True)
class IndexEntry:
    """A heading of the index with its places, its sub-entries and where else to look."""

    heading: str
    places: tuple[Place, ...] = ()
    under: tuple[IndexEntry, ...] = ()
    see: tuple[str, ...] = ()
    see_also: tuple[str, ...] = ()


@dataclass(frozen=True)
class FairCopy:
    """The book as one edition sets it. ``owner`` tells which section holds an id."""

    book: Book
    name: str
    edition: Edition
    sections: tuple[Section, ...]
    owner: Mapping[str, str]
    pictures: Mapping[str, Picture]
    bibliography: tuple[Entry, ...]
    index: tuple[IndexEntry, ...]
    problems: tuple[Problem, ...]

    @property
    def tables(self) -> Iterator[Table]:
        return (table for section in self.sections for table in find(section.blocks, Table) if table.number)

    @property
    def figures(self) -> Iterator[Figure]:
        return (figure for section in self.sections for figure in find(section.blocks, Figure) if figure.number)


def make_fair_copy(book: Book, name: str) -> FairCopy:
    """The book made ready for the edition called ``name``, with every problem that this brings to light."""
    desk = _Desk(book, name, book.card.editions[name])
    raw = [desk.chosen(section) for section in desk.sections()]
    cited = {key for section in raw for key in bibliography.cited_keys(section.blocks)}
    numbered = [desk.numbered(section) for section in desk.with_citations(raw)]
    entries = desk.bibliography(cited)
    sections = tuple(desk.resolved(section) for section in numbered)
    index = make_index(sections)
    desk.check_pages(sections, entries, index)
    return FairCopy(
        book,
        name,
        desk.edition,
        sections,
        desk.owner,
        desk.pictures,
        entries,
        index,
        tuple(sorted({*book.problems, *desk.problems})),
    )


class _Desk:
    """Where the sections are gone through, one step after the other; what they must know of each other is gathered here."""

    def __init__(self, book: Book, name: str, edition: Edition) -> None:
        self.book = book
        self.name = name
        self.edition = edition
        self.problems: list[Problem] = []
        self.owner: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self.terms: dict[str, str] = {}
        self.pictures: dict[str, Picture] = {}
        self.placed: dict[str, At] = {}
        self.of_files: list[Table] = []
        self.local: dict[tuple[str, str], str] = {}
        self.files: dict[str, str] = {}
        self.tables = 0
        self.figures = 0

    def problem(self, at: At, message: str, check: str) -> None:
        self.problems.append(Problem(at, message, check))

    # --- what the book is made of

    def sections(self) -> Iterator[Section]:
        """Every section in reading order, with the blocks as the author wrote them."""
        card = self.book.card
        taken: set[str] = set()
        chapter, appendix = 0, 0

        def section(entry: Listed, matter: str, part: str) -> Section:
            nonlocal chapter, appendix
            if entry.page:
                title = (Text(self.book.words[entry.page]),)
                return Section(_slug(entry.page, taken), matter, entry.page, title, at=self.book.located.at(f'"{entry.page}"'))
            number = ""
            if entry.kind == "chapter" and matter == "body" and card.number_chapters:
                chapter += 1
                number = str(chapter)
            elif entry.kind == "appendix":
                appendix += 1
                number = chr(64 + appendix)
            read = self.book.chapters[entry.file]
            identifier = _slug(PurePosixPath(entry.file).stem, taken)
            self.files[read.path] = identifier
            return Section(identifier, matter, entry.kind, (), read.blocks, number, at=At(read.path, 1), part=part)

        for entry in card.front:
            yield section(entry, "front", "")
        for count, part in enumerate(card.parts, 1):
            opening = _slug(f"part-{count}", taken)
            yield Section(opening, "body", "part", (Text(part.title),), number=_roman(count), at=self.book.located.at(part.title))
            for entry in part.chapters:
                yield section(entry, "body", opening)
        for entry in card.chapters:
            yield section(entry, "body", "")
        for entry in card.back:
            if entry.page != "accessibility" or self.edition.format == "epub":  # it speaks of what is read on a screen
                yield section(entry, "back", "")

    def chosen(self, section: Section) -> Section:
        """A section with what is for other editions left out and the variables put in."""
        card = self.book.card
        built_in = {
            "title": card.title,
            "subtitle": card.subtitle,
            "author": card.author,
            "publisher": card.publisher,
            "edition": card.edition,
        }
        variables = {**built_in, **card.variables}
        known = {*card.editions, "print", "epub"}

        def choose(node: Node) -> Node | tuple[Node, ...]:
            if isinstance(node, Only):
                if node.edition not in known:
                    self.problem(
                        node.at, f"there is no edition '{node.edition}'{nearest(node.edition, known)}", "unknown-edition"
                    )
                return node.children if node.edition in (self.name, self.edition.format) else ()
            if isinstance(node, Variable):
                if node.name not in variables:
                    self.problem(
                        node.at, f"there is no variable '{node.name}'{nearest(node.name, variables)}", "unknown-variable"
                    )
                return Text(variables.get(node.name, ""), at=node.at)
            return node

        return replace(section, blocks=rewrite(section.blocks, choose))

    # --- citations

    def with_citations(self, sections: list[Section]) -> list[Section]:
        references = self.book.references
        found = [problem for section in sections for problem in bibliography.check_citations(section.blocks, references)]
        self.problems.extend(found)
        if references is None or found:
            return sections

        def set_section(section: Section) -> Section:
            return replace(section, blocks=bibliography.set_citations(section.blocks, references, section.at))

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(set_section, sections))

    def bibliography(self, cited: set[str]) -> tuple[Entry, ...]:
        listed = next((entry.page for entry in self.book.card.listed() if entry.page == "bibliography"), "")
        references = self.book.references
        if not listed or references is None:
            return ()
        entries = references.entries(cited & references.keys)
        for entry in entries:
            self.owner[f"ref-{entry.key}"] = "bibliography"
        return entries

    # --- numbers and ids

    def numbered(self, section: Section) -> Section:
        """A section with its title taken out of the blocks, and every note, heading, table and figure numbered and named."""
        self._place(section.id, section.id, section.at)
        if section.kind == "part":
            self.labels[section.id] = f"{self.book.words['part']} {section.number}"
        if not section.at.path.endswith(".md"):
            return section
        counts = {"note": 0, "index": 0, "section": 0, "subsection": 0}

        def number(node: Node) -> Node:
            if isinstance(node, Note):
                counts["note"] += 1
                return replace(
                    node, number=counts["note"], id=self._place(f"{section.id}-note-{counts['note']}", section.id, node.at)
                )
            if isinstance(node, IndexMark):
                counts["index"] += 1
                return replace(node, id=self._place(f"{section.id}-index-{counts['index']}", section.id, node.at))
            if isinstance(node, Heading):
                return self._numbered_heading(node, section, counts)
            if isinstance(node, Table):
                return self._numbered_table(node, section)
            if isinstance(node, Figure):
                return self._numbered_figure(node, section)
            if isinstance(node, Definition) and section.kind == "glossary":
                word = unescape(plain(node.term)).strip()
                identifier = self._place(f"term-{_ascii(word)}", section.id, node.at)
                self.terms[word.casefold()] = identifier
                return replace(node, id=identifier)
            if isinstance(node, Quote | Aside | Group) and node.id:
                self._place(node.id, section.id, node.at)
            return node

        blocks = rewrite(section.blocks, number)
        titles = [node for node in find(blocks, Heading) if node.level == 1]
        if not titles:
            unread = any(
                read.path == section.at.path and read.problems and not read.blocks for read in self.book.chapters.values()
            )
            if not unread:
                self.problem(section.at, "a chapter needs a title; expected a line '# Title'", "missing-title")
            return replace(section, blocks=blocks)
        if blocks[0] is not titles[0]:
            self.problem(titles[0].at, "the title must be the first thing in its chapter", "title-not-first")
        for extra in titles[1:]:
            self.problem(extra.at, "a second title; expected one '#' heading a file, and '##' below it", "second-title")
        self._check_levels(blocks)
        title = titles[0]
        return replace(
            section,
            title=title.children,
            short=title.short,
            blocks=tuple(b for b in blocks if b is not title),
            at=title.at,
            anchor=title.id,
        )

    def _numbered_heading(self, heading: Heading, section: Section, counts: dict[str, int]) -> Heading:
        words = self.book.words
        local = heading.id.removeprefix("~")
        identifier = f"{section.id}-{local}" if heading.id.startswith("~") else heading.id
        if heading.level == 1:
            identifier = section.id if heading.id.startswith("~") else heading.id
            label = section.number and f"{words.get(section.kind, words['chapter'])} {section.number}"
        else:
            if heading.level == 2:
                counts["section"], counts["subsection"] = counts["section"] + 1, 0
            elif heading.level == 3:
                counts["subsection"] += 1
            shown = self.book.card.number_sections and section.number and heading.level < 4
            number = (
                f"{section.number}.{counts['section']}" + (f".{counts['subsection']}" if heading.level == 3 else "")
                if shown
                else ""
            )
            heading = replace(heading, number=number)
            label = number and f"{words['section']} {number}"
        self.labels[identifier] = label or quoted(unescape(plain(heading.children)), self.book.card.language)
        self.local[section.id, local] = identifier
        self.local.setdefault((section.id, _slug_of_words(unescape(plain(heading.children)))), identifier)
        if identifier != section.id:
            self._place(identifier, section.id, heading.at)
        if heading.level == 1:
            self.local[section.id, ""] = identifier
        return replace(heading, id=identifier)

    def _numbered_table(self, table: Table, section: Section) -> Table:
        if not table.caption:
            if table.id:
                self.problem(table.at, f"table '#{table.id}' has no caption, so no number; expected one", "missing-caption")
            return table
        self.tables += 1
        identifier = self._place(table.id or f"{section.id}-table-{self.tables}", section.id, table.at)
        self.labels[identifier] = f"{self.book.words['table']} {self.tables}"
        table = replace(table, number=self.tables, id=identifier)
        if table.csv:
            self.of_files.append(table)
        return table

    def _numbered_figure(self, figure: Figure, section: Section) -> Figure:
        if figure.numbers and not figure.caption:
            self.problem(figure.at, "a chart has no caption, so no number; expected one", "missing-caption")
        if figure.image.decorative or not figure.caption:
            return figure
        self.figures += 1
        identifier = self._place(figure.id or f"{section.id}-figure-{self.figures}", section.id, figure.at)
        self.labels[identifier] = f"{self.book.words['figure']} {self.figures}"
        if figure.numbers:
            details = self._place(f"{identifier}-numbers", section.id, figure.at)
            figure = replace(figure, image=replace(figure.image, details=details))
        return replace(figure, number=self.figures, id=identifier)

    def _place(self, identifier: str, section: str, at: At) -> str:
        """Note which section holds an id. An id is written once in a book."""
        if not re.fullmatch(r"[A-Za-z][\w:.-]*", identifier):
            self.problem(at, f"'#{identifier}' is no id; expected a letter, then letters, digits, '-', '_', '.' or ':'", "bad-id")
        if identifier in self.placed:
            self.problem(at, f"the id '#{identifier}' is given twice; first at {self.placed[identifier]}", "duplicate-id")
        else:
            self.placed[identifier] = at
            self.owner[identifier] = section
            self.local[section, identifier] = identifier
        return identifier

    def _check_levels(self, blocks: tuple[Node, ...]) -> None:
        level = 1
        for heading in find(blocks, Heading):
            if heading.level > level + 1:
                message = f"a heading of level {heading.level} follows one of level {level}; expected level {level + 1} at most"
                self.problem(heading.at, message, "heading-skip")
            level = heading.level

    # --- links, references, pictures

    def resolved(self, section: Section) -> Section:
        """A section in which every link, reference, term and picture points to what it means."""

        def resolve(node: Node) -> Node | tuple[Node, ...]:
            if isinstance(node, Text):
                return replace(node, text=bind_units(unescape(node.text)))
            if isinstance(node, Link):
                return replace(node, target=self._target(node, section))
            if isinstance(node, Reference):
                return self._reference(node)
            if isinstance(node, Term):
                return self._term(node)
            if isinstance(node, Image):
                return self._image(node, section)
            if isinstance(node, Figure) and node.numbers:
                return self._with_numbers(node, node.numbers)
            return node

        blocks = rewrite(section.blocks, resolve)
        formulas, problems = set_formulas(list(find(blocks, Math)))
        self.problems.extend(problems)
        drawn = iter(formulas)
        if formulas:
            blocks = rewrite(blocks, lambda node: next(drawn) if isinstance(node, Math) else node)
        return replace(section, title=rewrite(section.title, resolve), blocks=blocks)

    def _target(self, link: Link, section: Section) -> str:
        target = link.target.strip()
        if not plain(link.children).strip() and not any(isinstance(node, Image) for node in link.children):
            self.problem(link.at, f"the link to '{target}' has no text", "empty-link")
        try:
            parts = urlsplit(target)
        except ValueError:
            self.problem(link.at, f"'{target}' is no URL", "dead-link")
            return ""
        if not link.wiki and (parts.scheme or parts.netloc):
            if parts.scheme.lower() not in SCHEMES:
                self.problem(
                    link.at, f"a link to '{target[:60]}'; expected http, https, mailto, tel, or a chapter", "link-scheme"
                )
                return ""
            return target
        path, _, fragment = unquote(target).partition("#")
        owner = self._file_meant(path, link, section)
        if owner is None:
            known = [file.removeprefix("manuscript/") for file in self.files]
            self.problem(link.at, f"there is no chapter '{path}' in the book{nearest(path, known)}", "dead-link")
            return ""
        if not fragment:
            return f"#{self.local.get((owner, ''), owner)}"
        # A wiki link may name a heading by its words, as note-taking programs write it.
        named = _slug_of_words(fragment) if link.wiki else fragment
        identifier = (
            self.local.get((owner, fragment))
            or self.local.get((owner, named))
            or (fragment if not path and fragment in self.owner else None)
        )
        if identifier is None:
            known = [name for holder, name in self.local if holder == owner]
            self.problem(
                link.at, f"there is no '#{fragment}' {'in ' + path if path else 'here'}{nearest(fragment, known)}", "dead-link"
            )
            return ""
        return f"#{identifier}"

    def _file_meant(self, path: str, link: Link, section: Section) -> str | None:
        """The section that a link's path names: relative to the chapter, or to the manuscript; a wiki link may leave out folder and ending."""
        if not path:
            return section.id
        if link.wiki:
            name = path.removesuffix(".md")
            for file, identifier in self.files.items():
                inside = file.removeprefix("manuscript/").removesuffix(".md")
                if name in (inside, PurePosixPath(inside).name):
                    return identifier
            return None
        for folder in (PurePosixPath(section.at.path).parent, PurePosixPath("manuscript")):
            found = self.files.get(os.path.normpath(folder / path))
            if found:
                return found
        return None

    def _reference(self, node: Reference) -> Reference:
        label = self.labels.get(node.target)
        if label is None:
            kinds = {"sec": "chapter or section", "tbl": "captioned table", "fig": "captioned figure"}
            known = [name for name in self.labels if name.startswith(node.target[:4])]
            kind = kinds[node.target[:3]]
            self.problem(
                node.at, f"@{node.target}: there is no {kind} with this id{nearest(node.target, known)}", "unknown-reference"
            )
            return replace(node, label=node.target)
        return replace(node, label=label)

    def _term(self, term: Term) -> Term:
        key = term.key.strip().casefold()
        if key not in self.terms:
            self.problem(term.at, f"the glossary does not explain '{term.key}'{nearest(key, self.terms)}", "unknown-term")
        return replace(term, target=self.terms.get(key, ""))

    def _image(self, image: Image, section: Section) -> Image:
        if not image.alt.strip() and not image.decorative and self.book.card.accessibility.missing_alt == "stop":
            what, expected = ("chart", 'alt="…"') if isinstance(image, Chart) else ("image", 'alt="…" or .decorative')
            self.problem(image.at, f"{what} '{image.src}' has no alternative text; expected {expected}", "missing-alt")
        try:
            if isinstance(image, Chart):
                picture = pull(image, self.book.root, self.book.card.language)
                image = Image(image.src, image.alt, details=image.details, at=image.at)
            else:
                picture = read_picture(self.book.manuscript, image.src, beside=image.at.path or section.at.path, at=image.at)
        except Faulty as fault:
            self.problems.extend(fault.problems)
            return image
        self.pictures[picture.name] = picture
        return replace(image, src=picture.name, alt="" if image.decorative else image.alt)

    def _with_numbers(self, figure: Figure, numbers: Table) -> Figure:
        """A chart's figure with its numbers: the table of the book that gives them already, if there is one, else a table of its own."""
        given = next((table.id for table in self.of_files if tables.gives(table, numbers)), "")
        if not given:
            return figure
        return replace(figure, numbers=None, numbers_in=Reference(given, self.labels[given], at=figure.at))

    def check_pages(self, sections: Iterable[Section], entries: tuple[Entry, ...], index: tuple[IndexEntry, ...]) -> None:
        """A page of the press that would come out empty."""
        empty = {
            "list-of-tables": ("numbered table", not self.tables),
            "list-of-figures": ("numbered figure", not self.figures),
            "bibliography": ("citation", not entries),
            "index": ("index entry", not index),
        }
        for section in sections:
            what, missing = empty.get(section.kind, ("", False))
            if missing and not self.problems:
                self.problem(section.at, f"'{section.kind}' is listed, but the book has no {what}", "empty-page")


# --- the index ---------------------------------------------------------------------------------------------------------------


def make_index(sections: Iterable[Section]) -> tuple[IndexEntry, ...]:
    """The index from all marks, sorted letter by letter without regard to case, accents and punctuation."""
    tree: dict[str, dict[str, list[tuple[IndexMark, str]]]] = {}
    for section in sections:
        for mark in find((*section.title, *section.blocks), IndexMark):
            sub = mark.entry[1] if len(mark.entry) > 1 else ""
            tree.setdefault(mark.entry[0], {}).setdefault(sub, []).append((mark, section.id))
    return tuple(
        replace(
            _entry(heading, subs.get("", [])),
            under=tuple(_entry(sub, subs[sub]) for sub in sorted(filter(None, subs), key=sort_key)),
        )
        for heading, subs in sorted(tree.items(), key=lambda item: sort_key(item[0]))
    )


def _entry(heading: str, marks: list[tuple[IndexMark, str]]) -> IndexEntry:
    # A mark that only sends the reader elsewhere is no place of its own.
    places = tuple(
        Place(mark.id, section) for mark, section in marks if not mark.see and not (mark.see_also and not mark.children)
    )
    see = tuple(sorted({mark.see for mark, _ in marks if mark.see}, key=sort_key))
    see_also = tuple(sorted({mark.see_also for mark, _ in marks if mark.see_also}, key=sort_key))
    return IndexEntry(heading, places, (), see, see_also)


def sort_key(text: str) -> tuple[str, str]:
    """Letter by letter: letters and digits alone count, without accents; the text itself breaks ties. The same in every locale."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in bare if c.isalnum()), text


# --- names -------------------------------------------------------------------------------------------------------------------


def _ascii(text: str) -> str:
    """A name for an id or a file: small ASCII letters, digits and hyphens."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")


def _slug_of_words(words: str) -> str:
    """The id that a heading has by its words alone, as GitHub and pandoc's ``gfm_auto_identifiers`` make it."""
    return re.sub(r"[^\w-]", "", words.lower().replace(" ", "-"))


def _slug(stem: str, taken: set[str]) -> str:
    """An id for a section: its file's name without the digits that only sort it, made unique."""
    base = re.sub(r"^[\d_.-]+", "", _ascii(stem)) or f"chapter-{_ascii(stem) or 'x'}"
    name, count = base, 1
    while name in taken:
        count += 1
        name = f"{base}-{count}"
    taken.add(name)
    return name


def _roman(number: int) -> str:
    done = ""
    for value, letters in ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        done += letters * (number // value)
        number %= value
    return done
