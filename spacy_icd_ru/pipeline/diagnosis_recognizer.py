"""`diagnosis_recognizer`: finds the diagnosis mentions of a record."""

# No postponed annotations: spaCy resolves those of `initialize` to validate the config.

from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.pipeline import TrainablePipe
from spacy.tokens import Doc, Token
from spacy.training import Example
from spacy.vocab import Vocab
from thinc.api import Config, Model, Optimizer

from ..recognition.crf import B, I, L, O, U, loss_and_gradient, span_log_probabilities
from ..recognition.decoding import ABBREVIATION_PART, select_spans
from ..recognition.features import WordFeatures, context_features
from ..recognition.gazetteer import Gazetteer
from ..terminology.abbreviations import is_disease
from .extensions import LABEL, SPANS_KEY
from .mentions import reference_offsets, set_mentions

DEFAULT_CONFIG = """
[recognizer]
threshold = 0.3
max_length = 24

[recognizer.model]
@architectures = "spacy_icd_ru.HashedFeatureTagger.v1"
n_bits = 18

[recognizer.optimizer]
@optimizers = "SGD.v1"
L2 = 0.005
grad_clip = 0.0
use_averages = false

[recognizer.optimizer.learn_rate]
@schedules = "warmup_linear.v1"
warmup_steps = 10
total_steps = 2600
initial_rate = 0.2

[recognizer.scorer]
@scorers = "spacy_icd_ru.recognizer_scorer.v1"
"""
_DEFAULTS = Config().from_str(DEFAULT_CONFIG)["recognizer"]


@Language.factory(
    "diagnosis_recognizer",
    assigns=["doc.spans", "doc.ents"],
    default_config=_DEFAULTS,
    default_score_weights={"diagnoses_ner_f": 1.0, "diagnoses_ner_p": 0.0, "diagnoses_ner_r": 0.0},
)
def make_diagnosis_recognizer(
    nlp: Language,
    name: str,
    model: Model,
    optimizer: Optimizer,
    threshold: float,
    max_length: int,
    scorer: Callable | None,
) -> "DiagnosisRecognizer":
    """Create the recogniser.

    model: see ``spacy_icd_ru.HashedFeatureTagger.v1``.
    optimizer: its own, because its objective is convex and wants plain SGD with strong L2; the pipeline's
        shared optimizer (Adam, for the networks) would undo the regularisation.
    threshold: marginal probability from which a span is a mention.
    max_length: longest mention in tokens.
    """
    return DiagnosisRecognizer(
        nlp.vocab, model, optimizer, name, threshold=threshold, max_length=max_length, scorer=scorer
    )


