"""The press at work: the commands, from the book's folder to the files in place."""

from __future__ import annotations

import datetime
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.status import Status

from bindery.bind import edition_date, file_name, publish, publish_folder
from bindery.edition.accessibility import accessibility_of
from bindery.edition.fair_copy import FairCopy, make_fair_copy
from bindery.edition.passport import Passport
from bindery.edition.sources import origin_of
from bindery.epub.align import pages_of
from bindery.epub.epub_edition import bind_epub, stylesheets
from bindery.finished.changed_pages import changed_pages
from bindery.finished.collation import collate
from bindery.finished.errata import as_chapter, as_page
from bindery.finished.inspect_epub import inspect_epub
from bindery.finished.inspect_pdf import inspect_pdf
from bindery.finished.issue import issue
from bindery.finished.prove import NAME as CERTIFICATE
from bindery.finished.prove import Pair
from bindery.finished.prove import prove as prove_pairs
from bindery.finished.seal import sealed
from bindery.manuscript.book import HOUSE, Book, read_book
from bindery.manuscript.card import NAME
from bindery.nodes import Link, find
from bindery.printing.page_map import PageMap
from bindery.printing.print_edition import bind_pdf, job, typeset
from bindery.printing.typeset import Layout
from bindery.problem import At, Faulty, Problem
from bindery.proof import link_check
from bindery.proof.fact_check import Claim, claims_of, fact_problems
from bindery.proof.link_check import check_links
from bindery.proof.proofread import proofread
from bindery.web.inspect_site import inspect_site
from bindery.web.site import Download, WebPages, make_site

ENDINGS = {"print": "pdf", "epub": "epub"}
SITE = "site"


def version() -> str:
    """The version of the press, as pyproject.toml states it."""
    return str(tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]["version"])


