"""Ace by DAISY, the accessibility checker for EPUBs, in a browser."""

from __future__ import annotations

import pytest
from browser import ace
from tiny import TinyBook

NAMES = ("kinds", "notes", "links")


@pytest.fixture(scope="module")
def said(tiny: dict[str, TinyBook], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    return ace({name: tiny[name].epub for name in NAMES}, tmp_path_factory.mktemp("ace"))


@pytest.mark.parametrize("name", NAMES)
def test_ace_finds_nothing(said: dict[str, list[str]], name: str) -> None:
    assert said[name] == []
