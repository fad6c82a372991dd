"""Whether everybody can read a finished EPUB: what EPUB Accessibility 1.1 and WCAG 2.2 ask for, and neither EPUBCheck nor Ace by DAISY looks at.

Checks as in :mod:`bindery.finished.inspect_epub`, of which they are part. Rules of page breaks and page lists are those of the DAISY Knowledge Base
(kb.daisy.org/publishing, "Page navigation") and of Amazon's Kindle Publishing Guidelines ("Real page numbers").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from lxml import etree

from bindery.edition.accessibility import fixed_looks
from bindery.edition.sheets import Sheet
from bindery.finished.opened_epub import OPF, OPS, XML_LANG, Opened, X, text_of
from bindery.nodes import Image, find
from bindery.problem import Problem

HEADINGS = tuple(f"{X}h{n}" for n in range(1, 7))
DECORATIVE = ("presentation", "none")
CONFORMS = re.compile(r"EPUB Accessibility 1\.[0-9] - WCAG 2\.[0-2] Level A{1,3}")
LABEL = re.compile(r"[0-9]+|[ivxlcdm]+|[IVXLCDM]+")


def language(book: Opened) -> Iterator[Problem]:
    """Every document says its language, to readers of HTML and of XML (WCAG 2.2, 3.1.1)."""
    for path, root in book.documents.items():
        if not root.get("lang") or root.get("lang") != root.get(XML_LANG):
            yield Problem(book.at(path), "lang and xml:lang must be there and alike", "language")


def document_title(book: Opened) -> Iterator[Problem]:
    """Every document has a title of its own (WCAG 2.2, 2.4.2)."""
    titles = {path: text_of(root.find(f".//{X}title")) for path, root in book.documents.items()}
    counted = Counter(titles.values())
    for path, title in titles.items():
        if not title or counted[title] > 1:
            yield Problem(book.at(path), f"the title '{title}' is {'not its own' if title else 'empty'}", "document-title")


def alternative_text(book: Opened) -> Iterator[Problem]:
    """A picture has alternative text, or is marked as decorative by its author (WCAG 2.2, 1.1.1).

    Where book.toml lets a picture go without, it has no ``alt`` at all: an empty one would call it decorative.
    """
    let_go = book.copy is not None and book.copy.book.card.accessibility.missing_alt == "warn"
    images = (
        [image for section in book.copy.sections for image in find((*section.title, *section.blocks), Image)] if book.copy else []
    )
    meant = {image.src for image in images if not image.decorative} - {image.src for image in images if image.decorative}
    for path, root in book.documents.items():
        for image in root.iter(f"{X}img"):
            at, source = book.at(path, image.sourceline), image.get("src", "")
            if (image.get("alt") or "").strip():
                continue
            if image.get("role") not in DECORATIVE and not (let_go and image.get("alt") is None):
                yield Problem(at, f"'{source}' has no alternative text", "alternative-text")
            if image.get("role") in DECORATIVE and source.removeprefix("../") in meant:
                yield Problem(at, f"'{source}' is marked as decorative; its author has not", "alternative-text")


def table_head(book: Opened) -> Iterator[Problem]:
    """A table has heads, and each says whether it is that of its column or of its row (WCAG 2.2, 1.3.1; technique H63)."""
    for path, root in book.documents.items():
        for table in root.iter(f"{X}table"):
            heads = list(table.iter(f"{X}th"))
            if not heads:
                yield Problem(book.at(path, table.sourceline), "a table without a head", "table-head")
            if any(head.get("scope") not in ("col", "row") for head in heads):
                yield Problem(book.at(path, table.sourceline), "a table with a head of neither column nor row", "table-head")


def heading_skip(book: Opened) -> Iterator[Problem]:
    for path, root in book.documents.items():
        level = 0
        for element in root.iter(*HEADINGS):
            now = int(etree.QName(element).localname[1])
            if level and now > level + 1:
                yield Problem(
                    book.at(path, element.sourceline), f"a heading of level {now} follows one of level {level}", "heading-skip"
                )
            level = now


def mathml(book: Opened) -> Iterator[Problem]:
    """Formulas hold no semantics element, which Amazon's Enhanced Typesetting refuses, and have alttext."""
    for path, root in book.documents.items():
        for formula in root.iter("{http://www.w3.org/1998/Math/MathML}math"):
            if formula.find(".//{*}semantics") is not None or not formula.get("alttext"):
                yield Problem(book.at(path, formula.sourceline), "a formula needs alttext and no <semantics>", "mathml")


