"""A run that may be killed at any moment and goes on where it was: no record lost, none twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from spacy_icd_ru.archive.journal import Journal, Position
from spacy_icd_ru.archive.rows import InputRecord, RejectedRow
from spacy_icd_ru.archive.writers import Writer
from spacy_icd_ru.archive.writers.stream import AppendFile, json_line
from spacy_icd_ru.errors import InputError


class ResumableOutput:
    """Writer, list of rejected rows and journal of one run, which agree whenever the run may be killed.

    Made by ``open``. position: what is finished; rejected rows go to ``<output>.rejected.jsonl`` as
    ``{"row", "id", "reason"}``, the journal is ``<output>.progress.jsonl`` and goes when the run is complete.
    """

    def __init__(self, writer: Writer, journal: Journal, rejections: AppendFile):
        self._writer = writer
        self._journal = journal
        self._rejections = rejections
        self._ids: list[str | None] = []
        self._pending = journal.position

    @classmethod
    def open(
        cls, writer: Writer, fingerprint: dict[str, Any], *, resume: bool = False, overwrite: bool = False
    ) -> ResumableOutput:
        """Begin or continue. Raises InputError as ``check_start`` and ``Journal.reopen`` do."""
        check_start(writer, resume=resume, overwrite=overwrite)
        path = journal_path(writer.path)
        going_on = resume and path.exists()
        journal = Journal.reopen(path, fingerprint) if going_on else Journal.create(path, fingerprint)
        position = journal.position
        rejections = AppendFile(rejected_path(writer.path), lazy=True)
        output = cls(writer, journal, rejections)
        try:
            writer.begin(position.output if going_on else None)
            rejections.begin(position.rejections)
        except BaseException as error:
            output.close()
            # Ctrl-C leaves what a kill would: the old output may be gone already, and --resume wants a journal.
            if not going_on and isinstance(error, Exception):
                journal.remove()
            raise
        return output

    @property
    def position(self) -> Position:
        return self._journal.position

    def remaining(self, items: Iterable[InputRecord | RejectedRow]) -> Iterator[InputRecord | RejectedRow]:
        """See ``Journal.remaining``."""
        return self._journal.remaining(items)

    def refusal(self, record: InputRecord) -> str | None:
        return self._writer.refusal(record)

    def write(self, record: InputRecord, coded: dict[str, Any]) -> None:
        self._writer.write(record, coded)
        at = self._pending
        self._count(record.id, records=at.records + 1, mentions=at.mentions + len(coded["mentions"]))

    def reject(self, row: RejectedRow) -> None:
        if row.id is not None:
            self._writer.reject(row.id)
        self._rejections.add(json_line({"row": row.row, "id": row.id, "reason": row.reason}))
        self._count(row.id, rejected=self._pending.rejected + 1)

    def commit(self) -> None:
        """Bring what was written to the disk, then say so in the journal."""
        if not self._ids:
            return
        self._pending = replace(
            self._pending, output=self._writer.commit(), rejections=self._rejections.commit()
        )
        self._journal.append(self._ids, self._pending)
        self._ids = []

    def finish(self) -> None:
        """The input is at its end: the output is complete and the journal goes."""
        self.commit()
        self._writer.commit()  # of an input without records: the header
        self.close()
        self._journal.remove()

    def close(self) -> None:
        """Stop here; what was not committed is dropped and will be coded again."""
        self._writer.close()
        self._rejections.close()
        self._journal.close()

    def _count(self, record_id: str | None, **counts: int) -> None:
        self._ids.append(record_id)
        self._pending = replace(self._pending, items=self._pending.items + 1, **counts)


def journal_path(output: Path) -> Path:
    """Where the journal of a run with this output lies."""
    return output.with_name(output.name + ".progress.jsonl")


def rejected_path(output: Path) -> Path:
    """Where the rejected rows of a run with this output go."""
    return output.with_name(output.name + ".rejected.jsonl")


def check_start(writer: Writer, *, resume: bool, overwrite: bool) -> None:
    """Raise InputError where a run must not begin: it would replace something, or has nothing to continue.

    Costs nothing, so that a command can ask before it loads a model. ``resume`` without output and journal
    begins afresh.
    """
    path = writer.path
    if resume and overwrite:
        raise InputError("--resume and --overwrite contradict each other", cure="Choose one")
    if overwrite:
        return
    interrupted = journal_path(path).exists()
    if resume and not interrupted and writer.exists():
        raise InputError(
            "there is output but no journal of an interrupted run: it is complete, or from elsewhere",
            where=str(path),
            cure="Start again with --overwrite, or choose another --output",
        )
    if resume:
        return
    if interrupted:
        raise InputError(
            "begun by a run that was interrupted",
            where=str(path),
            cure="Continue with --resume, or start again with --overwrite",
        )
    for existing in (path if writer.exists() else None, rejected_path(path)):
        if existing is not None and existing.exists():
            cure = "Replace it with --overwrite, or choose another --output"
            raise InputError("exists already", where=str(existing), cure=cure)
