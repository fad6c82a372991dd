"""The house's faces as matplotlib can use them: it knows no variable fonts, so each weight is cut to a font of its own."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import uharfbuzz  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from matplotlib.font_manager import FontEntry, fontManager

from bindery.edition.engraving import FOLDER
from bindery.foundry.fonts import FAMILIES, house_fonts

PLAIN, STRONG = 400, 600
# The names by which a style may call the families: those of the stylesheets, and their own.
NAMES = {name: name for name in FAMILIES} | {
    "EB Garamond": "Book Text",
    "Source Sans 3": "Book Sans",
    "Source Code Pro": "Book Code",
}


@cache
def bring(name: str) -> None:
    """Let matplotlib know a family of the house, by one of its :data:`NAMES`."""
    upright, _ = FAMILIES[NAMES[name]]
    for weight in (PLAIN, STRONG):
        file = FOLDER / f"{Path(upright).stem}-{weight}.ttf"
        file.write_bytes(_cut(house_fonts()[upright], weight, file.stem))
        fontManager.ttflist.append(FontEntry(str(file), name=name, weight=weight))


def _cut(source: bytes, weight: int, name: str) -> bytes:
    """A variable font at one weight. It has a PostScript name of its own, by which matplotlib tells letters of one font from those of another."""
    face, wanted = uharfbuzz.Face(uharfbuzz.Blob(source)), uharfbuzz.SubsetInput()
    wanted.keep_everything()
    wanted.pin_axis_location(face, "wght", weight)
    font, file = TTFont(io.BytesIO(uharfbuzz.subset(face, wanted).blob.data), lazy=True), io.BytesIO()
    for record in font["name"].names:
        if record.nameID == 6:
            record.string = name
    font.save(file, reorderTables=None)
    return file.getvalue()
