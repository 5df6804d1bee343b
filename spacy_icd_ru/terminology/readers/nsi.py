"""The official Russian directory, as the NSI portal of the Ministry of Health publishes it (csv)."""

from __future__ import annotations

import csv
import re
from io import StringIO
from pathlib import Path

from ...errors import InputError
from ..codes import is_block, is_code, normalize_code
from ..report import ReadReport
from ..text_files import read_text
from ..tree import Concept, Terminology, kind_of

REQUIRED = ("MKB_CODE", "MKB_NAME", "ACTUAL")
_USAGE = {"1": "dagger", "2": "asterisk"}
_PAIR = re.compile(r"\(([A-Z]\d\d(?:\.\d)?)[^()]*[*+†]\s*\)")


def read_nsi(path: str | Path) -> tuple[Terminology, ReadReport]:
    """Read ``ID;REC_CODE;MKB_CODE;MKB_NAME;ID_PARENT;ADDL_CODE;ACTUAL;DATE``.

    ``ADDL_CODE`` 1 marks a dagger code, 2 an asterisk code; the pair comes from titles such as «(K77.0*)».
    Of a code that stands several times, the active row counts. Chapters («I», «II») are known already and
    left out without a word; other rows without a usable code are skipped and reported.
    """
    report = ReadReport(str(path))
    rows = csv.reader(StringIO(read_text(path)), delimiter=";")
    header = [cell.strip() for cell in next(rows)]
    missing = [column for column in REQUIRED if column not in header]
    if missing:
        raise InputError(
            f"column {', '.join(missing)} is missing in the header",
            where=str(path),
            cure="Give the csv of directory 1.2.643.5.1.13.13.11.1005 as the NSI portal exports it",
        )
    place = {column: i for i, column in enumerate(header)}
    concepts: dict[str, Concept] = {}
    number = 1
    try:
        for row in rows:
            number = rows.line_num
            if not any(cell.strip() for cell in row):
                continue
            if len(row) < len(header):
                report.skip(number, f"{len(row)} of {len(header)} columns")
                continue
            raw = row[place["MKB_CODE"]].strip()
            if not raw.strip("IVX"):
                continue  # the Roman numeral of a chapter
            code, title = normalize_code(raw), " ".join(row[place["MKB_NAME"]].split())
            if not (is_code(code) or is_block(code)) or not title:
                report.skip(number, "no ICD-10 code" if title else "no title")
                continue
            active = row[place["ACTUAL"]].strip() == "1"
            if code in concepts and (concepts[code].active or not active):
                report.skip(number, f"{code} stands already")
                continue
            usage = _USAGE.get(row[place["ADDL_CODE"]].strip(), "") if "ADDL_CODE" in place else ""
            pair = _PAIR.search(title)
            concepts[code] = Concept(
                code, title, kind_of(code), None, active, usage, pair.group(1) if pair else None
            )
    except csv.Error as error:
        raise InputError(f"broken csv ({error})", where=f"{path}, line {number}", cure="Download it again") from None
    report.loaded = len(concepts)
    if not concepts:
        raise InputError("no usable row", where=str(path), cure="Download it again")
    return Terminology(concepts.values(), name="МКБ-10", source=str(path)), report
