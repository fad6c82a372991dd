"""Pictures: what a book may hold, and what is left behind. Each refusal is shown on a planted fault."""

from __future__ import annotations

import functools
import io
import os
import random
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image, ImageCms, ImageFile, PngImagePlugin

from bindery.manuscript.files import Manuscript
from bindery.manuscript.pictures import MAX_DRAWN, MAX_PIXELS, Picture, read_picture
from bindery.problem import At, Faulty

AT = At("manuscript/one/01.md", 7)
SECRET = b"Kilroy"

Read = Callable[..., Picture]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "manuscript" / "one").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def read(root: Path) -> Read:
    """Write a picture beside the chapter, and read it from there."""

    def write_and_read(name: str, data: bytes | str) -> Picture:
        (root / "manuscript" / "one" / name).write_bytes(data.encode() if isinstance(data, str) else data)
        return read_picture(Manuscript(root), name, beside=AT.path, at=AT)

    return write_and_read


def refusal(read: Read, name: str, data: bytes | str) -> tuple[str, str]:
    """The check and the message by which a picture is refused; the place is always the author's."""
    with pytest.raises(Faulty) as caught:
        read(name, data)
    (problem,) = caught.value.problems
    assert problem.at == AT
    assert problem.message.startswith(f"'{name}' ")
    assert "0x" not in problem.message, "no address of an object: the same fault is said in the same words"
    return problem.check, problem.message


def noise(mode: str = "RGB", size: tuple[int, int] = (37, 23)) -> Image.Image:
    return Image.frombytes(mode, size, random.Random(1).randbytes(size[0] * size[1] * len(mode)))


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def exif(orientation: int | None = None) -> Image.Exif:
    found = Image.Exif()
    found[0x010E] = SECRET.decode()
    found.get_ifd(0x8825)[1] = "N"
    if orientation is not None:
        found[0x0112] = orientation
    return found


@functools.cache
def profile() -> bytes:
    """One colour profile for the whole run: it holds the second in which it was made."""
    return bytes(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())


def svg(inside: str = '<path d="M0 0h9v9z"/>', attributes: str = 'viewBox="0 0 30 20"', before: str = "") -> str:
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"{before}<svg {spaces} {attributes}>{inside}</svg>"


# --- where a picture is ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "src",
    [
        "http://example.org/a.png",
        "HTTPS://example.org/a.png",
        "//example.org/a.png",
        "\\\\host\\a.png",
        "data:image/png;base64,AAAA",
        "file:///etc/passwd",
        " http://example.org/a.png",
        "ht\ntp://example.org/a.png",
        "http%3A//example.org/a.png",
        "%2F%2Fexample.org/a.png",
        "C:\\a.png",
    ],
)
def test_an_address_is_refused(root: Path, src: str) -> None:
    with pytest.raises(Faulty) as caught:
        read_picture(Manuscript(root), src, beside=AT.path, at=AT)
    assert [(problem.at, problem.check) for problem in caught.value.problems] == [(AT, "remote-image")]


@pytest.mark.parametrize(
    ("src", "check"),
    [
        ("none.png", "missing-image"),
        ("", "missing-image"),
        (".", "missing-image"),
        ("pipe.png", "missing-image"),
        ("../../outside.png", "path-outside"),
        ("%2e%2e/%2e%2e/outside.png", "path-outside"),
        ("/etc/passwd", "path-outside"),
        ("link.png", "path-outside"),
    ],
)
def test_a_picture_is_a_file_of_the_manuscript(root: Path, src: str, check: str) -> None:
    folder = root / "manuscript" / "one"
    (root / "outside.png").write_bytes(saved(noise(), "PNG"))
    (folder / "link.png").symlink_to(root / "outside.png")
    os.mkfifo(folder / "pipe.png")
    with pytest.raises(Faulty) as caught:
        read_picture(Manuscript(root), src, beside=AT.path, at=AT)
    assert [(problem.at, problem.check) for problem in caught.value.problems] == [(AT, check)]


