"""The same-text proof: the finished PDF and the finished EPUB say what the manuscript says, word for word, and here is the certificate.

docs/same-text.md tells what is compared, and what may differ.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
from lxml import etree
from stdnum import isbn

from bindery.edition.fair_copy import FairCopy
from bindery.edition.sources import list_digest, sources
from bindery.finished.read_back import ReadBack, read_epub, read_pdf
from bindery.finished.wording import Difference, Wording, compare, visible
from bindery.finished.words_of import MADE, UNTITLED, Words, words_of
from bindery.foundry.typography import long_date
from bindery.manuscript.book import Book
from bindery.manuscript.card import NAME as CARD
from bindery.nodes import Math, Only, find, plain, walk
from bindery.printing.forme import excerpt
from bindery.printing.page_map import PageMap
from bindery.printing.print_edition import job
from bindery.problem import At, Faulty, Problem

NAME = "same-text.json"
SCHEMA = "bindery-same-text-1"
CHECK = "same-text"


@dataclass(frozen=True)
class Pair:
    """A print edition, and an EPUB edition that carries its pages; the files in which they are bound, and the page map of the first."""

    print_copy: FairCopy
    epub_copy: FairCopy
    pdf: Path
    page_map: Path
    epub: Path


def prove(book: Book, pairs: Sequence[Pair], version: str, say: Callable[[str], None]) -> str:
    """The certificate that the editions of each pair say the same. Raises :class:`Faulty` with every word in which they do not, and with each file
    that is not there or was made from another state of the book. ``version`` is that of the press."""
    problems: list[Problem] = []
    if not pairs:
        message = "no EPUB edition carries the pages of a print edition; expected two editions to compare"
        problems.append(Problem(At(CARD), message, CHECK))
    proofs: list[dict[str, Any]] = []
    for pair in pairs:
        say(f"Comparing the editions “{pair.print_copy.name}” and “{pair.epub_copy.name}”")
        try:
            proof = _read(pair)
        except Faulty as fault:
            problems.extend(fault.problems)
        else:
            proofs.append(proof.certificate())
            problems.extend(proof.problems())
    if problems:
        raise Faulty(problems)
    certificate = {
        "schema": SCHEMA,
        "title": book.card.title,
        "source": list_digest(sources(book.root)),
        "proofs": proofs,
        "tools": _tools(version),
    }
    return json.dumps(certificate, ensure_ascii=False, indent=1) + "\n"


# --- reading -----------------------------------------------------------------------------------------------------------------


@dataclass
class _Edition:
    """An edition: what it is to say, and what its finished file says. ``where`` puts a place in the file into words."""

    copy: FairCopy
    file: Path
    data: bytes
    wanted: Words
    found: ReadBack
    where: Callable[[Any], str]
    folded: Counter[str] = field(default_factory=Counter)

    def differences(self) -> Iterator[Problem]:
        yield from self.found.problems
        for wanted, found in ((self.wanted.text, self.found.text), (self.wanted.notes, self.found.notes)):
            compared = compare(wanted, found, capitals=self.copy.edition.format == "print")
            self.folded += compared.folded
            for one in compared.differences:
                yield Problem(wanted.at(one.wanted[0]), _told(wanted, found, one, self.where), CHECK)

    def certificate(self) -> dict[str, Any]:
        made = Counter({f"page {kind}": wording.count for kind, wording in self.found.made.items()})
        return {
            "edition": self.copy.name,
            "file": self.file.name,
            "sha256": _sha256(self.data),
            "words": {"text": self.wanted.text.count, "notes": self.wanted.notes.count},
            "of_the_press": dict(sorted(self.wanted.added.items())),
            "exceptions": dict(sorted((self.wanted.left_out + self.found.added + self.folded + made).items())),
        }


def _read(pair: Pair) -> _Proof:
    """Both editions of a pair, read back. Raises :class:`Faulty` for a file that is not there, is another, or cannot be opened."""
    pdf, kept, epub = _bytes_of({pair.pdf: "pdf", pair.page_map: "pdf", pair.epub: "epub"})
    pages = _page_map(pair, kept)
    folios = pages.anchors

    def page(number: int) -> str:
        return f"page {pages.label(number) or '–'} ({number} of {pair.pdf.name})"

    printed = _Edition(
        pair.print_copy,
        pair.pdf,
        pdf,
        words_of(pair.print_copy, "print", folios),
        read_pdf(pdf, str(pair.pdf), pages, dict(_made_pages(pair.print_copy, pages))),
        page,
    )
    bound = _Edition(
        pair.epub_copy,
        pair.epub,
        epub,
        words_of(pair.epub_copy, "epub", folios),
        read_epub(epub, str(pair.epub), _made_documents(pair.epub_copy)),
        lambda path: f"{path} of {pair.epub.name}",
    )
    return _Proof(printed, bound, pages, _sha256(kept))


def _bytes_of(files: dict[Path, str]) -> list[bytes]:
    """The contents of files, each with the command that makes it."""
    found: list[bytes] = []
    problems: list[Problem] = []
    for path, target in files.items():
        try:
            found.append(path.read_bytes())
        except OSError as error:
            message = f"cannot be read: {error.strerror}; expected the finished file, which `make {target}` makes"
            problems.append(Problem(At(str(path)), message, "not-made"))
    if problems:
        raise Faulty(problems)
    return found


def _page_map(pair: Pair, kept: bytes) -> PageMap:
    """The page map of the book as it is now."""
    try:
        pages = PageMap.from_json(kept.decode("utf-8"))
    except ValueError as error:
        message = f"{error}; expected that of the book as it is now: `make pdf epub` makes both editions anew"
        raise Faulty([Problem(At(str(pair.page_map)), message, "stale")]) from None
    if pages.made_from != job(pair.print_copy).digest():
        message = (
            "was made from another state of the book; expected the book as it is now: `make pdf epub` makes both editions anew"
        )
        raise Faulty([Problem(At(str(pair.pdf)), message, "stale")])
    return pages


def _made_pages(copy: FairCopy, pages: PageMap) -> Iterator[tuple[int, str]]:
    """The pages of the PDF on which the press's own sections stand, and the kind of each."""
    numbers = {leaf.label: leaf.number for leaf in pages.pages}
    first = {numbers[pages.anchors[s.id]]: s.kind for s in copy.sections if pages.anchors.get(s.id) in numbers}
    kind = ""
    for leaf in pages.pages:
        kind = first.get(leaf.number, kind)
        if kind in MADE:
            yield leaf.number, kind


