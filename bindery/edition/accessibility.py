"""What a book asks of its reader's senses and what it offers to those who lack one: found in the book itself, claimed once for all places.

The metadata of the EPUB (EPUB Accessibility 1.1, w3.org/TR/epub-a11y-11; schema.org terms by w3.org/community/reports/a11y-discov-vocab), the
codes of ONIX and the statement for people are three ways of saying the same :class:`Accessibility`. What cannot be said of every page is not
said: one picture without an alternative text takes the claim away, and :attr:`Accessibility.lacking` tells where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import tinycss2  # type: ignore[import-untyped]

from bindery.edition.fair_copy import FairCopy
from bindery.edition.sheets import Sheet
from bindery.manuscript.card import Assessed
from bindery.nodes import Figure, Image, Math, Node, find
from bindery.problem import At, Problem

# Codes of ONIX code list 196 for what EPUB says in terms of schema.org ("Accessibility metadata crosswalk", DAISY Knowledge Base).
ONIX = {
    "tableOfContents": "11",
    "index": "12",
    "readingOrder": "13",
    "alternativeText": "14",
    "longDescription": "15",
    "MathML": "17",
    "pageBreakMarkers": "19",
    "structuralNavigation": "29",
    "ARIA": "30",
    "displayTransformability": "36",
    "pageNavigation": "41",
}
TAGGED, LANDMARKS, WITHOUT_SIGHT, EPUB_11, CERTIFIED = "22", "32", "52", "04", "90"
WCAG = {"2.0": "80", "2.1": "81", "2.2": "82"}
LEVEL = {"A": "84", "AA": "85", "AAA": "86"}

ABSOLUTE = frozenset({"px", "pt", "pc", "in", "cm", "mm", "q"})
SIZES = frozenset({"font-size", "font", "line-height", "letter-spacing", "word-spacing"})
COLOURS = frozenset({"color", "background", "background-color", "background-image"})
READERS_OWN = frozenset({"inherit", "currentcolor", "initial", "unset", "revert", "transparent", "none"})


@dataclass(frozen=True)
class Conformance:
    """A claim of conformance: a person's, named on the card, and never the press's own. ``standard`` is the string that EPUB Accessibility 1.1 (2.3)
    prescribes for it."""

    standard: str
    certifier: str
    report: str = ""
    credential: str = ""


@dataclass(frozen=True)
class Accessibility:
    """The facts. ``modes``, ``sufficient``, ``features`` and ``hazards`` are values of schema.org's accessMode, accessModeSufficient (the modes
    of one set parted by commas), accessibilityFeature and accessibilityHazard.

    ``onix`` are codes of ONIX list 196. ``statement`` says it all in whole sentences of the book's language; ``lacking`` is what keeps a claim from
    being made, each where it can be mended.
    """

    modes: tuple[str, ...]
    sufficient: tuple[str, ...]
    features: tuple[str, ...]
    hazards: tuple[str, ...]
    onix: tuple[str, ...]
    statement: tuple[str, ...]
    conformance: Conformance | None
    lacking: tuple[Problem, ...]

    @property
    def summary(self) -> str:
        """The statement as one text: schema.org's accessibilitySummary."""
        return " ".join(self.statement)


def accessibility_of(copy: FairCopy, sheets: Sequence[Sheet] = (), *, paged: bool = False) -> Accessibility:
    """The facts of an edition that is read on a screen, with the stylesheets it is shown in; ``paged`` says that it carries the pages of print.

    Of hazards there are none by construction: animated pictures are refused (bindery/manuscript/pictures.py), and there is no way to put in sound or
    film. Headings, roles and the order of reading are the templates', and held by the inspection of the finished file.
    """
    nodes = [node for section in copy.sections for node in (*section.title, *section.blocks)]
    images = [image for image in find(nodes, Image) if not image.decorative]
    silent = tuple(_silent(images))
    fixed = tuple(problem for sheet in sheets for problem in fixed_looks(sheet))
    card = copy.book.card.accessibility
    conformance = _conformance(card) if not (silent or fixed) else None
    there = {
        "tableOfContents": True,
        "readingOrder": True,
        "structuralNavigation": True,
        "displayTransformability": not fixed,
        "ARIA": True,
        "alternativeText": bool(images) and not silent,
        "longDescription": any(image.details for image in images)
        and all(f.image.details for f in find(nodes, Figure) if f.numbers),
        "MathML": any(True for _ in find(nodes, Math)),
        "index": any(section.kind == "index" for section in copy.sections),
        "pageNavigation": paged,
        "pageBreakMarkers": paged,
    }
    features = tuple(name for name, claimed in there.items() if claimed)
    return Accessibility(
        modes=("textual", "visual") if images else ("textual",),
        sufficient=(*(("textual",) if not silent else ()), *(("textual,visual",) if images else ())),
        features=features,
        hazards=("none",),
        onix=tuple(sorted(_onix(features, conformance, card, readable=not silent))),
        statement=tuple(_sentences(copy, there, images, silent, conformance)),
        conformance=conformance,
        lacking=(*silent, *fixed),
    )


