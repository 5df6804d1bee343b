"""Brat stand-off folders (``N.txt`` with ``N.ann``) to records and back, with an account of every defect.

Format: https://brat.nlplab.org/standoff.html. A mention is a text-bound annotation, its codes are Reference
lines that point at it, its assertion and role (see ``records``) are attributes::

    T1	icd_code 0 8	Ожирение
    N1	Reference T1 ICD_codes:2286	E66.9
    A1	Assertion T1 possible
    A2	Role T1 concomitant
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from spacy_icd_ru.corpora.alignment import realign as find_mention
from spacy_icd_ru.corpora.alignment import trim
from spacy_icd_ru.corpora.records import ASSERTIONS, ROLES, Mention, Record
from spacy_icd_ru.errors import InputError
from spacy_icd_ru.files import encode, write_atomically

#: kind → (what became of it, in words). "repaired": kept, changed; "lost": not in the records; "noted": kept.
KINDS: dict[str, tuple[str, str]] = {
    "realigned": ("repaired", "offsets moved to the nearest occurrence of the mention"),
    "trimmed": ("repaired", "white space or punctuation cut from the ends of a span"),
    "continued_line": ("repaired", "mention broken over several lines of the .ann file"),
    "discontinuous": ("repaired", "span of several fragments, replaced by the span that covers them"),
    "duplicate_id": ("repaired", "id used for two mentions, both kept"),
    "duplicate_mention": ("repaired", "mention annotated twice, codes united"),
    "byte_order_mark": ("repaired", "byte order mark at the start of a file, left out"),
    "not_in_text": ("lost", "mention that the text doesn't contain"),
    "beyond_text": ("lost", "offsets outside the text"),
    "empty_mention": ("lost", "mention without a letter or digit"),
    "malformed_line": ("lost", "line that is no annotation"),
    "unknown_reference": ("lost", "code for a mention that isn't there"),
    "missing_txt": ("lost", ".ann file without its .txt file"),
    "text_differs": ("noted", "offsets and mention disagree, offsets kept because realigning is off"),
    "no_code": ("noted", "mention without a code"),
    "several_codes": ("noted", "mention with several codes"),
    "missing_ann": ("noted", ".txt file without its .ann file, read as a record without mentions"),
    "other_annotation": ("noted", "event, relation, other attribute or note, not read"),
}


@dataclass(frozen=True)
class Defect:
    """One defect. ``line`` counts from 1; 0 is the file as a whole. Never holds text of a record."""

    file: str
    line: int
    kind: str


@dataclass
class BratReport:
    """What a brat folder held and what the reader did about it.

    folder: the folder as given.
    records: records read.
    annotated: mentions that the .ann files define (``T`` lines that can be read).
    mentions: mentions in the records, after repairs and merges.
    defects: every defect in order of the files; one mention may have several.
    annotated_in: ``annotated`` by record id.
    """

    folder: str = ""
    records: int = 0
    annotated: int = 0
    mentions: int = 0
    defects: list[Defect] = field(default_factory=list)
    annotated_in: dict[str, int] = field(default_factory=dict, repr=False)

    @property
    def counts(self) -> dict[str, int]:
        """Number of defects by kind, in the order of ``KINDS``; kinds that don't occur are left out."""
        counted = Counter(defect.kind for defect in self.defects)
        return {kind: counted[kind] for kind in KINDS if counted[kind]}

    def total(self, outcome: str) -> int:
        """Number of defects that were ``repaired``, ``lost`` or ``noted``."""
        return sum(count for kind, count in self.counts.items() if KINDS[kind][0] == outcome)

    def of(self, records: Sequence[Record]) -> BratReport:
        """The report on these records alone. Files that belong to no record at all stay in it."""
        annotated_in = {record.id: self.annotated_in.get(record.id, 0) for record in records}
        return BratReport(
            folder=self.folder,
            records=len(records),
            annotated=sum(annotated_in.values()),
            mentions=sum(len(record.mentions) for record in records),
            defects=[
                d for d in self.defects if Path(d.file).stem not in self.annotated_in.keys() - annotated_in
            ],
            annotated_in=annotated_in,
        )

    def to_dict(self, *, defects: bool = False) -> dict:
        """Plain JSON values; ``defects=True`` adds the list of (file, line, kind)."""
        result: dict = {
            "folder": self.folder,
            "records": self.records,
            "annotated": self.annotated,
            "mentions": self.mentions,
            "repaired": self.total("repaired"),
            "lost": self.total("lost"),
            "noted": self.total("noted"),
            "kinds": self.counts,
        }
        if defects:
            result["defects"] = [[d.file, d.line, d.kind] for d in self.defects]
        return result


