"""The press at work: the four commands, from the book's folder to the files in place."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.status import Status

from bindery.bind import edition_date, file_name, publish
from bindery.book import HOUSE, Book, read_book
from bindery.card import NAME
from bindery.fair_copy import FairCopy, make_fair_copy
from bindery.problem import At, Faulty, Problem
from bindery.proofread import proofread

ENDINGS = {"print": "pdf", "epub": "epub"}


def version() -> str:
    """The version of the press, as pyproject.toml states it."""
    return str(tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]["version"])


class Say:
    """Tells what goes on, on a terminal; is silent elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream)
        self._status: Status | None = None

    def __call__(self, what: str) -> None:
        if not self._console.is_terminal:
            return
        if self._status is None:
            self._status = self._console.status(what)
            self._status.start()
        self._status.update(what)

    def done(self) -> None:
        if self._status:
            self._status.stop()
            self._status = None


def make(root: Path, file_format: str, names: Sequence[str], out: Path, say: Say) -> Iterator[Path]:
    """Make the editions of one format, those named or all; yields each path when its file is in place.

    The whole book is proofread first, and nothing is made while it has a problem.
    """
    say("Reading the manuscript")
    book = read_book(root)
    chosen = _chosen(book, file_format, names)
    say("Proofreading")
    copies = _fair_copies(book)
    date = edition_date(book.root, book.card)
    for name in chosen:
        say(f"Making the edition “{name}”")
        copy = copies[name]
        data = _bound(copy, date)
        path = out / file_name(book.card, name, ENDINGS[file_format])
        publish(path, data)
        yield path


def _bound(copy: FairCopy, date: datetime.datetime) -> bytes:
    if copy.edition.format == "epub":
        from bindery.epub import bind_epub

        return bind_epub(copy, date)
    from bindery.print import bind_pdf

    return bind_pdf(copy, date)


def _chosen(book: Book, file_format: str, names: Sequence[str]) -> list[str]:
    """The editions of a format that a command names, or all of that format."""
    editions = book.card.editions
    of_format = [name for name, edition in editions.items() if edition.format == file_format]
    problems = [
        Problem(
            At(NAME),
            f"there is no {file_format} edition '{name}'; there {'is' if len(of_format) == 1 else 'are'} {', '.join(of_format) or 'none'}",
            "edition",
        )
        for name in names
        if name not in of_format
    ]
    if not of_format:
        problems.append(Problem(At(NAME), f"the book has no {file_format} edition", "edition"))
    if problems:
        raise Faulty(problems)
    return list(names) or of_format


def _fair_copies(book: Book) -> dict[str, FairCopy]:
    """The book made ready for each of its editions, without a problem in any of them; else raises them all."""
    problems = set(proofread(book))
    copies: dict[str, FairCopy] = {}
    for name in book.card.editions:
        copies[name] = make_fair_copy(book, name)
        problems.update(copies[name].problems)
    if problems:
        raise Faulty(problems)
    return copies


def check(root: Path, say: Say, *, online: bool = False) -> None:
    """Proofread the book for every edition, and make nothing. Raises :class:`Faulty` with all that is wrong."""
    say("Reading the manuscript")
    book = read_book(root)
    say("Proofreading")
    copies = _fair_copies(book)
    if online:
        say("Asking the links")
        raise NotImplementedError(copies)


def inspect(root: Path, files: Sequence[Path], say: Say) -> None:
    """Check finished files. Raises :class:`Faulty` with all that is wrong with any of them."""
    raise NotImplementedError(root, files, say)
