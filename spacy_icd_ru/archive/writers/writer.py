"""What every output format offers to the run that fills it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from spacy_icd_ru.archive.rows import InputRecord


class Writer(Protocol):
    """Collects coded records and brings them to disk at ``commit``, never in between.

    path: the file or folder, after which journal and list of rejected rows are named.
    """

    path: Path

    def exists(self) -> bool:
        """Would a fresh run replace something?"""
        ...

    def begin(self, offset: int | None) -> None:
        """Start afresh (None), or go on after the first ``offset`` bytes and cut off what is behind them."""
        ...

    def refusal(self, record: InputRecord) -> str | None:
        """Why this format can't hold the record, or None where it can."""
        ...

    def write(self, record: InputRecord, coded: dict[str, Any]) -> None:
        """Add a record; ``coded`` is what ``doc_to_json`` gives."""
        ...

    def reject(self, record_id: str) -> None:
        """This record of the input gets no output."""
        ...

    def commit(self) -> int:
        """Bring all that was added to the disk; return the size of the output in bytes (0 for a folder)."""
        ...

    def close(self) -> None:
        """Let go of the file; what was not committed is dropped."""
        ...
