"""Finished files with a fault planted in each: the inspections must find every one, and nothing in the good file."""

from __future__ import annotations

import io
from collections.abc import Callable

import pikepdf
import pytest
from faults import Members, Plant, added, changed, lost, rezipped
from tiny import TinyBook

from bindery.finished.inspect_epub import inspect_epub
from bindery.finished.inspect_pdf import inspect_pdf


@pytest.fixture(scope="module")
def good(tiny: dict[str, TinyBook]) -> TinyBook:
    return tiny["kinds"]


def test_good_files_have_no_fault(good: TinyBook) -> None:
    assert inspect_epub(good.epub, "good.epub", good.epub_copy) == []
    assert inspect_pdf(good.pdf, "good.pdf", good.pdf_copy) == []
    assert inspect_epub(good.epub, "good.epub", None) == []
    assert inspect_pdf(good.pdf, "good.pdf", None) == []


def reordered(members: Members) -> None:
    members["mimetype"] = members.pop("mimetype")


EPUB_FAULTS: list[tuple[str, Plant, str]] = [
    ("mimetype last", reordered, "mimetype"),
    ("mimetype wrong", changed("mimetype", "epub", "zip"), "mimetype"),
    ("no container", lost("container.xml"), "container"),
    ("document not well-formed", changed("kinds.xhtml", "</p>", "</q>"), "container"),
    ("member with a space", added("EPUB/a b.txt"), "member-name"),
    (
        "names that differ by case",
        lambda m: m.update({n.upper(): d for n, d in m.items() if n.endswith("epub.css")}),
        "member-name",
    ),
    ("member not in the manifest", added("EPUB/stray.txt"), "manifest"),
    ("font lost", lost(".ttf"), "manifest"),
    ("font of another kind", lambda m: m.update({n: b"wOF2" for n in m if n.endswith(".ttf")}), "font-format"),
    ("spine to nothing", changed("package.opf", r'(<itemref[^>]*idref=")[^"]*', r"\1nothing"), "spine"),
    ("no date of change", changed("package.opf", r'<meta property="dcterms:modified">[^<]*</meta>', ""), "metadata"),
    ("another title", changed("package.opf", r"(<dc:title[^>]*>)[^<]*", r"\1Stolen"), "metadata"),
    ("no cover image", changed("package.opf", r'properties="cover-image"', ""), "cover-image"),
    ("dead link", changed("kinds.xhtml", r'href="#[^"]*-note-1"', 'href="#nowhere"'), "href"),
    ("dead file", changed("nav.xhtml", r'href="text/kinds\.xhtml"', 'href="text/none.xhtml"'), "href"),
    ("remote picture", changed("kinds.xhtml", r'<img src="[^"]*"', '<img src="https://example.org/x.png"'), "href"),
    ("javascript link", changed("kinds.xhtml", r'href="https://example\.org"', 'href="javascript:x()"'), "href"),
    ("style asks for nothing", changed("epub.css", "^", "@import 'none.css';"), "style-url"),
    ("script", changed("kinds.xhtml", "</p>", "<script>x()</script></p>"), "active-content"),
    ("handler", changed("kinds.xhtml", "<p>", '<p onclick="x()">'), "active-content"),
    ("id given twice", changed("kinds.xhtml", "<p>", '<p id="sec-section">'), "duplicate-id"),
    ("no language", changed("kinds.xhtml", r' xml:lang="[^"]*"', ""), "language"),
    ("no title", changed("kinds.xhtml", r"<title>[^<]*", "<title>"), "document-title"),
    ("no alternative", changed("kinds.xhtml", r'alt="[^"]+"', 'alt=""'), "alternative-text"),
    (
        "table without heads",
        lambda m: m.update({n: d.replace(b"<th", b"<td").replace(b"</th", b"</td") for n, d in m.items()}),
        "table-head",
    ),
    ("heading skipped", changed("kinds.xhtml", r"<h2([^>]*)>(.*?)</h2>", r"<h4\1>\2</h4>"), "heading-skip"),
    ("formula without alternative", changed("kinds.xhtml", r' alttext="[^"]*"', ""), "mathml"),
    ("note lost", changed("kinds.xhtml", r'<aside[^>]*role="doc-footnote".*?</aside>', ""), "notes"),
    ("note renumbered", changed("kinds.xhtml", r'(role="doc-noteref">)1<', r"\g<1>7<"), "notes"),
    ("note without way back", changed("kinds.xhtml", r'role="doc-backlink"', ""), "notes"),
    (
        "note and its call lost",
        changed("kinds.xhtml", r"<sup><a[^>]*doc-noteref.*?</sup>(.*?)<aside[^>]*doc-footnote.*?</aside>", r"\1"),
        "notes",
    ),
    ("no landmarks", changed("nav.xhtml", 'epub:type="bodymatter"', 'epub:type="chapter"'), "navigation"),
    ("chapter not in the contents", changed("nav.xhtml", "A Clean Chapter", "Another"), "navigation"),
]


