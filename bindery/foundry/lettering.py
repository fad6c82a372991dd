"""Lettering: the text of a drawing, set in the house's faces and turned into outlines.

A drawing stands in a book as a picture, and a picture reaches none of the book's fonts: its text would come out in whatever the reading
system has at hand. So every letter becomes a shape before the drawing goes in, for print as for the EPUB. HarfBuzz sets it, as it does the
text of the pages, with kerning, ligatures and figures; it is that of a pinned package and not the system's, and so the shapes
are the same on every machine.
"""

from __future__ import annotations

import copy
import io
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache

import cssselect2  # type: ignore[import-untyped]
import tinycss2  # type: ignore[import-untyped]
import uharfbuzz  # type: ignore[import-untyped]
from fontTools.pens.basePen import BasePen  # type: ignore[import-untyped]
from fontTools.pens.transformPen import TransformPen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from lxml import etree

from bindery.foundry.fonts import FAMILIES, house_fonts
from bindery.foundry.lengths import pixels

SVG = "{http://www.w3.org/2000/svg}"
TEXTS = frozenset({f"{SVG}text", f"{SVG}tspan"})

# Bounds that no honest drawing meets: letters in it, and how often a rule of its style sheet is held against one of its elements.
MAX_LETTERS = 20_000
MAX_MATCHES = 2_000_000

# What says how letters are set; all of it is passed on from an element to what is inside it (CSS Text, Fonts; SVG 2, section 11).
TYPE = frozenset({
    "font-family", "font-size", "font-style", "font-weight", "font-variant", "font-variant-caps", "font-variant-numeric",
    "font-variant-ligatures", "font-feature-settings", "letter-spacing", "text-anchor",
})  # fmt: skip
PLACE = frozenset({"x", "y", "dx", "dy"})
# What is not carried out here, and would show: that it is left out must not go unsaid.
UNKNOWN = frozenset({
    "font", "rotate", "textLength", "lengthAdjust", "dominant-baseline", "alignment-baseline", "baseline-shift", "writing-mode",
    "word-spacing", "text-decoration", "text-transform", "font-stretch", "font-size-adjust",
})  # fmt: skip
HARMLESS = frozenset({"", "normal", "auto", "baseline", "none", "0", "alphabetic", "lr-tb", "horizontal-tb", "100%"})
# What a style sheet cannot give: attributes that are no properties.
NO_PROPERTIES = frozenset({"id", "class", "style", "type", "href", "d", "points", "viewBox"})

WEIGHTS = {"normal": 400.0, "bold": 700.0}
FEATURES: Mapping[str, Mapping[str, bool]] = {
    "normal": {},
    "small-caps": {"smcp": True},
    "all-small-caps": {"smcp": True, "c2sc": True},
    "lining-nums": {"lnum": True},
    "oldstyle-nums": {"onum": True},
    "proportional-nums": {"pnum": True},
    "tabular-nums": {"tnum": True},
    "none": {"liga": False, "clig": False},
    "no-common-ligatures": {"liga": False, "clig": False},
}


class Unset(Exception):
    """Why a text cannot be set, said so that it follows the drawing's name."""


@dataclass(frozen=True)
class Hand:
    """How letters are written. ``size`` and ``spacing`` are in units of the drawing, ``features`` are those of OpenType, by tag."""

    family: str = "Book Text"
    size: float = 16.0
    italic: bool = False
    weight: float = 400.0
    spacing: float = 0.0
    anchor: str = "start"
    features: tuple[tuple[str, bool], ...] = ()

    def told(self, attributes: Mapping[str, str]) -> Hand:
        """The hand inside an element with these attributes. Raises :class:`Unset` at what the press does not carry out."""
        for name in sorted(UNKNOWN & attributes.keys()):
            if attributes[name].strip() not in HARMLESS:
                raise Unset(f"sets text by '{name}: {attributes[name][:40]}', which the press cannot; remove it")
        changes: dict[str, object] = {}
        if value := attributes.get("font-family", ""):
            changes["family"] = _family(value)
        if value := attributes.get("font-size", ""):
            changes["size"] = _length("font-size", value)
        if value := attributes.get("letter-spacing", ""):
            changes["spacing"] = 0.0 if value == "normal" else _length("letter-spacing", value)
        if value := attributes.get("font-style", ""):
            changes["italic"] = value != "normal"
        if value := attributes.get("font-weight", ""):
            if value not in WEIGHTS and not re.fullmatch("[1-9][0-9]{0,2}", value):
                raise Unset(f"sets text in the weight '{value[:40]}'; expected normal, bold or a number")
            changes["weight"] = WEIGHTS.get(value) or float(value)
        if value := attributes.get("text-anchor", ""):
            changes["anchor"] = value
        features = dict(self.features)
        for name, value in attributes.items():
            if name.startswith("font-variant"):
                for word in value.split():
                    features.update(FEATURES.get(word, {}))
            elif name == "font-feature-settings":
                features.update({tag: on != "0" and on != "off" for tag, on in re.findall(r"[\"'](\w{4})[\"']\s*(\w*)", value)})
        return replace(self, features=tuple(sorted(features.items())), **changes)  # type: ignore[arg-type]


