"""The author's files: which may be read, and what their text must be before anything parses it.

Nothing here follows a path out of the book's folder, and nothing is ever passed to a command by name.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from bindery.problem import At, Faulty, Problem

FOLDER = "manuscript"

# Bounds on one file. Text beyond them is not a chapter but an accident or an attack: line breaking is worse than quadratic in the length
# of a word (a word of 9,000 letters takes the engine a minute), so a bound that no honest book meets keeps a build from hanging.
MAX_BYTES = 2_000_000
MAX_LINE = 200_000
MAX_WORD = 1_000
MAX_IMAGE_BYTES = 50_000_000

# XML 1.0, section 2.2: what no EPUB document may contain. Private-use plane 15 is ours (bindery/manuscript/reading.py marks escapes with it).
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U000f0000-\U0010ffff]"
)


@dataclass(frozen=True)
class Source:
    """The text of a chapter, line by line, and where each line comes from (an include brings lines of other files)."""

    lines: tuple[str, ...]
    origins: tuple[At, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    def at(self, line: int) -> At:
        """The author's place for a line of this text, counted from 1."""
        return self.origins[min(max(line, 1), len(self.origins)) - 1] if self.origins else At()


@dataclass(frozen=True)
class Manuscript:
    """The files of one book below its folder ``root`` (absolute)."""

    root: Path

    def locate(self, name: str, at: At, *, check: str, beside: str = "") -> Path:
        """The file that ``name`` means, relative to the file ``beside`` or to the manuscript folder.

        Raises :class:`Faulty` when there is no such file, when it lies outside the book's folder (through ``..``, an absolute path or a
        symbolic link), or when it is no ordinary file.
        """
        clean = PurePosixPath(unquote(name).replace("\\", "/"))
        folders = [self.root / FOLDER]
        if beside:
            folders.insert(0, (self.root / beside).parent)
        if clean.is_absolute() or "\0" in name:
            raise Faulty([Problem(at, f"'{name}' is an absolute path; expected a file below {FOLDER}/", "path-outside")])
        for folder in folders:
            path = Path(os.path.normpath(folder / clean))
            real = Path(os.path.realpath(path))
            if not real.is_relative_to(os.path.realpath(self.root / FOLDER)):
                raise Faulty([Problem(at, f"'{name}' leads out of {FOLDER}/; expected a file below it", "path-outside")])
            if real.is_file() and stat.S_ISREG(real.stat().st_mode):
                return path
        raise Faulty([Problem(at, f"there is no file '{name}' below {FOLDER}/", check)])

    def relative(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def chapter(self, name: str, at: At) -> Source:
        """The text of a chapter with its includes in place. ``name`` is relative to the manuscript folder, ``at`` where it is listed."""
        return self._read(self.locate(name, at, check="missing-chapter"), ())

    def _read(self, path: Path, above: tuple[Path, ...]) -> Source:
        name = self.relative(path)
        lines = read_text(path, name)
        out: list[str] = []
        origins: list[At] = []
        problems: list[Problem] = []
        covered = -1
        for number, line in enumerate(lines, 1):
            at = At(name, number)
            if number <= covered:
                continue
            match = INCLUDE.match(line)
            if not match:
                out.append(line)
                origins.append(at)
                continue
            closing = _closing(lines, number)
            if closing is None:
                problems.append(
                    Problem(at, "an include must have an empty body and be closed by ':::' on the next line", "include")
                )
                continue
            covered = closing
            try:
                target = self.locate(match["file"], at, check="missing-include", beside=name)
                if target == path or target in above:
                    raise Faulty([Problem(at, f"'{match['file']}' includes itself", "include-cycle")])
                included = self._read(target, (*above, path))
            except Faulty as fault:
                problems.extend(fault.problems)
                continue
            out.extend(included.lines)
            origins.extend(included.origins)
        if problems:
            raise Faulty(problems)
        return Source(tuple(out), tuple(origins))


INCLUDE = re.compile(r"^:{3,}\s*\{\s*\.include\s+file=(?P<quote>[\"']?)(?P<file>[^\"'}]+?)(?P=quote)\s*\}\s*:*\s*$")


def _closing(lines: Sequence[str], opening: int) -> int | None:
    """The number of the line that closes an empty div opened on line ``opening`` (both from 1)."""
    for number in range(opening + 1, len(lines) + 1):
        line = lines[number - 1].strip()
        if line:
            return number if set(line) == {":"} and len(line) >= 3 else None
    return None


def read_text(path: Path, name: str) -> list[str]:
    """The lines of a text file: strict UTF-8, without byte-order mark, line ends made one kind, NFC.

    Raises :class:`Faulty` with the line of every byte or character that cannot be in a book.
    """
    data = read_bytes(path, name, MAX_BYTES)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Faulty(
            [Problem(At(name, line), f"byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8", "encoding")]
        ) from None
    lines = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    if lines and not lines[-1]:
        lines.pop()
    problems = list(_unprintable(lines, name))
    if problems:
        raise Faulty(problems)
    return [line.expandtabs(4) for line in lines]


def _unprintable(lines: list[str], name: str) -> Iterator[Problem]:
    for number, line in enumerate(lines, 1):
        at = At(name, number)
        if match := FORBIDDEN.search(line):
            yield Problem(at, f"character U+{ord(match[0]):04X} cannot stand in a book; remove it", "forbidden-character")
        if len(line) > MAX_LINE:
            yield Problem(at, f"a line of {len(line):,} characters; expected at most {MAX_LINE:,}", "too-long")
        elif len(line) > MAX_WORD and (word := max(line.split(), key=len, default="")) and len(word) > MAX_WORD:
            yield Problem(at, f"a word of {len(word):,} characters; expected at most {MAX_WORD:,}", "too-long")


def read_bytes(path: Path, name: str, limit: int = MAX_IMAGE_BYTES) -> bytes:
    """The bytes of an ordinary file, read without waiting on a pipe or device that took its place."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise Faulty([Problem(At(name), f"cannot be read: {error.strerror}", "unreadable")]) from None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise Faulty([Problem(At(name), "is no ordinary file", "unreadable")])
        if status.st_size > limit:
            raise Faulty([Problem(At(name), f"has {status.st_size:,} bytes; expected at most {limit:,}", "too-long")])
        return file.read()


# --- metadata that other programs left ---------------------------------------------------------------------------------------------

# What a metadata block may say and mean nothing to the press: note-taking programs and site generators write these at the top of a file.
INERT = frozenset(
    {
        "title",
        "subtitle",
        "author",
        "authors",
        "lang",
        "language",
        "date",
        "description",
        "keywords",
        "tags",
        "category",
        "categories",
    }
)


def without_front_matter(source: Source) -> tuple[Source, list[Problem]]:
    """The text with a metadata block at its top blanked out, and what is wrong with the block.

    The book's metadata stand in ``book.toml`` alone. A block of keys that could mean nothing else is passed over; one that sets something
    elsewhere (a cover, a stylesheet, a bibliography) would be obeyed by another program, so it is a problem here. It is never parsed as YAML.
    """
    lines = source.lines
    if not lines or lines[0].rstrip() != "---":
        return source, []
    end = next((index for index, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), None)
    if end is None:
        return source, []
    problems = []
    for number, line in enumerate(lines[1:end], 2):
        match = re.match(r"([\w-]+)\s*:(?:\s+(?P<value>.*?))?\s*$", line)
        at = source.at(number)
        if match and match[1].lower() not in INERT:
            message = f"a chapter's metadata cannot set '{match[1]}'; the book's card is book.toml"
            problems.append(Problem(at, message, "front-matter"))
        elif match and re.match(r"[&*!|>{]|\[[^\]]*$", match["value"] or ""):
            problems.append(Problem(at, f"'{match['value'][:40]}' is no plain value; remove the metadata block", "front-matter"))
        elif not match and line.strip() and not re.match(r"\s+\S|-\s|#", line):
            problems.append(Problem(at, "a line of metadata that is no 'key: value'; remove the metadata block", "front-matter"))
    return Source(("",) * (end + 1) + lines[end + 1 :], source.origins), problems


# --- the shape of the text, seen before it is parsed --------------------------------------------------------------------------

FENCE = re.compile(r"^\s*(?:>\s*)*(?P<fence>`{3,}|~{3,})(?P<info>.*)$")
DIV = re.compile(r"^\s*(?:>\s*)*(?P<colons>:{3,})\s*(?P<rest>.*?)\s*$")
OPENS_DIV = re.compile(r"^(?:\{[^{}]*\}|[A-Za-z][\w-]*)\s*:*$")
DEFINITION = re.compile(r"^ {0,3}\[\^(?P<label>[^\]\s]+)\]:")
CALL = re.compile(r"(?<!\\)\[\^(?P<label>[^\]\s]+)\]")
GRID = re.compile(r"^\s*\+[-=:+]{3,}\+\s*$")
MULTILINE = re.compile(r"^\s*-{2,}(?:\s+-{2,})+\s*$")
EXAMPLE = re.compile(r"^\s*\(@[\w-]*\)\s")


def masked(source: Source) -> tuple[list[str], list[Problem]]:
    """The lines with code and comments blanked out, columns kept; and the fences and comments that are never closed."""
    lines, problems = _mask_fences(source)
    _mask_comments(lines, source, problems)
    start = 0
    for end in range(len(lines) + 1):
        if end == len(lines) or not lines[end].strip():
            _mask_code_spans(lines, start, end)
            start = end + 1
    return lines, problems


def _mask_fences(source: Source) -> tuple[list[str], list[Problem]]:
    lines: list[str] = []
    fence, opened = "", 0
    for number, line in enumerate(source.lines, 1):
        match = FENCE.match(line)
        if fence:
            if match and match["fence"].startswith(fence) and not match["info"].strip():
                fence = ""
            lines.append(" " * len(line))
        elif match and not (match["fence"][0] == "`" and "`" in match["info"]):
            fence, opened = match["fence"], number
            lines.append(" " * len(line))
        else:
            lines.append(line)
    problems = (
        [Problem(source.at(opened), f"a code block is opened by {fence} and never closed", "unclosed-code")] if fence else []
    )
    return lines, problems


def _mask_comments(lines: list[str], source: Source, problems: list[Problem]) -> None:
    opened = 0
    for index, line in enumerate(lines):
        done, rest = "", line
        while rest:
            if opened:
                before, found, after = rest.partition("-->")
                done += " " * (len(before) + len(found))
                opened = 0 if found else opened
            else:
                before, found, after = rest.partition("<!--")
                done += before + " " * len(found)
                opened = index + 1 if found else 0
            rest = after
        lines[index] = done
    if opened:
        problems.append(Problem(source.at(opened), "a comment is opened by <!-- and never closed", "unclosed-comment"))


def _mask_code_spans(lines: list[str], start: int, end: int) -> None:
    """Blank the code spans of one paragraph: a run of backticks is closed by the next run of equal length (CommonMark 0.31, section 6.1)."""
    text = "\n".join(lines[start:end])
    if "`" not in text:
        return
    runs = [(m.start(), m.end()) for m in re.finditer("`+", text)]
    closing: dict[int, int] = {}
    later: dict[int, int] = {}
    for index in range(len(runs) - 1, -1, -1):
        length = runs[index][1] - runs[index][0]
        if length in later:
            closing[index] = later[length]
        later[length] = index
    out, position, index = [], 0, 0
    while index < len(runs):
        first = runs[index]
        escaped = first[0] > 0 and text[first[0] - 1] == "\\"
        if index in closing and not escaped:
            last = runs[closing[index]]
            out.append(text[position : first[0]])
            out.append(re.sub(r"[^\n]", " ", text[first[0] : last[1]]))
            position, index = last[1], closing[index]
        index += 1
    out.append(text[position:])
    lines[start:end] = "".join(out).split("\n")


def check_shape(source: Source) -> Iterator[Problem]:
    """What pandoc would silently print as text, swallow or misread, found on the lines themselves."""
    lines, problems = masked(source)
    yield from problems
    yield from _check_divs(source, lines)
    yield from _check_notes(source, lines)
    for number, line in enumerate(lines, 1):
        if GRID.match(line) or (MULTILINE.match(line) and "|" not in line):
            yield Problem(
                source.at(number), "grid and multi-line tables are not read; use a pipe table or a CSV file", "table-syntax"
            )
        if EXAMPLE.match(line):
            yield Problem(source.at(number), "example lists (@) are not read; number the list", "list-syntax")
        if line.count(">", 0, 200) > 20 and re.match(r"^[\s>]{40,}", line):
            yield Problem(source.at(number), "quotes nested more than 20 deep", "too-deep")


def _check_divs(source: Source, lines: list[str]) -> Iterator[Problem]:
    open_divs: list[int] = []
    for number, line in enumerate(lines, 1):
        match = DIV.match(line)
        if not match:
            continue
        at, rest = source.at(number), match["rest"]
        if OPENS_DIV.match(rest):
            open_divs.append(number)
        elif rest:
            yield Problem(at, f"'{line.strip()}' opens nothing; expected ::: {{.class key=\"value\"}}", "stray-div")
        elif open_divs:
            open_divs.pop()
        else:
            yield Problem(at, "':::' closes nothing", "stray-div")
    for number in open_divs:
        yield Problem(source.at(number), "a ':::' block is opened here and never closed", "unclosed-div")


@dataclass
class _Notes:
    """Where each note label of a chapter is defined and called (line numbers from 1)."""

    defined: dict[str, list[int]] = field(default_factory=dict)
    called: dict[str, list[int]] = field(default_factory=dict)
    nested: list[tuple[int, str]] = field(default_factory=list)


def _gather_notes(lines: list[str]) -> _Notes:
    notes = _Notes()
    inside, blank = "", False
    for number, line in enumerate(lines, 1):
        definition = DEFINITION.match(line)
        if definition:
            inside = definition["label"]
            notes.defined.setdefault(inside, []).append(number)
        elif inside and line.strip() and blank and not line.startswith("    "):
            inside = ""
        blank = not line.strip()
        for call in CALL.finditer(line, definition.end() if definition else 0):
            notes.called.setdefault(call["label"], []).append(number)
            if inside:
                notes.nested.append((number, call["label"]))
    return notes


def _check_notes(source: Source, lines: list[str]) -> Iterator[Problem]:
    notes = _gather_notes(lines)
    for label, called in notes.called.items():
        if label not in notes.defined:
            for number in called:
                message = f"footnote [^{label}] is called, but not defined in this chapter"
                yield Problem(source.at(number), message, "undefined-footnote")
        elif len(called) > 1:
            for number in called[1:]:
                yield Problem(
                    source.at(number), f"footnote [^{label}] is called again; a note has one call", "doubly-called-footnote"
                )
    for label, defined in notes.defined.items():
        if label not in notes.called:
            yield Problem(source.at(defined[0]), f"footnote [^{label}] is defined, but never called", "unused-footnote")
        for number in defined[1:]:
            first = source.at(defined[0]).line
            yield Problem(source.at(number), f"footnote [^{label}] is defined again; first on line {first}", "duplicate-footnote")
    for number, label in notes.nested:
        yield Problem(
            source.at(number), f"footnote [^{label}] is called inside a note; a note cannot hold another", "nested-footnote"
        )


def without_nested_calls(source: Source) -> Source:
    """The text without the calls of notes inside notes, which :func:`check_shape` reports: one that leads back to itself would never end."""
    lines, _ = masked(source)
    nested = {number for number, _ in _gather_notes(lines).nested}
    if not nested:
        return source

    def mend(number: int, line: str) -> str:
        definition = DEFINITION.match(line)
        start = definition.end() if definition else 0
        return line[:start] + CALL.sub("", line[start:]) if number in nested else line

    return Source(tuple(mend(number, line) for number, line in enumerate(source.lines, 1)), source.origins)


# --- inline notes ----------------------------------------------------------------------------------------------------------

INLINE_LABEL = "bindery-inline-"


def spell_out_inline_notes(source: Source) -> Source:
    """``text^[note]`` written as a call and a definition at the end, which the reader understands; every line keeps its place.

    Raises :class:`Faulty` for a note that is never closed or that holds another.
    """
    lines, _ = masked(source)
    if not any("^[" in line for line in lines):
        return source
    text, mask = list("\n".join(source.lines)), "\n".join(lines)
    cuts: list[tuple[int, int]] = []
    problems: list[Problem] = []
    position = 0
    while (start := mask.find("^[", position)) >= 0:
        position = start + 2
        if start and mask[start - 1] == "\\":
            continue
        at = source.at(mask.count("\n", 0, start) + 1)
        end = _closing_bracket(mask, start + 2)
        if end is None:
            problems.append(Problem(at, "an inline note is opened by ^[ and never closed in its paragraph", "unclosed-note"))
            blank = mask.find("\n\n", start)
            position = len(mask) if blank < 0 else blank
            continue
        if "^[" in mask[start + 2 : end] or "[^" in mask[start + 2 : end]:
            problems.append(Problem(at, "a note cannot hold another", "nested-footnote"))
        cuts.append((start, end))
        position = end + 1
    if problems:
        raise Faulty(problems)
    notes: list[str] = []
    origins = list(source.origins)
    for index, (start, end) in reversed(list(enumerate(cuts))):
        body = " ".join("".join(text[start + 2 : end]).split("\n"))
        notes[:0] = ["", f"[^{INLINE_LABEL}{index}]: {body}"]
        # A note that runs over line ends leaves them behind, at its end, so that the lines after it keep their numbers.
        text[start : end + 1] = f"[^{INLINE_LABEL}{index}]"
        removed = mask.count("\n", start, end)
        if removed:
            first = mask.count("\n", 0, start)
            del origins[first + 1 : first + 1 + removed]
    for start, _end in cuts:
        origins += [source.at(mask.count("\n", 0, start) + 1)] * 2
    return Source(tuple("".join(text).split("\n") + notes), tuple(origins))


def _closing_bracket(text: str, position: int) -> int | None:
    depth = 1
    blank = text.find("\n\n", position)
    end = len(text) if blank < 0 else blank
    while position < end:
        character = text[position]
        if character == "\\":
            position += 1
        elif character == "[":
            depth += 1
        elif character == "]":
            depth -= 1
            if not depth:
                return position
        position += 1
    return None
