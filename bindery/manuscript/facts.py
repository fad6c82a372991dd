"""The fact ledger, ``manuscript/facts.toml``: what the book states, in which source it was read, and whether it was.

A fact has a key, by which a mark below a paragraph names it (:mod:`bindery.proof.marks`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from bindery.manuscript.files import FOLDER, Manuscript, read_text
from bindery.problem import At, Faulty, Problem, nearest

NAME = f"{FOLDER}/facts.toml"


class Fact(BaseModel):
    """A statement (``says``) or a quotation to the letter (``quote``), with the keys of the sources in which it was read.

    ``seen``: somebody has read it there. ``corrected``: so too, and what is usually said is wrong. ``unverified``: nobody has.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    says: str = ""
    quote: str = ""
    by: str = ""
    date: str = ""
    sources: tuple[str, ...] = ()
    status: Literal["seen", "corrected", "unverified"]
    note: str = ""

    @property
    def text(self) -> str:
        return self.quote or self.says


Facts = Mapping[str, Fact]


def read_facts(manuscript: Manuscript, sources: frozenset[str]) -> Facts | None:
    """The ledger of a book, by key; None for a book that keeps none. ``sources`` are the keys of the book's references.

    Raises :class:`Faulty` with everything that is wrong with it, each at its line.
    """
    path = manuscript.root / NAME
    if not path.is_file():
        return None
    lines = read_text(path, NAME)
    try:
        data = tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise Faulty(
            [Problem(At(NAME, int(line[1]) if line else len(lines)), f"not well-formed TOML: {error}", "fact")]
        ) from None
    facts: dict[str, Fact] = {}
    problems: list[Problem] = []
    for key, values in data.items():
        start = next(
            (n for n, line in enumerate(lines, 1) if re.match(rf"\s*\[{re.escape(key)}\]|\s*{re.escape(key)}\s*=", line)), 0
        )
        try:
            facts[key] = Fact.model_validate(_tuples(values))
        except ValidationError as error:
            problems.extend(_faults(key, error, lines, start))
        else:
            problems.extend(
                Problem(At(NAME, start), f"{key}: {fault}", "fact") for fault in _incomplete(key, facts[key], sources)
            )
    if problems:
        raise Faulty(problems)
    return facts


def _tuples(values: Any) -> Any:
    """TOML's arrays as tuples, which strict validation asks for."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()} if isinstance(values, dict) else values


def _faults(key: str, error: ValidationError, lines: list[str], start: int) -> Iterator[Problem]:
    for found in error.errors(include_url=False):
        name = str(found["loc"][0]) if found["loc"] else ""
        line = next((n for n in range(start + 1, len(lines) + 1) if re.match(rf"\s*{re.escape(name)}\s*=", lines[n - 1])), start)
        if found["type"] == "extra_forbidden":
            message = f"there is no key '{name}'{nearest(name, Fact.model_fields)}"
        elif found["type"] == "missing":
            line, message = start, f"the key '{name}' is missing"
        else:
            message = f"{name or 'expected a table'}: {found['msg'][0].lower()}{found['msg'][1:]}"
        yield Problem(At(NAME, line), f"{key}: {message}", "fact")


def _incomplete(key: str, fact: Fact, sources: frozenset[str]) -> Iterator[str]:
    """What the types alone cannot say of a fact."""
    if not re.fullmatch(r"[A-Za-z][\w-]*", key):
        yield "expected a key of letters and digits"
    if bool(fact.says) == bool(fact.quote):
        yield "a fact either says something or is a quote"
    elif fact.quote and not fact.by:
        yield "a quote needs the key 'by'"
    for source in fact.sources:
        if source not in sources:
            yield f"source '{source}' is not in references.json{nearest(source, sources)}"
    if not fact.sources and fact.status != "unverified":
        yield f"it is {fact.status}, so it was read somewhere; expected a source"
