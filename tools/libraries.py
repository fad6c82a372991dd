"""Name the system libraries that WeasyPrint needs and this machine cannot load, one Debian package a line.

    python3 tools/libraries.py [FOLDER]

FOLDER is where Homebrew keeps its libraries. Runs before anything is installed: the standard library only.
"""

import os
import sys
from ctypes import CDLL
from ctypes.util import find_library

# What weasyprint/text/ffi.py (70.0) opens: the stem it asks for, the file that Linux has, the package that brings it.
# HarfBuzz-Subset may be absent there, with a warning; here it may not, for it is what cuts the fonts in the PDF.
LIBRARIES = [
    ("gobject-2.0", "libgobject-2.0.so.0", "libglib2.0-0"),
    ("pango-1.0", "libpango-1.0.so.0", "libpango-1.0-0"),
    ("pangoft2-1.0", "libpangoft2-1.0.so.0", "libpangoft2-1.0-0"),
    ("harfbuzz", "libharfbuzz.so.0", "libharfbuzz0b"),
    ("harfbuzz-subset", "libharfbuzz-subset.so.0", "libharfbuzz-subset0"),
    ("fontconfig", "libfontconfig.so.1", "libfontconfig1"),
]


def loads(stem: str, file: str) -> bool:
    """Really open the library: a file of that name may be broken, or made for another processor."""
    name = find_library(stem) if sys.platform == "darwin" else file
    try:
        return name is not None and bool(CDLL(name))
    except OSError:
        return False


def main() -> None:
    """Print the packages that are missing; print nothing when all is there."""
    if len(sys.argv) > 1:
        # find_library reads this at every call, so it works although it is set after the start.
        os.environ["DYLD_FALLBACK_LIBRARY_PATH"] = sys.argv[1]
    for stem, file, package in LIBRARIES:
        if not loads(stem, file):
            print(package)


if __name__ == "__main__":
    main()
