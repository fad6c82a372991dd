"""The fact check: every number and every quotation of the book, with the fact that bears it out and the sources of that fact.

A number is held by a fact of its paragraph's marks that states it; a quotation by one that has its words, or by any quotation of the ledger. Where no
fact does, the sources that the paragraph cites stand for it.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, astuple, dataclass, fields

from bindery.manuscript.book import Book
from bindery.manuscript.facts import NAME, Facts
from bindery.manuscript.passages import STAND_IN, Passage
from bindery.problem import At, Problem, nearest
from bindery.proof.marks import Mark, marks_of
from bindery.proof.numerals import numbers_in, values_of
from bindery.proof.quotations import is_verbatim

# A heading repeats what its section says, a label names a work or a person, and the index points at what is said elsewhere.
SILENT = ("heading", "label", "index")
# Fewer words between quotation marks are a term or a title's beginning, and not what somebody said.
FEWEST_WORDS = 5
STATUSES = ("seen", "corrected", "unverified", "marked", "cited", "title", "none")


@dataclass(frozen=True)
class Claim:
    """A number or a quotation of the book.

    ``status`` is the best of the facts that hold it: seen, corrected or unverified. Where none does it is ``marked`` (the paragraph has marks, but
    none of their facts states this), ``cited`` (it cites sources), ``title`` (a quotation is the title of a source) or ``none``.
    """

    kind: str
    text: str
    path: str
    line: int
    facts: tuple[str, ...]
    sources: tuple[str, ...]
    status: str

    @property
    def at(self) -> At:
        return At(self.path, self.line)


def mark_check(book: Book) -> Iterator[Problem]:
    """Bad: ``<!-- facts: F999 -->``, where the ledger has no such fact."""
    facts = book.facts or {}
    if not facts and (book.manuscript.root / NAME).is_file():
        return  # what is wrong with it has been told
    for mark in _marks(book):
        for key in filter(None, (word.removesuffix("?") for word in mark.words)):
            if key not in facts:
                where = f"there is no fact '{key}' in {NAME}{nearest(key, facts)}" if facts else f"there is no {NAME}"
                yield Problem(mark.at, where, "fact-mark")


def status_check(book: Book) -> Iterator[Problem]:
    """Bad: ``F81`` where F81 is unverified, or ``F1?`` where F1 was seen. The sign tells that the text says so to its readers."""
    for mark in _marks(book):
        for word in mark.words:
            fact = (book.facts or {}).get(word.removesuffix("?"))
            if fact and fact.status == "unverified" and not word.endswith("?"):
                message = f"{word} is unverified; expected '{word}?' and a text that says so, or nothing of it"
                yield Problem(mark.at, message, "fact-status")
            elif fact and fact.status != "unverified" and word.endswith("?"):
                yield Problem(mark.at, f"{word.removesuffix('?')} is {fact.status}; expected it without '?'", "fact-status")


def claims_of(book: Book) -> tuple[Claim, ...]:
    """Every number and every quotation of the book, in the order of its files."""
    desk = _Desk(book)
    return tuple(claim for chapter in book.chapters.values() for passage in chapter.passages for claim in desk.claims(passage))


def unsupported(claims: Iterable[Claim]) -> Iterator[Problem]:
    """What a book cannot be published with: a number without fact or citation, a quotation that is nowhere to be found."""
    for claim in claims:
        if claim.status == "none" and claim.kind == "number":
            message = f"'{claim.text}' has no fact and no source; expected a mark or a citation in its paragraph"
            yield Problem(claim.at, message, "unsupported-number")
        elif claim.kind == "quotation" and claim.status in ("none", "cited", "marked"):
            yield Problem(claim.at, f"the ledger does not have the words '{claim.text}'", "unsupported-quotation")


def fact_problems(book: Book, claims: Iterable[Claim], *, release: bool = False) -> list[Problem]:
    """What is wrong with the book's facts: with their marks, and before a release with what they leave out as well."""
    return [*mark_check(book), *status_check(book), *(unsupported(claims) if release else ())]


