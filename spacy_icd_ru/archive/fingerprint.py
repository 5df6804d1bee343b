"""What must be the same for an interrupted run to go on: input, model, settings."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spacy_icd_ru.archive.readers import Scan
from spacy_icd_ru.errors import InputError

if TYPE_CHECKING:
    from spacy.language import Language


def run_fingerprint(scan: Scan, nlp: Language, settings: dict[str, Any]) -> dict[str, Any]:
    """The header of a journal, an entry a thing that may differ: ``input``, ``model`` and each setting.

    settings: plain JSON values under the names by which the user knows them, without those that change
        nothing in the output (batch size, processes).
    """
    return {"input": scan.fingerprint, "model": model_fingerprint(nlp), **settings}


def model_fingerprint(nlp: Language) -> str:
    """Of a model on disk its files, else what it says about itself and its configuration."""
    digest = hashlib.blake2b(digest_size=16)
    folder = getattr(nlp, "path", None)
    if folder is not None and Path(folder).is_dir():
        for path in sorted(p for p in Path(folder).rglob("*") if p.is_file()):
            digest.update(str(path.relative_to(folder)).encode("utf-8", "surrogateescape"))
            digest.update(file_fingerprint(path).encode())
    else:
        digest.update(json.dumps(nlp.meta, sort_keys=True, default=str).encode())
        digest.update(nlp.config.to_str(interpolate=False).encode())
    return digest.hexdigest()


def file_fingerprint(path: str | Path) -> str:
    """A hash of the file's content, or of the files in a folder. Raises InputError for what can't be read."""
    digest = hashlib.blake2b(digest_size=16)
    path = Path(path)
    try:
        for part in sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]:
            with part.open("rb") as file:
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
    except OSError as error:
        raise InputError(
            f"can't be read ({error.strerror})", where=str(path), cure="Check the path"
        ) from None
    return digest.hexdigest()
