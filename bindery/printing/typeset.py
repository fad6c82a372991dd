"""Lays out the pages of a book from HTML and stylesheets, and writes them as PDF.

Nothing is read but what is handed over: pictures and fonts come from a mapping of URLs of the private scheme `bindery:` to bytes. The HTML
and the stylesheets name them in full (``bindery:images/plan.svg``): there is no base URL for a relative one to be resolved against, so
no name in the PDF depends on where the checkout lies.
"""

from __future__ import annotations

import io
import logging
import mimetypes
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from xml.etree.ElementTree import Element

import pikepdf
import weasyprint  # type: ignore[import-untyped]
from cssselect2 import ElementWrapper  # type: ignore[import-untyped]
from weasyprint.css.counters import CounterStyle  # type: ignore[import-untyped]
from weasyprint.urls import URLFetcher, URLFetcherResponse, iri_to_uri  # type: ignore[import-untyped]

from bindery.edition.sheets import Sheet
from bindery.printing import engine, folios, layout_audit, ledger, looks, typecase
from bindery.printing.forme import Forme
from bindery.printing.typecase import TypeCase
from bindery.problem import At, Faulty, Problem

_HEARD = ("weasyprint", "fontTools")

# What a standard asks of a drawn file besides: done to it, in place, before it is saved.
Finish = Callable[[pikepdf.Pdf], None]


@dataclass(frozen=True)
class Page:
    """A page of a laid-out book. `number` counts the pages of the file from 1; `label` is the folio, such as ``iv`` or ``12``."""

    number: int
    label: str
    name: str  # the page name of the stylesheet, such as ``front``; empty if it has none
    blank: bool  # put in by the engine so that a chapter opens on a right-hand page


@dataclass(frozen=True)
class Layout:
    """A laid-out book, before it is written. `problems` is what the checks found: the book may be written only if it is empty. `remarks` is what
    does not look well, and can be printed."""

    document: weasyprint.Document
    problems: tuple[Problem, ...]
    remarks: tuple[Problem, ...]
    forme: Forme = field(repr=False)
    source: str
    variant: str | None
    _shelf: Shelf = field(repr=False)
    _case: TypeCase = field(repr=False)

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        kinds = [page.page_type for page in self.forme.pages]
        labels = folios.labels(self.forme)
        return tuple(
            Page(number, label, kind.name or "", kind.blank)
            for number, (label, kind) in enumerate(zip(labels, kinds, strict=True), 1)
        )

    @cached_property
    def anchors(self) -> dict[str, Page]:
        """The page on which the element with an id begins. What two passes need: an index, "page 12"."""
        found: dict[str, Page] = {}
        for page, laid in zip(self.pages, self.document.pages, strict=True):
            for name in laid.anchors:
                found.setdefault(name, page)
        return found

    def with_problems(self, more: Iterable[Problem]) -> Layout:
        """The same layout with further problems found in it."""
        return replace(self, problems=tuple(sorted({*self.problems, *more})))

    def strict(self) -> Layout:
        """The same layout, judged as a book that asks for good looks: every remark is a problem."""
        return replace(self.with_problems(self.remarks), remarks=())

    def write_pdf(self, *, created: datetime, finish: Finish | None = None, version: str = "") -> bytes:
        """The finished file. `created`, which must have a time zone, is its date of creation and of change; `finish` works on it last.

        Same layout and same `created`, same bytes. Raises Faulty with what shows only when the pages are drawn (pictures with text in
        a face that is not the book's, pictures that want other files).
        """
        if created.tzinfo is None:
            raise ValueError("the date of creation needs a time zone: without one it would depend on the machine")
        date = created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.document.metadata.created = self.document.metadata.modified = date
        # The engine keeps here what it has drawn, and would draw a second time upon it.
        self.document.fonts.clear()
        refused = len(self._shelf.refused)
        with _overheard() as heard:
            drawn = self.document.write_pdf(pdf_variant=self.variant)
        problems = [_problem(record, At(self.source)) for record in heard]
        problems += _refusals(self._shelf.refused[refused:], At(self.source), self.forme)
        for family in sorted({font.family for font in self.document.fonts.values()} - self._case.families):
            problems.append(
                Problem(At(self.source), f"the font {family} is in the PDF, and no @font-face rule declares it", "foreign-font")
            )
        if problems:
            raise Faulty(problems)
        return _finish(drawn, [page.label for page in self.pages], finish, version)


class Shelf(URLFetcher):  # type: ignore[misc]
    """Serves the resources handed over, and nothing else: no file, no network, no data URL.

    The engine swallows an exception raised while it draws an SVG, so what was asked for in vain is written down as well.
    """

    def __init__(self, resources: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)
        self._resources = {iri_to_uri(url): data for url, data in resources.items()}
        self.refused: list[str] = []

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
        data = self._resources.get(iri_to_uri(url))
        if data is None:
            self.refused.append(url)
            raise ValueError(f"{url} is not among the resources of the book")
        kind = mimetypes.types_map.get("." + url.rpartition(".")[2].lower(), "application/octet-stream")
        return URLFetcherResponse(url, data, {"Content-Type": kind})


