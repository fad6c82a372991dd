"""The prose gate beyond its proofs: when it is on, what it knows of languages, and how its parts read a text."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindery.foundry.typography import bind_units
from bindery.manuscript.book import read_book
from bindery.manuscript.passages import STAND_IN
from bindery.manuscript.reading import Chapter
from bindery.problem import At, Problem
from bindery.proof.consistency import near
from bindery.proof.dictionary import dictionary, names_for
from bindery.proof.galley import galleys_of
from bindery.proof.marks import marks_of
from bindery.proof.proofread import proofread
from bindery.proof.usage import Use, rarer

CARD = 'title = "A Book"\nauthors = ["Ann Author"]\nlanguage = "{language}"\nchapters = ["one.md"]\n'


def lay_out(folder: Path, chapter: str, *, language: str = "en-GB", card: str = "[prose]\n", words: str = "") -> Path:
    (folder / "manuscript").mkdir(parents=True, exist_ok=True)
    (folder / "book.toml").write_text(CARD.format(language=language) + card)
    (folder / "manuscript" / "one.md").write_text(chapter)
    if words:
        (folder / "manuscript" / "words.txt").write_text(words)
    return folder


def found(folder: Path, chapter: str, *, language: str = "en-GB", card: str = "[prose]\n", words: str = "") -> list[str]:
    book = read_book(lay_out(folder, chapter, language=language, card=card, words=words))
    return [f"{problem.at.line} {problem.check}" for problem in proofread(book)]


def read(folder: Path, chapter: str) -> Chapter:
    return read_book(lay_out(folder, chapter)).chapters["one.md"]


# --- on and off


def test_the_gate_is_off_unless_a_book_asks_for_it(tmp_path: Path) -> None:
    text = "# One\n\nA mistke - so  to say.\n"
    assert found(tmp_path, text, card="") == []
    assert found(tmp_path, text) == ["3 dash", "3 double-space", "3 spelling"]
    assert found(tmp_path, text, card="", words="mistke\n") == ["3 dash", "3 double-space"]


def test_a_check_can_be_switched_off(tmp_path: Path) -> None:
    assert found(tmp_path, "# One\n\nA mistke - so  to say.\n", card='[prose]\noff = ["dash", "spelling"]\n') == [
        "3 double-space"
    ]


def test_a_mark_below_a_table_excuses_its_cells(tmp_path: Path) -> None:
    (tmp_path / "manuscript" / "data").mkdir(parents=True)
    (tmp_path / "manuscript" / "data" / "a.csv").write_text("Name\nmistke\n")
    table = '# One\n\n::: {.table csv="a.csv"}\nCaption.\n:::\n'
    assert found(tmp_path, table) == ["2 spelling"]
    assert found(tmp_path, table + "<!-- prose: spelling -->\n") == []


def test_a_mark_names_a_check_that_there_is(tmp_path: Path) -> None:
    (problem,) = proofread(read_book(lay_out(tmp_path, "# One\n\nSo - so.\n<!-- prose: dash dahs -->\n")))
    assert problem.message == "there is no check 'dahs'; did you mean 'dash'?"


def test_a_word_that_need_not_be_listed(tmp_path: Path) -> None:
    (problem,) = proofread(read_book(lay_out(tmp_path, "# One\n\nA table.\n", words="table\n")))
    assert problem.message == "'table' is in the dictionary, so it need not be listed"


def test_a_misspelt_word_is_told_once(tmp_path: Path) -> None:
    book = read_book(lay_out(tmp_path, "# One\n\nA mistke.\n\nA mistke, a mistke.\n"))
    assert [str(problem) for problem in proofread(book)] == [
        "manuscript/one.md:3: 'mistke' is neither in the dictionary nor in manuscript/words.txt (and 2 more) (spelling)"
    ]


# --- languages


def test_the_dictionaries_of_a_language() -> None:
    assert names_for("en-GB") == ("en-GB",)
    assert names_for("en-US") == ("en-US",)
    assert names_for("en") == names_for("en-AU") == ("en-GB", "en-US")
    assert names_for("de") == names_for("ja") == ()


def test_a_language_without_a_dictionary_has_no_spelling(tmp_path: Path) -> None:
    assert found(tmp_path, "# Eins\n\nEin Mistke - so.\n", language="de", words="Wort\n") == ["3 dash"]


def test_french_sets_spaces_before_its_punctuation(tmp_path: Path) -> None:
    assert found(tmp_path, "# Un\n\nOui ; non ! Et , puis.\n", language="fr") == ["3 stray-space"]


def test_the_marks_of_any_language_are_told_from_apostrophes(tmp_path: Path) -> None:
    for language in ("en-GB", "en-US", "de", "fr", "sv"):
        book = read_book(lay_out(tmp_path, "# One\n\nIt's \"the 'so' of it's\" end.\n", language=language))
        (passage,) = (p for p in book.chapters["one.md"].passages if p.role == "text")
        ((start, end),) = passage.quotations
        assert passage.text[start:end].strip().replace("’", "‘") == "the ‘so‘ of it's", language


@pytest.mark.parametrize(
    ("word", "british", "american"),
    [
        ("colour", True, False),
        ("color", False, True),
        ("colours", True, False),
        ("organised", True, False),
        ("organized", False, True),
        ("undid", True, True),
        ("happiness", True, True),
        ("reliably", True, True),
        ("unreliably", True, True),
        ("unhappying", False, False),
        ("London's", True, True),
        ("london", False, False),
        ("1th", False, False),
        ("tabled", True, True),
        ("tabling", True, True),
        ("tableing", False, False),
        ("bigly", False, False),
    ],
)
def test_the_dictionary_takes_words_apart(word: str, british: bool, american: bool) -> None:
    assert (word in dictionary("en-GB"), word in dictionary("en-US")) == (british, american)


# --- the parts


def test_a_galley_shows_prose_alone(tmp_path: Path) -> None:
    chapter = read(
        tmp_path, "# One {#sec-a}\n\nA `b`[c]{.index} d[@e].[^f]\n\n| g |\n|---|\n| h |\n\n$$\ni - j\n$$\n\n[^f]: k\n\n    - l\n"
    )
    lines = [galley.text.replace(STAND_IN, "").split() for galley in galleys_of(chapter)]
    assert [line for line in lines if line] == [["One"], ["A", "[c]", "d."], ["k"], ["l"]]


def test_a_mark_covers_the_block_above_it(tmp_path: Path) -> None:
    text = (
        "# One\n\nA\nb\n<!-- prose: dash -->\n<!-- facts: F1\nF2 -->\n\n- c\n- d\n  <!-- prose: dash -->\n\n"
        "::: {.aside}\ne\n\n::: {.aside}\nf\n:::\n:::\n<!-- facts: F3 -->\n"
    )
    marks = marks_of(read(tmp_path, text))
    assert [(mark.words, sorted(at.line for at in mark.covers)) for mark in marks] == [
        (("dash",), [3, 4]),
        (("F1", "F2"), [3, 4]),
        (("dash",), [10]),
        (("F3",), [13, 14, 15, 16, 17, 18, 19]),
    ]


def test_no_mark_is_printed(tmp_path: Path) -> None:
    chapter = read(tmp_path, "# One\n\nA\n<!-- facts: F1 -->\n\nTerm\n: b\n  <!-- facts: F2 -->\n")
    assert "F" not in "".join(passage.text for passage in chapter.passages)


def test_the_rarer_form_is_told() -> None:
    uses = [Use("date", form, form, At("one.md", line)) for line, form in enumerate(["a", "b", "a", "c", "c", "c"], 1)]
    assert [(p.at.line, p.check) for p in rarer(uses, "date-form")] == [(1, "date-form"), (3, "date-form"), (2, "date-form")]
    assert list(rarer(uses[:1], "date-form")) == []
    assert isinstance(next(rarer(uses[:2], "date-form")), Problem)


@pytest.mark.parametrize(
    ("one", "other", "is_near"),
    [
        ("Philip", "Phillip", True),
        ("Karpathy", "Karapthy", True),
        ("Gao", "Hao", True),
        ("Ann", "Ann", False),
        ("Ann", "Anton", False),
    ],
)
def test_what_a_slip_of_the_pen_is(one: str, other: str, is_near: bool) -> None:
    assert near(one, other) is near(other, one) is is_near


def test_a_number_and_its_unit_stay_together() -> None:
    assert bind_units("40 GB, 1.5 billion, 72 per cent, 5 km, 3 men, 4 Gb, GPT-2 MB") == (
        "40\u00a0GB, 1.5\u00a0billion, 72\u00a0per cent, 5\u00a0km, 3 men, 4 Gb, GPT-2\u00a0MB"
    )
