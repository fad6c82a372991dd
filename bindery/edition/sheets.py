"""The stylesheets of a book: those of the house, or the book's own of the same name."""

from __future__ import annotations

from dataclasses import dataclass

from bindery.edition.fair_copy import FairCopy
from bindery.manuscript.book import HOUSE
from bindery.problem import At, Faulty, Problem


@dataclass(frozen=True)
class Sheet:
    """A stylesheet with its name, so that a fault in it is reported with file and line."""

    text: str
    path: str


def read_sheet(copy: FairCopy, name: str) -> Sheet:
    """A stylesheet by name: a book's own sheet, in its ``styles/``, goes before the house's.

    Raises :class:`Faulty` when there is none of that name, a link leads out of ``styles/``, or it is not UTF-8.
    """
    folders = [root / "styles" for root in (copy.book.root, HOUSE)]
    path = next((folder / name for folder in folders if (folder / name).is_file()), None)
    if path is None or not any(path.resolve().is_relative_to(folder.resolve()) for folder in folders):
        raise Faulty([Problem(copy.book.located.at(name), f"there is no stylesheet '{name}' in styles/", "missing-style")])
    try:
        return Sheet(path.read_bytes().decode("utf-8-sig"), f"styles/{name}")
    except UnicodeDecodeError:
        raise Faulty([Problem(At(f"styles/{name}"), "is not UTF-8; save it as UTF-8", "encoding")]) from None
