"""JSON lines: a line a record, in the input's order and with its id."""

from __future__ import annotations

from pathlib import Path

from spacy_icd_ru.archive.writers.stream import StreamWriter, json_line


def jsonl_writer(path: Path) -> StreamWriter:
    """Each line is what ``doc_to_json`` gives."""
    return StreamWriter(path, lambda record, coded: json_line(coded))
