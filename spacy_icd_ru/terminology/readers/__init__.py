"""Readers of terminologies; ``read_terminology`` finds out from the content which one a file needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from ...errors import InputError
from ..report import ReadReport
from ..text_files import decode, read_bytes
from ..tree import Terminology
from .claml import read_claml
from .nsi import COLUMNS, read_nsi
from .ruccod_yaml import read_ruccod_yaml

__all__ = ["is_lexicon", "read_claml", "read_nsi", "read_ruccod_yaml", "read_terminology"]

Reader = Callable[[Path], tuple[Terminology, ReadReport]]

_CURE = (
    "Give the official directory (csv), RuCCoD's dictionary (yaml), ICD-10 in ClaML (xml), or a lexicon (tsv)"
)
_YAML_ROW = re.compile(r"(?:'[^']{1,24}'|\"[^\"]{1,24}\"|[^\s:;,<>{}\[\]'\"]{1,24})\s*:(?:\s|$)")


def read_terminology(path: str | Path) -> tuple[Terminology, ReadReport]:
    """Read a terminology of any known format, which its content decides and not its name.

    path: the official directory (csv), RuCCoD's dictionary (yaml), WHO's ClaML (xml), a lexicon file (tsv),
        or a folder of lexicon files.

    Raises InputError, one line, for whatever can't be read: a missing or empty file, another encoding than
    UTF-8, NUL bytes, missing columns, cut-off XML, an unknown format, or not one usable row. Single broken
    rows are skipped and stand in the report.
    """
    path = Path(path)
    if path.is_dir():
        return _read_lexicon(path)
    return _choose(read_bytes(path), str(path))(path)


def is_lexicon(path: str | Path) -> bool:
    """Is this a lexicon in our own format, which has many names a code, and not a directory of titles?"""
    path = Path(path)
    return path.is_dir() or _choose(read_bytes(path), str(path)) is _read_lexicon


def _choose(data: bytes, where: str) -> Reader:
    if data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") and b"\x00" not in data:
        return read_claml  # XML states its own encoding
    text = decode(data, where)
    first = next((line for line in text.split("\n") if line.strip()), "").strip()
    columns = {column.strip().strip('"').upper() for column in re.split("[;,\t]", text.split("\n", 1)[0])}
    if len(columns & set(COLUMNS)) >= 2 or "MKB_CODE" in columns:
        return read_nsi
    if first.split("\t")[:2] == ["code", "name"] or ("\t" in first and {"CODE", "NAME", "KIND"} & columns):
        return _read_lexicon
    rows = [line for line in text.split("\n", 50)[:50] if line.strip() and line[0] not in " \t#"]
    if any(_YAML_ROW.match(line) for line in rows):
        return read_ruccod_yaml
    raise InputError("is no terminology that this version knows", where=where, cure=_CURE)


def _read_lexicon(path: Path) -> tuple[Terminology, ReadReport]:
    from ..lexicon import read_lexicon, terminology_from_lexicon

    entries, report = read_lexicon(path)
    terminology = terminology_from_lexicon(entries, source=str(path))
    return terminology, report
