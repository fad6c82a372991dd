"""The house's own book says of its ledger what is true of it."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_preface_counts_the_ledger() -> None:
    ledger = tomllib.loads((ROOT / "manuscript" / "facts.toml").read_text("utf-8"))
    variables = tomllib.loads((ROOT / "book.toml").read_text("utf-8"))["variables"]
    counts = Counter((key[0], fact["status"]) for key, fact in ledger.items())
    kinds = Counter(key[0] for key in ledger)
    assert variables == {
        "statements": str(kinds["F"]),
        "statements-seen": str(counts["F", "seen"]),
        "statements-corrected": str(counts["F", "corrected"]),
        "statements-unverified": str(counts["F", "unverified"]),
        "quotations": str(kinds["Q"]),
        "quotations-seen": str(counts["Q", "seen"]),
        "excerpts": str(kinds["E"]),
    }
