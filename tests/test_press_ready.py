"""Files for the press: PDF/X-4 and PDF/X-1a as they come from the press, and that the inspection finds each fault planted in one."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String
from PIL import Image
from tiny import DATE, write_book

from bindery.edition.fair_copy import FairCopy, make_fair_copy
from bindery.finished.inspect_pdf import inspect_pdf
from bindery.manuscript.book import read_book
from bindery.printing.conditions import condition_of
from bindery.printing.inks import Separation
from bindery.printing.print_edition import bind_pdf
from bindery.problem import Faulty

TEXT = """# One

Text, [a link](https://example.org/) and a note.^[The note.]

![A picture.](images/colours.png){alt="Colours." width=20%}

---

$$E = mc^2$$
"""
EDITIONS = """
[editions.x4]
inherits = "print"
standard = "pdf/x-4"
bleed = "3mm"
marks = true
multiple = 4

[editions.x1a]
inherits = "print"
standard = "pdf/x-1a"
"""
MM = 72 / 25.4


def book_at(folder: Path, pixels: int = 600) -> Path:
    (folder / "manuscript" / "images").mkdir(parents=True)
    colours = Image.linear_gradient("L").resize((pixels, pixels))
    Image.merge("RGB", (colours, colours.rotate(90), colours.rotate(180))).save(folder / "manuscript" / "images" / "colours.png")
    write_book(folder, TEXT, more='front = ["contents"]', files={"styles/own.css": "h1 { color: #a00 }"})
    with (folder / "book.toml").open("a") as card:
        card.write(EDITIONS)
    return folder


Bound = dict[str, tuple[FairCopy, bytes]]


@pytest.fixture(scope="module")
def bound(tmp_path_factory: pytest.TempPathFactory) -> Bound:
    book = read_book(book_at(tmp_path_factory.mktemp("press")))
    copies = {name: make_fair_copy(book, name) for name in ("x4", "x1a")}
    return {name: (copy, bind_pdf(copy, DATE).pdf) for name, copy in copies.items()}


@pytest.mark.parametrize("name", ["x4", "x1a"])
def test_the_inspection_finds_nothing(bound: Bound, name: str) -> None:
    copy, pdf = bound[name]
    assert inspect_pdf(pdf, "made.pdf", copy) == []


def test_boxes_lie_around_the_trim(bound: Bound) -> None:
    with pikepdf.open(io.BytesIO(bound["x4"][1])) as pdf:
        for page in pdf.pages:
            assert [float(v) for v in page.mediabox] == pytest.approx([0, 0, 432 + 6 * MM + 54, 648 + 6 * MM + 54], abs=0.1)
            assert [float(v) for v in page.trimbox] == pytest.approx(
                [3 * MM + 27, 3 * MM + 27, 3 * MM + 27 + 432, 3 * MM + 27 + 648], abs=0.1
            )
            assert [float(v) for v in page.obj.BleedBox] == pytest.approx([27, 27, 27 + 432 + 6 * MM, 27 + 648 + 6 * MM], abs=0.1)
        assert len(pdf.pages) % 4 == 0
        assert len({page.label for page in pdf.pages}) == len(pdf.pages)
    with pikepdf.open(io.BytesIO(bound["x1a"][1])) as pdf:
        assert pdf.pdf_version == "1.4"
        assert all([float(v) for v in page.mediabox] == [0, 0, 432, 648] for page in pdf.pages)


@pytest.mark.parametrize("name", ["x4", "x1a"])
def test_text_is_black_alone_and_colours_are_inks(bound: Bound, name: str) -> None:
    with pikepdf.open(io.BytesIO(bound[name][1])) as pdf:
        found = set()
        for page in pdf.pages:
            for operation in pikepdf.parse_content_stream(page):
                assert str(operation.operator) not in ("rg", "RG")
                if str(operation.operator) in ("k", "K"):
                    found.add(tuple(float(value) for value in operation.operands))
        coloured = {inks for inks in found if inks[:3] != (0, 0, 0)}
        assert (0, 0, 0, 1) in found
        assert len(coloured) == 1  # the heading's red
        pictures = [thing for thing in pdf.objects if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == Name.Image]
        assert [str(picture.ColorSpace) for picture in pictures] == ["/DeviceCMYK"]
        data = pictures[0].read_bytes()
        assert max(sum(data[at : at + 4]) for at in range(0, len(data), 4)) <= 300 * 255 / 100


def test_a_separation(bound: Bound) -> None:
    separation = Separation(condition_of(bound["x4"][0]))
    assert separation.ink(0, 0, 0) == (0, 0, 0, 1)
    assert separation.ink(1, 1, 1) == (0, 0, 0, 0)
    cyan, magenta, yellow, _ = separation.ink(0.8, 0, 0)
    assert magenta > 0.8
    assert yellow > 0.7
    assert cyan < 0.4
    assert separation.picture(Image.new("RGB", (2, 2), (90, 90, 90))).mode == "L"


def test_a_coarse_picture_is_told_at_its_line(tmp_path: Path) -> None:
    copy = make_fair_copy(read_book(book_at(tmp_path, pixels=100)), "x4")
    with pytest.raises(Faulty) as fault:
        bind_pdf(copy, DATE)
    (problem,) = fault.value.problems
    assert str(problem).startswith("manuscript/01-one.md:5: a picture is printed at 11")
    assert problem.check == "resolution"


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, "there is no profile 'mine'; there are fogra39"),
        ({"profiles/mine.toml": "x"}, "the profile 'mine' cannot be read"),
        (
            {
                "profiles/mine.toml": 'file="../../book.toml"\nidentifier="a"\nregistry="b"\ncondition="c"\nname="d"\nink_limit=300\n'
            },
            "cannot be read: ../../book.toml leads out",
        ),
        (
            {
                "profiles/mine.toml": 'file="a.icc"\nidentifier="a"\nregistry="b"\ncondition="c"\nname="d"\nink_limit=300\n',
                "profiles/a.icc": "no profile at all, but text",
            },
            "a.icc is no profile of a printer in CMYK",
        ),
    ],
)
def test_a_profile_that_is_none(tmp_path: Path, files: dict[str, str], told: str) -> None:
    root = book_at(tmp_path)
    card = root / "book.toml"
    card.write_text(card.read_text().replace("multiple = 4", 'profile = "mine"'))
    for name, text in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    with pytest.raises(Faulty, match="profile") as fault:
        condition_of(make_fair_copy(read_book(root), "x4"))
    assert told in str(fault.value)


# --- planted faults ----------------------------------------------------------------------------------------------------------


def draw(operators: bytes) -> Callable[[pikepdf.Pdf], None]:
    return lambda pdf: pdf.pages[0].contents_add(pdf.make_stream(operators))


def information(key: str) -> Callable[[pikepdf.Pdf], None]:
    def plant(pdf: pikepdf.Pdf) -> None:
        del pdf.docinfo[key]

    return plant


def annotation(pdf: pikepdf.Pdf) -> None:
    link = Dictionary(
        Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=Dictionary(S=Name.URI, URI=String("https://example.org"))
    )
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(link)])


def no_intent(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.OutputIntents


def other_intent(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OutputIntents[0].OutputConditionIdentifier = String("Custom")


def rgb_intent(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OutputIntents[0].DestOutputProfile.N = 3


def no_trim(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[0].obj.TrimBox


def small_bleed(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.BleedBox = pdf.pages[0].obj.TrimBox


def small_media(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].mediabox = pdf.pages[0].trimbox


def rgb_picture(pdf: pikepdf.Pdf) -> None:
    next(t for t in pdf.objects if isinstance(t, pikepdf.Stream) and t.get("/Subtype") == Name.Image).ColorSpace = Name.DeviceRGB


def state(**values: Any) -> Callable[[pikepdf.Pdf], None]:
    return lambda pdf: setattr(pdf.Root, "Planted", pdf.make_indirect(Dictionary(Type=Name.ExtGState, **values)))


def group(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.Group = Dictionary(S=Name.Transparency, CS=Name.DeviceRGB)


def lzw(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Planted = pdf.make_stream(b"\x80\x0b\x60\x50", Filter=Name.LZWDecode)


def odd(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[-1]


def outlines(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Outlines = Dictionary()


def packed(pdf: pikepdf.Pdf) -> None:
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as packet:
        del packet["pdfxid:GTS_PDFXVersion"]


Plant = Callable[[pikepdf.Pdf], None]
BOTH: dict[str, tuple[Plant, str]] = {
    "untrapped": (information("/Trapped"), "press-identification"),
    "no-creator": (information("/Creator"), "press-identification"),
    "annotation": (annotation, "for-screens"),
    "outlines": (outlines, "for-screens"),
    "no-intent": (no_intent, "output-intent"),
    "other-intent": (other_intent, "output-intent"),
    "rgb-intent": (rgb_intent, "output-intent"),
    "no-trim": (no_trim, "page-boxes"),
    "rgb": (draw(b"1 0 0 rg 0 0 9 9 re f"), "inks"),
    "rgb-space": (draw(b"/DeviceRGB cs 1 0 0 sc 0 0 9 9 re f"), "inks"),
    "rgb-picture": (rgb_picture, "inks"),
    "shading": (draw(b"/S sh"), "inks"),
    "too-much-ink": (draw(b"1 1 1 1 k 0 0 9 9 re f"), "ink-limit"),
    "hairline": (draw(b"0.05 w 0 0 m 9 9 l S"), "hairline"),
    "transfer": (state(TR=Name.Identity), "press-forbidden"),
    "lzw": (lzw, "press-forbidden"),
    "group": (group, "transparency"),
}
ONE: dict[str, dict[str, tuple[Plant, str]]] = {
    "x4": {
        "no-version": (packed, "press-identification"),
        "odd": (odd, "page-count"),
        "small-bleed": (small_bleed, "page-boxes"),
        "small-media": (small_media, "page-boxes"),
    },
    "x1a": {"version": (information("/GTS_PDFXVersion"), "press-identification"), "alpha": (state(ca=0.5), "transparency")},
}
PLANTED = [(name, fault) for name in ("x4", "x1a") for fault in {**BOTH, **ONE[name]}]


@pytest.mark.parametrize(("name", "fault"), PLANTED)
def test_a_planted_fault_is_found(bound: Bound, name: str, fault: str) -> None:
    copy, data = bound[name]
    plant, check = {**BOTH, **ONE[name]}[fault]
    planted = io.BytesIO()
    pikepdf.models.PdfMetadata.register_xml_namespace("http://www.npes.org/pdfx/ns/id/", "pdfxid")
    with pikepdf.open(io.BytesIO(data)) as pdf:
        plant(pdf)
        pdf.save(planted, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    assert check in {problem.check for problem in inspect_pdf(planted.getvalue(), "made.pdf", copy)}


def test_a_version_that_is_too_new(bound: Bound) -> None:
    copy, data = bound["x4"]
    newer = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(newer, force_version="1.7")
    assert [problem.check for problem in inspect_pdf(newer.getvalue(), "made.pdf", copy)] == ["pdf-version"]
