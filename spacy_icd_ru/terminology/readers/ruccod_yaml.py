"""The dictionary of the RuCCoD paper: a yaml mapping from codes to Russian titles."""

from __future__ import annotations

import re
from pathlib import Path

from ...errors import InputError
from ..codes import is_block, is_code, normalize_code
from ..report import ReadReport
from ..text_files import read_text
from ..tree import Concept, Terminology, kind_of

# Plain scalars on one line: nearly all rows, and a hundred times as fast as a yaml parser.
_PLAIN = re.compile(r"^(?:'([^']+)'|([^\s'\"#:][^:]*)): +([^\s'\"|>&*!%@`{\[].*)$")


def read_ruccod_yaml(path: str | Path) -> tuple[Terminology, ReadReport]:
    """Read ``code: title``. Rows whose key is no code («'00'») are skipped and reported."""
    report = ReadReport(str(path))
    concepts: dict[str, Concept] = {}
    for row, (key, title) in enumerate(_pairs(path), start=1):
        code = normalize_code(key)
        if not (is_code(code) or is_block(code)):
            report.skip(row, "no ICD-10 code")
        elif not title:
            report.skip(row, f"{code}: no title")
        elif code in concepts:
            report.skip(row, f"{code} stands already")
        else:
            title = re.sub(r"\s*\([A-Z]\d\d-[A-Z]\d\d\)$", "", title)
            concepts[code] = Concept(code, title, kind_of(code))
    report.loaded = len(concepts)
    if not concepts:
        raise InputError("no usable row", where=str(path), cure="Expected lines of «code: title»")
    return Terminology(concepts.values(), name="МКБ-10", source=str(path)), report


def _pairs(path: str | Path) -> list[tuple[str, str]]:
    text = read_text(path)
    out = []
    for line in text.split("\n"):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _PLAIN.match(line)
        if match is None or " #" in line:
            return _parsed(path, text)
        out.append(((match.group(1) or match.group(2)).strip(), match.group(3).strip()))
    return out


def _parsed(path: str | Path, text: str) -> list[tuple[str, str]]:
    import yaml

    try:
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark else str(path)
        raise InputError("broken yaml", where=where, cure="Expected lines of «code: title»") from None
    if not isinstance(data, dict):
        raise InputError("no mapping of codes to titles", where=str(path), cure="Expected lines of «code: title»")
    return [(str(code), " ".join(str(title).split())) for code, title in data.items() if title is not None]
