"""Formulas: from the author's TeX to MathML for the EPUB and a drawing for print.

pandoc reads the TeX once, for both; the drawing is made from the very MathML that the EPUB carries, so the two cannot differ.
"""

from __future__ import annotations

import dataclasses
import re
import textwrap
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence

from lxml import etree
from ziamath import operators
from ziamath.config import config
from ziamath.zmath import Math as Drawing

from bindery.manuscript import pandoc
from bindery.nodes import Math
from bindery.problem import Faulty, Problem

MATHML = "{http://www.w3.org/1998/Math/MathML}"
SVG = "http://www.w3.org/2000/svg"
CHECK = "math"

# What pandoc writes and ziamath draws. Anything else would be missing from the drawing.
ELEMENTS = frozenset({
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msup", "msub", "msubsup", "munder", "mover", "munderover", "mfrac",
    "msqrt", "mroot", "mtable", "mtr", "mtd", "mstyle", "mphantom", "mpadded", "menclose",
})  # fmt: skip
ROWS = frozenset({"math", "mrow", "mtd", "mphantom", "mpadded", "mstyle"})
SCRIPTS = frozenset({"msup", "msub", "msubsup"})
LIMITS = frozenset({"munder", "mover", "munderover"})

# Commands that pandoc takes and drops without a word.
DROPPED = re.compile(r"\\(?:tag|label|color|hline)(?![A-Za-z])\*?")

# TeX's way to write a comma that is no punctuation, as in 1{,}024. pandoc forgets the braces, so it is told in another way,
# though not inside a text, where a comma is only a comma.
COMMA = re.compile(r"(?P<text>\\(?:text[a-z]*|mbox)\s*\{(?:[^{}]|\{[^{}]*\})*\})|(?<=\d)\{,\}(?=\d)")

# Bounds that no formula of an honest book meets. ziamath lays out the contents of every row twice, so its work doubles with
# each row inside a row: MAX_WORK bounds the elements and characters, each counted as often as it is laid out (about 40
# microseconds each).
MAX_TEX = 5_000
MAX_WORK = 50_000

# The drawing has UNITS to an em; in print that em is SCALE em of the text around it. STIX Two Math, in which formulas are
# drawn, has the capitals of EB Garamond (0.657 and 0.650 em) but larger small letters (0.473 and 0.400 em): at the same size it
# looks larger.
UNITS = 24.0
SCALE = 0.94
# Room around the ink, in units, so that the edges of curves are not cut off.
MARGIN = 0.4

# ziamath 0.13 takes an em for 10.00002 pt and a point for 1.333 px, yet draws its letters at one em to the size: its spaces
# come out a third too wide. In the copy that it draws, they are written smaller by as much.
EM = 1 / (1.000002 * 1.333)
LENGTH = re.compile(r"(-?[0-9.]+)em")
# The spaces around operators in eighteenths of an em, by their names in the operator dictionary of MathML 2 (appendix F), which
# ziamath uses. Where TeX and MathML Core (appendix B) have other widths, these are taken: after punctuation, around signs of
# multiplication.
SPACES = {
    "verythinmathspace": 2,
    "thinmathspace": 3,
    "mediummathspace": 4,
    "thickmathspace": 5,
    "verythickmathspace": 6,
}
AFTER_PUNCTUATION = frozenset(",;")
BINARY = frozenset("×÷·⋅∘⊙⊕⊖⊗*∖⋆")

# A mark over one letter is drawn as a combining mark, which is not stretched; a bar over several letters is drawn as a line.
MARKS = {"\u203e": "\u0304", "\u00af": "\u0304", "\u2192": "\u20d7"}
BARS = frozenset("\u203e\u00af_")
LINE = "\u2015"

# Between the columns of a table, in em; and the height, depth and distance of its rows, which stand evenly whatever is in them.
COLUMN_SPACE = 0.8
ROW_HEIGHT, ROW_DEPTH, ROW_SPACE = 0.7, 0.3, 0.2

THIN_SPACE = "0.167em"
INVISIBLE = frozenset("\u2061\u2062\u2063\u2064 \u00a0")


