"""Tiny books: those of ``tests/books``, and those that a test writes. Each is read and bound when it is first asked for, and only once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from bindery.edition.fair_copy import FairCopy, make_fair_copy
from bindery.edition.passport import Passport
from bindery.edition.sources import Origin
from bindery.epub.epub_edition import bind_epub
from bindery.finished.issue import issue
from bindery.finished.seal import sealed
from bindery.manuscript.book import Book, read_book
from bindery.press import external_links
from bindery.printing.print_edition import Printed, bind_pdf

BOOKS = Path(__file__).parent / "books"
DATE = datetime(2026, 1, 2, tzinfo=UTC)

# Where all of them come from, whatever the commit of this checkout.
ORIGIN = Origin(source="5ea1" * 16, commit="c0ffee" * 6 + "c0de", clean=True, release="1.2.0")


class TinyBook:
    """A book in a folder, with the editions "print" and "ebook". What is wrong with it is raised by the first property that meets it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def book(self) -> Book:
        return read_book(self.folder)

    @cached_property
    def epub_copy(self) -> FairCopy:
        return make_fair_copy(self.book, "ebook")

    @cached_property
    def pdf_copy(self) -> FairCopy:
        return make_fair_copy(self.book, "print")

    @cached_property
    def printed(self) -> Printed:
        return bind_pdf(self.pdf_copy, DATE, self.passport(self.pdf_copy))

    @cached_property
    def pdf(self) -> bytes:
        return sealed(self.printed.pdf, self.passport(self.pdf_copy))

    @cached_property
    def epub(self) -> bytes:
        """With the page numbers of print, as the press makes it."""
        passport = self.passport(self.epub_copy)
        return sealed(bind_epub(self.epub_copy, DATE, self.printed.pages, passport), passport)

    def passport(self, copy: FairCopy) -> Passport:
        return issue(copy, ORIGIN, DATE, "0.1.0", external_links([copy]))


CARD = """\
title = "{title}"
authors = ["Ann Author"]
language = "en"
chapters = ["01-one.md"]
{more}

[editions.print]
format = "print"
styles = ["own.css"]

[editions.ebook]
format = "epub"
styles = ["own.css"]
"""


def write_book(
    folder: Path,
    chapter: str = "# One\n\nText.\n",
    *,
    title: str = "Tiny",
    more: str = "front = []",
    files: Mapping[str, str] | None = None,
) -> TinyBook:
    """A book of one chapter, ``manuscript/01-one.md``, with further lines for its card and further files; its own sheet is ``styles/own.css``."""
    texts = {
        "book.toml": CARD.format(title=title, more=more),
        "manuscript/01-one.md": chapter,
        "styles/own.css": "",
        **(files or {}),
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return TinyBook(folder)