def read_brat(
    folder: str | Path, *, realign: bool = True, progress: Callable[[int, int], None] | None = None
) -> tuple[list[Record], BratReport]:
    """Read all records of a brat folder, sorted by number, and an account of what was wrong with them.

    Offsets count characters of the file as it stands, line ends untouched. Where they and the mention disagree,
    the mention is right (in RuCCoD the offsets were counted on text with CRLF line ends). Spans are trimmed.
    Nothing is dropped without an entry in the report.

    realign: False keeps offsets as they are annotated and trims nothing; only what can't be a span is lost.
    progress: called with (records read, records in all) after each record.
    Raises InputError where there is no such folder, nothing in it, or a file is no UTF-8 text.
    """
    folder = Path(folder)
    texts, annotations = _list(folder)
    report = BratReport(folder=str(folder))
    records = []
    for name in sorted(texts.keys() | annotations.keys(), key=_natural):
        if name not in texts:
            report.defects.append(Defect(f"{name}.ann", 0, "missing_txt"))
            continue
        text = _read(texts[name], report)
        if name in annotations:
            parsed = _parse(_read(annotations[name], report), f"{name}.ann", report)
            report.annotated += len(parsed)
            mentions = _place(text, parsed, f"{name}.ann", report, realign)
        else:
            report.defects.append(Defect(f"{name}.txt", 0, "missing_ann"))
            parsed, mentions = [], ()
        report.annotated_in[name] = len(parsed)
        records.append(Record(id=name, text=text, mentions=mentions))
        report.records += 1
        report.mentions += len(mentions)
        if progress:
            progress(len(records), len(texts))
    return records, report


def write_brat(records: Iterable[Record], folder: str | Path) -> int:
    """Write ``N.txt`` (the text as it is) and ``N.ann`` for each record; return the number of records.

    Line breaks and tabs inside a mention are written as spaces, as brat does. Files of the same records are
    replaced one by one, each completely or not at all.
    Raises InputError where an id can't be a file name or comes twice, and where the folder holds other records.
    """
    folder = Path(folder)
    records = list(records)
    names = Counter(record.id for record in records)
    for name, count in names.items():
        if not name or name.startswith(".") or re.search(r'[/\\:*?"<>|\x00-\x1f]', name):
            raise InputError(
                f"the record id {name!r} can't be a file name", cure="Give the record another id"
            )
        if count > 1:
            raise InputError(
                f"{count} records have the id {name!r}", cure="Give each record an id of its own"
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"can't be made a folder ({error.strerror})", where=str(folder)) from None
    strangers = [p for p in folder.iterdir() if p.suffix in (".txt", ".ann") and p.stem not in names]
    if strangers:
        raise InputError(
            f"the folder holds {len(strangers)} files of other records",
            where=str(folder),
            cure="Choose an empty folder, or they would be read as part of the corpus",
        )
    for record in records:
        for ending, content in ((".txt", record.text), (".ann", format_annotations(record.mentions))):
            write_atomically(folder / (record.id + ending), encode(content, f"record {record.id}"))
    return len(records)


def format_annotations(mentions: Iterable[Mention]) -> str:
    """The content of an .ann file: a T line a mention, an N line a code, an A line an assertion or a role."""
    lines = []
    reference = attribute = 0
    for number, mention in enumerate(mentions, 1):
        text = re.sub(r"[\r\n\t]", " ", mention.text)
        lines.append(f"T{number}\ticd_code {mention.start} {mention.end}\t{text}\n")
        for code in mention.codes:
            reference += 1
            lines.append(f"N{reference}\tReference T{number} ICD_codes:{code}\t{code}\n")
        for name, value in (("Assertion", mention.assertion), ("Role", mention.role)):
            if value:
                attribute += 1
                lines.append(f"A{attribute}\t{name} T{number} {value}\n")
    return "".join(lines)