class Say:
    """Tells what goes on, on a terminal; is silent elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream)
        self._status: Status | None = None

    def __call__(self, what: str) -> None:
        if not self._console.is_terminal:
            return
        if self._status is None:
            self._status = self._console.status(what)
            self._status.start()
        self._status.update(what)

    def tell(self, what: str) -> None:
        """A line that stays, for a person at a terminal."""
        self.done()
        if self._console.is_terminal:
            self._console.print(what, highlight=False, markup=False)

    def warn(self, what: str) -> None:
        """A line that is said everywhere."""
        self.done()
        self._console.print(f"warning: {what}", highlight=False, markup=False, soft_wrap=True)

    def done(self) -> None:
        if self._status:
            self._status.stop()
            self._status = None


@dataclass(frozen=True)
class Desk:
    """The book in the folder ``root`` on its way through the press: what several commands need of it, each thing made when it is first asked for, and
    once. What it is asked for raises :class:`Faulty` when the book has a fault there."""

    root: Path
    say: Say

    @cached_property
    def book(self) -> Book:
        self.say("Reading the manuscript")
        return read_book(self.root)

    @cached_property
    def copies(self) -> Mapping[str, FairCopy]:
        """The book proofread and made ready for each of its editions, without a problem in any of them; else raises them all."""
        self.say("Proofreading")
        problems = set(proofread(self.book))
        copies = {name: make_fair_copy(self.book, name) for name in self.book.card.editions}
        problems.update(problem for copy in copies.values() for problem in copy.problems)
        if problems:
            raise Faulty(problems)
        return copies

    @cached_property
    def date(self) -> datetime.datetime:
        return edition_date(self.book.root, self.book.card)

    @cached_property
    def passports(self) -> Mapping[str, Passport]:
        """The passport of each edition."""
        origin = origin_of(self.book.root)
        return {name: issue(copy, origin, self.date, version(), external_links([copy])) for name, copy in self.copies.items()}


def bound_name(copy: FairCopy) -> str:
    """The name of the file that an edition is bound as."""
    return file_name(copy.book.card, copy.name, ENDINGS[copy.edition.format])


def make(desk: Desk, file_format: str, names: Sequence[str], out: Path, *, foreign: Path | None = None) -> Iterator[Path]:
    """Make the editions of one format, those named or all; yields each path when its file is in place, and beside it the page map.

    ``foreign`` is a PDF of another program from which the EPUB editions take their page numbers.

    The whole book is proofread first, and nothing is made while it has a problem.
    """
    say = desk.say
    for name in _chosen(desk.book, file_format, names):
        copy, passport = desk.copies[name], desk.passports[name]
        say(f"Making the edition “{name}”")
        path = out / bound_name(copy)
        if file_format == "print":
            printed = bind_pdf(copy, desk.date, passport)
            data, pages = printed.pdf, [printed.pages]
            for remark in printed.remarks:
                say.warn(str(remark))
        else:
            pages = [] if foreign else list(_pages_for(name, desk, out))
            paged = next(iter(pages or _foreign_pages(foreign, copy, say)), None)
            data = bind_epub(copy, desk.date, paged, passport)
            for lack in accessibility_of(copy, list(stylesheets(copy))).lacking:
                say.warn(str(lack))
        data = sealed(data, passport)
        if found := _inspected(data, str(path), copy):
            raise Faulty(found)
        publish(path, data)
        for one in pages:
            publish(out / map_name(one.edition), one.to_json().encode())
        yield path


def web(desk: Desk, out: Path) -> Path:
    """Make the site, of the first EPUB edition, in ``out/site``; it hands out those finished editions that stand in ``out``. Returns its folder."""
    name = _chosen(desk.book, "epub", ())[0]
    copies = desk.copies
    printed = next(_pages_for(name, desk, out), None)
    desk.say("Making the site")
    errata_page = out / "errata.html"
    pages = WebPages(copies[name], folios=printed.anchors if printed else {})
    errata_bytes = errata_page.read_bytes() if errata_page.is_file() else b""
    files = make_site(pages, printed, desk.passports[name], list(_downloads(copies, out)), errata_bytes)
    if problems := inspect_site(files):
        raise Faulty(problems)
    with publish_folder(out / SITE) as folder:
        for path, data in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
    if printed:
        publish(out / map_name(printed.edition), printed.to_json().encode())
    return out / SITE


def _downloads(copies: Mapping[str, FairCopy], out: Path) -> Iterator[Download]:
    for name, copy in copies.items():
        path = out / bound_name(copy)
        if path.is_file():
            yield Download(path.name, path.read_bytes(), ENDINGS[copy.edition.format].upper(), name)


def map_name(edition: str) -> str:
    """The name of the file in which the page map of a print edition is kept."""
    return f"{edition}.pagemap.json"


def _pages_for(name: str, desk: Desk, out: Path) -> Iterator[PageMap]:
    """The page map of the print edition whose page numbers an EPUB edition carries, if it carries any.

    The map kept beside the PDF serves if it is that of the book as it is now; else the print edition is laid out for it. A print edition that
    cannot be printed as it is has no page numbers that could be relied on: then the EPUB goes without, and says so.
    """
    printed = desk.book.card.print_edition_of(name)
    if not printed:
        return
    if kept := _kept_map(out / map_name(printed), job(desk.copies[printed]).digest()):
        yield kept
        return
    desk.say(f"Laying out the edition “{printed}”, for its page numbers")
    layout, pages = typeset(desk.copies[printed], desk.passports[printed])
    if not layout.problems:
        yield pages
        return
    count = len(layout.problems)
    desk.say.warn(
        f"edition “{name}” carries no page numbers: “{printed}” cannot be printed as it is ({count} problem{'s' if count > 1 else ''}; "
        f"build.py pdf {printed} tells)"
    )


def _foreign_pages(pdf: Path | None, copy: FairCopy, say: Say) -> Iterator[PageMap]:
    """The page map of a PDF that another program made, if one is given; a page that is not found in the book is told of."""
    if pdf is None:
        return
    say(f"Looking for the pages of {pdf.name} in the book")
    pages, lost = pages_of(pdf.read_bytes(), pdf.name, copy)
    if lost:
        say.warn(
            f"{pdf}: {len(lost)} of {len(pages.pages)} pages were not found in the book, and are not listed: {', '.join(lost)}"
        )
    yield pages


def errata(desk: Desk, old_file: Path, new_file: Path | None, out: Path, *, proof: bool = False) -> Iterator[Path]:
    """Tell what has changed between two page maps; yields the paths of the lists, and of the proof of the changed pages if it is wanted.

    Without ``new_file`` the old printing is compared with the book as it is now. ``proof`` shows pages of the book as it is now, and of no other.
    """
    old, book = _read_map(old_file), desk.book
    layout, new = None, _read_map(new_file) if new_file else None
    if new is None:
        layout, new = _as_it_is(desk, old, old_file, out, laid_out=proof)
    if old.title != new.title:
        raise Faulty([Problem(At(str(old_file)), f"is the page map of “{old.title}”; expected one of “{new.title}”", "page-map")])
    desk.say("Comparing the two printings")
    collation = collate(old, new)
    files = {"errata.md": as_chapter(collation, book), "errata.html": as_page(collation, book)}
    if proof and layout and collation.changed_lines:
        files["changed-pages.pdf"] = changed_pages(layout, collation, created=desk.date)
    for name, data in files.items():
        publish(out / name, data)
        yield out / name
    if not collation.changes:
        desk.say.tell("No word has changed.")


def _as_it_is(desk: Desk, old: PageMap, old_file: Path, out: Path, *, laid_out: bool) -> tuple[Layout | None, PageMap]:
    """The page map of the book as it is now, in the edition of an old map: the one kept, if the pages themselves are not needed."""
    name = old.edition
    prints = [other for other, edition in desk.book.card.editions.items() if edition.format == "print"]
    if name not in prints:
        message = f"is the page map of the edition '{name}'; expected one of a print edition: {', '.join(prints) or 'none'}"
        raise Faulty([Problem(At(str(old_file)), message, "edition")])
    copy = desk.copies[name]
    if not laid_out and (kept := _kept_map(out / map_name(name), job(copy).digest())):
        return None, kept
    desk.say(f"Laying out the edition “{name}”")
    layout, pages = typeset(copy)
    if layout.problems:
        raise Faulty(layout.problems)
    return layout, pages


def _read_map(path: Path) -> PageMap:
    """A page map that was kept. What is none is a problem."""
    try:
        return PageMap.from_json(path.read_text("utf-8"))
    except OSError as error:
        raise Faulty([Problem(At(str(path)), f"cannot be read: {error.strerror}", "page-map")]) from None
    except ValueError as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 0
        message = f"{error}; expected a page map that the press has made (docs/page-map.md)"
        raise Faulty([Problem(At(str(path), line), message, "page-map")]) from None


def prove(desk: Desk, out: Path) -> Path:
    """Prove that the finished files in a folder say what the manuscript says, each print edition with each EPUB edition that carries its pages;
    returns the path of the certificate.

    Raises :class:`Faulty` with every word that differs. Then no certificate is left there: an older one would tell of other files.
    """
    certificate = out / CERTIFICATE
    try:
        text = prove_pairs(desk.book, list(_pairs(desk.copies, out)), version(), desk.say)
    except Faulty:
        certificate.unlink(missing_ok=True)
        raise
    publish(certificate, text.encode())
    return certificate


def _pairs(copies: Mapping[str, FairCopy], out: Path) -> Iterator[Pair]:
    for name, copy in copies.items():
        if copy.edition.format == "epub" and (printed := copy.book.card.print_edition_of(name)):
            pdf, epub = (out / bound_name(one) for one in (copies[printed], copy))
            yield Pair(copies[printed], copy, pdf, out / map_name(printed), epub)


def _kept_map(path: Path, digest: str) -> PageMap | None:
    try:
        kept = PageMap.from_json(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return kept if kept.made_from == digest else None


def _chosen(book: Book, file_format: str, names: Sequence[str]) -> list[str]:
    """The editions of a format that a command names, or all of that format."""
    editions = book.card.editions
    of_format = [name for name, edition in editions.items() if edition.format == file_format]
    problems = [
        Problem(
            At(NAME),
            f"there is no {file_format} edition '{name}'; there {'is' if len(of_format) == 1 else 'are'} {', '.join(of_format) or 'none'}",
            "edition",
        )
        for name in names
        if name not in of_format
    ]
    if not of_format:
        problems.append(Problem(At(NAME), f"the book has no {file_format} edition", "edition"))
    if problems:
        raise Faulty(problems)
    return list(names) or of_format


def check(desk: Desk, *, online: bool = False) -> None:
    """Proofread the book for every edition, and make nothing. Raises :class:`Faulty` with all that is wrong."""
    copies, say = desk.copies, desk.say
    if not online:
        say.tell("No problems.")
        return
    checked = check_links(
        external_links(copies.values()),
        desk.book.root / link_check.NAME,
        today=datetime.datetime.now(datetime.UTC).date(),
        progress=lambda done, total: say(f"Asking the links: {done} of {total}"),
    )
    for note in checked.notes:
        say.tell(str(note))
    say.tell(checked.summary)
    if checked.problems:
        raise Faulty(checked.problems)


def facts(desk: Desk, *, release: bool = False) -> tuple[tuple[Claim, ...], list[Problem]]:
    """Every number and quotation of the book, and what is wrong with its facts. Raises :class:`Faulty` if the ledger cannot be read."""
    book = desk.book
    if unread := [problem for problem in book.problems if problem.check == "fact"]:
        raise Faulty(unread)
    desk.say("Checking facts")
    claims = claims_of(book.without_errata)
    return claims, fact_problems(book, claims, release=release)


def external_links(copies: Iterable[FairCopy]) -> dict[str, list[At]]:
    """Every http and https address that a reader can follow, and where it stands; those of the bibliography at its file."""
    found: dict[str, list[At]] = {}
    for copy in copies:
        nodes = [node for section in copy.sections for node in (*section.title, *section.blocks)]
        nodes += [node for entry in copy.bibliography for node in entry.children]
        for link in find(nodes, Link):
            if link.target.startswith(("http:", "https:")) and link.at not in (places := found.setdefault(link.target, [])):
                places.append(link.at)
    return found


def inspect(desk: Desk, files: Sequence[Path]) -> None:
    """Check finished files: against the book's edition that they are, and against what every such file must keep.

    Raises :class:`Faulty` with all that is wrong with any of them. A file of another book is held to the general rules alone.
    """
    copies, say = _copies_by_file(desk), desk.say
    problems: list[Problem] = []
    for path in files:
        say(f"Inspecting {path.name}")
        data = path.read_bytes()
        problems.extend(_inspected(data, str(path), copies.get(path.name)))
    if problems:
        raise Faulty(problems)
    say.tell(f"{len(files)} file{'s' if len(files) != 1 else ''} inspected, nothing found.")


def _inspected(data: bytes, name: str, copy: FairCopy | None) -> list[Problem]:
    """What is wrong with a finished file, told by its content to be the one format or the other."""
    if data.startswith(b"PK"):
        return inspect_epub(data, name, copy)
    if b"%PDF-" in data[:1024]:
        return inspect_pdf(data, name, copy)
    return [Problem(At(name), "is neither an EPUB nor a PDF", "file-format")]


def _copies_by_file(desk: Desk) -> dict[str, FairCopy]:
    """The fair copy of each edition, by the name of the file that it is bound as; none when the manuscript has problems."""
    try:
        return {bound_name(copy): copy for copy in desk.copies.values()}
    except Faulty:
        return {}
