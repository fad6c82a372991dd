"""The type case: the fonts that the stylesheets declare, and none other.

The engine would take a letter that the book's faces lack from whatever the machine has installed. Here fontconfig is given an empty
configuration, so that it finds no font but those of the `@font-face` rules: the book is the same on every machine. What is set
in another face than its style asks for, or has no glyph at all, is a `Problem`.
"""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from weasyprint.text.ffi import ffi, fontconfig, pango  # type: ignore[import-untyped]
from weasyprint.text.fonts import FontConfiguration  # type: ignore[import-untyped]

from bindery.printing import forme
from bindery.printing.forme import Box, Forme
from bindery.problem import Problem

# A cache folder is named only because fontconfig complains on stderr when none is. It is never written: there is no folder to scan.
_EMPTY = "<fontconfig><cachedir>/nonexistent</cachedir></fontconfig>"

_WEIGHTS = {"normal": 400, "bold": 700}


@dataclass(frozen=True, order=True)
class Face:
    """A face as its `@font-face` rule describes it; weight 0 if the rule gives none, as for a variable font, which has them all."""

    family: str
    style: str
    weight: int

    @classmethod
    def declared(cls, rule: Mapping[str, Any]) -> Face:
        weight = rule.get("font_weight", 0)
        return cls(rule["font_family"], rule.get("font_style", "normal"), _WEIGHTS.get(weight, weight))

    def serves(self, style: str, weight: int) -> bool:
        return self.weight in (0, weight) and self.style == style

    def __str__(self) -> str:
        return " ".join(
            part for part in (self.family, "" if self.style == "normal" else self.style, str(self.weight or "")) if part
        )


class TypeCase(FontConfiguration):  # type: ignore[misc]
    """A font configuration that holds the declared faces only."""

    def __init__(self) -> None:
        self.faces: set[Face] = set()
        with _no_system_fonts():
            super().__init__()

    def add_font_face(self, rule_descriptors: Mapping[str, Any], url_fetcher: Any) -> None:
        """Called by the engine for each `@font-face` rule."""
        before = self._files()
        super().add_font_face(rule_descriptors, url_fetcher)
        if self._files() > before:
            self.faces.add(Face.declared(rule_descriptors))

    def _files(self) -> int:
        """How many faces and named instances fontconfig has. With none at all Pango crashes the process."""
        fonts = fontconfig.FcConfigGetFonts(self._config, fontconfig.FcSetApplication)
        return 0 if fonts == ffi.NULL else int(fonts.nfont)

    @property
    def families(self) -> frozenset[str]:
        return frozenset(face.family for face in self.faces)


@contextmanager
def _no_system_fonts() -> Iterator[None]:
    """Fontconfig reads the file that the environment names when a configuration is made, and not again."""
    before = os.environ.get("FONTCONFIG_FILE")
    with tempfile.TemporaryDirectory(prefix="bindery-fontconfig-") as folder:
        empty = Path(folder) / "fonts.conf"
        empty.write_text(_EMPTY, encoding="ascii")
        os.environ["FONTCONFIG_FILE"] = str(empty)
        try:
            yield
        finally:
            del os.environ["FONTCONFIG_FILE"]
            if before is not None:
                os.environ["FONTCONFIG_FILE"] = before


def audit(pages: Forme, case: TypeCase) -> Iterator[Problem]:
    """`missing-glyph`, `foreign-font` and `missing-face`, each once for an element, with the letters concerned.

    The question is put to Pango itself, which chose the fonts. It is asked about a sound letter in a style only once: elsewhere in
    the same style it chooses the same.
    """
    known: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    lacking: dict[tuple[Element, str], dict[str, None]] = defaultdict(dict)
    foreign: dict[tuple[Element, str, str], dict[str, None]] = defaultdict(dict)
    faceless: dict[tuple[Element, str], None] = {}
    for page in pages.pages:
        for box in forme.walk(page):
            if not forme.is_text(box) or not box.text.strip():
                continue
            element = box.element if box.element is not None else pages.root
            style = box.style
            asked = ", ".join(style["font_family"])
            key = tuple(
                str(style[name])
                for name in ("font_family", "font_style", "font_weight", "font_stretch", "font_variant_caps", "lang")
            )
            if key not in known and not _has_face(case, style):
                faceless[element, _wanted(style)] = None
            if set(box.text) <= known[key]:
                continue
            sound = set(box.text)
            for text, family, missing in _runs(box):
                lacking[element, asked].update(dict.fromkeys(missing))
                sound -= set(missing)
                if family.casefold() not in (one.casefold() for one in style["font_family"]):
                    strange = [letter for letter in text if letter not in missing and letter.strip()]
                    foreign[element, asked, family].update(dict.fromkeys(strange))
                    sound -= set(strange)
            known[key] |= sound
    return _problems(pages, case, lacking, foreign, faceless)


def _problems(
    pages: Forme,
    case: TypeCase,
    lacking: Mapping[tuple[Element, str], dict[str, None]],
    foreign: Mapping[tuple[Element, str, str], dict[str, None]],
    faceless: Mapping[tuple[Element, str], None],
) -> Iterator[Problem]:
    declared = "; ".join(map(str, sorted(case.faces)))
    for (element, asked), letters in lacking.items():
        if letters:
            yield Problem(
                pages.at(element),
                f"no glyph for {_named(letters)} in {asked}; expected letters that the book's faces have",
                "missing-glyph",
            )
    for (element, asked, family), letters in foreign.items():
        if letters:
            message = f"{_named(letters)} is set in {family}, where {asked} is asked for; expected a face that has it named in the stylesheet"
            yield Problem(pages.at(element), message, "foreign-font")
    for element, wanted in faceless:
        message = f"the text is to be in {wanted}, and no @font-face rule declares that face: it comes out in another; declared are {declared}"
        yield Problem(pages.at(element), message, "missing-face")


def _wanted(style: Mapping[str, Any]) -> str:
    return str(Face(style["font_family"][0], style["font_style"], style["font_weight"]))


def _has_face(case: TypeCase, style: Mapping[str, Any]) -> bool:
    """Whether the first declared family of the style has the face; a family not declared at all is a foreign font, not a missing face."""
    asked = (name.casefold() for name in style["font_family"])
    faces = next((faces for name in asked if (faces := [face for face in case.faces if face.family.casefold() == name])), None)
    return faces is None or any(face.serves(style["font_style"], style["font_weight"]) for face in faces)


def _named(letters: Mapping[str, None]) -> str:
    return ", ".join(f"“{letter}” (U+{ord(letter):04X})" for letter in letters)


def _runs(box: Box) -> Iterator[tuple[str, str, set[str]]]:
    """The runs that Pango divides the text into: text, family, and the letters without a glyph."""
    box.pango_layout.reactivate(box.style)
    encoded = box.pango_layout.text.encode()
    line, _ = box.pango_layout.get_first_line()
    run = line.runs[0]
    while run != ffi.NULL:
        item, glyphs = run.data.item, run.data.glyphs
        unknown = {
            chr(glyph.glyph - pango.PANGO_GLYPH_UNKNOWN_FLAG)
            for glyph in glyphs.glyphs[0 : glyphs.num_glyphs]
            if glyph.glyph & pango.PANGO_GLYPH_UNKNOWN_FLAG
        }
        yield encoded[item.offset : item.offset + item.length].decode(), _family(item.analysis.font), unknown
        run = run.next
    box.pango_layout.deactivate()


def _family(font: Any) -> str:
    description = ffi.gc(pango.pango_font_describe_with_absolute_size(font), pango.pango_font_description_free)
    return str(ffi.string(pango.pango_font_description_get_family(description)).decode())