def set_formulas(formulas: Sequence[Math]) -> tuple[list[Math], list[Problem]]:
    """The formulas with their MathML and their drawing, in order, and what is wrong with those that cannot be set (check "math").

    The drawing is an ``svg`` element of outlines without ids, whose ``width``, ``height`` and ``vertical-align`` are in em of the
    text around it: it stands on the baseline where it is put. A formula at fault is returned as it came.
    """
    done = list(formulas)
    problems: list[Problem] = []
    for index, outcome in zip(range(len(done)), _read_sound(formulas), strict=True):
        try:
            if isinstance(outcome, Faulty):
                raise outcome
            done[index] = dataclasses.replace(done[index], mathml=_serialised(outcome), svg=_drawing(outcome, done[index]))
        except Faulty as fault:
            problems.extend(fault.problems)
    return done, problems


# --- TeX to MathML ---------------------------------------------------------------------------------------------------------


def _read_sound(formulas: Sequence[Math]) -> Iterator[etree._Element | Faulty]:
    """For each formula its ``math`` element, or what is wrong with it. One run of pandoc reads all that look sound."""
    faults = [Faulty(_faults_of_source(formula)) for formula in formulas]
    read = iter(_read([formula for formula, fault in zip(formulas, faults, strict=True) if not fault.problems]))
    for fault in faults:
        yield fault if fault.problems else next(read)


def _faults_of_source(formula: Math) -> Iterator[Problem]:
    if not formula.tex.strip():
        yield Problem(formula.at, "an empty formula; expected TeX between the dollar signs", CHECK)
    if len(formula.tex) > MAX_TEX:
        yield Problem(formula.at, f"a formula of {len(formula.tex):,} characters; expected at most {MAX_TEX:,}", CHECK)
    for command in sorted(set(DROPPED.findall(formula.tex))):
        yield Problem(formula.at, f"'{command}' has no effect in a formula of this book; remove it", CHECK)


def _read(formulas: Sequence[Math]) -> list[etree._Element | Faulty]:
    """Read all at once and, where that fails, each half by itself, down to the formulas at fault."""
    if not formulas:
        return []
    try:
        elements = _parse(pandoc.mathml([(_for_pandoc(f.tex), f.display) for f in formulas], formulas[0].at))
        if len(elements) != len(formulas):
            raise AssertionError(f"pandoc made {len(elements)} of {len(formulas)} formulas")
        return [_finished(element, formula) for element, formula in zip(elements, formulas, strict=True)]
    except (Faulty, etree.XMLSyntaxError) as fault:
        if len(formulas) == 1:
            return [_fault(formulas[0], fault)]
    half = len(formulas) // 2
    return _read(formulas[:half]) + _read(formulas[half:])


def _for_pandoc(tex: str) -> str:
    return COMMA.sub(lambda match: match["text"] or r"\text{,}", tex)


def _fault(formula: Math, fault: Faulty | etree.XMLSyntaxError) -> Faulty:
    if isinstance(fault, etree.XMLSyntaxError):
        return Faulty([Problem(formula.at, f"'{_short(formula)}' is nested too deep to be set", CHECK)])
    if any(problem.check != "pandoc" for problem in fault.problems):
        return fault
    expected = "expected LaTeX with every brace and environment closed and only well-known commands"
    return Faulty([Problem(formula.at, f"'{_short(formula)}' cannot be set; {expected}", CHECK)])


def _short(formula: Math) -> str:
    return textwrap.shorten(formula.tex, 60, placeholder=" …") if " " in formula.tex else formula.tex[:60]


def _parse(paragraphs: str) -> list[etree._Element]:
    """The ``math`` elements of pandoc's text, which is well-formed but for a root."""
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    for part in ("<formulas>", paragraphs, "</formulas>"):
        parser.feed(part)
    return list(parser.close().iter(f"{MATHML}math"))


def _finished(math: etree._Element, formula: Math) -> etree._Element:
    """The formula as the EPUB carries it: without ``semantics`` and ``annotation``, which Kindle lacks; with ``alttext``."""
    for semantics in list(math.iter(f"{MATHML}semantics")):
        parent = semantics.getparent()
        if parent is not None:
            parent.replace(semantics, semantics[0])
    math.set("alttext", " ".join(formula.tex.split()))
    for text in math.iter(f"{MATHML}mtext"):
        # MathML drops white space at the ends of a text. pandoc writes it all the same, and again as a space that is seen.
        text.text = " ".join((text.text or "").split()) or None
        if text.text is None:
            text.tag = f"{MATHML}mspace"
            text.attrib.clear()
    for name in list(math.iter(f"{MATHML}mi")):
        if len(name.text or "") > 1:
            _set_apart(name)
    return math


