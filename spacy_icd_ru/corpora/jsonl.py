"""Records as JSON lines, one a line, gold or predicted::

    {"id": "7", "text": "Ожирение", "mentions": [{"start": 0, "end": 8, "text": "Ожирение", "codes": ["E66.9"]}]}

Instead of ``codes`` a mention may have ``code`` (a string, or null where there is none), and ``candidates``
(``[{"code", "score"}]``, best first). It may also have an ``assertion`` and a ``role``, see ``records``.
``mentions`` may be missing. Unknown keys are left alone.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from spacy_icd_ru.corpora.records import ASSERTIONS, ROLES, Mention, Record
from spacy_icd_ru.errors import InputError
from spacy_icd_ru.files import encode, write_atomically


@dataclass
class JsonlReport:
    """What was read. broken: (row, reason) of each row left out; rows count from 1, blank ones too."""

    file: str = ""
    records: int = 0
    mentions: int = 0
    broken: list[tuple[int, str]] = field(default_factory=list)

    def to_dict(self) -> dict:
        return {
            "file": self.file,
            "records": self.records,
            "mentions": self.mentions,
            "lost": len(self.broken),
            "broken": [list(entry) for entry in self.broken],
        }


def read_jsonl(
    path: str | Path, *, strict: bool = False, progress: Callable[[int, int], None] | None = None
) -> tuple[list[Record], JsonlReport]:
    """Read all records of a file, and the rows that are none with the reason.

    strict: True raises InputError at the first broken row, naming it; False leaves it out and reports it.
    progress: called with (bytes read, bytes in all) after each row.
    Raises InputError also where the file can't be read or holds no record at all. A row without an id gets its
    row number. Reasons never hold text of a record.
    """
    path = Path(path)
    report = JsonlReport(file=str(path))
    records: list[Record] = []
    row_of: dict[str, int] = {}
    done = 0
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            # Bytes are split at "\n" alone; a text line iterator would stop at a row that isn't UTF-8.
            for row, line in enumerate(file, 1):
                done += len(line)
                if row == 1:
                    line = line.removeprefix(codecs.BOM_UTF8)
                if line.strip():
                    try:
                        record = _parse(line, row)
                        if record.id in row_of:
                            raise _Broken(f"the id of row {row_of[record.id]} again")
                        row_of[record.id] = row
                        records.append(record)
                        report.mentions += len(record.mentions)
                    except _Broken as defect:
                        if strict:
                            raise _error(path, row, str(defect)) from None
                        report.broken.append((row, str(defect)))
                if progress:
                    progress(done, size)
    except OSError as error:
        raise InputError(
            f"can't be read ({error.strerror})", where=str(path), cure="Give the path of a .jsonl file"
        ) from None
    if not records:
        if report.broken:
            raise _error(path, *report.broken[0])
        raise InputError("there is no record in the file", where=str(path))
    report.records = len(records)
    return records, report


def write_jsonl(records: Iterable[Record], path: str | Path) -> int:
    """Write one row a record and return their number. The file appears when it is complete.

    Raises InputError where the path can't be written or a text has no UTF-8 form.
    """
    rows = []
    for record in records:
        row = json.dumps(record_to_row(record), ensure_ascii=False)
        rows.append(encode(row, f"record {record.id}") + b"\n")
    write_atomically(path, b"".join(rows))
    return len(rows)


def record_to_row(record: Record) -> dict:
    """The JSON object of one record."""
    mentions = []
    for mention in record.mentions:
        row: dict = {
            "start": mention.start,
            "end": mention.end,
            "text": mention.text,
            "codes": list(mention.codes),
        }
        if mention.candidates:
            row["candidates"] = [{"code": code, "score": score} for code, score in mention.candidates]
        if mention.assertion:
            row["assertion"] = mention.assertion
        if mention.role:
            row["role"] = mention.role
        mentions.append(row)
    return {"id": record.id, "text": record.text, "mentions": mentions}


class _Broken(Exception):
    """Why a row is no record."""


def _error(path: Path, row: int, reason: str) -> InputError:
    return InputError(
        reason, where=f"{path}, row {row}", cure='Each row is {"id": …, "text": …, "mentions": […]}'
    )


def _parse(line: bytes, row: int) -> Record:
    try:
        value = json.loads(line.decode("utf8"))
    except UnicodeDecodeError:
        raise _Broken("not UTF-8 text") from None
    except (ValueError, RecursionError):
        raise _Broken("not JSON") from None
    if not isinstance(value, dict):
        raise _Broken("not a JSON object")
    text = value.get("text")
    if not isinstance(text, str):
        raise _Broken('"text" is missing or no string')
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise _Broken('"text" holds half of a surrogate pair')
    id = value.get("id")
    if id is None:
        id = row
    if isinstance(id, bool) or not isinstance(id, (str, int)):
        raise _Broken('"id" is neither a string nor a whole number')
    mentions = value.get("mentions")
    if mentions is None:
        mentions = []
    if not isinstance(mentions, list):
        raise _Broken('"mentions" is no list')
    parsed = [_mention(mention, number, text) for number, mention in enumerate(mentions, 1)]
    parsed.sort(key=lambda m: (m.start, m.end))
    return Record(id=str(id), text=text, mentions=tuple(parsed))


def _mention(value, number: int, text: str) -> Mention:
    if not isinstance(value, dict):
        raise _Broken(f"mention {number} is no JSON object")
    start, end = value.get("start"), value.get("end")
    if type(start) is not int or type(end) is not int:
        raise _Broken(f'mention {number}: "start" and "end" must be whole numbers')
    if not 0 <= start < end <= len(text):
        raise _Broken(f"mention {number}: {start}:{end} is no span of the text ({len(text)} characters)")
    if "text" in value and value["text"] != text[start:end]:
        raise _Broken(f"mention {number}: the text at {start}:{end} isn't the mention")
    codes = value.get("codes")
    if codes is None:
        codes = [value["code"]] if value.get("code") else []
    if not isinstance(codes, list) or not all(isinstance(code, str) and code.strip() for code in codes):
        raise _Broken(f"mention {number}: codes must be strings")
    candidates = value.get("candidates")
    if candidates is None:
        candidates = []
    try:
        ranked = tuple((str(c["code"]), float(c["score"])) for c in candidates)
    except (TypeError, KeyError, ValueError, IndexError, OverflowError):
        raise _Broken(f'mention {number}: a candidate must have "code" and "score"') from None
    said = [value.get(key) or "" for key in ("assertion", "role")]
    for key, given, known in zip(("assertion", "role"), said, (ASSERTIONS, ROLES)):
        if given and given not in known:
            raise _Broken(f"mention {number}: its {key} is none of {', '.join(known)}")
    return Mention(
        start, end, text[start:end], tuple(sorted({code.strip() for code in codes})), ranked, *said
    )
