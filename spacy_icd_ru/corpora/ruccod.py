"""RuCCoD: 3,000 Russian diagnosis fields with ICD-10 codes (arXiv 2502.21263), as records and as spaCy readers.

A spaCy config names the readers like this::

    [corpora.train]
    @readers = "spacy_icd_ru.RuCCoD.v1"
    path = ${paths.ruccod}
    split = "train"
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from spacy.util import registry

from spacy_icd_ru.corpora.brat import BratReport, read_brat
from spacy_icd_ru.corpora.records import Record
from spacy_icd_ru.corpora.splits import select
from spacy_icd_ru.errors import InputError

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.training import Example

    Reader = Callable[[Language], Iterator[Example]]

_FOLDER = "ruccod_train"


def find_ruccod(path: str | Path) -> Path:
    """The folder ``ruccod_train``, given itself, its parent (``data/`` of the publisher) or a mirror's root.

    Raises InputError where none of them holds it.
    """
    path = Path(path)
    for folder in (path / _FOLDER, path / "ruccod" / _FOLDER, path / "data" / _FOLDER, path):
        if folder.is_dir() and (folder.name == _FOLDER or any(folder.glob("*.ann"))):
            return folder
    raise InputError(
        f"RuCCoD isn't here: no folder {_FOLDER} in it or in its ruccod/ or data/",
        where=str(path),
        cure="Give the folder data/ of https://github.com/auto-icd-coding/ruccod, or a mirror that has ruccod/",
    )


def read_ruccod(
    path: str | Path, split: str = "all", *, progress: Callable[[int, int], None] | None = None
) -> tuple[list[Record], BratReport]:
    """Read the training part of RuCCoD.

    path: see ``find_ruccod``. split: ``all`` (3,000 records), ``dev`` (300: number divisible by 10), ``train``.
    progress: see ``read_brat``.
    Returns the records of the split, by number, and the defects of exactly these records' files.
    Raises InputError for a wrong path or split.
    """
    select((), split)  # a misspelt split shouldn't cost the reading of 3,000 files
    records, report = read_brat(find_ruccod(path), progress=progress)
    selected = select(records, split)
    return selected, report.of(selected)


@registry.readers("spacy_icd_ru.RuCCoD.v1")
def create_ruccod_reader(path: str | Path, split: str = "all", limit: int = 0) -> Reader:
    """A spaCy corpus reader: nlp → examples of RuCCoD.

    path: see ``find_ruccod``; it is looked up when the reader runs, so that a config loads without the data.
    split: ``train``, ``dev`` or ``all``. limit: stop after so many records; 0 reads all.
    """

    _check(path, split)

    def read(nlp: Language) -> Iterator[Example]:
        records, _ = read_ruccod(path, split)
        yield from _examples(nlp, records, limit)

    return read


@registry.readers("spacy_icd_ru.BratCorpus.v1")
def create_brat_reader(path: str | Path, split: str = "all", limit: int = 0) -> Reader:
    """A spaCy corpus reader for any brat folder with codes in Reference lines; arguments as for RuCCoD."""

    _check(path, split)

    def read(nlp: Language) -> Iterator[Example]:
        records, _ = read_brat(path)
        yield from _examples(nlp, select(records, split), limit)

    return read


def _check(path: str | Path | None, split: str) -> None:
    """Refuse what is wrong whatever the disk holds; a path left empty in a config arrives as None."""
    if path is None:
        raise InputError(
            "the path of the corpus isn't given", cure="Set it: spacy train … --paths.ruccod FOLDER"
        )
    select((), split)


def _examples(nlp: Language, records: list[Record], limit: int) -> Iterator[Example]:
    from spacy_icd_ru.corpora.docs import record_to_example

    for record in records[: limit or None]:
        # spaCy's own reader leaves out empty documents too: there is nothing to learn from them.
        if record.text.strip():
            yield record_to_example(nlp, record)