def test_a_picture_is_found_beside_the_chapter_and_below_the_manuscript(root: Path) -> None:
    data = saved(noise(), "PNG")
    for place in ("one/beside.png", "below.png", "one/with space.png"):
        (root / "manuscript" / place).write_bytes(data)
    names = [
        read_picture(Manuscript(root), src, beside=AT.path, at=AT).name for src in ("beside.png", "below.png", "with%20space.png")
    ]
    assert [name.rsplit("-", 1)[0] for name in names] == ["images/beside", "images/below", "images/with-space"]


# --- its name in the book --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "slug"),
    [
        ("Größe der Welt.png", "grosse-der-welt"),
        ("..hidden.png", "hidden"),
        ("中.png", "image"),
        ("A&B <x>.PNG", "a-b-x"),
        ("x" * 99 + ".png", "x" * 40),
    ],
)
def test_the_name_is_plain_and_short(read: Read, file: str, slug: str) -> None:
    name = read(file, saved(noise(), "PNG")).name
    stem, digits = name.removeprefix("images/").removesuffix(".png").rsplit("-", 1)
    assert name.isascii()
    assert len(digits) == 8
    assert stem == slug


def test_the_name_follows_the_bytes(read: Read) -> None:
    first, again, other = (read("a.png", saved(noise(size=size), "PNG")) for size in ((9, 9), (9, 9), (9, 8)))
    assert first == again
    assert first.name != other.name
    assert read("b.png", saved(noise(size=(9, 9)), "PNG")).name[-12:] == first.name[-12:]


def test_jpeg_has_one_ending_in_the_book(read: Read) -> None:
    picture = read("a.JPEG", saved(noise(), "JPEG"))
    assert picture.name.endswith(".jpg")
    assert (picture.media_type, picture.width, picture.height) == ("image/jpeg", 37, 23)


# --- its format ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.png", saved(noise(), "JPEG"), "is a JPEG file by its content; expected the ending .jpg"),
        ("a.jpg", saved(noise(), "PNG"), "expected the ending .png"),
        ("a.png", svg().encode(), "expected the ending .svg"),
        ("a.gif", saved(noise(), "GIF"), "is a GIF file; expected a PNG, JPEG or SVG file"),
        ("a.webp", saved(noise(), "WEBP"), "is a WebP file; expected"),
        ("a.png", saved(noise(), "TIFF"), "is a TIFF file; expected"),
        ("a.avif", b"\0\0\0\x20ftypavif", "is an AVIF or HEIC file; expected"),
        ("a.png", b"<html><body>404</body></html>", "is no picture; expected"),
        ("a.png", b"\x7fELF" + bytes(99), "is no picture; expected"),
        ("a.png", b"", "is empty; expected"),
    ],
)
def test_the_format_is_told_by_the_content(read: Read, name: str, data: bytes, words: str) -> None:
    check, message = refusal(read, name, data)
    assert check == "bad-image"
    assert words in message


