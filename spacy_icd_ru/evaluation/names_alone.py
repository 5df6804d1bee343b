"""What the names of codes are worth by themselves: retrieval by a lexicon and a directory, nothing trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spacy.language import Language

from ..corpora.records import Record
from ..terminology.abbreviations import AbbreviationSense
from ..terminology.lexicon import LexiconEntry
from . import bootstrap
from .evaluate import Progress, figure, gold_docs, predictions
from .metrics import hits_at_k
from .report import Figure

if TYPE_CHECKING:
    from rich.table import Table

#: (name of the figure, the first so many candidates, whether three characters are enough)
FIGURES = (
    ("accuracy@1", 1, False),
    ("recall@5", 5, False),
    ("recall@30", 30, False),
    ("relaxed_accuracy@1", 1, True),
)


def names_alone(
    gold: Sequence[Record],
    entries: Iterable[LexiconEntry] = (),
    terminology: str | Path | None = None,
    *,
    senses: Iterable[AbbreviationSense] = (),
    progress: Progress | None = None,
    resamples: int = 1000,
) -> dict[str, Figure]:
    """accuracy@1, recall@5, recall@30 and relaxed accuracy@1 on the gold mentions of records, from names alone.

    entries: names of a lexicon. terminology: directory whose titles are names too, senses: of abbreviations, see
    ``IcdRetriever.learn``. No coded mention is known: there is no memory, no classifier, no reranker. progress: called
    with (records done, of how many).
    """
    nlp = _pipeline(entries, terminology, senses)
    found = predictions(nlp, gold, gold_docs(nlp, gold), progress=progress)
    figures = {}
    for name, k, relax in FIGURES:
        rows = hits_at_k(gold, found, k, relax=relax)
        drawn = bootstrap.resample(rows, bootstrap.share, n=resamples)
        figures[name] = figure(bootstrap.share(rows.sum(axis=0)), drawn)
    return figures


def table_of(figures: Mapping[str, Mapping[str, Figure]]) -> Table:
    """A column for each source of names."""
    from rich.table import Table

    table = Table(title="codes found by names alone: value  [95 % interval]")
    table.add_column("metric")
    for source in figures:
        table.add_column(source)
    for name, *_ in FIGURES:
        table.add_row(name.replace("_", " "), *(str(of_source[name]) for of_source in figures.values()))
    return table


def _pipeline(
    entries: Iterable[LexiconEntry], terminology: str | Path | None, senses: Iterable[AbbreviationSense]
) -> Language:
    import spacy

    nlp = spacy.blank(
        "ru", config={"nlp": {"tokenizer": {"@tokenizers": "spacy_icd_ru.ClinicalTokenizer.v1"}}}
    )
    nlp.add_pipe("ru_clinical_normalizer")
    nlp.add_pipe("icd_retriever", config={"memory": False}).learn(entries, terminology, senses=senses)
    return nlp
