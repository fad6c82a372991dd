"""The publisher's card, ``book.toml``: what the book is called, what it is made of, and in which editions it comes out."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from stdnum import isbn as isbn_numbers
from stdnum.exceptions import ValidationError as NumberError

from bindery.problem import At, Faulty, Problem, nearest

NAME = "book.toml"

Format = Literal["print", "epub"]

# What the PDF of a print edition keeps to: plain PDF, with links and bookmarks; or PDF/X for the press (ISO 15930-7, ISO 15930-4).
Standard = Literal["pdf", "pdf/x-4", "pdf/x-1a"]

# Pages that the press itself makes, by the name under which front or back matter lists them; each has a template of its name.
GENERATED = (
    "half-title",
    "title-page",
    "copyright",
    "contents",
    "list-of-tables",
    "list-of-figures",
    "bibliography",
    "index",
    "colophon",
    "accessibility",
)

# What a chapter can be: the EPUB structural semantics (EPUB SSV 1.1), of which each has a DPUB-ARIA role, or none on purpose.
KINDS = (
    "chapter",
    "preface",
    "foreword",
    "introduction",
    "prologue",
    "dedication",
    "epigraph",
    "acknowledgments",
    "epilogue",
    "afterword",
    "conclusion",
    "appendix",
    "glossary",
    "errata",
)


def _isbn(value: str) -> str:
    try:
        number = isbn_numbers.validate(value)
    except NumberError:
        raise ValueError(f"'{value}' is not an ISBN: its check digit or length is wrong") from None
    if len(number) != 13:
        raise ValueError(f"'{value}' has ten digits; expected an ISBN of 13")
    return str(number)


def _length(value: str) -> str:
    if not re.fullmatch(r"\d+(\.\d+)?(in|mm|cm|pt)", value):
        raise ValueError(f"'{value}' is not a length; expected a number and in, mm, cm or pt")
    return value


Isbn = Annotated[str, BeforeValidator(_isbn)]
Length = Annotated[str, BeforeValidator(_length)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, validate_default=True)


class Edition(_Table):
    """One form in which the book comes out. States only what differs from the edition it inherits.

    ``pages`` names the print edition whose page numbers an EPUB carries: the first, if it is left out; ``none`` for none.
    """

    format: Format
    inherits: str = ""
    trim: tuple[Length, Length] = ("6in", "9in")
    styles: tuple[str, ...] = ()
    isbn: Isbn | None = None
    label: str = ""
    pages: str = ""
    standard: Standard = "pdf"
    profile: str = "fogra39"
    bleed: Length = "0mm"
    marks: bool = False
    multiple: Annotated[int, Field(ge=1, le=64)] = 1


class Listed(_Table):
    """An entry of front matter, of a part, or of back matter: a chapter's file, or a page that the press makes."""

    file: str = ""
    page: str = ""
    kind: str = ""


class PartCard(_Table):
    title: str
    chapters: tuple[Annotated[Listed, BeforeValidator(lambda value: _listed(value))], ...]


def _listed(value: object) -> object:
    if isinstance(value, dict):
        return Listed(**{"kind": _kind_of(str(value.get("file", ""))), **value})
    if not isinstance(value, str):
        return value
    if value.endswith(".md"):
        return Listed(file=value, kind=_kind_of(value))
    if value not in GENERATED:
        raise ValueError(
            f"'{value}' is neither a chapter (a name ending in .md) nor a page the press makes{nearest(value, GENERATED)}"
        )
    return Listed(page=value)


def _kind_of(file: str) -> str:
    """A file named for what it is need not say it: ``preface.md`` is a preface."""
    stem = re.sub(r"^[\d_-]+", "", Path(file).stem)
    return stem if stem in KINDS else "chapter"


Entry = Annotated[Listed, BeforeValidator(_listed)]


class Citations(_Table):
    """How sources are cited: ``style`` names a CSL style (citationstyles.org), ``references`` a CSL-JSON file below the manuscript."""

    style: str = "chicago-shortened-notes-bibliography"
    references: str = "references.json"


class Prose(_Table):
    """The prose gate: spelling, punctuation, consistency. ``off`` names checks that the book can do without."""

    off: tuple[str, ...] = ()


class Looks(_Table):
    """How pages have to look. ``strict``: a runt, a widow and the like stop the build; else the press only warns of them."""

    strict: bool = False


class Assessed(_Table):
    """What a person has found of the accessibility of the e-book: ``certifier`` says who, ``report`` where it can be read (an address),
    ``credential`` by what right. ``wcag`` and ``level`` name the standard that it is certified to keep.

    ``missing_alt`` says what a picture without an alternative text does: it stops the build, or the build warns of it, and the e-book
    claims no alternative texts.
    """

    certifier: str = ""
    report: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    credential: str = ""
    wcag: Literal["2.0", "2.1", "2.2"] = "2.2"
    level: Literal["A", "AA", "AAA"] = "AA"
    missing_alt: Literal["stop", "warn"] = "stop"


