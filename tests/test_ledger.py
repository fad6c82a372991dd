"""The footnote ledger and the look over the pages: each check finds its planted fault, and a sound page has none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from laid import HEIGHT, checks, filler, lay, note, only

from bindery.printing import layout_audit, ledger
from bindery.printing.forme import Forme, note_area, walk
from bindery.problem import At, Problem

SOUND = f"""<h1>Chapter</h1><p><span class="cap">T</span>hree words{note("One.")} and more{note("Two.", more='<span class="p">Three.</span>')}.</p>
<p>{"word " * 100}</p><table><thead><tr><th>Head{note("Of the head.")}</th></tr></thead><tbody>{"<tr><td>cell</td></tr>" * 30}</tbody></table>"""


def test_a_sound_book_has_no_fault() -> None:
    layout = lay(SOUND)
    assert len(layout.pages) > 3
    assert layout.problems == ()


def test_a_repeated_head_calls_its_note_again_and_prints_it_once() -> None:
    layout = lay(SOUND)
    calls = [
        number
        for number, page in layout.forme.numbered
        for box in walk(page)
        if box.footnote and "head" in "".join(box.footnote.element.itertext())
    ]
    assert len(calls) > 1
    assert ledger.keep(layout.forme) == []


# Faults of the engine, planted on the finished pages: only the ledger stands between them and the press.


def noted_pages() -> Forme:
    """Two pages, each with a call and its note."""
    return lay(f"<p>One{note('First.', 5)}.</p>{filler(180)}<p>Two{note('Second.', 7)}.</p>").forme


def area(pages: Forme, number: int) -> Any:
    found = note_area(pages.pages[number - 1])
    assert found is not None
    return found


def test_note_lost() -> None:
    pages = noted_pages()
    area(pages, 2).children = ()
    assert only(ledger.keep(pages)) == Problem(
        At("manuscript/one.md", 7),
        "the note “Second.” is called on page 2 of the PDF, and printed nowhere; expected it at the foot of the page that calls it",
        "note-lost",
    )


def test_note_lost_with_its_call() -> None:
    problem = only(ledger.keep(lay(f"<p hidden>Lost{note('Gone.', 4)}</p><p>Text.</p>").forme))
    assert (problem.at.line, problem.check) == (4, "note-lost")
    assert "is neither called nor printed nowhere" not in problem.message
    assert "“Gone.” is neither called nor printed" in problem.message


def test_note_without_a_call() -> None:
    pages = noted_pages()
    for box in walk(pages.pages[0]):
        box.footnote = None
    assert "“First.” is printed on page 1 of the PDF, and called nowhere" in only(ledger.keep(pages)).message


def test_note_doubled() -> None:
    pages = noted_pages()
    area(pages, 2).children = [*area(pages, 2).children, *area(pages, 1).children]
    problem = only([one for one in ledger.keep(pages) if one.check != "overprint"])
    assert (problem.at.line, problem.check) == (5, "note-doubled")
    assert "printed on pages 1 and 2 of the PDF" in problem.message


def test_call_doubled() -> None:
    body = (
        f'<div style="position: fixed; top: 300pt">Stamp{note("Once.", 3)}</div><p>One.</p><p style="break-before: page">Two.</p>'
    )
    problem = only([one for one in ledger.keep(lay(body).forme) if one.check == "note-doubled"])
    assert "called on pages 1 and 2" in problem.message


def test_note_misplaced() -> None:
    pages = noted_pages()
    area(pages, 1).children, area(pages, 2).children = area(pages, 2).children, area(pages, 1).children
    assert [(one.at.line, one.check) for one in ledger.keep(pages)] == [(5, "note-misplaced"), (7, "note-misplaced")]


# Faults of the author or the stylesheet.


def test_note_too_tall_for_any_page() -> None:
    problem = only(ledger.keep(lay(f"<p>Text{note('word ' * 300, 12)}.</p><p>More.</p>").forme))
    assert (problem.at, problem.check) == (At("manuscript/one.md", 12), "note-too-tall")
    assert "pt tall, and its page has 228.6 pt for" in problem.message


def test_two_notes_of_a_line_too_tall_together() -> None:
    found = ledger.keep(lay(f"<p>Text{note('word ' * 85, 12)} text{note('word ' * 85, 13)}.</p><p>More.</p>").forme)
    assert checks(found) == {"note-too-tall"}
    assert 13 in {one.at.line for one in found}


def test_a_tall_note_that_fits_is_sound() -> None:
    assert ledger.keep(lay(f"{filler(150)}<p>Text{note('word ' * 120)}.</p><p>More.</p>").forme) == []


def test_text_runs_into_the_notes() -> None:
    body = f'<p>Text{note("word " * 30)}.</p><p data-at="manuscript/one.md:20" style="position: relative; top: 170pt">sinks</p>'
    found = [one for one in ledger.keep(lay(body).forme) if "runs into the notes" in one.message]
    assert (only(found).at.line, only(found).check) == (20, "overprint")


def test_text_over_text() -> None:
    problem = only(ledger.keep(lay('<p>lower</p><p data-at="manuscript/one.md:6" style="margin-top: -14pt">upper</p>').forme))
    assert (problem.at.line, problem.check) == (6, "overprint")
    assert "“upper” is printed over “lower”" in problem.message


def test_tight_leading_and_raised_figures_are_no_overprint() -> None:
    text = f'<p style="line-height: 9.5pt">ÅÖ pqy {note("One.")} x<sup>2</sup> {"Ågjy " * 30}</p>'
    assert ledger.keep(lay(text).forme) == []


# The look over the pages.

LONG = "Incomprehensibilities"


def look(body: str, sheet: str = "") -> list[Problem]:
    return layout_audit.look_over(lay(body, sheet).forme)


def test_short_line() -> None:
    problem = only(look(f'<p data-at="manuscript/one.md:4" style="hyphens: none; text-indent: 0">A{LONG} b{LONG} end.</p>'))
    assert (problem.at.line, problem.check) == (4, "short-line")
    assert f"the line “A{LONG}” ends " in problem.message


def test_short_line_before_a_page_break() -> None:
    body = f'{filler(HEIGHT - 14)}<p style="hyphens: none; text-indent: 0; orphans: 1; widows: 1">A{LONG} b{LONG}.</p>'
    layout = lay(body)
    assert len(layout.pages) == 2
    assert checks(layout.problems) == {"short-line"}


@pytest.mark.parametrize(
    "body",
    [
        f"<p>A<br>b{LONG}<br>c</p>",
        f'<p style="text-align: left; hyphens: none">A{LONG} b{LONG}</p>',
        f'<div style="float: right; width: 60pt; height: 40pt"></div><p>{"word " * 40}</p>',
        f'<p><span class="cap">T</span>{"word " * 40}</p>',
        f'<p>{"word " * 5}<img src="bindery:images/plan.svg" alt="" style="height: .6em"> {"word " * 30}</p>',
    ],
    ids=["br", "left", "float", "cap", "picture"],
)
def test_full_lines_are_sound(body: str) -> None:
    assert look(body) == []


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ('<pre style="font-family: Body">{wide}</pre>', "out of its column"),
        ("<table><tr><td style='max-width: 20pt'>ab</td><td>{wide}</td></tr></table>", "out of the type area"),
        ('<table style="table-layout: fixed"><tr><td>{long}{long}</td><td>b</td></tr></table>', "out of its cell"),
        ('<p><img src="bindery:images/plan.svg" alt="" style="width: 300pt"></p>', "out of its column"),
        ('<img src="bindery:images/plan.svg" alt="" style="display: block; width: 300pt">', "out of the type area"),
        ('<p style="margin-left: -30pt">Text.</p>', "out of the type area"),
    ],
    ids=["code", "table", "cell", "inline-picture", "picture", "margin"],
)
def test_overflow(body: str, where: str) -> None:
    body = body.format(wide="wide" * 30, long=LONG)
    found = look(f'<div data-at="manuscript/one.md:8">{body}</div>', "td { hyphens: none }")
    assert checks(found) == {"overflow"}
    assert {one.at.line for one in found} == {8}
    assert any(where in one.message for one in found)


def test_spaces_at_the_end_of_code_may_hang() -> None:
    assert look(f'<pre style="font-family: Body">code{" " * 200}\nmore</pre>') == []


def test_what_is_placed_absolutely_is_where_the_designer_wants_it() -> None:
    assert look('<div style="position: absolute; left: -40pt">Mark</div><p>Text.</p>') == []


@pytest.mark.parametrize(
    ("body", "sheet"),
    [
        (f'<div data-at="manuscript/one.md:2" style="position: absolute; left: 200pt; width: 200pt">{"word " * 7}</div>', ""),
        ('<div data-at="manuscript/one.md:2" style="position: absolute; top: -70pt">Mark</div>', ""),
        ("<p>Text.</p>", f'@page {{ @top-center {{ content: "{"Title " * 30}"; white-space: nowrap }} }}'),
    ],
    ids=["right", "top", "running-head"],
)
def test_cut_off(body: str, sheet: str) -> None:
    problem = only([one for one in look(body, sheet) if one.check != "overflow"])
    assert problem.check == "cut-off"
    assert "over the edge of page 1 of the PDF; expected it on the page" in problem.message


def test_stranded_heading() -> None:
    heading = '<h2 data-at="manuscript/one.md:30" style="break-after: auto; margin: 0">Head</h2>'
    body = f"<section>{filler(HEIGHT - 20)}{heading}<p>Its text begins overleaf.</p></section>"
    problem = only(look(body))
    assert (problem.at.line, problem.check) == (30, "stranded-heading")
    assert "“Head” stands alone at the foot of page 1" in problem.message


HEAD = '<h2 data-at="manuscript/one.md:30" style="break-after: auto; margin: 0; font-size: 11pt">Head</h2>'


@pytest.mark.parametrize(
    "body",
    [
        f'{filler(HEIGHT - 35)}<h1 style="margin: 0; font-size: 11pt">Above</h1>{HEAD}<p>Text.</p>',
        f"{filler(HEIGHT - 20)}{HEAD}<h3>Below</h3><p>Text.</p>",
        f"<p>Text{note('One.')}.</p>{filler(HEIGHT - 64)}{HEAD}<p>Text.</p>",
        f"{filler(HEIGHT - 20)}{HEAD}<table><tr><td>Cell.</td></tr></table>",
        f'{filler(HEIGHT - 20)}{HEAD}<figure style="margin: 0"><img src="bindery:images/plan.svg" alt=""></figure>',
    ],
    ids=["under-another", "over-another", "above-notes", "before-a-table", "before-a-picture"],
)
def test_stranded_headings_of_all_kinds(body: str) -> None:
    problem = only([one for one in look(f"<section>{body}</section>") if one.at.line == 30])
    assert problem.check == "stranded-heading"


@pytest.mark.parametrize(
    "body",
    [
        '<section><h1>Part</h1><section style="break-before: page"><p>Chapter.</p></section></section>',
        '<section><h1>Part</h1></section><section style="break-before: right"><h1>Chapter</h1><p>Text.</p></section>',
        f"<section>{filler(HEIGHT - 20)}<h2>Kept</h2><p>With its text.</p></section>",
    ],
    ids=["nested", "beside", "kept"],
)
def test_headings_in_their_place_are_sound(body: str) -> None:
    assert look(body) == []


def test_text_lost() -> None:
    problem = only(look('<p>Kept</p><p data-at="manuscript/one.md:3" class="gone">Not printed.</p>', ".gone { display: none }"))
    assert problem == Problem(
        At("manuscript/one.md", 3), "not all of “Not printed.” is printed; expected every word of it", "text-lost"
    )


def test_text_cut_short() -> None:
    layout = lay("<p>All words are kept.</p>")
    box = next(box for box in walk(layout.forme.pages[0]) if getattr(box, "text", "").startswith("All"))
    box.text = "All words are"
    assert checks(layout_audit.look_over(layout.forme)) == {"text-lost"}


def test_text_doubled() -> None:
    found = look('<p style="position: fixed; top: 200pt">Again.</p><p>One.</p><p style="break-before: page">Two.</p>')
    assert checks(found) == {"text-doubled"}


def test_text_as_it_may_be_changed_is_kept() -> None:
    """Capitals, hyphens at line ends, soft hyphens, spaces, what the stylesheet adds, what is hidden, and tables that run on."""
    body = f"""<p style="text-transform: uppercase">Straße and so&#173;forth</p><p>{LONG} {LONG} {LONG} well-known-to-all-readers-of-it</p>
    <p hidden>Never.</p><ul><li>One</li></ul><p class="see"><a href="#end">See</a></p><p id="end">End.</p>{SOUND}"""
    assert look(body, 'p::before { content: "" } ul { list-style: "• " }') == []


def test_a_place_without_a_line_is_the_whole_file() -> None:
    pages = lay("<p>Text.</p>").forme
    element = next(pages.root.iter("p"))
    element.set("data-at", "manuscript/one.md")
    assert pages.at(element) == At("manuscript/one.md")
    assert replace(pages, source="book.toml").at(None) == At("book.toml")
