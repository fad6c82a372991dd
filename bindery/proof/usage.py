"""Usage: where a thing can be written in two ways, a book keeps to one. The rarer of the two is the one that is reported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bindery.problem import At, Problem


@dataclass(frozen=True)
class Use:
    """One place at which a choice was made: what there was to choose, the form chosen, as a reader is told of it, and the words there."""

    choice: str
    form: str
    shown: str
    at: At


def rarer(uses: Iterable[Use], check: str) -> Iterator[Problem]:
    """Every use of a form that is not the book's usual one; of two that are equally frequent, the one met later."""
    choices: dict[str, dict[str, list[Use]]] = {}
    for use in uses:
        choices.setdefault(use.choice, {}).setdefault(use.form, []).append(use)
    for forms in choices.values():
        usual = max(forms.values(), key=len)
        times = f"{len(usual)} time{'s' if len(usual) > 1 else ''}"
        for use in (use for uses_of in forms.values() if uses_of is not usual for use in uses_of):
            message = f"'{use.shown}' is {use.form}; the book has {usual[0].form} {times}, as '{usual[0].shown}' ({usual[0].at})"
            yield Problem(use.at, message, check)
