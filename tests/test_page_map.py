"""The page map, and the pages of print in the EPUB. What is right is told by the finished files alone: the words at the top of a page of the PDF are
those after its mark in the EPUB."""

from __future__ import annotations

import io
import posixpath
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pypdfium2  # type: ignore[import-untyped]
import pytest
from lxml import etree
from tiny import write_book

from bindery.edition.block_names import BLOCK
from bindery.edition.fair_copy import make_fair_copy
from bindery.epub.align import pages_of
from bindery.epub.epub_edition import bind_epub
from bindery.epub.page_breaks import mark_pages
from bindery.manuscript.book import read_book
from bindery.printing import page_map
from bindery.printing.forme import Forme
from bindery.printing.page_map import Block, Leaf, Line, PageMap, letters
from bindery.printing.print_edition import bind_pdf, typeset
from bindery.problem import Faulty

DATE = datetime(2026, 1, 1, tzinfo=UTC)
XHTML = "{http://www.w3.org/1999/xhtml}"
EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"

CARD = """
title = "A Made-up Book"
authors = ["Nobody"]
language = "en-GB"
publisher = "Bindery"
front = ["half-title", "title-page", "copyright", "contents", "list-of-tables", "preface.md"]
chapters = ["01-one.md", "02-two.md", "03-three.md"]
back = ["index", "colophon"]
"""
# Long words are divided at line ends, and some at the ends of pages.
WORDS = """administration considerable understanding of the in and to it counterrevolutionary a on representation by we at characteristically
he so or Straße, naïve; misunderstanding -- incomprehensibility (the) unquestionably well-known “quoted” 1,558 e.g. extraordinary""".split()


def prose(rng: random.Random, words: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(words)) + "."


def chapter(title: str, seed: int) -> str:
    """A chapter with everything a page can start with."""
    rng = random.Random(seed)
    parts = [f"# {title}"]
    for count in range(1, 7):
        parts += [f"## Section {count} of {title}", *(prose(rng, rng.randint(40, 160)) for _ in range(3))]
        parts.append(
            f'{prose(rng, 30)}[^{count}] {prose(rng, 60)} [{prose(rng, 3)}]{{.index entry="Entry {count}"}} {prose(rng, 40)}'
        )
        parts.append(f"[^{count}]: {prose(rng, 25)}\n\n    {prose(rng, 12)}")
        parts.append("\n".join(f"- {prose(rng, rng.randint(4, 40))}" for _ in range(4)))
        parts.append(f"> {prose(rng, 50)}")
        parts.append("\n".join(f"| {prose(rng, 5)}" for _ in range(6)))
        rows = "\n".join(f"| {prose(rng, 2)} | {prose(rng, 9)} | {prose(rng, 1)} |" for _ in range(16))
        parts.append(f'| Head | What is told | Much |\n|:--|:--|--:|\n{rows}\n\n: {prose(rng, 8)} {{source="{prose(rng, 3)}"}}')
        parts.append("~~~\n" + "\n".join(f"line_{n} = {n}" for n in range(12)) + "\n~~~")
        parts.append(f"*{prose(rng, 80)}* **{prose(rng, 20)}**")
    return "\n\n".join(parts) + "\n"


@dataclass(frozen=True)
class Made:
    root: Path
    data: bytes
    pdf: pypdfium2.PdfDocument
    epub: zipfile.ZipFile
    pages: PageMap
    opf: etree._Element


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    root = tmp_path_factory.mktemp("made-up")
    (root / "book.toml").write_text(CARD, "utf-8")
    (root / "manuscript").mkdir()
    for seed, (name, title) in enumerate({"preface": "Preface", "01-one": "One", "02-two": "Two", "03-three": "Three"}.items()):
        (root / "manuscript" / f"{name}.md").write_text(chapter(title, seed), "utf-8")
    return bound(root)


def bound(root: Path) -> Made:
    book = read_book(root)
    printed = bind_pdf(make_fair_copy(book, "print"), DATE)
    epub = zipfile.ZipFile(io.BytesIO(bind_epub(make_fair_copy(book, "ebook"), DATE, printed.pages)))
    return Made(
        root,
        printed.pdf,
        pypdfium2.PdfDocument(printed.pdf),
        epub,
        printed.pages,
        etree.fromstring(epub.read("EPUB/package.opf")),
    )


# --- the map -----------------------------------------------------------------------------------------------------------------


def test_every_page_of_the_pdf_is_a_leaf_with_its_label(made: Made) -> None:
    labels = [made.pdf.get_page_label(index) for index in range(len(made.pdf))]
    assert [leaf.label for leaf in made.pages.pages] == labels
    assert [leaf.number for leaf in made.pages.pages] == list(range(1, len(labels) + 1))
    assert sum(leaf.label.isdecimal() for leaf in made.pages.pages) > 50
    assert sum(leaf.label.isalpha() for leaf in made.pages.pages) > 15