class DiagnosisRecognizer(TrainablePipe):
    """Tags tokens with a linear-chain CRF and keeps the spans that are probable enough."""

    def __init__(
        self,
        vocab: Vocab,
        model: Model,
        optimizer: Optimizer | None = None,
        name: str = "diagnosis_recognizer",
        *,
        threshold: float = 0.3,
        max_length: int = 24,
        scorer: Callable | None = None,
    ):
        if not 0.0 < threshold < 1.0:
            raise ValueError(f"diagnosis_recognizer: threshold must be between 0 and 1, not {threshold}")
        self.vocab = vocab
        self.model = model
        self.optimizer = optimizer
        self.name = name
        self.cfg: dict[str, Any] = {"threshold": threshold, "max_length": max_length}
        self.scorer = scorer
        self._words = WordFeatures()
        self._gazetteer = Gazetteer(model.attrs["gazetteer"])

    @property
    def label(self) -> str:
        return LABEL

    @property
    def labels(self) -> tuple[str, ...]:
        return (LABEL,)

    def predict(self, docs: Iterable[Doc]) -> list[list[tuple[int, int, float]]]:
        """Mentions of each doc as (start, end, probability), offsets in characters of ``doc.text``."""
        docs = list(docs)
        features, tokens = self._features(docs)
        emissions = self.model.predict(features)
        found: list[list[tuple[int, int, float]]] = [[] for _ in docs]
        order = [i for i in np.argsort([len(e) for e in emissions], kind="stable") if len(emissions[i])]
        for start in range(0, len(order), 64):
            part = order[start : start + 64]
            padded, lengths = _pad([emissions[i] for i in part])
            spans = span_log_probabilities(
                padded,
                lengths,
                self.model.get_param("transitions"),
                self.cfg["max_length"],
                self.cfg["threshold"] * ABBREVIATION_PART * 0.999,
            )
            for i, of_doc in zip(part, spans):
                found[i] = self._to_characters(docs[i], tokens[i], of_doc)
        return found

    def set_annotations(self, docs: Iterable[Doc], predictions: list[list[tuple[int, int, float]]]) -> None:
        for doc, mentions in zip(docs, predictions):
            set_mentions(doc, [(start, end) for start, end, _ in mentions])
            doc.spans[SPANS_KEY].attrs["scores"] = [round(p, 4) for _, _, p in mentions]

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """One step on a batch. `sgd` only says that a step is wanted: the component has its own optimizer."""
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        examples = list(examples)
        features, tokens = self._features([eg.predicted for eg in examples])
        gold = [self._gold_labels(eg, kept) for eg, kept in zip(examples, tokens)]
        keep = [i for i, f in enumerate(features) if len(f)]
        if not keep:
            return losses
        emissions, backprop = self.model.begin_update([features[i] for i in keep])
        loss, d_emissions, d_transitions = self.get_loss([gold[i] for i in keep], emissions)
        backprop(d_emissions)
        self.model.inc_grad("transitions", d_transitions)
        losses[self.name] += loss
        if sgd is not None:
            self.finish_update(sgd)
        return losses

    def get_loss(self, gold: list[np.ndarray], emissions: list[np.ndarray]):
        """CRF loss, a mean a record: (loss, gradients of the emissions, gradient of the transitions)."""
        padded, lengths = _pad(emissions)
        labels = np.zeros(padded.shape[:2], dtype="int64")
        for i, of_doc in enumerate(gold):
            labels[i, : len(of_doc)] = of_doc
        transitions = self.model.get_param("transitions")
        loss, d_padded, d_transitions = loss_and_gradient(padded, lengths, transitions, labels)
        n = len(gold)
        gradients = [np.ascontiguousarray(d_padded[i, : lengths[i]]) / n for i in range(n)]
        return loss / n, gradients, d_transitions / n

    def finish_update(self, sgd: Optimizer) -> None:
        optimizer = self.optimizer or sgd
        self.model.finish_update(optimizer)
        if optimizer is self.optimizer:
            optimizer.step_schedules()  # the training loop steps only its own optimizer

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        lexicon: str | Path | None = None,
    ) -> None:
        """Allocate the weights and read the names that serve as hints.

        lexicon: file or folder in our lexicon format; the packaged one where None.
        Raises ValueError where no example has a mention to learn from.
        """
        from ..terminology.lexicon import load_default_lexicon, read_lexicon
        from .names import NameReader

        seen = list(islice(get_examples(), 200))
        if not any(eg.reference.spans.get(SPANS_KEY) or eg.reference.ents for eg in seen):
            raise ValueError(
                f"{self.name}: none of the first {len(seen)} training examples has a mention in "
                f'doc.spans["{SPANS_KEY}"]. Convert the corpus with `spacy-icd-ru corpus convert`.'
            )
        entries, _ = load_default_lexicon() if lexicon is None else read_lexicon(lexicon)
        read = NameReader(expand_abbreviations=False)
        self._gazetteer = Gazetteer.from_names(read(entry.name) for entry in entries)
        self.model.attrs["gazetteer"] = self._gazetteer.hashes
        self.model.initialize()

    def __reduce__(self):
        # For worker processes, which predict: the optimizer, whose schedule can't be pickled, stays behind.
        return _unpickle, (self.vocab, self.model, self.name, self.cfg, self.scorer)

    def score(self, examples: Iterable[Example], **kwargs) -> dict[str, Any]:
        return self.scorer(examples, **kwargs) if self.scorer else {}

    def _features(self, docs: list[Doc]) -> tuple[list[np.ndarray], list[np.ndarray]]:
        hashes = self.model.attrs["gazetteer"]
        if hashes is not self._gazetteer.hashes:  # a model was loaded since
            self._gazetteer = Gazetteer(hashes)
        rows, tokens = [], []
        for doc in docs:
            features, kept = self._words.of_doc(doc, self._gazetteer)
            rows.append(features)
            tokens.append(kept)
        features = context_features(rows, self.model.attrs["n_bits"])
        bounds = np.cumsum([len(r) for r in rows])[:-1]
        return (np.split(features, bounds) if rows else []), tokens

    def _to_characters(self, doc: Doc, tokens: np.ndarray, spans) -> list[tuple[int, int, float]]:
        from ..corpora.alignment import trim

        text = doc.text  # spaCy builds it anew at every access
        threshold = self.cfg["threshold"]
        abbreviations = {
            (first, last)
            for first, last, p in spans
            if p < threshold and _is_abbreviated_disease(doc[int(tokens[first])], doc[int(tokens[last])])
        }
        out = []
        for first, last, p in select_spans(spans, threshold, abbreviations):
            begin, final = doc[int(tokens[first])], doc[int(tokens[last])]
            start, end = trim(text, begin.idx, final.idx + len(final))
            if start < end:
                out.append((start, end, p))
        return out

    def _gold_labels(self, example: Example, tokens: np.ndarray) -> np.ndarray:
        """BILUO ids of the kept tokens. Of overlapping mentions the longest is learnt, as spaCy's
        ``filter_spans`` does: a linear chain can hold only one."""
        offsets = reference_offsets(example.reference)
        doc = example.predicted
        # Gold offsets may cut a word («астродуоденит»): the tokens they touch are what can be learnt.
        starts = np.array([doc[int(i)].idx for i in tokens], dtype="int64")
        ends = np.array([doc[int(i)].idx + len(doc[int(i)]) for i in tokens], dtype="int64")
        labels = np.full(len(tokens), O, dtype="int64")
        taken: list[tuple[int, int]] = []
        for start, end in sorted(offsets, key=lambda o: (o[0] - o[1], o[0])):
            touched = np.nonzero((starts < end) & (ends > start))[0]
            if not len(touched):
                continue
            first, last = int(touched[0]), int(touched[-1])
            if any(first <= l and f <= last for f, l in taken):
                continue
            taken.append((first, last))
            if first == last:
                labels[first] = U
            else:
                labels[first : last + 1] = I
                labels[first], labels[last] = B, L
        return labels


def _is_abbreviated_disease(first: Token, last: Token) -> bool:
    """«ХСН», «г.б»: in capitals or with dots, and the normaliser has expanded it to a disease."""
    expansion = first._.expansion
    return (
        expansion is not None
        and (first.is_upper or first.i < last.i)
        and expansion["end"] == last.idx + len(last)
        and is_disease(expansion["code"])
    )


def _unpickle(
    vocab: Vocab, model: Model, name: str, cfg: dict, scorer: Callable | None
) -> DiagnosisRecognizer:
    return DiagnosisRecognizer(vocab, model, None, name, scorer=scorer, **cfg)


def _pad(emissions: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    lengths = np.array([len(e) for e in emissions], dtype="int64")
    padded = np.zeros((len(emissions), int(lengths.max()), emissions[0].shape[1]), dtype="float32")
    for i, of_doc in enumerate(emissions):
        padded[i, : lengths[i]] = of_doc
    return padded, lengths
