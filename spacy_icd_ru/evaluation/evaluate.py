"""Running a pipeline over gold records and measuring what comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from ..corpora.docs import doc_to_record, record_to_doc
from ..corpora.records import Record
from ..errors import InputError
from . import bootstrap, calibration
from .errors import error_kinds, worst_records
from .metrics import VIEWS, counts, hits_at_k, pair
from .report import EvaluationReport, Figure

Progress = Callable[[int, int], None]

_OF_COUNTS = {
    "f1": bootstrap.f1,
    "precision": bootstrap.precision,
    "recall": bootstrap.recall,
    "accuracy": bootstrap.accuracy,
}
_PRECISION = 0.95


def evaluate_pipeline(
    nlp: Language,
    gold: Sequence[Record],
    *,
    gold_mentions: bool = False,
    worst: int = 0,
    batch_size: int = 256,
    progress: Progress | None = None,
    resamples: int = 1000,
) -> EvaluationReport:
    """All metrics of a pipeline on gold records.

    gold_mentions: also linking with the gold mentions given (accuracy@1, @5, recall@30 of the retriever,
    calibration, coverage at 95 % precision). worst: so many records of the lowest code F1 are named.
    progress: called with (records done, of how many).
    resamples: of the bootstrap; 0 for figures without intervals.

    Raises InputError where there is no record, an id stands twice, or the pipeline gives no mentions.
    """
    nlp = coding_chain(nlp)
    if not gold:
        raise InputError("there is no gold record to measure on", cure="Give a corpus or split that has some")
    pair(gold, ())  # ids that stand twice show before the model has run, not after
    passes = 2 if gold_mentions else 1
    predicted = predictions(nlp, gold, _plain_docs(nlp, gold), (), batch_size, progress, 0, passes)
    figures: dict[str, Figure] = {}
    for metric in VIEWS:
        rows = counts(gold, predicted, metric)
        drawn = bootstrap.draw(rows, n=resamples)
        for name, statistic in _OF_COUNTS.items():
            figures[f"{metric}_{name}"] = figure(statistic(rows.sum(axis=0)), statistic(drawn))
    report = EvaluationReport(
        records=len(gold),
        mentions=sum(1 for r in gold for m in r.mentions if m.code),
        figures=figures,
        errors=dict(error_kinds(gold, predicted)),
        worst=worst_records(gold, predicted, worst),
    )
    if gold_mentions:
        _measure_linking(report, nlp, gold, batch_size, progress, passes, resamples)
    return report


def compare_pipelines(
    nlp: Language,
    other: Language,
    gold: Sequence[Record],
    *,
    batch_size: int = 256,
    progress: Progress | None = None,
    resamples: int = 1000,
) -> dict[str, dict[str, float]]:
    """F1 of two pipelines on the same records, for each view, and how surely the first is the better one.

    Returns for each view ``value``, ``against`` and ``share_better``: the share of resamples of the records in which
    the first has the higher F1 (a tie is not higher).
    """
    found = [
        predictions(coder, gold, _plain_docs(coder, gold), (), batch_size, progress, i, 2)
        for i, coder in enumerate((coding_chain(nlp), coding_chain(other)))
    ]
    out = {}
    for metric in VIEWS:
        a, b = (counts(gold, predicted, metric) for predicted in found)
        out[f"{metric}_f1"] = {
            "value": round(float(bootstrap.f1(a.sum(axis=0))), 4),
            "against": round(float(bootstrap.f1(b.sum(axis=0))), 4),
            "share_better": round(bootstrap.share_better(a, b, bootstrap.f1, n=resamples), 4),
        }
    return out


def coding_chain(nlp: Language) -> Language:
    """The pipeline that does the coding: the one inside ``icd_coder`` where a host has that.

    Raises InputError where the pipeline has neither ``icd_coder`` nor ``diagnosis_recognizer``.
    """
    for name in _named(nlp, "icd_coder"):
        return nlp.get_pipe(name).coder_nlp
    if not _named(nlp, "diagnosis_recognizer"):
        raise InputError(
            "the pipeline has no diagnosis_recognizer", cure="Evaluate a model that spacy-icd-ru trained"
        )
    return nlp


def _measure_linking(report: EvaluationReport, nlp, gold, batch_size, progress, passes, resamples) -> None:
    recognizers = _named(nlp, "diagnosis_recognizer")
    own_terms = [nlp.get_pipe(name) for name in _named(nlp, "icd_own_terms")]
    for component in own_terms:  # the mentions are given: no name may take the place of one
        component.finds = False
    try:
        linked = predictions(nlp, gold, gold_docs(nlp, gold), recognizers, batch_size, progress, 1, passes)
    finally:
        for component in own_terms:
            component.finds = True
    figures = report.figures

    def add(name: str, rows: np.ndarray) -> None:
        figures[name] = figure(
            bootstrap.share(rows.sum(axis=0)), bootstrap.resample(rows, bootstrap.share, n=resamples)
        )

    for k in (1, 5):
        add(f"accuracy@{k}", hits_at_k(gold, linked, k))
        add(f"accuracy@{k}_relaxed", hits_at_k(gold, linked, k, relax=True))
    retrievers = _named(nlp, "icd_retriever")
    if retrievers:
        # Whatever stands after the retriever ranks anew or cuts the list.
        later = nlp.pipe_names[nlp.pipe_names.index(retrievers[-1]) + 1 :]
        off = [*recognizers, *later]
        add("recall@30", hits_at_k(gold, predictions(nlp, gold, gold_docs(nlp, gold), off, batch_size), 30))

    record, scores, correct = _confidences(gold, linked)
    rows = calibration.calibration_rows(record, scores, correct, len(gold))
    figures["calibration_error"] = figure(
        calibration.calibration_error(rows.sum(axis=0)),
        bootstrap.resample(rows, calibration.calibration_error, n=resamples),
    )
    adaptive = calibration.expected_calibration_error(scores, correct, adaptive=True)
    figures["calibration_error_adaptive"] = Figure(adaptive)
    figures["coverage@95%"] = _coverage(gold, record, scores, correct, resamples)
    report.reliability = calibration.reliability(scores, correct)


def _coverage(gold, record, scores, correct, resamples: int) -> Figure:
    """Of all coded gold mentions: those that got no candidate are not kept."""
    coded = np.array([sum(1 for m in r.mentions if m.code) for r in gold])

    def covered(weights: np.ndarray) -> np.ndarray:
        kept, _ = calibration.kept_at_precision(scores, correct, weights[:, record], _PRECISION)
        return kept / np.maximum(weights @ coded, 1)

    value = covered(np.ones((1, len(gold)), dtype="int64"))[0]
    drawn = [covered(weights) for weights in bootstrap.weights(len(gold), n=resamples)]
    return figure(value, np.concatenate([np.zeros(0), *drawn]))


def figure(value: float, drawn: np.ndarray) -> Figure:
    """A value with the interval of what resampling drew, where it did."""
    return Figure(float(value), *bootstrap.percentiles(drawn)) if len(drawn) else Figure(float(value))


def _confidences(
    gold: Sequence[Record], linked: Sequence[Record]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each coded gold mention with candidates: place of its record, score of the first, is that right."""
    records, scores, correct = [], [], []
    for i, (g, p) in enumerate(pair(gold, linked)):
        found = {(m.start, m.end): m for m in p.mentions}
        for mention in g.mentions:
            answer = found.get((mention.start, mention.end))
            if mention.code and answer and answer.candidates:
                code, score = answer.candidates[0]
                records.append(i)
                scores.append(score)
                correct.append(code == mention.code)
    return np.array(records, dtype="int64"), np.array(scores, dtype="float64"), np.array(correct, bool)


