"""Printing conditions: the ICC profile for which a press edition is separated, and the names by which a printer knows it. Data, in ``profiles/``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bindery.edition.fair_copy import FairCopy
from bindery.manuscript.book import HOUSE
from bindery.problem import Faulty, Problem, nearest

FOLDER = "profiles"


class _Card(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    file: str
    identifier: str = Field(min_length=1)
    registry: str
    condition: str
    name: str
    ink_limit: int = Field(ge=100, le=400)


@dataclass(frozen=True)
class Condition:
    """A printing condition. ``icc`` is an output profile of CMYK; ``ink_limit`` the most that the four inks may come to, in per cent."""

    icc: bytes
    identifier: str
    registry: str
    condition: str
    name: str
    ink_limit: int


def condition_of(copy: FairCopy) -> Condition:
    """The printing condition of an edition: the book's own of that name, or the house's.

    Raises :class:`Faulty` at the card when there is none, or its profile is none for printing in CMYK (ICC.1:2010, 7.2.5, 7.2.6).
    """
    name, at = copy.edition.profile, copy.book.located.at("profile")
    folders = [root / FOLDER for root in (copy.book.root, HOUSE)]
    path = next((folder / f"{name}.toml" for folder in folders if (folder / f"{name}.toml").is_file()), None)
    if path is None:
        known = sorted(file.stem for folder in folders for file in folder.glob("*.toml"))
        raise Faulty(
            [Problem(at, f"there is no profile '{name}'{nearest(name, known)}; there are {', '.join(known)}", "profile")]
        )
    try:
        card = _Card.model_validate(tomllib.loads(path.read_text("utf-8")))
        icc = _inside(path.parent, card.file).read_bytes()
    except (ValidationError, tomllib.TOMLDecodeError, OSError, ValueError) as error:
        raise Faulty([Problem(at, f"the profile '{name}' cannot be read: {str(error).splitlines()[0]}", "profile")]) from None
    if icc[12:20] != b"prtrCMYK":
        raise Faulty([Problem(at, f"{card.file} is no profile of a printer in CMYK; expected one", "profile")])
    return Condition(icc, **card.model_dump(exclude={"file"}))


def _inside(folder: Path, name: str) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ValueError(f"{name} leads out of {FOLDER}/")
    return path
