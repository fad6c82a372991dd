"""The passport: what a finished file says of itself, that a change of the file is noticed, and what the colophon tells readers of it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp
from lxml import etree
from tiny import BOOKS, DATE, ORIGIN, TinyBook, write_book

from bindery import press
from bindery.edition.passport import Passport
from bindery.edition.qr_code import NAME as QR_CODE
from bindery.edition.sources import list_digest, origin_of, release_of, sources
from bindery.epub.epub_edition import bind_epub
from bindery.finished import prove
from bindery.finished.inspect_epub import inspect_epub
from bindery.finished.inspect_pdf import inspect_pdf
from bindery.finished.issue import GATES
from bindery.finished.seal import BLANK, MEMBER, sealed, unseal
from bindery.finished.verify import as_text, verify
from bindery.printing.print_edition import bind_pdf, job
from bindery.problem import At, Faulty, Problem
from bindery.proof.link_check import NAME as LINKS

HOUSE = Path(__file__).parent.parent
XHTML = "{http://www.w3.org/1999/xhtml}"
FAULT = Problem(At("somewhere"), "a fault that a test has planted", "planted")


@pytest.fixture(scope="module")
def book(tiny: dict[str, TinyBook]) -> TinyBook:
    """A book with a colophon."""
    return tiny["links"]


@pytest.fixture(scope="module", params=["pdf", "epub"])
def finished(request: pytest.FixtureRequest, book: TinyBook) -> bytes:
    return bytes(getattr(book, request.param))


# What a passport says.


def test_a_file_tells_what_it_is(book: TinyBook) -> None:
    for data, copy in ((book.pdf, book.pdf_copy), (book.epub, book.epub_copy)):
        passport = unseal(data, "file").passport
        assert passport == replace(book.passport(copy), content=passport.content)
        assert (passport.title, passport.edition, passport.format) == ("Links", copy.name, copy.edition.format)
        assert (passport.commit, passport.clean, passport.source) == (ORIGIN.commit, True, ORIGIN.source)
        assert passport.date == "2026-01-02T00:00:00Z"
        assert passport.tools.keys() == {"bindery", "WeasyPrint", "pandoc", "Pango"}
        assert all(re.fullmatch(r"\d+(\.\d+)+", version) for version in passport.tools.values()), passport.tools


def test_what_is_counted(tmp_path: Path) -> None:
    chapter = (
        "# One {#one}\n\nFour words [and two](https://example.org/a#b). See @sec-two[^n] and [there](#two).\n\n"
        "## Two {#sec-two}\n\n[Again](https://example.org/a), [gone](https://example.org/c).\n\n## Three {#two}\n\nText.\n\n"
        "[^n]: A note, [other](https://example.org/d).\n"
    )
    book = write_book(tmp_path, chapter)
    kinds = {"ok": "a", "moved": "d", "broken": "c"}
    rows = {
        f"https://example.org/{name}": {"date": f"2026-09-0{day}", "status": 200, "verdict": verdict}
        for day, (verdict, name) in enumerate(kinds.items(), 1)
    }
    assert book.passport(book.epub_copy).links.asked == ""
    (tmp_path / LINKS).write_text(json.dumps(rows))
    passport = book.passport(book.epub_copy)
    assert asdict(passport.links) == {"inside": 2, "outside": 3, "answered": 2, "asked": "2026-09-01"}
    assert passport.notes == 1


def test_words_of_text_and_notes_are_counted(tmp_path: Path) -> None:
    few = write_book(tmp_path / "few", "# One\n\nText.\n")
    more = write_book(tmp_path / "more", "# One\n\nText. Five more words are these.[^n]\n\n[^n]: And three here.\n")
    assert more.passport(more.epub_copy).words == few.passport(few.epub_copy).words + 8


def test_a_cache_of_links_that_cannot_be_read(tmp_path: Path) -> None:
    book = write_book(tmp_path, files={LINKS: "<<<<<<< HEAD"})
    with pytest.raises(Faulty, match="links-file"):
        book.passport(book.epub_copy)


CHECKS = {
    "proofreading": ("bindery.press.proofread", lambda *_: (FAULT,)),
    "prose": ("bindery.proof.proofread.prose", lambda *_: iter([FAULT])),
    "footnote ledger": ("bindery.printing.ledger.keep", lambda *_: [FAULT]),
    "layout audit": ("bindery.printing.layout_audit.look_over", lambda *_: [FAULT]),
    "typefaces": ("bindery.printing.typecase.audit", lambda *_: [FAULT]),
    "folios": ("bindery.printing.folios.audit", lambda *_: [FAULT]),
    "page map": ("bindery.printing.page_map.read_pages", lambda *_: ((), (), [FAULT])),
    "inspection": ("bindery.press._inspected", lambda *_: [FAULT]),
}


def test_every_gate_is_looked_into() -> None:
    assert {gate for gates in GATES.values() for gate in gates} | {"proofreading", "prose"} == CHECKS.keys()


@pytest.mark.parametrize(
    ("file_format", "check"),
    [(form, check) for form, gates in GATES.items() for check in ("proofreading", "prose", *gates)],
)
def test_a_check_that_is_named_has_been_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file_format: str, check: str
) -> None:
    """A fault that this very gate finds keeps the file from being made."""
    book = write_book(tmp_path / "book", more="front = []\n[prose]")
    edition = {"print": "print", "epub": "ebook"}[file_format]
    assert check in book.passport(book.pdf_copy if file_format == "print" else book.epub_copy).checks
    monkeypatch.setattr(*CHECKS[check])
    with pytest.raises(Faulty, match="planted"):
        list(press.make(press.Desk(book.folder, press.Say(io.StringIO())), file_format, [edition], tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_check_that_is_off_is_not_named(tmp_path: Path) -> None:
    free = write_book(tmp_path / "free")
    assert "prose" not in free.passport(free.epub_copy).checks
    half = write_book(tmp_path / "half", more='front = []\n[prose]\noff = ["dash", "spelling"]')
    assert half.passport(half.epub_copy).checks == ("proofreading", "prose, but for dash, spelling", "inspection")


# The seal.


def test_the_file_as_it_was_bound_is_whole(finished: bytes) -> None:
    assert unseal(finished, "file").whole


def test_the_seal_costs_no_soundness(book: TinyBook) -> None:
    assert inspect_epub(book.epub, "sealed", book.epub_copy) == []
    assert inspect_pdf(book.pdf, "sealed", book.pdf_copy) == []


def test_the_same_seal_is_the_same_bytes(book: TinyBook) -> None:
    assert sealed(book.printed.pdf, book.passport(book.pdf_copy)) == book.pdf


def test_the_packet_of_a_pdf_repeats_what_the_file_says_of_itself(book: TinyBook) -> None:
    """Where both are there, readers believe the packet; and PDF/A asks that they agree (ISO 19005-2, 6.6.3)."""
    with pikepdf.open(io.BytesIO(book.pdf)) as pdf, pikepdf.open(io.BytesIO(book.printed.pdf)) as before:
        assert dict(pdf.docinfo.items()) == dict(before.docinfo.items())
        with pdf.open_metadata() as packet:
            assert packet["dc:title"] == pdf.docinfo["/Title"] == "Links"
            assert packet["dc:creator"] == ["Ann Author"]
            assert packet["pdf:Producer"] == pdf.docinfo["/Producer"]
        described = etree.fromstring(pdf.Root.Metadata.read_bytes()).findtext(
            ".//{http://www.aiim.org/pdfa/ns/schema#}namespaceURI"
        )
        assert f'xmlns:bindery="{described}"'.encode() in pdf.Root.Metadata.read_bytes()


def test_a_packet_that_is_there_is_kept(book: TinyBook) -> None:
    """As the engine writes one for PDF/A."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(book.printed.pdf)) as pdf:
        with pdf.open_metadata(set_pikepdf_as_editor=False) as packet:
            packet["pdfaid:part"] = "2"
        pdf.save(out)
    whole = sealed(out.getvalue(), book.passport(book.pdf_copy))
    with pikepdf.open(io.BytesIO(whole)) as pdf, pdf.open_metadata() as packet:
        assert packet["pdfaid:part"] == "2"
    assert unseal(whole, "file").whole


