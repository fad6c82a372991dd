"""The press at work: the four commands, from the book's folder to the files in place."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.status import Status

from bindery import link_check
from bindery.align import pages_of
from bindery.bind import edition_date, file_name, publish
from bindery.book import HOUSE, Book, read_book
from bindery.card import NAME
from bindery.epub import bind_epub
from bindery.fair_copy import FairCopy, make_fair_copy
from bindery.inspect_epub import inspect_epub
from bindery.inspect_pdf import inspect_pdf
from bindery.link_check import check_links
from bindery.nodes import Link, find
from bindery.page_map import PageMap
from bindery.print import bind_pdf, job, typeset
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

    def tell(self, what: str) -> None:
        """A line that stays, for a person at a terminal."""
        self.done()
        if self._console.is_terminal:
            self._console.print(what, highlight=False, markup=False)

    def warn(self, what: str) -> None:
        """A line that is said everywhere."""
        self.done()
        self._console.print(f"warning: {what}", highlight=False, markup=False, soft_wrap=True)

    def done(self) -> None:
        if self._status:
            self._status.stop()
            self._status = None


def make(
    root: Path, file_format: str, names: Sequence[str], out: Path, say: Say, *, foreign: Path | None = None
) -> Iterator[Path]:
    """Make the editions of one format, those named or all; yields each path when its file is in place, and beside it the page map.

    ``foreign`` is a PDF of another program from which the EPUB editions take their page numbers.

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
        path = out / file_name(book.card, name, ENDINGS[file_format])
        if file_format == "print":
            printed = bind_pdf(copy, date)
            data, pages = printed.pdf, [printed.pages]
        else:
            pages = [] if foreign else list(_pages_for(name, copies, out, say))
            data = bind_epub(copy, date, *(pages or _foreign_pages(foreign, copy, say)))
        if found := _inspected(data, str(path), copy):
            raise Faulty(found)
        publish(path, data)
        for one in pages:
            publish(out / map_name(one.edition), one.to_json().encode())
        yield path


def map_name(edition: str) -> str:
    """The name of the file in which the page map of a print edition is kept."""
    return f"{edition}.pagemap.json"


def _pages_for(name: str, copies: Mapping[str, FairCopy], out: Path, say: Say) -> Iterator[PageMap]:
    """The page map of the print edition whose page numbers an EPUB edition carries, if it carries any.

    The map kept beside the PDF serves if it is that of the book as it is now; else the print edition is laid out for it. A print edition that
    cannot be printed as it is has no page numbers that could be relied on: then the EPUB goes without, and says so.
    """
    printed = copies[name].book.card.print_edition_of(name)
    if not printed:
        return
    if kept := _kept_map(out / map_name(printed), job(copies[printed]).digest()):
        yield kept
        return
    say(f"Laying out the edition “{printed}”, for its page numbers")
    layout, pages = typeset(copies[printed])
    if not layout.problems:
        yield pages
        return
    count = len(layout.problems)
    say.warn(
        f"edition “{name}” carries no page numbers: “{printed}” cannot be printed as it is ({count} problem{'s' if count > 1 else ''}; "
        f"build.py pdf {printed} tells)"
    )


def _foreign_pages(pdf: Path | None, copy: FairCopy, say: Say) -> Iterator[PageMap]:
    """The page map of a PDF that another program made, if one is given; a page that is not found in the book is told of."""
    if pdf is None:
        return
    say(f"Looking for the pages of {pdf.name} in the book")
    pages, lost = pages_of(pdf.read_bytes(), pdf.name, copy)
    if lost:
        say.warn(
            f"{pdf}: {len(lost)} of {len(pages.pages)} pages were not found in the book, and are not listed: {', '.join(lost)}"
        )
    yield pages


def _kept_map(path: Path, digest: str) -> PageMap | None:
    try:
        kept = PageMap.from_json(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return kept if kept.made_from == digest else None


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
    if not online:
        say.tell("No problems.")
        return
    checked = check_links(
        external_links(copies.values()),
        book.root / link_check.NAME,
        today=datetime.datetime.now(datetime.UTC).date(),
        progress=lambda done, total: say(f"Asking the links: {done} of {total}"),
    )
    for note in checked.notes:
        say.tell(str(note))
    say.tell(checked.summary)
    if checked.problems:
        raise Faulty(checked.problems)


def external_links(copies: Iterable[FairCopy]) -> dict[str, list[At]]:
    """Every http and https address that a reader can follow, and where it stands; those of the bibliography at its file."""
    found: dict[str, list[At]] = {}
    for copy in copies:
        nodes = [node for section in copy.sections for node in (*section.title, *section.blocks)]
        nodes += [node for entry in copy.bibliography for node in entry.children]
        for link in find(nodes, Link):
            if link.target.startswith(("http:", "https:")) and link.at not in (places := found.setdefault(link.target, [])):
                places.append(link.at)
    return found


def inspect(root: Path, files: Sequence[Path], say: Say) -> None:
    """Check finished files: against the book's edition that they are, and against what every such file must keep.

    Raises :class:`Faulty` with all that is wrong with any of them. A file of another book is held to the general rules alone.
    """
    say("Reading the manuscript")
    copies = _copies_by_file(root)
    problems: list[Problem] = []
    for path in files:
        say(f"Inspecting {path.name}")
        data = path.read_bytes()
        problems.extend(_inspected(data, str(path), copies.get(path.name)))
    if problems:
        raise Faulty(problems)
    say.tell(f"{len(files)} file{'s' if len(files) != 1 else ''} inspected, nothing found.")


def _inspected(data: bytes, name: str, copy: FairCopy | None) -> list[Problem]:
    """What is wrong with a finished file, told by its content to be the one format or the other."""
    if data.startswith(b"PK"):
        return inspect_epub(data, name, copy)
    if b"%PDF-" in data[:1024]:
        return inspect_pdf(data, name, copy)
    return [Problem(At(name), "is neither an EPUB nor a PDF", "file-format")]


def _copies_by_file(root: Path) -> dict[str, FairCopy]:
    """The fair copy of each edition, by the name of the file that it is bound as; none when the manuscript has problems."""
    try:
        book = read_book(root)
        copies = _fair_copies(book)
    except Faulty:
        return {}
    return {file_name(book.card, name, ENDINGS[copy.edition.format]): copy for name, copy in copies.items()}
