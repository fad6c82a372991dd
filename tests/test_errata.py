"""Errata: pairs of printings, and what a reader of the old one is told.

What only the words matter for is tried on maps made up here; what hangs on the layout on tiny books, printed before and after a change.
"""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
from lxml import etree
from tiny import DATE, TinyBook, write_book

from bindery.edition.fair_copy import make_fair_copy
from bindery.finished.changed_pages import changed_pages
from bindery.finished.collation import Collation, collate, differences
from bindery.finished.errata import as_chapter, as_page, errata_of, markdown, ranges
from bindery.manuscript.book import Book, read_book
from bindery.nodes import Item, find, plain
from bindery.printing.page_map import Block, Leaf, Line, PageMap, letters
from bindery.printing.print_edition import typeset
from bindery.proof.proofread import proofread

HOUSE = Path(__file__).parent.parent


# --- the words alone: made-up printings ----------------------------------------------------------------------------------------

WORDS_A_LINE, LINES_A_PAGE = 8, 10


def printing(*texts: str, kinds: tuple[str, ...] = (), notes: tuple[int, ...] = (), first: int = 1) -> PageMap:
    """A printing of paragraphs, eight words a line and ten lines a page; ``notes`` are the indexes of those that are notes."""
    blocks, line, note_line = [], 0, 0
    for index, text in enumerate(texts):
        words, lines, offset = text.split(), [], 0
        for start in range(0, len(words), WORDS_A_LINE):
            if index in notes:
                note_line += 1
                lines.append(Line(1, note_line, offset))
            else:
                lines.append(Line(line // LINES_A_PAGE + 1, line % LINES_A_PAGE + 1, offset))
                line += 1
            offset += len(letters(" ".join(words[start : start + WORDS_A_LINE])))
        kind = kinds[index] if kinds else "paragraph"
        note = str(len([one for one in notes if one <= index])) if index in notes else ""
        # The names are those of lines, which move when a paragraph is put in above.
        blocks.append(Block(f"one:{index}", f"manuscript/one.md:{index}", text, tuple(lines), bool(note), kind, note))
    leaves = tuple(Leaf(number, str(number + first - 1)) for number in range(1, line // LINES_A_PAGE + 2))
    return PageMap("T", "print", "T (print)", "", leaves, tuple(blocks))


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return write_book(tmp_path_factory.mktemp("english")).book


def told(old: PageMap, new: PageMap, book: Book) -> list[str]:
    return [f"{one.place}: {one.said}" for one in errata_of(collate(old, new), book)]


FOX = "The quick brown fox jumps over the lazy dog, and then the lazy dog sleeps. A kettle sings."
SHIPS = "Another paragraph, which speaks of shoes and ships and sealing wax, of cabbages and kings."
RAIN = "In the end it rained for seven days, and nobody went out to see the sea."
LONG = " ".join(f"word{index}" for index in range(200)) + "."


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (FOX, []),
        (FOX.replace("brown", "red"), ["p. 1, line 1: for “brown” read “red”"]),
        # The line of the first changed word.
        (FOX.replace("kettle", "pot"), ["p. 1, line 3: for “kettle” read “pot”"]),
        # The words of one line alone make a phrase ambiguous.
        (FOX.replace("the lazy dog sleeps", "the idle dog sleeps"), ["p. 1, line 2: for “lazy” read “idle”"]),
        (FOX.replace("then the", "then a"), ["p. 1, line 2: for “the” read “a”"]),
        (FOX.replace("brown", "brown and white"), ["p. 1, line 1: after “brown” insert “and white”"]),
        (FOX.replace("sleeps. ", "sleeps. A dog it was. "), ["p. 1, line 2: after “sleeps.” insert “A dog it was.”"]),
        # An insertion that starts as what follows it does is told by whole sentences.
        (FOX.replace("A kettle", "A mouse squeaks. A kettle"), ["p. 1, line 2: after “sleeps.” insert “A mouse squeaks.”"]),
        (FOX + " The end.", ["p. 1, line 3: after “sings.” insert “The end.”"]),
        ("Now " + FOX, ["p. 1, line 1: before “The” insert “Now”"]),
        (FOX.replace("quick ", ""), ["p. 1, line 1: delete “quick”"]),
        (FOX.replace("over the", "over"), ["p. 1, line 1: delete “the”"]),
        (FOX.replace(" A kettle sings.", ""), ["p. 1, line 2: delete “A kettle sings.”"]),
        # Marks that do not change are not quoted; one that does is quoted with its word.
        (FOX.replace("sings.", "hums."), ["p. 1, line 3: for “sings” read “hums”"]),
        (FOX.replace("sings.", "sings!"), ["p. 1, line 3: for “sings.” read “sings!”"]),
        # Near each other they are one, else two.
        (FOX.replace("quick brown fox", "slow brown bear"), ["p. 1, line 1: for “quick brown fox” read “slow brown bear”"]),
        (
            FOX.replace("quick", "slow").replace("sleeps", "wakes"),
            ["p. 1, line 1: for “quick” read “slow”", "p. 1, line 2: for “sleeps” read “wakes”"],
        ),
    ],
)
def test_changed_words(new: str, expected: list[str], english: Book) -> None:
    assert told(printing(FOX), printing(new), english) == expected


COW = "so the cat and the dog and the cow slept"


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("so the cat and a dog and the cow slept", "for “the dog” read “a dog”"),
        ("so the cat and the big dog and the cow slept", "after “cat and the” insert “big”"),
        ("so the cat and the dog the cow slept", "for “dog and” read “dog”"),
        ("so the cat and the dog and my cow slept", "for “the cow” read “my cow”"),
        ("so the cat and the dog and the cow crept", "for “slept” read “crept”"),
    ],
)
def test_what_is_quoted_is_as_short_as_it_can_be_and_is_found_once_on_its_line(new: str, expected: str, english: Book) -> None:
    (line,) = told(printing(COW), printing(new), english)
    assert line.partition(": ")[2] == expected