Members = dict[str, bytes]


def rezipped(epub: bytes, plant: Callable[[Members], object], *, twice: str = "") -> bytes:
    with zipfile.ZipFile(io.BytesIO(epub)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    plant(members)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), data)
        if twice:
            with pytest.warns(UserWarning, match="Duplicate"):
                archive.writestr(zipfile.ZipInfo(twice, (2000, 1, 1, 0, 0, 0)), members[twice])
    return out.getvalue()


def in_member(ending: str, old: bytes, new: bytes) -> Callable[[Members], None]:
    def plant(members: Members) -> None:
        (name,) = (name for name in members if name.endswith(ending))
        assert old in members[name]
        members[name] = members[name].replace(old, new)

    return plant


EPUB_CHANGES: dict[str, Callable[[Members], object]] = {
    "a word": in_member("text/first.xhtml", b"section", b"sections"),
    "a colour": in_member("styles/epub.css", b"margin", b"padding"),
    "a file more": lambda members: members.update({"EPUB/more.txt": b""}),
    "a file less": lambda members: members.pop("EPUB/" + QR_CODE),
    "another name": lambda members: members.update({"EPUB/qr.svg": members.pop("EPUB/" + QR_CODE)}),
    "two files changed about": lambda members: members.update(
        {"EPUB/cover.xhtml": members["EPUB/nav.xhtml"], "EPUB/nav.xhtml": members["EPUB/cover.xhtml"]}
    ),
    "another commit": in_member(MEMBER, ORIGIN.commit.encode(), b"0" * 40),
    "another digest": lambda members: members.update({MEMBER: re.sub(rb'(t": ")\w{64}', rb"\g<1>" + b"a" * 64, members[MEMBER])}),
}