def lay_out(
    html: str | Element,
    *,
    stylesheets: Sequence[str | Sheet],
    resources: Mapping[str, bytes],
    source: str = "book.toml",
    variant: str | None = None,
) -> Layout:
    """Lay out the pages of a book and look them over.

    `html` is HTML to be parsed, or an element that has been parsed as XML: then a note may hold blocks though it stands in a paragraph,
    which an HTML parser would end there.

    `source` is the file to blame for what has no line of the manuscript. `variant` is a PDF variant by the engine's name ("pdf/ua-1",
    "pdf/a-2b"; it decides about tags too), or None for plain PDF 1.7. Raises Faulty when nothing can be laid out: no font was declared.
    """
    engine.mend()
    shelf, case = Shelf(resources), TypeCase()
    counters, profiles = CounterStyle(), dict[str, Any]()
    problems: list[Problem] = []
    sheets = []
    for sheet in (Sheet(sheet, source) if isinstance(sheet, str) else sheet for sheet in stylesheets):
        with _overheard() as heard:
            sheets.append(
                weasyprint.CSS(
                    string=sheet.text, font_config=case, counter_style=counters, color_profiles=profiles, url_fetcher=shelf
                )
            )
        problems += [_problem(record, At(sheet.path), _line(record)) for record in heard]
    if not case.faces:
        problems += _refusals(shelf.refused, At(source))
        raise Faulty(
            [
                *problems,
                Problem(At(source), "no font was loaded; expected an @font-face rule whose font is a resource", "no-font"),
            ]
        )
    with _overheard() as heard:
        page = weasyprint.HTML(string=html if isinstance(html, str) else "<p>", url_fetcher=shelf)
        if not isinstance(html, str):
            page.wrapper_element = ElementWrapper.from_html_root(html, content_language=None)
            page.etree_element = page.wrapper_element.etree_element
        document = page.render(
            stylesheets=sheets, font_config=case, counter_style=counters, color_profiles=profiles, pdf_variant=variant
        )
    forme = Forme.of(document, source)
    problems += [_problem(record, At(source)) for record in heard]
    problems += _refusals(shelf.refused, At(source), forme)
    problems += ledger.keep(forme)
    problems += layout_audit.look_over(forme)
    problems += typecase.audit(forme, case)
    problems += folios.audit(forme)
    problems += _dead_links(document, forme)
    remarks = tuple(sorted(set(looks.look_over(forme))))
    return Layout(document, tuple(sorted(set(problems))), remarks, forme, source, variant, shelf, case)


class _Ear(logging.Handler):
    def __init__(self, heard: list[logging.LogRecord]) -> None:
        super().__init__(logging.WARNING)
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        self._heard.append(record)


@contextmanager
def _overheard() -> Iterator[list[logging.LogRecord]]:
    """What the engine and its font tools warn of meanwhile; none of it is let pass."""
    heard: list[logging.LogRecord] = []
    handler = _Ear(heard)
    loggers = [logging.getLogger(name) for name in _HEARD]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield heard
    finally:
        for logger in loggers:
            logger.removeHandler(handler)


def _problem(record: logging.LogRecord, at: At, line: int = 0) -> Problem:
    return Problem(At(at.path, line), f"{record.name}: {record.getMessage()}", "engine-warning")


def _line(record: logging.LogRecord) -> int:
    """The line of a stylesheet that a warning speaks of."""
    found = re.search(r" at (\d+):\d+", record.getMessage())
    return int(found[1]) if found else 0


def _refusals(urls: Sequence[str], source: At, forme: Forme | None = None) -> Iterator[Problem]:
    """Refused requests, each at the element that names the URL; one that a stylesheet or a picture makes has only the source."""
    elements = {iri_to_uri(value): one for one in forme.root.iter() for value in one.attrib.values()} if forme and urls else {}
    for url in urls:
        at = forme.at(elements[url]) if forme and url in elements else source
        yield Problem(
            at, f"the layout asked for {url}; expected only what is handed to it, by its bindery: name", "fetch-refused"
        )


def _dead_links(document: weasyprint.Document, forme: Forme) -> Iterator[Problem]:
    anchors = {name for page in document.pages for name in page.anchors}
    for page in document.pages:
        for kind, target, _, box in page.links:
            if kind == "internal" and target not in anchors:
                yield Problem(
                    forme.at(box.element), f"a link leads to #{target}, which is nowhere in the book; expected an id", "dead-link"
                )


def _finish(drawn: bytes, labels: Sequence[str], finish: Finish | None, version: str) -> bytes:
    """Adds page labels, takes out empty resource dictionaries, does what a standard asks for, and gives the file an id made from its content."""
    finished = io.BytesIO()
    with pikepdf.open(io.BytesIO(drawn)) as pdf:
        pdf.Root.PageLabels = folios.page_labels(labels)
        for page in pdf.pages:
            for name in ("/Pattern", "/Shading"):
                if name in page.resources and not page.resources[name].keys():
                    del page.resources[name]
        if finish:
            finish(pdf)
        pdf.save(finished, deterministic_id=True, force_version=version)
    return finished.getvalue()
