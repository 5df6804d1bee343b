"""Tables with a header (RFC 4180): .csv and .tsv, separated by comma, semicolon or tab."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from spacy_icd_ru.archive.readers.columns import ID_COLUMNS, TEXT_COLUMNS, Ids, find_column, missing_column
from spacy_icd_ru.archive.readers.source import LINE_LIMIT, Scan, TextFile, line_defect
from spacy_icd_ru.archive.rows import MAX_CHARACTERS, InputRecord, RejectedRow, text_defect

_DELIMITERS = ",;\t"
#: The delimiter of a table of one column: a character that no text holds, so that its commas stay.
_NONE = "\x1f"


class TableSource:
    """The rows of a .csv or .tsv file; empty lines are passed over.

    A quoted field may run over several lines. A quote that is opened and never closed costs its own line,
    not the rest of the file.
    """

    def __init__(
        self,
        path: Path,
        encoding: str = "utf-8",
        max_characters: int = MAX_CHARACTERS,
        text_column: str | None = None,
        id_column: str | None = None,
    ):
        self.path = path
        self._file = TextFile(path, encoding, header=True)
        self._max_characters = max_characters
        self._header_lines, header, self._delimiter = self._read_header(text_column)
        text = find_column(header, text_column, TEXT_COLUMNS)
        if text is None:
            raise missing_column(header, text_column, "--text-column", str(path))
        identity = find_column(header, id_column, ID_COLUMNS)
        if identity is None and id_column is not None:
            raise missing_column(header, id_column, "--id-column", str(path))
        self._width = len(header)
        self._text = header.index(text)
        self._id = None if identity is None else header.index(identity)
        self._needed = max(self._text, -1 if self._id is None else self._id) + 1

    def __iter__(self) -> Iterator[InputRecord | RejectedRow]:
        csv.field_size_limit(2 * LINE_LIMIT)
        ids = Ids()
        lines = self._file.lines()
        waiting: deque[tuple[int, str | None]] = deque()
        for _ in range(self._header_lines):
            next(lines)
        while True:
            number, line = waiting.popleft() if waiting else next(lines, (0, ""))
            if not number:
                return
            if line is not None and not line.strip("\r\n"):
                continue
            defect = line_defect(line, self._file.encoding)
            fields = None
            if not defect:
                fields, defect = self._fields(line, lines, waiting)
            yield RejectedRow(number, None, defect) if defect else self._record(number, fields, ids)

    def scan(self) -> Scan:
        return self._file.scan()

    def _read_header(self, text_column: str | None) -> tuple[int, list[str], str]:
        """How many lines it has, the names, the delimiter."""
        lines = self._file.lines()
        line = (next(lines)[1] or "").rstrip("\r\n")
        # What Excel writes for itself: "sep=;" above the header.
        if line.lower().startswith("sep=") and len(line) == 5:
            delimiter = line[4]
            return 2, _split((next(lines, (0, ""))[1] or "").rstrip("\r\n"), delimiter), delimiter
        found = []
        for delimiter in _DELIMITERS:
            names = _split(line, delimiter)
            named = find_column(names, text_column, TEXT_COLUMNS) is not None
            found.append((len(names) > 1, named, len(names), delimiter, names))
        several, _, _, delimiter, names = max(found, key=lambda f: f[:3])
        return (1, names, delimiter) if several else (1, _split(line, _NONE), _NONE)

    def _fields(
        self, line: str, lines: Iterator[tuple[int, str | None]], waiting: deque[tuple[int, str | None]]
    ) -> tuple[list[str], str | None]:
        """The fields of the row that begins with ``line``; takes more lines where a quote is open.

        Lines that turn out not to belong to the row go to ``waiting``, to be rows of their own.
        """
        fields, problem = self._parse(line)
        taken: list[tuple[int, str | None]] = []
        length = len(line)
        while problem is _OPEN and length <= self._max_characters * 2:
            number, more = waiting.popleft() if waiting else next(lines, (0, ""))
            if not number:
                break
            taken.append((number, more))
            if line_defect(more, self._file.encoding):
                break
            length += len(more)
            # Only a line with a quote can close one; trying every line would take quadratic time.
            if '"' in more:
                joined = line + "".join(text for _, text in taken)
                fields, problem = self._parse(joined)
        if problem is None:
            return fields, None
        waiting.extendleft(reversed(taken))
        # Tables separated by tabs are often written without any quoting: there a quote is a letter.
        plain = line.rstrip("\r\n").split("\t")
        if self._delimiter == "\t" and len(plain) == self._width:
            return plain, None
        return [], "a quote is opened and not closed" if problem is _OPEN else problem

    def _parse(self, row: str) -> tuple[list[str], str | None]:
        # RFC 4180 reads a NUL; csv of Python 3.10 does not.
        if "\0" in row:
            return [], "the row holds a NUL character"
        content = row.removesuffix("\n").removesuffix("\r")
        try:
            # One item, line ends and all: inside quotes they are characters like any other.
            fields = next(csv.reader([content], delimiter=self._delimiter, strict=True), [])
        except csv.Error as error:
            if "unexpected end" in str(error):
                return [], _OPEN
            return [], "quotes or line ends are not where a table has them"
        if len(fields) < self._needed:
            return fields, f"{_columns(len(fields))} instead of {self._width}"
        if len(fields) > self._width and any(field.strip() for field in fields[self._width :]):
            return fields, f"{_columns(len(fields))} instead of {self._width}"
        return fields, None

    def _record(self, row: int, fields: list[str], ids: Ids) -> InputRecord | RejectedRow:
        record_id, defect = (str(row), None) if self._id is None else ids.take(fields[self._id])
        if not defect:
            defect = text_defect(fields[self._text], self._max_characters)
        if defect:
            return RejectedRow(row, record_id, defect)
        return InputRecord(record_id, fields[self._text], row)


_OPEN = "open quote"


def _columns(count: int) -> str:
    return "1 column" if count == 1 else f"{count} columns"


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)
