"""What an e-book claims of its accessibility: what is in it, and no more."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from tiny import DATE, TinyBook, write_book

from bindery.edition.accessibility import Accessibility, accessibility_of, fixed_looks
from bindery.edition.sheets import Sheet
from bindery.epub.epub_edition import bind_epub, stylesheets
from bindery.finished.inspect_epub import inspect_epub
from bindery.manuscript.book import HOUSE
from bindery.manuscript.card import read_card
from bindery.problem import At, Faulty

DOT = (Path(__file__).parent / "books" / "kinds" / "manuscript" / "images" / "dot.png").read_bytes()
TWO = '# One\n\n![](images/dot.png){{alt="A dot."}}\n\n![](images/dot.png){}\n'
LENIENT = '[accessibility]\nmissing_alt = "warn"\n'
CERTIFIED = """\
[accessibility]
certifier = "Ann Assessor"
report = "https://example.org/report"
credential = "Certified Assessor"
"""


def pictured(folder: Path, second: str, more: str = "") -> TinyBook:
    book = write_book(folder, TWO.format(second), more=f"front = []\n{more}")
    (folder / "manuscript" / "images").mkdir(exist_ok=True)
    (folder / "manuscript" / "images" / "dot.png").write_bytes(DOT)
    return book


def facts(book: TinyBook) -> Accessibility:
    return accessibility_of(book.epub_copy, list(stylesheets(book.epub_copy)))


def package(epub: bytes) -> etree._Element:
    with zipfile.ZipFile(io.BytesIO(epub)) as archive:
        return etree.fromstring(archive.read("EPUB/package.opf"))


def said(epub: bytes, name: str) -> list[str | None]:
    return [meta.text for meta in package(epub).iter("{*}meta") if meta.get("property") == name]


def test_alternatives_are_claimed_where_every_picture_has_one(tmp_path: Path) -> None:
    found = facts(pictured(tmp_path, '{alt="Another."}'))
    assert "alternativeText" in found.features
    assert found.sufficient == ("textual", "textual,visual")
    assert {"14", "52"} <= set(found.onix)
    assert "Images that say something have alternative texts." in found.statement
    assert found.lacking == ()


def test_a_decorative_picture_needs_none(tmp_path: Path) -> None:
    assert "alternativeText" in facts(pictured(tmp_path, "{.decorative}")).features


def test_one_alternative_less_and_the_claim_is_gone(tmp_path: Path) -> None:
    found = facts(pictured(tmp_path, "", CERTIFIED + 'missing_alt = "warn"\n'))
    assert "alternativeText" not in found.features
    assert found.sufficient == ("textual,visual",)
    assert not {"14", "52", "85"} & set(found.onix)
    assert "Of 2 images that say something, 1 have no alternative text." in found.statement
    assert found.conformance is None
    assert [(lack.at, lack.check) for lack in found.lacking] == [(At("manuscript/01-one.md", 5), "missing-alt")]


def test_a_missing_alternative_stops_the_build(tmp_path: Path) -> None:
    copy = pictured(tmp_path, "").epub_copy
    assert [(problem.at, problem.check) for problem in copy.problems] == [(At("manuscript/01-one.md", 5), "missing-alt")]


def test_or_the_build_says_where_and_claims_nothing(tmp_path: Path) -> None:
    pictured(tmp_path, "", LENIENT + '[editions.only]\nformat = "epub"\n')
    command = [sys.executable, str(HOUSE / "build.py"), "--book", str(tmp_path), "epub", "only", "--out", str(tmp_path / "made")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "warning: manuscript/01-one.md:5: " in done.stderr
    assert "(missing-alt)" in done.stderr
    epub = Path(done.stdout.strip()).read_bytes()
    assert "alternativeText" not in said(epub, "schema:accessibilityFeature")
    with zipfile.ZipFile(io.BytesIO(epub)) as archive:
        images = [image.get("alt") for image in etree.fromstring(archive.read("EPUB/text/one.xhtml")).iter("{*}img")]
    assert images == ["A dot.", None]


def test_conformance_is_claimed_in_the_name_of_its_certifier_alone(tmp_path: Path) -> None:
    nobody = pictured(tmp_path / "nobody", '{alt="Another."}')
    epub = bind_epub(nobody.epub_copy, DATE)
    assert said(epub, "dcterms:conformsTo") == []
    assert "Conformance to an accessibility standard has not been assessed." in facts(nobody).statement
    somebody = pictured(tmp_path / "somebody", '{alt="Another."}', CERTIFIED)
    epub = bind_epub(somebody.epub_copy, DATE)
    assert said(epub, "dcterms:conformsTo") == ["EPUB Accessibility 1.1 - WCAG 2.2 Level AA"]
    assert said(epub, "a11y:certifiedBy") == ["Ann Assessor"]
    assert said(epub, "a11y:certifierCredential") == ["Certified Assessor"]
    assert [link.get("href") for link in package(epub).iter("{*}link")] == ["https://example.org/report"]
    assert inspect_epub(epub, "good.epub", somebody.epub_copy) == []
    assert {"04", "82", "85", "90"} <= set(facts(somebody).onix)
    found = inspect_epub(epub, "bad.epub", nobody.epub_copy)
    assert "conformance" in {problem.check for problem in found}
    found = inspect_epub(bind_epub(nobody.epub_copy, DATE), "bad.epub", somebody.epub_copy)
    assert "conformance" in {problem.check for problem in found}


@pytest.mark.parametrize("key", ["report", "credential"])
def test_a_report_is_somebodys(tmp_path: Path, key: str) -> None:
    write_book(tmp_path, more=f'[accessibility]\n{key} = "https://example.org"\n')
    with pytest.raises(Faulty, match=rf"book\.toml:6: '{key}' without a certifier"):
        read_card(tmp_path)


@pytest.mark.parametrize(
    ("sheet", "fixed"),
    [
        ("p { font-size: 12px }", True),
        ("p { font: italic 10pt serif }", True),
        ("p { line-height: 14pt }", True),
        ("p { color: #333 }", True),
        ("@media screen { p { background: white } }", True),
        ("p { background: url(a.png) }", True),
        ("p { font-size: 1.2em; line-height: 1.3; color: inherit; background: none; border-top: 1px solid }", False),
        ("figure.figure img { background: white }", False),
    ],
)
def test_looks_that_a_reader_cannot_change(sheet: str, fixed: bool) -> None:
    assert bool(list(fixed_looks(Sheet(f"/* one */\n{sheet}", "styles/own.css")))) == fixed


def test_a_fixed_size_takes_a_claim_away_and_is_told(tmp_path: Path) -> None:
    book = write_book(tmp_path, files={"styles/own.css": "em { font-style: italic }\np { font-size: 12px }"})
    found = facts(book)
    assert "displayTransformability" not in found.features
    assert [lack.at for lack in found.lacking] == [At("styles/own.css", 2)]
    assert "All text can be read aloud. Some sizes or colours are fixed." in found.statement
    assert "displayTransformability" in accessibility_of(book.epub_copy).features


def test_nothing_is_claimed_that_is_not_there(tmp_path: Path) -> None:
    found = facts(write_book(tmp_path))
    assert found.modes == ("textual",)
    absent = {"alternativeText", "longDescription", "MathML", "index", "pageNavigation", "pageBreakMarkers"}
    assert not absent & set(found.features)


def test_the_statement_is_a_page_of_the_e_book_and_of_no_other(tmp_path: Path) -> None:
    book = write_book(tmp_path, more='front = []\nback = ["accessibility"]')
    with zipfile.ZipFile(io.BytesIO(bind_epub(book.epub_copy, DATE))) as archive:
        page: Any = etree.fromstring(archive.read("EPUB/text/accessibility.xhtml"))
        assert b"text/accessibility.xhtml" in archive.read("EPUB/nav.xhtml")
    assert tuple(item.text for item in page.iter("{*}li")) == facts(book).statement
    assert "accessibility" not in {section.kind for section in book.pdf_copy.sections}
