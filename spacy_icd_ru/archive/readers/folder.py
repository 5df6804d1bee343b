"""A folder of .txt files: each file a record, its name the id."""

from __future__ import annotations

import codecs
import hashlib
import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from spacy_icd_ru.archive.readers.source import Scan, refuse_binary, refuse_encoding, text_encoding
from spacy_icd_ru.archive.rows import MAX_CHARACTERS, InputRecord, RejectedRow, id_defect, text_defect
from spacy_icd_ru.errors import InputError

_PEEK = 20
_MAX_BYTES_PER_CHARACTER = 4


class FolderSource:
    """The .txt files of a folder in natural order (2 before 10), their text exactly as it stands."""

    def __init__(self, path: Path, encoding: str = "utf-8", max_characters: int = MAX_CHARACTERS):
        self.path = path
        self._encoding = text_encoding(encoding)
        self._max_characters = max_characters
        try:
            with os.scandir(path) as entries:
                names = [e.name for e in entries if not e.is_dir()]
        except OSError as error:
            raise InputError(f"can't be read ({error.strerror})", where=str(path)) from None
        found = [path / name for name in names if not name.startswith(".")]
        self._files = [p for p in found if p.suffix.lower() == ".txt"]
        self._files.sort(key=lambda p: (_natural(p.stem), p.name))
        if not self._files:
            raise InputError(
                "there are no .txt files in the folder", where=str(path), cure="A record is a file there"
            )
        samples = [_sample(p) for p in islice(self._files, _PEEK)]
        refuse_binary(b"".join(samples), path, self._encoding)
        refuse_encoding(samples, path, encoding, self._encoding)

    def __iter__(self) -> Iterator[InputRecord | RejectedRow]:
        seen: set[str] = set()
        for row, path in enumerate(self._files, 1):
            record_id = path.stem
            if defect := id_defect(record_id):
                yield RejectedRow(row, None, defect)
            elif record_id in seen:
                yield RejectedRow(row, record_id, "another file has the same name but for its ending")
            else:
                seen.add(record_id)
                yield self._record(row, record_id, path)

    def scan(self) -> Scan:
        digest = hashlib.blake2b(digest_size=16)
        for path in self._files:
            try:
                stat = path.stat()
                state = f"{path.name}\0{stat.st_size}\0{stat.st_mtime_ns}\n"
            except OSError:
                state = f"{path.name}\0unreadable\n"
            # Not the content: opening a million small files takes longer than many a run.
            digest.update(state.encode("utf-8", "surrogateescape"))
        return Scan(digest.hexdigest(), len(self._files))

    def _record(self, row: int, record_id: str, path: Path) -> InputRecord | RejectedRow:
        try:
            size = path.stat().st_size
            if size > self._max_characters * _MAX_BYTES_PER_CHARACTER + len(codecs.BOM_UTF8):
                return RejectedRow(row, record_id, f"more than {self._max_characters} characters")
            text = path.read_bytes().decode(self._encoding)
        except OSError as error:
            return RejectedRow(row, record_id, f"can't be read ({error.strerror})")
        except UnicodeDecodeError:
            name = "UTF-8" if self._encoding == "utf-8-sig" else self._encoding
            return RejectedRow(row, record_id, f"not valid {name}")
        if defect := text_defect(text, self._max_characters):
            return RejectedRow(row, record_id, defect)
        return InputRecord(record_id, text, row)


def _sample(path: Path) -> bytes:
    try:
        return path.read_bytes() if path.stat().st_size <= MAX_CHARACTERS * _MAX_BYTES_PER_CHARACTER else b""
    except OSError:
        return b""


def _natural(name: str) -> list[tuple[int, int, str]]:
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    # An id of 5,000 digits is no number that Python reads.
    return [(0, int(p), p) if p[0] in "0123456789" and len(p) < 40 else (1, 0, p) for p in parts]
