"""Every check of the manuscript is shown a chapter with its fault.

A proof is a chapter in ``proofs/`` whose comments say what must be found in it: ``<!-- expect 5 undefined-footnote -->`` means a problem of
that name on line 5. Exactly what is expected must be found, so each proof also shows what is no fault. A new check needs a new file here
and no other change.

A proof that needs more than a chapter brings it along in a comment: ``<!-- file words.txt`` and the lines of the file; ``<!-- file book.toml`` and
lines that are added to the card; ``<!-- language en-GB -->``.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from bindery.edition.fair_copy import make_fair_copy
from bindery.manuscript.book import HOUSE, read_book
from bindery.problem import Problem
from bindery.proof.proofread import proofread

PROOFS = Path(__file__).parent / "proofs"
EXPECT = re.compile(r"<!-- expect (?:(?P<file>[\w/.-]+):)?(?P<line>\d+) (?P<check>[a-z-]+) -->")
FILE = re.compile(r"<!-- file (?P<name>[\w./-]+)\n(?P<text>.*?)-->", re.DOTALL)
LANGUAGE = re.compile(r"<!-- language ([\w-]+) -->")
CARD = """
title = "A Proof"
authors = ["Ann Author"]
language = "{language}"
front = []
chapters = ["{name}", "other.md"]
back = [{{ file = "glossary.md" }}]

[editions.print]
format = "print"

[editions.ebook]
format = "epub"
"""


def proofs() -> list[Path]:
    return sorted(PROOFS.glob("*.md"))


def lay_out_book(folder: Path, proof: Path) -> Path:
    """A book of the proof, a second chapter to link to, a glossary, and the files that the proof brings."""
    manuscript = folder / "manuscript"
    for file in (PROOFS / "files").rglob("*"):
        if file.is_file():
            target = manuscript / file.relative_to(PROOFS / "files")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    (manuscript / proof.name).write_bytes(proof.read_bytes())
    text = proof.read_bytes().decode("utf-8", "replace")
    language = LANGUAGE.search(text)
    card = CARD.format(name=proof.name, language=language[1] if language else "en")
    for brought in FILE.finditer(text):
        if brought["name"] == "book.toml":
            card += brought["text"]
        else:
            (manuscript / brought["name"]).write_text(brought["text"], "utf-8")
    (folder / "book.toml").write_text(card, "utf-8")
    return folder


def problems_of(folder: Path) -> set[Problem]:
    book = read_book(folder)
    found = set(proofread(book))
    for name in book.card.editions:
        found.update(make_fair_copy(book, name).problems)
    return found


@pytest.mark.parametrize("proof", proofs(), ids=lambda path: path.stem)
def test_a_proof_is_faulted_where_it_says(proof: Path, tmp_path: Path) -> None:
    text = proof.read_bytes().decode("utf-8", "replace")
    expected = Counter(
        (match["file"] or f"manuscript/{proof.name}", int(match["line"]), match["check"]) for match in EXPECT.finditer(text)
    )
    found = problems_of(lay_out_book(tmp_path, proof))
    assert Counter((p.at.path, p.at.line, p.check) for p in found) == expected, "\n".join(map(str, sorted(found)))


# Checks of the card, of files and of limits; each has a test of its own elsewhere.
ELSEWHERE = {
    "empty-page",
    "fact-status",
    "missing-chapter",
    "missing-references",
    "references",
    "too-deep",
    "too-long",
    "unknown-markup",
    "unreadable",
    "unsupported-number",
    "unsupported-quotation",
}


def test_every_check_has_a_proof() -> None:
    named: set[str] = set()
    for name in (
        "files",
        "inlines",
        "blocks",
        "reading",
        "tables",
        "charts",
        "citations",
        "bibliography",
        "fair_copy",
        "proofread",
        "pictures",
        "formulas",
        "marks",
        "prose",
        "spelling",
        "punctuation",
        "consistency",
        "facts",
        "fact_check",
        "quotations",
    ):
        tree = ast.parse(next((HOUSE / "bindery").rglob(f"{name}.py")).read_text("utf-8"))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            function = getattr(call.func, "id", getattr(call.func, "attr", ""))
            if function in ("Problem", "problem", "locate", "_bad", "rarer", "_rarer"):
                texts = (
                    ast.literal_eval(a) for a in (*call.args, *(k.value for k in call.keywords)) if isinstance(a, ast.Constant)
                )
                named.update(text for text in texts if isinstance(text, str) and re.fullmatch(r"[a-z]+(-[a-z]+)*", text))
    proven = {match["check"] for proof in proofs() for match in EXPECT.finditer(proof.read_bytes().decode("utf-8", "replace"))}
    assert named - proven == ELSEWHERE