# --- PNG -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA"])
def test_png_keeps_its_pixels_and_nothing_else(read: Read, mode: str) -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", SECRET.decode())
    notes.add_text("zipped", SECRET.decode() * 9, zip=True)
    notes.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    notes.add(b"prVt", SECRET)
    image = noise(mode)
    data = saved(image, "PNG", pnginfo=notes, exif=exif(), icc_profile=profile(), dpi=(300, 300)) + SECRET
    assert SECRET in data
    picture = read("a.png", data)
    assert SECRET not in picture.data
    for kind in (b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME", b"prVt"):
        assert kind not in picture.data
    cleaned = opened(picture.data)
    assert (cleaned.mode, cleaned.tobytes()) == (mode, image.tobytes())
    assert cleaned.info["icc_profile"] == profile()
    assert cleaned.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert (picture.media_type, picture.width, picture.height) == ("image/png", 37, 23)


def test_png_with_palette_and_transparency_is_kept(read: Read) -> None:
    image = noise("L").convert("P")
    cleaned = opened(read("a.png", saved(image, "PNG", transparency=5)).data)
    assert cleaned.info["transparency"] == 5
    assert cleaned.convert("RGBA").tobytes() == opened(saved(image, "PNG", transparency=5)).convert("RGBA").tobytes()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_png_is_refused(read: Read, share: float) -> None:
    data = saved(noise(), "PNG")
    assert refusal(read, "a.png", data[: int(len(data) * share)])[0] == "bad-image"


def test_a_png_with_too_few_pixels_is_refused(read: Read) -> None:
    header = struct.pack(">IIBBBBB", 50, 50, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(151 * 20))) + chunk(b"IEND", b"")
    assert "broken or truncated" in refusal(read, "a.png", data)[1]


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (7, 9), (64, 33)])
@pytest.mark.parametrize(("colour", "channels"), [(0, 1), (2, 3), (3, 1), (4, 2), (6, 4)])
def test_an_interlaced_png_is_counted_by_its_passes(read: Read, size: tuple[int, int], colour: int, channels: int) -> None:
    width, height = size
    steps = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = [len(range(x, width, dx)) for x, y, dx, dy in steps for _ in range(y, height, dy)]
    pixels = b"".join(b"\0" + bytes(columns * channels) for columns in rows if columns)

    def file(body: bytes) -> bytes:
        header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 1)
        parts = [
            (b"IHDR", header),
            *([(b"PLTE", bytes(3))] if colour == 3 else []),
            (b"IDAT", zlib.compress(body)),
            (b"IEND", b""),
        ]
        return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, body) for kind, body in parts)

    assert read("a.png", file(pixels)).width == width
    assert "truncated" in refusal(read, "a.png", file(pixels[:-1]))[1]


def test_a_png_with_one_wrong_bit_is_refused(read: Read) -> None:
    data = bytearray(saved(noise(), "PNG"))
    data[data.index(b"IDAT") + 40] ^= 1
    assert "checksum" in refusal(read, "a.png", bytes(data))[1]


def test_an_animated_png_is_refused(read: Read) -> None:
    data = saved(noise(), "PNG", save_all=True, append_images=[noise("RGB").rotate(180)])
    assert "animated" in refusal(read, "a.png", data)[1]


@pytest.mark.parametrize("side", [30_000, 8_000, 2**31 - 1])
def test_a_bomb_is_refused_by_its_header(read: Read, side: int) -> None:
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    started = time.process_time()
    assert "at most 60 megapixels" in refusal(read, "a.png", data)[1]
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("other", [20, 30_000])
def test_a_second_header_does_not_hide_a_bomb(read: Read, other: int) -> None:
    first, second = (struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0) for side in (10, other))
    body = chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", first) + chunk(b"IHDR", second) + body
    assert "its sizes differ" in refusal(read, "a.png", data)[1]


def test_sixty_megapixels_pass(read: Read) -> None:
    width, height = 10_000, MAX_PIXELS // 10_000
    assert read("a.png", saved(Image.new("1", (width, height)), "PNG")).width == width
    assert "6,001 pixels" in refusal(read, "a.png", saved(Image.new("1", (width, height + 1)), "PNG"))[1]