def test_a_row_is_one_line(english: Book) -> None:
    """What stands in another cell at the same height makes a phrase ambiguous as well."""
    cells = printing("the cat", "the dog", kinds=("cell", "cell"))
    row = replace(cells, blocks=tuple(replace(block, at="one.md:1", lines=(Line(1, 1, 0),)) for block in cells.blocks))
    new = replace(row, blocks=(row.blocks[0], replace(row.blocks[1], text="a dog")))
    assert told(row, new, english) == ["p. 1, line 1: for “the dog” read “a dog”"]


def test_a_word_on_a_later_page(english: Book) -> None:
    assert told(printing(LONG), printing(LONG.replace("word170 ", "other ")), english) == [
        "p. 3, line 2: for “word170” read “other”"
    ]


def test_a_long_passage_is_quoted_by_its_ends(english: Book) -> None:
    gone = " ".join(f"word{index}" for index in range(20, 40))
    expected = "p. 1, line 3: delete “word20 word21 word22 word23 word24 … word35 word36 word37 word38 word39”"
    assert told(printing(LONG), printing(LONG.replace(gone + " ", "")), english) == [expected]


def test_a_paragraph_removed_or_added(english: Book) -> None:
    without, whole = printing(FOX, RAIN), printing(FOX, SHIPS, RAIN)
    assert told(whole, without, english) == [
        "p. 1, line 4: delete the paragraph “Another paragraph, which speaks of … wax, of cabbages and kings.”"
    ]
    assert told(without, whole, english) == [f"p. 1, line 3: after “… dog sleeps. A kettle sings.” add the paragraph “{SHIPS}”"]
    assert told(printing(RAIN), printing(FOX, RAIN), english) == [
        f"p. 1, line 1: before “In the end it rained …” add the paragraph “{FOX}”"
    ]


def test_paragraphs_added_one_after_the_other(english: Book) -> None:
    assert [line.partition(" add ")[0] for line in told(printing(FOX), printing(FOX, SHIPS, RAIN), english)] == [
        "p. 1, line 3: after “… dog sleeps. A kettle sings.”",
        "p. 1, line 3: after “… wax, of cabbages and kings.”",
    ]


def test_a_paragraph_written_anew_in_its_place(english: Book) -> None:
    assert told(
        printing(FOX, "Old words all of them.", RAIN), printing(FOX, "Nothing like what stood there.", RAIN), english
    ) == ["p. 1, line 4: for “Old words all of them” read “Nothing like what stood there”"]