def _named(nlp: Language, factory: str) -> list[str]:
    return [name for name in nlp.pipe_names if nlp.get_pipe_meta(name).factory == factory]


def _plain_docs(nlp: Language, gold: Sequence[Record]) -> Iterator[Doc]:
    return (record_to_doc(nlp, Record(record.id, record.text)) for record in gold)


def gold_docs(nlp: Language, gold: Sequence[Record]) -> Iterator[Doc]:
    """Docs of the records with their mentions and without their codes."""
    # The mentions are given, their codes are not: nothing of them may be in the doc, or a mention that no
    # component codes would read as coded correctly.
    for record in gold:
        bare = tuple(replace(mention, codes=(), candidates=()) for mention in record.mentions)
        yield record_to_doc(nlp, replace(record, mentions=bare))


def predictions(
    nlp: Language,
    gold: Sequence[Record],
    docs: Iterable[Doc],
    disabled: Sequence[str] = (),
    batch_size: int = 256,
    progress: Progress | None = None,
    at: int = 0,
    passes: int = 1,
) -> list[Record]:
    """Predictions by record id; a record that a component's error handler drops has none."""
    out = []
    ids = (record.id for record in gold)
    with nlp.select_pipes(disable=list(disabled)):
        for doc, id in nlp.pipe(zip(docs, ids), as_tuples=True, batch_size=batch_size):
            out.append(doc_to_record(doc, id=id))
            if progress:
                progress(at * len(gold) + len(out), passes * len(gold))
    return out
