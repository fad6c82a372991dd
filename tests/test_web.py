"""The site: its pages and links, the pages of print, citations, downloads; that it asks nothing of others; the same bytes every time."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from tiny import BOOKS, TinyBook, write_book

from bindery.web.inspect_site import HEAVIEST, inspect_site
from bindery.web.site import Download, WebPages, make_site

SPACES = {"x": "http://www.w3.org/1999/xhtml"}
FILE = Download("tiny-print.pdf", b"%PDF-1.7 tiny", "PDF", "print")


def site_of(book: TinyBook, *downloads: Download, errata: bytes = b"") -> dict[str, bytes]:
    pages = WebPages(book.epub_copy, folios=book.printed.pages.anchors)
    return make_site(pages, book.printed.pages, book.passport(book.epub_copy), downloads, errata)


@pytest.fixture(scope="module")
def notes() -> TinyBook:
    return TinyBook(BOOKS / "notes")


@pytest.fixture(scope="module")
def site(notes: TinyBook) -> dict[str, bytes]:
    return site_of(notes, FILE, errata=b"<p>none</p>")


def xpath(data: bytes, path: str) -> list[Any]:
    found = etree.fromstring(data).xpath(path, namespaces=SPACES)
    return list(found) if isinstance(found, list | str) else [found]


def sections(site: dict[str, bytes]) -> dict[str, bytes]:
    return {path: data for path, data in site.items() if path.startswith("read/")}


def test_the_site_holds(site: dict[str, bytes]) -> None:
    assert inspect_site(site) == []
    assert {"index.html", "contents.html", "search.html", "search.json", "site.js", "files/tiny-print.pdf"} <= site.keys()
    for path in sections(site):
        assert site[path].startswith(b"<!DOCTYPE html>"), path
        assert b"epub:" not in site[path], path
        assert b"data-block" not in site[path], path


def test_the_same_bytes_every_time(notes: TinyBook, site: dict[str, bytes]) -> None:
    assert site_of(TinyBook(notes.folder), FILE, errata=b"<p>none</p>") == site


def test_the_start_page_hands_out_the_files(site: dict[str, bytes]) -> None:
    start = site["index.html"]
    assert xpath(start, "//x:a[@download]/@href") == ["files/tiny-print.pdf"]
    assert xpath(start, "//x:code[@class='digest']/text()") == [hashlib.sha256(FILE.data).hexdigest()]
    assert xpath(start, "//x:a[@href='files/errata.html']")
    assert xpath(start, "//x:ul[@class='statement']/x:li")


def test_nothing_is_offered_that_is_not_there(notes: TinyBook) -> None:
    start = site_of(notes)["index.html"]
    assert xpath(start, "//x:a[@download]") == xpath(start, "//x:a[@href='files/errata.html']") == []


def test_pages_follow_each_other(site: dict[str, bytes]) -> None:
    after = {path: "".join(xpath(data, "//x:a[@rel='next']/@href")) for path, data in sections(site).items()}
    (last,) = [path for path, found in after.items() if not found]
    starts = after.keys() - {f"read/{found}" for found in after.values()}
    (path,) = starts
    way = [path]
    while after[path]:
        path = f"read/{after[path]}"
        way.append(path)
    assert way[-1] == last
    assert set(way) == after.keys()


def test_notes_lead_to_their_calls_and_back(site: dict[str, bytes]) -> None:
    pages = [data for data in sections(site).values() if xpath(data, "//x:a[@role='doc-noteref']")]
    assert pages
    for page in pages:
        for call in xpath(page, "//x:a[@role='doc-noteref']"):
            (note,) = xpath(page, f"//x:aside[@id='{call.get('href', '')[1:]}']")
            back = note.xpath(".//x:a[@role='doc-backlink']/@href", namespaces=SPACES)
            assert back == [f"#{call.get('id')}"]


def test_printed_pages_are_marked_and_cited(notes: TinyBook, site: dict[str, bytes]) -> None:
    labels = {leaf.label for leaf in notes.printed.pages.pages}
    marks = [label for data in sections(site).values() for label in xpath(data, "//x:span[@role='doc-pagebreak']/@aria-label")]
    assert len(marks) > 2
    assert set(marks) <= labels
    assert xpath(site["contents.html"], "//x:nav[@role='doc-pagelist']//x:a/text()") == marks
    blocks = {block.text: block for block in notes.printed.pages.blocks}
    told = 0
    for path, data in sections(site).items():
        for link in xpath(data, "//x:a[@class='cite']"):
            paragraph = link.getparent()
            assert f"#{paragraph.get('id')}" == link.get("href"), path
            link_text = "".join(paragraph.itertext())
            if block := blocks.get(link_text):
                told += 1
                assert link.get("data-page") == notes.printed.pages.label(block.lines[0].page)
    assert told


def test_the_search_looks_through_every_paragraph(site: dict[str, bytes]) -> None:
    passages = json.loads(site["search.json"])
    cited = sum(len(xpath(data, "//x:a[@class='cite']")) for data in sections(site).values())
    assert len(passages) == cited > 0
    for one in passages:
        path, _, identifier = one["at"].partition("#")
        (paragraph,) = xpath(site[path], f"//*[@id='{identifier}']")
        assert " ".join("".join(paragraph.itertext()).split()) == one["text"]


def test_fonts_are_woff2_and_cut(site: dict[str, bytes]) -> None:
    fonts = {path: data for path, data in site.items() if path.startswith("fonts/")}
    assert fonts
    assert all(path.endswith(".woff2") and data.startswith(b"wOF2") for path, data in fonts.items())
    assert max(map(len, fonts.values())) < 60_000


def test_a_book_overrides_a_page(tmp_path: Path) -> None:
    book = write_book(tmp_path, files={"templates/web/cite.html.j2": '<b xmlns="http://www.w3.org/1999/xhtml"/>'})
    pages = WebPages(book.epub_copy)
    files = make_site(pages, None, None, ())
    assert not any(xpath(data, "//x:a[@class='cite']") for data in sections(files).values())
    assert not any(xpath(data, "//*[@role='doc-pagebreak']") for data in sections(files).values())


FAULTS = {
    "leads to no file": (b"</main>", b'<a href="gone.html">x</a></main>'),
    "leads to no id": (b"</main>", b'<a href="#gone">x</a></main>'),
    "more than once": (b"</main>", b'<p id="text">x</p></main>'),
    "is fetched from elsewhere": (b"</main>", b'<img src="https://example.org/x.png" alt="x"/></main>'),
    f"no more than {HEAVIEST}": (b"</main>", b"<p>" + b"x" * HEAVIEST + b"</p></main>"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_inspection_finds(site: dict[str, bytes], fault: str) -> None:
    found = [str(one) for one in inspect_site({**site, "index.html": site["index.html"].replace(*FAULTS[fault])})]
    assert [fault in one for one in found] == [True], found


def test_the_inspection_reads_stylesheets(site: dict[str, bytes]) -> None:
    more = b'\nbody { background: url("https://example.org/x.png") }\n'
    found = inspect_site({**site, "styles/web.css": site["styles/web.css"] + more})
    assert ["fetched from elsewhere" in str(one) for one in found] == [True]
    assert any(
        "leads to no file" in str(one) for one in inspect_site({p: d for p, d in site.items() if not p.endswith(".woff2")})
    )
