"""The official Russian ICD-10 directory (НСИ Минздрава, OID 1.2.643.5.1.13.13.11.1005) as csv."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from ...errors import InputError
from ..classification import chapter_by_number
from ..codes import is_code, normalize_code
from ..pairs import read_pair
from ..placing import Entry, place
from ..report import ReadReport
from ..text_files import read_text
from ..tree import Terminology

COLUMNS = ("ID", "REC_CODE", "MKB_CODE", "MKB_NAME", "ID_PARENT", "ADDL_CODE", "ACTUAL", "DATE")
_NEEDED = ("ID", "MKB_CODE", "MKB_NAME", "ID_PARENT", "ADDL_CODE", "ACTUAL")
_USAGE = {"1": "dagger", "2": "asterisk"}
_VERSION = re.compile(r"_([0-9]+(?:\.[0-9]+)+)$")


def read_nsi(path: str | Path) -> tuple[Terminology, ReadReport]:
    """Read the directory: ``ID;REC_CODE;MKB_CODE;MKB_NAME;ID_PARENT;ADDL_CODE;ACTUAL;DATE``, one row a line.

    Delimiters ``;``, ``,`` and tab are understood, columns may stand in any order and some may be quoted.
    Chapters, which it numbers ``I`` to ``XXII``, get their range as code. Rows with ACTUAL=0 stay, inactive.
    ADDL_CODE 1 marks a dagger, 2 an asterisk; where it is empty the mark in the title counts.

    Raises InputError for a file that can't be read, lacks a column, or holds no usable row.
    """
    path = Path(path)
    report = ReadReport(str(path))
    lines = read_text(path).split("\n")
    delimiter, columns = _read_header(lines[0], str(path))

    rows: dict[str, tuple[int, dict[str, str]]] = {}
    code_of_id: dict[str, str] = {}
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        report.rows += 1
        try:
            # Line by line: an unclosed quote costs its own row and doesn't swallow those after it.
            fields = next(csv.reader([line], delimiter=delimiter, strict=True))
        except csv.Error:
            report.skip(number, "its quotes are not closed")
            continue
        if len(fields) != len(columns):
            report.skip(number, f"{len(fields)} fields instead of {len(columns)}")
            continue
        row = dict(zip(columns, fields))
        code = _code(row["MKB_CODE"])
        reason = _defect(row, code)
        if reason is None and code in rows:
            reason = f"code {code} stands in row {rows[code][0]} already"
        if reason is not None:
            report.skip(number, reason)
            continue
        rows[code] = number, row
        code_of_id[row["ID"].strip()] = code

    if not rows:
        raise InputError("holds no usable row", where=str(path), cure=_CURE)
    entries = {code: _entry(row, code_of_id) for code, (_, row) in rows.items()}
    concepts, report.made = place(entries)
    report.loaded = len(entries)
    version = _VERSION.search(path.stem)
    return Terminology(
        concepts, name="МКБ-10 (НСИ)", version=version[1] if version else "", source=str(path)
    ), report


def _read_header(line: str, where: str) -> tuple[str, list[str]]:
    best: tuple[str, Sequence[str]] = (";", ())
    for delimiter in ";,\t":
        columns = [column.strip().strip('"').upper() for column in line.split(delimiter)]
        if len(set(columns) & set(COLUMNS)) > len(set(best[1]) & set(COLUMNS)):
            best = delimiter, columns
    missing = [column for column in _NEEDED if column not in best[1]]
    if missing:
        named = f"{'column' if len(missing) == 1 else 'columns'} {', '.join(missing)}"
        raise InputError(f"has no {named}", where=where, cure=_CURE)
    return best[0], list(best[1])


_CURE = f"Its header should be {';'.join(COLUMNS)}"


def _code(text: str) -> str:
    return chapter_by_number(text) or normalize_code(text)


def _defect(row: dict[str, str], code: str) -> str | None:
    if not is_code(code):
        return "MKB_CODE is not an ICD-10 code" if row["MKB_CODE"].strip() else "MKB_CODE is empty"
    if not row["MKB_NAME"].strip():
        return "MKB_NAME is empty"
    if row["ACTUAL"].strip() not in ("0", "1"):
        return "ACTUAL is neither 0 nor 1"
    return None


def _entry(row: dict[str, str], code_of_id: dict[str, str]) -> Entry:
    title = " ".join(row["MKB_NAME"].split())
    stated, pair = read_pair(title)
    return Entry(
        title,
        active=row["ACTUAL"].strip() == "1",
        usage=_USAGE.get(row["ADDL_CODE"].strip(), stated),
        pair=pair,
        parent=code_of_id.get(row["ID_PARENT"].strip()),
    )
