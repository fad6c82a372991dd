"""The EPUB's fonts: what its stylesheets name, cut to the characters that the book sets in them.

The house's faces are variable fonts with thousands of glyphs; many reading systems know neither variable fonts nor WOFF2. So each face that an
``@font-face`` rule declares becomes a static TrueType font of its own, at the weight of the rule.
"""

from __future__ import annotations

import io
import re
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import PurePosixPath
from typing import Any

import cssselect2  # type: ignore[import-untyped]
import tinycss2  # type: ignore[import-untyped]
from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from fontTools.varLib import instancer  # type: ignore[import-untyped]
from lxml import etree

from bindery.edition.pages import Credit
from bindery.edition.sheets import Sheet
from bindery.problem import At, Faulty, Problem

SCHEME = "bindery:"

# What shaping needs by itself, and what a stylesheet may ask for by `font-variant`: figures, small capitals, raised and lowered figures.
FEATURES = (
    *subset.Options._layout_features_default,
    *("onum", "lnum", "pnum", "tnum", "smcp", "c2sc", "case", "sups", "subs", "sinf", "ordn", "zero"),
)

# Set by the reading system and in no document: markers of lists, hyphens at line ends.
ALWAYS = frozenset(string.ascii_letters + string.digits + " .-\u2010\u2022\u25e6\u25aa")

WEIGHTS = {"normal": 400, "bold": 700}
STYLE_NAMES = {
    100: "Thin",
    200: "ExtraLight",
    300: "Light",
    400: "Regular",
    500: "Medium",
    600: "SemiBold",
    700: "Bold",
    800: "ExtraBold",
    900: "Black",
}


@dataclass(frozen=True)
class Face:
    """A face as an ``@font-face`` rule declares it; ``source`` is the house's file."""

    family: str
    source: str
    style: str
    weight: int
    at: At

    @property
    def name(self) -> str:
        """Its file in the EPUB."""
        path = PurePosixPath(self.source)
        return f"{path.parent}/{path.stem}-{self.weight}.ttf"


class Styles:
    """The stylesheets of an EPUB, read. ``house`` are the font files by the names under which ``bindery:`` has them.

    Raises :class:`Faulty` with every place that cannot be read, and every address that is no font of the house: an EPUB holds all it needs.
    """

    def __init__(self, sheets: Sequence[Sheet], house: Mapping[str, bytes]) -> None:
        self.house = house
        self.rules = [(sheet, tinycss2.parse_stylesheet(sheet.text)) for sheet in sheets]
        problems = [problem for sheet, rules in self.rules for problem in _faults(sheet, rules, house)]
        if problems:
            raise Faulty(problems)
        self.faces = [_face(sheet, rule) for sheet, rules in self.rules for rule in rules if _is_face(rule)]

    @cached_property
    def selectors(self) -> list[tuple[Any, frozenset[str]]]:
        """Each selector by which text gets a font, with the families it names."""
        known = {face.family for face in self.faces}
        found: list[tuple[Any, frozenset[str]]] = []
        problems: list[Problem] = []
        for sheet, rule in self._style_rules():
            declared = tinycss2.parse_declaration_list(rule.content, skip_comments=True, skip_whitespace=True)
            named = {_family(d) for d in declared if d.type == "declaration" and d.lower_name in ("font-family", "font")}
            families = frozenset().union(*named) & known if named else frozenset()
            if not families:
                continue
            try:
                found.extend((selector, families) for selector in cssselect2.compile_selector_list(rule.prelude))
            except cssselect2.SelectorError as error:
                problems.append(Problem(At(sheet.path, rule.source_line), f"not a selector: {error}", "style"))
        if problems:
            raise Faulty(problems)
        return found

    def _style_rules(self) -> Iterator[tuple[Sheet, Any]]:
        for sheet, rules in self.rules:
            yield from ((sheet, rule) for rule in _flat(rules) if rule.type == "qualified-rule")

    def characters(self, documents: Iterable[etree._Element]) -> dict[str, frozenset[str]]:
        """What is set in each family: the text of every element that a rule gives it to. A family that no text has is not there."""
        matcher = cssselect2.Matcher()
        for selector, families in self.selectors:
            matcher.add_selector(selector, families)
        found: dict[str, set[str]] = {}
        for document in documents:
            for element in cssselect2.ElementWrapper.from_xml_root(document).iter_subtree():
                for _, _, _, families in matcher.match(element):
                    for family in families:
                        found.setdefault(family, set()).update(*element.etree_element.itertext())
        drawn = ALWAYS | self._generated
        return {
            family: frozenset(text | {c for letter in text for c in letter.upper()} | drawn) for family, text in found.items()
        }

    @cached_property
    def _generated(self) -> frozenset[str]:
        """The characters that the stylesheets put in by themselves: ``content``, quotation marks, markers."""
        tokens = (token for _, rule in self._style_rules() for token in _tokens(rule.content))
        return frozenset(c for token in tokens if token.type == "string" for c in token.value)

    def bound(self, families: Iterable[str]) -> dict[str, str]:
        """The stylesheets by name as the EPUB holds them, with the faces of these families alone, each by its own file."""
        wanted = set(families)
        done: dict[str, str] = {}
        for sheet, rules in self.rules:
            kept = []
            for rule in rules:
                if _is_face(rule):
                    face = _face(sheet, rule)
                    if face.family not in wanted:
                        continue
                    for token in _tokens(rule.content):
                        if _address(token) is not None:
                            token.representation = f'"../{face.name}"' if token.type == "string" else f'url("../{face.name}")'
                kept.append(rule)
            done[sheet.path] = tinycss2.serialize(kept)
        return done

    def fonts(self, characters: Mapping[str, frozenset[str]]) -> dict[str, bytes]:
        """The cut fonts by name, of those families in which something is set."""
        faces = [face for face in self.faces if face.family in characters]
        return {face.name: cut(self.house[face.source], characters[face.family], face.weight) for face in faces}

    def credits(self, families: Iterable[str]) -> list[Credit]:
        """The typefaces of these families, each once."""
        wanted = set(families)
        return list(dict.fromkeys(credit(self.house[face.source]) for face in self.faces if face.family in wanted))


