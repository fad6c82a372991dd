"""The same-text proof: finished files with one word changed, each in another way; every one must be found, at its page, file and line, and nothing
in the files as they were bound."""

from __future__ import annotations

import hashlib
import io
import json
import random
import re
import shutil
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from lxml import etree
from tiny import BOOKS, TinyBook, write_book

from bindery import press
from bindery.finished import prove
from bindery.finished.prove import Pair
from bindery.finished.wording import Wording, compare
from bindery.problem import Faulty, Problem

X = "{http://www.w3.org/1999/xhtml}"


@dataclass(frozen=True)
class Bound:
    """A book with its finished files in a folder."""

    book: TinyBook
    out: Path

    @property
    def pair(self) -> Pair:
        files = (self.out / "book.pdf", self.out / "print.pagemap.json", self.out / "book.epub")
        return Pair(self.book.pdf_copy, self.book.epub_copy, *files)

    def problems(self, *, pdf: bytes | None = None, epub: bytes | None = None) -> tuple[Problem, ...]:
        """What the proof says of the book's files, or of others in their places."""
        self.pair.pdf.write_bytes(pdf or self.book.pdf)
        self.pair.epub.write_bytes(epub or self.book.epub)
        self.pair.page_map.write_text(self.book.printed.pages.to_json(), "utf-8")
        try:
            self.certificate()
        except Faulty as fault:
            return fault.problems
        return ()

    def certificate(self) -> dict[str, Any]:
        proved: dict[str, Any] = json.loads(prove.prove(self.book.book, [self.pair], "1.0", lambda _: None))
        return proved

    def line(self, words: str) -> str:
        """File and line of the manuscript where words stand first."""
        for path in sorted((self.book.folder / "manuscript").rglob("*.*")):
            if path.suffix in (".md", ".csv"):
                for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                    if words in line:
                        return f"{path.relative_to(self.book.folder).as_posix()}:{number}"
        raise AssertionError(f"“{words}” is not in the manuscript")

    def page(self, words: str) -> str:
        """The page of print on which a block with these words starts, as the proof tells it."""
        pages = self.book.printed.pages
        block = next(block for block in pages.blocks if words in block.text)
        number = block.lines[0].page
        return f"page {pages.label(number)} ({number} of book.pdf)"


@pytest.fixture
def kinds(tiny: dict[str, TinyBook], tmp_path: Path) -> Bound:
    return Bound(tiny["kinds"], tmp_path)


# --- a book of some length -----------------------------------------------------------------------------------------------------

WORDS = (
    "the of and a to in that was his it with as for on at by had not but from an were which there been one so all out up said would when "
    "office affluent fjord figure waffle Thursday first flight coffee baffling find offer well-known re-sign mother-in-law cooperate "
    "counterrevolutionary administration internationalisation representative characteristically acknowledgement “quoted” naïve café"
).split()


def prose(rng: random.Random, count: int) -> str:
    words = [rng.choice(WORDS) for _ in range(count)]
    return " ".join(words).capitalize() + "."


def chapter() -> str:
    rng = random.Random(1)
    rows = [f"| row{count} {prose(rng, 2)} | {prose(rng, 5)}{'[^cell]' * (count == 30)} | {count},000 |" for count in range(60)]
    parts = ["# Chapter", prose(rng, 60)]
    for section in range(3):
        parts += [f"## Section {section}", *(f"{prose(rng, 90)}^[{prose(rng, 18)}] {prose(rng, 20)}" for _ in range(4))]
        parts.append(f"The [entry {section}]{{.index}} is in *{prose(rng, 6)}*, 2^10^ and H~2~O^[Raised: x^2^.], $a_{section}$.")
        parts.append(f"- {prose(rng, 12)}\n- {prose(rng, 30)}\n\n1. {prose(rng, 5)}\n2. {prose(rng, 5)}")
        parts.append(f"> {prose(rng, 30)}\n\n| {prose(rng, 4)}\n|     {prose(rng, 4)}\n\n~~~\ncode_{section} = 'a-b'\n~~~")
    head = "| Head of all | What is told | Much |\n|:--|:--|--:|"
    parts.append("\n".join([head, *rows, "", f': The long table is {prose(rng, 30)} {{#tbl-long source="{prose(rng, 3)}"}}']))
    parts += ["[^cell]: In a cell.", "See @tbl-long.", "Foremost.", "Hindmost.", "Efficacious."]
    return "\n\n".join(parts) + "\n"


