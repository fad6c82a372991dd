"""Pictures: which files a book may hold, and the bytes of them that go into it.

A picture is judged by its bytes, never by its name alone: decoded to the last pixel or, for SVG, copied element by element by a list
of what draws and does nothing else. What a reader cannot see (where a photograph was taken, who edited it) stays behind; the pixels
are untouched.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import math
import re
import struct
import unicodedata
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import tinycss2  # type: ignore[import-untyped]
from lxml import etree
from PIL import Image, ImageFile

from bindery.foundry.lengths import pixels
from bindery.foundry.lettering import Unset, lettered
from bindery.manuscript.files import Manuscript, read_bytes
from bindery.problem import At, Faulty, Problem

# 60 megapixels are 24 by 36 centimetres at 700 pixels an inch; a bomb of 900 megapixels fits in 100 kB.
MAX_PIXELS = 60_000_000

MAX_SVG_BYTES = 2_000_000
MAX_SVG_SIDE = 100_000.0
# Elements that an SVG draws, each counted as often as uses, patterns and markers repeat it. The number of uses is no measure: a
# chart of matplotlib sets every letter and tick by one.
MAX_DRAWN = 50_000
MAX_NESTING = 200

EXPECTED = "expected a PNG, JPEG or SVG file"


@dataclass(frozen=True)
class Picture:
    """A picture as it goes into the book.

    ``name`` is its name there: ``images/``, what the author called it, the first eight digits of the SHA-256 of ``data``, and the
    ending of its format. ``width`` and ``height`` are in pixels, for SVG in CSS pixels (96 to the inch).
    """

    name: str
    data: bytes
    media_type: str
    width: float
    height: float


@dataclass(frozen=True)
class Format:
    """A kind of picture: its name, its media type (EPUB 3.3, section 3.2) and the endings of its files, the staged one first."""

    name: str
    media_type: str
    endings: tuple[str, ...]
    clean: Callable[[bytes], tuple[bytes, float, float]]


class Unfit(Exception):
    """What is wrong with the bytes of a picture, said so that it follows the file's name; and the check that found it."""

    def __init__(self, message: str, check: str = "bad-image") -> None:
        self.check = check
        super().__init__(message)


def read_picture(manuscript: Manuscript, src: str, *, beside: str, at: At) -> Picture:
    """The picture that ``src`` means in the chapter file ``beside`` (relative to the book's folder), fit to stand in a book.

    Raises :class:`Faulty` at the author's place ``at``: "remote-image" for an address, "missing-image" and "path-outside" for a
    path, "bad-image" for a file that is not the whole picture its name says, "unsafe-svg" for an SVG that does more than draw.
    """
    if _is_address(src):
        raise Faulty([Problem(at, f"'{src[:80]}' is an address; {EXPECTED} below manuscript/", "remote-image")])
    path = manuscript.locate(src, at, check="missing-image", beside=beside)
    try:
        data = read_bytes(path, manuscript.relative(path))
    except Faulty as fault:
        raise Faulty(Problem(at, f"'{src}' {problem.message}", "bad-image") for problem in fault.problems) from None
    try:
        kind = _format(data, path.suffix)
        data, width, height = kind.clean(data)
    except Unfit as unfit:
        raise Faulty([Problem(at, f"'{src}' {unfit}", unfit.check)]) from None
    return _staged(path.stem, kind, data, width, height)


def drawn_picture(stem: str, svg: bytes) -> Picture:
    """A drawing of the press's own, held to the same rules. Raises :class:`Unfit` where the book's own template breaks them."""
    return _staged(stem, SVG, *SVG.clean(svg))


def _staged(stem: str, kind: Format, data: bytes, width: float, height: float) -> Picture:
    digits = hashlib.sha256(data).hexdigest()[:8]
    return Picture(f"images/{_slug(stem)}-{digits}{kind.endings[0]}", data, kind.media_type, width, height)


ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|[/\\]{2}")


def _is_address(src: str) -> bool:
    """Whether it may be taken for an address, by software that ignores white space and control characters or decodes first."""
    return any(ADDRESS.match("".join(c for c in name if c > " ")) for name in (src, unquote(src)))