def credit(data: bytes) -> Credit:
    """What a font says of itself: its family, and who designed it (OpenType ``name``, ids 16, 1 and 9)."""
    names = TTFont(io.BytesIO(data), lazy=True)["name"]
    return Credit(str(names.getDebugName(16) or names.getDebugName(1)), str(names.getDebugName(9) or ""))


@lru_cache(maxsize=32)
def cut(data: bytes, characters: frozenset[str], weight: int) -> bytes:
    """A static TrueType font at one weight with the glyphs of these characters alone. Same arguments, same bytes."""
    font = TTFont(io.BytesIO(data), recalcTimestamp=False, lazy=True)
    options = subset.Options()
    options.layout_features = list(FEATURES)
    options.name_IDs = ["*"]
    options.name_languages = ["*"]
    options.recalc_timestamp = False
    options.notdef_outline = True
    options.glyph_names = False
    options.hinting = False
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=sorted(map(ord, characters)))
    cutter.subset(font)
    if "fvar" in font:
        low, high = next((axis.minValue, axis.maxValue) for axis in font["fvar"].axes if axis.axisTag == "wght")
        font = instancer.instantiateVariableFont(font, {"wght": min(max(weight, low), high)}, inplace=True)
        font.recalcTimestamp = False
        if "STAT" in font:
            del font["STAT"]
    _rename(font, weight)
    finished = io.BytesIO()
    font.save(finished)
    return finished.getvalue()


def _rename(font: TTFont, weight: int) -> None:
    """Name the font for what it is now. Copyright, designer and licence stay as they are.

    A cut font is a modified version, which may not bear a reserved name (SIL Open Font License 1.1, condition 3).
    """
    names, metrics, head = font["name"], font["OS/2"], font["head"]
    italic = bool(metrics.fsSelection & 1)
    family = str(names.getDebugName(16) or names.getDebugName(1))
    reserved = re.search(r"Reserved Font Names?\W+(\w+)", str(names.getDebugName(0)))
    if reserved:
        family = family.replace(reserved[1], "Book")
    drawn = STYLE_NAMES.get(weight, str(weight))
    style = (drawn + " Italic" if italic else drawn).replace("Regular Italic", "Italic")
    version = str(names.getDebugName(5))
    for record in [record for record in names.names if record.nameID in (16, 17, 21, 22, 25) or record.nameID > 255]:
        names.removeNames(record.nameID, record.platformID, record.platEncID, record.langID)
    linked = weight in (400, 700)
    postscript = f"{family}-{style}".replace(" ", "")
    for number, text in {
        1: family if linked else f"{family} {drawn}",
        2: style if linked else ("Italic" if italic else "Regular"),
        3: f"{version};{postscript}",
        4: f"{family} {style}",
        6: postscript,
        **({} if linked else {16: family, 17: style}),
    }.items():
        names.setName(text, number, 3, 1, 0x409)
    bold = weight == 700
    metrics.usWeightClass = weight
    metrics.fsSelection = metrics.fsSelection & ~0b1100001 | (1 if italic else 0) | (bold << 5) | ((not bold and not italic) << 6)
    head.macStyle = bold | italic << 1


