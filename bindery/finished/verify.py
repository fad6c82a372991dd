"""Verifying finished files: what their passports say, whether they are as they were bound, and whether this checkout is what they were made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bindery.edition.passport import Links, Passport
from bindery.edition.sources import Origin, origin_of
from bindery.finished import prove
from bindery.finished.seal import Sealed, unseal
from bindery.manuscript.card import read_card
from bindery.problem import At, Faulty, Problem, printable


@dataclass(frozen=True)
class Verdict:
    """What is known of a file. ``here``: its sources are those of this checkout; None when that is of another book. ``proved``: the certificate
    beside it says that it was compared with its sister word for word. A file without a passport has nothing but ``problems``."""

    file: str
    problems: tuple[Problem, ...] = ()
    sealed: Sealed | None = None
    here: bool | None = None
    proved: bool = False


def verify(root: Path, files: Sequence[Path]) -> list[Verdict]:
    """The verdicts on files, in their order. ``root`` is the folder of the book that is at hand, which may be another."""
    book = _book_at(root)
    return [_verdict(path, book) for path in files]


def _verdict(path: Path, book: _BookHere | None) -> Verdict:
    try:
        data = path.read_bytes()
        sealed = unseal(data, str(path))
    except OSError as error:
        return Verdict(str(path), (Problem(At(str(path)), f"cannot be read: {error.strerror}", "file-format"),))
    except Faulty as fault:
        return Verdict(str(path), fault.problems)
    changed = Problem(At(str(path)), "was changed since it was bound; expected the file as its passport knows it", "changed")
    here = book.origin.source == sealed.passport.source if book and book.is_of(sealed.passport) else None
    return Verdict(str(path), () if sealed.whole else (changed,), sealed, here, _proved(path, data))


@dataclass(frozen=True)
class _BookHere:
    title: str
    authors: tuple[str, ...]
    origin: Origin

    def is_of(self, passport: Passport) -> bool:
        return (self.title, self.authors) == (passport.title, passport.authors)


def _book_at(root: Path) -> _BookHere | None:
    try:
        card = read_card(root).card
        return _BookHere(card.title, card.authors, origin_of(root))
    except Faulty:
        return None


def _proved(path: Path, data: bytes) -> bool:
    """Whether a same-text certificate beside the file speaks of it."""
    try:
        proofs = json.loads((path.parent / prove.NAME).read_bytes())["proofs"]
        return hashlib.sha256(data).hexdigest() in {proof[form]["sha256"] for proof in proofs for form in ("print", "epub")}
    except (OSError, ValueError, LookupError, TypeError):
        return False


# --- telling ---------------------------------------------------------------------------------------------------------------------


def as_text(verdict: Verdict) -> Iterator[str]:
    """The verdict in lines, for people. What a passport says may come from anybody: nothing in it can drive a terminal."""
    if verdict.sealed is None:
        return
    passport = verdict.sealed.passport
    yield printable(verdict.file)
    for name, value in _told(verdict, passport):
        yield printable(f"  {name + ':':<12}{value}")


def _told(verdict: Verdict, passport: Passport) -> Iterator[tuple[str, str]]:
    release = passport.release if passport.release in ("", "unreleased") else f"release {passport.release}"
    yield "book", ", ".join(filter(None, (passport.title, passport.statement, release)))
    yield "edition", f"{passport.edition} ({passport.identifier})"
    commit = f"{passport.commit}{'' if passport.clean else ', with uncommitted changes'}"
    yield "commit", commit if passport.commit else "none"
    here = {True: ", those of this checkout", False: ", not those of this checkout", None: ""}[verdict.here]
    yield "sources", passport.source + here
    yield "date", passport.date
    yield "tools", ", ".join(f"{name} {version}" for name, version in passport.tools.items())
    yield "checks", ", ".join((*passport.checks, *(["same text"] if verdict.proved else [])))
    yield "counts", f"{passport.words} words, {passport.notes} notes"
    yield "links", _links(passport.links)
    yield "content", "unchanged since it was bound" if verdict.sealed and verdict.sealed.whole else "CHANGED since it was bound"


def _links(links: Links) -> str:
    asked = f"{links.answered} of them answered, asked on {links.asked} or later" if links.asked else "none of them asked"
    return f"{links.inside} inside the book; {links.outside} to the web" + (f", {asked}" if links.outside else "")


def as_json(verdicts: Sequence[Verdict]) -> str:
    """The verdicts for machines."""
    return json.dumps([_row(verdict) for verdict in verdicts], indent=1)


def _row(verdict: Verdict) -> dict[str, Any]:
    sealed = verdict.sealed
    return {
        "file": verdict.file,
        "unchanged": sealed is not None and sealed.whole,
        "sources_here": verdict.here,
        "same_text": verdict.proved,
        "passport": asdict(sealed.passport) if sealed else None,
        "problems": [{"check": problem.check, "message": problem.message} for problem in verdict.problems],
    }
