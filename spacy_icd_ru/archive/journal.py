"""The journal of a run: which records are finished, and how long the output was when they were.

Order on disk: output first, then the journal's entry, each brought to the disk before the next step. What an
entry says is therefore in the output; what the output has beyond the last entry is cut off and coded again.
Lines of JSON: a header with the fingerprint of the run, then an entry a batch with the ids in it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from spacy_icd_ru.archive.rows import InputRecord, RejectedRow
from spacy_icd_ru.errors import InputError
from spacy_icd_ru.files import write_atomically

_MARK = "spacy-icd-ru journal 1"


@dataclass(frozen=True)
class Position:
    """How far a run is, all counted from its start.

    items: rows read, coded or rejected. records: coded. mentions: found in them. rejected: rows rejected.
    output, rejections: sizes in bytes of the output and of the list of rejected rows.
    """

    items: int = 0
    records: int = 0
    mentions: int = 0
    rejected: int = 0
    output: int = 0
    rejections: int = 0


class Journal:
    """The journal file of one run. Made by ``create`` or ``reopen``.

    position: what the last entry says.
    """

    def __init__(self, path: Path, stream: BinaryIO, position: Position, digest: hashlib._Hash):
        self.path = path
        self.position = position
        self._stream = stream
        self._digest = digest

    @classmethod
    def create(cls, path: Path, fingerprint: dict[str, Any]) -> Journal:
        """Begin a journal in the place of any other. From here on the old output counts as nothing."""
        header = {"journal": _MARK, "fingerprint": fingerprint}
        write_atomically(path, _line(header))
        return cls(path, _append(path), Position(), hashlib.blake2b())

    @classmethod
    def reopen(cls, path: Path, fingerprint: dict[str, Any]) -> Journal:
        """Read a journal, cut off a torn last line, and go on with it.

        Raises InputError where it belongs to another input, model or settings, or is no journal.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InputError(f"can't be read ({error.strerror})", where=str(path)) from None
        lines = _whole_lines(data)
        header, length = next(lines, (None, 0))
        if not isinstance(header, dict) or header.get("journal") != _MARK:
            raise InputError("not a journal of ours", where=str(path), cure="Start again with --overwrite")
        _refuse_other(header.get("fingerprint"), fingerprint, path)
        position, digest = Position(), hashlib.blake2b()
        for entry, size in lines:
            try:
                following = Position(**entry["at"])
                ids = entry["ids"]
            except (KeyError, TypeError):
                break
            if following.items != position.items + len(ids):
                break
            _add(digest, ids)
            position = following
            length += size
        stream = _append(path)
        stream.truncate(length)
        stream.seek(length)
        return cls(path, stream, position, digest)

    def append(self, ids: Sequence[str | None], position: Position) -> None:
        """Say that these rows are finished, in order, rejected ones included (None where they have no id)."""
        try:
            self._stream.write(_line({"at": asdict(position), "ids": list(ids)}))
            self._stream.flush()
            os.fsync(self._stream.fileno())
        except OSError as error:
            raise InputError(f"can't be written ({error.strerror})", where=str(self.path)) from None
        _add(self._digest, ids)
        self.position = position

    def remaining(self, items: Iterable[InputRecord | RejectedRow]) -> Iterator[InputRecord | RejectedRow]:
        """The items that aren't finished. Raises InputError where the finished ones aren't the journal's."""
        done, digest, seen = self.position.items, hashlib.blake2b(), 0
        known = self._digest.digest()
        for item in items:
            if seen < done:
                _add(digest, [item.id])
                seen += 1
                continue
            if digest is not None:
                self._refuse_change(digest.digest() == known)
                digest = None
            yield item
        if digest is not None:
            self._refuse_change(seen == done and digest.digest() == known)

    def _refuse_change(self, same: bool) -> None:
        if not same:
            raise InputError(
                "the input's first records are not those of the journal",
                where=str(self.path),
                cure="Start again with --overwrite",
            )

    def close(self) -> None:
        with suppress(OSError):
            self._stream.close()

    def remove(self) -> None:
        """The run is complete."""
        self.close()
        self.path.unlink(missing_ok=True)


def _whole_lines(data: bytes) -> Iterator[tuple[Any, int]]:
    """(parsed, size in bytes) of each complete line up to the first that isn't."""
    for line in data.splitlines(keepends=True):
        if not line.endswith(b"\n"):
            return
        try:
            parsed = json.loads(line)
        except ValueError:
            return
        yield parsed, len(line)


def _refuse_other(recorded: Any, fingerprint: dict[str, Any], path: Path) -> None:
    recorded = recorded if isinstance(recorded, dict) else {}
    names = [name for name in {**recorded, **fingerprint} if recorded.get(name) != fingerprint.get(name)]
    if names:
        raise InputError(
            f"the run that was interrupted had another {', '.join(names)}",
            where=str(path),
            cure="Continue with the same as before, or start again with --overwrite",
        )


def _append(path: Path) -> BinaryIO:
    stream = path.open("r+b")
    stream.seek(0, os.SEEK_END)
    return stream


def _add(digest: hashlib._Hash, ids: Iterable[str | None]) -> None:
    for record_id in ids:
        digest.update(_line(record_id))


def _line(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False) + "\n").encode("utf-8")
