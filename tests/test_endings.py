"""The ends of paragraphs: what is kept together, and that in print no runt is left, no line added and no letter changed."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from measure_engine import WORDS
from tiny import TinyBook, write_book

from bindery.edition import pages
from bindery.edition.endings import KEPT, LAST_WORD, keep_ending, keep_title
from bindery.nodes import Code, Link, Node, Note, Paragraph, Reference, Span, Text
from bindery.printing.print_edition import typeset

NOTE = Note((Paragraph((Text("A note of its own."),)),))


def shown(nodes: Iterable[Node]) -> str:
    """Inlines as a line of text: what is kept in brackets, a last word in braces, ~ for a no-break space, ^ for a note."""
    marks = {KEPT: "[]", LAST_WORD: "{}", "emphasis": "**"}
    found = []
    for node in nodes:
        match node:
            case Text(text):
                found.append(text.replace("\u00a0", "~"))
            case Span(role, children):
                found.append(shown(children).join(marks[role]))
            case Link(children=children):
                found.append(f"<{shown(children)}>")
            case Note():
                found.append("^")
            case Code(text) | Reference(label=text):
                found.append(f"`{text}`")
    return "".join(found)


def emphasis(text: str) -> Span:
    return Span("emphasis", (Text(text),))


@pytest.mark.parametrize(
    ("nodes", "kept"),
    [
        ((Text("and so he knew it."), NOTE), "and so he [knew it.]^"),
        ((Text("what was there."),), "what was [there.]"),
        ((Text("I am."),), "[I am.]"),
        ((Text("it is a responsibility."),), "it is a {responsibility.}"),
        ((Text("so Nyffenegger, ‘GPT-2’."),), "so [Nyffenegger, ‘GPT-2’.]"),
        ((Text("a responsibility "), emphasis("it")), "a {responsibility~}*[it]*"),
        ((Text("a copy of GPT-2."),), "a copy [of GPT-2.]"),
        ((Text("it was well-known."),), "it was well-[known.]"),
        ((Text("in 2019–2020."),), "in [2019–2020.]"),
        ((Text("and he knew "), emphasis("it"), Text(".")), "and he [knew~]*[it]*[.]"),
        ((Text("so "), emphasis("it"), Text(" "), emphasis("is"), Text(" so")), "so *[it]*[~]*[is]*[~so]"),
        ((Text("see "), Link("#x", (Text("all that there is"),)), Text(".")), "see <all that >[<there is>][.]"),
        ((Text("see "), Link("#x", (emphasis("a responsibility"),))), "see <*a responsibility*>"),
        ((Text("told in "), Reference("x", "Chapter 9"), Text(".")), "told in [`Chapter 9`][.]"),
        ((Text("set it to "), Code("-1"), Text(".")), "set [it to~][`-1`][.]"),
        ((Text("at " + "x.y." * 10),), "at " + "x.y." * 10),
    ],
)
def test_what_is_kept(nodes: tuple[Node, ...], kept: str) -> None:
    assert shown(keep_ending(nodes)) == kept


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("Poets, Chess Players and a Teletype", "Poets, Chess Players [and~a~Teletype]"),
        ("The Schoolroom and the Speedrun", "The~Schoolroom [and~the~Speedrun]"),
        ("GPT-2 goes out", "GPT-2 [goes out]"),
        ("It is not as if we had all of it to do at all", "It is not as if we had all of it to do [at all]"),
    ],
)
def test_what_is_kept_of_a_title(title: str, kept: str) -> None:
    assert shown(keep_title((Text(title),))) == kept


def test_a_text_is_inlines_too() -> None:
    assert shown(keep_ending(" 1 May 2019")) == " 1 [May 2019]"
    assert shown(keep_ending(" 2019")) == "[~2019]"


def endless(seed: int) -> str:
    """A chapter of paragraphs, notes, items and quotations of many lengths, with ends of every kind."""
    chance = random.Random(seed)
    ends = (
        "it.",
        "Nyffenegger, ‘GPT-2’.",
        "nevertheless *so*.",
        "*so*.",
        "a b c.",
        "of it.",
        "uncertainty.",
        "GPT-2.",
        "[here](https://example.org/).",
        "`x`.",
        "2019.",
    )

    def words(most: int) -> str:
        return " ".join((*chance.choices(WORDS, k=chance.randint(8, most)), chance.choice(ends)))

    blocks = [f"{start}{words(40)}^[{words(30)}]" for _ in range(40) for start in ("", "- ", "> ")]
    # The last word at every place of a line, by the width of a letter and a space.
    shifted = ["a " * count + "accommodating." for count in range(60, 120)]
    return "\n\n".join(("# One", *blocks, *shifted))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> TinyBook:
    return write_book(tmp_path_factory.mktemp("endless"), endless(7))


def test_no_runt_is_left_and_no_line_added(book: TinyBook, monkeypatch: pytest.MonkeyPatch) -> None:
    layout, kept = typeset(book.pdf_copy)
    assert layout.problems == layout.remarks == ()
    monkeypatch.setattr(pages, "keep_ending", lambda nodes: nodes)
    layout, free = typeset(book.pdf_copy)
    assert sum(remark.check == "runt" for remark in layout.remarks) > 10
    assert [(one.name, one.text, len(one.lines)) for one in kept.blocks] == [
        (one.name, one.text, len(one.lines)) for one in free.blocks
    ]