# --- JPEG ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"restart_marker_blocks": 2}, {"subsampling": 0, "keep_rgb": True}]
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_jpeg_keeps_its_pixels_and_nothing_else(read: Read, mode: str, options: dict[str, object]) -> None:
    if mode == "L":
        options = {key: value for key, value in options.items() if key != "keep_rgb"}
    image = noise(mode, (200, 150))
    data = saved(image, "JPEG", exif=exif(), comment=SECRET, xmp=SECRET, icc_profile=profile(), **options)
    iptc = b"\xff\xed" + struct.pack(">H", 2 + 14 + len(SECRET)) + b"Photoshop 3.0\0" + SECRET
    thumbnail = b"\xff\xe0" + struct.pack(">H", 2 + 5 + len(SECRET)) + b"JFXX\0" + SECRET
    jfif = b"\xff\xe0" + struct.pack(">H", 2 + 14 + 18) + b"JFIF\0\1\1\0\0\1\0\1\3\2" + SECRET * 3
    data = data[:2] + jfif + iptc + thumbnail + data[2:] + b"\xff\xd8" + SECRET
    assert data.count(SECRET) == 9
    picture = read("a.jpg", data)
    assert SECRET not in picture.data
    assert b"Exif" not in picture.data
    before, after = opened(data), opened(picture.data)
    assert (after.mode, after.tobytes()) == (before.mode, before.tobytes())
    assert after.info["icc_profile"] == profile()
    assert (picture.width, picture.height) == (200, 150)
    assert read("a.jpg", picture.data).data == picture.data, "clean bytes stay as they are"


def test_a_jpeg_keeps_its_colour_transform(read: Read) -> None:
    data = saved(noise(size=(200, 150)), "JPEG")
    jfif = data.index(b"\xff\xe0")
    adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0"
    as_rgb = data[:jfif] + adobe + data[jfif + 2 + int.from_bytes(data[jfif + 2 : jfif + 4], "big") :]
    assert opened(as_rgb).tobytes() != opened(data).tobytes()
    assert opened(read("a.jpg", as_rgb).data).tobytes() == opened(as_rgb).tobytes()


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_truncated_jpeg_is_refused(read: Read, share: float, progressive: bool) -> None:
    data = saved(noise(size=(200, 150)), "JPEG", progressive=progressive)
    assert refusal(read, "a.jpg", data[: int(len(data) * share)])[0] == "bad-image"


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_picture_to_be_turned_is_refused(read: Read, orientation: int) -> None:
    for name, kind in (("a.jpg", "JPEG"), ("a.png", "PNG")):
        check, message = refusal(read, name, saved(noise(), kind, exif=exif(orientation)))
        assert check == "bad-image"
        assert f"EXIF orientation {orientation}" in message
        assert "upright" in message


def test_an_upright_picture_passes(read: Read) -> None:
    assert read("a.jpg", saved(noise(), "JPEG", exif=exif(1))).width == 37


