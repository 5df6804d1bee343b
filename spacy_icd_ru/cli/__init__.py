"""The command line ``spacy-icd-ru`` (= ``python -m spacy_icd_ru``): one module a command."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Annotated

import typer

from spacy_icd_ru.errors import InputError

app = typer.Typer(
    name="spacy-icd-ru",
    help="ICD-10 (МКБ-10) codes for Russian diagnosis text. Try: "
    'spacy-icd-ru code "Хр. гастрит, ремиссия. АГ 2 ст."',
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    # The variables of a failing function hold the text of a patient.
    pretty_exceptions_show_locals=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from spacy_icd_ru import __version__

        typer.echo(f"spacy-icd-ru {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def _mount() -> None:
    for name in ("code", "corpus", "evaluate", "benchmark", "lexicon", "model"):
        try:
            module = importlib.import_module(f"spacy_icd_ru.cli.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"spacy_icd_ru.cli.{name}":
                raise
            continue
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name)
        else:
            app.command(name)(getattr(module, name))


_mount()


def main() -> None:
    """Run the command line: a user's mistake is one line on standard error and exit code 2."""
    _speak_utf8()
    try:
        app(prog_name="spacy-icd-ru")
    except InputError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        _drop_output()
        sys.exit(1)
    finally:
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            _drop_output()


def _speak_utf8() -> None:
    """Cyrillic comes out whatever the terminal's locale."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _drop_output() -> None:
    # Whoever read our output has left (``| head``); the interpreter would complain when it flushes.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
