#!/usr/bin/env python
"""The press's command line: a command in, the paths of what was made out."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bindery import press
from bindery.problem import Faulty

OUT = click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for what is made (default: dist).")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--book",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(__file__).parent,
    help="Folder of the book: it holds a book.toml. Default: this one.",
)
@click.version_option(press.version(), prog_name="bindery")
@click.pass_context
def main(context: click.Context, book: Path) -> None:
    """Make a book: read the manuscript, proofread it, typeset and bind it."""
    if not (book / "book.toml").is_file():
        raise click.UsageError(f"there is no book.toml in {book}")
    context.obj = book


EDITIONS = click.argument("names", metavar="[EDITION]...", nargs=-1)


@main.command()
@EDITIONS
@OUT
@click.pass_obj
def pdf(book: Path, names: tuple[str, ...], out: Path | None) -> None:
    """Typeset the print editions (all, or those named) as PDF."""
    with presented() as say:
        for path in press.make(book, "print", names, out or Path("dist"), say):
            click.echo(path)


@main.command()
@EDITIONS
@OUT
@click.option(
    "--page-list-from",
    "foreign",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take the page numbers from this PDF of the book, which another program made, not from the print edition.",
)
@click.pass_obj
def epub(book: Path, names: tuple[str, ...], out: Path | None, foreign: Path | None) -> None:
    """Bind the EPUB editions (all, or those named)."""
    with presented() as say:
        for path in press.make(book, "epub", names, out or Path("dist"), say, foreign=foreign):
            click.echo(path)


@main.command()
@click.option("--online", is_flag=True, help="Also ask every external link of the book whether it still answers.")
@click.pass_obj
def check(book: Path, online: bool) -> None:
    """Proofread the book; make nothing."""
    with presented() as say:
        press.check(book, say, online=online)


@main.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def inspect(book: Path, files: tuple[Path, ...]) -> None:
    """Check finished EPUB and PDF files of the book."""
    with presented() as say:
        press.inspect(book, files, say)


class presented:  # noqa: N801 (a context manager, named for how it reads)
    """Presents what goes on: progress while it lasts, then every problem at once, on standard error; exit 1 if there was one."""

    def __enter__(self) -> press.Say:
        self.say = press.Say(sys.stderr)
        return self.say

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        self.say.done()
        if isinstance(error, Faulty):
            for problem in error.problems:
                click.echo(problem, err=True)
            count = len(error.problems)
            click.echo(f"{count} problem{'s' if count != 1 else ''}; nothing was replaced", err=True)
            sys.exit(1)


if __name__ == "__main__":
    main()