MORE = """\
front = ["half-title", "title-page", "copyright", "contents", "list-of-tables", "preface.md"]
back = ["glossary.md", "index", "colophon"]
publisher = "A Press"
rights = "© 2026 Ann Author"
"""


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Bound:
    """A book of some twenty pages, with a table that runs over several, divided words, and whatever is set apart."""
    folder = tmp_path_factory.mktemp("long")
    files = {
        "manuscript/preface.md": "# Preface\n\nA preface.^[With a note.]\n",
        "manuscript/glossary.md": "# Glossary\n\nLoss\n: What falls.\n",
    }
    (folder / "out").mkdir()
    return Bound(write_book(folder / "book", chapter(), more=MORE, files=files), folder / "out")


# --- what is sound -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["kinds", "links", "notes"])
def test_files_as_they_were_bound_say_the_same(tiny: dict[str, TinyBook], tmp_path: Path, name: str) -> None:
    assert Bound(tiny[name], tmp_path).problems() == ()


def test_so_do_those_of_a_longer_book(long: Bound) -> None:
    assert len(long.book.printed.pages.pages) > 20
    assert long.problems() == ()
    (proof,) = long.certificate()["proofs"]
    assert proof["print"]["words"]["text"] > 2000
    assert proof["print"]["exceptions"]["repeated"] >= 12
    assert proof["print"]["exceptions"]["hyphens"] > 5


LOOKS = """
h2 { text-transform: uppercase; letter-spacing: .2em }
blockquote p::first-letter { float: left; font-size: 28pt; line-height: 1 }
.verse { columns: 2 }
blockquote { position: relative; left: 5pt }
sup { vertical-align: super; position: static }
ul { list-style: "• " }
aside { float: right; width: 40% }
figure.code { position: absolute; bottom: 0 }
fn-note { font-variant-caps: all-small-caps }
"""


def test_looks_change_no_word(tmp_path: Path) -> None:
    """What a stylesheet takes out of its place is still read in the order of the text: by where it stands, not by when it was drawn."""
    text = (
        '# One\n\n## A straße of capitals\n\nThe text has raised^2^ words.^[A note.]\n\n::: {.aside title="Aside"}\nFloats to the right.\n:::\n\n'
        "| Verse in one column\n| and the other.\n\n> A quotation.\n\n- One\n- Two\n\n~~~\ncode\n~~~\n\n" + "More text. " * 40
    )
    book = write_book(tmp_path / "book", text, files={"styles/own.css": LOOKS})
    bound = Bound(book, tmp_path)
    assert bound.problems() == ()
    (proof,) = bound.certificate()["proofs"]
    assert proof["print"]["exceptions"]["capitals"] == 1


def test_what_is_for_one_edition_may_differ(tmp_path: Path) -> None:
    text = (
        '# One\n\n::: {.only edition="print"}\nOn paper.[^1]\n:::\n\nText.\n\n'
        'In [print]{.only edition="print"}[a file]{.only edition="epub"}.\n\n'
        "[^1]: A note on paper.\n"
    )
    bound = Bound(write_book(tmp_path / "book", text), tmp_path)
    assert bound.problems() == ()
    (proof,) = bound.certificate()["proofs"]
    assert proof["for_one_edition"] == {"print": 2 + 1, "ebook": 2}


# --- an EPUB with a fault ------------------------------------------------------------------------------------------------------


Change = Callable[[str], str]


def instead(old: str, new: str) -> Change:
    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, 1)

    return change


def without(tag: str, words: str) -> Change:
    """The last element of a kind with these words in it taken out."""

    def change(text: str) -> str:
        root = etree.fromstring(text.encode())
        element = [one for one in root.iter(X + tag) if words in " ".join("".join(one.itertext()).split())][-1]
        parent, previous = element.getparent(), element.getprevious()
        assert parent is not None
        if previous is not None:
            previous.tail = (previous.tail or "") + (element.tail or "")
        parent.remove(element)
        return etree.tostring(root, encoding="unicode")

    return change


