"""Adding a name to a lexicon file, which stays as its authors wrote it but for the new row."""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError
from ..files import write_atomically
from .classification import chapter_of
from .codes import category_of, normalize_code
from .lexicon import COLUMNS, KINDS, LexiconEntry, folded, holds_control, lexicon_rows
from .text_files import read_text


def add_name(path: str | Path, entry: LexiconEntry) -> tuple[Path, int]:
    """Put a row into a lexicon file, or into the file of its chapter in a folder, behind the rows of its code.

    A file that isn't there is made. Returns the file and the number of the new row. Raises InputError for a code that
    is none, an empty name or one with a tab or line break, an unknown kind, a name that the code has already, a second
    preferred name, and a file that can't be read or written; the file is then as it was.
    """
    entry = _checked(entry)
    path = Path(path)
    try:
        if path.is_dir():
            path /= f"{chapter_of(entry.code)}.tsv"
        if not path.exists():
            write_atomically(
                path, "".join(f"{line}\n" for line in ("\t".join(COLUMNS), _row(entry))).encode("utf-8")
            )
            return path, 2
    except OSError:  # a name that no file system takes
        raise InputError("can't be written", where=str(path)[:200], cure="Choose a shorter path") from None
    header, *lines = read_text(path).removesuffix("\n").split("\n")
    if [column.strip().lower() for column in header.split("\t")] != list(COLUMNS):
        raise InputError(
            "its columns are not those of a lexicon file, in their order",
            where=str(path),
            cure=f"Its first line should be {'⇥'.join(COLUMNS)}",
        )
    # Behind the last row whose code is not greater; a preferred name before the other names of its code.
    at = 0
    for row in lexicon_rows([path]):
        known = row.entry
        if known is None:
            continue
        if known.code == entry.code:
            if folded(known.name) == folded(entry.name):
                raise InputError(
                    f"{entry.code} has the name already",
                    where=f"{path}, row {row.number}",
                    cure="Nothing to do",
                )
            if known.kind == entry.kind == "preferred":
                raise InputError(
                    f"{entry.code} has a preferred name already",
                    where=f"{path}, row {row.number}",
                    cure="Change that row, or add a synonym",
                )
        if known.code < entry.code or (known.code == entry.code and entry.kind != "preferred"):
            at = row.number - 1
    lines.insert(at, _row(entry))
    written = path.read_bytes()
    mark = written[:3] if written.startswith(b"\xef\xbb\xbf") else b""
    end = "\r\n" if b"\r\n" in written else "\n"
    write_atomically(path, mark + "".join(f"{line}{end}" for line in (header, *lines)).encode("utf-8"))
    return path, at + 2


def _checked(entry: LexiconEntry) -> LexiconEntry:
    code, name, note = normalize_code(entry.code), entry.name.strip(), entry.note.strip()
    if category_of(code) is None or chapter_of(code) is None:
        raise InputError(f"{entry.code[:20]!r} is not a code of ICD-10", cure="Give one such as J18 or J18.9")
    if not name:
        raise InputError("the name is empty", cure="Give the words that physicians write")
    if not any(character.isalnum() for character in name):
        raise InputError("the name has no letter and no digit", cure="Give the words that physicians write")
    if holds_control(name + note):
        raise InputError("the name or the note holds a tab or a line break", cure="Write it in one line")
    if entry.kind not in KINDS:
        raise InputError(f"unknown kind {entry.kind[:20]!r}", cure=f"Give one of {', '.join(KINDS)}")
    return LexiconEntry(code, " ".join(name.split()), entry.kind, " ".join(note.split()))


def _row(entry: LexiconEntry) -> str:
    return "\t".join((entry.code, entry.name, entry.kind, entry.note))
