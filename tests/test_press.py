"""The command line, as other programs rely on it: what goes to standard output, what to standard error, the exit codes, and that no
build ever costs a good file."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tiny import write_book

HOUSE = Path(__file__).parent.parent
TINY = Path(__file__).parent / "books" / "notes"


def build(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(HOUSE / "build.py"), *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, env={**os.environ, **environment}, check=False, timeout=120
    )


@pytest.fixture
def book(tmp_path: Path) -> Path:
    shutil.copytree(TINY, tmp_path / "book", ignore=shutil.ignore_patterns("expected"))
    return tmp_path / "book"


def test_the_paths_made_are_all_that_stands_on_standard_output(book: Path, tmp_path: Path) -> None:
    made = build("--book", book, "epub", "--out", "made", cwd=tmp_path)
    assert (made.returncode, made.stdout, made.stderr) == (0, "made/notes-ebook.epub\n", "")
    made = build("--book", book, "pdf", "print", cwd=tmp_path)
    assert (made.returncode, made.stdout, made.stderr) == (0, "dist/notes-print.pdf\n", "")
    assert build("--book", book, "inspect", "made/notes-ebook.epub", "dist/notes-print.pdf", cwd=tmp_path).returncode == 0


def test_check_makes_nothing_and_tells_everything(book: Path, tmp_path: Path) -> None:
    assert build("--book", book, "check", cwd=tmp_path).returncode == 0
    with (book / "manuscript" / "02-second.md").open("a") as chapter:
        chapter.write("\nSee [there](#nowhere) and @tbl-none.[^gone]\n")
    checked = build("--book", book, "check", cwd=tmp_path)
    assert checked.returncode == 1
    assert checked.stdout == ""
    assert [line.split(": ")[0] + line[line.rindex(" (") :] for line in checked.stderr.splitlines()[:-1]] == [
        "manuscript/02-second.md:7 (unknown-reference)",
        "manuscript/02-second.md:7 (undefined-footnote)",
        "manuscript/02-second.md:7 (dead-link)",
    ] or sorted(line[line.rindex("(") :] for line in checked.stderr.splitlines()[:-1]) == [
        "(dead-link)",
        "(undefined-footnote)",
        "(unknown-reference)",
    ]
    assert not (tmp_path / "dist").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("pdf", "--nonsense"),
        ("inspect",),
        ("inspect", "none.pdf"),
        ("--book", "none", "check"),
        ("--book", ".", "check"),
    ],
)
def test_a_wrong_command_is_exit_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert build(*arguments, cwd=tmp_path).returncode == 2


def test_an_edition_that_is_none(book: Path, tmp_path: Path) -> None:
    wrong = build("--book", book, "pdf", "ebook", cwd=tmp_path)
    assert wrong.returncode == 1
    assert "no print edition 'ebook'" in wrong.stderr


def test_a_failed_build_leaves_the_last_good_file(book: Path, tmp_path: Path) -> None:
    (good,) = (tmp_path / path for path in build("--book", book, "epub", cwd=tmp_path).stdout.split())
    before = good.read_bytes()
    (book / "manuscript" / "02-second.md").write_text("# Second\n\nText.[^gone]\n")
    failed = build("--book", book, "epub", cwd=tmp_path)
    assert failed.returncode == 1
    assert good.read_bytes() == before
    assert sorted(path.name for path in good.parent.iterdir()) == [good.name, "print.pagemap.json"]


def test_a_killed_build_leaves_the_last_good_file(book: Path, tmp_path: Path) -> None:
    (good,) = (tmp_path / path for path in build("--book", book, "epub", cwd=tmp_path).stdout.split())
    before = good.read_bytes()
    for delay in (0.2, 0.8, 1.4):
        command = [sys.executable, str(HOUSE / "build.py"), "--book", str(book), "epub"]
        child = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert good.read_bytes() == before


def test_a_link_in_the_way_is_replaced_not_followed(book: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("the author's work")
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "notes-ebook.epub").symlink_to(precious)
    assert build("--book", book, "epub", cwd=tmp_path).returncode == 0
    assert precious.read_text() == "the author's work"
    assert not (tmp_path / "dist" / "notes-ebook.epub").is_symlink()


def test_a_folder_that_cannot_be_written(book: Path, tmp_path: Path) -> None:
    (tmp_path / "dist").write_text("a file in the way")
    failed = build("--book", book, "epub", cwd=tmp_path)
    assert failed.returncode == 1
    assert "(output)" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_the_same_sources_make_the_same_bytes(book: Path, tmp_path: Path) -> None:
    made = []
    for count, environment in enumerate(
        ({"PYTHONHASHSEED": "1", "TZ": "UTC"}, {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo", "LC_ALL": "C"})
    ):
        elsewhere = tmp_path / f"place {count}"
        elsewhere.mkdir()
        copy = shutil.copytree(book, elsewhere / "bök")
        for command in ("epub", "pdf"):
            built = build("--book", copy, command, cwd=elsewhere, SOURCE_DATE_EPOCH="1700000000", **environment)
            made.append((elsewhere / built.stdout.strip()).read_bytes())
    assert made[0] == made[2]
    assert made[1] == made[3]


@pytest.mark.parametrize("epoch", ["yesterday", "0", "9999999999", "-1"])
def test_a_date_out_of_range(book: Path, tmp_path: Path, epoch: str) -> None:
    failed = build("--book", book, "epub", cwd=tmp_path, SOURCE_DATE_EPOCH=epoch)
    assert failed.returncode == 1
    assert "(date)" in failed.stderr


def test_a_book_overrides_a_template(book: Path, tmp_path: Path) -> None:
    (book / "templates").mkdir()
    (book / "templates" / "scene-break.html.j2").write_text("{{ nonsense }}")
    (book / "manuscript" / "02-second.md").write_text("# Second\n\nText.\n\n---\n\nText.\n")
    failed = build("--book", book, "epub", cwd=tmp_path)
    assert failed.returncode == 1, failed.stderr
    assert "templates/scene-break.html.j2:1" in failed.stderr
    assert "(template)" in failed.stderr


def test_what_does_not_look_well_is_warned_of_and_stops_a_strict_book_alone(tmp_path: Path) -> None:
    book = write_book(
        tmp_path / "book",
        "# One\n\n" + "One\\\ntwo\\\nthree.\n\n" * 40,
        files={"styles/own.css": "p { widows: 1; orphans: 1 }\n"},
    )
    made = build("--book", book.folder, "pdf", cwd=tmp_path)
    assert (made.returncode, made.stdout) == (0, "dist/tiny-print.pdf\n")
    warnings = made.stderr.splitlines()
    assert {line[line.rindex(" (") :] for line in warnings} == {" (widow)", " (orphan)"}
    assert all(line.startswith("warning: manuscript/01-one.md:") for line in warnings)
    with (book.folder / "book.toml").open("a") as card:
        card.write("[layout]\nstrict = true\n")
    (tmp_path / "dist" / "tiny-print.pdf").unlink()
    made = build("--book", book.folder, "pdf", cwd=tmp_path)
    assert (made.returncode, made.stdout) == (1, "")
    assert [line.removeprefix("warning: ") for line in warnings] == made.stderr.splitlines()[:-1]
    assert not (tmp_path / "dist" / "tiny-print.pdf").exists()
