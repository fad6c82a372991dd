"""What a book is made from: its own files and those of the press, known by one digest; and the commit that they are.

The digest is that of a list as sha256sum(1) writes it, so that a checkout can be held against it with the tools of any system (docs/passport.md).
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bindery.manuscript.book import HOUSE
from bindery.manuscript.card import NAME as CARD
from bindery.manuscript.files import FOLDER
from bindery.problem import At, Faulty, Problem
from bindery.proof import link_check

CHANGELOG = "CHANGELOG.md"
UNRELEASED = "unreleased"

# What goes into a book: of its own folder, and of the press's. Files whose names start with a full stop are nobody's.
OF_THE_BOOK = (CARD, CHANGELOG, link_check.NAME, FOLDER, "templates", "styles", "profiles")
OF_THE_PRESS = (
    "build.py",
    "pyproject.toml",
    "requirements/press.lock",
    "bindery",
    "templates",
    "styles",
    "profiles",
    "dictionaries",
)
_CACHE = "__pycache__"


@dataclass(frozen=True)
class Origin:
    """Where a book comes from. ``source`` is the digest of its sources; ``commit`` the full hash, empty for a book that git does not keep; ``clean``:
    its sources are those of the commit. ``release`` is the newest one of its changelog, "unreleased" when that has later entries."""

    source: str
    commit: str = ""
    clean: bool = False
    release: str = ""


def origin_of(root: Path) -> Origin:
    """Where the book in a folder comes from. Raises :class:`Faulty` when a source cannot be read."""
    root = root.resolve()
    commit = (git(root, "rev-parse", "HEAD") or "").strip()
    return Origin(list_digest(sources(root)), commit, bool(commit) and not _changed(root), release_of(root))


def sources(root: Path) -> dict[str, bytes]:
    """The sources of the book in a folder, by their paths in it; those of a press that lies elsewhere below ``press/``."""
    press = "" if root == HOUSE else "press/"
    places = [(root, name, "") for name in OF_THE_BOOK] + [(HOUSE, name, press) for name in OF_THE_PRESS]
    found: dict[str, bytes] = {}
    for folder, name, prefix in places:
        for path in _files(folder / name):
            relative = prefix + path.relative_to(folder).as_posix()
            try:
                found[relative] = path.read_bytes()
            except OSError as error:
                raise Faulty([Problem(At(relative), f"cannot be read: {error.strerror}", "source")]) from None
    return found


def _files(top: Path) -> Iterator[Path]:
    """The file, or all files below the folder; links to other folders are not followed."""
    if top.is_file():
        yield top
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name != _CACHE and not name.startswith(".")]
        paths = (Path(folder) / name for name in names if not name.startswith("."))
        yield from (path for path in paths if path.is_file())


def list_digest(files: Mapping[str, bytes]) -> str:
    """The SHA-256 of the list that ``sha256sum`` writes of these files, in the order of their names."""
    lines = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def release_of(root: Path) -> str:
    """The newest release of the book's changelog; "unreleased" when that has later entries, empty when there is none."""
    for name, entries in releases(root).items():
        if name.casefold() != UNRELEASED:
            return name
        if re.search(r"^\s*[-*+] ", entries, re.MULTILINE):
            return UNRELEASED
    return ""


def releases(root: Path) -> dict[str, str]:
    """The releases of the book's changelog, the newest first, each with its entries as they are written (keepachangelog.com/en/1.1.0, read on
    25 November 2026)."""
    path = root / CHANGELOG
    text = path.read_bytes().decode("utf-8", "replace") if path.is_file() else ""
    _, *parts = re.split(r"^## \[?([^\]\s]+).*$", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], map(str.strip, parts[1::2]), strict=True))


def git(root: Path, *arguments: str) -> str | None:
    """What git says of the repository in which a folder lies; None where there is none, or no git."""
    command = ["git", "--no-optional-locks", "-C", str(root), *arguments]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout if answer.returncode == 0 else None


def _changed(root: Path) -> bool:
    """Whether a source that lies in the book's repository differs from the commit, or is not in it."""
    top = Path((git(root, "rev-parse", "--show-toplevel") or "").removesuffix("\n"))
    places = [root / name for name in OF_THE_BOOK] + [HOUSE / name for name in OF_THE_PRESS]
    inside = [str(place) for place in places if place.is_relative_to(top)]
    unseen = [f":(top,glob,exclude)**/{name}" for name in (".*", ".*/**", f"{_CACHE}/**")]
    status = git(root, "status", "--porcelain", "--untracked-files=all", "--", *inside, *unseen)
    return status is None or status != ""
