"""Which column holds the text and which the id, and what may stand in an id."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from spacy_icd_ru.archive.rows import id_defect
from spacy_icd_ru.errors import InputError

#: Tried in this order, whatever the case, where the user names no column.
TEXT_COLUMNS = ("text", "diagnosis", "diagnoz", "diag", "ds", "текст", "диагноз", "формулировка")
ID_COLUMNS = ("id", "record_id", "ид", "номер")

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_ .-]{0,39}")


def find_column(names: Sequence[str], wanted: str | None, usual: Sequence[str]) -> str | None:
    """The one of ``names`` that is ``wanted`` (but for case and white space), or where None a usual one."""
    if wanted is not None and wanted in names:
        return wanted
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(_fold(name), name)
    for candidate in [wanted] if wanted is not None else usual:
        if _fold(candidate) in folded:
            return folded[_fold(candidate)]
    return None


def missing_column(names: Iterable[str], wanted: str | None, option: str, where: str) -> InputError:
    """The error for a column that isn't there.

    Names only plain Latin names: in a file without a header, the "names" are a patient's diagnosis.
    """
    names = list(names)
    shown = [name for name in names if _PLAIN_NAME.fullmatch(name)]
    listed = ", ".join(shown[:12])
    if len(names) > len(shown[:12]):
        others = len(names) - len(shown[:12])
        listed = f"{listed} and {others} more" if listed else f"{others} with other names"
    what = "can't tell which column holds the text" if wanted is None else f"there is no column {wanted!r}"
    cure = f"Name it with {option}" if wanted is None else f"Check {option}"
    return InputError(f"{what} (columns: {listed or 'none'})", where=where, cure=cure)


class Ids:
    """The ids that a file has had so far: all kept, some hundred bytes each, to find one that comes twice."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def take(self, value: object) -> tuple[str | None, str | None]:
        """(id, None), or (id or None, why it can't be one)."""
        if isinstance(value, int) and not isinstance(value, bool):
            try:
                value = str(value)
            except ValueError:  # beyond Python's limit of digits
                return None, "the id is too long a number"
        if value is None:
            return None, "the id is empty"
        if not isinstance(value, str):
            return None, "the id is neither a string nor a whole number"
        value = value.strip()
        if defect := id_defect(value):
            return None, defect
        if value in self._seen:
            return value, "another row has the same id"
        self._seen.add(value)
        return value, None


def _fold(name: str) -> str:
    return name.strip().casefold().replace(" ", "_")
