"""The house's fonts: open faces that come as pinned packages, never from the machine.

Each is under the SIL Open Font License 1.1, which allows embedding. A stylesheet names a font as ``bindery:fonts/<name>``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

PACKAGES = ("fontpkg_eb_garamond", "fontpkg_source_sans_3", "fontpkg_source_code_pro")

# The families by the names that stylesheets give them (styles/fonts.css), each with its upright and its italic font.
FAMILIES = {
    "Book Text": ("fonts/EBGaramond.ttf", "fonts/EBGaramond-Italic.ttf"),
    "Book Sans": ("fonts/SourceSans3.ttf", "fonts/SourceSans3-Italic.ttf"),
    "Book Code": ("fonts/SourceCodePro.ttf", "fonts/SourceCodePro-Italic.ttf"),
}


@cache
def house_fonts() -> Mapping[str, bytes]:
    """The font files by name, ``fonts/EBGaramond-Italic.ttf``; variable fonts lose the axes from their file's name."""
    fonts: dict[str, bytes] = {}
    for package in PACKAGES:
        for file in (resources.files(package) / "files").iterdir():
            if file.name.endswith((".ttf", ".otf")):
                fonts["fonts/" + re.sub(r"\[[^\]]*\]", "", file.name)] = file.read_bytes()
    return dict(sorted(fonts.items()))
