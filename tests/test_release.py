"""The release: what is in it, what stands in its way, and that the last one stays when the next does not come about."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from tiny import write_book

from bindery.press import Desk, Say
from bindery.problem import Faulty
from bindery.release import release

CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n## [1.1.0] - 2026-02-01\n\n- The second printing.\n\n## [1.0.0] - 2026-01-01\n\n- The first.\n"
TEXT = "# One\n\nText of the chapter.\n"


def git(folder: Path, *arguments: str) -> None:
    who = {f"GIT_{role}_{what}": "a@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, env={**os.environ, **who})


def committed(folder: Path, files: Mapping[str, str] | None = None) -> Path:
    write_book(folder, TEXT, files={"CHANGELOG.md": CHANGELOG, **(files or {})})
    git(folder, "init")
    git(folder, "add", "--all")
    git(folder, "commit", "--message", "all")
    return folder


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return committed(tmp_path / "book")


def made(book: Path, version: str = "") -> list[Path]:
    with Path(os.devnull).open("w") as nowhere:
        return list(release(Desk(book, Say(nowhere)), version, book.parent / "dist"))


def refused(book: Path, version: str = "") -> list[str]:
    with pytest.raises(Faulty) as fault:
        made(book, version)
    return [str(problem) for problem in fault.value.problems]


def test_a_release_holds_all_and_its_checksums(book: Path) -> None:
    paths = made(book, "v1.1.0")
    folder = book.parent / "dist" / "release"
    names = [path.relative_to(folder).as_posix() for path in paths]
    assert {"site/index.html", "site/files/tiny-print.pdf", "site/files/tiny-ebook.epub"} <= set(names)
    assert [name for name in names if not name.startswith("site/")] == [
        "RELEASE-NOTES.md",
        "SHA256SUMS",
        "print.pagemap.json",
        "same-text.json",
        "tiny-ebook-cover.jpg",
        "tiny-ebook.epub",
        "tiny-print.pdf",
    ]
    lines = (line.split("  ") for line in (folder / "SHA256SUMS").read_text().splitlines())
    sums = {name: digest for digest, name in lines}
    digests = {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    assert sums == {name: digest for name, digest in digests.items() if name != "SHA256SUMS"}
    notes = (folder / "RELEASE-NOTES.md").read_text()
    assert notes.startswith("# Tiny 1.1.0\n")
    assert "The second printing." in notes
    assert "The first." not in notes
    assert f"| `tiny-print.pdf` | {(folder / 'tiny-print.pdf').stat().st_size} |" in notes
    assert [path.name for path in folder.parent.iterdir()] == ["release"]


def test_it_is_that_of_a_commit(book: Path) -> None:
    (book / "manuscript" / "01-one.md").write_text("# One\n\nOther text.\n")
    (book / "notes.txt").write_text("mine")
    assert refused(book) == [
        "manuscript/01-one.md:0: is not as committed; expected a clean tree: commit it, or take it away (release)",
        "notes.txt:0: is not as committed; expected a clean tree: commit it, or take it away (release)",
    ]


def test_it_is_that_of_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    write_book(tmp_path / "book", TEXT, files={"CHANGELOG.md": CHANGELOG})
    assert refused(tmp_path / "book") == [".:0: is in no git repository; expected a release to be that of a commit (release)"]


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("2.0.0", "does not tell of the version 2.0.0; expected a heading '## [2.0.0]'"),
        ("1.0.0", "has 1.1.0 above 1.0.0; expected the release to be the newest"),
    ],
)
def test_its_version_is_the_newest_of_the_changelog(book: Path, version: str, told: str) -> None:
    assert refused(book, version) == [f"CHANGELOG.md:0: {told} (release)"]


@pytest.mark.parametrize("changelog", [CHANGELOG.replace("[Unreleased]\n", "[Unreleased]\n\n- More.\n"), "# Changelog\n"])
def test_nothing_is_left_unreleased(tmp_path: Path, changelog: str) -> None:
    book = committed(tmp_path / "book", {"CHANGELOG.md": changelog})
    (problem,) = refused(book)
    assert problem.startswith("CHANGELOG.md:0: has entries below Unreleased, or none")


def test_its_tag_is_its_version(book: Path) -> None:
    git(book, "tag", "v3.0.0")
    assert refused(book) == [".:0: the commit is tagged v3.0.0; expected v1.1.0 (release)"]


def test_facts_are_checked(tmp_path: Path) -> None:
    text = TEXT + "\nIt has 1,500 parameters.\n"
    book = committed(tmp_path / "book", {"manuscript/01-one.md": text, "manuscript/facts.toml": ""})
    assert any("manuscript/01-one.md:5" in problem for problem in refused(book))


def test_a_release_without_proof_is_none_and_the_last_one_stays(book: Path) -> None:
    """A template of the book's own leaves words out of the EPUB: nothing but the same-text proof can see that."""
    before = {path: path.read_bytes() for path in made(book)}
    template = book / "templates" / "epub" / "paragraph.html.j2"
    template.parent.mkdir(parents=True)
    template.write_text("<p>Text.</p>\n")
    git(book, "add", "--all")
    git(book, "commit", "--message", "words lost")
    assert any("(same-text)" in problem for problem in refused(book))
    assert {path: path.read_bytes() for path in before} == before
    assert [path.name for path in (book.parent / "dist").iterdir()] == ["release"]


def test_a_book_that_is_only_printed_needs_no_proof(tmp_path: Path) -> None:
    card = 'title = "Tiny"\nauthors = ["A"]\nlanguage = "en"\nchapters = ["01-one.md"]\nfront = []\n[editions.print]\nformat = "print"\n'
    book = committed(tmp_path / "book", {"book.toml": card})
    assert "same-text.json" not in [path.name for path in made(book)]
