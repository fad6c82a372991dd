"""The book as its author wrote it: the card, the chapters read, the sources, the facts. The first stage of every command."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from bindery.manuscript.bibliography import References, read_references
from bindery.manuscript.card import Card, Located, read_card
from bindery.manuscript.facts import Facts, read_facts
from bindery.manuscript.files import Manuscript
from bindery.manuscript.reading import Chapter, read_chapter
from bindery.problem import At, Faulty, Problem

HOUSE = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Book:
    """Everything read, nothing yet chosen for an edition. ``chapters`` is keyed by the file as ``book.toml`` lists it."""

    root: Path
    located: Located
    manuscript: Manuscript
    chapters: Mapping[str, Chapter]
    references: References | None
    facts: Facts | None
    words: Mapping[str, str]
    problems: tuple[Problem, ...]

    @property
    def card(self) -> Card:
        return self.located.card

    @property
    def without_errata(self) -> Book:
        """The book but for its errata: they quote mistakes, which are to be let pass."""
        errata = {entry.file for entry in self.card.listed() if entry.kind == "errata"}
        return replace(self, chapters={file: chapter for file, chapter in self.chapters.items() if file not in errata})


def read_book(root: Path) -> Book:
    """The book in a folder that holds a ``book.toml``.

    Problems of single chapters are gathered in ``problems``; a card that cannot be used raises :class:`Faulty`.
    """
    root = root.resolve()
    located = read_card(root)
    card = located.card
    manuscript = Manuscript(root)
    problems: list[Problem] = []
    files = [entry.file for entry in card.listed() if entry.file]

    def read(file: str) -> Chapter:
        return read_chapter(manuscript, file, listed=located.at(f'"{file}"'), language=card.language)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        chapters = dict(zip(files, pool.map(read, files), strict=True))
    for chapter in chapters.values():
        problems.extend(chapter.problems)
    references = None
    try:
        references = read_references(card, manuscript, located.at("references"))
    except Faulty as fault:
        problems.extend(fault.problems)
    facts = None
    try:
        facts = read_facts(manuscript, references.keys if references else frozenset())
    except Faulty as fault:
        problems.extend(fault.problems)
    words = dict(_words(card.language, root))
    return Book(root, located, manuscript, chapters, references, facts, words, tuple(problems))


def _words(language: str, root: Path) -> Iterator[tuple[str, str]]:
    """The press's own words in the book's language: English where the house knows no others, and the book's own last."""
    for file in (HOUSE / "templates" / "words.toml", root / "templates" / "words.toml"):
        if file.is_file():
            try:
                tables = tomllib.loads(file.read_text("utf-8"))
            except tomllib.TOMLDecodeError as error:
                raise Faulty([Problem(At(file.name), f"not well-formed TOML: {error}", "card")]) from None
            yield from tables.get("en", {}).items()
            yield from tables.get(language.split("-")[0].lower(), {}).items()
