"""The clinical lexicon: what physicians call a code, one name a row.

TSV files with the header ``code⇥name⇥kind⇥note``, sorted by code, one file a chapter (``I00-I99.tsv``). Each
code has exactly one preferred name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from .classification import chapter_of
from .codes import is_code, normalize_code
from .placing import Entry, place
from .report import ReadReport
from .text_files import read_text
from .tree import Terminology

COLUMNS = ("code", "name", "kind", "note")
#: The lexicon inside the package.
PACKAGED = Path(__file__).parents[1] / "data" / "lexicon"
KINDS = ("preferred", "synonym", "eponym", "abbreviation", "colloquial")


@dataclass(frozen=True, slots=True)
class LexiconEntry:
    """A name of a code; ``kind`` is one of ``KINDS``, ``note`` is for editors."""

    code: str
    name: str
    kind: str = "synonym"
    note: str = ""


def read_lexicon(paths: str | Path | Iterable[str | Path]) -> tuple[list[LexiconEntry], ReadReport]:
    """Read lexicon files, or every ``*.tsv`` of folders, in the order given (within a folder by name).

    Skipped and reported: rows with too few or too many fields, an unknown kind, what is no code, an empty
    name, a repeated (code, name), and a second preferred name of a code. With several files the reason names
    the file.

    Raises InputError for a path that can't be read, a file without the header, and where no row is usable.
    """
    paths = [paths] if isinstance(paths, (str, Path)) else list(paths)
    source = str(paths[0]) if len(paths) == 1 else f"{len(paths)} files"
    report = ReadReport(source, unit="names")
    found = lexicon_files(paths)
    entries: list[LexiconEntry] = []
    for row in lexicon_rows(found):
        report.rows += 1
        if row.entry is None:
            report.skip(row.number, f"{row.reason} ({row.file.name})" if len(found) > 1 else row.reason)
        else:
            entries.append(row.entry)
    if not entries:
        raise InputError("holds no usable row", where=source, cure=_CURE)
    report.loaded = len(entries)
    return entries, report


@dataclass(frozen=True, slots=True)
class LexiconRow:
    """A row of a lexicon file: what it says, or why it can't be used.

    file, number: where it stands; rows count from 1 and include the header, as editors count lines.
    """

    file: Path
    number: int
    entry: LexiconEntry | None
    reason: str = ""


def folded(name: str) -> str:
    """A name but for case and «ё»."""
    return name.casefold().replace("ё", "е")


def holds_control(text: str) -> bool:
    """Has it a tab, a line break or another character that a row can't hold?"""
    return any(c < " " or "\ud800" <= c <= "\udfff" for c in text)


def lexicon_files(paths: Iterable[str | Path]) -> list[Path]:
    """The files themselves, and every ``*.tsv`` of folders by name. Raises InputError for a folder without any."""
    return [file for path in paths for file in _files(Path(path))]


def lexicon_rows(files: Iterable[Path]) -> Iterator[LexiconRow]:
    """The rows of lexicon files but the empty ones; ``read_lexicon`` says what makes a row unusable."""
    seen: dict[tuple[str, str], tuple[Path, int]] = {}
    preferred: set[str] = set()
    for file in files:
        for number, fields in _rows(file):
            entry, reason = _entry(fields)
            if entry is not None:
                key = entry.code, folded(entry.name)
                if key in seen:
                    first, row = seen[key]
                    reason = f"repeats row {row}" if first == file else f"repeats row {row} of {first.name}"
                elif entry.kind == "preferred" and entry.code in preferred:
                    reason = f"a second preferred name of {entry.code}"
            if reason is not None or entry is None:
                yield LexiconRow(file, number, None, reason or "")
                continue
            seen[key] = file, number
            if entry.kind == "preferred":
                preferred.add(entry.code)
            yield LexiconRow(file, number, entry)


def load_default_lexicon() -> tuple[list[LexiconEntry], ReadReport]:
    """The lexicon inside the package."""
    return read_lexicon(PACKAGED)


