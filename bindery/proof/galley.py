"""Galleys: a chapter's own lines with everything blanked that is no prose, for what only the source can tell of its punctuation.

By the time a chapter is nodes its quotation marks are curled, its dashes set, its spaces gone. Here they are as the author typed them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bindery.manuscript.files import DIV, masked
from bindery.manuscript.passages import STAND_IN, Passage
from bindery.manuscript.reading import Chapter
from bindery.problem import At
from bindery.proof.marks import code_places

# What a line starts with that is no part of its text: quote signs, list markers, the label of a note, the colon of a definition.
LEAD = re.compile(r"^(?:\s*(?:>|[-*+]\s|\d+[.)]\s|\(?[A-Za-z][.)]\s|:\s|\|\s|\[\^[^\]\s]+\]:|#{1,6}\s))*\s*")
# Inside a line: escaped characters, notes called, citations, the targets of links, addresses, tags, formulas, attributes, references.
NO_PROSE = re.compile(
    r"\\.|\[\^[^\]\s]+\]|\[[^\[\]]*@[^\[\]]*\]|(?<=\])\((?:[^()\s]|\([^()]*\))*(?:\s+\"[^\"]*\")?\)|(?<=\])\[[^\[\]]*\]"
    r"|<[a-z]+:[^\s<>]*>|\b[a-z]+://\S+|</?[A-Za-z][^<>]*>|(?<![\\$])\$(?! )[^$]+(?<! )\$(?!\d)"
    r"|\{\s*[#.=\w][^{}]*\}|(?<!\w)@[\w:.#-]*\w"
)
DISPLAYED = re.compile(r"(?<!\\)\$\$(?:(?!\n\s*\n).)*?\$\$", re.DOTALL)
ROW = re.compile(r"^\s*\|.*\|\s*$|^[\s|:+-]+$")


def galleys_of(chapter: Chapter) -> Iterator[Passage]:
    """The paragraphs of a chapter, columns kept. Code, comments, the rows of tables and the fences of divs are left out."""
    code = code_places(chapter)
    quoted = {at for passage in chapter.passages if passage.quoted for _, at in passage.pieces}
    lines = DISPLAYED.sub(_put_out, "\n".join(masked(chapter.source)[0])).split("\n")
    paragraph: list[tuple[str, At]] = []
    for original, line, at in zip(chapter.source.lines, lines, chapter.source.origins, strict=True):
        lead = LEAD.match(line)
        text = "" if at in code or ROW.match(line) or DIV.match(line) else _prose(original, line)
        if paragraph and (not text.strip() or (lead and lead[0].strip(" >|"))):
            yield Passage("text", tuple(paragraph), quoted=paragraph[0][1] in quoted)
            paragraph = []
        if text.strip():
            paragraph.append((text + "\n", at))
    if paragraph:
        yield Passage("text", tuple(paragraph), quoted=paragraph[0][1] in quoted)


def _prose(original: str, line: str) -> str:
    """A line with all that is no prose put out, character by character; so too what ``masked`` has left blank, as code spans."""
    kept = "".join(STAND_IN if now == " " and before != " " else now for before, now in zip(original, line, strict=True))
    kept = re.sub(f"{STAND_IN}[ {STAND_IN}]*{STAND_IN}", _put_out, kept)
    kept = LEAD.sub(lambda match: " " * len(match[0]), kept, count=1)
    return NO_PROSE.sub(_put_out, kept)


def _put_out(match: re.Match[str]) -> str:
    return re.sub(r".", STAND_IN, match[0])
