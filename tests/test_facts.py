"""The fact ledger: which numbers and quotations a book is found to have, and what holds each."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from test_press import build

from bindery.manuscript.book import read_book
from bindery.problem import Problem
from bindery.proof.fact_check import Claim, as_csv, as_json, as_text, claims_of, fact_problems, summary
from bindery.proof.numerals import numbers_in, values_of
from bindery.proof.proofread import proofread
from bindery.proof.quotations import is_verbatim

CARD = """
title = "A Book"
authors = ["Ann Author"]
language = "en-GB"
chapters = ["one.md"]
"""
REFERENCES = '[{"id": "smith", "type": "book", "title": "The Model That Could Not Be Let Out"}, {"id": "jones", "type": "book", "title": "B"}]'
FACTS = """
[F1]
says = "The model had 1.5B parameters and was announced on 14 Feb 2019 with 40 GB of text."
sources = ["smith", "jones"]
status = "seen"

[F2]
says = "Training cost 43,000 dollars, not 50,000."
sources = ["jones"]
status = "corrected"

[F3]
says = "It had 100 users."
status = "unverified"

[Q1]
quote = "It's quite uncanny how it behaves in the end."
by = "Jack"
sources = ["smith"]
status = "seen"
"""


def lay_out(folder: Path, chapter: str, facts: str = FACTS) -> Path:
    manuscript = folder / "manuscript"
    (manuscript / "data").mkdir(parents=True)
    (folder / "book.toml").write_text(CARD)
    (manuscript / "references.json").write_text(REFERENCES)
    if facts:
        (manuscript / "facts.toml").write_text(facts)
    (manuscript / "data" / "costs.csv").write_text('Run,Cost\nFirst,"43,000"\nSecond,7\n')
    (manuscript / "one.md").write_text("# One\n\n" + chapter)
    return folder


def claims(folder: Path, chapter: str, facts: str = FACTS) -> list[tuple[str, str, str, str]]:
    """Kind, text, status and facts of each claim of a chapter."""
    return [(c.kind, c.text, c.status, " ".join(c.facts)) for c in claims_of(read_book(lay_out(folder, chapter, facts)))]


def problems(folder: Path, chapter: str, *, release: bool = False, facts: str = FACTS) -> list[Problem]:
    book = read_book(lay_out(folder, chapter, facts))
    return fact_problems(book, claims_of(book), release=release)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("one and a half billion, 1.5 billion, 1.5B, 1,500,000,000", ["1500000000"] * 4),
        ("a hundred and six, two hundred, half a million, a dozen, twenty-five", ["106", "200", "500000", "12", "25"]),
        ("$50,000, 72%, 83 per cent, 5.6 times, 40\u00a0GB, a 90-minute run", ["50000", "72", "83", "5.6", "40", "90"]),
        ("14 February 2019, 3rd of May, July 1st, May 3, 2019", ["14 February", "3 May", "1 July", "3 May"]),
        ("2–3 May, 85–90 per cent", ["3 May", "85", "90"]),
        ("one of GPT-2, v3-512, H100s, in 2019, 2002–6, the 1960s, the 21st, version 2.5.0, www.a.org/12", []),
        ("chapter 5, Table 13, p. 7, record 19, zero-shot, three-quarters, hundreds, 10:30", []),
        ("In May 2019 the first of the two", ["2"]),
    ],
)
def test_what_counts_as_a_number(text: str, values: list[str]) -> None:
    assert [number.value for number in numbers_in(text)] == values


def test_a_fact_bears_out_the_figures_of_its_names_too() -> None:
    assert {"345", "345000000", "2 May", "3 May", "2019", "22"} <= values_of("The 345M model of 2-3 May 2019 had 22 layers.")


@pytest.mark.parametrize(
    ("quotation", "verbatim"),
    [
        ("it’s quite uncanny how it behaves", True),
        ("It's quite … in the end.", True),
        ("It's quite ... [and] in the end", True),
        ("quite uncanny how", True),
        ("quite uncann", False),
        ("in the end … It's quite", False),
        ("It is quite uncanny", False),
        ("It's Quite uncanny", False),
        ("…", False),
    ],
)
def test_verbatim_means_word_for_word(quotation: str, verbatim: bool) -> None:
    assert is_verbatim(quotation, "It's “quite uncanny” how it behaves -- in the end.".replace(" --", "")) is verbatim


def test_dashes_and_inner_marks_are_the_books_own() -> None:
    assert is_verbatim("so – he ‘said’ – it was", 'And so—he "said"—it was.')


def test_a_number_is_held_by_a_fact_of_its_own_paragraph(tmp_path: Path) -> None:
    chapter = """It had 1,500 million parameters.
