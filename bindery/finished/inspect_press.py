"""Inspecting a PDF for the press: the rules of PDF/X-4 and PDF/X-1a, read back from the finished file.

The standards are ISO 15930-7:2010 (X-4) and ISO 15930-4:2003 (X-1a:2003); clauses are those of ISO 32000-1, to which both refer. This is our
reading of the rules that a book's interior can break, and no certified preflight: the printer's own has the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pikepdf
from lxml import etree
from pikepdf import Name

from bindery.foundry.lengths import points
from bindery.manuscript.card import Edition
from bindery.printing.conditions import Condition
from bindery.printing.press_ready import PDFX
from bindery.problem import At, Problem

X4, X1A = "pdf/x-4", "pdf/x-1a"

# Operators that paint in a colour space by its device's name, and how many inks they set.
_RGB, _SPACES = ("rg", "RG"), ("cs", "CS")
_TRANSPARENT = (
    "/Multiply",
    "/Screen",
    "/Overlay",
    "/Darken",
    "/Lighten",
    "/ColorDodge",
    "/ColorBurn",
    "/HardLight",
    "/SoftLight",
)
_TOLERANCE = 0.01  # points
# Under this a line of one dot of the plate may break (half of what the house's sheets allow as the thinnest).
_HAIRLINE = 0.125


@dataclass(frozen=True)
class PressFile:
    """A press PDF, opened, with the edition that it is and the condition for which it is made."""

    name: str
    pdf: pikepdf.Pdf
    edition: Edition
    condition: Condition

    @property
    def at(self) -> At:
        return At(self.name)

    @cached_property
    def drawn(self) -> tuple[tuple[str, Any, list[Any]], ...]:
        """Everything that draws: where it is, its resources, its operations."""
        pages: list[tuple[str, Any, Any]] = [(f"page {n}", page.obj, page) for n, page in enumerate(self.pdf.pages, 1)]
        forms = [("a form", thing, thing) for thing in self.dictionaries if thing.get("/Subtype") == Name.Form]
        return tuple((where, thing, list(pikepdf.parse_content_stream(drawn))) for where, thing, drawn in (*pages, *forms))

    @cached_property
    def dictionaries(self) -> tuple[Any, ...]:
        return tuple(thing for thing in self.pdf.objects if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream))


def inspect_press(pdf: pikepdf.Pdf, name: str, edition: Edition, condition: Condition) -> Iterator[Problem]:
    """Every rule of the edition's standard that the file breaks."""
    opened = PressFile(name, pdf, edition, condition)
    for check in CHECKS:
        yield from check(opened)


def pdf_version(file: PressFile) -> Iterator[Problem]:
    """X-4: PDF 1.6 at most; X-1a:2003: 1.4 at most. Not encrypted, and with an identifier (14.4)."""
    most = "1.6" if file.edition.standard == X4 else "1.4"
    if file.pdf.pdf_version > most:
        yield Problem(file.at, f"is PDF {file.pdf.pdf_version}; expected {most} at most", "pdf-version")
    if file.pdf.is_encrypted:
        yield Problem(file.at, "is encrypted", "pdf-version")
    if "/ID" not in file.pdf.trailer:
        yield Problem(file.at, "has no identifier in its trailer", "pdf-version")


