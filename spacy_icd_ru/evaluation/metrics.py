"""The metrics of the RuCCoD paper, one definition each, over gold and predicted records.

On a record, as sets: NER = (start, end); NER+linking = (start, end, code); code assignment = the record's
codes. Micro-averaged over gold records, those without any prediction included. Gold mentions without a code
are left out of the gold of every metric, so a prediction on such a mention counts as spurious; a mention
with several gold codes counts the first in sorted order. A mention that the gold says is ruled out, over, or
a relative's is a mention, but its code is none of the record's. «Relaxed» compares the first three characters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..corpora.records import Mention, Record
from ..errors import InputError


@dataclass(frozen=True)
class Counts:
    """True positives, false positives, false negatives, of one record or summed."""

    tp: int
    fp: int
    fn: int

    @property
    def precision(self) -> float:
        return _ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float:
        return _ratio(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> float:
        return _ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    @property
    def accuracy(self) -> float:
        """TP / (TP + FP + FN), the paper's accuracy."""
        return _ratio(self.tp, self.tp + self.fp + self.fn)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def relaxed(code: str) -> str:
    """First three characters: the category; of a block, its first category."""
    return code[:3]


def _spans(record: Record) -> set:
    return {(m.start, m.end) for m in record.mentions}


def _links(record: Record) -> set:
    return {(m.start, m.end, m.code) for m in record.mentions if m.code}


def _links_relaxed(record: Record) -> set:
    return {(m.start, m.end, relaxed(m.code)) for m in record.mentions if m.code}


def _codes(record: Record) -> set:
    return set(record.codes)


def _codes_relaxed(record: Record) -> set:
    return {relaxed(code) for code in record.codes}


#: name of a metric → what it counts on a record
VIEWS: dict[str, Callable[[Record], set]] = {
    "ner": _spans,
    "linking": _links,
    "linking_relaxed": _links_relaxed,
    "codes": _codes,
    "codes_relaxed": _codes_relaxed,
}


def pair(gold: Sequence[Record], predicted: Sequence[Record]) -> list[tuple[Record, Record]]:
    """Gold records, in order, each with the prediction of its id; a record without one has no mentions.

    Raises InputError where a prediction's id is not in the gold, or an id stands twice.
    """
    by_id = {record.id: record for record in predicted}
    known = {record.id for record in gold}
    if len(by_id) != len(predicted) or len(known) != len(gold):
        raise InputError("a record id stands twice", cure="Give every record an id of its own")
    strangers = sorted(by_id.keys() - known)
    if strangers:
        raise InputError(
            f"{len(strangers)} predicted records are not in the gold, the first has id {strangers[0]!r}",
            cure="Evaluate predictions on the records that they were made from",
        )
    return [(g, by_id.get(g.id, Record(g.id, g.text))) for g in gold]


def counts(gold: Sequence[Record], predicted: Sequence[Record], metric: str) -> np.ndarray:
    """(tp, fp, fn) of every record: int64 [n gold records, 3]. `metric`: a key of ``VIEWS``."""
    view = VIEWS[metric]
    rows = []
    for g, p in pair(gold, predicted):
        expected, found = view(_coded(g)), view(p)
        hits = len(expected & found)
        rows.append((hits, len(found) - hits, len(expected) - hits))
    return np.array(rows, dtype="int64").reshape(-1, 3)


def total(rows: np.ndarray) -> Counts:
    """Sum of the rows that ``counts`` gives."""
    return Counts(*(int(n) for n in rows.sum(axis=0)))


def _coded(record: Record) -> Record:
    return Record(record.id, record.text, tuple(m for m in record.mentions if m.code))


def hits_at_k(
    gold: Sequence[Record], predicted: Sequence[Record], k: int, *, relax: bool = False
) -> np.ndarray:
    """Linking with gold mentions given, a row a record: int64 [n, 2] (hits in the first k, gold mentions).

    predicted: the gold mentions with candidates; a gold mention that has none counts as a miss. With k = 1
    and 5 this is accuracy@k, with the retriever's candidates and k = 30 its recall. relax: the gold category
    is among the categories of the same k candidates (two of one category take two places).
    """
    rows = []
    for g, p in pair(gold, predicted):
        found = {(m.start, m.end): m for m in p.mentions}
        mentions = [m for m in g.mentions if m.code]
        rows.append((sum(_hit(m, found.get((m.start, m.end)), k, relax) for m in mentions), len(mentions)))
    return np.array(rows, dtype="int64").reshape(-1, 2)


def _hit(gold: Mention, found: Mention | None, k: int, relax: bool) -> bool:
    if found is None:
        return False
    codes = ([code for code, _ in found.candidates] or list(found.codes))[:k]
    return relaxed(gold.code) in map(relaxed, codes) if relax else gold.code in codes


def linking_accuracy(
    gold: Sequence[Record], predicted: Sequence[Record], ks: Sequence[int] = (1, 5), *, relax: bool = False
) -> dict[int, float]:
    """accuracy@k of each k over all gold mentions that have a code; arguments as for ``hits_at_k``."""
    sums = {k: hits_at_k(gold, predicted, k, relax=relax).sum(axis=0) for k in ks}
    return {k: _ratio(int(hits), int(mentions)) for k, (hits, mentions) in sums.items()}