def test_every_letter_of_the_manuscript_is_on_a_line(made: Made) -> None:
    for block in made.pages.blocks:
        if block.text:
            assert block.lines, block.name
            assert block.lines[0].offset == 0, block.name
            offsets = [line.offset for line in block.lines]
            assert offsets == sorted(offsets), block.name
            assert offsets[-1] < len(letters(block.text)), block.name


def test_the_lines_of_the_map_are_those_that_stand_on_the_page(made: Made) -> None:
    """Page by page the printed lines, as the finished PDF gives them, top down: line 9 of the map is the ninth of them."""
    compared = 0
    for block in made.pages.blocks:
        if block.notes or ".md" not in block.at or "|" in block.text or "/" in block.name or len(block.lines) < 4:
            continue
        for line, after in zip(block.lines, block.lines[1:], strict=False):
            if made.pages.label(line.page).isdecimal() and (printed := lines_of(made, line.page)):
                text = letters(block.text)[line.offset : after.offset]
                assert bare(printed[line.line - 1]).startswith(bare(text)), (block.name, line)
                compared += 1
    assert compared > 500


def lines_of(made: Made, page: int) -> list[str]:
    """The lines of a page with nothing but text in one column on it; none for a page with tables, whose rows have several texts at one height."""
    tables = any("+" in block.name for block in made.pages.blocks if any(line.page == page for line in block.lines))
    if tables:
        return []
    text = made.pdf[page - 1].get_textpage()
    top = made.pdf[page - 1].get_size()[1] - 60
    lines: dict[float, list[str]] = {}
    for index in range(text.count_chars()):
        _, low, _, high = text.get_charbox(index, loose=True)
        if high > low and (low + high) / 2 < top:
            lines.setdefault(round((low + high) / 2 / 4), []).append(text.get_text_range(index, 1))
    return ["".join(lines[height]) for height in sorted(lines, reverse=True)]


def bare(text: str) -> str:
    """Text without what the setting adds to it: hyphens, figures of notes, space."""
    return "".join(letter for letter in letters(text) if letter.isalpha()).casefold()


def test_joiners_and_breaks_that_print_puts_in_are_no_part_of_the_words(tmp_path: Path) -> None:
    book = write_book(tmp_path, "# One\n\nSee <https://example.org/a-long/address> and more.^[A note.]\n")
    pages = book.printed.pages
    (block,) = [one for one in pages.blocks if "See" in one.text]
    assert block.text == "See https://example.org/a-long/address and more."
    assert [slug.text for leaf in pages.pages for slug in leaf.slugs if slug.kind == "footnote-call"] == ["1"]


def test_a_map_is_read_back_as_it_was_kept(made: Made) -> None:
    assert PageMap.from_json(made.pages.to_json()) == made.pages


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "another"}', '{"schema": "bindery-page-map-1"}'])
def test_what_is_no_map_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"page map|schema|Expecting"):
        PageMap.from_json(text)


def test_a_word_that_the_pages_lack_is_a_problem(tmp_path: Path) -> None:
    layout, _ = typeset(make_fair_copy(read_book(Path(__file__).parent / "books" / "notes"), "print"))
    _, _, sound = page_map.read_pages(layout.forme)
    assert sound == []
    changed = _changed(layout.forme)
    _, _, found = page_map.read_pages(changed)
    assert {problem.check for problem in found} == {"page-map"}
    assert all(problem.at.path.startswith("manuscript/") for problem in found)


def _changed(forme: Forme) -> Forme:
    """The same pages beside a document that says one word more."""
    paragraph = next(one for one in forme.root.iter("p") if one.get(BLOCK))
    paragraph.text = f"Indeed {paragraph.text}"
    return replace(forme, root=forme.root)


def test_the_digest_follows_what_is_laid_out(tmp_path: Path) -> None:
    book = read_book(Path(__file__).parent / "books" / "notes")
    copy = make_fair_copy(book, "print")
    _, pages = typeset(copy)
    _, again = typeset(make_fair_copy(book, "print"))
    wider = replace(copy, edition=copy.edition.model_copy(update={"trim": ("7in", "9in")}))
    assert pages.made_from == again.made_from
    assert typeset(wider)[1].made_from != pages.made_from


# --- the pages in the EPUB ---------------------------------------------------------------------------------------------------


def page_list(made: Made) -> list[tuple[str, str]]:
    nav = etree.fromstring(made.epub.read("EPUB/nav.xhtml"))
    (listed,) = (one for one in nav.iter(f"{XHTML}nav") if one.get(EPUB_TYPE) == "page-list")
    return [(link.text or "", posixpath.normpath(link.get("href", ""))) for link in listed.iter(f"{XHTML}a")]


