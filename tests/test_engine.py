"""Each mend of the layout engine is needed and cures its fault: a page that shows the fault without it, and only without it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import weasyprint  # type: ignore[import-untyped]
from measure_engine import RESOURCES, SHEET, WORDS, Author
from weasyprint.layout import inline, preferred  # type: ignore[import-untyped]
from weasyprint.text import line_break  # type: ignore[import-untyped]

from bindery.printing import engine, typeset

MENDS = {one.name: one for one in engine.MENDS}


@dataclass(frozen=True)
class Shown:
    """A body that shows a fault on pages of this size, and the check that finds it."""

    body: str
    check: str
    page: str = "4in 5in"
    small: str = "9pt"
    tight: str = "11pt"

    def checks(self) -> list[str]:
        sizes = {"size": "11pt", "leading": "14pt", "small": self.small, "tight": self.tight}
        sheet = SHEET.substitute(sizes, page=self.page, rule="0", padding="4pt", gap="7pt")
        layout = typeset.lay_out(f'<html lang="en"><body>{self.body}</body></html>', stylesheets=[sheet], resources=RESOURCES)
        return sorted({problem.check for problem in (*layout.problems, *layout.remarks)})


def _note(text: str) -> str:
    return f'<fn-note><span class="p0">{text}</span></fn-note>'


def _paragraphs() -> Iterator[str]:
    chance = random.Random(0)
    words: Callable[[int], str] = lambda count: " ".join(chance.choices(WORDS, k=count))  # noqa: E731
    for _ in range(6):
        yield f"<p>{words(chance.randint(20, 60))}{_note(words(8))} {words(chance.randint(5, 30))}.</p>"


def _capped() -> str:
    chance = random.Random(34)
    words: Callable[[int], str] = lambda count: " ".join(chance.choices(WORDS, k=count))  # noqa: E731
    return f'<p><span class="cap">T</span>{"".join(f"<em>{words(3)}</em> {words(2)} " for _ in range(12))}uncertain</p>'


_ROWS = "".join(f"<tr><td>{number}</td><td>word</td></tr>" for number in range(20))
_TABLE = f"""<table><thead><tr><th>No.</th><th>Word{_note("A note.")}</th></tr></thead>
<tbody>{_ROWS}<tr><td></td><td><a class="see" href="#end">see</a></td></tr>{_ROWS}</tbody></table>"""

FAULTS = {
    "note-area-overflows-itself": Shown(
        f"<p>One{_note('First.')} two{_note('Second.')} three{_note('Third.')}.</p>", "note-misplaced", "5in 8in", "8pt", "10pt"
    ),
    "notes-sent-away-for-a-line": Shown("".join(_paragraphs()), "note-misplaced"),
    "line-cut-at-hanging-space": Shown(
        '<p style="text-indent: 104pt">The machine was trained on a <em>library of documents</em> that nobody had read or counted.</p>',
        "short-line",
        "5in 8in",
    ),
    "line-beside-float-overjustified": Shown(_capped(), "overflow", "5in 8in"),
    "notes-of-a-kept-page-forgotten": Shown(
        f'<p><a class="see" href="#end">Later</a></p><section>{_TABLE}</section><section id="end"><p>End.</p></section>',
        "note-doubled",
    ),
    "break-taken-for-forced": Shown(
        f'<section style="page: named">{"<p>Line.</p>" * 16}<h1>Head</h1><p>Text.</p></section>', "sunk-page"
    ),
}


def test_every_mend_has_a_page_that_needs_it() -> None:
    assert list(FAULTS) == list(MENDS)


@pytest.fixture(scope="module")
def without() -> dict[str, list[str]]:
    """For each mend, the checks that fail on its page in a process that has all the others."""
    children = {name: subprocess.Popen([sys.executable, __file__, name], stdout=subprocess.PIPE) for name in MENDS}
    return {name: json.loads(child.communicate()[0]) for name, child in children.items()}


@pytest.mark.parametrize("name", MENDS)
def test_the_fault_shows_without_the_mend(name: str, without: dict[str, list[str]]) -> None:
    assert FAULTS[name].check in without[name]


@pytest.mark.parametrize("name", MENDS)
def test_the_fault_is_gone_with_the_mend(name: str) -> None:
    assert FAULTS[name].checks() == []
    assert engine.is_mended(MENDS[name])


def test_a_made_up_book_is_faultless() -> None:
    """One of those that `measure_engine.py` counts faults in; unmended, it has notes lost and misplaced."""
    author = Author(2)
    sheet, book = author.sheet(), author.book()
    assert typeset.lay_out(book, stylesheets=[sheet], resources=RESOURCES).problems == ()


def _hanging(after: str, direction: str) -> Shown:
    """A run that ends in a space at the end of a line, before something that is not another word, in columns of many widths."""
    text = f"<i>The machine was trained on a </i>{after} library of documents"
    style = f"direction: {direction}; text-indent: 0"
    return Shown("".join(f'<p style="{style}; width: {width / 2}pt">{text}</p>' for width in range(230, 330)), "", "5in 8in")


AFTER = [
    "<i>(</i>now)",
    '<img src="bindery:images/plan.svg" alt="" style="height:.6em">',
    "&#160;now",
    ", now",
    "<span></span>now",
]


@pytest.mark.parametrize("after", AFTER)
def test_a_space_hangs_whatever_follows(after: str) -> None:
    assert _hanging(after, "ltr").checks() == []


@pytest.mark.parametrize("after", AFTER)
def test_a_space_hangs_from_right_to_left(after: str) -> None:
    """The engine sets such a line with Latin letters some 2 pt to the left, mended or not; the mend has to do with its break only."""
    assert "short-line" not in _hanging(after, "rtl").checks()


def test_a_no_break_space_holds_on_to_what_follows() -> None:
    text = "When the people who had made the model announced it, in February 2019, they put it at 117&#160;<i>million</i>."
    style = "text-indent: 0; hyphens: none"
    body = "".join(f'<p style="{style}; width: {width}pt">{text}{_note("A note.")}</p>' for width in range(200, 230))
    assert Shown(body, "", "5in 8in").checks() == []


def test_mending_twice_changes_nothing() -> None:
    engine.mend()
    before = line_break.split_first_line
    engine.mend()
    assert line_break.split_first_line is before


def test_modules_that_took_a_function_by_name_have_the_mended_one() -> None:
    engine.mend()
    assert inline.split_first_line is preferred.split_first_line is line_break.split_first_line


def test_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weasyprint, "__version__", "70.1")
    with pytest.raises(engine.EngineError, match=r"needs WeasyPrint 70\.0, and 70\.1 is installed: install the locked"):
        engine.mend()


def test_changed_source_is_refused() -> None:
    strange = replace(engine.MENDS[0], name="strange", module="weasyprint.text.line_break", function="strut")
    with pytest.raises(engine.EngineError, match=r"line_break\.strut is not the one of WeasyPrint 70\.0 as published"):
        engine.mend([strange])


def test_a_mend_that_no_longer_finds_its_place_is_refused() -> None:
    lost = replace(MENDS["line-cut-at-hanging-space"], name="lost", function="strut", was="no such line\n")
    with pytest.raises(engine.EngineError, match="is not the one"):
        engine.mend([lost])


def test_source_that_cannot_be_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspect.getsource", lambda _: (_ for _ in ()).throw(OSError("no source")))
    with pytest.raises(engine.EngineError, match="cannot be read"):
        engine.mend([replace(engine.MENDS[0], name="unread", module="weasyprint.text.line_break", function="strut")])


def _leave_out(name: str) -> None:
    """Lay out the page of a fault in this process with all mends but one, and print the checks that fail."""
    mend, others = engine.mend, [one for one in engine.MENDS if one.name != name]
    engine.mend = lambda: mend(others)  # type: ignore[assignment, misc]
    print(json.dumps(FAULTS[name].checks()))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))
    _leave_out(sys.argv[1])
