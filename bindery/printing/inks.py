"""Inks: what the engine draws in RGB, separated for the press. Greys become black alone, colours go through the profile of the printing condition."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pikepdf
from pikepdf import Name
from PIL import Image, ImageCms

from bindery.printing.conditions import Condition

Ink = tuple[float, float, float, float]

# The operators that set a colour of RGB, to fill and to stroke, and those that set inks instead (ISO 32000-1, 8.6.8).
_SEPARATED = {"rg": "k", "RG": "K"}


class Separation:
    """Turns colours and pictures of sRGB into the inks of a printing condition, relative to its white, black point compensated."""

    def __init__(self, condition: Condition) -> None:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(condition.icc))
        self._limit = condition.ink_limit
        self._transform = ImageCms.buildTransform(
            ImageCms.createProfile("sRGB"),
            profile,
            "RGB",
            "CMYK",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        self.ink = lru_cache(maxsize=4096)(self._ink)

    def _ink(self, red: float, green: float, blue: float) -> Ink:
        """The inks for a colour; each is between 0 and 1. A grey is printed in black alone: nothing can be out of register."""
        if red == green == blue:
            return (0.0, 0.0, 0.0, round(1 - red, 4))
        pixel = Image.new("RGB", (1, 1), tuple(round(255 * value) for value in (red, green, blue)))
        cyan, magenta, yellow, black = self.picture(pixel).tobytes()
        return (round(cyan / 255, 4), round(magenta / 255, 4), round(yellow / 255, 4), round(black / 255, 4))

    def picture(self, picture: Image.Image) -> Image.Image:
        """A picture in grey, if it has no colour, or else in CMYK with no more ink on any place than the limit."""
        colours = picture.convert("RGB")
        red, green, blue = colours.split()
        if red.tobytes() == green.tobytes() == blue.tobytes():
            return red
        separated = ImageCms.applyTransform(colours, self._transform)
        assert separated is not None
        return _limited(separated, self._limit)


def _limited(picture: Image.Image, limit: int) -> Image.Image:
    """Takes cyan, magenta and yellow back alike where all inks come to more than the limit."""
    data, most = bytearray(picture.tobytes()), limit * 255 // 100
    for at in range(0, len(data), 4):
        colour, black = sum(data[at : at + 3]), data[at + 3]
        if colour + black > most and colour:
            share = max(0, most - black) / colour
            data[at : at + 3] = bytes(int(value * share) for value in data[at : at + 3])
    return Image.frombytes("CMYK", picture.size, bytes(data))


def separate(pdf: pikepdf.Pdf, separation: Separation) -> None:
    """Separate every page, form and picture of a file, in place."""
    for page in pdf.pages:
        page.contents_coalesce()
        if "/Contents" in page:
            page.Contents.write(_separated(page, separation))
    for thing in pdf.objects:
        if not isinstance(thing, pikepdf.Stream):
            continue
        if thing.get("/Subtype") == Name.Form or thing.get("/PatternType") == 1:
            thing.write(_separated(thing, separation))
        elif thing.get("/Subtype") == Name.Image and not _is_mask(thing):
            _separate_picture(thing, separation)
        if isinstance(group := thing.get("/Group"), pikepdf.Dictionary) and group.get("/CS") == Name.DeviceRGB:
            group.CS = Name.DeviceCMYK


def _separated(drawn: pikepdf.Page | pikepdf.Stream, separation: Separation) -> bytes:
    return pikepdf.unparse_content_stream(list(_operations(drawn, separation)))


def _operations(drawn: pikepdf.Page | pikepdf.Stream, separation: Separation) -> Iterator[Any]:
    for operation in pikepdf.parse_content_stream(drawn):
        name = str(operation.operator)
        if name in _SEPARATED:
            inks = separation.ink(*(float(value) for value in operation.operands))
            yield pikepdf.ContentStreamInstruction(list(inks), pikepdf.Operator(_SEPARATED[name]))
        else:
            yield operation


def _is_mask(picture: pikepdf.Stream) -> bool:
    return bool(picture.get("/ImageMask", False)) or picture.get("/ColorSpace") in (Name.DeviceGray, Name.DeviceCMYK)


def _separate_picture(picture: pikepdf.Stream, separation: Separation) -> None:
    separated = separation.picture(pikepdf.PdfImage(picture).as_pil_image())
    picture.write(separated.tobytes())
    picture.ColorSpace = Name.DeviceGray if separated.mode == "L" else Name.DeviceCMYK
    picture.BitsPerComponent = 8
    for key in ("/Decode", "/DecodeParms", "/Mask", "/Interpolate", "/Intent"):
        if key in picture:
            del picture[key]
