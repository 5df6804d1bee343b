"""The ICD-10 dictionary of the RuCCoD paper (arXiv 2502.21263): yaml, ``code: title``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ...errors import InputError
from ..codes import is_code, normalize_code
from ..pairs import read_pair
from ..placing import Entry, place
from ..report import ReadReport
from ..text_files import read_text
from ..tree import Terminology

_KEY = re.compile(r"(?:'([^'\n]*)'|\"([^\"\\\n]*)\"|([^\s#'\"{}\[\]&!|>%@`,][^:\n]*?))\s*:(?:\s+(.*))?$")
_NOT_TEXT = ("{", "[", "&", "*", "!", "?")
_NEEDS_YAML = ("'", '"', "|", ">", "%", "@", "`", "- ", "#")


def read_ruccod_yaml(path: str | Path) -> tuple[Terminology, ReadReport]:
    """Read a yaml mapping of codes to titles, the way RuCCoD's ``mkb2descr.yaml`` writes it.

    Codes stay as published but for letters that look like Latin ones: fifth characters after a second dot
    (``S02.0.1``) and local extensions (``F13.50H``, ``F20.8**1``) are codes of their own. Usage and pairs
    come from marks in the titles. Rows are the entries' first lines.

    Raises InputError for a file that can't be read or holds no usable row.
    """
    path = Path(path)
    report = ReadReport(str(path))
    entries: dict[str, Entry] = {}
    row_of: dict[str, int] = {}
    for number, key, text in _split(read_text(path)):
        report.rows += 1
        if key is None:
            report.skip(number, "is not «code: title»")
            continue
        code = normalize_code(key)
        if not is_code(code):
            report.skip(number, "its key is not an ICD-10 code")
        elif code in entries:
            report.skip(number, f"code {code} stands in row {row_of[code]} already")
        elif not (title := _read_value(text)):
            report.skip(number, "its title is empty or no text")
        else:
            usage, pair = read_pair(title)
            entries[code] = Entry(title, usage=usage, pair=pair)
            row_of[code] = number
    if not entries:
        raise InputError(
            "holds no usable row", where=str(path), cure="Its rows should be «code: title», as «J00: …»"
        )
    report.loaded = len(entries)
    concepts, report.made = place(entries)
    return Terminology(concepts, name="МКБ-10 (RuCCoD)", source=str(path)), report


def _split(text: str) -> Iterator[tuple[int, str | None, str]]:
    """Yield (row, key, value with its continuation lines); the key is None for a line that is no entry."""
    pending: tuple[int, str, list[str]] | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        if pending and (not line or line[0] in " \t"):
            pending[2].append(line)
            continue
        if not line.strip() or line.startswith("#") or line.rstrip() in ("---", "..."):
            continue
        if pending:
            yield pending[0], pending[1], "\n".join(pending[2]).rstrip()
            pending = None
        match = _KEY.match(line)
        if match is None:
            yield number, None, ""
            continue
        key = next(group for group in match.groups()[:3] if group is not None)
        pending = number, key, [match[4] or ""]
    if pending:
        yield pending[0], pending[1], "\n".join(pending[2]).rstrip()


def _read_value(text: str) -> str:
    """A title, folded into one line; empty where the value is no text.

    Nearly all titles are plain scalars, which need no parser; yaml reads the few that do, one at a time, so
    that a broken one costs only its own row.
    """
    text = text.strip()
    if text.startswith(_NOT_TEXT):
        return ""
    if text.startswith(_NEEDS_YAML) or " #" in text or ": " in text or text.endswith(":"):
        return _read_yaml(text)
    return " ".join(text.split())


def _read_yaml(text: str) -> str:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        # In a mapping, so that the value stands where it stood in the file.
        value = yaml.load(f"x: {text}", Loader=loader)["x"]
    except (yaml.YAMLError, KeyError, TypeError, ValueError):
        return ""
    return " ".join(value.split()) if isinstance(value, str) else ""