def identification(file: PressFile) -> Iterator[Problem]:
    """It says which standard it keeps to: X-4 in its XMP packet (14.3.2), X-1a in its information dictionary (14.3.3); and whether it is trapped."""
    information = file.pdf.docinfo
    for key in ("/Title", "/Creator", "/Producer", "/CreationDate", "/ModDate"):
        if not str(information.get(key, "")):
            yield Problem(file.at, f"its information lacks {key[1:]}", "press-identification")
    if information.get("/Trapped") not in (Name("/True"), Name("/False")):
        yield Problem(file.at, "does not say whether it is trapped", "press-identification")
    if file.edition.standard == X1A:
        if str(information.get("/GTS_PDFXVersion", "")) != "PDF/X-1a:2003":
            yield Problem(file.at, "does not say that it is PDF/X-1a:2003", "press-identification")
        return
    packet = file.pdf.Root.get("/Metadata")
    if not isinstance(packet, pikepdf.Stream) or "/Filter" in packet:
        yield Problem(file.at, "its XMP packet is missing, or compressed", "press-identification")
        return
    root = etree.fromstring(packet.read_bytes(), etree.XMLParser(resolve_entities=False, no_network=True))
    said = {element.tag: (element.text or "") for element in root.iter(etree.Element)}
    said.update({str(key): str(value) for element in root.iter(etree.Element) for key, value in element.attrib.items()})
    wanted = {
        f"{{{PDFX}}}GTS_PDFXVersion": "PDF/X-4",
        "{http://ns.adobe.com/pdf/1.3/}Trapped": "False",
        "{http://ns.adobe.com/xap/1.0/mm/}DocumentID": None,
        "{http://ns.adobe.com/xap/1.0/mm/}VersionID": None,
        "{http://ns.adobe.com/xap/1.0/mm/}RenditionClass": None,
        "{http://ns.adobe.com/xap/1.0/}CreateDate": None,
        "{http://ns.adobe.com/xap/1.0/}ModifyDate": None,
        "{http://ns.adobe.com/xap/1.0/}MetadataDate": None,
    }
    for tag, value in wanted.items():
        if tag not in said or (value is not None and said[tag] != value):
            yield Problem(file.at, f"its XMP packet lacks {etree.QName(tag).localname}", "press-identification")


def output_intent(file: PressFile) -> Iterator[Problem]:
    """One output intent for PDF/X, with the printing condition's name and a CMYK profile of a printer (14.11.5)."""
    intents = [intent for intent in file.pdf.Root.get("/OutputIntents", []) if intent.get("/S") == Name.GTS_PDFX]
    if len(intents) != 1:
        yield Problem(file.at, f"has {len(intents)} output intents for PDF/X; expected one", "output-intent")
        return
    (intent,) = intents
    if str(intent.get("/OutputConditionIdentifier", "")) != file.condition.identifier:
        yield Problem(file.at, f"its output condition is not {file.condition.identifier}", "output-intent")
    profile = intent.get("/DestOutputProfile")
    if not isinstance(profile, pikepdf.Stream) or profile.read_bytes()[12:20] != b"prtrCMYK" or profile.get("/N") != 4:
        yield Problem(file.at, "its output intent has no CMYK profile of a printer", "output-intent")


def page_boxes(file: PressFile) -> Iterator[Problem]:
    """Every page has a trim box, no art box; trim lies in bleed, bleed in media (14.11.2); the bleed is the edition's."""
    bleed = points(file.edition.bleed)
    for number, page in enumerate(file.pdf.pages, 1):
        if "/TrimBox" not in page or "/ArtBox" in page:
            yield Problem(file.at, f"page {number} has no trim box, or an art box", "page-boxes")
            continue
        media, bled, trim = (
            [float(v) for v in box] for box in (page.mediabox, page.get("/BleedBox", page.trimbox), page.trimbox)
        )
        if not _within(trim, bled) or not _within(bled, media):
            yield Problem(file.at, f"the boxes of page {number} do not lie in each other", "page-boxes")
        if any(abs(abs(a - b) - bleed) > 0.05 for a, b in zip(trim, bled, strict=True)):
            yield Problem(file.at, f"the bleed of page {number} is not {file.edition.bleed}", "page-boxes")


def _within(inner: list[float], outer: list[float]) -> bool:
    slack = _TOLERANCE
    return (
        inner[0] >= outer[0] - slack
        and inner[1] >= outer[1] - slack
        and inner[2] <= outer[2] + slack
        and inner[3] <= outer[3] + slack
    )


def for_screens(file: PressFile) -> Iterator[Problem]:
    """No annotation on a page (12.5; the standards forbid those within the bleed), no form, no action (12.6, 12.7)."""
    for number, page in enumerate(file.pdf.pages, 1):
        if len(page.get("/Annots", [])):
            yield Problem(file.at, f"page {number} has annotations", "for-screens")
        if "/AA" in page:
            yield Problem(file.at, f"page {number} has actions", "for-screens")
    for key in ("/AcroForm", "/OpenAction", "/AA", "/Outlines"):
        if key in file.pdf.Root:
            yield Problem(file.at, f"has {key[1:]}", "for-screens")


