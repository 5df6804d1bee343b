"""One archive from end to end: read, code, write, and go on where an earlier run was cut off."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from spacy_icd_ru.archive.coding import code_records
from spacy_icd_ru.archive.fingerprint import run_fingerprint
from spacy_icd_ru.archive.journal import Position
from spacy_icd_ru.archive.readers import Source
from spacy_icd_ru.archive.resume import ResumableOutput
from spacy_icd_ru.archive.writers import Writer

if TYPE_CHECKING:
    from spacy.language import Language


def code_archive(
    nlp: Language,
    source: Source,
    writer: Writer,
    *,
    settings: dict[str, Any] | None = None,
    batch_size: int = 128,
    n_process: int = 1,
    threshold: float | None = None,
    top_k: int = 5,
    resume: bool = False,
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Position:
    """Code all records of ``source`` (``readers.open_input``) into ``writer`` (``writers.open_writer``).

    settings: plain JSON values that change the output and must be the same for a resume; ``threshold`` and
        ``top_k`` are added here.
    resume: continue an interrupted run. overwrite: replace existing output. Neither: refuse to.
    progress: called with (number of the row that is done, number of the last row).
    The other arguments are those of ``code_records``. Returns the totals of the run, earlier parts included.
    Rejected rows go to ``<output>.rejected.jsonl``. Raises InputError in one line; what was finished by then
    stays, and ``resume`` continues behind it, also after KeyboardInterrupt and SIGKILL.
    """
    scan = source.scan()
    settings = {**(settings or {}), "threshold": threshold, "top_k": top_k}
    fingerprint = run_fingerprint(scan, nlp, settings)
    output = ResumableOutput.open(writer, fingerprint, resume=resume, overwrite=overwrite)
    try:
        code_records(
            nlp,
            output.remaining(source),
            output,
            batch_size=batch_size,
            n_process=n_process,
            threshold=threshold,
            top_k=top_k,
            progress=(lambda row: progress(row, scan.total)) if progress else None,
        )
        output.finish()
    finally:
        output.close()
    return output.position