def lettered(root: etree._Element) -> etree._Element:
    """A copy of a drawing with its text as outlines, and what its style sheets say written on each element.

    A style sheet is needed no more: the copy looks the same to software that reads none. Raises :class:`Unset`.
    """
    drawing = copy.deepcopy(root)
    sheets = list(drawing.iter(f"{SVG}style"))
    _write_rules(drawing, "\n".join("".join(style.itertext()) for style in sheets))
    for style in sheets:
        _drop(style)
    texts = list(drawing.iter(f"{SVG}text"))
    if sum(len("".join(text.itertext())) for text in texts) > MAX_LETTERS:
        raise Unset(f"has more than {MAX_LETTERS:,} letters; expected a simpler drawing")
    for text in texts:
        _replace(text, _Line(text).set())
    return drawing


# --- style sheets ------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def _rules(sheet: str) -> tuple[cssselect2.Matcher, int]:
    """The rules of a style sheet, ready to be held against elements, and how many they are."""
    matcher, count = cssselect2.Matcher(), 0
    for rule in tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True):
        if rule.type != "qualified-rule":
            raise Unset("has something in a style sheet that is no plain rule; expected rules alone")
        declared = _declared(rule.content)
        try:
            for selector in cssselect2.compile_selector_list(rule.prelude):
                matcher.add_selector(selector, declared)
                count += 1
        except cssselect2.SelectorError as error:
            raise Unset(f"has a selector in a style sheet that cannot be read ({error}); expected a plainer one") from None
    return matcher, count


def _write_rules(drawing: etree._Element, sheet: str) -> None:
    """Write on each element, as attributes, what the rules say of it, and its own ``style``, which outweighs them (CSS Cascade 4, section 6)."""
    matcher, count = _rules(sheet)
    if count * sum(1 for _ in drawing.iter(etree.Element)) > MAX_MATCHES:
        raise Unset("has too many rules and elements; expected a simpler drawing")
    found = [
        (wrapper.etree_element, [payload for _, _, pseudo, payload in matcher.match(wrapper) if pseudo is None])
        for wrapper in cssselect2.ElementWrapper.from_xml_root(drawing).iter_subtree()
    ]
    for element, matched in found:
        own = _declared(tinycss2.parse_component_value_list(element.attrib.pop("style", "")))
        told = [declaration for declarations in (*matched, own) for declaration in declarations]
        for declaration in sorted(told, key=lambda declaration: bool(declaration.important)):
            if declaration.name not in NO_PROPERTIES:
                element.set(declaration.name, str(tinycss2.serialize(declaration.value)).strip())
        element.attrib.pop("class", None)


def _declared(content: list[tinycss2.ast.Node]) -> list[tinycss2.ast.Declaration]:
    found = tinycss2.parse_declaration_list(content, skip_comments=True, skip_whitespace=True)
    return [each for each in found if each.type == "declaration" and re.fullmatch("[a-z][a-z-]*", each.name)]


# --- the text element --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Run:
    """Letters of one hand; ``looks`` are the attributes of the spans that they stand in."""

    text: str
    hand: Hand
    looks: Mapping[str, str]


