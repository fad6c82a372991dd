"""Press-ready: what PDF/X-4 (ISO 15930-7) and PDF/X-1a:2003 (ISO 15930-4) ask of a drawn file, done to it.

The output intent of the printing condition; inks instead of colours; the boxes of page, trim and bleed, and marks outside the bleed; nothing that
is for a screen. Whether all of it holds is looked for in the finished file by :mod:`bindery.finished.inspect_press`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from bindery.edition.fair_copy import FairCopy
from bindery.foundry.lengths import points
from bindery.printing import forme
from bindery.printing.conditions import Condition, condition_of
from bindery.printing.inks import Separation, separate
from bindery.printing.typeset import Layout
from bindery.problem import Faulty, Problem

# The least resolution of a picture at the size in which it is printed, in pixels per inch: what printers ask for.
LEAST_PPI = 300

# What stands around the bleed where marks are wanted; the length of a mark and its thickness, in points.
SLUG, MARK, HAIRLINE = 27.0, 18.0, 0.25

PDFX = "http://www.npes.org/pdfx/ns/id/"

# What is for a screen, and has no place in a file for the press.
_FOR_SCREENS = ("/Outlines", "/Names", "/Dests", "/OpenAction", "/PageMode", "/ViewerPreferences")


def finish_x4(pdf: pikepdf.Pdf, layout: Layout, copy: FairCopy) -> None:
    """Make a drawn file one of PDF/X-4, in place. Raises :class:`Faulty` with each picture that is too coarse, at its line."""
    _finish(pdf, layout, copy)
    pikepdf.models.PdfMetadata.register_xml_namespace(PDFX, "pdfxid")
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as packet:
        packet["pdfxid:GTS_PDFXVersion"] = "PDF/X-4"


def finish_x1a(pdf: pikepdf.Pdf, layout: Layout, copy: FairCopy) -> None:
    """Make a drawn file one of PDF/X-1a:2003, in place. Transparency cannot be made flat here: it is left for the inspection to find."""
    _finish(pdf, layout, copy)
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Stream) and "/Group" in thing:
            del thing.Group
        if isinstance(thing, Dictionary):
            for key in ("/ca", "/CA"):
                if key in thing and float(thing[key]) == 1:
                    del thing[key]
    pdf.docinfo["/GTS_PDFXVersion"] = String("PDF/X-1a:2003")


def _finish(pdf: pikepdf.Pdf, layout: Layout, copy: FairCopy) -> None:
    if coarse := tuple(_coarse(layout)):
        raise Faulty(coarse)
    condition = condition_of(copy)
    for page in pdf.pages:
        if "/Annots" in page:
            del page.Annots
    for key in _FOR_SCREENS:
        if key in pdf.Root:
            del pdf.Root[key]
    _drop_unused(pdf)
    separate(pdf, Separation(condition))
    _pad(pdf, copy.edition.multiple)
    for page in pdf.pages:
        _place(pdf, page, points(copy.edition.bleed), marks=copy.edition.marks)
    pdf.Root.OutputIntents = Array([pdf.make_indirect(_intent(pdf, condition))])
    _describe(pdf, copy)


def _coarse(layout: Layout) -> Iterator[Problem]:
    """Pictures of pixels that are coarser than a press can print well."""
    for page in layout.forme.pages:
        for box in forme.walk(page):
            picture = getattr(box, "replacement", None)
            wide = getattr(picture, "width", None) if picture is not None else None
            if isinstance(wide, int) and hasattr(picture, "mode") and box.width:
                ppi = wide / (box.width / 96)
                if ppi < LEAST_PPI - 0.5:
                    wanted = f"expected {LEAST_PPI} or more: make it smaller, or take a larger file"
                    message = f"a picture is printed at {ppi:.0f} pixels an inch; {wanted}"
                    yield Problem(layout.forme.at(box.element), message, "resolution")


def _drop_unused(pdf: pikepdf.Pdf) -> None:
    """The colour spaces and states that the engine declares whether they are used or not: a standard judges what is declared. Pages share them."""
    drawn = [
        *pdf.pages,
        *(thing for thing in pdf.objects if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == Name.Form),
    ]
    used = {str(value) for one in drawn for operation in pikepdf.parse_content_stream(one) for value in operation.operands}
    for page in pdf.pages:
        for kind in ("/ColorSpace", "/ExtGState"):
            declared = page.resources.get(kind, Dictionary())
            for name in set(declared.keys()) - used:
                del declared[name]
            if kind in page.resources and not declared.keys():
                del page.resources[kind]


def _pad(pdf: pikepdf.Pdf, multiple: int) -> None:
    """Blank pages at the end, so that the pages fill the printer's sheets."""
    first = pdf.pages[0]
    for _ in range(-len(pdf.pages) % multiple):
        blank = Dictionary(Type=Name.Page, MediaBox=first.mediabox, Resources=Dictionary(), Contents=pdf.make_stream(b""))
        for box in ("/TrimBox", "/BleedBox"):
            if box in first:
                blank[box] = first[box]
        pdf.pages.append(pikepdf.Page(pdf.make_indirect(blank)))


