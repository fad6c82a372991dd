"""The press's Markdown: what classes and keys the braces of a div, span, heading, link and image may hold.

Whatever is not listed here is a mistake of the author's, and is reported with the nearest known word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# An escaped character (`\[`, `&#91;`) is text and never markup: it is moved to private-use plane 15 while markup is looked for, and back after.
ESCAPED = 0xF0000


def escape(text: str) -> str:
    return "".join(chr(ESCAPED + ord(c)) if ord(c) < 0x10000 else c for c in text)


def unescape(text: str) -> str:
    return "".join(chr(ord(c) - ESCAPED) if ord(c) >= ESCAPED and ord(c) < ESCAPED + 0x10000 else c for c in text)


@dataclass(frozen=True)
class Attributes:
    """The braces after a heading, span, div, image or caption: ``{#id .class key="value"}``."""

    id: str
    classes: tuple[str, ...]
    values: dict[str, str]


# What each class of a div or span takes. Whatever is not listed is a mistake, and the nearest known word is named.
DIVS: dict[str, frozenset[str]] = {
    "quote": frozenset({"by", "source", "date", "cite"}),
    "aside": frozenset({"title"}),
    "table": frozenset({"csv", "align", "units", "rowheads", "columns", "rows"}),
    "chart": frozenset(
        {
            *("csv", "kind", "label", "x", "values", "scale", "xscale", "range", "rows", "order", "emphasis", "alt"),
        }
    ),
    "only": frozenset({"edition"}),
    "include": frozenset({"file"}),
}
ALERTS = frozenset({"note", "tip", "important", "warning", "caution"})
SPANS: dict[str, frozenset[str]] = {
    "index": frozenset({"entry", "see", "seealso"}),
    "term": frozenset({"key"}),
    "only": frozenset({"edition"}),
    "var": frozenset(),
    "smallcaps": frozenset(),
    "underline": frozenset(),
    "kbd": frozenset(),
}
REQUIRED = {"quote": ("by",), "only": ("edition",), "include": ("file",), "chart": ("csv", "kind", "values")}


def parse_attributes(text: str) -> Attributes:
    """The inside of ``{#id .class key=value key="value"}``."""
    identifier, classes, values = "", [], {}
    for match in re.finditer(r"#([^\s#.]+)|\.([\w-]+)|([\w-]+)=(?:\"([^\"]*)\"|'([^']*)'|(\S+))", text):
        if match[1]:
            identifier = match[1]
        elif match[2]:
            classes.append(match[2])
        else:
            values[match[3]] = next(value for value in match.groups()[3:] if value is not None)
    return Attributes(identifier, tuple(classes), values)
