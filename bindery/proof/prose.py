"""The prose gate: spelling, punctuation and consistency of the whole book, but for what its author excuses.

It is on for a book whose card has a table ``[prose]``, and for one that has a list of its own words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from bindery.manuscript.book import Book
from bindery.manuscript.card import Prose
from bindery.manuscript.files import read_text
from bindery.manuscript.passages import Passage
from bindery.problem import At, Faulty, Problem, nearest
from bindery.proof import consistency, punctuation, spelling
from bindery.proof.dictionary import names_for
from bindery.proof.galley import galleys_of
from bindery.proof.marks import Mark, marks_of

PUNCTUATION = (
    punctuation.unbalanced_quotes,
    punctuation.quote_form,
    punctuation.dash,
    punctuation.range_hyphen,
    punctuation.ellipsis,
    punctuation.double_space,
    punctuation.stray_space,
    punctuation.doubled_word,
)
SPELLING = ("spelling", "word-list", "unused-word")
ENGLISH = (consistency.date_form, consistency.unit_space)
WORDS = (consistency.hyphenation, consistency.ise_ize, consistency.name_spelling)
NAMES = (
    *SPELLING,
    *(check.__name__.replace("_", "-") for check in (*PUNCTUATION, *ENGLISH, *WORDS)),
)


def is_on(book: Book) -> bool:
    """Whether the book is held to the gate."""
    return book.card.prose is not None or (book.manuscript.root / spelling.LIST).is_file()


def prose(book: Book) -> Iterator[Problem]:
    """Everything that the gate finds, a word that is misspelt told once; nothing when it is off."""
    own = book.manuscript.root / spelling.LIST
    if not is_on(book):
        return
    off = set((book.card.prose or Prose()).off)
    for name in sorted(off - set(NAMES)):
        yield Problem(book.located.at(f'"{name}"'), f"prose.off: there is no check '{name}'{nearest(name, NAMES)}", "bad-value")
    try:
        listed = spelling.WordList(read_text(own, spelling.LIST) if own.is_file() else ())
    except Faulty as fault:
        yield from fault.problems
        return
    marks = [mark for chapter in book.chapters.values() for mark in marks_of(chapter) if mark.kind == "prose"]
    found = [problem for problem in _found(book, listed, off) if problem.check not in off]
    places = _places(book)
    excused = {(place, check) for mark in marks for check in mark.words for at in mark.covers for place in places.get(at, {at})}
    yield from _told_once(problem for problem in found if (problem.at, problem.check) not in excused)
    yield from _idle(marks, found, places)


def _found(book: Book, listed: spelling.WordList, off: set[str]) -> Iterator[Problem]:
    language = book.card.language
    passages = [passage for chapter in book.chapters.values() for passage in chapter.passages]
    galleys = [galley for chapter in book.chapters.values() for galley in galleys_of(chapter)]
    for check in PUNCTUATION:
        yield from check(galleys, language)
    words = [word for passage in passages for word in spelling.words_of(passage)]
    yield from consistency.hyphenation(words)
    if names_for(language):
        yield from _spelling(book, passages, words, listed, off)
    if language.startswith("en"):
        for check_english in ENGLISH:
            yield from check_english(passages)


def _spelling(
    book: Book, passages: list[Passage], words: list[spelling.Word], listed: spelling.WordList, off: set[str]
) -> Iterator[Problem]:
    """What a dictionary is needed for."""
    cited = book.references.names if book.references else frozenset()
    speller = spelling.Speller(book.card.language, {*cited, *" ".join(book.card.authors).split()})
    yield from spelling.misspelt(words, speller, listed)
    yield from listed.faults(speller)
    yield from consistency.ise_ize(words)
    yield from consistency.name_spelling(passages, speller, lambda word: "spelling" not in off and word not in listed)


def _places(book: Book) -> dict[At, set[At]]:
    """For the place by which a mark covers a passage, every line that the passage has: a table's cells stand in another file."""
    places: dict[At, set[At]] = {}
    for chapter in book.chapters.values():
        for passage in chapter.passages:
            for home in passage.home:
                places.setdefault(home, {home}).update(at for _, at in passage.pieces)
    return places


def _told_once(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Each misspelt word at its first place, with the number of the others."""
    problems = list(problems)
    times = Counter(problem.message for problem in problems if problem.check == "spelling")
    for problem in problems:
        count = times.pop(problem.message, 0) if problem.check == "spelling" else 1
        if count > 1:
            yield Problem(problem.at, f"{problem.message} (and {count - 1} more)", problem.check)
        elif count:
            yield problem


def _idle(marks: Iterable[Mark], found: Iterable[Problem], places: Mapping[At, set[At]]) -> Iterator[Problem]:
    """Bad: ``<!-- prose: dash -->`` below a paragraph whose dashes are in order, or one that names no check."""
    faults = {(problem.at, problem.check) for problem in found}
    for mark in marks:
        covered = {place for at in mark.covers for place in places.get(at, {at})}
        for name in filter(None, mark.words):
            if name not in NAMES:
                yield Problem(mark.at, f"there is no check '{name}'{nearest(name, NAMES)}", "mark")
            elif covered and not any((at, name) in faults for at in covered):
                yield Problem(mark.at, f"there is no '{name}' to excuse here; remove the mark", "mark")