@dataclass
class _Annotation:
    """A T line: where it stands, what it says, and the codes and attributes that point at it."""

    line: int
    id: str
    fragments: list[tuple[int, int]]
    text: str
    codes: set[str] = field(default_factory=set)
    attributes: dict[str, str] = field(default_factory=dict)


_SPAN = re.compile(r"\S+ (-?\d{1,18} -?\d{1,18}(?:;-?\d{1,18} -?\d{1,18})*)")
_REFERENCE = re.compile(r"Reference (T\S+) \S+")
_ATTRIBUTE = re.compile(r"(Assertion|Role) (T\S+) (\S+)")
_VALUES = {"Assertion": ASSERTIONS, "Role": ROLES}
_STARTS_ANNOTATION = re.compile(r"(?:[TNREAM]\d+|#\S*|\*)\t")


def _list(folder: Path) -> tuple[dict[str, Path], dict[str, Path]]:
    cure = "Give the folder that holds N.txt and N.ann files"
    if not folder.exists():
        raise InputError("there is no such folder", where=str(folder), cure=cure)
    if not folder.is_dir():
        raise InputError("this is a file, not a folder", where=str(folder), cure=cure)
    texts: dict[str, Path] = {}
    annotations: dict[str, Path] = {}
    for path in folder.iterdir():
        # Names that begin with a dot are left by editors and by macOS ("._1.txt").
        if path.name.startswith(".") or not path.is_file():
            continue
        if path.suffix == ".txt":
            texts[path.stem] = path
        elif path.suffix == ".ann":
            annotations[path.stem] = path
    if not texts:
        raise InputError("there are no .txt files in the folder", where=str(folder), cure=cure)
    return texts, annotations