class Card(_Table):
    """All of ``book.toml``, valid."""

    title: str = Field(min_length=1)
    authors: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)
    language: str = Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    subtitle: str = ""
    publisher: str = ""
    place: str = ""
    rights: str = ""
    licence: str = ""
    licence_url: str = ""
    description: str = ""
    subjects: tuple[str, ...] = ()
    published: datetime.date | None = None
    edition: str = ""
    website: str = ""
    cover: str = ""
    number_sections: bool = False
    number_chapters: bool = True
    citations: Citations = Citations()
    prose: Prose | None = None
    layout: Looks = Looks()
    accessibility: Assessed = Assessed()
    variables: dict[str, str] = {}
    front: tuple[Entry, ...] = ("half-title", "title-page", "copyright", "contents")  # type: ignore[assignment]
    parts: tuple[PartCard, ...] = ()
    chapters: tuple[Entry, ...] = ()
    back: tuple[Entry, ...] = ()
    editions: dict[str, Edition] = {}

    @property
    def author(self) -> str:
        """The authors as one line: "A", "A and B", "A, B and C"."""
        *others, last = self.authors
        return f"{', '.join(others)} and {last}" if others else last

    def print_edition_of(self, name: str) -> str:
        """The print edition whose page numbers an EPUB edition carries; empty when it carries none."""
        asked = self.editions[name].pages
        first = next((other for other, edition in self.editions.items() if edition.format == "print"), "")
        return "" if asked == "none" else asked or first

    def listed(self) -> Iterator[Listed]:
        """Every entry of the book, in reading order."""
        yield from self.front
        for part in self.parts:
            yield from part.chapters
        yield from self.chapters
        yield from self.back


DEFAULT_EDITIONS: dict[str, dict[str, Any]] = {"print": {"format": "print"}, "ebook": {"format": "epub"}}


@dataclass(frozen=True)
class Located:
    """The card and the lines of its keys, for problems found later."""

    card: Card
    lines: tuple[str, ...]

    def at(self, word: str) -> At:
        """Where a word of the card stands first: a chapter's file, an edition's name."""
        line = next((n for n, text in enumerate(self.lines, 1) if word in text), 0)
        return At(NAME, line)


def read_card(book: Path) -> Located:
    """The card of the book in a folder. Raises :class:`Faulty` with every wrong key and value at once, each at its line."""
    try:
        text = (book / NAME).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Faulty([Problem(At(NAME), f"cannot be read: {error.strerror}", "card")]) from None
    except UnicodeDecodeError as error:
        raise Faulty([Problem(At(NAME), f"is not UTF-8 at byte {error.start}", "encoding")]) from None
    lines = tuple(text.splitlines())
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise Faulty(
            [Problem(At(NAME, int(line[1]) if line else len(lines)), f"not well-formed TOML: {error}", "card")]
        ) from None
    problems = list(_inherit(data, lines))
    if problems:
        raise Faulty(problems)
    try:
        card = Card.model_validate(_tuples(data))
    except ValidationError as error:
        raise Faulty(_problems(error, lines)) from None
    problems = list(_check(card, lines))
    if problems:
        raise Faulty(problems)
    return Located(card, lines)


def _tuples(value: Any) -> Any:
    """TOML's arrays as tuples, which strict validation of frozen models asks for."""
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return value


def _inherit(data: dict[str, Any], lines: tuple[str, ...]) -> Iterator[Problem]:
    """Complete every edition from the one it inherits, in place."""
    editions = data.setdefault("editions", {name: dict(values) for name, values in DEFAULT_EDITIONS.items()})
    if not isinstance(editions, dict):
        return
    done: dict[str, dict[str, Any]] = {}

    def complete(name: str, above: tuple[str, ...]) -> dict[str, Any]:
        if name in done:
            return done[name]
        own = editions[name]
        parent = own.get("inherits") if isinstance(own, dict) else None
        if parent is None:
            return done.setdefault(name, own)
        if parent not in editions or parent in (*above, name):
            reason = (
                "inherits itself"
                if parent in editions
                else f"inherits '{parent}', which is no edition{nearest(str(parent), editions)}"
            )
            raise Faulty([Problem(At(NAME, _line(("editions", name, "inherits"), lines)), f"edition '{name}' {reason}", "card")])
        # An ISBN belongs to one edition alone, and is never inherited.
        inherited = {key: value for key, value in complete(parent, (*above, name)).items() if key not in ("isbn", "label")}
        return done.setdefault(name, {**inherited, **own})

    for name in editions:
        try:
            complete(name, ())
        except Faulty as fault:
            yield from fault.problems
    data["editions"] = {name: done.get(name, editions[name]) for name in editions}


