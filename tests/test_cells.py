"""The cells of a table are those of its CSV file, in the EPUB and in the PDF: both are read back from the finished files."""

from __future__ import annotations

import csv
import io
import zipfile

import pypdfium2  # type: ignore[import-untyped]
import pytest
from lxml import etree
from tiny import TinyBook, write_book

DATA = """\
Model,Layers,Width,Heads,Date
small,12,768,12,2019-02-14
medium,24,"1,024",16,2019-05-03
"large, too",36,,20,2019-08-21
extra,48,"1,600",25,2019-11-05
"""
CHAPTER = '# One\n\n::: {.table #tbl-a csv="models.csv" rowheads="1" align="lrrrl"}\nThe models.\n:::\n'


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> TinyBook:
    return write_book(tmp_path_factory.mktemp("cells"), CHAPTER, files={"manuscript/data/models.csv": DATA})


def expected() -> list[list[str]]:
    return list(csv.reader(io.StringIO(DATA)))


def test_the_epub_has_the_cells_of_the_file(book: TinyBook) -> None:
    with zipfile.ZipFile(io.BytesIO(book.epub)) as archive:
        (table,) = etree.fromstring(archive.read("EPUB/text/one.xhtml")).iter("{*}table")
    rows = [["".join(cell.itertext()) for cell in row.iter("{*}td", "{*}th")] for row in table.iter("{*}tr")]
    assert rows == expected()
    first, *others = [[(etree.QName(cell).localname, cell.get("scope")) for cell in row] for row in table.iter("{*}tr")]
    assert first == [("th", "col")] * 5
    assert others == [[("th", "row")] + [("td", None)] * 4] * 4


def test_the_pdf_has_the_cells_of_the_file(book: TinyBook) -> None:
    """Each row is a line of the page, and what stands beside an empty cell stays in its column."""
    with pypdfium2.PdfDocument(book.pdf) as pdf:
        texts = [page.get_textpage() for page in pdf]
        (page,) = [text for text in texts if "extra" in text.get_text_range()]
        lines = page.get_text_range().splitlines()
        rows = [" ".join(filter(None, row)) for row in expected()]
        start = lines.index(rows[0])
        assert lines[start : start + len(rows)] == rows
        assert right_edge(page, "20") == pytest.approx(right_edge(page, "25"), abs=0.5)


def right_edge(page: pypdfium2.PdfTextPage, word: str) -> float:
    """Where a word ends, in points; it is there once."""
    search = page.search(word, match_case=True, match_whole_word=True)
    (start, length) = search.get_next()
    assert search.get_next() is None
    return float(page.get_charbox(start + length - 1)[2])
