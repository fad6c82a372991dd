"""Faults for finished EPUBs: how to plant one, and a list of those that the press's own inspection, EPUBCheck and Ace by DAISY find between them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

Members = dict[str, bytes]
Plant = Callable[[Members], None]


def rezipped(epub: bytes, plant: Plant, *, mimetype_stored: bool = True) -> bytes:
    with zipfile.ZipFile(io.BytesIO(epub)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    plant(members)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            stored = zipfile.ZIP_STORED if name == "mimetype" and mimetype_stored else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, stored)
    return out.getvalue()


def changed(member: str, pattern: str, new: str) -> Plant:
    """Replace the first match of a pattern in the members whose name ends so; there must be one."""

    def plant(members: Members) -> None:
        for name in (name for name in members if name.endswith(member)):
            text, count = re.subn(pattern, new, members[name].decode(), count=1, flags=re.DOTALL)
            if count:
                members[name] = text.encode()
                return
        raise AssertionError(f"{pattern} is not in {member}")

    return plant


def lost(ending: str) -> Plant:
    def plant(members: Members) -> None:
        del members[next(name for name in members if name.endswith(ending))]

    return plant


def added(name: str, data: bytes = b"x") -> Plant:
    return lambda members: members.update({name: data})


def every(*plants: Plant) -> Plant:
    def plant(members: Members) -> None:
        for one in plants:
            one(members)

    return plant


@dataclass(frozen=True)
class Fault:
    """``found_by`` is who finds it, "inspection", "epubcheck" or "ace", under the name ``rule``."""

    name: str
    plant: Plant
    found_by: str
    rule: str


OPF, NAV, TEXT, CSS = "package.opf", "nav.xhtml", "kinds.xhtml", "epub.css"
CONFORMS = '<meta property="dcterms:conformsTo" id="c">EPUB Accessibility 1.1 - WCAG 2.2 Level AA</meta>'
CERTIFIED = '<meta property="a11y:certifiedBy" refines="#c">Ann</meta>'
BREAK = '<span id="page-44" role="doc-pagebreak" aria-label="44" epub:type="pagebreak"></span>'
FRAME = r'<div class="table-frame" role="region" tabindex="0" aria-label="Table 1[^"]*"'


def _meta(name: str, new: str = "") -> Plant:
    def plant(members: Members) -> None:
        path = next(path for path in members if path.endswith(OPF))
        text, count = re.subn(rf'<meta property="schema:{name}">[^<]*</meta>', new, members[path].decode())
        assert count, name
        members[path] = text.encode()

    return plant


def _inspected(name: str, rule: str, *plants: Plant) -> Fault:
    return Fault(name, every(*plants), "inspection", rule)


_TEXT = "EPUB/text/kinds.xhtml"

# Planted into the tiny book "kinds".
FAULTS = [
    # What neither EPUBCheck nor Ace finds.
    _inspected("empty alt of a picture that means something", "alternative-text", changed(TEXT, 'alt="A dot."', 'alt=""')),
    _inspected(
        "such a picture marked as decorative", "alternative-text", changed(TEXT, 'alt="A dot."', 'alt="" role="presentation"')
    ),
    _inspected(
        "pages listed out of order",
        "page-list",
        changed(NAV, r"(<li><a[^>]*page-2.*?</li>)\n(<li><a[^>]*page-3.*?</li>)", r"\2\1"),
    ),
    _inspected("page listed twice", "page-list", changed(NAV, r"(<li><a[^>]*page-2.*?</li>)", r"\1\1")),
    _inspected("two pages in one place", "page-list", changed(NAV, "#page-3", "#page-2")),
    _inspected("a page's label that is no number", "page-list", changed(NAV, ">2</a>", ">Page 2</a>")),
    _inspected("labels of list and text that differ", "page-list", changed(TEXT, 'aria-label="3"', 'aria-label="33"')),
    _inspected(
        "table without heads", "table-head", lambda m: m.update({_TEXT: re.sub(rb"<(/?)th\b[^>]*>", rb"<\1td>", m[_TEXT])})
    ),
    _inspected("head without scope", "table-head", changed(TEXT, ' scope="row"', "")),
    _inspected("conformance that nobody certifies", "conformance", changed(OPF, "</metadata>", f"{CONFORMS}</metadata>")),
    _inspected("conformance not on the card", "conformance", changed(OPF, "</metadata>", f"{CONFORMS}{CERTIFIED}</metadata>")),
    _inspected(
        "conformance to what is no standard",
        "conformance",
        changed(OPF, "</metadata>", f"{CONFORMS}{CERTIFIED}</metadata>"),
        changed(OPF, "WCAG 2.2", "WACG"),
    ),
    _inspected("page break in a heading", "page-break", changed(TEXT, r"(<h1[^>]*>)", rf"\1{BREAK}")),
    _inspected("page break in a link", "page-break", changed(TEXT, r'(<a [^>]*href="glossary.xhtml#[^>]*>)', rf"\1{BREAK}")),
    _inspected(
        "page break in a link of the contents that is read with it",
        "page-break",
        changed(NAV, r'(<nav[^>]*epub:type="toc".*?<a [^>]*>)', rf"\1{BREAK}"),
    ),
    _inspected("page break that is a link", "page-break", changed(TEXT, r'<span (id="page-2"[^>]*)></span>', r"<a \1></a>")),
    _inspected("page break with words", "page-break", changed(TEXT, r'(aria-label="2"[^>]*>)', r"\1page 2")),
    _inspected("no landmarks", "navigation", changed(NAV, r'<nav epub:type="landmarks".*?</nav>', "")),
    _inspected("no start of the text", "navigation", changed(NAV, 'epub:type="bodymatter"', 'epub:type="chapter"')),
    _inspected("no cover image", "cover-image", changed(OPF, ' properties="cover-image"', "")),
    _inspected("note without a way back", "notes", changed(TEXT, r'<a class="back"[^>]*>(.*?)</a>', r"\1")),
    _inspected(
        "formula with semantics", "mathml", changed(TEXT, r"(<math[^>]*>)(.*?)(</math>)", r"\1<semantics>\2</semantics>\3")
    ),
    _inspected("formula without alternative", "mathml", changed(TEXT, r' alttext="[^"]*"', "")),
    _inspected("colour of text", "fixed-looks", changed(CSS, "$", "p { color: #333 }")),
    _inspected("ground of text", "fixed-looks", changed(CSS, "$", "@media screen { p { background: white } }")),
    _inspected("size of text in pixels", "fixed-looks", changed(CSS, "$", "p { font-size: 14px }")),
    _inspected(
        "font that stores refuse",
        "font-format",
        lambda m: m.update({n: b"wOF2" + d[4:] for n, d in m.items() if n.endswith(".ttf")}),
    ),
    _inspected(
        "two documents of one title",
        "document-title",
        changed("glossary.xhtml", "<title>.*?</title>", "<title>Index — Kinds</title>"),
        changed("index.xhtml", "<title>.*?</title>", "<title>Index — Kinds</title>"),
    ),
    _inspected("table that cannot be scrolled by keyboard", "reflow", changed(TEXT, FRAME, "<div")),
    _inspected("alternatives claimed, one missing", "accessibility", changed(TEXT, ' alt="A dot."', "")),
    _inspected(
        "pages listed, not claimed",
        "accessibility",
        _meta("accessibilityFeature", '<meta property="schema:accessibilityFeature">index</meta>'),
    ),
    # What one of them finds, and the inspection too, before anything is put in place.
    _inspected("no access mode", "accessibility", _meta("accessMode")),
    _inspected("no hazards", "accessibility", _meta("accessibilityHazard")),
    _inspected("no edition of the pages", "accessibility", changed(OPF, r'<meta property="pageBreakSource">[^<]*</meta>', "")),
    _inspected("marks without a list of pages", "page-list", changed(NAV, r'<nav epub:type="page-list".*?</nav>', "")),
    _inspected("mark that is not listed", "page-list", changed(NAV, r"<li><a[^>]*page-3.*?</li>", "")),
    _inspected("page that leads nowhere", "page-list", changed(NAV, "#page-3", "#page-nowhere")),
    _inspected("dead link", "href", changed(TEXT, r'href="glossary.xhtml#[^"]*"', 'href="glossary.xhtml#none"')),
    _inspected("id given twice", "duplicate-id", changed(TEXT, r"<p>", '<p id="kinds-note-1">')),
    _inspected("heading skipped", "heading-skip", changed(TEXT, r"<h2([^>]*)>(.*?)</h2>", r"<h4\1>\2</h4>")),
    _inspected("no language", "language", changed(TEXT, ' lang="[^"]*" xml:lang="[^"]*"', "")),
    _inspected("file not in the manifest", "manifest", added("EPUB/stray.txt")),
    _inspected("remote picture", "href", changed(TEXT, r'<img src="[^"]*"', '<img src="https://example.org/x.png"')),
    _inspected("empty title", "document-title", changed(TEXT, "<title>[^<]*", "<title>")),
    _inspected("font lost", "manifest", lost(".ttf")),
    _inspected("contents out of order", "navigation", changed(NAV, r"text/kinds\.xhtml", "text/index.xhtml")),
    _inspected("no date of change", "metadata", changed(OPF, r'<meta property="dcterms:modified">[^<]*</meta>', "")),
    # What EPUBCheck alone finds.
    Fault("paragraph in a paragraph", changed(TEXT, "<p>", "<p><p>x</p></p><p>"), "epubcheck", "RSC-005"),
    Fault(
        "role that an aside cannot have",
        changed(TEXT, r'<aside class="aside" role="note"', '<aside class="aside" role="doc-notice"'),
        "epubcheck",
        "RSC-005",
    ),
    Fault("element that HTML does not know", changed(TEXT, "<p>", "<p><blink>x</blink>"), "epubcheck", "RSC-005"),
    Fault("fragment of a stylesheet", changed(CSS, "$", "p { margin: "), "epubcheck", "CSS-008"),
    # What Ace alone finds.
    Fault("link without words", changed(TEXT, "<p>", '<p><a href="#kinds"></a>'), "ace", "link-name"),
    Fault("chapter without its role", changed(TEXT, ' role="doc-chapter"', ""), "ace", "epub-type-has-matching-role"),
    Fault("faint text", changed(CSS, "$", "p { color: #bbb; background: #fff }"), "ace", "color-contrast"),
    Fault("picture without alternative", changed(TEXT, ' alt="A dot."', ""), "ace", "image-alt"),
    Fault("page break without label", changed(TEXT, ' aria-label="3"', ""), "ace", "pagebreak-label"),
    Fault("call of a note without its role", changed(TEXT, ' role="doc-noteref"', ""), "ace", "epub-type-has-matching-role"),
]
