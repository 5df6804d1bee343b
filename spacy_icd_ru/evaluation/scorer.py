"""spaCy scorers: the numbers of ``spacy-icd-ru evaluate``, for ``spacy train`` and ``spacy evaluate``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from spacy.training import Example
from spacy.util import registry

from ..corpora.docs import doc_to_record
from ..corpora.records import Record
from .metrics import VIEWS, counts, total

Scorer = Callable[..., dict[str, Any]]


@registry.scorers("spacy_icd_ru.diagnosis_scorer.v1")
def create_diagnosis_scorer() -> Scorer:
    """``diagnoses_{ner,linking,codes,…}_{p,r,f}``: every view of ``evaluation.metrics``."""
    return _score_all


@registry.scorers("spacy_icd_ru.recognizer_scorer.v1")
def create_recognizer_scorer() -> Scorer:
    """``diagnoses_ner_{p,r,f}`` only."""
    return _score_mentions


# Functions of the module, not lambdas: components that hold them travel to worker processes.
def _score_all(examples: Iterable[Example], **kwargs: Any) -> dict[str, float]:
    return score_examples(examples, tuple(VIEWS))


def _score_mentions(examples: Iterable[Example], **kwargs: Any) -> dict[str, float]:
    return score_examples(examples, ("ner",))


def score_examples(examples: Iterable[Example], metrics: Sequence[str]) -> dict[str, float]:
    """Score examples whose docs follow the convention of ``corpora.docs``; records go by order, not by id."""
    gold: list[Record] = []
    predicted: list[Record] = []
    for i, example in enumerate(examples):
        g, p = doc_to_record(example.reference, id=str(i)), doc_to_record(example.predicted, id=str(i))
        gold.append(g)
        predicted.append(p)
    scores = {}
    for metric in metrics:
        sums = total(counts(gold, predicted, metric))
        scores[f"diagnoses_{metric}_p"] = sums.precision
        scores[f"diagnoses_{metric}_r"] = sums.recall
        scores[f"diagnoses_{metric}_f"] = sums.f1
    return scores
