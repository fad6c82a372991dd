"""The release: everything that readers, printers and stores are handed, made anew from a clean commit into one folder, with its checksums.

A release that does not hold is none: what stands in its way is told at once, and the folder of the last one stays as it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from bindery import press
from bindery.bind import publish_folder
from bindery.edition.sources import CHANGELOG, UNRELEASED, git, release_of, releases
from bindery.edition.templates import Templates
from bindery.finished.errata import markdown
from bindery.finished.opened_epub import open_epub
from bindery.problem import At, Faulty, Problem

FOLDER = "release"
SUMS, NOTES = "SHA256SUMS", "RELEASE-NOTES.md"


@dataclass(frozen=True)
class Artifact:
    """A file of a release, by its path in the folder of the release."""

    name: str
    size: int  # in bytes
    sha256: str


def release(desk: press.Desk, version: str, out: Path) -> Iterator[Path]:
    """Make the release ``version`` of the book, the newest one of its changelog if that is empty, in ``out/release``; yields the paths of its files.

    Raises :class:`Faulty` when the tree is not that of a commit, when the changelog does not name the version, when a check or a proof fails; then
    the folder stays as it was.
    """
    root, version = desk.root, (version or release_of(desk.root)).removeprefix("v")
    if problems := [*_of_the_tree(root), *_of_the_version(root, version)]:
        raise Faulty(problems)
    book = desk.book
    if book.facts is not None and (problems := press.facts(desk, release=True)[1]):
        raise Faulty(problems)
    with publish_folder(out / FOLDER) as folder:
        _fill(folder, desk)
        artifacts = list(_artifacts(folder))
        (folder / NOTES).write_text(_notes(desk, version, artifacts), "utf-8")
        (folder / SUMS).write_text(_sums(_artifacts(folder)), "utf-8")
    yield from sorted(path for path in (out / FOLDER).rglob("*") if path.is_file())


# --- what stands in the way --------------------------------------------------------------------------------------------------


def _of_the_tree(root: Path) -> Iterator[Problem]:
    status = git(root, "status", "--porcelain", "--untracked-files=all")
    if status is None:
        yield Problem(At("."), "is in no git repository; expected a release to be that of a commit", "release")
        return
    for line in status.splitlines():
        yield Problem(
            At(line[3:].strip('"')), "is not as committed; expected a clean tree: commit it, or take it away", "release"
        )


def _of_the_version(root: Path, version: str) -> Iterator[Problem]:
    known = [name for name in releases(root) if name.casefold() != UNRELEASED]
    if not version or version == UNRELEASED:
        yield Problem(
            At(CHANGELOG), "has entries below Unreleased, or none; expected those of the release below its version", "release"
        )
    elif version not in known:
        yield Problem(At(CHANGELOG), f"does not tell of the version {version}; expected a heading '## [{version}]'", "release")
    elif (newest := release_of(root)) != version:
        yield Problem(At(CHANGELOG), f"has {newest} above {version}; expected the release to be the newest", "release")
    tags = [tag for tag in (git(root, "tag", "--points-at", "HEAD") or "").split() if tag[:1] == "v" and tag[1:2].isdigit()]
    if tags and f"v{version}" not in tags:
        yield Problem(At("."), f"the commit is tagged {', '.join(tags)}; expected v{version}", "release")


# --- what is in it -----------------------------------------------------------------------------------------------------------


def _fill(folder: Path, desk: press.Desk) -> None:
    """Every edition with its page map, the cover, the site; for a book that is printed and bound as EPUB the certificate that both say the same."""
    formats = {edition.format for edition in desk.book.card.editions.values()}
    for file_format in press.ENDINGS:
        if file_format in formats:
            for path in press.make(desk, file_format, (), folder):
                if file_format == "epub":
                    _cover(path)
    if formats == set(press.ENDINGS):
        press.prove(desk, folder)
    if "epub" in formats:
        press.web(desk, folder)


def _cover(epub: Path) -> None:
    """Puts the cover beside the EPUB that it is in."""
    opened = open_epub(epub.read_bytes(), epub.name, None)
    for item in opened.items():
        if "cover-image" in item.get("properties", "").split():
            path = opened.path(item.get("href", ""), base=opened.opf_path)
            epub.with_name(f"{epub.stem}-cover{Path(path).suffix}").write_bytes(opened.members[path])


def _artifacts(folder: Path) -> Iterator[Artifact]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        yield Artifact(path.relative_to(folder).as_posix(), len(data), hashlib.sha256(data).hexdigest())


def _notes(desk: press.Desk, version: str, artifacts: list[Artifact]) -> str:
    """The notes: the entries of the changelog, and the files with their sizes."""
    book = desk.book
    return Templates(book.root).render(
        "release-notes.md.j2",
        title=markdown(book.card.title),
        version=version,
        date=desk.date,
        entries=Markup(releases(book.root)[version]),  # Markdown already
        files=[one for one in artifacts if "/" not in one.name],
        sums=SUMS,
    )


def _sums(artifacts: Iterator[Artifact]) -> str:
    """The list that ``sha256sum --check`` reads."""
    return "".join(f"{one.sha256}  {one.name}\n" for one in artifacts)