def _place(pdf: pikepdf.Pdf, page: pikepdf.Page, bleed: float, *, marks: bool) -> None:
    """Sets the boxes: the trim, the bleed around it, and the media around both, which starts at 0 0 (ISO 32000-1, 14.11.2)."""
    left, bottom, right, top = (float(value) for value in page.trimbox)
    margin = bleed + (SLUG if marks else 0.0)
    width, height = right - left, top - bottom
    trim = (margin, margin, margin + width, margin + height)
    bled = (margin - bleed, margin - bleed, margin + width + bleed, margin + height + bleed)
    # What is drawn is moved with the trim, and ends where the bleed does.
    x, y, across, up = bled[0], bled[1], bled[2] - bled[0], bled[3] - bled[1]
    page.contents_add(
        pdf.make_stream(
            f"q {x:.4f} {y:.4f} {across:.4f} {up:.4f} re W n 1 0 0 1 {margin - left:.4f} {margin - bottom:.4f} cm\n".encode()
        ),
        prepend=True,
    )
    page.contents_add(pdf.make_stream(b"\nQ\n"))
    page.mediabox = _box(0, 0, width + 2 * margin, height + 2 * margin)
    page.trimbox, page.obj.BleedBox = _box(*trim), _box(*bled)
    for needless in ("/CropBox", "/ArtBox"):
        if needless in page:
            del page[needless]
    if marks:
        _mark(pdf, page, trim, bleed)
    page.contents_coalesce()


def _box(*sides: float) -> Array:
    return Array([round(side, 4) for side in sides])


def _mark(pdf: pikepdf.Pdf, page: pikepdf.Page, trim: tuple[float, ...], bleed: float) -> None:
    """Crop marks at the corners and register marks at the middles, in all inks and outside the bleed."""
    left, bottom, right, top = trim
    near, far = bleed + (SLUG - MARK) / 2, bleed + (SLUG - MARK) / 2 + MARK
    lines = [(x, y, x, end) for x in (left, right) for y, end in ((bottom - near, bottom - far), (top + near, top + far))]
    lines += [(x, y, end, y) for y in (bottom, top) for x, end in ((left - near, left - far), (right + near, right + far))]
    half, middle = MARK / 4, (near + far) / 2
    for x, y in (
        *(((left + right) / 2, y) for y in (bottom - middle, top + middle)),
        *((x, (bottom + top) / 2) for x in (left - middle, right + middle)),
    ):
        lines += [(x - half, y, x + half, y), (x, y - half, x, y + half)]
        lines += [
            (x - half / 2, y - half / 2, x + half / 2, y - half / 2),
            (x - half / 2, y + half / 2, x + half / 2, y + half / 2),
        ]
        lines += [
            (x - half / 2, y - half / 2, x - half / 2, y + half / 2),
            (x + half / 2, y - half / 2, x + half / 2, y + half / 2),
        ]
    drawn = "".join(f"{a:.3f} {b:.3f} m {c:.3f} {d:.3f} l S\n" for a, b, c, d in lines)
    if "/ColorSpace" not in page.resources:
        page.resources.ColorSpace = Dictionary()
    tint = Dictionary(FunctionType=2, Domain=[0, 1], C0=[0, 0, 0, 0], C1=[1, 1, 1, 1], N=1)
    page.resources.ColorSpace.All = Array([Name.Separation, Name.All, Name.DeviceCMYK, tint])
    page.contents_add(pdf.make_stream(f"q /All CS 1 SCN {HAIRLINE} w\n{drawn}Q\n".encode()))


def _intent(pdf: pikepdf.Pdf, condition: Condition) -> Dictionary:
    """For what the file is separated (ISO 32000-1, 14.11.5)."""
    profile = pdf.make_stream(condition.icc, N=4, Alternate=Name.DeviceCMYK)
    return Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFX,
        OutputConditionIdentifier=String(condition.identifier),
        RegistryName=String(condition.registry),
        OutputCondition=String(condition.condition),
        Info=String(condition.name),
        DestOutputProfile=profile,
    )


def _describe(pdf: pikepdf.Pdf, copy: FairCopy) -> None:
    """What the standards want said of a file: in its information dictionary, and alike in its XMP packet."""
    pdf.docinfo["/Creator"] = String("Bindery")
    identifier = uuid.uuid5(uuid.NAMESPACE_URL, f"{copy.book.card.title} {copy.name} {pdf.docinfo.get('/ModDate', '')}")
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as packet:
        packet.load_from_docinfo(pdf.docinfo)
        packet["pdf:Trapped"] = "False"  # the one entry that has no counterpart in XMP's own terms
        packet["xmp:MetadataDate"] = packet["xmp:ModifyDate"]
        packet["xmpMM:DocumentID"] = f"uuid:{identifier}"
        packet["xmpMM:VersionID"] = "1"
        packet["xmpMM:RenditionClass"] = "default"
    pdf.docinfo["/Trapped"] = Name("/False")