def test_a_moved_paragraph_is_told_as_moved(english: Book) -> None:
    assert told(printing(FOX, SHIPS, RAIN, LONG), printing(SHIPS, RAIN, FOX, LONG), english) == [
        "p. 1, line 1: move the paragraph “The quick brown fox jumps … dog sleeps. A kettle sings.” to stand after "
        "“… out to see the sea.” (p. 1, line 7)"
    ]


def test_what_has_moved_together_is_told_as_one_and_its_changes_besides(english: Book) -> None:
    other = " ".join(f"wort{index}" for index in range(100))
    old = printing(LONG, FOX, "Why", SHIPS, other)
    new = printing(FOX.replace("brown", "red"), "Why", SHIPS, LONG, other)
    moves = [line for line in told(old, new, english) if "move" in line]
    assert moves == [
        "p. 1, line 1: move the paragraph “word0 word1 word2 word3 word4 … word195 word196 word197 word198 word199.” "
        "to stand after “… wax, of cabbages and kings.” (p. 4, line 1)"
    ]
    old, new = printing(FOX, "Why", SHIPS, LONG, other), printing(LONG, FOX, "Why", SHIPS, other)
    assert len(told(old, new, english)) == 1
    old, new = printing(FOX, "Why", SHIPS, LONG, other, RAIN, COW), printing(LONG, other, RAIN, COW, FOX, "Why", SHIPS)
    assert told(old, new, english) == [
        "p. 1, line 1: move all from “The quick brown fox jumps …” to “… wax, of cabbages and kings.” "
        "to stand after “… dog and the cow slept” (p. 5, line 8)"
    ]


def test_blocks_are_not_known_by_their_names(english: Book) -> None:
    """A line put in above makes every name another, and may give a paragraph the name that its neighbour had."""
    assert len(told(printing(FOX, SHIPS, RAIN), printing(LONG, FOX, SHIPS, RAIN), english)) == 1


def test_the_same_words_in_other_paragraphs_are_no_erratum(english: Book) -> None:
    first, second = FOX.split(" A kettle")
    assert told(printing(LONG, FOX, RAIN), printing(LONG, first, f"A kettle{second}", RAIN), english) == []
    assert told(printing(LONG, FOX, RAIN), printing(LONG, f"{FOX} {RAIN}"), english) == []


def test_notes_are_told_by_their_number(english: Book) -> None:
    old = printing(FOX, "A note on foxes and dogs.", SHIPS, "A note on " + LONG, notes=(1, 3))
    assert told(old, printing(FOX, "A note on vixens and dogs.", SHIPS, "A note on " + LONG, notes=(1, 3)), english) == [
        "p. 1, note 1, line 1: for “foxes” read “vixens”"
    ]
    assert told(
        old, printing(FOX, "A note on foxes and dogs.", SHIPS, "A note on " + LONG.replace("word20", "x"), notes=(1, 3)), english
    ) == ["p. 1, note 2, line 3: for “word20” read “x”"]
    assert told(old, printing(FOX, SHIPS, "A note on " + LONG, notes=(2,)), english) == [
        "p. 1, note 1, line 1: delete the note “A note on foxes and dogs.”"
    ]
    assert told(printing(FOX, SHIPS, RAIN), printing(FOX, SHIPS, "See the kings.", RAIN, notes=(2,)), english) == [
        "p. 1, line 5: to the passage “Another paragraph, which speaks of …” add the note “See the kings.”"
    ]
    nameless = replace(old, blocks=tuple(replace(block, note="") for block in old.blocks))
    new = printing(FOX, "A note on vixens and dogs.", SHIPS, "A note on " + LONG, notes=(1, 3))
    nameless_new = replace(new, blocks=tuple(replace(block, note="") for block in new.blocks))
    assert told(nameless, nameless_new, english) == ["p. 1, line 1 of the notes: for “foxes” read “vixens”"]


def test_the_paragraphs_of_a_note_are_one_note(english: Book) -> None:
    new = printing(FOX, "See the kings.", "And the cabbages.", RAIN, notes=(1, 2))
    new = replace(new, blocks=tuple(replace(block, note="1" if block.notes else "") for block in new.blocks))
    assert told(printing(FOX, RAIN), new, english) == [
        "p. 1, line 3: to the passage “The quick brown fox jumps …” add the note “See the kings. And the cabbages.”"
    ]
    later = replace(new, blocks=tuple(replace(block, text=block.text.replace("cabbages", "ships")) for block in new.blocks))
    assert told(new, later, english) == ["p. 1, note 1, line 2: for “cabbages” read “ships”"]