@pytest.mark.parametrize("plant", EPUB_CHANGES.values(), ids=EPUB_CHANGES.keys())
def test_a_change_of_an_epub_is_noticed(book: TinyBook, plant: Callable[[Members], object]) -> None:
    assert not unseal(rezipped(book.epub, plant), "file").whole


def test_how_an_epub_is_zipped_is_no_change(book: TinyBook) -> None:
    zipped_anew = rezipped(book.epub, lambda members: members.update({MEMBER: members.pop(MEMBER)}))
    assert zipped_anew != book.epub
    assert unseal(zipped_anew, "file").whole


def test_two_files_of_one_name_are_a_change(book: TinyBook) -> None:
    assert not unseal(rezipped(book.epub, lambda members: None, twice="EPUB/nav.xhtml"), "file").whole


def another_word(pdf: pikepdf.Pdf) -> None:
    contents = pdf.pages[0].obj.Contents
    contents.write(contents.read_bytes().replace(b"Tj", b"Tj ", 1))


PDF_CHANGES: dict[str, Callable[[pikepdf.Pdf], object]] = {
    "a page's content": another_word,
    "a page less": lambda pdf: pdf.pages.__delitem__(0),
    "another title": lambda pdf: pdf.docinfo.__setitem__("/Title", "Stolen"),
    "written anew": lambda pdf: None,
}


@pytest.mark.parametrize("plant", PDF_CHANGES.values(), ids=PDF_CHANGES.keys())
def test_a_change_of_a_pdf_is_noticed(book: TinyBook, plant: Callable[[pikepdf.Pdf], object]) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(book.pdf)) as pdf:
        plant(pdf)
        pdf.save(out, min_version="2.0")
    assert not unseal(out.getvalue(), "file").whole


def test_what_is_added_to_a_pdf_is_a_change(book: TinyBook) -> None:
    assert not unseal(book.pdf + b"\n", "file").whole


def test_another_commit_in_a_pdf_is_a_change(book: TinyBook) -> None:
    forged = book.pdf.replace(ORIGIN.commit.encode(), b"0" * 40)
    assert unseal(forged, "file").passport.commit == "0" * 40
    assert not unseal(forged, "file").whole