@pytest.mark.parametrize(("plant", "check"), [fault[1:] for fault in EPUB_FAULTS], ids=[fault[0] for fault in EPUB_FAULTS])
def test_a_fault_planted_in_an_epub_is_found(good: TinyBook, plant: Plant, check: str) -> None:
    found = inspect_epub(rezipped(good.epub, plant), "bad.epub", good.epub_copy)
    assert check in {problem.check for problem in found}, found


def test_an_epub_whose_mimetype_is_compressed(good: TinyBook) -> None:
    found = inspect_epub(rezipped(good.epub, lambda members: None, mimetype_stored=False), "bad.epub", None)
    assert [problem.check for problem in found] == ["mimetype"]


@pytest.mark.parametrize("data", [b"", b"PK\3\4 and nothing more", b"PK\5\6" + bytes(18)])
def test_what_is_no_epub_is_a_problem_and_no_crash(data: bytes) -> None:
    assert [problem.check for problem in inspect_epub(data, "bad.epub", None)] == ["container"]


def turned(pdf: pikepdf.Pdf) -> None:
    pdf.pages[1].obj.MediaBox = pdf.pages[1].obj.TrimBox = pikepdf.Array([0, 0, 300, 500])


def bare_font(pdf: pikepdf.Pdf) -> None:
    descriptor = next(o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor")
    for key in ("/FontFile", "/FontFile2", "/FontFile3"):
        if key in descriptor:
            del descriptor[key]


def whole_font(pdf: pikepdf.Pdf) -> None:
    descriptor = next(o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor")
    descriptor.FontName = pikepdf.Name("/EBGaramond")


def standard_font(pdf: pikepdf.Pdf) -> None:
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    pdf.pages[0].obj.Resources.Font.F99 = pdf.make_indirect(font)


def script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pdf.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("x")))


def lost_labels(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.PageLabels


def one_label(pdf: pikepdf.Pdf) -> None:
    pdf.Root.PageLabels = pikepdf.Dictionary(Nums=pikepdf.Array([0, pikepdf.Dictionary(P=pikepdf.String("x"))]))


def lost_bookmark(pdf: pikepdf.Pdf) -> None:
    with pdf.open_outline() as tree:
        del tree.root[0]


def bookmark_elsewhere(pdf: pikepdf.Pdf) -> None:
    with pdf.open_outline() as tree:
        tree.root[0] = pikepdf.OutlineItem(tree.root[0].title, len(pdf.pages) - 1)


def dead_link(pdf: pikepdf.Pdf) -> None:
    for page in pdf.pages:
        for annotation in page.get("/Annots", []):
            if "/Dest" in annotation:
                annotation.Dest = pikepdf.String("nowhere")


def wild_link(pdf: pikepdf.Pdf) -> None:
    for page in pdf.pages:
        for annotation in page.get("/Annots", []):
            if "/A" in annotation and "/URI" in annotation.A:
                annotation.A.URI = pikepdf.String("file:///etc/passwd")


def lost_page(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[0]


PDF_FAULTS: list[tuple[str, Callable[[pikepdf.Pdf], object], str]] = [
    ("another size", turned, "trim-size"),
    ("font not embedded", bare_font, "font"),
    ("font not subset", whole_font, "font"),
    ("standard font", standard_font, "font"),
    ("script", script, "active-content"),
    ("another title", lambda pdf: pdf.docinfo.__setitem__("/Title", "Stolen"), "metadata"),
    ("another author", lambda pdf: pdf.docinfo.__setitem__("/Author", "Nobody"), "metadata"),
    ("another language", lambda pdf: pdf.Root.__setitem__("/Lang", pikepdf.String("xx")), "metadata"),
    ("no page labels", lost_labels, "page-label"),
    ("one label for all pages", one_label, "page-label"),
    ("bookmark lost", lost_bookmark, "outline"),
    ("bookmark elsewhere", bookmark_elsewhere, "outline"),
    ("links to nowhere", dead_link, "link"),
    ("links to files", wild_link, "link"),
    ("page of notes lost", lost_page, "notes"),
]


@pytest.mark.parametrize(("plant", "check"), [fault[1:] for fault in PDF_FAULTS], ids=[fault[0] for fault in PDF_FAULTS])
def test_a_fault_planted_in_a_pdf_is_found(good: TinyBook, plant: Callable[[pikepdf.Pdf], object], check: str) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(good.pdf)) as pdf:
        plant(pdf)
        pdf.save(out)
    found = inspect_pdf(out.getvalue(), "bad.pdf", good.pdf_copy)
    assert check in {problem.check for problem in found}, found


def test_an_encrypted_pdf(good: TinyBook) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(good.pdf)) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="x", user=""))
    assert "whole" in {problem.check for problem in inspect_pdf(out.getvalue(), "bad.pdf", None)}


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 and nothing more", b"\0" * 100])
def test_what_is_no_pdf_is_a_problem_and_no_crash(data: bytes) -> None:
    assert [problem.check for problem in inspect_pdf(data, "bad.pdf", None)] == ["pdf"]


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.95])
def test_files_cut_short(good: TinyBook, cut: float) -> None:
    assert inspect_epub(good.epub[: int(len(good.epub) * cut)], "bad.epub", good.epub_copy)
    assert inspect_pdf(good.pdf[: int(len(good.pdf) * cut)], "bad.pdf", good.pdf_copy)
