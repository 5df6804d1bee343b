"""The clinical lexicon: names of diagnoses as physicians write them, with the codes of the official index.

One TSV a chapter, header ``code name kind note``, sorted by code. `kind`: ``preferred`` (one a code, the name
shown to the user), ``synonym``, ``eponym``, ``abbreviation``, ``colloquial``. `note`: the condition under which
the name holds, where there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from ..errors import InputError
from .codes import is_block, is_code, normalize_code
from .report import ReadReport
from .text_files import read_text

KINDS = ("preferred", "synonym", "eponym", "abbreviation", "colloquial")
COLUMNS = ("code", "name", "kind", "note")
_REQUIRED = COLUMNS[:3]


@dataclass(frozen=True, slots=True)
class LexiconEntry:
    """One name of one code."""

    code: str
    name: str
    kind: str
    note: str = ""


def load_default_lexicon() -> tuple[list[LexiconEntry], ReadReport]:
    """The lexicon inside the package."""
    return read_lexicon(Path(str(files("spacy_icd_ru") / "data" / "lexicon")))


def read_lexicon(paths: str | Path | Sequence[str | Path]) -> tuple[list[LexiconEntry], ReadReport]:
    """Read lexicon files, or the ``.tsv`` files of folders, in the order of their names.

    A row that can't be used is skipped and reported. Raises InputError where a file is missing, is no UTF-8
    text, lacks a column, or nothing usable is in it.
    """
    given = [paths] if isinstance(paths, (str, Path)) else list(paths)
    report = ReadReport(", ".join(str(path) for path in given))
    entries: dict[tuple[str, str], LexiconEntry] = {}
    for path in _files(given):
        for row, entry in _rows(path, report):
            key = entry.code, entry.name.casefold()
            if key in entries:
                report.skip(row, f"{path.name}: the name stands twice under {entry.code}")
                continue
            entries[key] = entry
    report.loaded = len(entries)
    if not entries:
        raise InputError("no usable row", where=report.source, cure="Expected tab-separated code, name, kind")
    return list(entries.values()), report


def _files(given: Iterable[str | Path]) -> list[Path]:
    out: list[Path] = []
    for path in map(Path, given):
        if path.is_dir():
            inside = sorted(path.glob("*.tsv"))
            if not inside:
                raise InputError("no .tsv file in this folder", where=str(path), cure="Name the lexicon's folder")
            out += inside
        else:
            out.append(path)
    return out


def _rows(path: Path, report: ReadReport):
    lines = read_text(path).split("\n")
    header = lines[0].split("\t")
    missing = [column for column in _REQUIRED if column not in header]
    if missing:
        raise InputError(
            f"column {', '.join(missing)} is missing in the header",
            where=str(path),
            cure=f"The first line must be {' '.join(COLUMNS)}, separated by tabs",
        )
    place = {column: header.index(column) for column in COLUMNS if column in header}
    for row, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) <= max(place[column] for column in _REQUIRED):
            report.skip(row, f"{path.name}: {len(cells)} columns")
            continue
        code, kind = normalize_code(cells[place["code"]]), cells[place["kind"]].strip()
        name = " ".join(cells[place["name"]].split())
        if not (is_code(code) or is_block(code)):
            report.skip(row, f"{path.name}: no ICD-10 code")
        elif kind not in KINDS:
            report.skip(row, f"{path.name}: kind must be one of {', '.join(KINDS)}")
        elif not any(c.isalpha() for c in name):
            report.skip(row, f"{path.name}: no name")
        else:
            note = cells[place["note"]].strip() if "note" in place and len(cells) > place["note"] else ""
            yield row, LexiconEntry(code, name, kind, note)
