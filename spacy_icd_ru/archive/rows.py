"""What a reader makes of a row: a record to be coded, or a rejection that says why not."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Longest text of a record, in characters. A diagnosis field has some hundred, a history ten thousand.
MAX_CHARACTERS = 100_000

_MAX_ID = 200
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class InputRecord:
    """One text to be coded.

    id: the input's own id as a string, or the row number where it has none.
    text: exactly as read, line ends included.
    row: line of the file on which the record starts, from 1 (a header is line 1); in a folder, the file's
        place in the order of reading.
    """

    id: str
    text: str
    row: int


@dataclass(frozen=True)
class RejectedRow:
    """One row that could not be coded. ``reason`` never holds its text; ``id`` is None where unknown."""

    row: int
    id: str | None
    reason: str


def text_defect(text: str, max_characters: int = MAX_CHARACTERS) -> str | None:
    """Why the text can't be coded, or None where it can."""
    if len(text) > max_characters:
        return f"the text has {len(text)} characters, more than {max_characters}"
    if "\0" in text:
        return "the text holds a NUL character"
    if _SURROGATE.search(text):
        return "the text holds half of a surrogate pair"
    return None


def id_defect(record_id: str) -> str | None:
    """Why the string can't be an id, or None where it can."""
    if not record_id:
        return "the id is empty"
    if len(record_id) > _MAX_ID:
        return f"the id has more than {_MAX_ID} characters"
    if _CONTROL.search(record_id) or _SURROGATE.search(record_id):
        return "the id holds a control character"
    return None
