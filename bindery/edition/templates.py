"""The templates of a book: where they are looked for, and how they are filled in.

A template is looked for in four folders: the book's own ``templates/<format>``, the book's ``templates``, then the house's ``templates/<format>``
and ``templates``. So a book overrides one template by putting a file of that name beside its ``book.toml``, and the house says once what print
and EPUB have in common. Text is escaped always; a name that a template misspells is an error (StrictUndefined).
"""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bindery.manuscript.book import HOUSE
from bindery.problem import At, Faulty, Problem


class Templates:
    """The templates for one format of the book in the folder ``root``; without a format, those that the formats have in common. A format that
    is near another takes the templates that it does not have itself from the other, which is named after it.
    """

    def __init__(self, root: Path, *formats: str) -> None:
        self.root = root
        folders = [each / "templates" / part for each in (root, HOUSE) for part in (*formats, "")]
        # A book that was sent in brings templates: the sandbox keeps them to what a template is for.
        self.environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader([str(folder) for folder in folders]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, name: str, **values: Any) -> str:
        """A template with its values put in. What is wrong with a template is a problem at its line."""
        try:
            return self.environment.get_template(name).render(**values)
        except TemplateError as error:
            file, line = _place_of(error, name)
            raise Faulty([Problem(At(_shown(file, self.root), line), str(error), "template")]) from error


def _place_of(error: TemplateError, name: str) -> tuple[str, int]:
    """The file and line of a template's error: a wrong form knows its own, a wrong name is found among the frames."""
    if isinstance(error, TemplateSyntaxError):
        return error.filename or name, error.lineno
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".j2")]
    return (frames[-1].filename, frames[-1].lineno or 0) if frames else (f"templates/{name}", 0)


def _shown(file: str, root: Path) -> str:
    path = Path(file)
    for folder in (root, HOUSE):
        if path.is_absolute() and path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return file