def test_scripts_without_spaces_are_compared_by_character(english: Book) -> None:
    assert told(printing("吾輩は猫である。"), printing("吾輩は犬である。"), english) == ["p. 1, line 1: for “猫” read “犬”"]


def test_pages_of_the_index_are_no_words(english: Book) -> None:
    def index(text: str) -> PageMap:
        found = printing(FOX, text)
        return replace(found, blocks=(found.blocks[0], replace(found.blocks[1], name="index-x", at="book.toml:0", kind="entry")))

    assert told(index("Cabbage, 4, 12–14. See also kings"), index("Cabbage, vi, 5, 13. See also kings"), english) == []
    assert told(index("Cabbage, 4"), index("Cabbages, 4"), english) == ["p. 1, line 4: for “Cabbage” read “Cabbages”"]


def test_the_errata_that_a_book_holds_are_not_compared(english: Book) -> None:
    new = printing(FOX, RAIN)
    kept = replace(new, blocks=(new.blocks[0], replace(new.blocks[1], name="errata:5")))
    collation = collate(printing(FOX), kept)
    assert collation.changes == ()
    assert collation.set_anew == ()


@pytest.mark.parametrize("seed", range(30))
def test_changes_make_the_new_text_of_the_old(seed: int) -> None:
    """Whatever was done to a text, the differences, put into the old one, give the new one."""
    import random

    rng = random.Random(seed)
    old = [rng.choice("a b c d e. f the of".split()) for _ in range(rng.randint(1, 60))]
    new = list(old)
    for _ in range(rng.randint(0, 6)):
        place = rng.randint(0, len(new))
        new[place : place + rng.randint(0, 3)] = [rng.choice("a b x y. z the".split()) for _ in range(rng.randint(0, 4))]
    mended = list(old)
    for (start, end), (first, last) in reversed(differences(old, new)):
        mended[start:end] = new[first:last]
    assert mended == new


def test_ranges_of_pages() -> None:
    labels = ["i", "ii", "iii", "1", "2", "3", "4", "5", "6"]
    leaves = tuple(Leaf(number, label, blank=label in ("ii", "4")) for number, label in enumerate(labels, 1))
    pages = PageMap("T", "print", "", "", leaves, ())
    assert ranges(pages, ()) == ""
    assert ranges(pages, [leaves[0]]) == "i"
    assert ranges(pages, [leaves[index] for index in (0, 2, 3, 4, 5, 7)]) == "i–iii, 1–5"
    assert ranges(pages, [leaves[index] for index in (3, 5)]) == "1, 3"


@pytest.mark.parametrize("language", ["de", "fr"])
def test_errata_speak_the_language_of_the_book(language: str, tmp_path: Path) -> None:
    write_book(tmp_path)
    card = (tmp_path / "book.toml").read_text("utf-8").replace('language = "en"', f'language = "{language}"')
    (tmp_path / "book.toml").write_text(card, "utf-8")
    (line,) = told(printing(FOX), printing(FOX.replace("brown", "red")), read_book(tmp_path))
    assert (
        line
        == {
            "de": "S. 1, Z. 1: statt „brown“ lies „red“",
            "fr": "p. 1, l. 1: au lieu de «\u202fbrown\u202f», lire «\u202fred\u202f»",
        }[language]
    )


# --- whole books, printed before and after ---------------------------------------------------------------------------------------

BACK = 'front = []\nback = ["index"]'
OLD = """# One

## First

The quick brown fox jumps over the lazy dog, and the lazy dog sleeps. A second sentence follows the first, and the third
follows the second so that the paragraph has several lines of text in the book.[^a] It ends here.

[^a]: A note about the fox and its jump.

A middle paragraph that will go away in the new printing; nobody will [miss]{.index} it much, they said.

| Name  | Size |
|:------|-----:|
| Small | 124M |
| Large | 774M |

: The sizes of the models. {#tbl-sizes}

## Second

Another paragraph that stands alone and speaks of weather, of ships, and of sealing wax.

The final paragraph, of cabbages and [kings]{.index}, closes this little book.
"""
FILLER = "\n\n".join(f"Paragraph {count} says that it is number {count}, " + "and goes on " * 50 for count in range(14))

