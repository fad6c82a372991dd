from __future__ import annotations

import pytest
from tiny import BOOKS, TinyBook


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew", action="store_true", help="write what the tiny books in tests/books/ come out as to their expected/ folders"
    )


@pytest.fixture
def renew(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--renew"))


@pytest.fixture(scope="session")
def tiny() -> dict[str, TinyBook]:
    """The tiny books by the names of their folders: whichever test asks for one, it is bound once a session."""
    return {card.parent.name: TinyBook(card.parent) for card in sorted(BOOKS.glob("*/book.toml"))}