@dataclass
class _Line:
    """A text element while it is set: the runs that wait to be anchored at a point, and the outlines of those that have been."""

    element: etree._Element
    x: float = 0.0
    y: float = 0.0
    waiting: list[_Run] = field(default_factory=list)
    anchor: str = "start"

    def set(self) -> etree._Element:
        """The group of outlines that stands in the place of the text; a single outline where there is one run."""
        looks = {name: value for name, value in self.element.attrib.items() if _is_look(str(name))}
        self.group = etree.Element(f"{SVG}g", {str(name): str(value) for name, value in looks.items()})
        self._read(self.element, _hand(self.element), {})
        self._flush()
        if len(self.group) == 1 and set(self.group[0].attrib) == {"d"}:
            self.group.set("d", self.group[0].get("d", ""))
            self.group.tag = f"{SVG}path"
            del self.group[0]
        return self.group

    def _read(self, element: etree._Element, hand: Hand, looks: Mapping[str, str]) -> None:
        if element.tag not in TEXTS:
            raise Unset(f"has <{etree.QName(element).localname}> in a text; expected tspan alone")
        if "x" in element.attrib or "y" in element.attrib:
            self._flush()
            self.x, self.y = (_length(name, element.get(name, str(now))) for name, now in (("x", self.x), ("y", self.y)))
        if "dx" in element.attrib or "dy" in element.attrib:
            hold = self.anchor if self.waiting else ""
            self._flush()
            if hold not in ("", "start"):
                raise Unset("shifts a part of a text that is anchored at its middle or end; expected x and y")
            self.x += _length("dx", element.get("dx", "0"))
            self.y += _length("dy", element.get("dy", "0"))
        self._add(element.text, hand, looks)
        for child in element:
            own = {str(name): str(value) for name, value in child.attrib.items() if _is_look(str(name))}
            self._read(child, hand.told(_attributes(child)), {**looks, **own})
            self._add(child.tail, hand, looks)

    def _add(self, text: str | None, hand: Hand, looks: Mapping[str, str]) -> None:
        """White space is one space, and none at the start of a line (SVG 1.1, section 10.15)."""
        words = re.sub(r"[ \t\r\n]+", " ", text or "")
        if not self.waiting:
            self.anchor = hand.anchor
            words = words.lstrip(" ")
        elif self.waiting[-1].text.endswith(" "):
            words = words.lstrip(" ")
        if words:
            self.waiting.append(_Run(words, hand, looks))

    def _flush(self) -> None:
        """Set what waits, with its start, middle or end at the point; the point moves to its end."""
        if self.waiting:
            self.waiting[-1] = replace(self.waiting[-1], text=self.waiting[-1].text.rstrip(" "))
        shaped = [_shaped(run.text, run.hand) for run in self.waiting]
        self.x -= sum(each.width for each in shaped) * {"middle": 0.5, "end": 1.0}.get(self.anchor, 0.0)
        for run, each in zip(self.waiting, shaped, strict=True):
            if outline := each.outline(self.x, self.y):
                etree.SubElement(self.group, f"{SVG}path", dict(run.looks), d=outline)
            self.x += each.width
        self.waiting.clear()


def _hand(element: etree._Element) -> Hand:
    """The hand of an element, by what is said on it and on all that it stands in."""
    hand = Hand()
    for each in (*reversed(list(element.iterancestors())), element):
        hand = hand.told(_attributes(each))
    return hand


def _attributes(element: etree._Element) -> dict[str, str]:
    return {str(name): str(value).strip() for name, value in element.attrib.items()}


def _is_look(name: str) -> bool:
    return name not in TYPE | PLACE | UNKNOWN and not name.startswith("{")


def _length(name: str, value: str) -> float:
    found = pixels(value)
    if found is None or not math.isfinite(found) or abs(found) > 100_000 or (name == "font-size" and found <= 0):
        raise Unset(f"has a text with {name} '{value[:40]}'; expected one length, in units of the drawing")
    return found


def _replace(element: etree._Element, other: etree._Element) -> None:
    parent = element.getparent()
    if parent is None:
        raise Unset("is a text and no drawing")
    other.tail = element.tail
    parent.replace(element, other)


