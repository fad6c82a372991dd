"""From a book to its PDF: what the layout asks for in vain, warns of or has no type for is a problem; folios, labels and notes agree."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
from PIL import Image
from tiny import TinyBook, write_book

from bindery.problem import At, Faulty, Problem

ONE = "manuscript/01-one.md"
OWN = "styles/own.css"


def chapter(text: str) -> str:
    """A chapter that has this text in line 5."""
    return f"# One\n\nText.\n\n{text}\n"


def faults(book: TinyBook) -> tuple[Problem, ...]:
    with pytest.raises(Faulty) as caught:
        _ = book.pdf
    return caught.value.problems


def only(problems: tuple[Problem, ...], check: str) -> Problem:
    (problem,) = (problem for problem in problems if problem.check == check)
    return problem


def test_a_sound_book_is_bound(tmp_path: Path) -> None:
    text = chapter("More text.^[A note.]")
    assert write_book(tmp_path, text, files={OWN: "p { color: black }"}).pdf.startswith(b"%PDF-1.7")


# Nothing is fetched.


@pytest.mark.parametrize(
    "rule",
    [
        'p {{ background: url("{url}") }}',
        'p::before {{ content: url("{url}") }}',
        '@import "{url}";',
        '@font-face {{ font-family: Far; src: url("{url}") }}',
    ],
    ids=["background", "content", "import", "font"],
)
@pytest.mark.parametrize(
    "url", ["https://example.org/a.png", "bindery:images/none.png", "file://{folder}/there.png"], ids=lambda url: url[:5]
)
def test_a_style_asks_in_vain(tmp_path: Path, rule: str, url: str) -> None:
    """Even for a file that is there."""
    Image.new("RGB", (1, 1)).save(tmp_path / "there.png")
    url = url.format(folder=tmp_path)
    refused = only(faults(write_book(tmp_path, files={OWN: rule.format(url=url)})), "fetch-refused")
    assert refused.message == f"the layout asked for {url}; expected only what is handed to it, by its bindery: name"


def test_a_template_asks_in_vain(tmp_path: Path) -> None:
    """The element that asks leads to the line of the manuscript."""
    picture = '{% if "here" in node.children | plain %}<img src="https://example.org/a.png" alt=""/>{% endif %}'
    template = f"<p{{{{ marks(node) | xmlattr }}}}>{{{{ node.children | typeset }}}}{picture}</p>"
    book = write_book(tmp_path, chapter("Text here."), files={"templates/print/paragraph.html.j2": template})
    assert only(faults(book), "fetch-refused").at == At(ONE, 5)


# Nothing is passed over in silence.


@pytest.mark.parametrize(
    ("declaration", "warning"),
    [
        ("colour: black", "Ignored `colour: black ` at 2:5, unknown property."),
        ("color: blacck", "Ignored `color: blacck ` at 2:5, invalid value."),
        (
            'background: url("a.png")',
            'Ignored `background: url("a.png") ` at 2:5, Relative URI reference without a base URI: None.',
        ),
    ],
    ids=["property", "value", "address"],
)
def test_the_engine_warns_of_a_style(tmp_path: Path, declaration: str, warning: str) -> None:
    book = write_book(tmp_path, files={OWN: f"p {{ color: black }}\np {{ {declaration} }}\n"})
    assert faults(book) == (Problem(At(OWN, 2), f"weasyprint: {warning}", "engine-warning"),)


def test_the_engine_warns_of_a_selector(tmp_path: Path) -> None:
    book = write_book(tmp_path, files={OWN: "p:nonsense { color: black }"})
    assert faults(book) == (Problem(At(OWN), "weasyprint: Invalid or unsupported selector, 'p:nonsense '", "engine-warning"),)


# The book's own type, and no other.


@pytest.mark.parametrize(
    ("text", "face"),
    [("Text 漢.", "Book Text"), ("Text `漢`.", "Book Code"), ("Text.^[漢]", "Book Text"), ("## 漢", "Book Text")],
    ids=["text", "code", "note", "heading"],
)
def test_a_letter_without_a_glyph(tmp_path: Path, text: str, face: str) -> None:
    message = f"no glyph for “漢” (U+6F22) in {face}; expected letters that the book's faces have"
    book = write_book(tmp_path, chapter(f"{text}\n\nMore."))
    assert faults(book) == (Problem(At(ONE, 5), message, "missing-glyph"),)


@pytest.mark.parametrize("family", ['"DejaVu Sans"', "sans-serif"])
def test_a_font_of_the_machine(tmp_path: Path, family: str) -> None:
    """On a machine that has it as on one that has not."""
    book = write_book(tmp_path, chapter("> Quoted."), files={OWN: f"blockquote {{ font-family: {family} }}"})
    problem = only(faults(book), "foreign-font")
    assert problem.at == At(ONE, 5)
    assert f"is set in Book Sans, where {family.strip(chr(34))} is asked for" in problem.message


def test_a_font_of_the_machine_by_its_own_face(tmp_path: Path) -> None:
    sheet = '@font-face { font-family: Near; src: local("DejaVu Sans") }\nblockquote { font-family: Near }'
    problems = faults(write_book(tmp_path, chapter("> Quoted."), files={OWN: sheet}))
    assert only(problems, "engine-warning").at == At(OWN)
    assert only(problems, "foreign-font").at == At(ONE, 5)


# Notes that no page can hold.


def test_a_note_too_tall_for_a_page(tmp_path: Path) -> None:
    problem = only(faults(write_book(tmp_path, chapter(f"Text.^[{'Too many words. ' * 700}]"))), "note-too-tall")
    assert problem.at == At(ONE, 5)
    assert "the note “Too many words. Too many words. Too many …” is " in problem.message


# The finished pages.


@dataclass(frozen=True)
class Leaf:
    """A page as its readers see it: the label that their software shows, the folio at the head's outer corner or at the foot, all text."""

    label: str
    folio: str
    text: str


