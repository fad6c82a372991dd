#!/usr/bin/env python
"""The press's command line: a command in, the paths of what was made out."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bindery import press
from bindery.finished.verify import as_json, as_text
from bindery.finished.verify import verify as judge
from bindery.problem import Faulty
from bindery.proof.fact_check import FORMATS, summary
from bindery.release import release as make_release

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
        for path in press.make(press.Desk(book, say), "print", names, out or Path("dist")):
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
        for path in press.make(press.Desk(book, say), "epub", names, out or Path("dist"), foreign=foreign):
            click.echo(path)


@main.command()
@OUT
@click.pass_obj
def web(book: Path, out: Path | None) -> None:
    """Make the site: the book to be read online, and the finished editions to be taken away."""
    with presented() as say:
        click.echo(press.web(press.Desk(book, say), out or Path("dist")))


@main.command()
@click.option("--online", is_flag=True, help="Also ask every external link of the book whether it still answers.")
@click.pass_obj
def check(book: Path, online: bool) -> None:
    """Proofread the book; make nothing."""
    with presented() as say:
        press.check(press.Desk(book, say), online=online)


@main.command()
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", help="Form of the list (default: text).")
@click.option(
    "--release", is_flag=True, help="Also report numbers without a fact or a source, and quotations that no record has."
)
@click.pass_obj
def facts(book: Path, form: str, release: bool) -> None:
    """List every number and quotation of the book, with the facts that hold it."""
    with presented() as say:
        claims, problems = press.facts(press.Desk(book, say), release=release)
        say.done()
        click.echo(FORMATS[form](claims), nl=False)
        click.echo(summary(claims), err=True)
        if problems:
            raise Faulty(problems)


@main.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def inspect(book: Path, files: tuple[Path, ...]) -> None:
    """Check finished EPUB and PDF files of the book."""
    with presented() as say:
        press.inspect(press.Desk(book, say), files)


@main.command()
@click.argument("old", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("new", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--proof", is_flag=True, help="Also make changed-pages.pdf: the pages that changed, a bar beside each changed line."
)
@OUT
@click.pass_obj
def errata(book: Path, old: Path, new: Path | None, out: Path | None, proof: bool) -> None:
    """List the errata of an old printing, given by its page map OLD, against the book as it is now, or against NEW."""
    if proof and new:
        raise click.UsageError("--proof shows pages of the book as it is now; leave NEW out")
    with presented() as say:
        for path in press.errata(press.Desk(book, say), old, new, out or Path("dist"), proof=proof):
            click.echo(path)


@main.command()
@OUT
@click.pass_obj
def prove(book: Path, out: Path | None) -> None:
    """Prove that the finished PDF and EPUB say what the manuscript says, word for word, and write the certificate."""
    with presented() as say:
        click.echo(press.prove(press.Desk(book, say), out or Path("dist")))


@main.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_data", is_flag=True, help="Tell it as JSON, for machines.")
@click.pass_obj
def verify(book: Path, files: tuple[Path, ...], as_data: bool) -> None:
    """Tell which release of the book finished files are, what they were made from, and whether they were changed since."""
    with presented():
        verdicts = judge(book, files)
        for line in [as_json(verdicts)] if as_data else [line for verdict in verdicts for line in as_text(verdict)]:
            click.echo(line)
        if problems := [problem for verdict in verdicts for problem in verdict.problems]:
            raise Faulty(problems)


@main.command()
@click.argument("version", default="")
@OUT
@click.pass_obj
def release(book: Path, version: str, out: Path | None) -> None:
    """Make all that a release hands out, with its checksums and notes, from a clean commit. VERSION is the newest of CHANGELOG.md if left out."""
    with presented() as say:
        for path in make_release(press.Desk(book, say), version, out or Path("dist")):
            click.echo(path)


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