def test_a_page_starts_in_the_epub_with_the_words_that_stand_at_its_top(made: Made) -> None:
    """Both texts are read from the finished files. A page that starts in a divided word starts behind it in the EPUB; one that starts with
    the repeated head of a table starts below it."""
    index = {made.pdf.get_page_label(n): n for n in range(len(made.pdf))}
    compared = 0
    for label, href in page_list(made):
        page = made.pdf[index[label]]
        width, height = page.get_size()
        top = bare(page.get_textpage().get_text_bounded(0, 70, width, height - 58))
        if href.startswith("nav.xhtml") or "copyright" in href or "list-of" in href:
            continue  # what the press makes says it in other words
        top = top.removeprefix(bare("Head What is told Much"))
        found = bare(after(made, href))[:40]
        assert found, href
        where = top[:80].find(found[:30])
        assert 0 <= where <= len("counterrevolutionary"), (label, top[:60], found)
        compared += 1
    assert compared > 60


def after(made: Made, href: str) -> str:
    """The text behind a mark, without the calls of notes."""
    path, _, identifier = href.partition("#")
    root = etree.fromstring(made.epub.read(f"EPUB/{path}"))
    seen = False
    found: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            seen = seen or element.get("id") == identifier
            if seen and element.text and element.get("role") not in ("doc-noteref", "doc-backlink"):
                found.append(element.text)
        elif seen and element.tail:
            found.append(element.tail)
    return "".join(found)


def test_every_page_with_text_of_the_book_is_listed_once_in_order(made: Made) -> None:
    listed = [label for label, _ in page_list(made)]
    bearing = [leaf.label for leaf in made.pages.pages if not leaf.blank and leaf.block != "#half-title"]
    assert listed == [label for label in bearing if label in set(listed)]
    assert len(set(listed)) == len(listed)
    assert set(bearing) - set(listed) == set()


def test_no_mark_stands_in_a_heading_and_every_mark_has_its_label(made: Made) -> None:
    listed = {href: label for label, href in page_list(made)}
    marks = {}
    for name in made.epub.namelist():
        if name.endswith(".xhtml"):
            root = etree.fromstring(made.epub.read(name))
            assert not root.xpath(f"//*[@{BLOCK}]"), "the names of blocks have served"
            for mark in root.iter(f"{XHTML}span"):
                if mark.get("role") == "doc-pagebreak":
                    assert mark.get(EPUB_TYPE) == "pagebreak"
                    assert not any(str(one.tag)[-2:] in ("h1", "h2", "h3", "h4") for one in mark.iterancestors())
                    marks[f"{name.removeprefix('EPUB/')}#{mark.get('id')}"] = mark.get("aria-label")
    assert listed == marks


def test_the_package_names_the_edition_whose_pages_they_are(made: Made) -> None:
    properties = {(one.get("property"), one.text) for one in made.opf.iter("{http://www.idpf.org/2007/opf}meta")}
    assert ("pageBreakSource", "A Made-up Book, Bindery (print)") in properties
    assert ("schema:accessibilityFeature", "pageBreakMarkers") in properties
    assert ("schema:accessibilityFeature", "pageNavigation") in properties


def test_the_index_and_the_references_name_printed_pages(made: Made) -> None:
    index = etree.fromstring(made.epub.read("EPUB/text/index.xhtml"))
    locators = [link for link in index.iter(f"{XHTML}a") if link.get(EPUB_TYPE) == "index-locator"]
    assert locators
    for link in locators:
        first = (link.text or "").partition("–")[0]
        _, _, identifier = (link.get("href") or "").partition("#")
        assert made.pages.anchors[identifier] == first


def test_a_book_without_print_has_no_pages(tmp_path: Path) -> None:
    (tmp_path / "book.toml").write_text(
        'title = "T"\nauthors = ["A"]\nlanguage = "en"\nchapters = ["a.md"]\n[editions.ebook]\nformat = "epub"\n'
    )
    (tmp_path / "manuscript").mkdir()
    (tmp_path / "manuscript" / "a.md").write_text("# A\n\nText.\n")
    book = read_book(tmp_path)
    assert book.card.print_edition_of("ebook") == ""
    epub = zipfile.ZipFile(io.BytesIO(bind_epub(make_fair_copy(book, "ebook"), DATE)))
    assert b"page-list" not in epub.read("EPUB/nav.xhtml")
    assert b"pageBreakSource" not in epub.read("EPUB/package.opf")


# --- where a mark goes -------------------------------------------------------------------------------------------------------