def read(pdf: bytes) -> list[Leaf]:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        labels = [page.label for page in opened.pages]
    document = pypdfium2.PdfDocument(pdf)
    texts = [page.get_textpage() for page in document]
    found = [
        Leaf(label, folio(text, document.get_page_size(index), index), text.get_text_bounded())
        for index, (label, text) in enumerate(zip(labels, texts, strict=True))
    ]
    document.close()
    return found


def folio(text: pypdfium2.PdfTextPage, size: tuple[float, float], index: int) -> str:
    """What is printed in the outer corner of the head, or at the foot below the text: styles/print.css leaves 60 and 70 points there."""
    width, height = size
    left = width - 100 if index % 2 == 0 else 0
    head = text.get_text_bounded(left=left, bottom=height - 60, right=left + 100, top=height)
    foot = text.get_text_bounded(left=0, bottom=0, right=width, top=68)
    return f"{head}{foot}".strip()


def paragraphs(first: int, last: int) -> str:
    """Paragraphs with a numbered call, and the note of that number; some notes are longer than others."""
    some = (f"{'Words of the text. ' * 25}call{n}.^[note{n}, {'of some words, ' * (n % 5)}end.]" for n in range(first, last))
    return "\n\n".join(some) + "\n"


@pytest.fixture(scope="module")
def leaves(tmp_path_factory: pytest.TempPathFactory) -> list[Leaf]:
    """A book with front matter, a part, and two chapters of many notes, read back from its PDF."""
    files = {
        "manuscript/preface.md": f"# Preface\n\n{'Words before the book. ' * 280}\n",
        "manuscript/02-two.md": f"# Two\n\n{paragraphs(0, 30)}",
    }
    front = 'front = ["half-title", "title-page", "copyright", "contents", "preface.md"]'
    part = '[[parts]]\ntitle = "Part"\nchapters = ["02-two.md"]'
    last = f"# One\n\n{paragraphs(30, 40)}"
    return read(write_book(tmp_path_factory.mktemp("leaves"), last, more=f"{front}\n{part}", files=files).pdf)


def test_labels_are_roman_and_then_arabic_from_1(leaves: list[Leaf]) -> None:
    labels = [leaf.label for leaf in leaves]
    start = labels.index("1")
    assert labels[:start] == ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"]
    assert labels[start:] == [str(number) for number in range(1, len(labels) - start + 1)]
    assert len(labels) - start > 10


def test_labels_are_the_printed_folios(leaves: list[Leaf]) -> None:
    printed = [(leaf.label, leaf.folio) for leaf in leaves if leaf.folio]
    assert [label for label, _ in printed] == [folio for _, folio in printed]
    assert {"v", "vii", "viii", "ix", "3", "4", "5"} <= {folio for _, folio in printed}


def test_every_page_of_text_bears_its_folio(leaves: list[Leaf]) -> None:
    assert [leaf.label for leaf in leaves if "Words " in leaf.text and not leaf.folio] == []


def test_the_first_chapter_of_a_book_without_parts_bears_folios_too(tmp_path: Path) -> None:
    pages = read(write_book(tmp_path, f"# One\n\n{'Words. ' * 1500}\n").pdf)
    assert [page.folio for page in pages] == [page.label for page in pages] == ["1", "2", "3", "4", "5"]


def test_notes_stand_on_the_pages_of_their_calls(leaves: list[Leaf]) -> None:
    calls = [re.findall(r"call(\d+)", leaf.text) for leaf in leaves]
    notes = [re.findall(r"note(\d+)", leaf.text) for leaf in leaves]
    assert calls == notes
    assert [number for page in calls for number in page] == [str(number) for number in range(40)]
    assert sum(map(bool, calls)) > 6
