"""Tables in print: crowded ones are set tighter, and nothing of them is cut off; no row stands alone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from tiny import write_book

from bindery.edition import pages
from bindery.edition.columns import is_crowded
from bindery.nodes import Cell, Code, Column, Row, Table, Text
from bindery.printing.print_edition import typeset


def table(*rows: tuple[str, ...]) -> Table:
    head, *body = (Row(tuple(Cell((Text(words),)) for words in row)) for row in rows)
    return Table(tuple(Column() for _ in rows[0]), head=(head,), body=tuple(body))


@pytest.mark.parametrize(
    ("found", "crowded"),
    [
        (table(("Name", "What it is"), ("a thing of many words " * 20, "another thing of many words " * 20)), False),
        (table(("Name",) * 6, ("uncertainties",) * 6), True),
        (table(("Name",) * 6, ("uncertainties that are many",) * 6), False),
        (table(("Uncertainties that are many",) * 6, ("one",) * 6), True),
        (table(("A rather long head",) * 2, ("one", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk" * 3)), False),
        (Table((Column(),), body=(Row((Cell((Code("x" * 200),)),)),)), False),
        (Table(()), False),
    ],
    ids=["prose", "short-cells", "divided", "heads", "one-long-word", "code", "empty"],
)
def test_crowded(found: Table, crowded: bool) -> None:
    assert is_crowded(found, "6in") is crowded


def test_the_width_of_the_page_counts() -> None:
    wide = table(("Name",) * 5, ("uncertainty",) * 5)
    assert [is_crowded(wide, width) for width in ("6in", "152.4mm", "5in")] == [False, False, True]


WORDS = "responsibility uncertainty representation researchers straightforward temperature communication universities"
ROWS = "| " + " | ".join(WORDS.split()) + " |\n"
CROWDED = f"# One\n\nText.\n\n{ROWS}{'|---' * 8}|\n{ROWS}{'| ' + 'X' * 30 + ' ' + '| a ' * 7}|\n"


def test_a_crowded_table_is_not_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = write_book(tmp_path, CROWDED)
    assert typeset(book.pdf_copy)[0].problems == ()
    monkeypatch.setattr(pages, "is_crowded", lambda table, width: False)
    assert {problem.check for problem in typeset(book.pdf_copy)[0].problems} == {"overflow"}


def test_no_row_stands_alone_at_the_head_or_foot_of_a_page(tmp_path: Path) -> None:
    tables = ("| Name |\n|---|\n" + "".join(f"| of {rows} row {row} |\n" for row in range(rows)) for rows in range(4, 30))
    pages = write_book(tmp_path, "# One\n\n" + "\n\nText.\n\n".join(tables)).printed.pages
    rows = [(block.text.split()[1], block.lines[0].page) for block in pages.blocks if block.kind == "cell"]
    assert len({page for _, page in rows}) > 10
    assert min(Counter(rows).values()) > 1


def test_no_title_in_the_contents_is_printed_over(tmp_path: Path) -> None:
    """Of whatever length: where it leaves no room for leader and number, the number follows it."""
    titles = [("Long titles are set in the contents " * 4)[:length].strip() for length in range(30, 110, 2)]
    files = {f"manuscript/{n}.md": f"# {title}\n\nText.\n" for n, title in enumerate(titles)}
    names = ", ".join(f'"{n}.md"' for n in range(len(titles)))
    book = write_book(tmp_path, more=f'front = ["contents"]\nback = [{names}]', files=files)
    layout, _ = typeset(book.pdf_copy)
    assert layout.problems == ()
