"""``spacy-icd-ru code``: a text, some lines or a whole archive to ICD-10 codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spacy_icd_ru.cli.progress import counting
from spacy_icd_ru.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console
    from spacy.language import Language

    from spacy_icd_ru.archive.rows import InputRecord, RejectedRow

_WIDTH_OF_A_PIPE = 120


class Level(str, Enum):
    most_specific = "most_specific"
    as_trained = "as_trained"
    category = "category"


class Format(str, Enum):
    jsonl = "jsonl"
    csv = "csv"
    brat = "brat"


def code(
    text: Annotated[
        str | None,
        typer.Argument(
            help="A diagnosis, in quotation marks. - or nothing: the lines of standard input, a record each.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, a line a record, instead of tables.")
    ] = False,
    input: Annotated[
        Path | None,
        typer.Option(
            "--input",
            "-i",
            help="What to code: a folder of .txt files (a record a file), a .txt (a record a line), "
            "a .jsonl, a .csv or a .tsv file.",
            show_default=False,
            rich_help_panel="Files",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Where the codes go: a file that ends in .jsonl, .csv or .tsv, or a folder for brat. "
            "Rows that can't be coded go to OUTPUT.rejected.jsonl with the reason.",
            show_default=False,
            rich_help_panel="Files",
        ),
    ] = None,
    format: Annotated[
        Format | None,
        typer.Option(
            "--format",
            "-f",
            help="jsonl: a line a record. csv: a row a mention. brat: an .ann file a record, beside the "
            "texts where --output is left out. Left out: by the ending of --output.",
            show_default=False,
            rich_help_panel="Files",
        ),
    ] = None,
    text_column: Annotated[
        str | None,
        typer.Option(
            help="Column or field with the text. Left out: text, diagnosis, диагноз and their like.",
            show_default=False,
            rich_help_panel="Files",
        ),
    ] = None,
    id_column: Annotated[
        str | None,
        typer.Option(
            help="Column or field with the id. Left out: id where there is one, else the line number.",
            show_default=False,
            rich_help_panel="Files",
        ),
    ] = None,
    encoding: Annotated[
        str, typer.Option(help="Encoding of the input, for instance cp1251.", rich_help_panel="Files")
    ] = "utf-8",
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Continue a run that was interrupted.", rich_help_panel="Files"),
    ] = False,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Replace output that exists already.", rich_help_panel="Files"),
    ] = False,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            help="Name of an installed model, or its folder. Left out: the model in the package.",
            show_default=False,
            rich_help_panel="Model",
        ),
    ] = None,
    terminology: Annotated[
        Path | None,
        typer.Option(
            help="Your ICD-10 directory: the official NSI .csv, a RuCCoD .yaml or a WHO ClaML .xml.",
            show_default=False,
            rich_help_panel="Model",
        ),
    ] = None,
    lexicon: Annotated[
        list[Path] | None,
        typer.Option(
            help="Your own names of diagnoses (see lexicon add), whose codes win over the model's; may be given again, "
            "a later file wins over an earlier one.",
            show_default=False,
            rich_help_panel="Model",
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            help="Give no code, only candidates, to mentions that score less. Left out: the model's own.",
            show_default=False,
            rich_help_panel="Model",
        ),
    ] = None,
    top: Annotated[
        int, typer.Option(min=1, max=100, help="Candidates to show a mention.", rich_help_panel="Model")
    ] = 5,
    level: Annotated[
        Level,
        typer.Option(
            help="How deep codes go: as the words support, as in the training data, or 3 characters.",
            rich_help_panel="Model",
        ),
    ] = Level.most_specific,
    codable_only: Annotated[
        bool,
        typer.Option(
            "--codable-only",
            help="Only codes without subcategories, for statistics that take no others: N76.0, never N76.",
            rich_help_panel="Model",
        ),
    ] = False,
    batch_size: Annotated[
        int, typer.Option(min=1, help="Records to work on at once.", rich_help_panel="Speed")
    ] = 128,
    n_process: Annotated[int, typer.Option(min=1, help="Processes to work in.", rich_help_panel="Speed")] = 1,
) -> None:
    """Find the diagnoses in Russian text and give each its ICD-10 (МКБ-10) code.

    One text:   spacy-icd-ru code "Хр. гастрит, ремиссия. АГ 2 ст."

    An archive: spacy-icd-ru code --input visits.csv --text-column diagnosis --output codes.jsonl

    An archive that takes hours may be stopped at any moment and continued with --resume.
    """
    _check_exists("--terminology", *([terminology] if terminology else ()))
    _check_exists("--lexicon", *(lexicon or ()))

    def load() -> Language:
        import spacy_icd_ru

        return spacy_icd_ru.load(
            model,
            terminology=terminology,
            lexicon=lexicon,
            level=level.value,
            codable_only=codable_only or None,
            threshold=threshold,
        )

    if input is None:
        _refuse_file_options(
            output=output,
            format=format,
            text_column=text_column,
            id_column=id_column,
            resume=resume,
            overwrite=overwrite,
        )
        _code_texts(text, load, as_json, encoding, top, batch_size, n_process)
        return
    if text is not None:
        raise InputError("there is a text and an --input", cure="Give one of them")
    if as_json:
        raise InputError(
            "--json is for texts", cure="With --input use --output codes.jsonl or --format jsonl"
        )

    from spacy_icd_ru.archive.fingerprint import file_fingerprint
    from spacy_icd_ru.archive.readers import open_input
    from spacy_icd_ru.archive.resume import check_start
    from spacy_icd_ru.archive.run import code_archive
    from spacy_icd_ru.archive.writers import open_writer

    source = open_input(input, text_column=text_column, id_column=id_column, encoding=encoding)
    writer = open_writer(output, input, format=format.value if format else None)
    # Before the model, so that a slip of the finger costs no waiting.
    check_start(writer, resume=resume, overwrite=overwrite)
    settings = {
        "--format": format.value if format else None,
        "--text-column": text_column,
        "--id-column": id_column,
        "--encoding": encoding,
        "--threshold": threshold,
        "--level": level.value,
        "--codable-only": codable_only,
        "--terminology": file_fingerprint(terminology) if terminology else None,
        "--lexicon": [file_fingerprint(path) for path in lexicon or ()],
    }
    try:
        nlp = load()
        with counting("coding", "rows") as show:
            done = code_archive(
                nlp,
                source,
                writer,
                settings=settings,
                batch_size=batch_size,
                n_process=n_process,
                top_k=top,
                resume=resume,
                overwrite=overwrite,
                progress=show,
            )
    except KeyboardInterrupt:
        how = "--resume in place of --overwrite" if overwrite else "--resume"
        typer.echo(f"interrupted: the same command with {how} continues", err=True)
        raise typer.Exit(130) from None
    typer.echo(_summary(done, writer.path), err=True)


def _check_exists(option: str, *paths: Path) -> None:
    """Before the model is loaded, so that a slip of the finger costs no waiting."""
    for path in paths:
        try:
            there = path.exists()
        except OSError:  # a name that no file system takes
            there = False
        if not there:
            raise InputError("there is no such file", where=str(path)[:200], cure=f"Check {option}")


def _code_texts(
    text: str | None,
    load: Callable[[], Language],
    as_json: bool,
    encoding: str,
    top: int,
    batch_size: int,
    n_process: int,
) -> None:
    """Code one text, or the lines of standard input, and print what was found."""
    from spacy_icd_ru.archive.coding import code_records
    from spacy_icd_ru.archive.readers.lines import read_stream
    from spacy_icd_ru.archive.rows import InputRecord, text_defect

    several = text is None or text == "-"
    if not several:
        text = _undamaged(text)
        if defect := text_defect(text):
            raise InputError(defect, cure="Give a diagnosis in quotation marks")
        items = iter([InputRecord("1", text, 1)])
    elif sys.stdin is None or (text is None and sys.stdin.isatty()):
        raise InputError(
            "there is nothing to code",
            cure='Give a text (spacy-icd-ru code "АГ 2 ст."), pipe lines in, or name a file with --input',
        )
    else:
        items = read_stream(sys.stdin.buffer, encoding=encoding)
    summary = code_records(
        load(),
        items,
        _JsonLines() if as_json else _Tables(several),
        # A text at a time is answered at once.
        batch_size=batch_size,
        n_process=n_process if several else 1,
        top_k=top,
    )
    if summary.rejected and not summary.records:
        raise typer.Exit(1)


class _Printed:
    """Output to the terminal: as soon as it is there, and gone then."""

    def refusal(self, record: InputRecord) -> None:
        return None

    def reject(self, row: RejectedRow) -> None:
        typer.echo(f"rejected: line {row.row}: {row.reason}", err=True)

    def commit(self) -> None:
        sys.stdout.flush()


class _JsonLines(_Printed):
    def write(self, record: InputRecord, coded: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(coded, ensure_ascii=False) + "\n")


class _Tables(_Printed):
    """A table a record. several: say which line it belongs to."""

    def __init__(self, several: bool):
        self._console = _console()
        self._several = several

    def write(self, record: InputRecord, coded: dict[str, Any]) -> None:
        from rich.text import Text

        from spacy_icd_ru.cli.tables import mention_table

        if self._several:
            self._console.print(Text(f"{record.id}: {record.text}", style="bold"))
        if not coded["mentions"]:
            self._console.print(Text("no diagnoses found", style="dim"))
            return
        self._console.print(mention_table(coded))


def _console() -> Console:
    from rich.console import Console

    # In a pipe rich believes in 80 columns, too few for titles; COLUMNS still has the last word.
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal and console.width == 80:
        console.width = _WIDTH_OF_A_PIPE
    return console


def _summary(done, path: Path) -> str:
    from spacy_icd_ru.archive.resume import rejected_path

    rejected = ""
    if done.rejected:
        rejected = f", {_count(done.rejected, 'row')} rejected (see {rejected_path(path)})"
    return f"{_count(done.records, 'record')} coded, {_count(done.mentions, 'mention')}{rejected}: {path}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _refuse_file_options(**options: Any) -> None:
    for name, value in options.items():
        if value:
            raise InputError(
                f"--{name.replace('_', '-')} goes with --input", cure="Name the file or folder to code"
            )


def _undamaged(argument: str) -> str:
    """UTF-8 that a terminal with another locale handed over, as it was typed."""
    try:
        return argument.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError:
        return argument
