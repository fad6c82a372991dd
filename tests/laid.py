"""Small pages, laid out to be looked over: a body, the sheet of the measured books, and what is asked of the problems found."""

from __future__ import annotations

from collections.abc import Sequence

from measure_engine import RESOURCES, SHEET

from bindery.printing import typeset
from bindery.problem import Problem

# A page 4 in wide and 5 in high; its type area is 171 pt wide and 240 pt high.
PAGE = SHEET.substitute(
    page="4in 5in", size="11pt", leading="14pt", small="9pt", tight="11pt", rule=".4pt", padding="4pt", gap="7pt"
)
MEASURE = 288 - 54 - 63
HEIGHT = 360 - 54 - 66


def lay(body: str, sheet: str = "") -> typeset.Layout:
    html = f'<html lang="en"><head><title>Book</title></head><body data-at="manuscript/one.md:1">{body}</body></html>'
    return typeset.lay_out(html, stylesheets=[PAGE, sheet], resources=RESOURCES)


def note(text: str, line: int = 9, more: str = "") -> str:
    return f'<fn-note data-at="manuscript/one.md:{line}"><span class="p0">{text}</span>{more}</fn-note>'


def filler(height: float) -> str:
    return f'<div style="height: {height}pt"></div>'


def only(problems: Sequence[Problem]) -> Problem:
    assert len(problems) == 1, problems
    return problems[0]


def checks(problems: Sequence[Problem]) -> set[str]:
    return {problem.check for problem in problems}
