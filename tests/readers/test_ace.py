"""Ace by DAISY, the accessibility checker for EPUBs, in a browser: it finds nothing in good books, and the faults that were planted."""

from __future__ import annotations

import pytest
from browser import ace
from faults import FAULTS, Fault, rezipped
from tiny import TinyBook

NAMES = ("kinds", "notes", "links")
FOUND_BY_ACE = [fault for fault in FAULTS if fault.found_by == "ace"]


@pytest.fixture(scope="module")
def said(tiny: dict[str, TinyBook], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    good = {name: tiny[name].epub for name in NAMES}
    bad = {fault.name: rezipped(tiny["kinds"].epub, fault.plant) for fault in FOUND_BY_ACE}
    return ace({**good, **bad}, tmp_path_factory.mktemp("ace"))


@pytest.mark.parametrize("name", NAMES)
def test_ace_finds_nothing(said: dict[str, list[str]], name: str) -> None:
    assert said[name] == []


@pytest.mark.parametrize("fault", FOUND_BY_ACE, ids=lambda fault: fault.name)
def test_ace_finds_it(said: dict[str, list[str]], fault: Fault) -> None:
    assert any(line.startswith(f"{fault.rule},") for line in said[fault.name]), said[fault.name]
