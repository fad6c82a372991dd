"""The looks of the pages: each check finds its planted fault, and what only resembles it is let pass."""

from __future__ import annotations

import pytest
from laid import HEIGHT, MEASURE, checks, filler, lay, note, only

from bindery.printing import looks
from bindery.printing.forme import Forme, is_block, walk
from bindery.problem import At, Problem


def look(body: str, sheet: str = "") -> list[Problem]:
    return looks.look_over(lay(body, sheet).forme)


def ending(words: str, room: float = 5) -> str:
    """A first line that is full but for a little room, in points, and the words that are too long for it."""
    return f'<span style="display: inline-block; width: {MEASURE - 15 - room}pt"></span> {words}'


def room(lines: int) -> str:
    """A page filled but for so many lines at its foot; the body has a margin of 6 pt."""
    return filler(HEIGHT - 6 - 14 * lines - 1)


AT = 'data-at="manuscript/one.md:7"'
RUNTS = {
    "paragraph": f"<p {AT}>{ending('it.')}</p>",
    "divided": f'<p {AT} style="text-indent: 0">{ending("learn&#173;ing", 28)}</p>',
    "figures": f"<p {AT}>{ending('2019')}.</p>",
    "with-a-call": f"<p {AT}>{ending('it.')}{note('A note of one line.')}</p>",
    "emphasis": f"<p {AT}>{ending('<em>it</em>!')}</p>",
    "note": f"<p>Text{note(ending('ibid.'), 7)}.</p>",
    "second-paragraph-of-a-note": f"""<p>Text{note("One.", 7, f'<span class="p">{ending("ibid.")}</span>')}.</p>""",
    "caption": f"<figure><figcaption {AT} style='text-align: left'>{ending('so.')}</figcaption></figure>",
    "item": f"<ul><li {AT}>{ending('so.')}</li></ul>",
    "heading": f"<h2 {AT}>{ending('It')}</h2><p>Text.</p>",
    "over-a-page": f'{room(1)}<p {AT} style="orphans: 1; widows: 1">{ending("so.")}</p>',
}


@pytest.mark.parametrize("body", RUNTS.values(), ids=RUNTS)
def test_runt(body: str) -> None:
    problem = only([one for one in look(body) if one.check != "widow"])
    assert (problem.at.line, problem.check) == (7, "runt")
    assert "of the PDF the last line of a paragraph is “" in problem.message


SOUND = {
    "five-letters": f"<p>{ending('there')}</p>",
    "a-few-words": f"<p>{ending('so it is')}</p>",
    "one-line": "<p>No.</p>",
    "own-line": "<p>12 High Street<br>Rye</p>",
    "centred": f'<p style="text-align: center">{ending("it.")}</p>',
    "cell": f"<table><tr><td>{ending('it.')}</td></tr></table>",
    "code": "<pre style='font-family: Body'>one\nit</pre>",
    "verse": f'<div><p class="line">{ending("it")}</p></div>',
    "index": f'<div class="columns"><p>{ending("12")}</p></div>',
    "picture": f"<p>{ending('<img src=bindery:images/plan.svg alt=x style=height:.6em> a')}</p>",
    "added": f'<p class="see"><a href="#end">{ending("it")}</a></p><p id="end">End.</p>',
}


@pytest.mark.parametrize("body", SOUND.values(), ids=SOUND)
def test_no_runt(body: str) -> None:
    assert look(body) == []


def test_widow() -> None:
    problem = only(look(f'{room(2)}<p {AT} style="widows: 1">one<br>two<br>three</p>'))
    assert problem == Problem(
        At("manuscript/one.md", 7),
        "page 2 of the PDF begins with the last line of a paragraph, “three”; expected two lines of it: add or cut a few words",
        "widow",
    )


def test_orphan() -> None:
    problem = only(look(f'{room(1)}<p {AT} style="orphans: 1">one<br>two<br>three</p>'))
    assert (problem.at.line, problem.check) == (7, "orphan")
    assert "page 1 of the PDF ends with the first line of a paragraph, “one”" in problem.message


def test_two_lines_parted_are_a_widow_alone() -> None:
    assert checks(look(f'{room(1)}<p style="orphans: 1; widows: 1">one<br>two</p>')) == {"widow"}


