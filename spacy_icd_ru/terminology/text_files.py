"""Text files that people prepared: read as UTF-8, or refused with the reason."""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError

_SAVE = "Save it as UTF-8"
_OTHER_UNICODE = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


def read_bytes(path: str | Path) -> bytes:
    """The bytes of a file. Raises InputError where there is none, it can't be read, or it is empty."""
    path = Path(path)
    if path.is_dir():
        raise InputError("is a folder, not a file", where=str(path), cure="Give the file itself")
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError("there is no such file", where=str(path), cure="Check the path") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise InputError(f"can't be read ({why})", where=str(path), cure="Check the path") from None
    if not data.strip():
        raise InputError("is empty", where=str(path), cure="Give the file that the publisher offers")
    return data


def read_text(path: str | Path) -> str:
    """The text of a UTF-8 file, without byte order mark, every line end as ``\\n``.

    Raises InputError as ``read_bytes`` does, and for NUL bytes and any other encoding, which it names if it
    can.
    """
    return decode(read_bytes(path), str(path))


def decode(data: bytes, where: str) -> str:
    """As ``read_text``, from bytes."""
    if data.startswith(_OTHER_UNICODE):
        raise InputError("is UTF-16 or UTF-32, not UTF-8", where=where, cure=_SAVE)
    if b"\x00" in data:
        raise InputError("holds NUL bytes, so it is no text file", where=where, cure="Give a UTF-8 text file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        guess = "is not UTF-8 but probably Windows-1251" if _is_like_cp1251(data) else "is not UTF-8"
        raise InputError(f"{guess} (row {row})", where=where, cure=_SAVE) from None
    if not text.strip():
        raise InputError("is empty", where=where, cure="Give the file that the publisher offers")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_like_cp1251(data: bytes) -> bool:
    text = data.decode("cp1251", errors="replace")
    beyond_ascii = [c for c in text if ord(c) > 127]
    cyrillic = sum("а" <= c.lower() <= "я" or c in "ёЁ" for c in beyond_ascii)
    return cyrillic > 0.8 * len(beyond_ascii)
