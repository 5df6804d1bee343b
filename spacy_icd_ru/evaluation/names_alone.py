"""What the names of codes are worth by themselves: retrieval by a lexicon and a directory, nothing trained."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from spacy.language import Language

from ..corpora.records import Record
from ..terminology.lexicon import LexiconEntry
from . import bootstrap
from .evaluate import Progress, figure, gold_docs, predictions
from .metrics import hits_at_k
from .report import Figure

#: (name of the figure, the first so many candidates)
FIGURES = (("accuracy@1", 1), ("recall@5", 5), ("recall@30", 30))


def names_alone(
    gold: Sequence[Record],
    entries: Iterable[LexiconEntry] = (),
    terminology: str | Path | None = None,
    *,
    progress: Progress | None = None,
    resamples: int = 1000,
) -> dict[str, Figure]:
    """accuracy@1, recall@5 and recall@30 on the gold mentions of records, from names alone.

    entries: names of a lexicon. terminology: directory whose titles are names too, see ``IcdRetriever``. No coded
    mention is known: there is no memory, no classifier, no reranker. progress: called with (records done, of how many).
    """
    nlp = _pipeline(entries, terminology)
    found = predictions(nlp, gold, gold_docs(nlp, gold), progress=progress)
    figures = {}
    for name, k in FIGURES:
        rows = hits_at_k(gold, found, k)
        drawn = bootstrap.resample(rows, bootstrap.share, n=resamples)
        figures[name] = figure(bootstrap.share(rows.sum(axis=0)), drawn)
    return figures


def _pipeline(entries: Iterable[LexiconEntry], terminology: str | Path | None) -> Language:
    import spacy

    nlp = spacy.blank("ru", config={"nlp": {"tokenizer": {"@tokenizers": "spacy_icd_ru.ClinicalTokenizer.v1"}}})
    nlp.add_pipe("ru_clinical_normalizer")
    nlp.add_pipe("icd_retriever", config={"memory": False}).learn(entries, terminology)
    return nlp
