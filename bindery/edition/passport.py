"""The passport of a finished file: which book, edition and release it is, what it was made from and with, and which checks it has passed.

It is issued by :mod:`bindery.finished.issue` and put into the file by :mod:`bindery.finished.seal`; docs/passport.md describes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urldefrag

from pydantic import Field, TypeAdapter

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True)
class Links:
    """The links of a book that were verified. Each of those ``inside`` has its target. Of the different addresses ``outside``, ``answered`` were
    there when the link check asked them last, none of them before the date ``asked`` (ISO 8601; empty if none was asked)."""

    inside: int
    outside: int
    answered: int = 0
    asked: str = ""


@dataclass(frozen=True, kw_only=True)
class Passport:
    """What a finished file says of itself. ``statement`` is the edition in words, "First edition"; ``edition`` its name in book.toml.

    ``content`` is the digest of all else in the file: what it is taken of, :mod:`bindery.finished.seal` says.
    """

    schema: Literal["bindery-passport-1"] = "bindery-passport-1"
    title: str
    authors: tuple[str, ...]
    statement: str
    release: str
    edition: str
    format: Literal["print", "epub"]
    identifier: str
    date: str
    commit: str
    clean: bool
    source: Digest
    tools: Mapping[str, str]
    checks: tuple[str, ...]
    words: int
    notes: int
    links: Links
    content: Digest = "0" * 64

    def to_json(self) -> str:
        """The passport as it is kept, in ASCII."""
        return json.dumps(_KIND.dump_python(self, mode="json"), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Passport:
        """A passport read back. Raises ValueError when it is none, or one of another schema."""
        return _KIND.validate_json(text, strict=True)

    @property
    def revision(self) -> str:
        """The commit, as git names one that has been changed since; empty for a book that git does not keep."""
        return self.commit + "-dirty" * (not self.clean) if self.commit else ""

    def address(self, website: str) -> str:
        """What the QR code of the colophon says: the book's website with the commit, or without one what the book is in words."""
        if website:
            return f"{urldefrag(website).url}#{self.revision or self.source}"
        parts = (self.title, self.statement, self.revision and f"commit {self.revision}", f"sources {self.source}")
        return "; ".join(filter(None, parts))


_KIND = TypeAdapter(Passport)