def inks(file: PressFile) -> Iterator[Problem]:
    """All is painted in the inks of the output intent (8.6): nothing in RGB, and nothing with more ink than the limit."""
    for where, thing, operations in file.drawn:
        spaces = thing.get("/Resources", {}).get("/ColorSpace", {})
        for operation in operations:
            name = str(operation.operator)
            if name in _RGB:
                yield Problem(file.at, f"{where} paints in RGB", "inks")
            elif name in _SPACES and not _is_ink(spaces.get(str(operation.operands[0]), operation.operands[0])):
                yield Problem(file.at, f"{where} paints in the colour space {operation.operands[0]}", "inks")
            elif name in ("k", "K") and sum(float(v) for v in operation.operands) * 100 > file.condition.ink_limit + 1:
                total = round(sum(float(v) for v in operation.operands) * 100)
                yield Problem(
                    file.at, f"{where} paints with {total} % of ink; expected {file.condition.ink_limit} % at most", "ink-limit"
                )
            elif name == "sh":
                yield Problem(file.at, f"{where} is shaded; expected flat colours", "inks")
    for thing in file.dictionaries:
        if thing.get("/Subtype") == Name.Image and not thing.get("/ImageMask", False) and not _is_ink(thing.get("/ColorSpace")):
            yield Problem(file.at, f"a picture is in the colour space {str(thing.get('/ColorSpace'))[:40]}", "inks")
        if thing.get("/PatternType") == 2:
            yield Problem(file.at, "has a shading; expected flat colours", "inks")


def _is_ink(space: Any) -> bool:
    if space in (Name.DeviceCMYK, Name.DeviceGray, Name.Pattern):
        return True
    return isinstance(space, pikepdf.Array) and len(space) > 2 and space[0] == Name.Separation and space[2] == Name.DeviceCMYK


def transparency(file: PressFile) -> Iterator[Problem]:
    """X-1a: nothing is transparent (11). X-4 allows it, blended in the inks."""
    for thing in file.dictionaries:
        group = thing.get("/Group")
        if isinstance(group, pikepdf.Dictionary) and group.get("/S") == Name.Transparency:
            if file.edition.standard == X1A:
                yield Problem(file.at, "has a transparency group", "transparency")
            elif "/CS" in group and not _is_ink(group.CS):
                yield Problem(file.at, f"blends in {group.CS}", "transparency")
        if file.edition.standard == X1A:
            see_through = any(key in thing and float(thing[key]) != 1 for key in ("/ca", "/CA"))
            if see_through or thing.get("/BM") in map(Name, _TRANSPARENT) or isinstance(thing.get("/SMask"), pikepdf.Stream):
                yield Problem(file.at, "something is transparent", "transparency")


def forbidden(file: PressFile) -> Iterator[Problem]:
    """No transfer function, halftone, PostScript, OPI, LZW (8.4.5, 8.8.2, 14.11.7, 7.4.4)."""
    for thing in file.dictionaries:
        if thing.get("/Type") == Name.ExtGState and any(key in thing for key in ("/TR", "/HTP", "/HT")):
            yield Problem(file.at, "has a transfer function or a halftone", "press-forbidden")
        if thing.get("/Subtype") == Name.PS or "/OPI" in thing:
            yield Problem(file.at, "has PostScript or a picture to be replaced (OPI)", "press-forbidden")
        if "LZWDecode" in str(thing.get("/Filter", "")):
            yield Problem(file.at, "is compressed with LZW", "press-forbidden")


def hairline(file: PressFile) -> Iterator[Problem]:
    """No line is so thin that a plate cannot hold it."""
    for where, _, operations in file.drawn:
        for operation in operations:
            if str(operation.operator) == "w" and float(operation.operands[0]) < _HAIRLINE:
                yield Problem(
                    file.at,
                    f"{where} has a line of {float(operation.operands[0]):.3f} units; expected {_HAIRLINE} at least",
                    "hairline",
                )


def page_count(file: PressFile) -> Iterator[Problem]:
    """As many pages as fill the printer's sheets."""
    if len(file.pdf.pages) % file.edition.multiple:
        yield Problem(file.at, f"has {len(file.pdf.pages)} pages; expected a multiple of {file.edition.multiple}", "page-count")


CHECKS: tuple[Callable[[PressFile], Iterator[Problem]], ...] = (
    pdf_version,
    identification,
    output_intent,
    page_boxes,
    for_screens,
    inks,
    transparency,
    forbidden,
    hairline,
    page_count,
)