def terminology_from_lexicon(
    entries: Iterable[LexiconEntry], *, name: str = "МКБ-10 (лексикон)", version: str = "", source: str = ""
) -> Terminology:
    """The tree of a lexicon's codes, titled with their preferred names (the first name where there is none).

    Blocks and chapters come from the packaged classification; a category that the lexicon doesn't name has an
    empty title.
    """
    titles: dict[str, LexiconEntry] = {}
    for entry in entries:
        known = titles.get(entry.code)
        if known is None or (entry.kind == "preferred" and known.kind != "preferred"):
            titles[entry.code] = entry
    concepts, _ = place({code: Entry(entry.name) for code, entry in titles.items()})
    return Terminology(concepts, name=name, version=version, source=source)


def write_lexicon(entries: Iterable[LexiconEntry], folder: str | Path) -> list[Path]:
    """Write entries into a folder, one file a chapter, by code; within a code preferred names first.

    Returns the files written. Raises InputError for a code that no chapter holds, a text that the format
    can't hold (tab, line break or another control character), and a folder that can't be written.
    """
    chapters: dict[str, list[LexiconEntry]] = {}
    for entry in entries:
        chapter = chapter_of(entry.code)
        if chapter is None:
            raise InputError(f"{entry.code[:20]!r} is not a code of ICD-10", where="lexicon", cure=_CURE)
        if holds_control(entry.name + entry.kind + entry.note):
            raise InputError(f"a name of {entry.code} holds a control character", where="lexicon", cure=_CURE)
        chapters.setdefault(chapter, []).append(entry)
    folder = Path(folder)
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for chapter, rows in sorted(chapters.items()):
            rows.sort(key=lambda entry: (entry.code, entry.kind != "preferred"))
            lines = ["\t".join(COLUMNS), *("\t".join((e.code, e.name, e.kind, e.note)) for e in rows)]
            written.append(folder / f"{chapter}.tsv")
            written[-1].write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(
            f"can't be written ({error.strerror})", where=str(folder), cure="Choose another"
        ) from None
    return written


_LONGEST = 500  # no physician writes more; a file in another format does
_CURE = f"Rows should be {'⇥'.join(COLUMNS)}, kind one of {', '.join(KINDS)}"


def _files(path: Path) -> list[Path]:
    try:
        if not path.is_dir():
            return [path]
    except OSError:  # a name that no file system takes
        raise InputError("there is no such file", where=str(path)[:200], cure="Check the path") from None
    found = sorted(path.glob("*.tsv"))
    if not found:
        raise InputError("holds no *.tsv files", where=str(path), cure="Give a folder of lexicon files")
    return found


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    lines = read_text(path).split("\n")
    header = [column.strip().lower() for column in lines[0].split("\t")]
    missing = [column for column in COLUMNS[:3] if column not in header]
    if missing:
        named = f"{'column' if len(missing) == 1 else 'columns'} {', '.join(missing)}"
        raise InputError(f"has no {named}", where=str(path), cure=_CURE)
    position = [header.index(column) for column in COLUMNS if column in header]
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        fields = line.split("\t")
        # Editors cut empty columns at the end of a row.
        fields += [""] * (len(header) - len(fields)) if len(fields) >= 3 else []
        yield number, [fields[i] for i in position] if len(fields) == len(header) else fields[:1]


def _entry(fields: list[str]) -> tuple[LexiconEntry | None, str | None]:
    if len(fields) < 3:
        return None, "has too few or too many fields"
    code, name, kind = normalize_code(fields[0]), " ".join(fields[1].split()), fields[2].strip()
    if not is_code(code) or chapter_of(code) is None:
        return None, "its code is not an ICD-10 code"
    if not name:
        return None, "its name is empty"
    if len(name) > _LONGEST:
        return None, f"its name has more than {_LONGEST} characters"
    if not any(character.isalnum() for character in name):
        return None, "its name has no letter and no digit"
    if kind not in KINDS:
        return None, f"its kind is none of {', '.join(KINDS)}"
    return LexiconEntry(code, name, kind, " ".join(fields[3].split()) if len(fields) > 3 else ""), None