def _made_documents(copy: FairCopy) -> dict[str, str]:
    made = {section.id: section.kind for section in copy.sections if section.kind in MADE}
    return {**made, "cover": "cover", "nav": "contents"}


# --- comparing ---------------------------------------------------------------------------------------------------------------


@dataclass
class _Proof:
    """A pair of editions, ready to be compared with the manuscript and with each other."""

    printed: _Edition
    bound: _Edition
    pages: PageMap
    map_sha256: str

    def problems(self) -> list[Problem]:
        return [
            *self._of_each,
            *self._of_the_manuscript(),
            *self._of_the_title(),
            *self._of_the_imprint(),
            *self._of_the_contents(),
        ]

    def certificate(self) -> dict[str, Any]:
        _ = self._of_each  # what was folded is counted on the way
        printed = self.printed.certificate()
        printed["pages"] = len(self.pages.pages)
        printed["page_map"] = {"sha256": self.map_sha256, "made_from": self.pages.made_from}
        own = {copy.name: _own_words(copy) for copy in (self.printed.copy, self.bound.copy)}
        return {"print": printed, "epub": self.bound.certificate(), "for_one_edition": own}

    @cached_property
    def _of_each(self) -> list[Problem]:
        return [*self.printed.differences(), *self.bound.differences()]

    def _of_the_manuscript(self) -> Iterator[Problem]:
        """The two fair copies have the same words in text and notes, but on the lines where the author asked for what is for one edition."""
        ours, theirs = self.printed.copy, self.bound.copy
        asked = {node.at for one in _only(ours) for node in walk(one)}
        one, other = words_of(ours, but=asked), words_of(theirs, but=asked)
        for a, b in ((one.text, other.text), (one.notes, other.notes)):
            for difference in compare(a, b).differences:
                for copy, wording, (start, stop) in ((ours, a, difference.wanted), (theirs, b, difference.found)):
                    if start < stop:
                        said = excerpt(wording.words(start, stop), 80)
                        message = (
                            f"{said} is in the edition “{copy.name}” alone, or elsewhere in it; expected the same words in both"
                        )
                        yield Problem(wording.at(start), message, CHECK)

    def _of_the_title(self) -> Iterator[Problem]:
        """The title pages say the same."""
        one, other = (edition.found.made.get("title-page") or Wording(0) for edition in (self.bound, self.printed))
        for difference in compare(one, other, capitals=True).differences:
            message = f"the title page: {_told(one, other, difference, self.printed.where)}, as in {self.bound.file.name}"
            yield Problem(At(CARD), message, CHECK)

    def _of_the_imprint(self) -> Iterator[Problem]:
        """Each edition words its imprint in its own way, but what the one tells of the card, the other tells too."""
        printed, bound = (edition.found.made.get("copyright") for edition in (self.printed, self.bound))
        if printed is None or bound is None:
            return
        for fact in filter(None, _facts(self.printed.copy)):
            one, other = (visible(fact).casefold() in wording.letters.casefold() for wording in (printed, bound))
            if one != other:
                lacks = (self.bound if one else self.printed).copy.name
                at = self.printed.copy.book.located.at(fact)
                yield Problem(
                    at, f"the imprint of the edition “{lacks}” lacks “{fact}”, which the other has; expected it in both", CHECK
                )

    def _of_the_contents(self) -> Iterator[Problem]:
        """The half title says the title of the book; the contents of either edition name every part and chapter, in order."""
        for edition in (self.printed, self.bound):
            book = edition.copy.book
            half = edition.found.made.get("half-title")
            if half is not None and visible(book.card.title).casefold() not in half.letters.casefold():
                said = excerpt(half.words(0, len(half.letters)), 80)
                yield Problem(At(CARD), f"the half title in {edition.file.name} says {said}; expected “{book.card.title}”", CHECK)
            contents = edition.found.made.get("contents")
            if contents is None:
                continue
            said, place = contents.letters.casefold(), 0
            for section in edition.copy.sections:
                listed = section.kind == "part" or (section.at.path.endswith(".md") and section.kind not in UNTITLED)
                name = visible(section.name).casefold()
                if not listed or any(find(section.title, Math)):
                    continue
                if (found := said.find(name, place)) < 0:
                    message = f"the contents of {edition.file.name} lack “{section.name}” where the book has it"
                    yield Problem(section.at, message, CHECK)
                else:
                    place = found + len(name)