<!-- facts: F1 F2 -->

It cost $43,000, or $44,000.
<!-- facts: F2 -->

It had 40 GB.[@smith]

It had 40 GB.
"""
    assert claims(tmp_path, chapter) == [
        ("number", "1,500 million", "seen", "F1"),
        ("number", "$43,000", "corrected", "F2"),
        ("number", "$44,000", "marked", ""),
        ("number", "40", "cited", ""),
        ("number", "40", "none", ""),
    ]


def test_marks_reach_notes_items_callouts_definitions_and_tables(tmp_path: Path) -> None:
    chapter = """Nothing.[^n]

[^n]: It had 40 GB.
    <!-- facts: F1 -->

    It had 41 GB.

- 40 GB
- 40 GB
  <!-- facts: F1 -->

Term
: 40 GB
  <!-- facts: F1 -->

::: {.quote by="Jack" cite="smith"}
It's quite uncanny how it behaves in the end.
:::
<!-- facts: F3? Q1 -->

::: {.table csv="costs.csv"}
Costs in dollars.

Source: [@jones].
:::
<!-- facts: F2 -->

| Run | Cost |
|-----|------|
| One |   40 |

: Of 40 runs.
<!-- facts: F1 -->
"""
    assert claims(tmp_path, chapter) == [
        ("number", "40", "seen", "F1"),
        ("number", "41", "none", ""),
        ("number", "40", "none", ""),
        ("number", "40", "seen", "F1"),
        ("number", "40", "seen", "F1"),
        ("quotation", "It's quite uncanny how it behaves in the end.", "seen", "Q1"),
        ("number", "43,000", "corrected", "F2"),
        ("number", "7", "marked", ""),
        ("number", "40", "seen", "F1"),
        ("number", "40", "seen", "F1"),
    ]


def test_a_table_without_marks_stands_by_its_source_line(tmp_path: Path) -> None:
    chapter = '::: {.table csv="costs.csv"}\nCosts.\n\nSource: a letter to the author.\n:::\n'
    assert [status for _, _, status, _ in claims(tmp_path, chapter)] == ["cited", "cited"]


def test_headings_and_the_index_claim_nothing(tmp_path: Path) -> None:
    chapter = (
        '## Seventeen headlines\n\n[A]{.index entry="Forty Thieves"} in `40` and $40$.\n\n::: {.quote by="The 40"}\nSo.\n:::\n'
    )
    assert claims(tmp_path, chapter) == [("quotation", "So.", "none", "")]


def test_a_quotation_is_held_by_any_of_the_ledger(tmp_path: Path) -> None:
    chapter = """"It's quite uncanny how it behaves," he said; "quite uncanny" indeed; "training cost 43,000 dollars, not 50,000".[@smith]

"Training cost 43,000 dollars, not 50,000."
<!-- facts: F2 -->

He read "The Model That Could Not Be Let Out" at night.