MORE = FILLER.replace("Paragraph", "Section").replace("goes on", "ends")


@dataclass(frozen=True)
class Pair:
    """A book printed twice."""

    old: TinyBook
    new: TinyBook

    @property
    def collation(self) -> Collation:
        return collate(self.old.printed.pages, self.new.printed.pages)

    @property
    def errata(self) -> list[str]:
        return [f"{one.place}: {one.said}" for one in errata_of(self.collation, self.new.book)]

    @property
    def set_anew(self) -> str:
        return ranges(self.collation.new, self.collation.set_anew)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> TinyBook:
    return write_book(tmp_path_factory.mktemp("before"), OLD, more=BACK)


@pytest.fixture
def changed(before: TinyBook, tmp_path: Path) -> Callable[[str, str], Pair]:
    def make(was: str, now: str) -> Pair:
        assert OLD.count(was) == 1, was
        return Pair(before, write_book(tmp_path / "after", OLD.replace(was, now), more=BACK))

    return make


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        ("brown fox", "red fox", "p. 1, line 4: for “brown” read “red”"),
        ("sleeps. A", "sleeps. A kettle sings. A", "p. 1, line 4: after “sleeps.” insert “A kettle sings.”"),
        ("the fox and its", "the vixen and its", "p. 1, note 1, line 1: for “fox” read “vixen”"),
        ("774M", "762M", "p. 1, line 12 (Table 1, row 2): for “774M” read “762M”"),
        ("Size |", "Weight |", "p. 1, line 10 (Table 1): for “Size” read “Weight”"),
        ("The sizes of", "The true sizes of", "p. 1, line 9: after “The” insert “true”"),
        (
            "| Large",
            "| Medium | 355M |\n| Large",
            "p. 1, line 11 (Table 1, row 1): after “Small 124M” add the row “Medium 355M”",
        ),
        ("| Small | 124M |\n", "", "p. 1, line 11 (Table 1, row 1): delete the row “Small 124M”"),
        ("## Second\n\n", "", "p. 1, line 13: delete the heading “Second”"),
        (
            "A middle paragraph that will go away in the new printing; nobody will [miss]{.index} it much, they said.",
            "[]{.index entry=miss}",
            "p. 1, line 7: delete the paragraph “A middle paragraph that will … miss it much, they said.”",
        ),
    ],
)
def test_a_change_in_a_book(changed: Callable[[str, str], Pair], was: str, now: str, expected: str) -> None:
    assert changed(was, now).errata == [expected]


def test_a_book_that_has_not_changed(before: TinyBook) -> None:
    pair = Pair(before, before)
    assert (pair.errata, pair.set_anew) == ([], "")
    assert "No word has changed." in as_chapter(pair.collation, before.book).decode()
    assert "No word has changed." in as_page(pair.collation, before.book).decode()


def test_another_trim_is_no_erratum(before: TinyBook, tmp_path: Path) -> None:
    narrow = write_book(tmp_path, OLD, more=BACK)
    card = (tmp_path / "book.toml").read_text("utf-8")
    (tmp_path / "book.toml").write_text(card.replace('format = "print"', 'format = "print"\ntrim = ["4.5in", "7in"]'), "utf-8")
    pair = Pair(before, narrow)
    assert pair.errata == []
    assert pair.set_anew == "1–3"


def test_a_longer_first_chapter_sets_the_rest_anew_and_no_more(tmp_path: Path) -> None:
    two = {"manuscript/02-two.md": OLD.replace("# One", "# Two").replace("tbl-sizes", "tbl-more")}
    chapters = "\nfront = []\nback = []"
    old = write_book(tmp_path / "old", f"# One\n\n{FILLER}\n", more=chapters, files=two)
    new = write_book(tmp_path / "new", f"# One\n\n{FILLER}\n\nOne more paragraph.\n\n{MORE}\n", more=chapters, files=two)
    for book in (old, new):
        card = book.folder / "book.toml"
        card.write_text(card.read_text("utf-8").replace('["01-one.md"]', '["01-one.md", "02-two.md"]'), "utf-8")
    pair = Pair(old, new)
    assert len(pair.errata) == 15
    assert all("after “" in line and "add the paragraph" in line for line in pair.errata)
    first = pair.new.printed.pages.anchors["two"]
    assert pair.set_anew.split(", ")[-1].split("–")[0] == first


