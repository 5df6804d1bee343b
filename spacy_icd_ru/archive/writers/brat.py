"""Brat stand-off: ``N.ann`` beside each ``N.txt`` of the input, or both in a folder of their own."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from spacy_icd_ru.archive.rows import InputRecord
from spacy_icd_ru.corpora.brat import format_annotations
from spacy_icd_ru.corpora.records import Mention
from spacy_icd_ru.errors import InputError
from spacy_icd_ru.files import write_atomically

_NO_FILE_NAME = re.compile(r'[/\\:*?"<>|\x00-\x1f]')
_LONGEST_NAME = 200


class BratWriter:
    """One or two small files a record, each written completely or not at all.

    copy_texts: write ``N.txt`` too; False where the folder is the input, whose texts stay untouched.
    """

    def __init__(self, folder: Path, *, copy_texts: bool):
        self.path = folder
        self._copy_texts = copy_texts
        self._waiting: list[tuple[str, bytes]] = []

    def exists(self) -> bool:
        endings = (".ann", ".txt") if self._copy_texts else (".ann",)
        return self.path.exists() and (
            not self.path.is_dir() or any(p.suffix.lower() in endings for p in self.path.iterdir())
        )

    def begin(self, offset: int | None) -> None:
        self._waiting = []
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if offset is not None:
                # Left by a run that was killed between writing a file and giving it its name.
                for ending in ("ann", "txt"):
                    for leftover in self.path.glob(f".*.{ending}.*.partial"):
                        leftover.unlink()
        except OSError as error:
            raise InputError(
                f"can't be written to ({error.strerror})", where=str(self.path), cure="Choose another folder"
            ) from None

    def refusal(self, record: InputRecord) -> str | None:
        name = record.id
        if name.startswith(".") or _NO_FILE_NAME.search(name) or len(name.encode("utf-8")) > _LONGEST_NAME:
            return "the id can't be a file name"
        return None

    def write(self, record: InputRecord, coded: dict[str, Any]) -> None:
        mentions = [
            Mention(m["start"], m["end"], m["text"], (m["code"],) if m["code"] else ())
            for m in coded["mentions"]
        ]
        if self._copy_texts:
            self._waiting.append((f"{record.id}.txt", record.text.encode("utf-8")))
        self._waiting.append((f"{record.id}.ann", format_annotations(mentions).encode("utf-8")))

    def reject(self, record_id: str) -> None:
        """Take away what an earlier run, now overwritten, had said about a record that is rejected."""
        if not _NO_FILE_NAME.search(record_id):
            (self.path / f"{record_id}.ann").unlink(missing_ok=True)

    def commit(self) -> int:
        # A run that is killed here writes the same files again, to the same effect.
        for name, data in self._waiting:
            write_atomically(self.path / name, data)
        for name, _ in self._waiting:
            _sync(self.path / name)
        if self._waiting:
            _sync(self.path)
        self._waiting = []
        return 0

    def close(self) -> None:
        self._waiting = []


def _sync(path: Path) -> None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:  # a folder can't be opened on Windows
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)
