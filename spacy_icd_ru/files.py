"""Files that are written completely or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from spacy_icd_ru.errors import InputError


def write_atomically(path: str | Path, data: bytes) -> None:
    """Write ``data`` to ``path`` through a temporary file beside it; missing folders are made.

    An interrupted run leaves the old file, or none. Raises InputError where the path can't be written.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(data)
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(
            f"can't be written ({error.strerror})",
            where=str(path),
            cure="Choose a path that can be written to",
        ) from None


def write_json(path: str | Path, document: Any) -> None:
    """Write a document as JSON for people to read, as ``write_atomically`` does."""
    write_atomically(path, (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode("utf8"))


def encode(text: str, where: str) -> bytes:
    """UTF-8 bytes of the text; InputError at ``where`` for half a surrogate pair, which has no UTF-8 form."""
    try:
        return text.encode("utf8")
    except UnicodeEncodeError:
        raise InputError(
            "the text holds half of a surrogate pair", where=where, cure="Read it again in its right encoding"
        ) from None