def swapped(one: str, other: str) -> Change:
    return lambda text: text.replace(one, "\0").replace(other, one).replace("\0", other)


def rezipped(epub: bytes, member: str, change: Change) -> bytes:
    finished = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(epub)) as archive, zipfile.ZipFile(finished, "w") as made:
        assert any(info.filename.endswith(member) for info in archive.infolist())
        for info in archive.infolist():
            data = archive.read(info)
            made.writestr(info, change(data.decode()).encode() if info.filename.endswith(member) else data)
    return finished.getvalue()


# What is done, in which document, where in the manuscript that is, and what is said of it.
EPUB_FAULTS: dict[str, tuple[str, Change, str, str]] = {
    "word dropped": (
        "kinds",
        instead("An inline note", "An note"),
        "An inline note",
        "lacks “inline” after “Clean Chapter Text.1 An”",
    ),
    "word doubled": ("kinds", instead("An inline note", "An inline inline note"), "An inline note", "says “inline”"),
    "letter changed": (
        "kinds",
        instead("A quotation.", "A quotatian."),
        "A quotation.",
        "says “quotatian.” after “a source.3 Section A”; expected “quotation.”",
    ),
    "space lost": ("kinds", instead("inline note", "inlinenote"), "An inline note", "says “inlinenote2”"),
    "space added": ("kinds", instead("inline", "in line"), "An inline note", "says “in line”"),
    "ligature lost": ("long", instead("Efficacious.", "Ecacious."), "Efficacious.", "says “Ecacious.”"),
    "note dropped": ("kinds", without("aside", "In a caption."), "In a caption.", "lacks “5. In a caption.”"),
    "note's paragraph dropped": (
        "kinds",
        without("p", "Second paragraph"),
        "Second paragraph",
        "lacks “Second paragraph, with Smith, A Book.”",
    ),
    "note's number changed": (
        "kinds",
        instead('role="doc-noteref">2<', 'role="doc-noteref">3<'),
        "An inline note",
        "says “note3”",
    ),
    "cell dropped": ("kinds", instead("Ann</th>", "</th>"), "Ann,1", "lacks “Ann”"),
    "unit changed": ("kinds", instead("kg", "km"), "| Head | Number |", "says “km”"),
    "caption dropped": ("kinds", without("figcaption", "A caption."), ": A caption.", "lacks “Table 1 A caption.5”"),
    "label changed": ("kinds", instead("Table 2</span>", "Table 3</span>"), "Another, see", "says “3”"),
    "source changed": ("kinds", instead("Another", "Other"), "#tbl-one", "says “Other.”"),
    "attribution changed": ("kinds", instead("Author”</span>", "Author</span>"), ".quote", "expected ““Author”,”"),
    "verse swapped": ("kinds", swapped("Verse, a line,", "indented."), "| Verse", "indented."),
    "paragraphs swapped": ("long", swapped("Foremost.", "Hindmost."), "Foremost.", "Hindmost."),
    "heading changed": ("kinds", instead("Section</h2>", "Sections</h2>"), "## Section", "says “Sections”"),
    "code changed": ("kinds", instead("code = {}", "code = []"), "```python", "says “[]”"),
    "formula changed": ("kinds", instead('alttext="E = mc^2"', 'alttext="E = mc^3"'), "$$E", "says “mc^3”"),
    "page changed": ("kinds", instead(", page\u00a01<", ", page\u00a02<"), "See @sec-section", "says “2,” after"),
    "title changed": ("kinds", instead("A Clean Chapter</span>", "A Clear Chapter</span>"), "# A Clean", "says “Clear”"),
    "another place said": ("kinds", instead("the e-book", "print"), "For [print]", "says “print.”"),
    "bibliography": ("bibliography", instead(". 1999", ". 1998"), "", "says “1998.”"),
    "glossary": ("glossary", instead("What falls.", "What fails."), "What falls.", "says “fails.”"),
    "index": ("index", instead("life of", "life on"), "", "says “on.”"),
    "index's page": ("index", lambda text: re.sub(r'(aria-label="[^"]*">)\d', r"\g<1>9", text, count=1), "", "says “9”"),
}


