"""Splits by record: the dev part that every number of this project is measured on, and folds for cross-validation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from spacy_icd_ru.corpora.records import Record
from spacy_icd_ru.errors import InputError

SPLITS = ("all", "train", "dev")


def is_dev(record: Record) -> bool:
    """Is the record's number divisible by 10? An id that is no number is hashed, one in ten is dev."""
    return _number(record.id) % 10 == 0


def select(records: Sequence[Record], split: str) -> list[Record]:
    """The records of one split, in their order.

    split: ``train``, ``dev`` or ``all``; anything else raises InputError.
    """
    if split not in SPLITS:
        raise InputError(f"there is no split {split!r}", cure=f"Use one of: {', '.join(SPLITS)}")
    if split == "all":
        return list(records)
    return [record for record in records if is_dev(record) == (split == "dev")]


def folds(records: Sequence[Record], k: int) -> Iterator[tuple[list[Record], list[Record]]]:
    """Yield ``k`` pairs (train, held out) for cross-validation by record.

    Which fold holds a record out depends on its id alone, never on its position or on the other records, so
    that what was cross-fitted in one run stays comparable with the next. Sizes are equal on average.

    k: number of folds, at least 2 (InputError otherwise).
    """
    if k < 2:
        raise InputError(f"{k} folds can't be made", cure="Cross-validation needs at least 2")
    numbers = [fold_of(record.id, k) for record in records]
    for fold in range(k):
        train = [record for record, number in zip(records, numbers) if number != fold]
        held_out = [record for record, number in zip(records, numbers) if number == fold]
        yield train, held_out


def fold_of(record_id: str, k: int) -> int:
    """The fold (0 … k-1) that holds this record out."""
    # Hashed, not numbered: neighbouring records of a corpus may come from one patient or one day,
    # and number % k would tie the folds to the dev rule.
    return _hash(f"fold:{record_id}") % k


def _number(record_id: str) -> int:
    return int(record_id) if record_id.isascii() and record_id.isdigit() else _hash(record_id)


def _hash(value: str) -> int:
    return int.from_bytes(
        hashlib.blake2b(value.encode("utf8", "surrogatepass"), digest_size=8).digest(), "big"
    )
