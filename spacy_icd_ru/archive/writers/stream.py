"""Output in one growing file, whose every state on disk ends with a whole record."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from spacy_icd_ru.archive.rows import InputRecord
from spacy_icd_ru.errors import InputError


class StreamWriter:
    """A file of records, each rendered to bytes on its own.

    header: written before the first record. render: what stands in the file for one record.
    """

    def __init__(
        self, path: Path, render: Callable[[InputRecord, dict[str, Any]], bytes], header: bytes = b""
    ):
        self.path = path
        self._file = AppendFile(path)
        self._render = render
        self._header = header

    def exists(self) -> bool:
        return self.path.exists()

    def begin(self, offset: int | None) -> None:
        self._file.begin(offset or 0)
        # A run killed before its first commit has left nothing, not even the header.
        if not offset:
            self._file.add(self._header)

    def refusal(self, record: InputRecord) -> str | None:
        return None

    def write(self, record: InputRecord, coded: dict[str, Any]) -> None:
        self._file.add(self._render(record, coded))

    def reject(self, record_id: str) -> None:
        pass

    def commit(self) -> int:
        return self._file.commit()

    def close(self) -> None:
        self._file.close()


class AppendFile:
    """Bytes that reach the disk at ``commit`` only, all of them, behind what earlier commits wrote.

    lazy: leave the file unmade as long as there is nothing to write.
    Raises InputError where the file can't be written or is shorter than it should be.
    """

    def __init__(self, path: Path, *, lazy: bool = False):
        self.path = path
        self._lazy = lazy
        self._stream: BinaryIO | None = None
        self._waiting: list[bytes] = []
        self._size = 0

    def begin(self, offset: int) -> None:
        self._waiting, self._size = [], offset
        try:
            if self._lazy and not offset:
                self.path.unlink(missing_ok=True)
                return
            self._open()
        except OSError as error:
            raise self._unwritable(error) from None

    def add(self, data: bytes) -> None:
        self._waiting.append(data)

    def commit(self) -> int:
        data = b"".join(self._waiting)
        try:
            if data and self._stream is None:
                self._open()
            if data:
                self._stream.write(data)
                self._stream.flush()
                os.fsync(self._stream.fileno())
        except OSError as error:
            raise self._unwritable(error) from None
        self._size += len(data)
        self._waiting = []
        return self._size

    def close(self) -> None:
        self._waiting = []
        if self._stream is not None:
            stream, self._stream = self._stream, None
            with suppress(OSError):  # what it still held was never committed
                stream.close()

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        have = self.path.stat().st_size if self.path.exists() else 0
        if have < self._size:
            raise InputError(
                f"the file has {have} bytes, but its journal says {self._size}",
                where=str(self.path),
                cure="It was changed since; start again with --overwrite",
            )
        self._stream = self.path.open("r+b" if self.path.exists() else "w+b")
        self._stream.truncate(self._size)
        self._stream.seek(self._size)

    def _unwritable(self, error: OSError) -> InputError:
        return InputError(
            f"can't be written ({error.strerror})",
            where=str(self.path),
            cure="Make room or choose another path; a run that had begun continues with --resume",
        )


def json_line(value: dict[str, Any]) -> bytes:
    """One line of UTF-8 JSON."""
    return (json.dumps(value, ensure_ascii=False) + "\n").encode("utf-8")
