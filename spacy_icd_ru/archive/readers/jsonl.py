"""JSON lines: an object a line, with the text in one field and perhaps an id in another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from spacy_icd_ru.archive.readers.columns import ID_COLUMNS, TEXT_COLUMNS, Ids, find_column, missing_column
from spacy_icd_ru.archive.readers.source import Scan, TextFile, line_defect
from spacy_icd_ru.archive.rows import MAX_CHARACTERS, InputRecord, RejectedRow, text_defect
from spacy_icd_ru.errors import InputError

_PEEK = 100


class JsonlSource:
    """The objects of a .jsonl file; lines without anything in them are passed over."""

    def __init__(
        self,
        path: Path,
        encoding: str = "utf-8",
        max_characters: int = MAX_CHARACTERS,
        text_column: str | None = None,
        id_column: str | None = None,
    ):
        self.path = path
        self._file = TextFile(path, encoding)
        self._max_characters = max_characters
        self._text_column, self._id_column = text_column, id_column
        self._refuse_other_fields()

    def __iter__(self) -> Iterator[InputRecord | RejectedRow]:
        ids = Ids()
        for number, line in self._file.lines():
            if line is None or line.strip():
                yield self._record(number, line, ids)

    def scan(self) -> Scan:
        return self._file.scan()

    def _record(self, row: int, line: str | None, ids: Ids) -> InputRecord | RejectedRow:
        parsed, defect = _parse(line, self._file.encoding)
        if defect:
            return RejectedRow(row, None, defect)
        names = list(parsed)
        id_column = find_column(names, self._id_column, ID_COLUMNS)
        if id_column is None and self._id_column is not None:
            return RejectedRow(row, None, "the row has no field for the id")
        record_id, defect = ids.take(row if id_column is None else parsed[id_column])
        if defect:
            return RejectedRow(row, record_id, defect)
        text_column = find_column(names, self._text_column, TEXT_COLUMNS)
        if text_column is None:
            return RejectedRow(row, record_id, "the row has no field for the text")
        text = parsed[text_column]
        if not isinstance(text, str):
            return RejectedRow(row, record_id, f"the text is {_KINDS[type(text)]}, not a string")
        if defect := text_defect(text, self._max_characters):
            return RejectedRow(row, record_id, defect)
        return InputRecord(record_id, text, row)

    def _refuse_other_fields(self) -> None:
        """Raise where none of the first rows has the field: a wrong name, not some broken rows."""
        names: dict[str, None] = {}
        for number, line in islice(self._file.lines(), _PEEK):
            if number == 1 and line and line.lstrip().startswith("["):
                raise InputError(
                    "a JSON list, not one JSON object a line",
                    where=str(self.path),
                    cure="Convert it, for instance: jq -c '.[]' in.json > in.jsonl",
                )
            if line is not None and not line.strip():
                continue
            parsed, defect = _parse(line, self._file.encoding)
            if defect:
                continue
            if find_column(list(parsed), self._text_column, TEXT_COLUMNS) is not None:
                return
            names.update(dict.fromkeys(parsed))
        if names:
            raise missing_column(names, self._text_column, "--text-column", str(self.path))


_KINDS = {
    type(None): "null",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}


def _parse(line: str | None, encoding: str) -> tuple[dict, str | None]:
    if defect := line_defect(line, encoding):
        return {}, defect
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}, "not valid JSON"
    if not isinstance(value, dict):
        return {}, "not a JSON object"
    return value, None