> It is uncanny.
"""
    assert [claim for claim in claims(tmp_path, chapter) if claim[0] == "quotation"] == [
        ("quotation", "It's quite uncanny how it behaves,", "seen", "Q1"),
        ("quotation", "training cost 43,000 dollars, not 50,000", "cited", ""),
        ("quotation", "Training cost 43,000 dollars, not 50,000.", "corrected", "F2"),
        ("quotation", "The Model That Could Not Be Let Out", "title", ""),
        ("quotation", "It is uncanny.", "none", ""),
    ]


def test_marks_tell_what_is_unverified(tmp_path: Path) -> None:
    chapter = "It had 100 users.\n<!-- facts: F3 -->\n\nIt had 100.\n<!-- facts: F3? -->\n\nForty.\n<!-- facts: F1? -->\n"
    assert [(p.at.line, p.check) for p in problems(tmp_path, chapter)] == [(4, "fact-status"), (10, "fact-status")]
    assert proofread(read_book(tmp_path)) == ()


def test_a_release_asks_for_more(tmp_path: Path) -> None:
    chapter = (
        'It had 41 GB.\n\nIt had 41 GB.[@smith]\n\n"It was not so in the end", he said.[@smith]\n\n'
        '"It was not so in the end."\n<!-- facts: F1 -->\n'
    )
    assert problems(tmp_path, chapter) == []
    book = read_book(tmp_path)
    found = fact_problems(book, claims_of(book), release=True)
    assert [(p.at.line, p.check) for p in found] == [
        (3, "unsupported-number"),
        (7, "unsupported-quotation"),
        (9, "unsupported-quotation"),
    ]


def test_a_book_without_a_ledger_is_left_in_peace(tmp_path: Path) -> None:
    chapter = '::: {.quote by="Jack"}\nWords.\n:::\n\nIt had 41 GB.\n'
    assert problems(tmp_path, chapter, facts="") == []
    assert proofread(read_book(tmp_path)) == ()


def test_a_mark_without_a_ledger_is_told(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "Text.\n<!-- facts: F1 -->\n", facts="")
    assert "there is no manuscript/facts.toml" in problem.message


def test_a_ledger_that_is_no_toml_is_told_once(tmp_path: Path) -> None:
    book = read_book(lay_out(tmp_path, "Text.\n<!-- facts: F1 -->\n", FACTS + "[F1]\n"))
    assert [(str(p.at), p.check) for p in (*book.problems, *proofread(book))] == [("manuscript/facts.toml:21", "fact")]


def test_the_list_comes_in_three_forms() -> None:
    claim = Claim("number", '40 "GB"', "manuscript/one.md", 3, ("F1", "F2"), ("smith",), "seen")
    assert as_text([claim]) == "manuscript/one.md:3: seen: number '40 \"GB\"' F1 F2 [smith]\n"
    assert list(csv.DictReader(io.StringIO(as_csv([claim])))) == [
        {
            "kind": "number",
            "text": '40 "GB"',
            "path": "manuscript/one.md",
            "line": "3",
            "facts": "F1 F2",
            "sources": "smith",
            "status": "seen",
        }
    ]
    assert json.loads(as_json([claim]))[0]["facts"] == ["F1", "F2"]
    assert summary([claim]) == "1 numbers: 1 seen; 0 quotations: none"


def test_the_command_lists_on_standard_output_and_tells_on_standard_error(tmp_path: Path) -> None:
    lay_out(tmp_path / "book", "It had 41 GB.\n\nForty.\n<!-- facts: F1 -->\n")
    listed = build("--book", "book", "facts", cwd=tmp_path)
    assert (listed.returncode, listed.stderr) == (0, "2 numbers: 1 seen, 1 none; 0 quotations: none\n")
    assert listed.stdout == (
        "manuscript/one.md:3: none: number '41'  []\nmanuscript/one.md:5: seen: number 'Forty' F1 [smith; jones]\n"
    )
    released = build("--book", "book", "facts", "--release", "--format", "json", cwd=tmp_path)
    assert released.returncode == 1
    assert len(json.loads(released.stdout)) == 2
    assert "one.md:3: '41' has no fact and no source" in released.stderr
