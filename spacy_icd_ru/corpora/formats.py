"""One door to corpora on disk: which format a path is in, and what reads and writes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spacy_icd_ru.corpora.brat import KINDS, BratReport, read_brat, write_brat
from spacy_icd_ru.corpora.docs import doc_to_record, read_docbin, write_docbin
from spacy_icd_ru.corpora.jsonl import JsonlReport, read_jsonl, write_jsonl
from spacy_icd_ru.corpora.records import Record
from spacy_icd_ru.corpora.splits import select
from spacy_icd_ru.errors import InputError

if TYPE_CHECKING:
    from spacy.language import Language

FORMATS = ("spacy", "brat", "jsonl")


def format_of(path: str | Path) -> str:
    """``spacy`` for «.spacy», ``jsonl`` for «.jsonl», ``brat`` for a folder (a name without an ending).

    Raises InputError for any other ending.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if path.is_dir() or not ending:
        return "brat"
    if ending[1:] in ("spacy", "jsonl"):
        return ending[1:]
    raise InputError(
        f"the ending {path.suffix!r} doesn't say the format",
        where=str(path),
        cure="Use a name that ends in .spacy or .jsonl, or a folder for brat",
    )


@dataclass(frozen=True)
class Corpus:
    """Records read from a path, and what the reader says about them (None: the format can't have defects)."""

    path: Path
    records: list[Record]
    report: BratReport | JsonlReport | None = None

    def part(self, split: str) -> Corpus:
        """The corpus of one split of ``splits.SPLITS``, with the defects of that part."""
        records = select(self.records, split)
        report = self.report.of(records) if isinstance(self.report, BratReport) else self.report
        return Corpus(self.path, records, report)

    @property
    def defects(self) -> dict[str, int]:
        """Number of defects by kind of ``brat.KINDS``; empty for the other formats."""
        return self.report.counts if isinstance(self.report, BratReport) else {}

    @property
    def left_out(self) -> list[str]:
        """One line for each thing of the input that isn't in the records: where and what, never its text."""
        if isinstance(self.report, BratReport):
            lost = [d for d in self.report.defects if KINDS[d.kind][0] == "lost"]
            return [f"{d.file}{f', line {d.line}' if d.line else ''}: {KINDS[d.kind][1]}" for d in lost]
        if isinstance(self.report, JsonlReport):
            return [f"{self.path.name}, row {row}: {reason}" for row, reason in self.report.broken]
        return []


def read_corpus(path: str | Path, *, progress: Callable[[int, int], None] | None = None) -> Corpus:
    """Read a brat folder (also a folder in which RuCCoD lies), a ``.jsonl`` or a ``.spacy`` file.

    progress: called with (done, in all); in records or, for jsonl, bytes.
    Raises InputError as the readers do.
    """
    path = Path(path)
    format = format_of(path)
    if format == "jsonl":
        return Corpus(path, *read_jsonl(path, progress=progress))
    if format == "spacy":
        from spacy.vocab import Vocab

        records = [doc_to_record(doc) for doc in read_docbin(path, Vocab())]
        if not records:
            raise InputError("there is no document in the file", where=str(path))
        return Corpus(path, records)
    if path.is_dir() and not any(path.glob("*.txt")):
        from spacy_icd_ru.corpora.ruccod import find_ruccod

        try:
            path = find_ruccod(path)
        except InputError:
            pass  # read_brat says what is wrong with the folder that the user named
    return Corpus(path, *read_brat(path, progress=progress))


def write_corpus(
    records: Sequence[Record],
    path: str | Path,
    format: str,
    *,
    nlp: Language | None = None,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write records in a format of ``FORMATS``; return the number of mentions that the format couldn't hold.

    nlp: tokenizes for ``spacy``, which needs it. progress: called with the number of records done (``spacy``).
    Raises InputError as the writers do, and for an unknown format.
    """
    if format == "spacy":
        if nlp is None:
            raise ValueError("writing .spacy needs a pipeline (nlp) to tokenize with")
        return write_docbin(records, path, nlp, progress=progress).skipped
    if format == "brat":
        write_brat(records, path)
    elif format == "jsonl":
        write_jsonl(records, path)
    else:
        raise InputError(f"there is no format {format!r}", cure=f"Use one of: {', '.join(FORMATS)}")
    return 0
