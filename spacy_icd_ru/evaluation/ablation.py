"""What each part of a trained pipeline adds: the same model with one part switched off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from spacy.language import Language

from ..corpora.records import Record
from ..errors import InputError
from ..retrieval.retriever import CHANNELS, CandidateRetriever, Candidates
from .evaluate import Progress, coding_chain, evaluate_pipeline

COMPONENTS = ("ru_clinical_normalizer", "diagnosis_recognizer", "icd_retriever", "icd_reranker")
METRICS = ("ner_f1", "linking_f1", "codes_f1", "codes_relaxed_f1", "accuracy@1", "accuracy@5")


def ablate(
    nlp: Language, gold: Sequence[Record], *, progress: Progress | None = None
) -> dict[str, dict[str, float]]:
    """Metrics of the whole pipeline, then of the pipeline without each part: part → metric → value.

    The other parts stay as they were trained, so a part that others can stand in for looks small here.
    A host pipeline with ``icd_coder`` is measured through the chain inside. Raises InputError where a
    component that would be switched off is not there.
    """
    nlp = coding_chain(nlp)
    missing = [name for name in COMPONENTS if name not in nlp.pipe_names]
    if missing:
        raise InputError(
            f"the pipeline has no {', '.join(missing)}, so it can't be measured without",
            cure="Evaluate it without the ablation",
        )
    parts = _parts(nlp)
    table = {}
    for done, (name, switched_off) in enumerate(parts.items(), start=1):
        with switched_off():
            figures = evaluate_pipeline(nlp, gold, gold_mentions=True, resamples=0).figures
        table[name] = {metric: round(figures[metric].value, 4) for metric in METRICS}
        if progress:
            progress(done, len(parts))
    return table


def _parts(nlp: Language) -> dict[str, Callable]:
    retriever = nlp.get_pipe("icd_retriever")
    reranker = nlp.get_pipe("icd_reranker")
    recognizer = nlp.get_pipe("diagnosis_recognizer")
    normalizer = nlp.get_pipe("ru_clinical_normalizer")

    @contextmanager
    def changed(owner, name: str, value) -> Iterator[None]:
        kept = getattr(owner, name)
        setattr(owner, name, value)
        try:
            yield
        finally:
            setattr(owner, name, kept)

    @contextmanager
    def nothing() -> Iterator[None]:
        yield

    def without(channels: Sequence[str]) -> Callable:
        silent = [CHANNELS.index(channel) for channel in channels]
        original: CandidateRetriever = retriever.retriever

        def retrieve(*args) -> Candidates:
            found = CandidateRetriever.retrieve(original, *args)
            values = found.channels.copy()
            values[..., silent] = 0.0
            return Candidates(found.ids, values, found.fused)

        return lambda: _patched(original, retrieve)

    @contextmanager
    def without_names() -> Iterator[None]:
        kept = recognizer.model.attrs["gazetteer"]
        recognizer.model.attrs["gazetteer"] = np.zeros(0, dtype="uint64")
        try:
            yield
        finally:
            recognizer.model.attrs["gazetteer"] = kept

    return {
        "everything": nothing,
        "without the reranker": lambda: nlp.select_pipes(disable=["icd_reranker"]),
        "without the lexicon in ranking": without(["lexicon"]),
        "without the official directory": without(["dictionary"]),
        "without the memory": without([c for c in CHANNELS if c.startswith("memory")]),
        "without the classifier": without(["classifier"]),
        "without the record's context": without(["context"]),
        "without the lexicon in recognition": without_names,
        "without abbreviations": lambda: changed(normalizer, "expand_abbreviations", False),
        "level as_trained": lambda: changed(reranker, "level", "as_trained"),
        "no threshold": lambda: changed(reranker, "threshold", 0.0),
    }


@contextmanager
def _patched(retriever: CandidateRetriever, retrieve: Callable) -> Iterator[None]:
    retriever.retrieve = retrieve
    try:
        yield
    finally:
        del retriever.retrieve