def _silent(images: Iterable[Image]) -> Iterator[Problem]:
    """The pictures that say something to those alone who see them."""
    for image in images:
        if not image.alt.strip():
            message = f"'{image.src}' has no alternative text, so the book does not claim to have them"
            yield Problem(image.at, message, "missing-alt")


def _conformance(card: Assessed) -> Conformance | None:
    if not card.certifier:
        return None
    standard = f"EPUB Accessibility 1.1 - WCAG {card.wcag} Level {card.level}"
    return Conformance(standard, card.certifier, card.report, card.credential)


def _onix(features: Iterable[str], conformance: Conformance | None, card: Assessed, *, readable: bool) -> Iterator[str]:
    yield from (ONIX[name] for name in features)
    yield from (TAGGED, LANDMARKS)
    if readable:
        yield WITHOUT_SIGHT
    if conformance:
        yield from (EPUB_11, WCAG[card.wcag], LEVEL[card.level], CERTIFIED)


def _sentences(
    copy: FairCopy, there: dict[str, bool], images: Sequence[Node], silent: Sequence[Problem], conformance: Conformance | None
) -> Iterator[str]:
    words = copy.book.words
    yield words["access-text" if there["displayTransformability"] else "access-text-fixed"]
    if images:
        yield words["access-images-silent" if silent else "access-images"].format(silent=len(silent), total=len(images))
    said = {
        "access-charts": there["longDescription"],
        "access-math": there["MathML"],
        "access-structure": True,
        "access-index": there["index"],
        "access-pages": there["pageNavigation"],
        "access-hazards": True,
    }
    yield from (words[name] for name, claimed in said.items() if claimed)
    if conformance is None:
        yield words["access-claim"]
        return
    yield words["access-conforms"].format(standard=conformance.standard, certifier=conformance.certifier)
    if conformance.report:
        yield words["access-report"].format(report=conformance.report)


# --- looks that a reader cannot change ---------------------------------------------------------------------------------------------


def fixed_looks(sheet: Sheet) -> Iterator[Problem]:
    """Declarations of a stylesheet that take size, spacing or colour out of the reader's hands (WCAG 2.2, 1.4.4, 1.4.8 and 1.4.12).

    The ground of a picture is part of the picture, and may have its colour.
    """
    yield from _fixed_in(tinycss2.parse_stylesheet(sheet.text, skip_comments=True, skip_whitespace=True), sheet.path)


def _fixed_in(rules: Iterable[object], path: str) -> Iterator[Problem]:
    for rule in rules:
        content = getattr(rule, "content", None)
        if getattr(rule, "type", "") == "at-rule" and rule.lower_at_keyword in ("media", "supports") and content:  # type: ignore[attr-defined]
            yield from _fixed_in(tinycss2.parse_rule_list(content, skip_comments=True, skip_whitespace=True), path)
        elif getattr(rule, "type", "") == "qualified-rule" and content is not None:
            of_pictures = tinycss2.serialize(rule.prelude).strip().endswith("img")  # type: ignore[attr-defined]
            for one in tinycss2.parse_declaration_list(content, skip_comments=True, skip_whitespace=True):
                if one.type == "declaration" and _is_fixed(one, of_pictures=of_pictures):
                    message = f"'{one.name}: {tinycss2.serialize(one.value).strip()}' cannot be changed by the reader"
                    yield Problem(At(path, one.source_line), f"{message}; expected em, %, or nothing", "fixed-looks")


def _is_fixed(declaration: object, *, of_pictures: bool) -> bool:
    name, values = declaration.lower_name, declaration.value  # type: ignore[attr-defined]
    if name in SIZES:
        return any(token.type == "dimension" and token.lower_unit in ABSOLUTE and token.value for token in values)
    if name in COLOURS and not of_pictures:
        return any(
            token.type in ("hash", "function", "url") or (token.type == "ident" and token.lower_value not in READERS_OWN)
            for token in values
        )
    return False