# --- what the package claims ---------------------------------------------------------------------------------------------------


def _properties(book: Opened, name: str) -> list[str]:
    return [text_of(meta) for meta in book.opf.iter(f"{OPF}meta") if meta.get("property") == name]


def accessibility(book: Opened) -> Iterator[Problem]:
    """The package tells how the book can be read (EPUB Accessibility 1.1, 2.2), and claims nothing that its documents do not keep."""
    at = book.at(book.opf_path)
    for name in ("accessMode", "accessModeSufficient", "accessibilityFeature", "accessibilityHazard", "accessibilitySummary"):
        said = _properties(book, f"schema:{name}")
        if not said or not all(said):
            yield Problem(at, f"schema:{name} is missing or empty", "accessibility")
    claimed = set(_properties(book, "schema:accessibilityFeature"))
    silent = next((True for root in book.documents.values() for image in root.iter(f"{X}img") if image.get("alt") is None), False)
    paged = any(nav.get(f"{OPS}type") == "page-list" for nav in _navs(book))
    if "alternativeText" in claimed and silent:
        yield Problem(at, "claims alternativeText, and there is a picture without one", "accessibility")
    if ("pageNavigation" in claimed) != paged:
        yield Problem(
            at,
            f"{'claims' if not paged else 'does not claim'} pageNavigation; expected it as there is a page list",
            "accessibility",
        )
    if paged and not any(_properties(book, "pageBreakSource")):
        yield Problem(at, "there is a page list; expected pageBreakSource to say of which edition", "accessibility")
    if "displayTransformability" in claimed:
        for path, data in book.members.items():
            if path.endswith(".css"):
                for fixed in fixed_looks(Sheet(data.decode("utf-8", "replace"), path)):
                    yield Problem(
                        book.at(path, fixed.at.line), f"displayTransformability is claimed, and {fixed.message}", "fixed-looks"
                    )


def conformance(book: Opened) -> Iterator[Problem]:
    """Conformance is claimed in the prescribed words, by somebody who is named, and just if book.toml names them (EPUB Accessibility 1.1, 2.3)."""
    at = book.at(book.opf_path)
    claims = [meta for meta in book.opf.iter(f"{OPF}meta") if meta.get("property") == "dcterms:conformsTo"]
    for claim in claims:
        if not CONFORMS.fullmatch(text_of(claim)):
            yield Problem(at, f"conforms to '{text_of(claim)}', which is no standard of accessibility", "conformance")
        certifiers = [
            text_of(meta)
            for meta in book.opf.iter(f"{OPF}meta")
            if meta.get("property") == "a11y:certifiedBy" and meta.get("refines") == f"#{claim.get('id')}"
        ]
        if not any(certifiers):
            yield Problem(at, "claims conformance that nobody certifies", "conformance")
    if book.copy is not None:
        certifier = book.copy.book.card.accessibility.certifier
        if claims and not certifier:
            yield Problem(at, "claims conformance; book.toml names no certifier", "conformance")
        withheld = "displayTransformability" not in _properties(book, "schema:accessibilityFeature") or any(
            image.get("alt") is None for root in book.documents.values() for image in root.iter(f"{X}img")
        )
        if certifier and not claims and not withheld:
            yield Problem(at, f"lacks the claim of conformance that '{certifier}' certifies", "conformance")


# --- pages of print ------------------------------------------------------------------------------------------------------------


def _navs(book: Opened) -> Iterator[etree._Element]:
    if book.nav in book.documents:
        yield from book.documents[book.nav].iter(f"{X}nav")


def _is_break(element: etree._Element) -> bool:
    return element.get("role") == "doc-pagebreak" or "pagebreak" in element.get(f"{OPS}type", "").split()