@pytest.mark.parametrize("fault", EPUB_FAULTS)
def test_a_fault_in_an_epub_is_found(long: Bound, kinds: Bound, fault: str) -> None:
    document, change, where, said = EPUB_FAULTS[fault]
    bound = long if document == "long" else kinds
    member = f"text/{'one' if document == 'long' else document}.xhtml"
    found = bound.problems(epub=rezipped(bound.book.epub, member, change))
    assert found, "nothing is found"
    assert {problem.check for problem in found} == {"same-text"}
    assert said in found[0].message
    assert f"EPUB/{member} of book.epub" in found[0].message
    if where:
        assert str(found[0].at) == bound.line(where)
    assert len(found) <= (2 if "swapped" in fault else 1), found


# --- a PDF with a fault --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Typeface:
    """What the glyphs of a font of a PDF say, by their codes."""

    says: dict[bytes, str]

    @classmethod
    def of(cls, font: pikepdf.Object) -> Typeface:
        lines = re.findall(r"<([0-9a-f]{4})> <([0-9a-f]+)>", font.ToUnicode.read_bytes().decode())
        return cls({bytes.fromhex(code): bytes.fromhex(text).decode("utf-16-be") for code, text in lines[1:]})

    def read(self, array: pikepdf.Object) -> str:
        codes = b"".join(bytes(one) for one in array if isinstance(one, pikepdf.String))
        return "".join(self.says.get(codes[at : at + 2], "?") for at in range(0, len(codes), 2))

    def set(self, text: str) -> pikepdf.Array:
        codes = b""
        while text:
            code, letters = max(
                ((c, said) for c, said in self.says.items() if said and text.startswith(said)), key=lambda one: len(one[1])
            )
            codes, text = codes + code, text[len(letters) :]
        return pikepdf.Array([pikepdf.String(codes)])


def reset(pdf: bytes, *changes: tuple[str, str]) -> bytes:
    """A PDF in which runs of type say something else: for each change the first run that has the words."""
    finished = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        for old, new in changes:
            assert any(_reset_page(opened, page, old, new) for page in opened.pages), old
        opened.save(finished)
    return finished.getvalue()


def _reset_page(pdf: pikepdf.Pdf, page: pikepdf.Page, old: str, new: str) -> bool:
    operations = list(pikepdf.parse_content_stream(page))
    face: Typeface | None = None
    for index, operation in enumerate(operations):
        operands, operator = operation.operands, operation.operator
        if str(operator) == "Tf":
            face = Typeface.of(page.Resources.Font[str(operands[0])])
        elif str(operator) == "TJ" and face and old in (text := face.read(operands[0])):
            operations[index] = pikepdf.ContentStreamInstruction([face.set(text.replace(old, new, 1))], operator)
            page.Contents = pdf.make_stream(pikepdf.unparse_content_stream(operations))
            return True
    return False


