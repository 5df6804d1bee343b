"""What kinds of mistakes a model makes: counts only, no text of any record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..corpora.records import Mention, Record
from ..terminology.classification import chapter_of
from ..terminology.codes import is_block
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


def error_kinds(gold: Sequence[Record], predicted: Sequence[Record]) -> Counter[str]:
    """How often each kind of ``KINDS`` occurs. Gold mentions without a code are left out, as in the metrics."""
    found: Counter[str] = Counter()
    for g, p in pair(gold, predicted):
        mentions = [m for m in g.mentions if m.code]
        exact = {(m.start, m.end): m for m in mentions}
        for prediction in p.mentions:
            twin = exact.get((prediction.start, prediction.end))
            kind = _boundary(prediction, mentions) if twin is None else _code(twin.code, prediction.code)
            if kind:
                found[kind] += 1
        found["missed"] += sum(not any(_touch(m, other) for other in p.mentions) for m in mentions)
    return found


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


def _code(gold: str, predicted: str | None) -> str | None:
    if predicted == gold:
        return None
    if not predicted:
        return "no code"
    if is_block(gold):
        return "gold is a block"
    if gold.startswith(predicted):
        return "parent for child"
    if predicted.startswith(gold):
        return "child for parent"
    if gold[:3] == predicted[:3]:
        return "sibling"
    return "other category" if chapter_of(gold) == chapter_of(predicted) else "other chapter"
