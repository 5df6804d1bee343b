"""What kinds of mistakes a model makes: codes, offsets and counts, no text of any record."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..corpora.records import Mention, Record
from ..terminology.classification import chapter_of
from ..terminology.codes import bounds, category_number, category_of, is_block
from .metrics import pair

#: kind → what it means
KINDS = {
    "missed": "a gold mention that no predicted one touches",
    "spurious": "a predicted mention that touches no gold one",
    "too long": "the predicted mention holds the gold one and more",
    "too short": "the predicted mention lies inside the gold one",
    "shifted": "the two overlap, neither holds the other",
    "parent for child": "right mention, a code above the gold one (J35 for J35.0)",
    "child for parent": "right mention, a code below the gold one (J35.0 for J35)",
    "sibling": "right mention and category, another subcategory",
    "gold is a block": "right mention, the gold code is a block (J00-J06)",
    "other category": "right mention and chapter, another category",
    "other chapter": "right mention, another chapter",
    "no code": "right mention, no code: the score is under the threshold",
}


@dataclass(frozen=True)
class Mistake:
    """One mistake: where it is, for looking it up in one's own records. The text stays there.

    start, end: offsets of the predicted mention, or of the gold one where nothing was predicted.
    gold, predicted: the codes; None where that side has no mention, none exactly there, or no code.
    """

    record_id: str
    kind: str
    start: int
    end: int
    gold: str | None = None
    predicted: str | None = None


def error_kinds(gold: Sequence[Record], predicted: Sequence[Record]) -> Counter[str]:
    """How often each of ``KINDS`` occurs; gold mentions without a code are left out, as in the metrics."""
    return Counter(mistake.kind for mistake in mistakes(gold, predicted))


def mistakes(gold: Sequence[Record], predicted: Sequence[Record]) -> Iterator[Mistake]:
    """Every mistake, by record; within one the predicted mentions first, then the missed ones."""
    for g, p in pair(gold, predicted):
        mentions = [m for m in g.mentions if m.code]
        codes: dict[tuple[int, int], list[str]] = defaultdict(list)
        for m in mentions:
            codes[m.start, m.end].append(m.code)
        for m in p.mentions:
            # Two gold mentions may share their offsets: the metrics count either code as a hit.
            expected = codes.get((m.start, m.end))
            if expected is None:
                yield Mistake(g.id, _boundary(m, mentions), m.start, m.end, None, m.code)
            elif m.code not in expected:
                yield Mistake(g.id, _code(min(expected), m.code), m.start, m.end, min(expected), m.code)
        for m in mentions:
            if not any(_touch(m, other) for other in p.mentions):
                yield Mistake(g.id, "missed", m.start, m.end, m.code, None)


def worst_records(gold: Sequence[Record], predicted: Sequence[Record], n: int) -> list[dict[str, Any]]:
    """The `n` records of the lowest code F1, those with more wrong codes first, then by id: ids and codes alone.

    Records whose codes are all right are left out.
    """
    rows = []
    for g, p in pair(gold, predicted):
        hits = len(set(g.codes) & set(p.codes))
        wrong = len(set(g.codes) ^ set(p.codes))
        if wrong:
            f1 = round(2 * hits / (len(g.codes) + len(p.codes)), 4)
            rows.append((f1, -wrong, g.id, g.codes, p.codes))
    return [
        {"id": id, "f1": f1, "gold": list(expected), "predicted": list(found)}
        for f1, _, id, expected, found in sorted(rows)[:n]
    ]


def _boundary(prediction: Mention, gold: Sequence[Mention]) -> str:
    touched = [m for m in gold if _touch(m, prediction)]
    if not touched:
        return "spurious"
    m = max(touched, key=lambda m: min(m.end, prediction.end) - max(m.start, prediction.start))
    if prediction.start <= m.start and m.end <= prediction.end:
        return "too long"
    return "too short" if m.start <= prediction.start and prediction.end <= m.end else "shifted"


def _touch(a: Mention, b: Mention) -> bool:
    return a.start < b.end and b.start < a.end


def _code(gold: str, predicted: str | None) -> str:
    if not predicted:
        return "no code"
    if is_block(gold):
        return "gold is a block"
    if is_block(predicted):
        if _holds(predicted, gold):
            return "parent for child"
    elif gold.startswith(predicted):
        return "parent for child"
    elif predicted.startswith(gold):
        return "child for parent"
    elif gold[:3] == predicted[:3]:
        return "sibling"
    return "other category" if chapter_of(gold) == chapter_of(predicted) else "other chapter"


def _holds(block: str, code: str) -> bool:
    category = category_of(code)
    first, last = bounds(block)
    return category is not None and first <= category_number(category) <= last