class _Desk:
    """Where claims are held against the ledger."""

    def __init__(self, book: Book) -> None:
        self.facts: Facts = book.facts or {}
        self.titles = book.references.titles if book.references else frozenset()
        self.marks: dict[At, list[str]] = {}
        for mark in _marks(book):
            for at in mark.covers:
                self.marks.setdefault(at, []).extend(word.removesuffix("?") for word in mark.words)
        self.values = {key: values_of(fact.text) for key, fact in self.facts.items()}
        self.quotations = [key for key, fact in self.facts.items() if fact.quote]

    def claims(self, passage: Passage) -> Iterator[Claim]:
        if passage.role in SILENT:
            return
        marked = [key for at in passage.home for key in self.marks.get(at, ()) if key in self.facts]
        for number in numbers_in(passage.text):
            holding = [key for key in marked if number.value in self.values[key]]
            yield self.claim("number", number.shown, passage, number.start, marked, holding)
        whole = ((0, len(passage.text)),) if passage.quoted else passage.quotations
        for start, end in whole:
            words = " ".join(passage.text[start:end].replace(STAND_IN, "").split())
            if passage.quoted or len(words.split()) >= FEWEST_WORDS:
                holding = [key for key in (*marked, *self.quotations) if is_verbatim(words, self.facts[key].text)]
                yield self.claim("quotation", words, passage, start, marked, holding)

    def claim(self, kind: str, text: str, passage: Passage, start: int, marked: list[str], holding: list[str]) -> Claim:
        """A claim with the facts that hold it, or with what the passage offers in their place."""
        held = tuple(dict.fromkeys(holding))
        if held:
            statuses = {self.facts[key].status for key in held}
            status: str = next(status for status in ("seen", "corrected", "unverified") if status in statuses)
        elif kind == "quotation" and any(is_verbatim(text, title) for title in self.titles):
            status = "title"
        else:
            status = "marked" if marked else "cited" if passage.cites or passage.sourced else "none"
        sources = (
            dict.fromkeys(source for key in held for source in self.facts[key].sources) if held else dict.fromkeys(passage.cites)
        )
        at = passage.at(start)
        return Claim(kind, text, at.path, at.line, held, tuple(sources), status)


def _marks(book: Book) -> Iterator[Mark]:
    return (mark for chapter in book.chapters.values() for mark in marks_of(chapter) if mark.kind == "facts")


# --- how the list is told ------------------------------------------------------------------------------------------------------------


def as_text(claims: Iterable[Claim]) -> str:
    """A line a claim, for a person: place, status, what is claimed, the facts and their sources."""
    return "".join(
        f"{claim.at}: {claim.status}: {claim.kind} '{claim.text}' {' '.join(claim.facts)} [{'; '.join(claim.sources)}]\n"
        for claim in claims
    )


def as_csv(claims: Iterable[Claim]) -> str:
    """RFC 4180 with heads; several facts or sources of a claim are separated by spaces."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(field.name for field in fields(Claim))
    writer.writerows([*astuple(claim)[:4], " ".join(claim.facts), " ".join(claim.sources), claim.status] for claim in claims)
    return out.getvalue()


def as_json(claims: Iterable[Claim]) -> str:
    """A list of objects, with the names of :class:`Claim`."""
    return json.dumps([asdict(claim) for claim in claims], ensure_ascii=False, indent=1) + "\n"


FORMATS: Mapping[str, Callable[[Iterable[Claim]], str]] = {"text": as_text, "csv": as_csv, "json": as_json}


def summary(claims: Iterable[Claim]) -> str:
    """How many numbers and quotations there are of each status."""
    counts = Counter((claim.kind, claim.status) for claim in claims)
    kinds = {kind: ", ".join(f"{counts[kind, s]} {s}" for s in STATUSES if counts[kind, s]) for kind in ("number", "quotation")}
    return "; ".join(
        f"{sum(n for (k, _), n in counts.items() if k == kind)} {kind}s: {told or 'none'}" for kind, told in kinds.items()
    )
