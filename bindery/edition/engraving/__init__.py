"""Engraving: charts drawn by matplotlib, which is imported here and nowhere before, since only a book with charts needs it.

matplotlib would read a ``matplotlibrc`` in the working folder or the user's home, list all fonts of the machine, and keep that list in the user's
home. Here it finds a folder of its own in the place of each, and in it a list of no fonts, to which :mod:`.faces` adds the house's. So a chart cannot
be set in any other face, and nothing stays behind.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

# The form of matplotlib's list of fonts (font_manager.FontManager.__version__). One of another form it leaves, and lists the machine's fonts.
FONT_LIST = "3.11.0"


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """The folder in the place of all where matplotlib looks for something when it is imported."""
    listed: dict[str, object] = {
        "__class__": "FontManager",
        "_version": FONT_LIST,
        "_FontManager__default_weight": "normal",
        "default_size": None,
        "defaultFamily": {"ttf": "", "afm": ""},
        "afmlist": [],
        "ttflist": [],
    }
    (folder / f"fontlist-v{FONT_LIST}.json").write_text(json.dumps(listed), "utf-8")
    (folder / "matplotlibrc").write_text("", "utf-8")
    ours = {"MPLCONFIGDIR": str(folder), "MATPLOTLIBRC": str(folder / "matplotlibrc")}
    theirs = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        with contextlib.chdir(folder):
            yield
    finally:
        for name, value in theirs.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


# It is there until the press ends.
_folder = TemporaryDirectory(prefix="bindery-charts-", ignore_cleanup_errors=True)
FOLDER = Path(_folder.name)

with _alone(FOLDER):
    import matplotlib.backends.backend_svg
    import matplotlib.dates
    import matplotlib.figure
    import matplotlib.font_manager  # noqa: F401