def marked(body: str, text: str, offset: int) -> str:
    """A body with one block, ``b``, as it is once page 2 is marked in it. The block has ``text`` in print, and page 2 starts at ``offset``."""
    root = etree.fromstring(f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{body}</body></html>')
    block = Block("b", "manuscript/a.md:1", text, (Line(1, 1, 0), Line(2, 1, offset)))
    pages = PageMap("T", "print", "", "", (Leaf(1, "", block="b"), Leaf(2, "2", block="b", offset=offset)), (block,))
    mark_pages({"a.xhtml": root}, pages)
    return "".join(shown(root[0]))


def shown(element: etree._Element) -> Iterator[str]:
    """The text with ``|`` for the mark."""
    yield "|" if element.get("role") == "doc-pagebreak" else element.text or ""
    for child in element:
        yield from shown(child)
        yield child.tail or ""


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        (0, "|One two three"),
        (3, "One |two three"),
        (4, "One two |three"),  # inside a word: behind it
        (7, "One two three|"),  # inside the last
    ],
)
def test_a_mark_stands_before_the_letter_or_behind_the_word(offset: int, expected: str) -> None:
    assert marked(f'<p {BLOCK}="b">One two three</p>', "One two three", offset) == expected


def test_a_mark_may_stand_behind_a_dash_or_a_stroke() -> None:
    assert marked(f'<p {BLOCK}="b">well-known</p>', "well-known", 5) == "well-|known"
    assert marked(f'<p {BLOCK}="b">a.org/page</p>', "a.org/page", 6) == "a.org/|page"


def test_in_scripts_without_spaces_every_letter_is_a_place() -> None:
    assert marked(f'<p {BLOCK}="b">漢字仮名</p>', "漢字仮名", 2) == "漢字|仮名"


def test_calls_of_notes_are_not_counted() -> None:
    body = f'<p {BLOCK}="b">One.<sup><a role="doc-noteref">12</a></sup> Two <em>three</em> four</p>'
    assert marked(body, "One. Two three four", 7) == "One.12 Two |three four"


def test_a_heading_is_marked_before_it() -> None:
    assert marked(f'<h2 {BLOCK}="b">One two</h2>', "One two", 3) == "|One two"


@pytest.mark.parametrize(
    ("offset", "expected"), [(3, "One |two three four"), (6, "One two three| four"), (11, "One two three |four")]
)
def test_a_link_is_marked_before_it_or_behind_it(offset: int, expected: str) -> None:
    """In a link the mark would be a part of its name."""
    body = f'<p {BLOCK}="b">One <em><a href="#x"><b>two</b> three</a></em> four</p>'
    assert marked(body, "One two three four", offset) == expected


def test_a_text_that_the_epub_says_in_other_words_is_marked_where_it_says_the_same() -> None:
    body = f'<p {BLOCK}="b">Table 4, page 61 shows one two</p>'
    assert marked(body, "Table 4 shows one two", letters("Table 4 shows").__len__()) == "Table 4, page 61 shows |one two"


def test_capitals_may_be_set_in_another_size() -> None:
    root = ElementTree.fromstring(f'<html><p {BLOCK}="b">Straße</p></html>')
    assert page_map._written(root)["b"][1] == "Straße"
    assert page_map._advance("Straße", 0, "STRASSE") == 6
    assert page_map._advance("Straße", 0, "STRASE") is None
    assert page_map._advance("administration", 0, "adminis-") == 7
    assert page_map._advance("administration", 0, "adminisX") is None


# --- a PDF that another program made ------------------------------------------------------------------------------------------


def test_the_pages_of_a_foreign_pdf_are_found_in_the_text(made: Made) -> None:
    """The press's own PDF taken for a foreign one: what is found by its text alone must be what the layout knows."""
    found, lost = pages_of(made.data, "foreign.pdf", make_fair_copy(read_book(made.root), "ebook"))
    known = {leaf.label: (leaf.block, leaf.offset) for leaf in made.pages.pages if ":" in leaf.block}
    right = {
        leaf.label
        for leaf in found.pages
        if leaf.label in known and leaf.block == known[leaf.label][0] and abs(leaf.offset - known[leaf.label][1]) <= 2
    }
    # The rest starts with rows and lines of code that differ in their figures alone, which are not compared.
    assert len(right) > 0.75 * len(known)
    assert not set(lost) & right
    same = [made.pages.anchors[name] == page for name, page in found.anchors.items() if name in made.pages.anchors]
    assert sum(same) > 0.9 * len(same) > 20


def test_what_is_no_pdf_or_another_book_is_a_problem(made: Made) -> None:
    copy = make_fair_copy(read_book(Path(__file__).parent / "books" / "notes"), "ebook")
    for data in (b"no PDF", made.data):
        with pytest.raises(Faulty):
            pages_of(data, "foreign.pdf", copy)
