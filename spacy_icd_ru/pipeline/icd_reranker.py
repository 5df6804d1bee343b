"""`icd_reranker`: scores the candidates of every mention and decides on a code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from spacy.errors import Errors
from spacy.language import Language
from spacy.pipeline import TrainablePipe
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab
from thinc.api import Config, Model, Optimizer

from ..reranking.decision import LEVELS, SAME_WORDS, decide, ladder, may_answer
from ..reranking.features import CodeTable, candidate_features
from ..reranking.model import set_statistics
from ..reranking.plausibility import plausible
from .icd_retriever import EXPLAINED, Evidence, IcdRetriever
from .mentions import no_code, set_codes

DEFAULT_CONFIG = """
[reranker]
retriever = "icd_retriever"
level = "most_specific"
codable_only = false
threshold = 0.2
top_k = 10
n_folds = 5

[reranker.model]
@architectures = "spacy_icd_ru.CandidateScorer.v1"
hidden_width = 64
dropout = 0.3

[reranker.scorer]
@scorers = "spacy_icd_ru.diagnosis_scorer.v1"
"""
# Candidates, by probability, that a decision is made over.
_LIKELY = 16
_DEFAULTS = Config().from_str(DEFAULT_CONFIG)["reranker"]


@Language.factory(
    "icd_reranker",
    requires=["doc.spans", "span._.icd10"],
    assigns=["span._.icd10", "doc.ents"],
    default_config=_DEFAULTS,
    default_score_weights={"diagnoses_codes_f": 0.5, "diagnoses_linking_f": 0.5},
)
def make_icd_reranker(
    nlp: Language,
    name: str,
    model: Model,
    retriever: str,
    level: str,
    codable_only: bool,
    threshold: float,
    top_k: int,
    n_folds: int,
    scorer: Callable | None,
) -> IcdReranker:
    """Create the reranker.

    retriever: name of the `icd_retriever` that stands before it in the pipeline.
    level: ``most_specific``, ``as_trained`` or ``category``; codable_only: only codes without subcategories. See
        ``reranking.decision``.
    threshold: score under which a mention keeps its candidates but gets no code.
    top_k: candidates kept on a span. n_folds: folds by record of the training evidence.
    """
    if retriever not in nlp.component_names:
        raise ValueError(
            f"{name} needs an icd_retriever named {retriever!r} before it in the pipeline; "
            f"the pipeline has {nlp.component_names}. Add it first: nlp.add_pipe('icd_retriever')"
        )
    return IcdReranker(
        nlp.vocab,
        model,
        nlp.get_pipe(retriever),
        name,
        level=level,
        codable_only=codable_only,
        threshold=threshold,
        top_k=top_k,
        n_folds=n_folds,
        scorer=scorer,
    )


class IcdReranker(TrainablePipe):
    """Scores candidates with a small network over the retriever's evidence; see ``reranking``."""

    def __init__(
        self,
        vocab: Vocab,
        model: Model,
        retriever: IcdRetriever,
        name: str = "icd_reranker",
        *,
        level: str = "most_specific",
        codable_only: bool = False,
        threshold: float = 0.2,
        top_k: int = 10,
        n_folds: int = 5,
        scorer: Callable | None = None,
    ):
        self.vocab = vocab
        self.model = model
        self.retriever = retriever
        self.name = name
        self.scorer = scorer
        self.cfg: dict[str, Any] = {"top_k": top_k, "n_folds": n_folds}
        self.level = level
        self.codable_only = codable_only
        self.threshold = threshold
        self._table: CodeTable | None = None
        self._training: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}

    @property
    def level(self) -> str:
        """How detailed a code to give; may be changed at any time."""
        return self.cfg["level"]

    @level.setter
    def level(self, level: str) -> None:
        if level not in LEVELS:
            raise ValueError(f"{self.name}: level must be one of {', '.join(LEVELS)}, not {level!r}")
        self.cfg["level"] = level

    @property
    def codable_only(self) -> bool:
        """Whether only codes without subcategories are given; may be changed at any time."""
        return self.cfg["codable_only"]

    @codable_only.setter
    def codable_only(self, codable_only: bool) -> None:
        self.cfg["codable_only"] = bool(codable_only)

    @property
    def threshold(self) -> float:
        """Score under which a mention gets no code."""
        return self.cfg["threshold"]

    @threshold.setter
    def threshold(self, threshold: float) -> None:
        if not 0.0 <= threshold <= 1.0:
            raise ValueError(f"{self.name}: threshold must be between 0 and 1, not {threshold}")
        self.cfg["threshold"] = threshold

    def predict(self, docs: Iterable[Doc]) -> list[list[dict[str, Any]]]:
        """For each doc, the ``span._.icd10`` of each mention."""
        from ..retrieval.retriever import CHANNELS

        docs = list(docs)
        evidence = self.retriever.evidence(docs)
        busy = [e for e in evidence if e.words]
        if not busy:
            return [[] for _ in docs]
        if not self.retriever.retriever.codes:
            raise ValueError(Errors.E109.format(name=self.retriever.name))  # «did you forget to initialize?»
        found = _concatenate(busy)
        features, known, _ = candidate_features(self.table, found, _n_words(busy))
        words = [words for of_doc in busy for words in of_doc.words]
        lexicon = found.channels[..., CHANNELS.index("lexicon")]
        known &= plausible(words, self.table.natures[np.maximum(found.ids, 0)], lexicon)
        scores = np.full(known.shape, -1e4, dtype="float32")
        scores[known] = self.model.predict(features[known])[:, 0]
        p = probabilities(scores)
        rows = iter(range(len(p)))
        return [[self._decide(found, known, p, next(rows)) for _ in of_doc.words] for of_doc in evidence]

    def _decide(self, found, known: np.ndarray, p: np.ndarray, row: int) -> dict[str, Any]:
        from ..retrieval.reasons import reason
        from ..retrieval.retriever import CHANNELS

        retriever = self.retriever.retriever
        possible = np.flatnonzero(known[row])
        if not len(possible):
            return no_code()
        # The rest of the candidates can't come into the decision: neither likely nor named by the words.
        lexicon = found.channels[row, possible, CHANNELS.index("lexicon")]
        keep = lexicon >= SAME_WORDS
        keep[np.argsort(-p[row, possible], kind="stable")[:_LIKELY]] = True
        kept, lexicon = possible[keep], lexicon[keep]
        ids = found.ids[row, kept]
        codes = [retriever.codes[i] for i in ids.tolist()]
        leaf = self.table.leaf[ids]
        familiar = found.channels[row, kept, CHANNELS.index("familiar")] * self.table.met[ids]
        ranked, final = decide(codes, p[row, kept], lexicon, leaf, self.level, self.codable_only, familiar)
        place = {code: i for i, code in enumerate(codes)}
        candidates = []
        for code, score in ranked[: self.cfg["top_k"]]:
            i = place.get(code)
            explained = i is not None and len(candidates) < EXPLAINED
            why = reason(found.channels[row, kept[i]].tolist()) if explained else ""
            title = self.retriever.title(code)
            candidates.append({"code": code, "title": title, "score": round(score, 4), "why": why})
        best = candidates[0]
        is_leaf = bool(leaf[place[best["code"]]]) if best["code"] in place else True
        coded = best["score"] >= self.threshold and may_answer(
            best["code"], is_leaf, self.level, self.codable_only
        )
        path = ladder(best["code"], codes, final, self.retriever.block(best["code"])) if coded else []
        return {
            "code": best["code"] if coded else "",
            "title": best["title"] if coded else "",
            "score": best["score"],
            "path": [{"code": code, "p": value} for code, value in path],
            "candidates": candidates,
        }

    def set_annotations(self, docs: Iterable[Doc], predictions: list[list[dict[str, Any]]]) -> None:
        for doc, of_doc in zip(docs, predictions):
            set_codes(doc, of_doc)

    @property
    def table(self) -> CodeTable:
        # The retriever may have been replaced or have learnt new codes since: its list of codes is the key.
        if self._table is None or self._table.codes is not self.retriever.retriever.codes:
            self._table = CodeTable(self.retriever.retriever)
        return self._table

    # Learning

    def initialize(
        self, get_examples: Callable[[], Iterable[Example]], *, nlp: Language | None = None
    ) -> None:
        """Build the training table: cross-fitted evidence on the gold mentions, by record."""
        examples = list(get_examples())
        self._table = None
        self._training = {}
        self.model.initialize()
        everything = []
        for retriever, of_fold in self.retriever.cross_fit(examples, self.cfg["n_folds"]):
            # Counts of codes of the whole corpus would tell on the rare ones: counted once, and not among the
            # mentions that the fold remembers, it must be the answer.
            table = CodeTable(retriever)
            for example, evidence, gold in of_fold:
                features, known, _ = candidate_features(table, evidence.candidates, _n_words([evidence]))
                target = np.array([retriever.code_id(code) for code in gold])
                is_gold = evidence.candidates.ids == target[:, None]
                self._training[example.reference.text] = features, known, is_gold
                everything.append(features[known])
        if everything:
            set_statistics(self.model, np.concatenate(everything))

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """One step on the gold mentions of a batch, with the evidence that ``initialize`` cross-fitted.

        Mentions whose code is not among the candidates teach when not to trust these. Examples that
        ``initialize`` did not see are left out.
        """
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        rows = [self._training[eg.reference.text] for eg in examples if eg.reference.text in self._training]
        if not rows:
            return losses
        features, known, gold = (np.concatenate(part) for part in zip(*rows))
        if not known.any():
            return losses
        flat, backprop = self.model.begin_update(features[known])
        scores = np.full(known.shape, -1e4, dtype="float32")
        scores[known] = flat[:, 0]
        loss, gradient = self.get_loss(gold, scores)
        backprop(np.ascontiguousarray(gradient[known][:, None]))
        losses[self.name] += loss
        if sgd is not None:
            self.finish_update(sgd)
        return losses

    def get_loss(self, gold: np.ndarray, scores: np.ndarray) -> tuple[float, np.ndarray]:
        """Cross entropy over the candidates and «none of these»: (mean a mention, gradient [B, C])."""
        p = probabilities(scores)
        of_gold = np.where(gold.any(axis=1), (p * gold).sum(axis=1), 1.0 - p.sum(axis=1))
        loss = -np.log(np.maximum(of_gold, 1e-9)).mean()
        return float(loss), ((p - gold) / len(p)).astype("float32")

    def __reduce__(self):
        # For worker processes, which predict: the training evidence stays behind.
        return _unpickle, (self.vocab, self.model, self.retriever, self.name, self.cfg, self.scorer)

    def score(self, examples: Iterable[Example], **kwargs) -> dict[str, Any]:
        return self.scorer(examples, **kwargs) if self.scorer else {}


def _unpickle(
    vocab: Vocab, model: Model, retriever: IcdRetriever, name: str, cfg: dict, scorer
) -> IcdReranker:
    return IcdReranker(vocab, model, retriever, name, scorer=scorer, **cfg)


def probabilities(scores: np.ndarray) -> np.ndarray:
    """Softmax over the candidates [B, C] and «none of these», whose score is 0; each row sums to less than 1."""
    top = np.maximum(scores.max(axis=1, keepdims=True), 0.0)
    e = np.exp(scores - top)
    return e / (e.sum(axis=1, keepdims=True) + np.exp(-top))


def _n_words(evidence: Sequence[Evidence]) -> np.ndarray:
    return np.array([len(words) for of_doc in evidence for words in of_doc.words], dtype="float32")


def _concatenate(evidence: Sequence[Evidence]):
    from ..retrieval.retriever import Candidates

    parts = [e.candidates for e in evidence]
    return Candidates(
        np.concatenate([p.ids for p in parts]),
        np.concatenate([p.channels for p in parts]),
        np.concatenate([p.fused for p in parts]),
    )
