"""Reading a user's text file, with every defect said in one line."""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError


def read_text(path: str | Path) -> str:
    """The text of a UTF-8 file, byte order mark removed, line ends as ``\\n``.

    Raises InputError for a file that is missing, a folder, empty, in another encoding, or has NUL bytes.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError("no such file", where=str(path), cure="Check the path") from None
    except IsADirectoryError:
        raise InputError("is a folder, not a file", where=str(path), cure="Name the file in it") from None
    except OSError as error:
        raise InputError(f"can't be read ({error.strerror})", where=str(path)) from None
    if not data.strip():
        raise InputError("the file is empty", where=str(path), cure="Download it again")
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        raise InputError(
            "NUL bytes: a binary or UTF-16 file", where=f"{path}, line {line}", cure="Save it as UTF-8 text"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        guess = " (it looks like windows-1251)" if _looks_like_cp1251(data) else ""
        raise InputError(f"not UTF-8{guess}", where=f"{path}, line {line}", cure="Save it as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _looks_like_cp1251(data: bytes) -> bool:
    text = data[:20_000].decode("cp1251", errors="replace")
    letters = [c for c in text if c.isalpha()]
    return bool(letters) and sum("а" <= c.lower() <= "я" for c in letters) > 0.5 * len(letters)
