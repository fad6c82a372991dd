"""Charts: what is to be drawn, read from the rows of a CSV file.

Every cell that is no number where one is wanted is a problem at its line of the CSV file; how the drawing comes about is told in
:mod:`bindery.edition.engraving`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from bindery.manuscript import tables
from bindery.manuscript.dialect import unescape
from bindery.manuscript.quantities import EXPECTED_DATE, EXPECTED_NUMBER, NONE, Manner, grouped, read_date, read_number
from bindery.nodes import Cell, Chart, Cite, Datum, IndexMark, Node, Note, Row, Table, Text, plain, rewrite
from bindery.problem import At, Faulty, Problem, nearest


@dataclass(frozen=True)
class Kind:
    """What a kind of chart asks for: the keys that it needs and those that it also knows, and how many columns of values it can draw."""

    needs: tuple[str, ...]
    knows: frozenset[str]
    columns: range

    @property
    def keys(self) -> frozenset[str]:
        return self.knows | {*self.needs, "csv", "kind", "values", "rows", "emphasis", "alt"}


ONE, TWO, FEW = range(1, 2), range(2, 3), range(1, 5)
BY_NAME = frozenset({"order"})
BY_PLACE = frozenset({"label", "scale", "xscale", "range"})
KINDS = {
    "bars": Kind(("label",), BY_NAME, FEW),
    "columns": Kind(("label",), BY_NAME, ONE),
    "dots": Kind(("label",), BY_NAME | {"scale", "range"}, range(1, 3)),
    "slope": Kind(("label",), frozenset({"scale", "range"}), TWO),
    "line": Kind(("x",), BY_PLACE, FEW),
    "steps": Kind(("x",), BY_PLACE, FEW),
    "scatter": Kind(("x",), BY_PLACE, ONE),
}
CHOICES = {
    "scale": ("linear", "log"),
    "xscale": ("linear", "log", "dates"),
    "order": ("ascending", "descending"),
}


def read_chart(table: Table, keys: Mapping[str, str], at: At, language: str) -> tuple[Chart, Table]:
    """The chart that the keys of a div ask for, and the table of what it draws. Raises :class:`Faulty` with all that is wrong with either."""
    kind = _kind(keys, at)
    if "rows" in keys:
        table = tables.arranged(table, {"rows": keys["rows"]}, at)
    columns = _Columns(table, keys, at)
    if len(columns.values) not in kind.columns:
        most = f"{kind.columns.start}" if len(kind.columns) == 1 else f"1 to {kind.columns.stop - 1}"
        message = f"kind '{keys['kind']}' draws {most} columns of values; {len(columns.values)} are named"
        raise Faulty([Problem(at, message, "bad-value")])
    data = list(columns.data(language))
    ends = _ends(keys.get("range", ""), at, columns.problems)
    if not columns.problems and not any(value is not None for datum in data for value in datum.values):
        columns.problems.append(Problem(at, f"there is no number under {' or '.join(columns.heads)}", "chart-number"))
    if columns.problems:
        raise Faulty(columns.problems)
    if order := keys.get("order"):
        data.sort(key=lambda datum: _rank(datum, order))
    chart = Chart(
        src=keys["csv"],
        alt=keys.get("alt", ""),
        form=keys["kind"],
        data=tuple(data),
        heads=tuple(columns.heads),
        x_head=columns.x_head,
        scale=keys.get("scale", "linear"),
        x_scale=columns.x_scale,
        ends=ends,
        manner=Manner.of(word for datum in data for word in datum.words),
        x_manner=Manner.of(columns.x_words),
        emphasis=columns.strong,
        at=at,
    )
    return chart, columns.table()


def _kind(keys: Mapping[str, str], at: At) -> Kind:
    """The kind of chart, once the keys have been found to be those that it takes."""
    name = keys["kind"]
    if name not in KINDS:
        message = f"there is no kind of chart '{name}'{nearest(name, KINDS)}; expected one of {', '.join(KINDS)}"
        raise Faulty([Problem(at, message, "bad-value")])
    kind = KINDS[name]
    where = f"a .chart of kind '{name}'"
    faults = [(f"{where} needs the key '{key}'", "missing-key") for key in kind.needs if not keys.get(key)]
    faults += [(f"{where} has no key '{key}'{nearest(key, kind.keys)}", "unknown-key") for key in sorted(keys.keys() - kind.keys)]
    faults += [
        (f"{key} '{keys[key]}' is none of {', '.join(choices)}", "bad-value")
        for key, choices in CHOICES.items()
        if keys.get(key, choices[0]) not in choices
    ]
    if faults:
        raise Faulty(Problem(at, message, check) for message, check in faults)
    return kind


def _ends(text: str, at: At, problems: list[Problem]) -> tuple[float, float] | None:
    """The ends that the author sets to the scale of values, ``70-100``."""
    if not text:
        return None
    low, high = (read_number(end.strip()) for end in (*text.rsplit("-", 1), "")[:2])
    if low is None or high is None or low >= high:
        problems.append(Problem(at, f"range '{text}' is no range; expected two numbers, the lower first, as 70-100", "bad-value"))
        return None
    return low, high


def _rank(datum: Datum, order: str) -> tuple[bool, float]:
    """A row's place in an order by its first value; rows without one come last."""
    value = datum.values[0]
    return value is None, (value or 0.0) * (-1 if order == "descending" else 1)


