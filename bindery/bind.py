"""Putting a finished artifact, or a folder of them, in its place: written aside, then moved there in one step, or not at all."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bindery.edition.sources import git
from bindery.manuscript.card import Card
from bindery.problem import At, Faulty, Problem

# The zip format counts years from 1980 in seven bits (APPNOTE 4.4.6); a date outside this span cannot be written into an EPUB.
EARLIEST, LATEST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2107, 12, 31, tzinfo=UTC)


def publish(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path``. The file there before stays whole until the new one is whole; a link there is replaced, not followed.

    Raises :class:`Faulty` when the folder cannot be written.
    """
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with aside.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise Faulty([Problem(At(str(path)), f"cannot be written: {error.strerror}", "output")]) from None


@contextmanager
def publish_folder(path: Path) -> Iterator[Path]:
    """A new folder beside ``path``, to be filled; it takes the place of ``path`` when the block ends well, and is gone when it does not.

    The folder there before stays whole until the new one is whole. Two renames put the new one in place: only a machine that is stopped between them
    leaves the old one under its other name. Raises :class:`Faulty` when the folder cannot be written, or when a file is in its place.
    """
    token = secrets.token_hex(4)
    aside, old = (path.with_name(f".{path.name}.{token}.{what}") for what in ("part", "old"))
    try:
        aside.mkdir(parents=True)
        try:
            yield aside
            if path.is_symlink() or path.is_file():
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
            if path.exists():
                path.rename(old)
            aside.rename(path)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
            if old.exists() and not path.exists():
                old.rename(path)
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise Faulty([Problem(At(str(path)), f"cannot be written: {error.strerror}", "output")]) from None


def edition_date(root: Path, card: Card) -> datetime:
    """The date that goes into the artifacts: ``SOURCE_DATE_EPOCH``, else that of the newest commit, else the date of publication.

    The clock is never asked, so that the same sources give the same bytes (reproducible-builds.org/specs/source-date-epoch).
    """
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is not None:
        if not re.fullmatch(r"\d{1,12}", given) or not EARLIEST.timestamp() <= int(given) <= LATEST.timestamp():
            raise Faulty(
                [Problem(At("SOURCE_DATE_EPOCH"), f"'{given}' is no date from 1980 to 2107 in seconds since 1970", "date")]
            )
        return datetime.fromtimestamp(int(given), UTC)
    if committed := _newest_commit(root):
        return committed
    if card.published:
        return datetime(card.published.year, card.published.month, card.published.day, tzinfo=UTC)
    return EARLIEST


def _newest_commit(root: Path) -> datetime | None:
    seconds = (git(root, "log", "-1", "--format=%ct") or "").strip()
    return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdigit() else None


def file_name(card: Card, edition: str, ending: str) -> str:
    """The name of an artifact: title, edition, ending, in small ASCII letters."""
    bare = unicodedata.normalize("NFKD", card.title).encode("ascii", "ignore").decode().lower()
    title = re.sub(r"[^a-z0-9]+", "-", bare).strip("-") or "book"
    return f"{title}-{edition}.{ending}"
