"""What every reader offers, and what files of lines have in common: encoding, line numbers, fingerprint."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TextIO

from spacy_icd_ru.archive.rows import InputRecord, RejectedRow
from spacy_icd_ru.errors import InputError

#: Longest physical line, in characters: JSON escapes blow 100,000 Cyrillic letters up to 600,000.
LINE_LIMIT = 2_000_000

_HEAD = 1 << 18
_UNDECODABLE = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True)
class Scan:
    """One cheap pass over an input. fingerprint: changes with the content. total: the last row's number."""

    fingerprint: str
    total: int


class Source(Protocol):
    """An input: iterating gives its records and rejections in order, ``scan`` what a resume must compare."""

    path: Path

    def __iter__(self) -> Iterator[InputRecord | RejectedRow]: ...

    def scan(self) -> Scan: ...


class TextFile:
    """A file of lines in a known encoding. Raises InputError where it can't be that."""

    def __init__(self, path: Path, encoding: str, *, header: bool = False):
        self.path = path
        self.encoding = text_encoding(encoding)
        try:
            with path.open("rb") as file:
                head = file.read(_HEAD)
        except OSError as error:
            raise InputError(f"can't be read ({error.strerror})", where=str(path)) from None
        if not head.removeprefix(codecs.BOM_UTF8).strip():
            raise InputError("the file is empty", where=str(path))
        refuse_binary(head, path, self.encoding)
        lines = head.split(b"\n")
        if len(head) == _HEAD:
            lines.pop()  # cut off in the middle, perhaps of a character
        if header:
            refuse_encoding(lines[:1], path, encoding, self.encoding)
            lines = lines[1:]
        refuse_encoding(lines, path, encoding, self.encoding)

    def lines(self) -> Iterator[tuple[int, str | None]]:
        """(line number from 1, line with its ends), None for a line longer than ``LINE_LIMIT``."""
        try:
            with self.path.open(encoding=self.encoding, errors="surrogateescape", newline="\n") as file:
                yield from numbered_lines(file)
        except UnicodeError:  # of UTF-16, whose units no error handler can put right
            raise InputError(f"this is not {self.encoding} text", where=str(self.path)) from None
        except OSError as error:
            raise InputError(f"can't be read ({error.strerror})", where=str(self.path)) from None

    def scan(self) -> Scan:
        digest = hashlib.blake2b(digest_size=16)
        lines, last = 0, b"\n"
        try:
            with self.path.open("rb") as file:
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
                    lines += chunk.count(b"\n")
                    last = chunk[-1:]
        except OSError as error:
            raise InputError(f"can't be read ({error.strerror})", where=str(self.path)) from None
        return Scan(digest.hexdigest(), lines + (last != b"\n"))


def numbered_lines(stream: TextIO) -> Iterator[tuple[int, str | None]]:
    """As ``TextFile.lines``, of a stream opened with ``errors="surrogateescape", newline="\\n"``."""
    number = 0
    while line := stream.readline(LINE_LIMIT):
        number += 1
        if len(line) < LINE_LIMIT or line.endswith("\n"):
            yield number, line
            continue
        # Never the whole line in memory: a file without line ends may be of any size.
        while (rest := stream.readline(LINE_LIMIT)) and not rest.endswith("\n"):
            pass
        yield number, None


def line_defect(line: str | None, encoding: str) -> str | None:
    """Why a line can't be parsed at all, or None where it can."""
    if line is None:
        return f"the line has more than {LINE_LIMIT} characters"
    if _UNDECODABLE.search(line):
        return f"not valid {'UTF-8' if encoding == 'utf-8-sig' else encoding}"
    return None


def text_encoding(name: str) -> str:
    """The codec's name, for UTF-8 the one that takes off the byte order mark. InputError where unknown."""
    try:
        codec = codecs.lookup(name)
        if not getattr(codec, "_is_text_encoding", True):  # hex, zip and their like
            raise LookupError
    except (LookupError, ValueError):
        raise InputError(
            f"there is no encoding {name!r}", cure="Russian files are usually utf-8, cp1251, koi8-r or cp866"
        ) from None
    return "utf-8-sig" if codec.name in ("utf-8", "utf-8-sig") else codec.name


def refuse_binary(head: bytes, path: Path, encoding: str) -> None:
    """Raise InputError where the first bytes are no text in this encoding, whatever the lines say."""
    if head.startswith(b"PK\x03\x04"):
        raise InputError(
            "a packed file, perhaps an Excel sheet", where=str(path), cure="Save it as CSV (UTF-8)"
        )
    if encoding.startswith(("utf-16", "utf-32")):
        return
    # Half of the bytes of UTF-16 are 0 in Latin text and 4 in Cyrillic, and neither occurs in other text.
    wide = (head.count(b"\0") + head.count(b"\4")) * 5 > len(head)
    if wide or head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError("not a text file, or UTF-16", where=str(path), cure="Try --encoding utf-16")
    if head.startswith(codecs.BOM_UTF8) and encoding != "utf-8-sig":
        raise InputError("the file says that it is UTF-8", where=str(path), cure="Leave out --encoding")


def refuse_encoding(samples: Iterable[bytes], path: Path, name: str, encoding: str) -> None:
    """Raise InputError where most samples can't be decoded: it is the encoding, not some broken rows."""
    if encoding.startswith(("utf-16", "utf-32")):
        return
    good = bad = 0
    for sample in samples:
        if sample.strip():
            try:
                sample.decode(encoding)
                good += 1
            except UnicodeDecodeError:
                bad += 1
    if bad > good:
        other = "cp1251" if encoding == "utf-8-sig" else "utf-8"
        raise InputError(f"this is not {name} text", where=str(path), cure=f"Try --encoding {other}")
