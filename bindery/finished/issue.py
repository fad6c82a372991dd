"""Issuing a passport: what there is to say of an edition that is about to be bound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from urllib.parse import urldefrag

from bindery.edition.fair_copy import FairCopy
from bindery.edition.passport import Links, Passport
from bindery.edition.sources import Origin
from bindery.epub.epub_edition import identifier
from bindery.finished.words_of import words_of
from bindery.manuscript import pandoc
from bindery.nodes import Link, Note, Reference, Term, find, walk
from bindery.printing import engine
from bindery.proof import link_check
from bindery.proof.prose import is_on

# The gates besides proofreading that a file has to pass before it is put in place (bindery/printing/typeset.py and page_map.py, bindery/press.py).
GATES = {
    "print": ("footnote ledger", "layout audit", "typefaces", "folios", "page map", "inspection"),
    "epub": ("inspection",),
}


def issue(copy: FairCopy, origin: Origin, date: datetime, version: str, addresses: Iterable[str]) -> Passport:
    """The passport of an edition, without the digest of its content.

    ``version`` is that of the press, ``addresses`` are all on the web that a reader of the edition can follow. Raises :class:`Faulty` when the
    answers of the link check cannot be read.
    """
    card, words = copy.book.card, words_of(copy)
    return Passport(
        title=card.title,
        authors=card.authors,
        statement=card.edition,
        release=origin.release,
        edition=copy.name,
        format=copy.edition.format,
        identifier=identifier(copy),
        date=date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        commit=origin.commit,
        clean=origin.clean,
        source=origin.source,
        tools={
            "bindery": version,
            "WeasyPrint": engine.VERSION,
            "pandoc": pandoc.version(),
            "Pango": _dotted(engine.pango()),
        },
        checks=tuple(_checks(copy)),
        words=words.text.count + words.notes.count,
        notes=sum(1 for section in copy.sections for _ in find((*section.title, *section.blocks), Note)),
        links=_links(copy, addresses),
    )


def _dotted(number: str) -> str:
    """A version that is one number, as Pango counts: "15012" is 1.50.12."""
    return f"{int(number) // 10000}.{int(number) // 100 % 100}.{int(number) % 100}"


def _checks(copy: FairCopy) -> Iterator[str]:
    """The gates that every file of this edition has passed when it is put in place."""
    yield "proofreading"
    if is_on(copy.book):
        off = copy.book.card.prose.off if copy.book.card.prose else ()
        yield f"prose, but for {', '.join(off)}" if off else "prose"
    yield from GATES[copy.edition.format]


def _links(copy: FairCopy, addresses: Iterable[str]) -> Links:
    """The links in text and notes; one into a page on the web is one to that page, as the link check counts."""
    nodes = walk(node for section in copy.sections for node in (*section.title, *section.blocks))
    inside = sum(isinstance(node, Reference | Term) or (isinstance(node, Link) and node.target.startswith("#")) for node in nodes)
    known = link_check.read_answers(copy.book.root / link_check.NAME)
    outside = {urldefrag(address).url for address in addresses}
    good = [known[url] for url in outside if url in known and known[url].verdict in ("ok", "moved")]
    return Links(inside, len(outside), len(good), min((answer.date for answer in good), default=""))