def test_no_byte_can_be_changed_unnoticed(finished: bytes) -> None:
    """In an EPUB but for those that say how it is zipped: then its files are the same. And nothing worse happens than a problem."""
    noticed = 0
    for place in range(7, len(finished), max(1, len(finished) // 250)):
        changed = finished[:place] + bytes([finished[place] ^ 1]) + finished[place + 1 :]
        try:
            if not unseal(changed, "file").whole:
                noticed += 1
            else:
                assert finished.startswith(b"PK"), place
                assert members_of(changed) == members_of(finished)
        except Faulty:
            noticed += 1
    assert noticed > 200


def members_of(epub: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(epub)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def test_the_digest_can_be_recomputed_by_hand(book: TinyBook) -> None:
    """As docs/passport.md says."""
    content = unseal(book.pdf, "file").passport.content
    assert hashlib.sha256(book.pdf.replace(content.encode(), BLANK.encode())).hexdigest() == content
    content = unseal(book.epub, "file").passport.content
    lines = [
        f"{hashlib.sha256(data.replace(content.encode(), BLANK.encode())).hexdigest()}  {name}\n"
        for name, data in sorted(members_of(book.epub).items())
    ]
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == content


# What is none, and what is broken.


def packet(xml: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.Root.Metadata = pikepdf.Stream(pdf, xml, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)
        pdf.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "check"),
    [
        (b"", "file-format"),
        (b"plain text", "file-format"),
        (b"PK\3\4 and nothing more", "container"),
        (b"%PDF-1.7 and nothing more", "pdf"),
        (packet(b""), "no-passport"),
        (packet(b"<x>" * 100_000), "no-passport"),
        (packet(b"<x/>"), "no-passport"),
        (packet(b"<x xmlns='https://bindery.invalid/passport/1/'><passport/></x>"), "no-passport"),
        (packet(b"<x xmlns='https://bindery.invalid/passport/1/'><passport>{}</passport></x>"), "no-passport"),
        (
            packet(b"<x xmlns='https://bindery.invalid/passport/1/'><passport>" + b"[" * 100_000 + b"</passport></x>"),
            "no-passport",
        ),
    ],
)
def test_what_has_no_passport(data: bytes, check: str) -> None:
    with pytest.raises(Faulty) as fault:
        unseal(data, "file")
    assert [problem.check for problem in fault.value.problems] == [check]


def test_a_file_that_the_press_did_not_seal(book: TinyBook) -> None:
    for data in (book.printed.pdf, bind_epub(book.epub_copy, DATE)):
        with pytest.raises(Faulty, match=r"file:0: has no passport; expected a file that the press bound \(no-passport\)"):
            unseal(data, "file")


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "bindery-passport-2"},
        {"words": "many"},
        {"content": "0"},
        {"source": None},
        {"authors": "Ann"},
        {"format": "x"},
    ],
)
def test_a_passport_of_another_kind(book: TinyBook, change: dict[str, Any]) -> None:
    said = json.loads(book.passport(book.epub_copy).to_json())
    assert Passport.from_json(json.dumps({**said, "later": "addition"})).title == "Links"
    with pytest.raises(ValueError, match=next(iter(change))):
        Passport.from_json(json.dumps({**said, **change}))


@pytest.mark.parametrize("cut", [0.2, 0.6, 0.98])
def test_a_file_cut_short_is_a_problem(finished: bytes, cut: float) -> None:
    with pytest.raises(Faulty, match=r"\((container|pdf|no-passport)\)"):
        unseal(finished[: int(len(finished) * cut)], "file")


# Sources and commit.


SOURCES = ("book.toml", "CHANGELOG.md", "links.json", "manuscript/data/a.csv", "templates/print/a.j2", "styles/own.css")


def test_the_digest_is_that_of_sha256sum(tmp_path: Path) -> None:
    write_book(tmp_path, files={name: name for name in SOURCES if name != "book.toml"})
    found = sources(tmp_path)
    assert {name for name in found if not name.startswith("press/")} == {*SOURCES, "manuscript/01-one.md"}
    assert "press/bindery/press.py" in found
    assert "press/requirements/press.lock" in found
    lines = "".join(f"{hashlib.sha256(found[name]).hexdigest()}  {name}\n" for name in sorted(found))
    assert origin_of(tmp_path).source == hashlib.sha256(lines.encode()).hexdigest()


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_counts(tmp_path: Path, name: str) -> None:
    write_book(tmp_path, files={name: "1" for name in SOURCES if name != "book.toml"})
    before = origin_of(tmp_path).source
    with (tmp_path / name).open("a") as file:
        file.write("#")
    assert origin_of(tmp_path).source != before