def _problems(error: ValidationError, lines: tuple[str, ...]) -> list[Problem]:
    problems = []
    for found in error.errors(include_url=False):
        place = tuple(part for part in found["loc"] if not str(part).startswith("function-"))
        at = At(NAME, _line(place, lines))
        if found["type"] == "extra_forbidden":
            key, known = str(place[-1]), _known_keys(place[:-1])
            message = f"there is no key '{key}'{nearest(key, known) or '; known here: ' + ', '.join(sorted(known))}"
            problems.append(Problem(at, message, "unknown-key"))
        elif found["type"] == "missing":
            problems.append(Problem(at, f"the key '{place[-1]}' is missing", "missing-key"))
        else:
            message = found["msg"].removeprefix("Value error, ")
            problems.append(Problem(at, f"{'.'.join(map(str, place))}: {message[0].lower() + message[1:]}", "bad-value"))
    return problems


_TABLES: dict[str, type[BaseModel]] = {
    "editions": Edition,
    "parts": PartCard,
    "citations": Citations,
    "prose": Prose,
    "layout": Looks,
    "accessibility": Assessed,
    "front": Listed,
    "back": Listed,
    "chapters": Listed,
}


def _known_keys(place: tuple[Any, ...]) -> set[str]:
    kind: type[BaseModel] = Card
    for part in place:
        if isinstance(part, str):
            kind = _TABLES.get(part, kind)
    return set(kind.model_fields)


def _line(place: tuple[Any, ...], lines: tuple[str, ...]) -> int:
    """The line of a key: tomllib tells none, so the last name of the place is looked for below the table that it belongs to."""
    names = [str(part) for part in place if isinstance(part, str)]
    wanted, first = (names or [""])[-1], 0
    if len(names) > 1:
        header = re.compile(rf"^\s*\[+\s*{re.escape(names[0])}\b.*{re.escape(names[-2]) if len(names) > 2 else ''}")
        occurrence = next((part for part in place if isinstance(part, int)), 0)
        headers = [index for index, line in enumerate(lines) if header.match(line)]
        first = headers[min(occurrence, len(headers) - 1)] if headers else 0
    for index in range(first, len(lines)):
        if re.match(
            rf"^\s*(\"?{re.escape(wanted)}\"?\s*=|\[+.*\b{re.escape(wanted)}\"?\s*\]+)|^.*[{{,]\s*{re.escape(wanted)}\s*=",
            lines[index],
        ):
            return index + 1
    return first + 1 if lines else 0


def _check(card: Card, lines: tuple[str, ...]) -> Iterator[Problem]:
    """What the types alone cannot say."""
    seen: set[str] = set()
    for entry in card.listed():
        name = entry.file or entry.page
        at = At(NAME, next((n for n, line in enumerate(lines, 1) if f'"{name}"' in line), 0))
        if not entry.file and not entry.page:
            yield Problem(at, "an entry needs the key 'file'", "missing-key")
        if name in seen:
            yield Problem(at, f"'{name}' is listed twice", "listed-twice")
        seen.add(name)
        if entry.file and entry.kind not in KINDS:
            yield Problem(at, f"there is no kind '{entry.kind}'{nearest(entry.kind, KINDS)}", "bad-value")
    if not any(entry.file for part in card.parts for entry in part.chapters) and not any(entry.file for entry in card.chapters):
        yield Problem(At(NAME, 0), "the book has no chapters; list them under 'chapters' or in [[parts]]", "missing-key")
    if not card.editions:
        yield Problem(At(NAME, _line(("editions",), lines)), "the book has no editions", "missing-key")
    assessed = card.accessibility
    for key in ("report", "credential"):
        if getattr(assessed, key) and not assessed.certifier:
            at = At(NAME, _line(("accessibility", key), lines))
            yield Problem(at, f"'{key}' without a certifier; expected the key 'certifier', which says whose it is", "missing-key")
    isbns: dict[str, str] = {}
    for name, edition in card.editions.items():
        at = At(NAME, _line(("editions", name), lines))
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
            yield Problem(at, f"edition '{name}': expected a name of small letters, digits and hyphens", "bad-value")
        if edition.isbn and edition.isbn in isbns:
            yield Problem(at, f"ISBN {edition.isbn} is also that of edition '{isbns[edition.isbn]}'", "bad-value")
        if edition.isbn:
            isbns[edition.isbn] = name
        printed = [other for other, one in card.editions.items() if one.format == "print"]
        if edition.pages and edition.pages not in (*printed, "none"):
            here = At(NAME, _line(("editions", name, "pages"), lines))
            message = f"edition '{name}': there is no print edition '{edition.pages}'{nearest(edition.pages, (*printed, 'none'))}"
            yield Problem(here, message, "bad-value")