def _slug(stem: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", stem.casefold()).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "-", ascii_only).strip("-")[:40].strip("-") or "image"


# Formats that authors have at hand and that a book cannot hold, by their first bytes.
OTHERS = (
    (b"GIF8", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"BM", "BMP"),
    (b"%PDF", "PDF"),
    (b"%!PS", "PostScript"),
    (b"\x1f\x8b", "gzip"),
    (b"8BPS", "Photoshop"),
)


def _format(data: bytes, ending: str) -> Format:
    """The format that the bytes have. Raises :class:`Unfit` where the name says another, or a book cannot hold it."""
    kind, found = _sniff(data)
    if kind is None:
        raise Unfit(f"is {found}; {EXPECTED}")
    if ending.lower() not in kind.endings:
        raise Unfit(f"is a {kind.name} file by its content; expected the ending {kind.endings[0]}")
    return kind


def _sniff(data: bytes) -> tuple[Format | None, str]:
    if data.startswith(PNG_SIGNATURE):
        return PNG, ""
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG, ""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return None, "a WebP file"
    if data[4:8] == b"ftyp":
        return None, "an AVIF or HEIC file"
    for start, name in OTHERS:
        if data.startswith(start):
            return None, f"a {name} file"
    if re.match(rb"(?:\xef\xbb\xbf)?\s*<", data) and b"<svg" in data:
        return SVG, ""
    return None, "empty" if not data else "no picture"


# --- PNG -------------------------------------------------------------------------------------------------------------------

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

# What decides how the pixels look (PNG, third edition, section 11). All else is dropped: text, dates, EXIF, private chunks.
PNG_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"bKGD", b"pHYs"}
)

# Samples to a pixel by the colour type, and the passes of an interlaced picture: first column and row, and the steps between
# them.
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
WHOLE = ((0, 0, 1, 1),)


def _clean_png(data: bytes) -> tuple[bytes, float, float]:
    chunks = list(_png_chunks(data))
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13:
        raise Unfit("is a broken PNG file (no header)")
    if any(kind == b"acTL" for kind, _ in chunks):
        raise Unfit("is an animated PNG; expected a still picture")
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    _bounded(width, height)
    _whole(
        b"".join(body for kind, body in chunks if kind == b"IDAT"),
        _png_bytes(width, height, depth * CHANNELS.get(colour, 1), interlaced),
    )
    cleaned = PNG_SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
        if kind in PNG_KEPT
    )
    _decode(data, cleaned, "PNG", (width, height))
    return cleaned, width, height