def _drop(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


# --- the letters -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Shaped:
    """Letters set side by side from nought: each glyph with its place in the font's units, and the width of all in the drawing's."""

    hand: Hand
    glyphs: tuple[tuple[int, float, float], ...]
    scale: float
    width: float

    def outline(self, x: float, y: float) -> str:
        """The letters as the data of a path, the baseline starting at a point."""
        # A four-hundredth of the size is less than the eye sees, and than a press prints.
        digits = max(0, math.ceil(-math.log10(self.hand.size / 400)))
        found = []
        for glyph, right, up in self.glyphs:
            start, rest = _engraved(glyph, self.hand.family, self.hand.italic, self.hand.weight, self.scale, digits)
            if rest:
                point = (x + right * self.scale + start[0], y - up * self.scale + start[1])
                found.append(f"M{_number(point[0], digits)} {_number(point[1], digits)}{rest}")
        return "".join(found)


@lru_cache(maxsize=4096)
def _engraved(glyph: int, family: str, italic: bool, weight: float, scale: float, digits: int) -> tuple[tuple[float, float], str]:
    """The outline of a glyph: where it starts, seen from its place on the baseline, and all that follows, told from point to point.

    So the same letter is the same text wherever it stands, which packs well.
    """
    pen = _Graver(digits)
    _font(family, italic, weight).draw_glyph_with_pen(glyph, TransformPen(pen, (scale, 0, 0, -scale, 0, 0)))
    return pen.first or (0.0, 0.0), "".join(pen.told)


class _Graver(BasePen):  # type: ignore[misc]
    """Writes an outline as the data of a path after its first point, in relative steps between rounded points."""

    def __init__(self, digits: int) -> None:
        super().__init__(None)
        self.digits = digits
        self.told: list[str] = []
        self.first: tuple[float, float] | None = None
        self.now = self.start = (0.0, 0.0)

    def _tell(self, command: str, *points: tuple[float, float]) -> None:
        rounded = [(round(x, self.digits), round(y, self.digits)) for x, y in points]
        steps = [_number(a - b, self.digits) for point in rounded for a, b in zip(point, self.now, strict=True)]
        self.told.append(command + "".join(step if not n or step[0] == "-" else f" {step}" for n, step in enumerate(steps)))
        self.now = rounded[-1]

    def _moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        if self.first is None:
            self.first = self.now = (round(point[0], self.digits), round(point[1], self.digits))
        else:
            self._tell("m", point)
        self.start = self.now

    def _lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._tell("l", point)

    def _curveToOne(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._tell("c", *points)

    def _qCurveToOne(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._tell("q", *points)

    def _closePath(self) -> None:  # noqa: N802
        self.told.append("z")
        self.now = self.start


def _number(number: float, digits: int) -> str:
    text = f"{number:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


@lru_cache(maxsize=4096)
def _shaped(text: str, hand: Hand) -> _Shaped:
    font = _font(hand.family, hand.italic, hand.weight)
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.language = "en"  # else HarfBuzz asks the locale
    buffer.guess_segment_properties()
    # Letters that are set apart are not joined either.
    uharfbuzz.shape(font, buffer, {**({"liga": False, "clig": False} if hand.spacing else {}), **dict(hand.features)})
    scale = hand.size / font.face.upem
    glyphs, at = [], 0.0
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        if info.codepoint == 0:
            letter = text[info.cluster]
            raise Unset(f"has the letter “{letter}” (U+{ord(letter):04X}), which {hand.family} has not; expected another")
        glyphs.append((info.codepoint, at + position.x_offset, float(position.y_offset)))
        at += position.x_advance + hand.spacing / scale
    return _Shaped(hand, tuple(glyphs), scale, at * scale)


@lru_cache(maxsize=32)
def _font(family: str, italic: bool, weight: float) -> uharfbuzz.Font:
    upright, slanted = FAMILIES[family]
    face = uharfbuzz.Face(uharfbuzz.Blob(house_fonts()[slanted if italic else upright]))
    font = uharfbuzz.Font(face)
    font.set_variations({"wght": weight})
    return font


def _family(value: str) -> str:
    """The first family of a list that the house has, by the name of the stylesheets or by its own."""
    known = _families()
    for name in re.findall(r"[^,\"']+", value):
        if found := known.get(name.strip().casefold()):
            return found
    listed = ", ".join(sorted(FAMILIES))
    raise Unset(f"has text in {value[:60]}; expected a family of the house ({listed}), or letters as outlines")


@cache
def _families() -> Mapping[str, str]:
    return dict(_names_of_families())


def _names_of_families() -> Iterator[tuple[str, str]]:
    for family, files in FAMILIES.items():
        names = TTFont(io.BytesIO(house_fonts()[files[0]]), lazy=True)["name"]
        for name in (family, names.getDebugName(16) or names.getDebugName(1)):
            yield str(name).casefold(), family
