"""Running a pipeline over gold records and measuring what comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from ..corpora.docs import doc_to_record, record_to_doc
from ..corpora.records import Record
from ..errors import InputError
from . import bootstrap
from .calibration import coverage_at_precision, expected_calibration_error
from .errors import error_kinds
from .metrics import VIEWS, counts, hits_at_k, total
from .report import EvaluationReport, Figure

Progress = Callable[[int, int], None]


def evaluate_pipeline(
    nlp: Language,
    gold: Sequence[Record],
    *,
    gold_mentions: bool = False,
    batch_size: int = 256,
    progress: Progress | None = None,
) -> EvaluationReport:
    """All metrics of a pipeline on gold records.

    gold_mentions: also linking with the gold mentions given (accuracy@1, @5, recall@30 of the retriever,
    calibration, coverage at 95 % precision). progress: called with (records done, of how many).
    """
    nlp = _chain(nlp)
    passes = 2 if gold_mentions else 1
    predicted = _run(nlp, gold, _plain_docs(nlp, gold), (), batch_size, progress, 0, passes)
    figures: dict[str, Figure] = {}
    for metric in VIEWS:
        rows = counts(gold, predicted, metric)
        sums = total(rows)
        figures[f"{metric}_f1"] = Figure(sums.f1, *bootstrap.interval(rows, bootstrap.f1))
        figures[f"{metric}_precision"] = Figure(sums.precision)
        figures[f"{metric}_recall"] = Figure(sums.recall)
        figures[f"{metric}_accuracy"] = Figure(sums.accuracy)
    if gold_mentions:
        figures.update(_linking(nlp, gold, batch_size, progress, passes))
    return EvaluationReport(
        records=len(gold),
        mentions=sum(1 for r in gold for m in r.mentions if m.code),
        figures=figures,
        errors={kind: n for kind, n in error_kinds(gold, predicted).items() if n},
    )


def _linking(nlp: Language, gold, batch_size: int, progress, passes: int) -> dict[str, Figure]:
    recognizers = _named(nlp, "diagnosis_recognizer")
    rerankers = _named(nlp, "icd_reranker")
    linked = _run(nlp, gold, _gold_docs(nlp, gold), recognizers, batch_size, progress, 1, passes)
    figures = {}
    for k in (1, 5):
        rows = hits_at_k(gold, linked, k)
        figures[f"accuracy@{k}"] = Figure(
            float(bootstrap.share(rows.sum(axis=0))), *bootstrap.interval(rows, bootstrap.share)
        )
        rows = hits_at_k(gold, linked, k, relax=True)
        figures[f"accuracy@{k}_relaxed"] = Figure(
            float(bootstrap.share(rows.sum(axis=0))), *bootstrap.interval(rows, bootstrap.share)
        )
    retrieved = _run(nlp, gold, _gold_docs(nlp, gold), [*recognizers, *rerankers], batch_size, None, 1, passes)
    rows = hits_at_k(gold, retrieved, 30)
    figures["recall@30"] = Figure(
        float(bootstrap.share(rows.sum(axis=0))), *bootstrap.interval(rows, bootstrap.share)
    )
    scores, correct = _confidences(gold, linked)
    figures["calibration_error"] = Figure(expected_calibration_error(scores, correct))
    figures["coverage@95%"] = Figure(coverage_at_precision(scores, correct)[0])
    return figures


def _confidences(gold: Sequence[Record], linked: Sequence[Record]) -> tuple[np.ndarray, np.ndarray]:
    scores, correct = [], []
    for g, p in zip(gold, linked):
        found = {(m.start, m.end): m for m in p.mentions}
        for mention in g.mentions:
            answer = found.get((mention.start, mention.end))
            if mention.code and answer and answer.candidates:
                code, score = answer.candidates[0]
                scores.append(score)
                correct.append(code == mention.code)
    return np.array(scores), np.array(correct)


def _chain(nlp: Language) -> Language:
    """The pipeline that does the coding: the one inside ``icd_coder`` where a host has that."""
    for name in _named(nlp, "icd_coder"):
        return nlp.get_pipe(name).coder_nlp
    if not _named(nlp, "diagnosis_recognizer"):
        raise InputError(
            "the pipeline has no diagnosis_recognizer", cure="Evaluate a model that spacy-icd-ru trained"
        )
    return nlp


def _named(nlp: Language, factory: str) -> list[str]:
    return [name for name in nlp.pipe_names if nlp.get_pipe_meta(name).factory == factory]


def _plain_docs(nlp: Language, gold: Sequence[Record]) -> Iterator[Doc]:
    return (nlp.make_doc(record.text) for record in gold)


def _gold_docs(nlp: Language, gold: Sequence[Record]) -> Iterator[Doc]:
    for record in gold:
        doc = record_to_doc(nlp, record)
        # The mentions are given, their codes are not.
        for span in doc.spans["diagnoses"]:
            span.kb_id_ = ""
        yield doc


def _run(nlp, gold, docs, disabled, batch_size, progress, at, passes) -> list[Record]:
    out = []
    with nlp.select_pipes(disable=list(disabled)):
        for record, doc in zip(gold, nlp.pipe(docs, batch_size=batch_size)):
            out.append(doc_to_record(doc, id=record.id))
            if progress:
                progress(at * len(gold) + len(out), passes * len(gold))
    return out
