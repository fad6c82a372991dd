"""The card: every wrong key and value at once, each at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindery.manuscript.card import read_card
from bindery.problem import Faulty

GOOD = """\
title = "A Book"
authors = ["Ann Author"]
language = "en"
chapters = ["01.md"]
"""


def card(folder: Path, text: str) -> list[tuple[int, str, str]]:
    (folder / "book.toml").write_text(text, "utf-8")
    try:
        read_card(folder)
    except Faulty as fault:
        return [(problem.at.line, problem.check, problem.message) for problem in fault.problems]
    return []


def checks(folder: Path, text: str) -> list[tuple[int, str]]:
    return [(line, check) for line, check, _ in card(folder, text)]


def test_a_small_card_will_do(tmp_path: Path) -> None:
    (tmp_path / "book.toml").write_text(GOOD, "utf-8")
    found = read_card(tmp_path).card
    assert set(found.editions) == {"print", "ebook"}
    assert [entry.page for entry in found.front] == ["half-title", "title-page", "copyright", "contents"]
    assert found.author == "Ann Author"


def test_unknown_keys_name_the_nearest_known_one(tmp_path: Path) -> None:
    text = GOOD + 'publishr = "X"\n\n[editions.print]\nformat = "print"\ntrimm = ["6in", "9in"]\n\n[citations]\nstile = "apa"\n'
    found = card(tmp_path, text)
    assert [(line, check) for line, check, _ in found] == [(5, "unknown-key"), (9, "unknown-key"), (12, "unknown-key")]
    assert "did you mean 'publisher'?" in found[0][2]
    assert "did you mean 'trim'?" in found[1][2]
    assert "did you mean 'style'?" in found[2][2]


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        ('front = ["half-titel"]', (5, "bad-value")),
        ('front = ["copyright", "copyright"]', (5, "listed-twice")),
        ('back = [{ file = "x.md", kind = "apendix" }]', (5, "bad-value")),
        ('back = [{ kind = "appendix" }]', (0, "missing-key")),
        ('[editions.print]\nformat = "paper"', (6, "bad-value")),
        ('[editions.print]\nformat = "print"\ntrim = ["6in", "nine"]', (7, "bad-value")),
        ('[editions.print]\nformat = "print"\nisbn = "978-3-16-148410-1"', (7, "bad-value")),
        ('[editions.large]\ninherits = "prnt"', (6, "card")),
        ('[editions.a]\ninherits = "b"\n[editions.b]\ninherits = "a"', (6, "card")),
        ('[editions."Two Words"]\nformat = "print"', (5, "bad-value")),
        ("published = soon", (5, "card")),
        ("number_sections = 1", (5, "bad-value")),
        ("[layout]\nstrickt = true", (6, "unknown-key")),
        ('[layout]\nstrict = "yes"', (6, "bad-value")),
    ],
)
def test_a_wrong_value_is_told_at_its_line(tmp_path: Path, added: str, expected: tuple[int, str]) -> None:
    assert expected in checks(tmp_path, GOOD + added + "\n")


def test_missing_keys_are_told_all_at_once(tmp_path: Path) -> None:
    found = card(tmp_path, 'chapters = ["01.md"]\n')
    assert [message for _, check, message in found if check == "missing-key"] == [
        f"the key '{key}' is missing" for key in ("authors", "language", "title")
    ]


def test_a_book_needs_a_chapter(tmp_path: Path) -> None:
    assert checks(tmp_path, GOOD.replace('chapters = ["01.md"]\n', "")) == [(0, "missing-key")]


def test_an_edition_states_only_what_differs(tmp_path: Path) -> None:
    text = GOOD + (
        '[editions.print]\nformat = "print"\nisbn = "9783161484100"\nstyles = ["a.css"]\n'
        '[editions.large]\ninherits = "print"\ntrim = ["7in", "10in"]\n'
    )
    assert checks(tmp_path, text) == []
    large = read_card(tmp_path).card.editions["large"]
    assert (large.format, large.styles, large.trim, large.isbn) == ("print", ("a.css",), ("7in", "10in"), None)


def test_one_isbn_is_one_edition(tmp_path: Path) -> None:
    text = (
        GOOD
        + '[editions.a]\nformat = "print"\nisbn = "9783161484100"\n[editions.b]\nformat = "epub"\nisbn = "978-3-16-148410-0"\n'
    )
    assert checks(tmp_path, text) == [(8, "bad-value")]


def test_a_card_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "book.toml").write_bytes(b'title = "\xff"')
    with pytest.raises(Faulty, match="encoding"):
        read_card(tmp_path)
