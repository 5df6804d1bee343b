"""A lexicon in our own format as a terminology: its preferred names are the titles."""

from __future__ import annotations

from pathlib import Path

from ..lexicon import read_lexicon
from ..report import ReadReport
from ..tree import Concept, Terminology, kind_of


def read_lexicon_terminology(path: str | Path) -> tuple[Terminology, ReadReport]:
    """Read a lexicon file or folder; a code without a preferred name takes its first one."""
    entries, report = read_lexicon(path)
    titles: dict[str, str] = {}
    for entry in entries:
        if entry.kind == "preferred" or entry.code not in titles:
            titles[entry.code] = entry.name
    concepts = (Concept(code, title, kind_of(code)) for code, title in titles.items())
    return Terminology(concepts, name="lexicon", source=str(path)), report