@pytest.mark.parametrize(
    "body",
    [
        f"{room(2)}<p>one<br>two<br>three</p>",
        f"{room(2)}<p>one<br>two<br>three<br>four</p>",
        f"{room(1)}<p>one</p><p>two</p>",
        f'<table><tr><td style="height: {HEIGHT - 18}pt"></td></tr><tr><td>one</td></tr></table>',
    ],
    ids=["kept", "two-and-two", "one-line", "rows"],
)
def test_lines_kept_together(body: str) -> None:
    assert look(body) == []


# The engine keeps together what the stylesheet asks it to: that it has not is planted on the finished pages.


def asking(pages: Forme, words: str, **asked: str) -> Forme:
    for page in pages.pages:
        for box in walk(page):
            if box.element is not None and box.element.text == words:
                box.style.update(asked)
    return pages


def test_parted_from_what_follows() -> None:
    pages = lay(f"{room(1)}<p {AT}>Caption.</p><p>Table.</p>").forme
    assert looks.look_over(pages) == []
    problem = only(looks.look_over(asking(pages, "Caption.", break_after="avoid")))
    assert (problem.at.line, problem.check) == (7, "parted")
    assert "page 1 of the PDF ends between “Caption.” and “Table.”" in problem.message


def test_parted_from_what_goes_before() -> None:
    pages = asking(lay(f"{room(1)}<p>Table.</p><p {AT}>Source.</p>").forme, "Source.", break_before="avoid")
    problem = only(looks.look_over(pages))
    assert (problem.at.line, problem.check) == (7, "parted")


JOINED = 'fn-note::footnote-call { content: "\\2060" counter(footnote) }'


def test_parted_call() -> None:
    """Whether a line may end between a full stop and a call is asked at every width of the column."""
    columns = "".join(
        f'<p {AT} style="text-indent: 0; text-align: left; width: {width}pt">It was read to its end.{note("One.")} See it there.</p>'
        for width in range(90, 140)
    )
    assert checks(look(columns)) == {"parted-call"}
    assert look(columns, JOINED) == []


@pytest.mark.parametrize(
    "body",
    [
        f"<p>It was read.<br>{note('One.')} See it.</p>",
        "".join(
            f'<table style="table-layout: fixed; width: {w}pt"><tr><td>Mentioned.{note("One.")}</td></tr></table>'
            for w in range(48, 64)
        ),
    ],
    ids=["break", "cell"],
)
def test_a_call_with_no_other_place(body: str) -> None:
    assert look(body) == []


def test_a_forced_break_parts_nothing() -> None:
    assert look('<p style="break-after: avoid">Caption.</p><section style="break-before: page"><p>Text.</p></section>') == []


def left_empty(pages: Forme) -> Forme:
    """The pages without what fills the foot of the first."""
    (body,) = [box for box in walk(pages.pages[0]) if box.element_tag == "body"]
    body.children = body.children[:2]
    return pages


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (f"<p {AT}>one<br>two<br>three</p>", ["short-page"]),
        (f"<h2 {AT}>Head</h2><p>one<br>two<br>three</p>", ["short-page"]),
        (f"<p>one{note('words ' * 110)}<br>two<br>three</p>", []),
        ("<h2>Head</h2><div style='break-inside: avoid; height: 200pt'>one</div>", []),
        ("<section><p>one</p></section>", []),
    ],
    ids=["text", "heading", "tall-note", "tall-block", "chapter"],
)
def test_short_page(after: str, found: list[str]) -> None:
    pages = left_empty(lay(f"{filler(60)}<p>Text.</p>{filler(HEIGHT - 90)}{after}").forme)
    assert [problem.check for problem in looks.look_over(pages)] == found


NAMED = "h2 { margin: 28pt 0 } section { break-before: page; page: named } @page named { size: 4in 5in }"


def test_sunk_page() -> None:
    pages = lay(f"<section>{'<p>One.</p>' * 16}<h2 {AT}>Head</h2><p>Text.</p></section>", NAMED).forme
    assert looks.look_over(pages) == []
    (head,) = [box for box in walk(pages.pages[1]) if box.element_tag == "h2" and is_block(box)]
    head.margin_top = 28 / 0.75
    problem = only(looks.look_over(pages))
    assert (problem.at.line, problem.check) == (7, "sunk-page")
    assert "page 2 of the PDF begins 28.0 pt below its first line" in problem.message


def test_what_begins_a_section_keeps_its_margin() -> None:
    pages = lay("<section><p>One.</p></section><section><h2>Head</h2></section>", NAMED).forme
    assert any(box.element_tag == "h2" and box.margin_top for box in walk(pages.pages[1]))
    assert looks.look_over(pages) == []