class _Columns:
    """The columns that a chart draws, as its keys name them, and what is wrong with their cells."""

    def __init__(self, table: Table, keys: Mapping[str, str], at: At) -> None:
        self.problems: list[Problem] = []
        self.at = at
        self.rows = table.body
        self.source = table
        self.all_heads = [words(cell) for cell in table.head[0].cells]
        self.labels = self._named(keys.get("label", ""))
        self.values = self._named(keys["values"])
        self.places = self._named(keys.get("x", ""))[:1]
        if self.problems:
            raise Faulty(self.problems)
        self.heads = [self.all_heads[column] for column in self.values]
        self.x_head = self.all_heads[self.places[0]] if self.places else ""
        self.x_words = [self._cell(row, self.places[0]) for row in self.rows] if self.places else []
        self.x_scale = keys.get("xscale") or self._guessed()
        self.log = keys.get("scale") == "log"
        self.strong = self._emphasised(keys.get("emphasis", ""))

    def _named(self, text: str) -> list[int]:
        """The columns of these heads; a head may itself have a comma in it."""
        names = [text] if text in self.all_heads else [name.strip() for name in text.split(",") if name.strip()]
        for name in names:
            if name not in self.all_heads:
                known = ", ".join(self.all_heads)
                message = f"there is no column '{name}'{nearest(name, self.all_heads)}; the heads are {known}"
                self.problems.append(Problem(self.at, message, "bad-value"))
        return [self.all_heads.index(name) for name in names if name in self.all_heads]

    def _guessed(self) -> str:
        """The scale of the places, where the author does not say: numbers, if most of them are."""
        if not self.places:
            return ""
        known = [word for word in self.x_words if word not in NONE]
        return "linear" if sum(read_number(word) is not None for word in known) * 2 > len(known) else "dates"

    def _emphasised(self, text: str) -> tuple[str, ...]:
        """The labels and heads that are to be seen first; separated by semicolons where one of them has a comma."""
        chosen = [name.strip() for name in text.split(";" if ";" in text else ",") if name.strip()]
        known = [*self.heads, *(self._cell(row, column) for row in self.rows for column in self.labels[:1])]
        for name in chosen:
            if name not in known:
                message = f"emphasis '{name}' is no label of the chart and no head{nearest(name, known)}"
                self.problems.append(Problem(self.at, message, "bad-value"))
        return tuple(chosen)

    def _cell(self, row: Row, column: int) -> str:
        return words(row.cells[column])

    def data(self, language: str) -> Iterator[Datum]:
        """The rows of the chart. A row whose place is empty is none."""
        for number, row in enumerate(self.rows):
            place = self._place(row) if self.places else float(number)
            texts = tuple(grouped(self._cell(row, column), language) for column in self.values)
            values = tuple(self._value(row.cells[column], column) for column in self.values)
            names = [grouped(self._cell(row, column), language) for column in self.labels]
            if place is not None:
                strong = bool(names) and self._cell(row, self.labels[0]) in self.strong
                yield Datum(", ".join(name for name in names if name not in NONE), place, values, texts, strong)

    def _place(self, row: Row) -> float | None:
        (column,) = self.places
        text = self._cell(row, column)
        if text in NONE:
            return None
        dates = self.x_scale == "dates"
        place = read_date(text) if dates else read_number(text)
        if place is None or (self.x_scale == "log" and place <= 0):
            what, expected = ("date", EXPECTED_DATE) if dates else ("number", EXPECTED_NUMBER)
            if place is not None:
                expected = "a logarithmic scale begins above nought"
            message = f"'{text}' under '{self.all_heads[column]}' is no {what} for a chart; {expected}"
            self.problems.append(Problem(row.cells[column].at, message, f"chart-{what}"))
        return place

    def _value(self, cell: Cell, column: int) -> float | None:
        text = words(cell)
        if text in NONE:
            return None
        value = read_number(text)
        if value is None or (self.log and value <= 0):
            expected = EXPECTED_NUMBER if value is None else "a logarithmic scale begins above nought"
            message = f"'{text}' under '{self.all_heads[column]}' is no number for a chart; {expected}"
            self.problems.append(Problem(cell.at, message, "chart-number"))
        return value

    def table(self) -> Table:
        """What the chart draws, as a table: its columns in the order of the file, their cells in plain words."""
        chosen = sorted({*self.labels, *self.places, *self.values})
        numbers = {*self.values, *(self.places if self.x_scale != "dates" else ())}

        def row(source: Row) -> Row:
            cells = (
                replace(source.cells[column], children=(Text(words(source.cells[column]), at=source.at),)) for column in chosen
            )
            return replace(source, cells=tuple(cells))

        return replace(
            self.source,
            columns=tuple(
                replace(self.source.columns[column], align="right" if column in numbers else "left") for column in chosen
            ),
            head=tuple(map(row, self.source.head)),
            body=tuple(map(row, self.source.body)),
            row_heads=int(bool(self.labels) and chosen[0] in self.labels),
        )


def words(cell: Cell) -> str:
    """What a cell says, without its notes, its citations and its marks."""

    def bare(node: Node) -> Node | tuple[Node, ...]:
        if isinstance(node, Note | Cite):
            return ()
        return node.children if isinstance(node, IndexMark) else node

    return re.sub(r"\s+", " ", unescape(plain(rewrite(cell.children, bare)))).strip()