def _told(wanted: Wording[Any], found: Wording[Any], difference: Difference, where: Callable[[Any], str]) -> str:
    """A difference in words: where in the finished file it is, what stands there, and what should."""
    (start, stop), (found_start, found_stop) = difference.wanted, difference.found
    due, said = (excerpt(wording.words(*span), 80) for wording, span in ((wanted, difference.wanted), (found, difference.found)))
    place = where(found.at(found_start))
    if found_start == found_stop and found_start and (before := where(found.at(found_start - 1))) != place:
        place = f"{before}, or {place},"
    after = wanted.words(max(0, start - 40), start).split()[-4:]
    context = f" after “{' '.join(after)}”" if after else ""
    if found_start == found_stop:
        return f"{place} lacks {due}{context}"
    if start == stop:
        return f"{place} says {said}{context}; expected nothing there"
    return f"{place} says {said}{context}; expected {due}"


def _only(copy: FairCopy) -> Iterator[Only]:
    """What the author has written for one edition, or one format."""
    return (one for chapter in copy.book.chapters.values() for one in find(chapter.blocks, Only))


def _own_words(copy: FairCopy) -> int:
    """How many words an edition has for itself."""
    own = (one for one in _only(copy) if one.edition in (copy.name, copy.edition.format))
    return sum(len(plain(one).split()) for one in own)


def _facts(copy: FairCopy) -> Iterator[str]:
    """What an imprint may tell of the card."""
    card = copy.book.card
    yield from (card.title, card.rights, card.licence, card.publisher, card.place, card.edition)
    yield long_date(str(card.published), card.language) if card.published else ""
    yield from (isbn.format(edition.isbn) for edition in card.editions.values() if edition.isbn)


# --- the certificate ---------------------------------------------------------------------------------------------------------


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _tools(version: str) -> dict[str, str]:
    """What read the files. What made them is in the digest of the page map."""
    return {
        "bindery": version,
        "pypdfium2": str(pypdfium2.PYPDFIUM_INFO),
        "pdfium": str(pypdfium2.PDFIUM_INFO),
        "lxml": ".".join(map(str, etree.LXML_VERSION)),
    }
