"""Wide tables, formulas, code, addresses and charts on small screens, in a browser: nothing is wider than the screen, and what scrolls can be
reached and moved by keyboard (WCAG 2.2, 1.4.4, 1.4.10, 2.1.1, 4.1.2)."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from browser import node
from tiny import DATE, TinyBook, write_book

from bindery.epub.epub_edition import bind_epub

MODELS = """\
Model,Parameters,Layers,Embedding width,Attention heads,Published,Remarks on it
GPT-2 small,124M,12,768,12,2019-02-14,Released at once
GPT-2 medium,355M,24,1024,16,2019-05-03,Released in the second stage
GPT-2 extralargeundividedname,1558M,48,1600,25,2019-11-05,Released at last
"""
CHAPTER = """\
# One

A paragraph before the table, long enough for several lines on a small screen.

::: {.table #tbl-a csv="models.csv" rowheads="1"}
The models.
:::

```
x = a_very_long_name_without_any_break_in_it(another_very_long_name_without_any_break_in_it)
```

$$a = b + c + d + e + f + g + h + i + j + k + l + m + n + o + p + q + r + s + t + u + v + w + x$$

See <https://example.org/a/very/long/address/that/goes/on/and/on/without/an/end/in/sight/at/all>.

::: {.chart #fig-p csv="models.csv" kind="bars" label="Model" values="Embedding width" alt="Bars that grow."}
The widths.
:::
"""
SCREENS = [
    {"width": width, "height": 640, "font": font, "scheme": scheme}
    for width in (320, 600, 1024)
    for font, scheme in ((16, "light"), (32, "dark"))
]


def seen(epub: bytes, folder: Path) -> list[dict[str, Any]]:
    with zipfile.ZipFile(io.BytesIO(epub)) as archive:
        archive.extractall(folder)
        documents = [name.removeprefix("EPUB/") for name in archive.namelist() if name.endswith(".xhtml")]
    found = node("screens.cjs", str(folder / "EPUB"), json.dumps({"documents": documents, "screens": SCREENS, "pictures": ""}))
    assert len(found) == len(documents) * len(SCREENS)
    return [dict(one) for one in found]


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("wide")
    book: TinyBook = write_book(folder / "book", CHAPTER, files={"manuscript/data/models.csv": MODELS})
    assert not book.epub_copy.problems
    return seen(bind_epub(book.epub_copy, DATE), folder / "epub")  # no page of print could hold them


@pytest.fixture(scope="module")
def kinds(tiny: dict[str, TinyBook], tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    return seen(tiny["kinds"].epub, tmp_path_factory.mktemp("kinds"))


@pytest.mark.parametrize("book", ["wide", "kinds"])
def test_nothing_is_wider_than_the_screen(book: str, request: pytest.FixtureRequest) -> None:
    for one in request.getfixturevalue(book):
        assert (one["scrolls"], one["out"]) == (False, []), one


@pytest.mark.parametrize("book", ["wide", "kinds"])
def test_what_scrolls_has_a_name_and_shows_that_it_has_the_focus(book: str, request: pytest.FixtureRequest) -> None:
    frames = [frame for one in request.getfixturevalue(book) for frame in one["frames"]]
    assert frames
    for frame in frames:
        assert frame["name"], frame
        assert frame["role"] in ("region", "group"), frame
        assert frame["focused"], frame
        assert frame["outlined"], frame
        assert frame["inside"], frame


@pytest.mark.parametrize("book", ["wide", "kinds"])
def test_no_cell_is_cut_off(book: str, request: pytest.FixtureRequest) -> None:
    assert [frame["cells"] for one in request.getfixturevalue(book) for frame in one["frames"] if frame["cells"]] == []


def test_a_wide_table_is_moved_by_keyboard(wide: list[dict[str, Any]]) -> None:
    small = [one for one in wide if one["width"] == 320 and one["document"] == "text/one.xhtml"]
    assert [any(frame["wide"] and frame["role"] == "region" for frame in one["frames"]) for one in small] == [True, True]
    assert [one["moved"] for one in small] == [True, True]
