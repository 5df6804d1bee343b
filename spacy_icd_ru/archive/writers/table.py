"""A table of mentions: a row a mention, and a row with empty fields for a record that has none."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from spacy_icd_ru.archive.rows import InputRecord
from spacy_icd_ru.archive.writers.stream import StreamWriter

COLUMNS = ("id", "start", "end", "text", "code", "title", "score", "candidates")


def table_writer(path: Path) -> StreamWriter:
    """Separated by commas, in a file that ends in .tsv by tabs. Candidates: ``K29.5:0.71 K29.9:0.12``."""
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","

    def render(record: InputRecord, coded: dict[str, Any]) -> bytes:
        rows = [_row(coded["id"], mention) for mention in coded["mentions"]]
        return _format(rows or [[coded["id"]] + [""] * (len(COLUMNS) - 1)], delimiter)

    return StreamWriter(path, render, header=_format([COLUMNS], delimiter))


def _row(record_id: str, mention: dict[str, Any]) -> list[Any]:
    ranked = " ".join(f"{c['code']}:{_number(c['score'])}" for c in mention["candidates"])
    cells = [mention[name] for name in COLUMNS[1:-2]]
    return [record_id, *cells, _number(mention["score"]), ranked]


def _number(score: float | None) -> str:
    return "" if score is None else f"{score:.4f}"


def _format(rows: Iterable[Iterable[Any]], delimiter: str) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return buffer.getvalue().encode("utf-8")