# --- reading stylesheets -----------------------------------------------------------------------------------------------------


def _is_face(rule: Any) -> bool:
    return bool(rule.type == "at-rule" and rule.lower_at_keyword == "font-face")


def _flat(rules: Iterable[Any]) -> Iterator[Any]:
    """Rules, with those inside @media and @supports."""
    for rule in rules:
        yield rule
        if rule.type == "at-rule" and rule.content and rule.lower_at_keyword in ("media", "supports"):
            yield from _flat(tinycss2.parse_rule_list(rule.content))


def _tokens(values: Iterable[Any] | None) -> Iterator[Any]:
    for token in values or ():
        yield token
        yield from _tokens(getattr(token, "content", None) or getattr(token, "arguments", None))


def _addresses(values: Iterable[Any] | None) -> Iterator[tuple[Any, str]]:
    """Every address in a run of tokens, ``url(…)`` in either spelling, with the token that holds it."""
    for token in _tokens(values):
        if token.type == "url":
            yield token, token.value
        elif token.type == "function" and token.lower_name in ("url", "src"):
            yield from ((inner, inner.value) for inner in token.arguments if inner.type == "string")


def _address(token: Any) -> str | None:
    """The address that a token holds, if it is one of ours."""
    return token.value if token.type in ("url", "string") and token.value.startswith(SCHEME) else None


def _declared(rule: Any) -> dict[str, Any]:
    found = tinycss2.parse_declaration_list(rule.content, skip_comments=True, skip_whitespace=True)
    return {d.lower_name: d for d in found if d.type == "declaration"}


def _family(declaration: Any) -> frozenset[str]:
    """The families that a declaration names, quoted or not; for ``font``, its other words too, which are no families."""
    quoted = {token.value for token in declaration.value if token.type == "string"}
    bare = " ".join(
        token.value if token.type == "ident" else "," for token in declaration.value if token.type in ("ident", "literal")
    )
    return frozenset(quoted | {name.strip() for name in bare.split(",")})


def _word(declaration: Any) -> str:
    return str(tinycss2.serialize(declaration.value)).strip().lower()


def _face(sheet: Sheet, rule: Any) -> Face:
    declared = _declared(rule)
    (family,) = _family(declared["font-family"]) - {""}
    (source,) = {address.removeprefix(SCHEME) for _, address in _addresses(declared["src"].value)}
    weight = _word(declared["font-weight"]) if "font-weight" in declared else "400"
    style = _word(declared["font-style"]) if "font-style" in declared else "normal"
    return Face(family, source, style, int(WEIGHTS.get(weight, weight)), At(sheet.path, rule.source_line))


def _faults(sheet: Sheet, rules: Iterable[Any], house: Mapping[str, bytes]) -> Iterator[Problem]:
    for rule in _flat(rules):
        at = At(sheet.path, rule.source_line)
        if rule.type == "error":
            yield Problem(at, f"not CSS: {rule.message}", "style")
        elif rule.type == "at-rule" and rule.lower_at_keyword == "import":
            yield Problem(at, "imports another stylesheet; expected it in the list 'styles' of the edition", "style")
        elif rule.type in ("at-rule", "qualified-rule"):
            for token, address in _addresses(rule.content):
                if not _is_face(rule) or address.removeprefix(SCHEME) not in house or not address.startswith(SCHEME):
                    known = ", ".join(house)
                    message = f"names '{address}'; expected nothing but fonts of the house, in @font-face: {known}"
                    yield Problem(At(sheet.path, token.source_line), message, "style")
            if _is_face(rule):
                yield from _faults_of_face(rule, at)


def _faults_of_face(rule: Any, at: At) -> Iterator[Problem]:
    declared = _declared(rule)
    for name in ("font-family", "src"):
        if name not in declared:
            yield Problem(at, f"an @font-face rule without '{name}'", "style")
    if "font-family" in declared and len(_family(declared["font-family"]) - {""}) != 1:
        yield Problem(at, "an @font-face rule names one family", "style")
    if "src" in declared and len(list(_addresses(declared["src"].value))) != 1:
        yield Problem(at, 'an @font-face rule names one font; expected src: url("bindery:fonts/…")', "style")
    weight = _word(declared["font-weight"]) if "font-weight" in declared else "400"
    if weight not in WEIGHTS and not re.fullmatch("[1-9]00", weight):
        yield Problem(at, f"the weight '{weight}'; expected one of 100 to 900, for every cut of a face is a file", "style")