# Which runs of type are set anew; where in the manuscript that is, what the page has there, and what is said of it.
PDF_FAULTS: dict[str, tuple[str, Sequence[tuple[str, str]], str, str, str]] = {
    "word dropped": ("kinds", [(" An inline", " An")], "An inline note", "", "lacks “inline” after “Clean Chapter Text. An”"),
    "word doubled": ("kinds", [(" An inline", " An inline inline")], "An inline note", "", "says “inline”"),
    "letter changed": ("kinds", [("quotation.", "quotatian.")], "A quotation.", "", "says “quotatian.”"),
    "space lost": ("kinds", [("inline note", "inlinenote")], "An inline note", "", "says “inlinenote”"),
    "ligature lost": ("long", [("Efficacious.", "Ecacious.")], "Efficacious.", "", "says “Ecacious.”"),
    "note dropped": (
        "notes",
        [("The first ", ""), ("chapter’s note.", "")],
        "first chapter's note",
        "first chapter’s note",
        "lacks “The first chapter’s note.”",
    ),
    "note's letter changed": ("notes", [("Callout.", "Callaut.")], "Callout.", "", "says “Callaut.”"),
    "cell dropped": ("kinds", [("Bob", "")], "Bob,2", "Bob", "lacks “Bob”"),
    "caption dropped": ("kinds", [("caption.", "")], ": A caption.", "A caption.", "lacks “caption.” after"),
    "label changed": ("kinds", [("Table 2", "Table 1")], "Another, see", "", "says “1” after"),
    "paragraphs swapped": (
        "long",
        [("Foremost.", "Hindmost"), ("Hindmost.", "Foremost."), ("Hindmost", "Hindmost.")],
        "Foremost.",
        "",
        "Hindmost.",
    ),
    "code changed": ("kinds", [("code = {}", "code = {{")], "```python", "code = {}", "says “{{”"),
    "glossary": ("kinds", [("falls.", "alls.")], "What falls.", "", "says “alls.”"),
    "index": ("kinds", [("life of", "life fo")], "", "life of", "says “fo.”"),
    "repeated head": ("long", [("Head of all", "Head of a"), ("Head of all", "Head of a")], "", "", "reads “Head of a”"),
    "running head": ("kinds", [("Kinds", "Kin")], "", "", "reads “Kin”; expected “Kinds”"),
    "half title": ("long", [("Tiny", "Tin")], "", "", "the half title in book.pdf says “Tin”"),
    "title page": ("long", [("Tiny", "Tiny"), ("Ann Author", "Ann Arthur")], "", "", "the title page"),
    "imprint": ("long", [("© 2026", "© 2028")], "", "", "lacks “© 2026 Ann Author”"),
    "contents": ("long", [("Glossary", "Glosary")], "", "", "the contents of book.pdf lack “Glossary”"),
    "page of a reference": (
        "kinds",
        [(", page\u00a01", ", page\u00a02")],
        "",
        "",
        "reads “, page\u00a02”; expected “, page\u00a01”",
    ),
}


@pytest.mark.parametrize("fault", PDF_FAULTS)
def test_a_fault_in_a_pdf_is_found(long: Bound, tiny: dict[str, TinyBook], tmp_path: Path, fault: str) -> None:
    name, changes, where, words, said = PDF_FAULTS[fault]
    bound = long if name == "long" else Bound(tiny[name], tmp_path)
    found = bound.problems(pdf=reset(bound.book.pdf, *changes))
    assert found, "nothing is found"
    assert {problem.check for problem in found} == {"same-text"}
    assert said in " ".join(problem.message for problem in found)
    if where:
        assert str(found[0].at) == bound.line(where)
        assert bound.page(words or where) in found[0].message
    assert len(found) <= (2 if fault in ("paragraphs swapped", "repeated head") else 1), found


def test_a_letter_of_which_the_pdf_does_not_say_what_it_is(long: Bound) -> None:
    """A ligature that looks as it should and is lost when the text is copied, searched or read aloud."""
    finished = io.BytesIO()
    with pikepdf.open(io.BytesIO(long.book.pdf)) as pdf:
        lost = 0
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Stream) and b"begincmap" in (cmap := thing.read_bytes()):
                told = cmap.replace(b"<006600660069>", b"<fffd>")
                lost += told != cmap
                thing.write(told)
        pdf.save(finished)
    assert lost
    found = long.problems(pdf=finished.getvalue())
    assert any("expected “Efficacious.”" in problem.message for problem in found)


def test_a_pdf_of_another_layout(tmp_path: Path) -> None:
    """A whole paragraph less, all after it elsewhere: the paragraph is told, and words that stand where a page has none are read all the same."""
    rng = random.Random(3)
    paragraphs = ["# One", *(f"Paragraph {count}. {prose(rng, 50)}" for count in range(9))]
    sound = write_book(tmp_path / "sound", "\n\n".join(paragraphs))
    faulty = write_book(tmp_path / "faulty", "\n\n".join(paragraphs[:3] + paragraphs[4:]))
    (tmp_path / "out").mkdir()
    (found,) = (one for one in Bound(sound, tmp_path / "out").problems(pdf=faulty.pdf) if "lacks" in one.message)
    assert found.at.line == 7
    assert "lacks “2. " in found.message


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 and nothing more"])
def test_what_is_no_file_of_its_kind_is_a_problem_and_no_crash(kinds: Bound, data: bytes) -> None:
    assert {problem.check for problem in kinds.problems(pdf=data or b"x")} == {"pdf"}
    assert {problem.check for problem in kinds.problems(epub=data or b"x")} == {"container"}