def _set_apart(name: etree._Element) -> None:
    """Put thin spaces around the name of a function, as TeX does ("2 log x", but "log(x)"); pandoc writes none."""
    whole, row = name, name.getparent()
    while row is not None and _is_only(whole, row):
        whole, row = row, row.getparent()
    if row is None or _local(row) not in ROWS:
        return
    before, after = whole.getprevious(), whole.getnext()
    if before is not None and _local(before) != "mspace" and (_local(before) != "mo" or before.get("form") == "postfix"):
        whole.addprevious(etree.Element(f"{MATHML}mspace", width=THIN_SPACE))
    if after is not None and _local(after) not in ("mspace", "mo") and (not len(after) or _local(after[0]) != "mo"):
        whole.addnext(etree.Element(f"{MATHML}mspace", width=THIN_SPACE))


def _is_only(part: etree._Element, whole: etree._Element) -> bool:
    """Whether an element is a part with its indices, or in a row with nothing that can be seen."""
    if _local(whole) in SCRIPTS | LIMITS:
        return whole[0] is part
    others = [other for other in whole if other is not part]
    return _local(whole) == "mrow" and all(_local(other) == "mo" and (other.text or "") in INVISIBLE for other in others)


def _local(element: etree._Element) -> str:
    return str(element.tag).removeprefix(MATHML)


def _serialised(math: etree._Element) -> str:
    return etree.tostring(math, encoding="unicode", with_tail=False)


# --- MathML to SVG ---------------------------------------------------------------------------------------------------------


def _drawing(math: etree._Element, formula: Math) -> str:
    copy = _for_ziamath(math)
    if unknown := {element.tag for element in copy.iter()} - ELEMENTS:
        raise Faulty([Problem(formula.at, f"'{_short(formula)}' cannot be drawn for print ({min(unknown)})", CHECK)])
    if _work(copy) > MAX_WORK:
        raise Faulty([Problem(formula.at, f"'{_short(formula)}' is nested too deep to be drawn", CHECK)])
    config.svg2 = False  # outlines in place: symbols would need ids, and these would clash between the formulas of a page
    try:
        drawn = Drawing(copy, size=UNITS)
    except (ValueError, ArithmeticError, LookupError, AttributeError, TypeError, RecursionError):
        raise Faulty([Problem(formula.at, f"'{_short(formula)}' cannot be drawn for print", CHECK)]) from None
    missing = sorted({c for text in math.itertext() for c in text if c not in INVISIBLE and not drawn.font.glyphindex(c)})
    if missing:
        names = ", ".join(f"{c} (U+{ord(c):04X})" for c in missing)
        raise Faulty([Problem(formula.at, f"the face for formulas has no sign for {names}", CHECK)])
    return _placed(drawn, formula)


def _placed(drawn: Drawing, formula: Math) -> str:
    """An ``svg`` element as wide as the formula advances and as high as its ink, sunk below the baseline as far as the ink."""
    box = drawn.node.bbox
    left, right = min(0.0, box.xmin) - MARGIN, max(box.xmax, drawn.node.xadvance()) + MARGIN
    top, bottom = box.ymax + MARGIN, box.ymin - MARGIN
    if right - left <= 2 * MARGIN or top <= bottom:
        raise Faulty([Problem(formula.at, f"'{_short(formula)}' draws nothing; expected something to see", CHECK)])
    tex = " ".join(formula.tex.split())
    svg = ET.Element(
        "svg",
        {
            "xmlns": SVG,
            "width": f"{_em(right - left)}em",
            "height": f"{_em(top - bottom)}em",
            "viewBox": " ".join(f"{value:.3f}" for value in (left, -top, right - left, top - bottom)),
            "style": f"vertical-align: {_em(bottom)}em",
            "role": "img",
            "aria-label": tex,
        },
    )
    ET.SubElement(svg, "title").text = tex  # the alternative text in a tagged PDF: WeasyPrint looks for it here
    for element in drawn.drawon(svg).iter():
        for name in ("fill", "stroke"):
            if element.get(name) == "black":
                element.set(name, "currentColor")
    return ET.tostring(svg, encoding="unicode")