# --- the lists ---------------------------------------------------------------------------------------------------------------

NASTY = (
    "*a* _b_ [c](d) [^e] ^[f] @g [@h] $i$ ~j~ ^k^ `l` <em>m</em> &amp; {.n} {{ o }} ::: ![p](q) !include -- ... :smile: "
    "https://example.org/x www.example.org a@example.org \\textbf{r} “s” 't' \"u\" #v | w | <!-- x --> ~~y~~ **z** TODO"
)


def test_markdown_says_what_the_text_says(tmp_path: Path) -> None:
    book = write_book(tmp_path, f"# One\n\n- **p. 1:** {markdown(NASTY)}\n").book
    assert book.problems == ()
    (item,) = find(book.chapters["01-one.md"].blocks, Item)
    copy = make_fair_copy(book, "print")
    (item,) = find(copy.sections[0].blocks, Item)
    assert plain(item) == f"p. 1: {NASTY}"
    assert {problem.check for problem in proofread(book)} <= {"placeholder"}


def test_the_errata_are_a_chapter_that_both_editions_bind(tmp_path: Path) -> None:
    """With every kind of erratum in it, and with words that would be faults anywhere else."""
    faulty = r"`TODO` TODO *weather* \[^x\] \[\@smith\] -- colour, color, the the"
    old = write_book(tmp_path / "old", OLD.replace("weather", faulty), more=BACK)
    new_text = OLD.replace("brown", "red").replace("774M", "762M").replace("fox and its", "vixen and its")
    new = write_book(tmp_path / "new", new_text, more=BACK)
    old_pages = typeset(make_fair_copy(old.book, "print"))[1]
    chapter = as_chapter(collate(old_pages, new.printed.pages), new.book)
    assert chapter.decode().startswith("# Errata {#sec-errata}\n")
    listed = BACK.replace('"index"', '"errata.md", "index"') + "\n[prose]\n"
    files = {"manuscript/errata.md": chapter.decode()}
    book = write_book(tmp_path / "with", new_text + "\nSee @sec-errata.\n", more=listed, files=files)
    assert {problem.at.path for problem in proofread(book.book)} <= {"manuscript/01-one.md"}
    assert make_fair_copy(book.book, "print").problems == ()
    text = "".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(book.pdf))
    assert "note 1, line 1: for" in " ".join(text.split())
    assert any(b'role="doc-errata"' in data and "762M" in data.decode() for data in documents(book.epub))
    # What the book's own errata say is no change of the book.
    assert [one for one in collate(new.printed.pages, book.printed.pages).changes if "See" not in str(one)] == []


def documents(epub: bytes) -> Iterator[bytes]:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(epub)) as archive:
        yield from (archive.read(name) for name in archive.namelist() if name.endswith(".xhtml"))


def test_the_page_of_errata_needs_nothing_else(changed: Callable[[str, str], Pair]) -> None:
    pair = changed("brown fox", "<b>red</b> & white fox".replace("<b>", "\\<b>"))
    html = as_page(pair.collation, pair.new.book).decode()
    root = etree.fromstring(html.encode(), etree.HTMLParser())
    assert root.get("lang") == "en"
    assert root.xpath("//title/text()") == ["Errata – Tiny"]
    assert [len(root.xpath(f"//{name}")) for name in ("main", "h1", "script", "b")] == [1, 1, 0, 0]
    assert root.xpath("//li/span/text()") == ["p. 1, line 4:"]
    (style,) = root.xpath("//link/@href")
    assert base64.b64decode(style.removeprefix("data:text/css;base64,")) == (HOUSE / "styles" / "errata.css").read_bytes()
    assert not re.search(r"(src|href)=\"(?!data:|#)", html)