def _natural(name: str) -> list[tuple[int, int, str]]:
    """«2» before «10», «a2» before «a10»; numbers before words."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return [(0, int(p), p) if p[0] in "0123456789" else (1, 0, p) for p in parts]


def _read(path: Path, report: BratReport) -> str:
    """The file's characters, line ends untouched, without a byte order mark."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"can't be read ({error.strerror})", where=str(path)) from None
    if data.startswith(codecs.BOM_UTF8):
        report.defects.append(Defect(path.name, 1, "byte_order_mark"))
        data = data[len(codecs.BOM_UTF8) :]
    cure = "Convert the file to UTF-8, for instance: iconv -f CP1251 -t UTF-8"
    try:
        text = data.decode("utf8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError("not UTF-8 text", where=f"{path}, line {line}", cure=cure) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError("a NUL character: not a text file", where=f"{path}, line {line}", cure=cure)
    return text


def _parse(content: str, name: str, report: BratReport) -> list[_Annotation]:
    annotations: list[_Annotation] = []
    by_id: dict[str, _Annotation] = {}
    waiting: list[tuple[int, str, str]] = []
    attributes: list[tuple[int, str, str, str]] = []
    open_mention: _Annotation | None = None

    def defect(line: int, kind: str) -> None:
        report.defects.append(Defect(name, line, kind))

    # Not splitlines(): a mention may hold U+2028, U+0085 and their like. A CR is white space at the line's end.
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        if not _STARTS_ANNOTATION.match(line):
            # The annotator's selection began or ended in a line break, and the tool wrote it as it was.
            if open_mention is not None:
                open_mention.text += "\n" + line
                defect(open_mention.line, "continued_line")
            else:
                defect(number, "malformed_line")
            continue
        open_mention = None
        columns = line.split("\t", 2)
        kind = line[0]
        if kind == "T":
            span = _SPAN.fullmatch(columns[1].strip())
            if span is None or len(columns) < 3:
                defect(number, "malformed_line")
                continue
            pairs = [pair.split(" ") for pair in span[1].split(";")]
            annotation = _Annotation(number, columns[0], [(int(a), int(b)) for a, b in pairs], columns[2])
            if annotation.id in by_id:
                defect(number, "duplicate_id")
            by_id[annotation.id] = annotation
            annotations.append(annotation)
            open_mention = annotation
        elif kind == "N":
            reference = _REFERENCE.fullmatch(columns[1].strip())
            code = columns[2].strip() if len(columns) == 3 else ""
            if reference is None or not code:
                defect(number, "malformed_line")
            elif reference[1] in by_id:
                # The latest mention of that id: where ids come twice, each has its code right behind it.
                by_id[reference[1]].codes.add(code)
            else:
                waiting.append((number, reference[1], code))
        elif kind == "A" and (attribute := _ATTRIBUTE.fullmatch(columns[1].strip())):
            name, target, value = attribute.groups()
            if value not in _VALUES[name]:
                defect(number, "other_annotation")
            elif target in by_id:
                by_id[target].attributes[name] = value
            else:
                attributes.append((number, name, target, value))
        else:
            defect(number, "other_annotation")
    for number, target, code in waiting:
        if target in by_id:
            by_id[target].codes.add(code)
        else:
            defect(number, "unknown_reference")
    for number, name, target, value in attributes:
        if target in by_id:
            by_id[target].attributes[name] = value
        else:
            defect(number, "other_annotation")
    return annotations


def _place(
    text: str, annotations: list[_Annotation], name: str, report: BratReport, realign: bool
) -> tuple[Mention, ...]:
    """The mentions of a record: found, trimmed, merged, in order of their offsets."""
    placed: dict[tuple[int, int], _Annotation] = {}

    def defect(kind: str) -> None:
        report.defects.append(Defect(name, annotation.line, kind))

    for annotation in annotations:
        start, end = annotation.fragments[0][0], annotation.fragments[-1][1]
        if len(annotation.fragments) > 1:
            start = min(a for a, _ in annotation.fragments)
            end = max(b for _, b in annotation.fragments)
            defect("discontinuous")
        agrees = _agrees(text, annotation)
        if realign:
            if not agrees:
                found = find_mention(text, annotation.text, start, end)
                if found is None and "\n" in annotation.text:
                    # What followed the line was no part of the mention but a line that isn't ours to read.
                    found = find_mention(text, annotation.text.split("\n", 1)[0], start, end)
                if found is None:
                    defect("not_in_text" if annotation.text.strip() else "empty_mention")
                    continue
                if found != (start, end):
                    defect("realigned")
                start, end = found
            trimmed = trim(text, start, end)
            if trimmed[0] == trimmed[1]:
                defect("empty_mention")
                continue
            if trimmed != (start, end):
                defect("trimmed")
            start, end = trimmed
        else:
            if start < 0 or end > len(text):
                defect("beyond_text")
                continue
            if start >= end:
                defect("empty_mention")
                continue
            if not agrees:
                defect("text_differs")
        if (start, end) in placed:
            defect("duplicate_mention")
            placed[start, end].codes |= annotation.codes
            placed[start, end].attributes.update(annotation.attributes)
        else:
            placed[start, end] = annotation
    for annotation in placed.values():
        if len(annotation.codes) != 1:
            defect("several_codes" if annotation.codes else "no_code")
    return tuple(
        Mention(
            start,
            end,
            text[start:end],
            tuple(sorted(annotation.codes)),
            assertion=annotation.attributes.get("Assertion", ""),
            role=annotation.attributes.get("Role", ""),
        )
        for (start, end), annotation in sorted(placed.items(), key=lambda item: item[0])
    )


def _agrees(text: str, annotation: _Annotation) -> bool:
    """Does the text at the annotated offsets read as the annotation says, white space folded?"""
    pieces = [text[a:b] for a, b in annotation.fragments if 0 <= a < b <= len(text)]
    if len(pieces) < len(annotation.fragments):
        return False
    words = " ".join(pieces).split()
    return bool(words) and words == annotation.text.split()
