"""Readers of official directories: one a format, and one that finds out which it is."""

from __future__ import annotations

from pathlib import Path

from ...errors import InputError
from ..report import ReadReport
from ..text_files import read_text
from ..tree import Terminology


def read_terminology(path: str | Path) -> tuple[Terminology, ReadReport]:
    """Read a directory in any known format, told by its content.

    NSI csv (Ministry of Health, OID 1.2.643.5.1.13.13.11.1005), the yaml of RuCCoD (``code: title``), WHO
    ClaML, or our lexicon (file or folder). Raises InputError where it is none of these.
    """
    from .claml import read_claml
    from .lexicon import read_lexicon_terminology
    from .nsi import read_nsi
    from .ruccod_yaml import read_ruccod_yaml

    path = Path(path)
    if path.is_dir():
        return read_lexicon_terminology(path)
    text = read_text(path)
    head = text[:2000].lstrip()
    if head.startswith("<"):
        return read_claml(path)
    first = head.split("\n", 1)[0]
    if "MKB_CODE" in first or first.count(";") >= 3:
        return read_nsi(path)
    if first.startswith("code\t"):
        return read_lexicon_terminology(path)
    if ":" in first:
        return read_ruccod_yaml(path)
    raise InputError(
        "no known directory format",
        where=str(path),
        cure="Expected the NSI csv, a yaml of «code: title», WHO ClaML, or a lexicon with code, name, kind",
    )