def test_a_pdf_with_a_page_too_many(kinds: Bound) -> None:
    finished = io.BytesIO()
    with pikepdf.open(io.BytesIO(kinds.book.pdf)) as pdf:
        pdf.pages.append(pdf.pages[0])
        pdf.save(finished)
    (found,) = kinds.problems(pdf=finished.getvalue())
    assert "its page map has" in found.message


# --- the command and its certificate -------------------------------------------------------------------------------------------


class Silence(press.Say):
    def __init__(self) -> None:
        super().__init__(io.StringIO())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a book and, in ``dist``, its editions as the press makes them."""
    folder = tmp_path_factory.mktemp("made")
    shutil.copytree(BOOKS / "notes", folder / "book", ignore=shutil.ignore_patterns("expected"))
    for file_format in ("print", "epub"):
        list(press.make(press.Desk(folder / "book", Silence()), file_format, (), folder / "dist"))
    return folder


@pytest.fixture
def pressed(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "pressed")


def test_the_certificate(pressed: Path) -> None:
    path = press.prove(press.Desk(pressed / "book", Silence()), pressed / "dist")
    assert path == pressed / "dist" / "same-text.json"
    text = path.read_text("utf-8")
    made = json.loads(text)
    assert made["schema"] == "bindery-same-text-1"
    (proof,) = made["proofs"]
    for part, file in (("print", "notes-print.pdf"), ("epub", "notes-ebook.epub")):
        assert proof[part]["file"] == file
        assert proof[part]["sha256"] == hashlib.sha256((pressed / "dist" / file).read_bytes()).hexdigest()
        assert proof[part]["words"]["notes"] > 50
    assert proof["print"]["exceptions"]["footnote-call"] == 19
    press.prove(press.Desk(pressed / "book", Silence()), pressed / "dist")
    assert path.read_text("utf-8") == text, "the same files, the same certificate"


def test_a_certificate_that_does_not_hold_does_not_stay(pressed: Path) -> None:
    certificate = press.prove(press.Desk(pressed / "book", Silence()), pressed / "dist")
    epub = pressed / "dist" / "notes-ebook.epub"
    good = epub.read_bytes()
    epub.write_bytes(rezipped(good, "second.xhtml", instead("Second chapter", "Second chaptre")))
    with pytest.raises(Faulty, match="“chaptre"):
        press.prove(press.Desk(pressed / "book", Silence()), pressed / "dist")
    assert not certificate.exists()
    epub.write_bytes(good)
    assert press.prove(press.Desk(pressed / "book", Silence()), pressed / "dist").exists()
    with (pressed / "book" / "manuscript" / "02-second.md").open("a") as file:
        file.write("\nMore.\n")
    with pytest.raises(Faulty) as caught:
        press.prove(press.Desk(pressed / "book", Silence()), pressed / "dist")
    assert [problem.check for problem in caught.value.problems] == ["stale"]
    assert not certificate.exists()


def test_files_that_are_not_there_are_told_with_what_makes_them(pressed: Path) -> None:
    for file in (pressed / "dist").iterdir():
        file.unlink()
    with pytest.raises(Faulty) as caught:
        press.prove(press.Desk(pressed / "book", Silence()), pressed / "dist")
    said = [str(problem) for problem in caught.value.problems]
    assert [line[line.rindex("(") :] for line in said] == ["(not-made)"] * 3
    assert [line.count("`make pdf`") for line in said] == [0, 1, 1]


def test_a_map_of_an_older_press_is_stale(pressed: Path) -> None:
    (pressed / "dist" / "print.pagemap.json").write_text("{}")
    with pytest.raises(Faulty, match=r"print\.pagemap\.json:0: .*\(stale\)"):
        press.prove(press.Desk(pressed / "book", Silence()), pressed / "dist")


def test_a_book_without_a_pair(tmp_path: Path) -> None:
    book = write_book(tmp_path / "book", more='[editions.only]\nformat = "epub"\npages = "none"').folder
    card = (book / "book.toml").read_text()
    (book / "book.toml").write_text(card[: card.index("[editions.print]")])
    with pytest.raises(Faulty, match="two editions to compare"):
        press.prove(press.Desk(book, Silence()), tmp_path / "dist")


# --- wordings ------------------------------------------------------------------------------------------------------------------


def wording(*lines: str) -> Wording[int]:
    """A text of several lines, as a page has them."""
    made: Wording[int] = Wording(0)
    for count, line in enumerate(lines):
        made.place = count
        made.write(line)
        made.line_end()
    return made


def differences(wanted: str, *lines: str, capitals: bool = False) -> list[tuple[str, str]]:
    a, b = wording(wanted), wording(*lines)
    return [(a.words(*one.wanted), b.words(*one.found)) for one in compare(a, b, capitals=capitals).differences]


@pytest.mark.parametrize(
    ("wanted", "lines"),
    [
        ("one two", ["one two"]),
        ("one two", ["one", "two"]),
        ("one\u00a0two", ["one  two"]),
        ("example", ["exam-", "ple"]),
        ("well-known", ["well-", "known"]),
        ("two- and threefold", ["two-", "and three-", "fold"]),
        ("https://example.org/page", ["https://", "example.org/page"]),
        ("so\u00adft", ["so-", "ft"]),
        ("ﬁnd", ["find"]),
        ("a\u2011b", ["a-b"]),
        ("a - b", ["a -", "b"]),
        ("", []),
    ],
)
def test_what_is_the_same(wanted: str, lines: list[str]) -> None:
    assert differences(wanted, *lines) == []


@pytest.mark.parametrize(
    ("wanted", "lines", "expected"),
    [
        ("the cat sat", ["the sat"], [("cat", "")]),
        ("the theme is", ["theme is"], [("the", "")]),
        ("the theme is", ["the", "the theme is"], [("", "the")]),
        ("the rapist", ["therapist"], [("the rapist", "therapist")]),
        ("therapist", ["the rapist"], [("therapist", "the rapist")]),
        ("foo bar", ["foo-", "bar"], [("foo bar", "foobar")]),
        ("re-form it", ["reform it"], [("re-form", "reform")]),
        ("reform it", ["re-form it"], [("reform", "re-form")]),
        ("a - b", ["a b"], [("-", "")]),
        ("last", [], [("last", "")]),
        ("", ["more"], [("", "more")]),
        ("An end", ["An END"], [("end", "END")]),
        ("Sections and", ["Section and"], [("Sections", "Section")]),
        ("Section and", ["Sections and"], [("Section", "Sections")]),
    ],
)
def test_what_is_not(wanted: str, lines: list[str], expected: list[tuple[str, str]]) -> None:
    assert differences(wanted, *lines) == expected


def test_a_hyphen_may_be_drawn_by_itself() -> None:
    made: Wording[int] = Wording(0)
    for text in ("exam", "-"):
        made.write(text)
    made.line_end()
    made.write("ple")
    assert compare(wording("example"), made).differences == compare(wording("exam-ple"), made).differences == []


def test_capitals_are_told_from_other_letters() -> None:
    assert differences("A straße", "A STRASSE", capitals=True) == []
    assert differences("an end", "an End", capitals=True) == [("end", "End")]
    assert differences("an end", "ANEND", capitals=True) == [("an end", "ANEND")]


def test_every_difference_is_told_and_no_more() -> None:
    rng = random.Random(2)
    words = [f"{rng.choice(WORDS)}{rng.randrange(1000)}" for _ in range(3000)]
    faulty = list(words)
    places = sorted(rng.sample(range(20, 2980, 20), 30), reverse=True)
    for place in places:
        del faulty[place]
    found = differences(" ".join(words), " ".join(faulty))
    assert found == [(words[place], "") for place in reversed(places)]
    assert len(differences(" ".join(words), " ".join(reversed(words)))) < 5, "another text altogether"


@pytest.mark.parametrize("seed", range(8))
def test_any_change_of_one_letter_is_found(seed: int) -> None:
    rng = random.Random(seed)
    text = prose(rng, 60)
    index = rng.choice([at for at, letter in enumerate(text) if letter.isalpha()])
    for changed in (
        text[:index] + text[index + 1 :],
        text[:index] + text[index] + text[index:],
        text[:index] + "#" + text[index + 1 :],
    ):
        assert len(differences(text, changed)) == 1