def _em(units: float) -> str:
    return f"{units / UNITS * SCALE:.4f}"


def _for_ziamath(math: etree._Element) -> ET.Element:
    """A copy as ziamath must be told it: without namespace; its spaces, marks and tables mended."""
    copy = ET.fromstring(etree.tostring(math, with_tail=False))
    for element in copy.iter():
        element.tag = element.tag.removeprefix(MATHML)
    for element in list(copy.iter()):
        if element.tag in LIMITS:
            _mend_marks(element)
        elif element.tag == "mtable":
            _mend_table(element)
        elif element.tag in ROWS and not len(element):
            ET.SubElement(element, "mspace")  # ziamath takes an empty row for endlessly high
        elif element.tag == "mspace" and "height" not in element.attrib:
            element.set("width", LENGTH.sub(lambda length: _length(float(length[1])), element.get("width", "0")))
        for index, child in enumerate(element):
            if child.tag == "mo":
                _mend_operator(child, index, element)
            elif child.tag == "mi" and (len(child.text or "") > 1 or child.text in operators.names):
                # An identifier still, though ziamath would take it for an operator and put spaces around it.
                child.tag = "mtext"
                child.set("mathvariant", "normal")
    for element in copy.iter():
        element.attrib.pop("style", None)
    return copy


def _mend_operator(mo: ET.Element, index: int, row: ET.Element) -> None:
    """Name the form of an operator and the spaces around it."""
    sign = mo.text or ""
    alone = row.tag not in ROWS or len(row) == 1
    if "form" in mo.attrib:
        found = operators.operators.get((sign, mo.get("form", "")), {})
    else:
        mo.set("form", "prefix" if index == 0 else "postfix" if index == len(row) - 1 else "infix")
        found = operators.get_params(sign, mo.get("form", ""))
    if found.get("largeop") == "true":
        mo.set("stretchy", "false")  # an integral is as high as it is, not as its row
    before, after = (SPACES.get(found.get(side, ""), 0) for side in ("lspace", "rspace"))
    if sign in BINARY and mo.get("form") == "infix":
        before, after = SPACES["mediummathspace"], SPACES["mediummathspace"]
    elif sign in AFTER_PUNCTUATION and after:
        after = SPACES["thinmathspace"]
    mo.set("lspace", _length(0 if alone else before / 18))
    mo.set("rspace", _length(0 if alone else after / 18))


def _mend_marks(element: ET.Element) -> None:
    base, *marks = element
    for mark in marks:
        sign = mark.text or ""
        if mark.tag != "mo" or mark.get("accent") != "true":
            continue
        if element.tag == "mover" and len(base.text or "") == 1 and (sign in MARKS or unicodedata.combining(sign[:1] or " ")):
            mark.tag, mark.text = "mtext", MARKS.get(sign, sign)
        elif sign in BARS:
            mark.text = LINE


def _mend_table(table: ET.Element) -> None:
    """Columns at the distances that pandoc names in CSS ("padding-right: 0" before a relation), rows of even height."""
    tight = ["padding-right: 0" in cell.get("style", "") for row in table[:1] for cell in row]
    table.set("columnspacing", " ".join(_length(0 if no_space else COLUMN_SPACE) for no_space in tight))
    table.set("rowspacing", _length(ROW_SPACE))
    for row in table:
        for cell in row[:1]:
            for index, child in enumerate(cell):
                if child.tag == "mo":
                    _mend_operator(child, index, cell)  # before the strut makes it look as if it stood before something
            ET.SubElement(cell, "mspace", width="0", height=_length(ROW_HEIGHT), depth=_length(ROW_DEPTH))


def _length(em: float) -> str:
    return f"{em * EM:.4f}em"


def _work(element: ET.Element, times: int = 1) -> int:
    """How many elements and characters ziamath lays out, one in a row within two rows four times."""
    if times > MAX_WORK:
        return times
    inside = times * 2 if element.tag in ROWS else times
    return times * (1 + len(element.text or "")) + sum(_work(child, inside) for child in element)