# --- the proof -------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def long_pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    old = f"# One\n\n{FILLER}\n\n{FILLER}\n\nThe last words.[^n] [Away](https://example.org), and [back](#one).\n\n[^n]: Of a note.\n"
    new = old.replace("says that it is number 6,", "tells that it is number 6,", 1).replace("Of a note", "Of one note")
    return Pair(*(write_book(tmp_path_factory.mktemp(name), text) for name, text in (("old", old), ("new", new))))


@pytest.fixture(scope="module")
def proof(long_pair: Pair) -> bytes:
    layout, pages = typeset(make_fair_copy(long_pair.new.book, "print"))
    return changed_pages(layout, collate(long_pair.old.printed.pages, pages), created=DATE)


def test_the_proof_has_the_spreads_that_changed_with_their_labels(long_pair: Pair, proof: bytes) -> None:
    changed = sorted({page for page, _, _ in long_pair.collation.changed_lines})
    assert len(changed) == 2
    labels = [page.label for page in pikepdf.open(io.BytesIO(proof)).pages]
    count = len(long_pair.new.printed.pages.pages)
    spreads = [number for page in changed for number in (page - page % 2, page - page % 2 + 1) if number <= count]
    assert labels == [long_pair.new.printed.pages.label(number) for number in spreads]
    assert count > len(spreads)


def test_the_proof_says_what_the_book_says(long_pair: Pair, proof: bytes) -> None:
    whole, part = pypdfium2.PdfDocument(long_pair.new.pdf), pypdfium2.PdfDocument(proof)
    texts = {whole.get_page_label(index): page.get_textpage().get_text_bounded() for index, page in enumerate(whole)}
    for index, page in enumerate(part):
        assert page.get_textpage().get_text_bounded() == texts[part.get_page_label(index)]


def test_the_bars_stand_in_the_outer_margin_beside_the_changed_lines(long_pair: Pair, proof: bytes) -> None:
    """Read off the pixels: what the proof has and the book has not, and the letters of the changed words at its height."""
    whole, part = pypdfium2.PdfDocument(long_pair.new.pdf), pypdfium2.PdfDocument(proof)
    places = {whole.get_page_label(index): index for index in range(len(whole))}
    found = 0
    for index, page in enumerate(part):
        other = whole[places[part.get_page_label(index)]]
        scale = 3
        now, before = (one.render(scale=scale).to_pil().convert("L") for one in (page, other))
        from PIL import ImageChops

        box = ImageChops.difference(now, before).getbbox()
        words = "tells" if "tells that" in page.get_textpage().get_text_bounded() else "one note"
        if box is None:
            assert words not in page.get_textpage().get_text_bounded()
            continue
        found += 1
        left, top, right, bottom = (edge / scale for edge in box)
        text = page.get_textpage()
        searcher = text.search(words)
        place, _ = searcher.get_next()
        _, low, _, high = text.get_charbox(place)
        height = page.get_size()[1]
        assert top - 1 <= height - high <= height - low <= bottom + 1, words
        assert bottom - top < 16
        assert 0.5 < right - left < 2.5
        number = places[part.get_page_label(index)] + 1
        edge = left if number % 2 == 0 else page.get_size()[0] - right
        assert 36 < edge < 54
    assert found == 2


def test_links_into_the_book_are_gone_and_those_out_of_it_kept(proof: bytes) -> None:
    with pikepdf.open(io.BytesIO(proof)) as pdf:
        links = [one for page in pdf.pages for one in page.get("/Annots", pikepdf.Array()).as_list()]
        assert [str(one.A.URI) for one in links] == ["https://example.org"]


def test_a_bar_stands_where_something_is_gone(changed: Callable[[str, str], Pair]) -> None:
    gone = "A middle paragraph that will go away in the new printing; nobody will [miss]{.index} it much, they said.\n\n"
    lines = changed(gone, "").collation.changed_lines
    assert (1, 6, False) in lines


# --- the command -----------------------------------------------------------------------------------------------------------------