def page_list(book: Opened) -> Iterator[Problem]:
    """The page list has every mark of a page once, under its label, in the order of the book; labels are numbers, each of one place."""
    order = {path: place for place, path in enumerate(book.spine)}
    places: dict[str, tuple[tuple[int, int], str]] = {}
    for path, root in book.documents.items():
        for place, element in enumerate(root.iter(etree.Element)):
            if _is_break(element):
                label = element.get("aria-label") or element.get("title") or ""
                places[f"{path}#{element.get('id', '')}"] = ((order.get(path, -1), place), label)
    links = [link for nav in _navs(book) if nav.get(f"{OPS}type") == "page-list" for link in nav.iter(f"{X}a")]
    if not links:
        if places:
            yield Problem(book.at(book.nav), f"has no page list; there are {len(places)} marks of pages", "page-list")
        return
    labels, targets, before = Counter(map(text_of, links)), Counter[str](), (-1, -1)
    for link in links:
        at, label, parts = book.at(book.nav, link.sourceline), text_of(link), urlsplit(link.get("href", ""))
        target = f"{book.path(parts.path, base=book.nav)}#{parts.fragment}"
        targets[target] += 1
        if not LABEL.fullmatch(label) or labels[label] > 1:
            yield Problem(at, f"the page '{label}' {'is listed twice' if labels[label] > 1 else 'is no number'}", "page-list")
        if target not in places:
            yield Problem(at, f"the page '{label}' leads to no mark of a page", "page-list")
            continue
        here, marked = places[target]
        if marked != label:
            yield Problem(at, f"the page '{label}' leads to the mark of '{marked}'", "page-list")
        if here <= before:
            yield Problem(at, f"the page '{label}' is out of the order of the book", "page-list")
        before = here
    for target in places.keys() - targets.keys():
        yield Problem(
            book.at(target.partition("#")[0]), f"the mark of page '{places[target][1]}' is not in the page list", "page-list"
        )


def page_break(book: Opened) -> Iterator[Problem]:
    """A mark stands in no heading and no link, whose words it would be read among, and is neither a link nor words.

    A list of links in a navigation can hold nothing beside them, so there it stands in one, and the link says its own words alone.
    """
    for path, root in book.documents.items():
        for element in root.iter(etree.Element):
            if not _is_break(element):
                continue
            at = book.at(path, element.sourceline)
            around = list(element.iterancestors())
            if any(one.tag in HEADINGS for one in around):
                yield Problem(at, "the mark of a page stands in a heading; expected it before", "page-break")
            link = next((one for one in around if one.tag == f"{X}a"), None)
            if link is not None and not (link.get("aria-label") and any(one.tag == f"{X}nav" for one in around)):
                yield Problem(at, "the mark of a page stands in a link; expected it beside", "page-break")
            if element.tag == f"{X}a":
                yield Problem(at, "the mark of a page is a link", "page-break")
            if text_of(element):
                yield Problem(
                    at, f"the mark of a page has the words '{text_of(element)}'; expected aria-label alone", "page-break"
                )


# --- what is wider than the screen -----------------------------------------------------------------------------------------------


def reflow(book: Opened) -> Iterator[Problem]:
    """A table that may be wider than the screen scrolls in a frame that a keyboard reaches and that has a name (WCAG 2.2, 1.4.10, 2.1.1, 4.1.2).

    Ace looks at the frames that do scroll in its own window, which is a wide one.
    """
    for path, root in book.documents.items():
        for table in root.iter(f"{X}table"):
            frames = [
                one for one in table.iterancestors() if one.get("role") in ("region", "group") and one.get("tabindex") == "0"
            ]
            if not frames or not (frames[0].get("aria-label") or frames[0].get("aria-labelledby")):
                yield Problem(
                    book.at(path, table.sourceline), "a table in no frame that has a name and takes the focus", "reflow"
                )


CHECKS: tuple[Callable[[Opened], Iterator[Problem]], ...] = (
    language,
    document_title,
    alternative_text,
    table_head,
    heading_skip,
    mathml,
    accessibility,
    conformance,
    page_list,
    page_break,
    reflow,
)