@pytest.mark.parametrize("lenient", [False, True])
def test_pixels_that_cannot_be_decoded_are_refused(read: Read, monkeypatch: pytest.MonkeyPatch, lenient: bool) -> None:
    """Even once WeasyPrint, when it is imported, has told Pillow to make do with what it can decode."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", lenient)
    data = saved(noise(), "JPEG")
    table = data.index(b"\xff\xdb")
    without = data[:table] + data[table + 2 + int.from_bytes(data[table + 2 : table + 4], "big") :]
    assert "broken or truncated" in refusal(read, "a.jpg", without)[1]
    assert lenient is ImageFile.LOAD_TRUNCATED_IMAGES, "left as it was"
    header = struct.pack(">IIBBBBB", 10, 10, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\x09" + bytes(10)) * 10)  # there is no filter 9
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    assert "broken or truncated" in refusal(read, "a.png", data)[1]


def test_a_jpeg_in_cmyk_is_refused(read: Read) -> None:
    assert "CMYK" in refusal(read, "a.jpg", saved(noise("CMYK"), "JPEG"))[1]


def test_a_jpeg_bomb_is_refused_by_its_header(read: Read) -> None:
    data = bytearray(saved(noise(), "JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", 60_000, 60_000)
    assert "at most 60 megapixels" in refusal(read, "a.jpg", bytes(data))[1]


def test_damaged_pictures_end_in_a_picture_or_a_problem(read: Read) -> None:
    """Bytes changed at random: never another exception, and no warning (pytest makes one an error)."""
    chance = random.Random(2)
    outcomes: set[type] = set()
    for name, kind in (("a.png", "PNG"), ("a.jpg", "JPEG")):
        whole = saved(noise(size=(60, 40)), kind, exif=exif(), icc_profile=profile())
        for _ in range(150):
            data = bytearray(whole)
            for _ in range(chance.randint(1, 4)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            try:
                outcomes.add(type(read(name, bytes(data))))
            except Faulty as fault:
                outcomes.add(type(fault))
    assert outcomes == {Picture, Faulty}


# --- SVG -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        ("<script>alert(1)</script>", "<script>"),
        ("<foreignObject/>", "<foreignObject>"),
        ('<image xlink:href="file:///etc/passwd"/>', "<image>"),
        ('<image href="#a"/>', "<image>"),
        ('<a href="#x"><path d="M0 0"/></a>', "<a>"),
        ('<path><animate attributeName="d"/></path>', "<animate>"),
        ("<animateTransform/>", "<animateTransform>"),
        ('<set attributeName="href"/>', "<set>"),
        ("<filter><feImage/></filter>", "<filter>"),
        ("<iframe/>", "<iframe>"),
        ('<textPath href="#a">Loss</textPath>', "letters as outlines"),
        ('<script xmlns="http://www.w3.org/1999/xhtml">1</script>', "<script>"),
        ('<path xmlns=""/>', "<path>"),
        ('<path onclick="x()"/>', "a script (onclick)"),
        ('<path ONLOAD="x()"/>', "a script (ONLOAD)"),
        ('<use href="http://example.org/a.svg#x"/>', "refers to 'http://example.org"),
        ('<use xlink:href="file:///a.svg#x"/>', "refers to 'file:"),
        ('<use xlink:href="other.svg#x"/>', "refers to 'other.svg"),
        ('<use xlink:href="data:image/svg+xml,x#x"/>', "refers to 'data:"),
        ('<use href="javascript:x()"/>', "refers to 'javascript:"),
        ('<path fill="url(http://example.org/#a)"/>', "url(#…)"),
        ('<path fill="url(other.svg#a)"/>', "url(#…)"),
        ("<path fill=\"url('other.svg#a')\"/>", "url(#…)"),
        ('<path style="fill:url( http://example.org )"/>', "url(#…)"),
        ('<path style="fill:URL(x)"/>', "url(#…)"),
        ('<path style="fill:u\\72l(http://example.org)"/>', "backslash"),
        ("<path style=\"background:image-set('a.png' 1x)\"/>", "image-set()"),
        ('<path style="width:expression(x())"/>', "expression()"),
        ("<path style=\"a:{b:[c(url('x'))]}\"/>", "url(#…)"),
        ("<style>@import url(x.css);</style>", "@import"),
        ("<style>@import 'x.css';</style>", "@import"),
        ("<style>@font-face{src:url(x)}</style>", "@font-face"),
        ("<style><![CDATA[path{fill:url(http://example.org)}]]></style>", "url(#…)"),
        ("<style>path{fill:url(/**/x)}</style>", "url(#…)"),
        ("<style>" + "(" * 20_000 + "url(x)</style>", "url(#…)"),
        ("<style>path{marker-end:url(#a)}</style>", "markers"),
        ("<?xml-stylesheet href='x.css'?>", "processing instruction"),
        ('<g id="a"><use href="#a"/></g>', "inside itself"),
        ('<g id="a"><use href="#b"/></g><g id="b"><use xlink:href="#a"/></g>', "inside itself"),
        ('<pattern id="a"><path fill="url(#a)"/></pattern>', "inside itself"),
    ],
)
def test_an_svg_only_draws(read: Read, inside: str, words: str) -> None:
    check, message = refusal(read, "a.svg", svg(inside))
    assert check == "unsafe-svg"
    assert words in message


@pytest.mark.parametrize(
    "before",
    [
        '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE svg [<!ENTITY a "x">]>',
        '<!DOCTYPE svg SYSTEM "a>b" [<!ENTITY a "x">]>',
        '<!DOCTYPE svg PUBLIC "a" "b" [ <!ATTLIST path fill CDATA "url(x)"> ]>',
        "<?xml-stylesheet type='text/css' href='x.css'?>",
    ],
)
def test_an_svg_declares_nothing(read: Read, before: str) -> None:
    assert refusal(read, "a.svg", svg(before=before))[0] == "unsafe-svg"
    assert refusal(read, "a.svg", svg("<path d='&a;'/>", before='<!DOCTYPE svg [<!ENTITY a "x">]>'))[0] == "unsafe-svg"


@pytest.mark.parametrize(
    ("css", "check"),
    [
        ("path{fill:url(http://example.org)}", "unsafe-svg"),
        ("path{fill:u\\72l(http://example.org)}", "unsafe-svg"),
        ("text{fill:image-set('a.png' 1x)}", "unsafe-svg"),
        ("*{mask:expression(x())}", "unsafe-svg"),
        ("@import 'x.css';", "lettering"),
        ("@font-face{src:url(x)}", "lettering"),
    ],
)
def test_rules_that_are_written_on_shapes_are_judged_there(read: Read, css: str, check: str) -> None:
    """A drawing with text has its style sheets carried out, and keeps none."""
    assert refusal(read, "a.svg", svg(f"<style>{css}</style><path d='M0 0h9'/><text>a</text>"))[0] == check


def bomb(levels: int) -> str:
    parts = ['<path id="a0" d="M0 0"/>']
    parts += [f'<g id="a{n}">' + f'<use xlink:href="#a{n - 1}"/>' * 10 + "</g>" for n in range(1, levels)]
    return "".join(parts)


@pytest.mark.parametrize(
    "inside",
    [
        bomb(13),
        "".join(f'<pattern id="p{n}">' + f'<path fill="url(#p{n - 1})"/>' * 10 + "</pattern>" for n in range(1, 13)),
        "".join(f'<pattern id="p{n}">' + f"<path style=\"fill:url('#p{n - 1}')\"/>" * 10 + "</pattern>" for n in range(1, 13)),
        f'<marker id="m">{"<path/>" * 100}</marker><path marker-mid="url(#m)" d="{"L 1 1 " * 1000}"/>',
        "<style>*{fill:url(#p)}</style>" + f'<pattern id="p">{"<path/>" * 1000}</pattern>' + "<path/>" * 1000,
        "".join(f'<g id="a{n}"><use href="#a{n + 1}"/></g>' for n in range(5000)),
        "<path/>" * (MAX_DRAWN + 1),
    ],
    ids=["uses", "patterns", "styles", "markers", "sheet", "chain", "many"],
)
def test_an_svg_bomb_is_refused_at_once(read: Read, inside: str) -> None:
    started = time.process_time()
    assert refusal(read, "a.svg", svg(inside))[0] == "unsafe-svg"
    assert time.process_time() - started < 3


def test_the_bomb_is_refused_for_its_size_alone(read: Read) -> None:
    assert read("a.svg", svg(bomb(4))).data.count(b"<use") == 30


def test_an_svg_nested_too_deep_is_refused(read: Read) -> None:
    for depth in (210, 300, 100_000):
        assert refusal(read, "a.svg", svg("<g>" * depth + "</g>" * depth))[0] in ("unsafe-svg", "bad-image")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (svg()[:-3], "broken SVG file"),
        (svg().encode("utf-16"), "no picture"),
        (svg("<path id='ä'/>").encode("latin-1"), "not UTF-8"),
        (svg("<!-- " + "x" * 2_000_000 + " -->"), "at most 2,000,000"),
        (svg(attributes=""), "neither a viewBox nor"),
        (svg(attributes='width="100%" height="50%"'), "neither a viewBox nor"),
        (svg(attributes='viewBox="0 0 0 9"'), "viewBox"),
        (svg(attributes='viewBox="0 0 1e999 9"'), "viewBox"),
        (svg(attributes='viewBox="0 0 9"'), "viewBox"),
        (svg(attributes='width="-3" height="9"'), "-3 by 9"),
        (svg(attributes='width="1e9" height="9"'), "1e+09 by 9"),
    ],
)
def test_a_bad_svg_is_refused(read: Read, data: bytes | str, words: str) -> None:
    check, message = refusal(read, "a.svg", data)
    assert check == "bad-image"
    assert words in message


@pytest.mark.parametrize(
    ("attributes", "size", "box"),
    [
        ('viewBox="0 0 30 20"', (30, 20), "0 0 30 20"),
        ('width="3in" height="72pt"', (288, 96), "0 0 288 96"),
        ('width="10mm" height="1cm"', (37.7953, 37.7953), "0 0 37.7953 37.7953"),
        ('width="60" viewBox="1,2 30,20"', (60, 40), "1 2 30 20"),
        ('height="60px" width="100%" viewBox="0 0 30 20"', (90, 60), "0 0 30 20"),
        ('width="100%" height="100%" viewBox="-5 -5 1e1 10.50"', (10, 10.5), "-5 -5 10 10.5"),
    ],
)
def test_an_svg_is_measured(read: Read, attributes: str, size: tuple[float, float], box: str) -> None:
    picture = read("a.svg", svg(attributes=attributes))
    assert (picture.width, picture.height) == size
    root = etree.fromstring(picture.data)
    assert root.get("viewBox") == box
    assert (float(root.get("width", "")), float(root.get("height", ""))) == size


CHART = """\
<?xml version="1.0" encoding="utf-8" standalone="no"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"
  "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<!-- Kilroy was here -->
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"
 width="72pt" height="36pt" viewBox="0 0 72 36" version="1.1" inkscape:export-filename="/home/Kilroy/a.png">
 <metadata><author xmlns="http://purl.org/dc/elements/1.1/">Kilroy</author></metadata>
 <title>Kilroy</title>
 <inkscape:grid>Kilroy</inkscape:grid>
 <defs><style type="text/css">*{stroke-linejoin: round; stroke-linecap: butt} .a{fill:url(#fade)}</style>
  <linearGradient id="fade"><stop offset="0" stop-color="#fff"/></linearGradient>
  <clipPath id="clip"><rect x="0" y="0" width="9" height="9"/></clipPath></defs>
 <g id="axes_1" data-name="Kilroy"><path d="M 0 0 L 9 9" clip-path="url(#clip)" style="fill: none; stroke: url('#fade')" class="a"/>
  <g transform="translate(3 4) scale(0.1 -0.1)"><defs><path id="A" d="M 1 2"/></defs><use xlink:href="#A"/><use href="#A" x="3"/></g></g>
</svg>
"""


def test_a_chart_keeps_its_drawing_and_nothing_else(read: Read) -> None:
    picture = read("chart.svg", CHART)
    assert SECRET not in picture.data
    root = etree.fromstring(picture.data)
    drawn = [etree.QName(element).localname for element in root.iter()]
    assert " ".join(drawn) == "svg defs style linearGradient stop clipPath rect g path g defs path use use"
    assert [element.get("{http://www.w3.org/1999/xlink}href") for element in root.iter("{*}use")] == ["#A", "#A"]
    path = root.find(".//{*}path")
    assert path is not None
    assert dict(path.attrib) == {
        "d": "M 0 0 L 9 9",
        "clip-path": "url(#clip)",
        "style": "fill: none; stroke: url('#fade')",
        "class": "a",
    }
    assert b"DOCTYPE" not in picture.data
    assert (picture.width, picture.height, picture.media_type) == (96, 48, "image/svg+xml")
    assert read("chart.svg", picture.data) == picture, "clean bytes stay as they are"


def test_a_chart_of_many_letters_passes(read: Read) -> None:
    letters = '<defs><path id="A" d="M 1 2"/></defs>' + '<use xlink:href="#A"/>' * 2000
    assert read("chart.svg", svg(letters)).data.count(b"<use") == 2000
