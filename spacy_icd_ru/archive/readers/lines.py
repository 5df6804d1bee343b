"""A .txt file, or standard input: a record a line, its id the line number."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from spacy_icd_ru.archive.readers.source import Scan, TextFile, line_defect, numbered_lines, text_encoding
from spacy_icd_ru.archive.rows import MAX_CHARACTERS, InputRecord, RejectedRow, text_defect


class LinesSource:
    """The lines of a file without their line ends. An empty line is a record without text: ids stay right."""

    def __init__(self, path: Path, encoding: str = "utf-8", max_characters: int = MAX_CHARACTERS):
        self.path = path
        self._file = TextFile(path, encoding)
        self._max_characters = max_characters

    def __iter__(self) -> Iterator[InputRecord | RejectedRow]:
        return _records(self._file.lines(), self._file.encoding, self._max_characters)

    def scan(self) -> Scan:
        return self._file.scan()


def read_stream(
    stream: BinaryIO, *, encoding: str = "utf-8", max_characters: int = MAX_CHARACTERS
) -> Iterator[InputRecord | RejectedRow]:
    """The lines of a pipe, such as ``sys.stdin.buffer``, as they come."""
    codec = text_encoding(encoding)
    text = io.TextIOWrapper(stream, encoding=codec, errors="surrogateescape", newline="\n")
    return _records(numbered_lines(text), codec, max_characters)


def _records(
    lines: Iterable[tuple[int, str | None]], encoding: str, max_characters: int
) -> Iterator[InputRecord | RejectedRow]:
    for number, line in lines:
        defect = line_defect(line, encoding)
        if not defect:
            line = line.removesuffix("\n").removesuffix("\r")
            defect = text_defect(line, max_characters)
        if defect:
            yield RejectedRow(number, str(number), defect)
        else:
            yield InputRecord(str(number), line, number)
