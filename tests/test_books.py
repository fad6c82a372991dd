"""Tiny books, each in a folder with what must come of it: the nodes, the print pages' markup, the EPUB documents' markup.

A snapshot of the nodes beside those of the markup tells which of the two a change has moved. ``pytest --renew`` writes them anew; read the
difference before you commit it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from bindery.edition.fair_copy import FairCopy, make_fair_copy
from bindery.edition.pages import EpubPages, PrintPages
from bindery.manuscript.book import read_book
from bindery.nodes import Node, parts
from bindery.proof.proofread import proofread

BOOKS = Path(__file__).parent / "books"


def outline(nodes: tuple[Node, ...], depth: int = 0) -> Iterator[str]:
    """The nodes as lines, set in by depth: kind, line of the source, and whatever is said of it."""
    for node in nodes:
        said = [
            f"{field.name}={value!r}"
            for field in dataclasses.fields(node)
            if field.name not in ("at", "mathml", "svg")
            and (value := getattr(node, field.name)) not in ("", (), 0, False, None)
            and not isinstance(value, Node)
            and not (isinstance(value, tuple) and isinstance(value[0], Node))
        ]
        yield f"{'  ' * depth}{node.kind or type(node).__name__.lower()} @{node.at.line} {' '.join(said)}".rstrip()
        yield from outline(tuple(parts(node)), depth + 1)


def snapshots(copy: FairCopy) -> Iterator[tuple[str, str]]:
    """What a fair copy comes out as: file names and texts."""
    pages = PrintPages(copy, folios={}) if copy.edition.format == "print" else EpubPages(copy)
    for section in copy.sections:
        if section.at.path.endswith(".md"):
            if copy.edition.format == "print":
                yield f"{section.id}.nodes.txt", "\n".join(outline((*section.title, *section.blocks))) + "\n"
            yield f"{section.id}.{copy.edition.format}.html", str(pages.section(section))


@pytest.mark.parametrize("folder", sorted(path.parent for path in BOOKS.glob("*/book.toml")), ids=lambda path: path.name)
def test_a_tiny_book_comes_out_as_expected(folder: Path, renew: bool) -> None:
    book = read_book(folder)
    assert proofread(book) == ()
    found: dict[str, str] = {}
    for name in book.card.editions:
        copy = make_fair_copy(book, name)
        assert copy.problems == ()
        found.update(snapshots(copy))
    expected = folder / "expected"
    if renew:
        expected.mkdir(exist_ok=True)
        for file in expected.iterdir():
            file.unlink()
        for name, text in found.items():
            (expected / name).write_text(text, "utf-8")
    assert sorted(found) == sorted(file.name for file in expected.iterdir())
    for name, text in found.items():
        assert text == (expected / name).read_text("utf-8"), name
