"""Output formats: jsonl (a line a record), csv (a row a mention), brat (a file a record)."""

from __future__ import annotations

from pathlib import Path

from spacy_icd_ru.archive.writers.brat import BratWriter
from spacy_icd_ru.archive.writers.jsonl import jsonl_writer
from spacy_icd_ru.archive.writers.table import table_writer
from spacy_icd_ru.archive.writers.writer import Writer
from spacy_icd_ru.errors import InputError

__all__ = ["FORMATS", "Writer", "open_writer"]

FORMATS = ("jsonl", "csv", "brat")
_BY_ENDING = {".jsonl": "jsonl", ".csv": "csv", ".tsv": "csv"}


def open_writer(output: str | Path | None, source: str | Path, *, format: str | None = None) -> Writer:
    """The writer for an output path; writes nothing yet.

    output: file or folder; None puts brat files beside the texts of an input folder.
    source: the input, which may not be overwritten.
    format: jsonl, csv or brat; None asks the ending of ``output``.
    Raises InputError where the format can't be told or the output is the input.
    """
    source = Path(source)
    if format is not None and format not in FORMATS:
        raise InputError(f"there is no format {format!r}", cure=f"Use one of: {', '.join(FORMATS)}")
    if output is None:
        if format != "brat" or not source.is_dir():
            raise InputError("there is no output", cure="Name a file with --output, for instance codes.jsonl")
        output = source
    # Resolved: names like "." and ".." have no name after which the journal could be called.
    output = Path(output).resolve()
    if format is None:
        format = _BY_ENDING.get(output.suffix.lower())
    if format is None:
        raise InputError(
            "can't tell the format from the name",
            where=str(output),
            cure="End it in .jsonl, .csv or .tsv, or say --format jsonl, csv or brat",
        )
    same = output == source.resolve()
    if format == "brat":
        if output.is_file():
            raise InputError("brat needs a folder, this is a file", where=str(output), cure="Name a folder")
        return BratWriter(output, copy_texts=not same)
    if same:
        raise InputError("the output would replace the input", where=str(output), cure="Choose another name")
    if output.is_dir():
        raise InputError(
            f"{format} needs a file, this is a folder",
            where=str(output),
            cure=f"For instance {output.name}/codes.{format}",
        )
    return (jsonl_writer if format == "jsonl" else table_writer)(output)
