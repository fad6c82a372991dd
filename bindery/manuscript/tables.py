"""Tables: read from CSV files, and arranged as the author asks."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import replace

from bindery.manuscript.dialect import unescape
from bindery.manuscript.files import Manuscript, read_text
from bindery.nodes import Align, Column, Row, Table, plain
from bindery.problem import At, Faulty, Problem

ALIGN: dict[str, Align] = {"l": "left", "r": "right", "c": "center"}


def read_csv(manuscript: Manuscript, name: str, at: At) -> list[tuple[list[str], At]]:
    """The rows of ``manuscript/data/<name>``, each with its place; the first row holds the heads.

    RFC 4180, UTF-8. Raises :class:`Faulty` for a missing file, a wrong encoding, an open quotation mark, and every row that has not as many
    cells as the head.
    """
    path = manuscript.locate(f"data/{name}", at, check="missing-data")
    relative = manuscript.relative(path)
    lines = read_text(path, relative)
    reader = csv.reader((line + "\n" for line in lines), strict=True)
    rows: list[tuple[list[str], At]] = []
    start = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(([cell.strip() for cell in cells], At(relative, start)))
            start = reader.line_num + 1
    except csv.Error as error:
        raise Faulty([Problem(At(relative, start), f"not a well-formed CSV row: {error}", "csv")]) from None
    if len(rows) < 2:
        raise Faulty([Problem(At(relative), "expected a row of heads and at least one row of data", "csv")])
    width = len(rows[0][0])
    ragged = [
        Problem(place, f"a row of {len(cells)} cells under {width} heads; expected {width}", "csv-ragged")
        for cells, place in rows
        if len(cells) != width
    ]
    if ragged:
        raise Faulty(ragged)
    return rows


def arranged(table: Table, values: Mapping[str, str], at: At) -> Table:
    """A table with the columns, rows, alignments, units and row heads that the keys of its div or caption ask for."""
    heads = [unescape(plain(cell.children)).strip() for cell in table.head[0].cells] if table.head else []
    if names := values.get("columns"):
        table = _with_columns(table, [_column(name.strip(), heads, at) for name in names.split(",")])
    if rows := values.get("rows"):
        match = re.fullmatch(r"(\d+)-(\d+)", rows)
        if not match or not 1 <= int(match[1]) <= int(match[2]) <= len(table.body):
            raise _bad(at, f"rows '{rows}' is no range; expected two of 1 to {len(table.body)}, as 1-{len(table.body)}")
        table = replace(table, body=table.body[int(match[1]) - 1 : int(match[2])])
    width = len(table.columns)
    if align := re.sub(r"[\s,]", "", values.get("align", "")):
        if len(align) != width or not set(align) <= set(ALIGN):
            raise _bad(at, f"align '{align}' does not fit; expected {width} letters of l, r, c")
        table = replace(table, columns=tuple(replace(c, align=ALIGN[a]) for c, a in zip(table.columns, align, strict=True)))
    if units := values.get("units"):
        listed = [unit.strip() for unit in units.split(",")]
        if len(listed) != width:
            raise _bad(at, f"units names {len(listed)} units; expected {width}, separated by commas (empty where there is none)")
        table = replace(table, columns=tuple(replace(c, unit=u) for c, u in zip(table.columns, listed, strict=True)))
    if row_heads := values.get("rowheads"):
        if row_heads not in ("0", "1"):
            raise _bad(at, f"rowheads '{row_heads}' is not 0 or 1")
        table = replace(table, row_heads=int(row_heads))
    return table


def gives(table: Table, numbers: Table) -> bool:
    """Whether a table shows every row and every column of another, of the same file."""

    def heads(of: Table) -> set[str]:
        return {plain(cell.children).strip() for row in of.head for cell in row.cells}

    rows = {row.at for row in table.body}
    return table.csv == numbers.csv and heads(numbers) <= heads(table) and all(row.at in rows for row in numbers.body)


def _with_columns(table: Table, chosen: list[int]) -> Table:
    def pick(row: Row) -> Row:
        return replace(row, cells=tuple(row.cells[index] for index in chosen))

    columns: tuple[Column, ...] = tuple(table.columns[index] for index in chosen)
    return replace(table, columns=columns, head=tuple(map(pick, table.head)), body=tuple(map(pick, table.body)))


def _column(name: str, heads: list[str], at: At) -> int:
    if name not in heads:
        raise _bad(at, f"there is no column '{name}'; the heads are {', '.join(heads)}")
    return heads.index(name)


def _bad(at: At, message: str) -> Faulty:
    return Faulty([Problem(at, message, "bad-value")])