def build(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(HOUSE / "build.py"), *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="module")
def kept(before: TinyBook, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page map of the old printing, in a file."""
    file = tmp_path_factory.mktemp("kept") / "old.pagemap.json"
    file.write_text(before.printed.pages.to_json(), "utf-8")
    return file


def test_the_command_makes_the_lists_and_the_proof(kept: Path, tmp_path: Path) -> None:
    book = write_book(tmp_path / "book", OLD.replace("brown", "red"), more=BACK)
    made = build("--book", book.folder, "errata", kept, "--out", "made", "--proof", cwd=tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.split() == ["made/errata.md", "made/errata.html", "made/changed-pages.pdf"]
    assert "for “brown” read “red”" in (tmp_path / "made" / "errata.md").read_text("utf-8")
    assert len(pikepdf.open(tmp_path / "made" / "changed-pages.pdf").pages) == 1
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == ["changed-pages.pdf", "errata.html", "errata.md"]


def test_two_maps_are_compared_without_a_layout(kept: Path, tmp_path: Path, before: TinyBook) -> None:
    """NEW is believed: the book itself says something else."""
    other = tmp_path / "new.pagemap.json"
    other.write_text(kept.read_text("utf-8").replace("brown", "green"), "utf-8")
    made = build("--book", before.folder, "errata", kept, other, "--out", "made", cwd=tmp_path)
    assert (made.returncode, made.stdout) == (0, "made/errata.md\nmade/errata.html\n")
    assert "for “brown” read “green”" in (tmp_path / "made" / "errata.md").read_text("utf-8")
    assert build("--book", before.folder, "errata", kept, other, "--proof", cwd=tmp_path).returncode == 2


def test_a_book_that_has_not_changed_is_no_fault(kept: Path, tmp_path: Path, before: TinyBook) -> None:
    """The map kept beside the PDF serves, if it is that of the book."""
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "print.pagemap.json").write_bytes(kept.read_bytes())
    made = build("--book", before.folder, "errata", kept, "--out", "made", cwd=tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    assert "No word has changed." in (tmp_path / "made" / "errata.md").read_text("utf-8")


def test_a_stale_map_is_not_believed(kept: Path, tmp_path: Path) -> None:
    """The map beside the PDF is older than the book: the pages are laid out anew, and the file is left as it is."""
    book = write_book(tmp_path / "book", OLD.replace("brown", "red"), more=BACK)
    stale = tmp_path / "dist" / "print.pagemap.json"
    stale.parent.mkdir()
    stale.write_bytes(kept.read_bytes())
    made = build("--book", book.folder, "errata", stale.relative_to(tmp_path), cwd=tmp_path)
    assert (made.returncode, made.stdout) == (0, "dist/errata.md\ndist/errata.html\n")
    assert "for “brown” read “red”" in (tmp_path / "dist" / "errata.md").read_text("utf-8")
    assert stale.read_bytes() == kept.read_bytes()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "old.json:1: Expecting value"),
        ('{"a":\n\n', "old.json:3: Expecting value"),
        ("[1, 2]", "is no page map"),
        ("[" * 100_000, "is no page map"),
        ('{"schema": "another"}', "its schema is 'another'; expected 'bindery-page-map-1'"),
        ("\udcff", "codec can't decode"),
        (lambda data: data["blocks"][3]["lines"].append([99, 1, 5]), "stands on a page that is not there"),
        (lambda data: data["blocks"][3].update(text=5), "of the wrong kind"),
        (lambda data: data["blocks"][3]["lines"][0].__setitem__(0, "1"), "of the wrong kind"),
        (lambda data: data.update(title="Another"), "is the page map of “Another”; expected one of “Tiny”"),
        (
            lambda data: data.update(edition="ebook"),
            "is the page map of the edition 'ebook'; expected one of a print edition: print",
        ),
    ],
)
def test_what_is_no_map_of_the_book_is_a_problem(
    text: str | Callable[[dict[str, object]], None], said: str, kept: Path, tmp_path: Path, before: TinyBook
) -> None:
    data = json.loads(kept.read_text("utf-8"))
    if not isinstance(text, str):
        text(data)
        text = json.dumps(data)
    (tmp_path / "old.json").write_text(text, "utf-8", errors="surrogateescape")
    new = [] if "edition" in said else [kept]
    made = build("--book", before.folder, "errata", "old.json", *new, cwd=tmp_path)
    assert made.returncode == 1
    assert said in made.stderr
    assert "Traceback" not in made.stderr
    assert "(page-map)" in made.stderr or "(edition)" in made.stderr
    assert made.stdout == ""
    assert not (tmp_path / "dist").exists()
