"""The programs of tests/readers: a browser, Node, and what is installed for it there. `make test-readers` sets all of it up."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

READERS = Path(__file__).parent / "readers"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""


def node(script: str, *arguments: str, seconds: int = 300) -> Any:
    """What a script of that folder prints, as JSON. Raises if it fails: what it said stands in the message."""
    assert CHROMIUM, "there is no Chromium: make test-readers"
    assert (READERS / "node_modules").is_dir(), "the packages of Node are not installed: make test-readers"
    done = subprocess.run(
        [shutil.which("node") or "node", str(READERS / script), *arguments],
        env={**os.environ, "PUPPETEER_EXECUTABLE_PATH": CHROMIUM, "CHROMIUM": CHROMIUM, "ACE_TIMEOUT_INITIAL": "60000"},
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
    assert done.returncode == 0, f"{script}: {done.stderr}"
    return json.loads(done.stdout)


def ace(epubs: Mapping[str, bytes], folder: Path) -> dict[str, list[str]]:
    """What Ace by DAISY says of EPUBs, each under its name: "rule, in this file: this markup". Nothing if its outcome is "pass"."""
    files = []
    for name, data in epubs.items():
        files.append(folder / f"{name}.epub")
        files[-1].write_bytes(data)
    reports = node("ace.cjs", *map(str, files))
    assert len(reports) == len(epubs)
    found: dict[str, list[str]] = {}
    for name, report in zip(epubs, reports, strict=True):
        found[name] = [
            f"{one['earl:test']['dct:title']}, in {subject['earl:testSubject']['url']}: {one['earl:result'].get('html', '')[:200]}"
            for subject in report["assertions"]
            for one in subject["assertions"]
        ]
        assert (report["earl:result"]["earl:outcome"] == "pass") == (found[name] == []), name
    return found
