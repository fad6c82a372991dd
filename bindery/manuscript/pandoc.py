"""pandoc, run as a child that can neither read files, nor reach the network, nor run on for ever.

The reader is ``commonmark_x+sourcepos``, not ``markdown``. The latter is exponential in nested brackets (a line of 30 opening brackets
takes it hours) and tells no positions; the former is linear and puts the line and column on every node, so that each problem of a
manuscript, and each place on a printed page, can be traced to its line. What it lacks of pandoc's Markdown (citations, table captions, inline
notes, line blocks) is read by this package (:mod:`bindery.manuscript.reading`). See docs/architecture.md.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pypandoc  # type: ignore[import-untyped]

from bindery.problem import At, Faulty, Problem

READER = "commonmark_x+sourcepos+wikilinks_title_after_pipe-yaml_metadata_block-emoji-task_lists"
SECONDS = 30
MEGABYTES = 1024

Json = Any


@cache
def _binary() -> str:
    """The pandoc that the locked package carries. ``pypandoc.get_pandoc_path`` would prefer a newer one on the PATH, or in the folder."""
    return str(Path(pypandoc.__file__).parent / "files" / "pandoc")


def run(arguments: Sequence[str], text: str, at: At) -> str:
    """What pandoc makes of ``text``, given on standard input. ``at`` is the author's place for a failure of the whole run.

    Raises :class:`Faulty` when pandoc refuses the text, warns of it, or exceeds its time or memory.
    """
    command = [_binary(), "+RTS", f"-M{MEGABYTES}M", "-RTS", *arguments]
    environment = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/nonexistent", "PATH": os.defpath}
    child = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
        cwd=Path(os.sep),
    )
    try:
        out, err = child.communicate(text.encode(), timeout=SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        message = f"pandoc did not finish in {SECONDS} seconds; look for deeply nested brackets or lists"
        raise Faulty([Problem(at, message, "pandoc-limit")]) from None
    except BaseException:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        raise
    said = err.decode("utf-8", "replace").strip()
    if child.returncode == 251 or "heap" in said.lower():
        raise Faulty([Problem(at, f"pandoc needed more than {MEGABYTES} MB of memory", "pandoc-limit")])
    if child.returncode or said:
        raise Faulty([Problem(at, f"pandoc: {said.splitlines()[0] if said else f'exit {child.returncode}'}", "pandoc")])
    return out.decode()


def parse(text: str, at: At) -> list[Json]:
    """The blocks of a Markdown text as pandoc's JSON, every node with its position."""
    return list(_loads(run(["--from", READER, "--to", "json", "--sandbox"], text, at), at)["blocks"])


def cite(blocks: list[Json], *, references: Path, style: Path, language: str, keys: Sequence[str], at: At) -> list[Json]:
    """The blocks with every citation set in a CSL style by citeproc, and the list of all ``keys``, in the style's order, as the last block.

    ``references`` and ``style`` are files of ours: citeproc reads them in spite of the sandbox, so no manuscript may name them.
    """
    nocite = {
        "t": "MetaInlines",
        "c": [{"t": "Cite", "c": [[_citation(key) for key in keys], [{"t": "Str", "c": ""}]]}] if keys else [],
    }
    meta = {"nocite": nocite, "lang": {"t": "MetaString", "c": language}}
    document = json.dumps({"pandoc-api-version": _api_version(), "meta": meta, "blocks": blocks})
    arguments = ["--from", "json", "--to", "json", "--citeproc", "--bibliography", str(references), "--csl", str(style)]
    return list(_loads(run(arguments, document, at), at)["blocks"])


def _citation(key: str) -> Json:
    return {
        "citationId": key,
        "citationPrefix": [],
        "citationSuffix": [],
        "citationMode": {"t": "NormalCitation"},
        "citationNoteNum": 0,
        "citationHash": 0,
    }


def mathml(formulas: Sequence[tuple[str, bool]], at: At) -> str:
    """The formulas (TeX, whether displayed) as one XHTML text of paragraphs, each holding its MathML, in order."""
    kinds = ("InlineMath", "DisplayMath")
    blocks = [{"t": "Para", "c": [{"t": "Math", "c": [{"t": kinds[display]}, tex]}]} for tex, display in formulas]
    document = json.dumps({"pandoc-api-version": _api_version(), "meta": {}, "blocks": blocks})
    return run(["--from", "json", "--to", "html5", "--mathml", "--sandbox"], document, at)


@cache
def _api_version() -> list[int]:
    version: list[int] = json.loads(run(["--from", "commonmark", "--to", "json", "--sandbox"], "", At("pandoc")))[
        "pandoc-api-version"
    ]
    return version


@cache
def version() -> str:
    """The version of pandoc: "3.8.2"."""
    return run(["--version"], "", At("pandoc")).split()[1]


def _loads(text: str, at: At) -> Json:
    try:
        return json.loads(text)
    except RecursionError:
        raise Faulty([Problem(at, "blocks nested too deep to be read", "too-deep")]) from None
