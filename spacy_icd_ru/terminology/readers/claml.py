"""ICD-10 in ClaML, the XML format in which WHO publishes it (EN 14463; versions 2.0 and 3.0)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.parsers import expat

from ...errors import InputError
from ..classification import chapter_by_number
from ..codes import is_code, normalize_code
from ..placing import Entry, place
from ..report import ReadReport
from ..text_files import read_bytes
from ..tree import Terminology

_KINDS = ("chapter", "block", "category")
_USAGE = {"dagger": "dagger", "aster": "asterisk", "asterisk": "asterisk"}
_MARK = {"dagger": "+", "asterisk": "*"}
_CURE = "Give ICD-10 in ClaML as WHO publishes it"


def read_claml(path: str | Path) -> tuple[Terminology, ReadReport]:
    """Read classes of kind chapter, block and category with their preferred rubrics.

    A label in Russian is preferred where there are several. A reference with a usage in the label is the
    counterpart of the code, and is written into the title as ``(K77.0*)``. Modifiers are not multiplied out.
    Rows are lines of the file. The file is read as a stream; nothing outside of it is ever opened, and one
    that declares entities of its own is refused, so that no expansion can fill the memory.

    Raises InputError for a file that can't be read, is cut off, is no ClaML, or holds no usable class.
    """
    path = Path(path)
    data = read_bytes(path)
    collector = _Collector(str(path))
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.EntityDeclHandler = collector.refuse_entity
    parser.StartElementHandler = lambda tag, attributes: collector.start(
        tag, attributes, parser.CurrentLineNumber
    )
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.characters
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        why = f"is cut off or damaged in row {error.lineno} ({expat.ErrorString(error.code)})"
        raise InputError(why, where=str(path), cure=_CURE) from None
    except (LookupError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("is in an unknown encoding", where=str(path), cure="Save it as UTF-8") from None

    report, entries = collector.report, collector.finish()
    if not entries:
        raise InputError("holds no usable class", where=str(path), cure=_CURE)
    report.loaded = len(entries)
    concepts, report.made = place(entries)
    return Terminology(concepts, name=collector.name, version=collector.version, source=str(path)), report


class _Collector:
    """Takes the classes out of a stream of XML events."""

    def __init__(self, source: str):
        self.report = ReadReport(source)
        self.name, self.version = "ICD-10", ""
        self._rows: dict[str, dict[str, Any]] = {}
        self._children: dict[str, str] = {}
        self._tags: list[str] = []
        self._class: dict[str, Any] | None = None
        self._rubric = ""
        self._label: list[str] | None = None
        self._language = ""
        self._reference: dict[str, str] | None = None

    def start(self, tag: str, attributes: Mapping[str, str], row: int) -> None:
        tag = tag.rpartition(":")[2]
        if not self._tags and tag != "ClaML":
            raise InputError(
                f"is XML but no ClaML: its root is {tag[:40]}", where=self.report.source, cure=_CURE
            )
        self._tags.append(tag)
        if tag == "Title" and self._class is None:
            self.name = attributes.get("name") or self.name
            self.version = attributes.get("version") or self.version
        elif tag == "Class":
            self._class = {**attributes, "row": row, "labels": {}, "pair": None, "above": None, "below": []}
        elif self._class is not None:
            self._start_inside(tag, attributes)

    def _start_inside(self, tag: str, attributes: Mapping[str, str]) -> None:
        current = self._class
        assert current is not None
        if tag == "SuperClass":
            current["above"] = _code(attributes.get("code", ""))
        elif tag == "SubClass":
            current["below"].append(_code(attributes.get("code", "")))
        elif tag == "Rubric":
            self._rubric = attributes.get("kind", "")
        elif tag == "Label" and self._rubric == "preferred":
            self._label, self._language = [], attributes.get("xml:lang", "")
        elif tag == "Reference" and self._label is not None:
            self._reference = {**attributes, "text": ""}

    def characters(self, text: str) -> None:
        if self._reference is not None:
            self._reference["text"] += text
        elif self._label is not None:
            self._label.append(text)

    def end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        self._tags.pop()
        if tag == "Reference" and self._reference is not None:
            self._end_reference(self._reference)
            self._reference = None
        elif tag == "Label" and self._label is not None and self._class is not None:
            self._class["labels"].setdefault(self._language, " ".join("".join(self._label).split()))
            self._label = None
        elif tag == "Rubric":
            self._rubric = ""
        elif tag == "Class" and self._class is not None:
            self._end_class(self._class)
            self._class = None
        elif self._label is not None:
            self._label.append(" ")  # the parts of a label are words of their own

    def _end_reference(self, reference: dict[str, str]) -> None:
        assert self._class is not None and self._label is not None
        usage = _USAGE.get(reference.get("usage", ""), "")
        code = normalize_code(reference.get("code") or reference["text"])
        if usage and is_code(code):
            self._class["pair"] = self._class["pair"] or code
            self._class["marked"] = "asterisk" if usage == "dagger" else "dagger"
            self._label.append(f" ({code}{_MARK[usage]})")
        elif reference.get("class") == "in brackets":
            self._label.append(f" ({reference['text'].strip()})")
        else:
            self._label.append(f" {reference['text']} ")

    def _end_class(self, found: dict[str, Any]) -> None:
        if found.get("kind") not in _KINDS:
            return
        self.report.rows += 1
        code = _code(found.get("code", ""))
        labels = found["labels"]
        title = labels.get("ru") or labels.get("ru-RU") or next(iter(labels.values()), "")
        if not is_code(code):
            self.report.skip(found["row"], "its code is not an ICD-10 code")
        elif code in self._rows:
            self.report.skip(found["row"], f"code {code} stands in row {self._rows[code]['row']} already")
        elif not title:
            self.report.skip(found["row"], "it has no preferred label")
        else:
            self._rows[code] = {**found, "title": title}
            self._children.update((child, code) for child in found["below"])

    def finish(self) -> dict[str, Entry]:
        return {
            code: Entry(
                row["title"],
                usage=_USAGE.get(row.get("usage", ""), row.get("marked", "")),
                pair=row["pair"],
                parent=row["above"] or self._children.get(code),
            )
            for code, row in self._rows.items()
        }

    def refuse_entity(self, *_: object) -> None:
        raise InputError(
            "declares XML entities, which ClaML has no need of",
            where=self.report.source,
            cure="Remove the <!ENTITY …> declarations",
        )


def _code(text: str) -> str:
    return chapter_by_number(text) or normalize_code(text)
