"""ClaML, the XML in which WHO publishes ICD-10 (EN 14463)."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from ...errors import InputError
from ..codes import normalize_code
from ..report import ReadReport
from ..tree import Concept, Terminology, kind_of

_USAGE = {"dagger": "dagger", "aster": "asterisk"}


def read_claml(path: str | Path) -> tuple[Terminology, ReadReport]:
    """Read every ``Class`` with its ``Rubric kind="preferred"``.

    Chapters are known already; blocks and categories are taken. Internal entity declarations are refused: a
    classification needs none, and they can blow a parser up.
    """
    from ..text_files import read_text

    report = ReadReport(str(path))
    head = read_text(path)[:5000]
    if re.search(r"<!ENTITY", head):
        raise InputError("declares XML entities", where=str(path), cure="Give ClaML as WHO publishes it")
    concepts: dict[str, Concept] = {}
    number = 0
    try:
        for _, element in ElementTree.iterparse(str(path)):
            if element.tag != "Class":
                continue
            number += 1
            kind = element.get("kind", "")
            code = normalize_code(element.get("code", ""))
            usage = _USAGE.get(element.get("usage", ""), "")
            title = _title(element)
            element.clear()  # a file of megabytes need not stand in memory as a tree
            if kind == "chapter":
                continue
            if kind not in ("block", "category") or not code:
                report.skip(number, "a class without code or of unknown kind")
            elif not title:
                report.skip(number, f"{code}: no preferred rubric")
            else:
                concepts[code] = Concept(code, title, kind_of(code), None, True, usage)
    except ElementTree.ParseError as error:
        raise InputError(
            "broken or truncated XML",
            where=f"{path}, line {error.position[0]}",
            cure="Download it again",
        ) from None
    report.loaded = len(concepts)
    if not concepts:
        raise InputError("no usable class", where=str(path), cure="Give ClaML as WHO publishes it")
    return Terminology(concepts.values(), name="ICD-10", source=str(path)), report


def _title(element: ElementTree.Element) -> str:
    for rubric in element.iter("Rubric"):
        if rubric.get("kind") == "preferred":
            label = rubric.find("Label")
            if label is not None:
                return " ".join("".join(label.itertext()).split())
    return ""