def _png_bytes(width: int, height: int, bits: int, interlaced: int) -> int:
    """How many bytes the pixels take: every row of every pass is led by its filter (PNG, third edition, sections 7.2, 8.1)."""
    passes = [(-(-(width - x) // dx), -(-(height - y) // dy)) for x, y, dx, dy in (ADAM7 if interlaced else WHOLE)]
    return sum(rows * (1 + (columns * bits + 7) // 8) for columns, rows in passes if columns > 0 and rows > 0)


def _whole(packed: bytes, expected: int) -> None:
    """Refuse pixels that end before the picture does: Pillow makes the rest black without a word."""
    stream, found = zlib.decompressobj(), 0
    try:
        while found < expected and not stream.eof:
            part = stream.decompress(packed, 1_000_000)
            if not part and not stream.unconsumed_tail:
                break
            packed, found = stream.unconsumed_tail, found + len(part)
    except zlib.error:
        found = 0
    if found < expected:
        raise Unfit("is a broken or truncated PNG file; expected one that opens in an image editor")


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks up to the end of the picture; whatever is stuck on behind it is no part of it."""
    place, kind = len(PNG_SIGNATURE), b""
    while kind != b"IEND":
        head = data[place : place + 8]
        length = int.from_bytes(head[:4], "big")
        kind, body, check = head[4:], data[place + 8 : place + 8 + length], data[place + 8 + length : place + 12 + length]
        if len(head) < 8 or len(check) < 4:
            raise Unfit("is a PNG file that breaks off before its end")
        if int.from_bytes(check, "big") != zlib.crc32(kind + body):
            raise Unfit("is a broken PNG file (a checksum is wrong)")
        yield kind, body
        place += 12 + length


# --- JPEG ------------------------------------------------------------------------------------------------------------------

# Markers (ITU-T T.81, table B.1): those that stand alone, and the frame headers, which hold the size. Of the application segments
# (APP0 to APP15) only three say how the pixels look: JFIF, the colour profile, and Adobe's note on the colour transform.
JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
JPEG_APPLICATIONS = frozenset(range(0xE0, 0xF0))
JPEG_KEPT = ((0xE0, b"JFIF\0"), (0xE2, b"ICC_PROFILE\0"), (0xEE, b"Adobe"))
JPEG_COMMENT = 0xFE
JPEG_SCAN, JPEG_END = 0xDA, 0xD9
JPEG_NEXT_MARKER = re.compile(rb"\xff+(?![\x00\xd0-\xd7\xff])", re.DOTALL)


def _clean_jpeg(data: bytes) -> tuple[bytes, float, float]:
    kept: list[bytes] = [b"\xff\xd8"]
    size: tuple[int, int] | None = None
    for marker, body, scan in _jpeg_segments(data):
        if marker in JPEG_FRAMES:
            if len(body) < 6:
                raise Unfit("is a broken JPEG file (no size)")
            height, width = struct.unpack(">HH", body[1:5])
            _bounded(width, height)
            if body[5] == 4:
                raise Unfit("is a JPEG file in CMYK, which reading systems do not show; expected RGB or grey")
            size = (width, height)
        if marker == 0xE0 and body.startswith(b"JFIF\0"):
            body = body[:12] + b"\0\0"  # without its thumbnail, which may show what was cut off
        if marker == JPEG_COMMENT or (
            marker in JPEG_APPLICATIONS and not any((marker, body[: len(s)]) == (m, s) for m, s in JPEG_KEPT)
        ):
            continue
        kept.append(bytes([0xFF, marker]) + (struct.pack(">H", len(body) + 2) + body if marker not in JPEG_ALONE else b"") + scan)
    if size is None:
        raise Unfit("is a broken JPEG file (no frame)")
    cleaned = b"".join(kept) + b"\xff\xd9"
    _decode(data, cleaned, "JPEG", size)
    return cleaned, *size


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Each marker with its parameters and, after a scan header, the coded pixels; up to the end of the picture."""
    broken = Unfit("is a JPEG file that breaks off before its end")
    place = 2
    while True:
        while data[place : place + 2] == b"\xff\xff":
            place += 1
        if len(data) < place + 2 or data[place] != 0xFF:
            raise broken
        marker = data[place + 1]
        place += 2
        if marker == JPEG_END:
            return
        if marker in JPEG_ALONE:
            yield marker, b"", b""
            continue
        length = int.from_bytes(data[place : place + 2], "big")
        if length < 2 or len(data) < place + length:
            raise broken
        body = data[place + 2 : place + length]
        place += length
        scan = b""
        if marker == JPEG_SCAN:
            following = JPEG_NEXT_MARKER.search(data, place)
            if following is None:
                raise broken
            scan = data[place : following.start()]
            place = following.start()
        yield marker, body, scan


# --- both ------------------------------------------------------------------------------------------------------------------

ORIENTATION = 0x0112  # EXIF 2.32, table 4


def _bounded(width: int, height: int) -> None:
    """Judge the size by the header alone, before anything is decoded."""
    if not width or not height:
        raise Unfit("has no width or no height")
    if width * height > MAX_PIXELS:
        raise Unfit(f"has {width:,} by {height:,} pixels; expected at most {MAX_PIXELS // 1_000_000} megapixels")


@contextlib.contextmanager
def _strictly() -> Iterator[None]:
    """Have Pillow refuse what it cannot decode. WeasyPrint tells it, for the whole process, to make do with it."""
    before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _decode(original: bytes, cleaned: bytes, name: str, size: tuple[int, int]) -> None:
    """Decode the very bytes that go into the book, to the last pixel.

    A picture that is to be turned when shown is refused: the turn is lost with the metadata, and to turn a JPEG here would be to
    code it anew, with losses that the author does not see.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(cleaned), formats=[name]) as picture:
                with _strictly():
                    picture.load()
                decoded = picture.size
        except (OSError, SyntaxError, ValueError, ArithmeticError, LookupError, TypeError, struct.error, zlib.error):
            raise Unfit(f"is a broken or truncated {name} file; expected one that opens in an image editor") from None
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise Unfit(f"is a broken {name} file (its sizes differ)") from None
        if decoded != size:
            raise Unfit(f"is a broken {name} file (its sizes differ)")
        try:
            with Image.open(io.BytesIO(original), formats=[name]) as picture:
                turn = picture.getexif().get(ORIENTATION, 1)
        except Exception:  # EXIF that cannot be read turns nothing, and is not kept
            turn = 1
    if turn in range(2, 9):
        raise Unfit(f"is to be turned when shown (EXIF orientation {turn}); expected it saved upright")


# --- SVG -------------------------------------------------------------------------------------------------------------------

SVG_SPACE = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
XML_SPACE = "http://www.w3.org/XML/1998/namespace"
HREF = f"{{{XLINK}}}href"

# What draws and does nothing else (SVG 2). Not here: scripts, links, animation, foreign content, embedded pictures, filters.
SVG_ELEMENTS = frozenset({
    "svg", "g", "defs", "symbol", "use", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon",
    "clipPath", "mask", "pattern", "marker", "linearGradient", "radialGradient", "stop", "style",
})  # fmt: skip
# What is not drawn and may say who made the drawing. A title would show as a tip; the book has the author's own words.
SVG_DROPPED = frozenset({"metadata", "title", "desc"})
SVG_TEXT = frozenset({"text", "tspan", "textPath", "tref", "font", "glyph"})

SVG_ATTRIBUTES = frozenset({
    # where and how large
    "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy", "fr", "d", "points", "width", "height", "viewBox",
    "preserveAspectRatio", "transform", "pathLength", "refX", "refY", "markerWidth", "markerHeight", "markerUnits", "orient",
    "offset", "gradientUnits", "gradientTransform", "spreadMethod", "patternUnits", "patternContentUnits", "patternTransform",
    "clipPathUnits", "maskUnits", "maskContentUnits", "overflow",
    # how it looks
    "id", "class", "style", "type", "color", "display", "visibility", "opacity", "fill", "fill-opacity", "fill-rule", "stroke",
    "stroke-width", "stroke-opacity", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray",
    "stroke-dashoffset", "clip-path", "clip-rule", "clip", "mask", "mask-type", "marker", "marker-start", "marker-mid",
    "marker-end", "stop-color", "stop-opacity", "vector-effect", "paint-order", "shape-rendering", "color-interpolation",
    "mix-blend-mode", "isolation", "transform-origin",
})  # fmt: skip

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

# Functions of CSS that fetch or run something. `url` is judged by what it names.
CSS_FETCHING = frozenset({"src", "image", "image-set", "-webkit-image-set", "cross-fade", "element", "expression", "attr", "env"})


def _unsafe(message: str) -> Unfit:
    return Unfit(message, "unsafe-svg")


def _clean_svg(data: bytes) -> tuple[bytes, float, float]:
    root = _parse_svg(data)
    if next(root.iter(f"{{{SVG_SPACE}}}text"), None) is not None:
        try:
            root = lettered(root)
        except Unset as fault:
            raise Unfit(str(fault), "lettering") from None
    copy = _copied(root, root=True)
    if copy is None:
        raise Unfit("is no SVG file: its outermost element is not 'svg' in the namespace of SVG")
    width, height = _measure(copy)
    _bounded_drawing(copy)
    etree.cleanup_namespaces(copy)
    return etree.tostring(copy, encoding="UTF-8", xml_declaration=True) + b"\n", width, height


def _parse_svg(data: bytes) -> etree._Element:
    if len(data) > MAX_SVG_BYTES:
        raise Unfit(f"has {len(data):,} bytes; expected an SVG of at most {MAX_SVG_BYTES:,}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unfit("is an SVG file that is not UTF-8; save it as UTF-8") from None
    # A bare document type, as matplotlib and Illustrator write it, declares nothing; it is not read, and dropped.
    if re.search(r"<!(?:ENTITY|ELEMENT|ATTLIST|NOTATION)\b|<!DOCTYPE[^>\[]*\[", text):
        raise _unsafe("declares entities or elements of its own; expected plain SVG")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise Unfit(f"is a broken SVG file (line {error.lineno}: {error.msg})") from None
    for node in (*root.itersiblings(preceding=True), *root.itersiblings(), *root.iter(etree.PI, etree.Entity)):
        if not isinstance(node, etree._Comment):
            raise _unsafe(f"has a processing instruction or an entity ({(node.text or '')[:40]}); expected plain SVG")
    return root


def _copied(element: etree._Element, *, root: bool = False) -> etree._Element | None:
    """A copy of what may be drawn; None for an element that draws nothing. Raises :class:`Unfit` at what may do harm."""
    name = etree.QName(element)
    if name.namespace != SVG_SPACE:
        if root or name.namespace in (None, "http://www.w3.org/1999/xhtml"):
            raise _unsafe(f"has <{name.localname}> outside the namespace of SVG; expected plain SVG")
        return None  # notes of a drawing programme
    if name.localname in SVG_DROPPED:
        return None
    if name.localname in SVG_TEXT:
        message = "expected <text> and <tspan>, or letters as outlines (Inkscape: Path > Object to Path)"
        raise _unsafe(f"has <{name.localname}>, which needs a font that the reader may not have; {message}")
    if name.localname not in SVG_ELEMENTS or (root and name.localname != "svg"):
        raise _unsafe(f"has <{name.localname}>; expected only shapes, gradients, clips and uses of them")
    copy = etree.Element(element.tag, nsmap={None: SVG_SPACE, "xlink": XLINK})
    for key, value in element.attrib.items():
        if kept := _attribute(str(key), str(value), name.localname):
            copy.set(kept, str(value))
    if name.localname == "style":
        copy.text = "".join(element.itertext())
        _judge_css(copy.text)
        if "marker" in copy.text:  # how often the rule draws it cannot be told
            raise _unsafe("has markers in a style sheet; expected them on the shapes themselves")
        return copy
    for child in element:
        if (inner := _copied(child)) is not None:
            copy.append(inner)
    return copy


def _attribute(key: str, value: str, element: str) -> str:
    """The name under which an attribute is kept; "" where it is dropped. Raises :class:`Unfit` where it may do harm."""
    name = etree.QName(key)
    if name.localname.lower() == "href" and name.namespace in (None, XLINK):
        if not re.fullmatch(r"#[^\s#]+", value.strip()):
            raise _unsafe(f"refers to '{value[:60]}'; expected only references inside the drawing ('#…')")
        return HREF
    if name.localname.lower().startswith("on") and name.namespace is None:
        raise _unsafe(f"has a script ({name.localname}); expected plain SVG")
    if name.namespace is not None or name.localname not in SVG_ATTRIBUTES:
        return ""
    if name.localname == "type" and (element != "style" or value.strip().lower() != "text/css"):
        return ""
    if "(" in value or name.localname == "style":
        _judge_css(value)
    return name.localname


def _judge_css(text: str) -> None:
    """Raise :class:`Unfit` where a style sheet, a declaration or a value fetches or runs something."""
    if "\\" in text:
        raise _unsafe("has a backslash in a style; expected plain rules")
    for token in _css_tokens(text):
        if token.type == "at-keyword":
            raise _unsafe(f"has @{token.value} in a style; expected plain rules")
        if token.type in ("url", "error") and not str(getattr(token, "value", "")).startswith("#"):
            raise _unsafe("refers to something outside it in a style; expected only url(#…)")
        if token.type == "function" and token.lower_name in CSS_FETCHING:
            raise _unsafe(f"has {token.lower_name}() in a style; expected only url(#…)")
        if (
            token.type == "function"
            and token.lower_name == "url"
            and not all(
                inner.type == "whitespace" or (inner.type == "string" and inner.value.startswith("#"))
                for inner in token.arguments
            )
        ):
            raise _unsafe("refers to something outside it in a style; expected only url(#…)")


def _css_tokens(text: str) -> Iterator[tinycss2.ast.Node]:
    """Every token, those in brackets too, in the order of the text; nested as deep as they like."""
    waiting = list(reversed(tinycss2.parse_component_value_list(text)))
    while waiting:
        token = waiting.pop()
        yield token
        waiting.extend(reversed(getattr(token, "content", None) or getattr(token, "arguments", None) or ()))


def _references(text: str) -> list[str]:
    """The ids that a style or a value names in url(#…)."""
    found = []
    for token in _css_tokens(text) if "(" in text else ():
        if token.type == "url":
            found.append(token.value[1:])
        elif token.type == "function" and token.lower_name == "url":
            found.extend(inner.value[1:] for inner in token.arguments if inner.type == "string")
    return found


def _measure(root: etree._Element) -> tuple[float, float]:
    """The size in CSS pixels; width, height and viewBox are written into the copy, so that both outputs see the same."""
    box = [float(number) for number in NUMBER.findall(root.get("viewBox", ""))]
    if box and (len(box) != 4 or not all(map(math.isfinite, box)) or min(box[2:]) <= 0):
        raise Unfit(f"has the viewBox '{root.get('viewBox', '')[:60]}'; expected four numbers, the last two above zero")
    width, height = (pixels(root.get(side, "")) for side in ("width", "height"))
    if box:
        ratio = box[2] / box[3]
        width, height = width or (height * ratio if height else box[2]), height or (width / ratio if width else box[3])
    if not width or not height:
        raise Unfit("has neither a viewBox nor a width and a height; expected one of them")
    if not (0 < width <= MAX_SVG_SIDE and 0 < height <= MAX_SVG_SIDE):
        raise Unfit(f"is {width:g} by {height:g} pixels; expected sides above 0 and up to {MAX_SVG_SIDE:,.0f}")
    width, height = round(width, 4), round(height, 4)
    root.set("width", f"{width:.10g}")
    root.set("height", f"{height:.10g}")
    root.set("viewBox", " ".join(f"{number:.10g}" for number in box or (0, 0, width, height)))
    return width, height


def _bounded_drawing(root: etree._Element) -> None:
    """Refuse a drawing that draws itself, or repeats itself beyond all bounds (a few hundred bytes can ask for 10^12 shapes)."""
    by_id = {element.get("id", ""): element for element in reversed(list(root.iter())) if "id" in element.attrib}
    sheets = [name for style in root.iter(f"{{{SVG_SPACE}}}style") for name in _references(style.text or "")]
    known: dict[etree._Element, int] = {}
    above: list[etree._Element] = []

    def drawn(element: etree._Element) -> int:
        if len(above) > MAX_NESTING:
            raise _unsafe("uses a part inside itself, or uses within uses too deep; expected parts that use simpler parts")
        if element not in known:
            above.append(element)
            uses = [name.removeprefix("#").strip() for key, name in element.attrib.items() if key == HREF]
            paints = [name for key, value in element.attrib.items() if key != "d" for name in _references(str(value))]
            times = 1
            if "marker" in " ".join(map(str, element.attrib)) + element.get("style", ""):
                times = 1 + len(NUMBER.findall(element.get("d", "") + element.get("points", "")))
            total = 1 + sum(map(drawn, element))
            total += sum(times * drawn(by_id[name]) for name in (*uses, *paints) if name in by_id)
            above.pop()
            known[element] = total
            if total > MAX_DRAWN:
                raise _unsafe(
                    f"draws more than {MAX_DRAWN:,} shapes, counted as often as they are used; expected a simpler drawing"
                )
        return known[element]

    total = drawn(root)
    painted = sum(drawn(by_id[name]) for name in sheets if name in by_id)
    if total * (1 + painted) > MAX_DRAWN * 10:
        raise _unsafe("paints every shape with a drawing of its own through its style sheet; expected a simpler drawing")


PNG = Format("PNG", "image/png", (".png",), _clean_png)
JPEG = Format("JPEG", "image/jpeg", (".jpg", ".jpeg"), _clean_jpeg)
SVG = Format("SVG", "image/svg+xml", (".svg",), _clean_svg)
