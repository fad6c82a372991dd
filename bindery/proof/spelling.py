"""Spelling: every word of the book is in the language's dictionary or in the book's own list, ``manuscript/words.txt``.

Passed over are code, formulas, addresses, words with digits, and what is marked as another language. In a quotation, which is given to the letter,
American and British spelling are equally right. The authors of the sources need not be listed: they are known by ``references.json``.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bindery.manuscript.files import FOLDER
from bindery.manuscript.passages import STAND_IN, Passage
from bindery.problem import At, Problem
from bindery.proof.dictionary import dictionary, names_for

LIST = f"{FOLDER}/words.txt"
# What tells that a run without spaces is no prose: it is an address, the name of a file, a handle, a path.
TECHNICAL = re.compile(r"://|@|_|\w\.\w|\w/\w*\d|\b[ru]/\w|[~\\=<>{}²³]")
WORD = re.compile(r"(?<!\w)'?[^\W\d_]+(?:['-][^\W\d_]+)*(?:'|-(?=\s))?(?!\w)")
# What may stand before a hyphen without being a word.
PREFIXES = frozenset(
    "anti co de ex inter intra mega meta micro mid mini multi non post pre pro proto quasi re semi sub super un".split()
)


@dataclass(frozen=True)
class Word:
    """A word of the book, where it stands, in what kind of passage, and whether it is somebody else's."""

    text: str
    at: At
    role: str
    quoted: bool


def words_of(passage: Passage) -> Iterator[Word]:
    """The words of a passage. What is no prose is blanked, not cut, so that every word keeps its place."""
    text = re.sub(r"\S+", lambda run: STAND_IN * len(run[0]) if TECHNICAL.search(run[0]) else run[0], passage.text)
    for match in WORD.finditer(text):
        yield Word(match[0], passage.at(match.start()), passage.role, passage.is_quoted(match.start()))


class Speller:
    """Knows the words of a language, and the names of those who are cited."""

    def __init__(self, language: str, names: Iterable[str]) -> None:
        self._own = names_for(language)
        self._other = tuple(name for name in names_for(language.split("-")[0]) if name not in self._own)
        self._names = frozenset(names)

    def __contains__(self, word: str) -> bool:
        return self.knows(word, quoted=False)

    def knows(self, word: str, *, quoted: bool) -> bool:
        """Whether a word is right, in any form that its place in a sentence or a headline can give it."""
        dictionaries = self._own + self._other if quoted else self._own
        forms = (*_uncapitalised(word), *_uncapitalised(_bare(word)))
        if any(form in dictionary(name) for name in dictionaries for form in forms) or _bare(word) in self._names:
            return True
        return self._own == ("en-GB",) and any(_is_oxford(form) for form in forms)


class WordList:
    """The book's own words: one a line, in alphabetical order; ``#`` starts a comment. A name stands for its possessive and its plural too."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.entries = [(number, word) for number, line in enumerate(lines, 1) if (word := line.partition("#")[0].strip())]
        self.words = {word for _, word in self.entries}
        self.used: set[str] = set()

    def __contains__(self, word: str) -> bool:
        forms = (*_uncapitalised(word), *_uncapitalised(_bare(word)), *_uncapitalised(_bare(word).removesuffix("s")))
        meant = next((form for form in forms if form in self.words), None)
        if meant:
            self.used.add(meant)
        return meant is not None

    def faults(self, speller: Speller) -> Iterator[Problem]:
        """What is wrong with the list itself; to be asked when every word of the book has been looked up."""
        for (_, before), (number, word) in zip([(0, ""), *self.entries], self.entries, strict=False):
            at = At(LIST, number)
            if word == before:
                yield Problem(at, f"'{word}' is listed twice", "word-list")
            elif (word.casefold(), word) < (before.casefold(), before):
                yield Problem(at, f"'{word}' stands after '{before}'; expected alphabetical order", "word-list")
            elif word in speller:
                yield Problem(at, f"'{word}' is in the dictionary, so it need not be listed", "unused-word")
            elif word not in self.used:
                yield Problem(at, f"'{word}' does not occur in the book", "unused-word")


def misspelt(words: Iterable[Word], speller: Speller, listed: WordList) -> Iterator[Problem]:
    """Bad: ``Karparthy``, where the list has ``Karpathy``. Good: ``Karpathy``."""
    unknown: dict[tuple[str, bool], tuple[str, ...]] = {}
    for word in words:
        key = (word.text, word.quoted)
        if key not in unknown:
            unknown[key] = tuple(_unknown(word, speller, listed))
        for part in unknown[key]:
            meant = difflib.get_close_matches(part, listed.words, 1, 0.8)
            hint = f"; did you mean '{meant[0]}'?" if meant else ""
            yield Problem(word.at, f"'{part}' is neither in the dictionary nor in {LIST}{hint}", "spelling")


def _unknown(word: Word, speller: Speller, listed: WordList) -> Iterator[str]:
    """The parts of a word that nobody knows: none if it is known as a whole, or part by part where it has hyphens."""
    bare = word.text.strip("'")
    if not any(speller.knows(form, quoted=word.quoted) for form in (word.text, bare)) and bare not in listed:
        for count, part in enumerate(parts := bare.split("-")):
            if part and not (
                speller.knows(part, quoted=word.quoted) or part in listed or (count + 1 < len(parts) and part.lower() in PREFIXES)
            ):
                yield _bare(part)


def _is_oxford(word: str) -> bool:
    """Whether a word is spelt with -ize, as Oxford and others in Britain do, where the dictionary has -ise."""
    return word in dictionary("en-US") and re.sub(r"iz(?=e|ing|ab|at)", "is", word) in dictionary("en-GB")


def _bare(word: str) -> str:
    """A word without the mark of the possessive."""
    return re.sub(r"'s?$", "", word)


def _uncapitalised(word: str) -> tuple[str, ...]:
    """The word, and what it may be without the capital of a sentence's beginning or the capitals of a headline."""
    if word.isupper() and len(word) > 1:
        return (word, word.lower(), word.capitalize())
    return (word, word[:1].lower() + word[1:]) if word[:1].isupper() else (word,)