def test_what_is_no_source_does_not_count(tmp_path: Path) -> None:
    write_book(tmp_path)
    before = origin_of(tmp_path).source
    for name in ("README.md", "dist/a.pdf", "manuscript/.swp", "manuscript/.git/x", "styles/__pycache__/x.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert origin_of(tmp_path).source == before
    (tmp_path / "manuscript/01-one.md").rename(tmp_path / "manuscript/02-one.md")
    assert origin_of(tmp_path).source != before


def test_a_source_by_another_name_counts() -> None:
    assert list_digest({"a": b"1"}) != list_digest({"b": b"1"})
    assert list_digest({"a": b"1", "b": b"2"}) == list_digest({"b": b"2", "a": b"1"}) != list_digest({"a": b"2", "b": b"1"})


def test_the_press_belongs_to_the_sources_of_its_own_book() -> None:
    found = sources(HOUSE)
    assert {"book.toml", "build.py", "bindery/press.py", "templates/passport.html.j2"} <= found.keys()
    assert not any(name.startswith(("press/", "tests/", "dist/")) or "__pycache__" in name for name in found)


def git(folder: Path, *arguments: str) -> str:
    command = [
        "git",
        "-C",
        str(folder),
        *("-c", "user.name=A"),
        *("-c", "user.email=a@example.org"),
        *("-c", "commit.gpgsign=false"),
        *arguments,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_the_commit_and_whether_the_sources_are_those_of_it(tmp_path: Path) -> None:
    write_book(tmp_path / "book")
    assert (origin_of(tmp_path / "book").commit, origin_of(tmp_path / "book").clean) == ("", False)
    git(tmp_path, "init", "-q")
    assert (origin_of(tmp_path / "book").commit, origin_of(tmp_path / "book").clean) == ("", False)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "all")
    clean = origin_of(tmp_path / "book")
    assert (clean.commit, clean.clean) == (git(tmp_path, "rev-parse", "HEAD"), True)
    for idle in ("notes.txt", "book/manuscript/.01-one.md.swp", "book/dist/x.pdf", "book/styles/__pycache__/x.pyc"):
        (tmp_path / idle).parent.mkdir(exist_ok=True)
        (tmp_path / idle).write_text("x")
    assert origin_of(tmp_path / "book") == clean
    (tmp_path / "book/manuscript/02-two.md").write_text("# Two\n")
    assert not origin_of(tmp_path / "book").clean
    (tmp_path / "book/manuscript/02-two.md").unlink()
    (tmp_path / "book/manuscript/01-one.md").write_text("# One\n\nOther.\n")
    assert not origin_of(tmp_path / "book").clean
    git(tmp_path, "add", ".")
    assert not origin_of(tmp_path / "book").clean


@pytest.mark.parametrize(
    ("changelog", "release"),
    [
        (None, ""),
        ("# Changelog\n", ""),
        ("# Changelog\n\n## [Unreleased]\n", ""),
        ("# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n\n## [1.0.0] - 2026-01-01\n\n- All.\n", "unreleased"),
        ("# Changelog\n\n## [Unreleased]\n\n## [1.1.0] - 2026-02-01\n\n- More.\n\n## [1.0.0] - 2026-01-01\n\n- All.\n", "1.1.0"),
        ("## 2.0.0\n* All.\n", "2.0.0"),
    ],
)
def test_the_release_is_the_newest_of_the_changelog(tmp_path: Path, changelog: str | None, release: str) -> None:
    if changelog is not None:
        (tmp_path / "CHANGELOG.md").write_text(changelog)
    assert release_of(tmp_path) == release


# The colophon.


def colophon(pdf: bytes) -> tuple[str, list[str]]:
    """The words of the last page, and what the codes on it say."""
    document = pypdfium2.PdfDocument(pdf)
    page = document[len(document) - 1]
    said = " ".join(page.get_textpage().get_text_bounded().split())
    codes = [code.text for code in zxingcpp.read_barcodes(page.render(scale=150 / 72).to_pil())]
    document.close()
    return said, codes


def test_the_printed_colophon_tells_the_release_and_its_code_can_be_read(book: TinyBook) -> None:
    passport = book.passport(book.pdf_copy)
    said, codes = colophon(book.pdf)
    assert f"Release 1.2.0. Commit c0ffeec0ffee. Source files {ORIGIN.source[:16]}." in said
    assert f"Links verified: {passport.links.inside} inside the book" in said
    assert codes == [f"Links; commit {ORIGIN.commit}; sources {ORIGIN.source}"]


def test_the_code_is_black_and_white(book: TinyBook) -> None:
    """Whatever a printer makes of it, it must not be made up of four inks."""
    with pikepdf.open(io.BytesIO(book.pdf)) as pdf:
        page = pdf.pages[-1]
        streams = [page.obj.Contents, *page.resources.get("/XObject", {}).values()]
        painted = {
            tuple(map(float, drawn.operands))
            for stream in streams
            for drawn in pikepdf.parse_content_stream(stream)
            if str(drawn.operator) in ("rg", "RG", "g", "G", "k", "K", "sc", "SC", "scn", "SCN")
        }
    assert painted == {(0, 0, 0), (1, 1, 1)}


def test_the_colophon_of_the_epub_shows_the_same(book: TinyBook) -> None:
    members = members_of(book.epub)
    page = etree.fromstring(members["EPUB/text/colophon.xhtml"])
    said = " ".join("".join(page.itertext()).split())
    assert f"Release 1.2.0. Commit c0ffeec0ffee. Source files {ORIGIN.source[:16]}." in said
    (image,) = page.iter(f"{XHTML}img")
    assert image.get("src") == f"../{QR_CODE}"
    assert image.get("alt") == f"QR code: Links; commit {ORIGIN.commit}; sources {ORIGIN.source}"
    assert {element.get("fill") for element in etree.fromstring(members[f"EPUB/{QR_CODE}"])} == {"#fff", "#000"}


def test_a_book_with_a_website_sends_its_reader_there(tmp_path: Path) -> None:
    more = 'front = []\nback = ["colophon"]\nwebsite = "https://example.org/ein-buch/?a=b&c=ü"\nedition = "Second edition"'
    book = write_book(tmp_path, more=more)
    dirty = replace(book.passport(book.pdf_copy), clean=False, release="unreleased")
    said, codes = colophon(bind_pdf(book.pdf_copy, DATE, dirty).pdf)
    assert "Second edition. Unreleased. Commit c0ffeec0ffee, with uncommitted changes. Source files" in said
    assert codes == [f"https://example.org/ein-buch/?a=b&c=ü#{ORIGIN.commit}-dirty"]


def test_a_book_that_git_does_not_keep(tmp_path: Path) -> None:
    book = write_book(tmp_path, title="Ein Büchlein, über „Ä“", more='front = []\nback = ["colophon"]')
    passport = replace(book.passport(book.pdf_copy), commit="", clean=False, release="")
    said, codes = colophon(bind_pdf(book.pdf_copy, DATE, passport).pdf)
    assert "Commit" not in said
    assert "uncommitted" not in said
    assert codes == [f"Ein Büchlein, über „Ä“; sources {ORIGIN.source}"]


def test_links_to_the_web_are_told_once_they_were_asked(tmp_path: Path) -> None:
    row = {"https://example.org/a": {"date": "2026-09-03", "status": 200, "verdict": "ok"}}
    chapter = "# One\n\n[One](https://example.org/a), [two](https://example.org/b).\n"
    book = write_book(tmp_path, chapter, more='front = []\nback = ["colophon"]', files={LINKS: json.dumps(row)})
    said = colophon(book.printed.pdf)[0]
    assert "Links verified: 0 inside the book; 1 of 2 to the web, asked on 3 September 2026 or later." in said


def test_an_epub_whose_colophon_shows_no_code_has_none(tmp_path: Path) -> None:
    own = {"templates/epub/colophon.html.j2": '<section id="{{ section.id }}"><h1>Mine</h1></section>'}
    book = write_book(tmp_path, more='front = []\nback = ["colophon"]', files=own)
    assert f"EPUB/{QR_CODE}" not in members_of(bind_epub(book.epub_copy, DATE, None, book.passport(book.epub_copy)))


def test_a_page_map_serves_for_the_next_commit(book: TinyBook) -> None:
    assert ORIGIN.commit[:12] in colophon(book.pdf)[0]
    assert job(book.pdf_copy).digest() == book.printed.pages.made_from


# The command.


def build(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(HOUSE / "build.py"), *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=dict(os.environ), check=False, timeout=120)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a book and its finished files, as the command line makes them."""
    folder = tmp_path_factory.mktemp("made")
    shutil.copytree(BOOKS / "notes", folder / "book", ignore=shutil.ignore_patterns("expected"))
    for command in ("pdf", "epub"):
        assert build("--book", "book", command, cwd=folder).returncode == 0
    return folder


FILES = ("dist/notes-print.pdf", "dist/notes-ebook.epub")


def test_verify_tells_of_files(made: Path) -> None:
    told = build("--book", "book", "verify", *FILES, cwd=made)
    assert (told.returncode, told.stderr) == (0, "")
    source = origin_of(made / "book").source
    for line in (
        *FILES,
        "  book:       Notes",
        "  commit:     none",
        f"  sources:    {source}, those of this checkout",
        "  content:    unchanged since it was bound",
        "  checks:     proofreading, inspection",
    ):
        assert line in told.stdout.splitlines()


def test_verify_tells_it_to_machines(made: Path) -> None:
    told = json.loads(build("--book", "book", "verify", "--json", *FILES, cwd=made).stdout)
    assert [one["file"] for one in told] == list(FILES)
    for one, form in zip(told, ("print", "epub"), strict=True):
        assert (one["unchanged"], one["sources_here"], one["same_text"], one["problems"]) == (True, True, False, [])
        assert (one["passport"]["format"], one["passport"]["source"]) == (form, origin_of(made / "book").source)


def test_verify_beside_other_sources_and_another_book(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "book", tmp_path / "book")
    (tmp_path / "book/manuscript/02-second.md").write_text("# Second\n\nOther.\n")
    (verdict,) = verify(tmp_path / "book", [made / FILES[0]])
    assert verdict.here is False
    assert any(line.endswith(", not those of this checkout") for line in as_text(verdict))
    for other in (write_book(tmp_path / "other").folder, tmp_path):
        (verdict,) = verify(other, [made / FILES[0]])
        assert (verdict.here, verdict.problems) == (None, ())
        assert not any("checkout" in line for line in as_text(verdict))


def test_verify_finds_a_changed_file_and_one_without_passport(made: Path, tmp_path: Path) -> None:
    changed, foreign = tmp_path / "changed.pdf", tmp_path / "foreign.epub"
    changed.write_bytes((made / FILES[0]).read_bytes() + b"\n")
    foreign.write_bytes(rezipped((made / FILES[1]).read_bytes(), lambda members: members.pop(MEMBER)))
    told = build("--book", made / "book", "verify", "changed.pdf", "foreign.epub", made / FILES[1], cwd=tmp_path)
    assert told.returncode == 1
    assert "  content:    CHANGED since it was bound" in told.stdout
    assert "  content:    unchanged since it was bound" in told.stdout
    assert told.stderr.splitlines()[:2] == [
        "changed.pdf:0: was changed since it was bound; expected the file as its passport knows it (changed)",
        "foreign.epub:0: has no passport; expected a file that the press bound (no-passport)",
    ]
    told = build("--book", made / "book", "verify", "--json", "changed.pdf", "foreign.epub", cwd=tmp_path)
    rows = json.loads(told.stdout)
    assert [(row["unchanged"], row["passport"] is None) for row in rows] == [(False, False), (False, True)]
    assert [problem["check"] for row in rows for problem in row["problems"]] == ["changed", "no-passport"]


def test_verify_knows_a_certificate_of_the_same_text(made: Path, tmp_path: Path) -> None:
    pdf = shutil.copy(made / FILES[0], tmp_path)
    digest = hashlib.sha256(Path(pdf).read_bytes()).hexdigest()
    for text, proved in (
        (json.dumps({"proofs": [{"print": {"sha256": digest}, "epub": {"sha256": ""}}]}), True),
        (json.dumps({"proofs": [{"print": {"sha256": ""}, "epub": {"sha256": ""}}]}), False),
        ("[]", False),
        ("no json", False),
    ):
        (tmp_path / prove.NAME).write_text(text)
        (verdict,) = verify(made / "book", [Path(pdf)])
        assert verdict.proved == proved
        assert any(line.endswith(", same text") for line in as_text(verdict)) == proved


def test_what_a_passport_says_cannot_drive_a_terminal(book: TinyBook, tmp_path: Path) -> None:
    hostile = replace(book.passport(book.epub_copy), title="\x1b[2J\u202eevil", commit="\r\n")
    (tmp_path / "hostile.epub").write_bytes(sealed(bind_epub(book.epub_copy, DATE), hostile))
    (verdict,) = verify(tmp_path, [tmp_path / "hostile.epub"])
    assert all(line.isprintable() for line in as_text(verdict))
