"""Reading an archive as a stream of records: a folder of .txt, a .txt, a .jsonl, a .csv or a .tsv.

A broken row becomes a ``RejectedRow`` and the reading goes on; only an input that can't be used raises.
"""

from __future__ import annotations

from pathlib import Path

from spacy_icd_ru.archive.readers.folder import FolderSource
from spacy_icd_ru.archive.readers.jsonl import JsonlSource
from spacy_icd_ru.archive.readers.lines import LinesSource
from spacy_icd_ru.archive.readers.source import Scan, Source
from spacy_icd_ru.archive.readers.table import TableSource
from spacy_icd_ru.archive.rows import MAX_CHARACTERS
from spacy_icd_ru.errors import InputError

__all__ = ["Scan", "Source", "open_input"]

_ENDINGS = ".txt, .jsonl, .csv or .tsv"
_CURES = {
    ".json": "Write one object a line, for instance: jq -c '.[]' in.json > in.jsonl",
    ".ndjson": "Name the file .jsonl",
    ".xlsx": "Save the sheet as CSV (UTF-8)",
    ".xls": "Save the sheet as CSV (UTF-8)",
    ".ann": "Give the folder that holds the .txt files",
    ".gz": "Unpack the file first",
    ".zip": "Unpack the file first",
}


def open_input(
    path: str | Path,
    *,
    text_column: str | None = None,
    id_column: str | None = None,
    encoding: str = "utf-8",
    max_characters: int = MAX_CHARACTERS,
) -> Source:
    """The records of a folder or file, to be iterated as often as one likes, each time from the start.

    text_column, id_column: names of the column (.csv, .tsv) or field (.jsonl) with the text and with the id.
        Left out, usual names are tried (text, diagnosis, диагноз …; id …), and the id is the row number where
        there is none. A folder's ids are the names of its files, those of a .txt its line numbers.
    encoding: of the file or files, as Python names it; a byte order mark is taken off.
    Raises InputError for a path that isn't there, is empty, has another ending, another encoding, or lacks
    the column that was asked for.
    """
    path = Path(path)
    try:
        is_folder, exists = path.is_dir(), path.exists()
    except OSError as error:
        raise InputError(f"can't be read ({error.strerror})", where=str(path)) from None
    if not exists:
        raise InputError("there is no such file or folder", where=str(path), cure="Check --input")
    ending = path.suffix.lower()
    columns = text_column is not None or id_column is not None
    if columns and (is_folder or ending == ".txt"):
        raise InputError(
            "plain text has no columns", where=str(path), cure="Leave out --text-column and --id-column"
        )
    if is_folder:
        return FolderSource(path, encoding, max_characters)
    if ending == ".txt":
        return LinesSource(path, encoding, max_characters)
    if ending == ".jsonl":
        return JsonlSource(path, encoding, max_characters, text_column, id_column)
    if ending in (".csv", ".tsv"):
        return TableSource(path, encoding, max_characters, text_column, id_column)
    raise InputError(
        f"can't read a file that ends in {ending!r}" if ending else "the file's name has no ending",
        where=str(path),
        cure=_CURES.get(ending, f"Give a folder of .txt files, or a file that ends in {_ENDINGS}"),
    )
