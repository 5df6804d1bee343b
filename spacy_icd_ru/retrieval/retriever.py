"""Candidate codes for mentions: several channels of evidence, fused into one ranking.

Channels (columns of ``Candidates.channels``), each a number per candidate code:

=================  ==================================================================================
lexicon            cosine with the nearest name of our lexicon, or of names that a user added
dictionary         cosine with the nearest title of the official directory, where one was given
memory_nearest     cosine with the nearest coded mention, where a memory was trained
memory_sharp       share of the vote of coded mentions, weight cosine**12: near-identical wording
memory_broad       the same with cosine**4: similar wording
memory_exact       share among coded mentions with the very same words
memory_count       how many those are
classifier         probability of a linear classifier trained on coded mentions
context            probability of the candidate's category given all words of the record
familiar           share of the mention's vector in features that coded mentions had, for all candidates
                   the same: 1 where every word was seen in training, near 0 where the words are new
=================  ==================================================================================
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, hstack

from .channel import Channel, power_of
from .classifier import UNSEEN, LinearClassifier
from .conditions import Conditions
from .layers import Layers
from .name_index import NameIndex, rounded
from .products import dense_product
from .top import likely
from .vectorizer import NameVectorizer

CHANNELS = (
    "lexicon",
    "dictionary",
    "memory_nearest",
    "memory_sharp",
    "memory_broad",
    "memory_exact",
    "memory_count",
    "classifier",
    "context",
    "familiar",
)
_CONTEXT = CHANNELS.index("context")
_FAMILIAR = CHANNELS.index("familiar")
#: (channel, weight, power): the untrained ranking is the weighted sum of the channels' powers.
_FUSION = (
    ("memory_sharp", 1.0, 1),
    ("memory_broad", 0.5, 1),
    ("classifier", 1.0, 1),
    ("dictionary", 0.3, 2),
    ("lexicon", 0.6, 2),
    ("memory_nearest", 0.02, 1),
)
# What is like a name of a subcategory is a little like its siblings', and often no more than its category is meant:
# a code has at least this share of the best score within its category.
_OF_CATEGORY = 0.8
_OF_SIBLING = 0.05
_FLOOR = 2e-3  # fused scores under it are no candidates: a hashed feature or two in common
_CACHE_SIZE = 20_000
_BATCH = 32  # mentions at once: their scores of all codes should stay in the processor's cache
_EXACT = 0.999  # half-precision vectors of the same words


@dataclass(frozen=True)
class Candidates:
    """ids: int64 [B, C], code ids, best first; -1 where there are fewer. channels: float32 [B, C, 10].
    fused: float32 [B, C], the untrained ranking's score, descending."""

    ids: np.ndarray
    channels: np.ndarray
    fused: np.ndarray


def category_of(code: str) -> str:
    """First three characters; of a block, those of its first category."""
    return code[:3]


class CandidateRetriever:
    """Knows names of codes and what coded mentions taught; answers for whole batches.

    Names and mentions come as lists of lemmas. `top_n`: candidates a mention.
    """

    def __init__(self, *, n_bits: int = 18, top_n: int = 40):
        self.top_n = top_n
        self.vectorizer = NameVectorizer(n_bits)
        self.codes: list[str] = []
        self.prior = np.zeros(0, dtype="float32")
        self.lexicon = self._empty_index()
        self.dictionary = self._empty_index()
        self.memory = self._empty_index()
        self.seen = np.zeros(self.vectorizer.width, dtype=bool)
        self.classifier: LinearClassifier | None = None
        self.context: LinearClassifier | None = None
        self._set_codes([])

    def _empty_index(self) -> NameIndex:
        return NameIndex(np.zeros(0, "int64"), self.vectorizer.transform([]))

    def _set_codes(self, codes: Sequence[str]) -> None:
        """Install a sorted list of codes, moving what refers to the old one."""
        codes = sorted(set(codes))
        place = {code: i for i, code in enumerate(codes)}
        moved = np.array([place[code] for code in self.codes], dtype="int64")
        prior = np.zeros(len(codes), dtype="float32")
        if len(moved):
            prior[moved] = self.prior
            for name in ("lexicon", "dictionary", "memory"):
                index = getattr(self, name)
                setattr(self, name, NameIndex(moved[index.code_ids], index.vectors, index.weights))
            if self.classifier is not None:
                self.classifier.labels = moved[self.classifier.labels]
        old_categories = getattr(self, "categories", [])
        self.codes, self.prior, self._place = codes, prior, place
        self.categories = sorted({category_of(code) for code in codes})
        of = {category: i for i, category in enumerate(self.categories)}
        self.category_ids = np.array([of[category_of(code)] for code in codes], dtype="int64")
        if self.context is not None:
            self.context.labels = np.array(
                [of[old_categories[i]] for i in self.context.labels], dtype="int64"
            )
        self.category_prior = np.bincount(self.category_ids, self.prior, minlength=len(self.categories))
        self._category_starts = np.searchsorted(self.category_ids, np.arange(len(self.categories)))
        self._conditions = Conditions(codes)
        self._inherits = np.array(
            [_OF_CATEGORY if code == category_of(code) else _OF_SIBLING for code in codes], dtype="float32"
        )
        self._cache: OrderedDict[tuple[str, ...], tuple] = OrderedDict()
        self._joint: tuple[csr_matrix, dict[str, Layers], dict[str, slice]] | None = None

    def code_id(self, code: str) -> int | None:
        return self._place.get(code)

    # Learning

    def fit(
        self,
        *,
        lexicon: Sequence[tuple[Sequence[str], str]],
        dictionary: Sequence[tuple[Sequence[str], str]] = (),
        mentions: Sequence[tuple[Sequence[str], str, Sequence[str]]] = (),
        memory: bool = True,
        epochs: int = 4,
        max_weights: int = 400_000,
        codes: Sequence[str] = (),
        progress: Callable[[int, int], None] | None = None,
    ) -> CandidateRetriever:
        """Learn from names ``(words, code)`` and coded mentions ``(words, code, words of the record)``.

        memory: also keep the mentions' vectors. Without it only learned weights remain.
        codes: further codes to number, so that retrievers of several folds agree on the ids.
        """
        known = {code for _, code in lexicon} | {code for _, code in dictionary} | set(codes)
        self._set_codes(sorted(known | {code for _, code, _ in mentions}))
        self.vectorizer.fit(
            [w for w, _ in lexicon] + [w for w, _ in dictionary] + [w for w, _, _ in mentions]
        )
        self.lexicon = self._index(lexicon)
        self.dictionary = self._index(dictionary)
        self.memory = self._empty_index()
        if mentions:
            labels = np.array([self._place[code] for _, code, _ in mentions], dtype="int64")
            self.prior = np.bincount(labels, minlength=len(self.codes)).astype("float32")
            self.category_prior = np.bincount(self.category_ids, self.prior, minlength=len(self.categories))
            vectors = self.vectorizer.transform([w for w, _, _ in mentions])
            self.seen = np.bincount(vectors.indices, minlength=self.vectorizer.width) > 0
            self.classifier = LinearClassifier.fit(
                vectors, labels, epochs=epochs, max_weights=max_weights, progress=progress
            )
            self.context = LinearClassifier.fit(
                self.vectorizer.transform([r for _, _, r in mentions]),
                self.category_ids[labels],
                epochs=epochs,
                max_weights=max_weights // 3,
            )
            if memory:
                self.memory = self._remember(mentions, labels)
        self._cache.clear()
        self._joint = None
        return self

    def _index(self, names: Sequence[tuple[Sequence[str], str]]) -> NameIndex:
        unique = sorted({(tuple(words), code) for words, code in names if words})
        ids = np.array([self._place[code] for _, code in unique], dtype="int64")
        return NameIndex(ids, rounded(self.vectorizer.transform([words for words, _ in unique])))

    def _remember(self, mentions, labels: np.ndarray) -> NameIndex:
        counts: dict[tuple[tuple[str, ...], int], int] = {}
        for (words, _, _), label in zip(mentions, labels):
            key = tuple(words), int(label)
            counts[key] = counts.get(key, 0) + 1
        keys = sorted(k for k in counts if k[0])
        return NameIndex(
            np.array([label for _, label in keys], dtype="int64"),
            rounded(self.vectorizer.transform([words for words, _ in keys])),
            np.array([counts[k] for k in keys], dtype="float32"),
        )

    def add_names(self, names: Sequence[tuple[Sequence[str], str]], *, official: bool = False) -> None:
        """Add names of known or new codes, without retraining. `official`: titles of a directory."""
        names = [(words, code) for words, code in names if words]
        if not names:
            return
        new = {code for _, code in names} - self._place.keys()
        if new:
            self._set_codes([*self.codes, *new])
        ids = np.array([self._place[code] for _, code in names], dtype="int64")
        vectors = rounded(self.vectorizer.transform([words for words, _ in names]))
        name = "dictionary" if official else "lexicon"
        setattr(self, name, getattr(self, name).add(ids, vectors))
        self._cache.clear()
        self._joint = None

    # Answering

    def retrieve(
        self, mentions: Sequence[Sequence[str]], records: Sequence[Sequence[str]], record_of: Sequence[int]
    ) -> Candidates:
        """Candidates of mentions, given the words of their records.

        record_of: for each mention the index of its record in `records`.
        """
        found = self._of_names([tuple(words) for words in mentions])
        ids = np.stack([f[0] for f in found]) if found else np.zeros((0, self.top_n), "int64")
        channels = (
            np.stack([f[1] for f in found]) if found else np.zeros((0, self.top_n, len(CHANNELS)), "float32")
        )
        fused = np.stack([f[2] for f in found]) if found else np.zeros((0, self.top_n), "float32")
        if self.context is not None and len(ids):
            p = self.context.probabilities(self.vectorizer.transform(records), len(self.categories), 1e-4)
            categories = self.category_ids[np.maximum(ids, 0)]
            channels[..., _CONTEXT] = p[np.asarray(record_of)[:, None], categories]
        return Candidates(ids, channels, fused)

    def _of_names(self, keys: list[tuple[str, ...]]) -> list[tuple]:
        unknown = [key for key in dict.fromkeys(keys) if key not in self._cache]
        answers = {key: self._cache[key] for key in keys if key in self._cache}
        for start in range(0, len(unknown), _BATCH):
            part = unknown[start : start + _BATCH]
            for key, answer in zip(part, self._search(part)):
                answers[key] = self._cache[key] = answer
        while len(self._cache) > _CACHE_SIZE:
            self._cache.popitem(last=False)
        return [answers[key] for key in keys]

    def _search(self, keys: list[tuple[str, ...]]) -> list[tuple]:
        n = len(self.codes)
        queries = self.vectorizer.transform(keys)
        queries.data = queries.data.astype("float16").astype("float32")
        evidence = self._evidence(queries)
        rough = np.zeros((len(keys), n), dtype="float32")
        for name, weight, power in _FUSION:
            if name in evidence:
                evidence[name].add_to(rough, weight, power)
        lexicon = evidence["lexicon"].values if "lexicon" in evidence else None
        conditions = self._conditions.weights(keys, lexicon)
        rough *= conditions
        inherited = self._inherited(rough)
        rows, ids = likely(np.maximum(rough, inherited), self.top_n, _FLOOR)
        values = {name: channel.at(rows, ids, n) for name, channel in evidence.items()}
        fused = np.zeros(len(ids), dtype="float32")
        for name, weight, power in _FUSION:
            if name in values:
                fused += weight * power_of(values[name], power)
        fused *= conditions[rows, ids]
        np.maximum(fused, inherited[rows, ids], out=fused)
        order = np.lexsort((ids, -fused, rows))  # best first, ties by code
        order = order[fused[order] > _FLOOR]
        rank = np.arange(len(order)) - np.searchsorted(rows[order], rows[order])
        order, rank = order[rank < self.top_n], rank[rank < self.top_n]
        at = rows[order], rank
        found = np.full((len(keys), self.top_n), -1, dtype="int64")
        found[at] = ids[order]
        scores = np.zeros((len(keys), self.top_n), dtype="float32")
        scores[at] = fused[order]
        channels = np.zeros((len(keys), self.top_n, len(CHANNELS)), dtype="float32")
        for name, of_pairs in values.items():
            channels[at[0], at[1], CHANNELS.index(name)] = of_pairs[order]
        channels[at[0], at[1], _FAMILIAR] = self._familiarity(queries)[at[0]]
        return list(zip(found, channels, scores))

    def _inherited(self, rough: np.ndarray) -> np.ndarray:
        """What each code has from the best of its category: float32 [B, n codes]."""
        if not len(self.codes):
            return np.zeros_like(rough)
        best = np.maximum.reduceat(rough, self._category_starts, axis=1)
        return best[:, self.category_ids] * self._inherits

    def _familiarity(self, queries: csr_matrix) -> np.ndarray:
        """float32 [B]: the share of each vector's squared length in features that coded mentions had."""
        squares = np.where(self.seen[queries.indices], queries.data**2, np.float32(0.0))
        return csr_matrix((squares, queries.indices, queries.indptr), queries.shape).sum(axis=1).A1

    def _evidence(self, queries: csr_matrix) -> dict[str, Channel]:
        """The channels that there is anything to say in."""
        if self._joint is None:
            self._joint = self._join()
        joint, layers, columns = self._joint
        products = dense_product(queries, joint)
        found = {name: Channel(of.nearest(products[:, columns[name]])) for name, of in layers.items()}
        if "memory" in columns:
            found.update(self._remembered(products[:, columns["memory"]]))
        if "classifier" in columns:
            p = self.classifier.of_labels(products[:, columns["classifier"]])
            found["classifier"] = Channel(p + np.float32(UNSEEN), self.classifier.labels, UNSEEN)
        return found

    def _join(self) -> tuple[csr_matrix, dict[str, Layers], dict[str, slice]]:
        """Everything that a mention is multiplied with, side by side: csr [width, n], layers, columns of each."""
        indices = {"lexicon": self.lexicon, "dictionary": self.dictionary}
        layers = {name: Layers(index, len(self.codes)) for name, index in indices.items() if len(index)}
        parts = {name: of.by_feature for name, of in layers.items()}
        if len(self.memory):
            parts["memory"] = self.memory.by_feature
        if self.classifier is not None and len(self.classifier.labels):
            parts["classifier"] = self.classifier.weights
        columns, start = {}, 0
        for name, part in parts.items():
            columns[name] = slice(start, start + part.shape[1])
            start += part.shape[1]
        for of in layers.values():
            of.by_feature = None  # once is enough
        joint = (
            hstack(list(parts.values()), format="csr") if parts else csr_matrix((self.vectorizer.width, 0))
        )
        return joint, layers, columns

    def _remembered(self, similar: np.ndarray) -> dict[str, Channel]:
        """similar: float32 [B, n mentions in memory]; overwritten."""
        memory = self.memory
        nearest = memory.nearest(similar)
        exact = memory.votes((similar > _EXACT).astype("float32"))
        similar *= similar
        similar *= similar
        broad = memory.votes(similar)
        sharp = memory.votes(similar * similar * similar)
        found = {"memory_nearest": nearest, "memory_count": exact}
        of_all = np.zeros((len(similar), len(self.codes)), dtype="float32")
        for name, votes, doubt in (("sharp", sharp, 0.05), ("broad", broad, 1.0), ("exact", exact, 0.5)):
            of_all[:, memory.codes] = votes
            found[f"memory_{name}"] = votes / (of_all.sum(axis=1, keepdims=True) + doubt)
        return {name: Channel(values, memory.codes) for name, values in found.items()}

    # Saving

    def to_arrays(self) -> dict[str, np.ndarray]:
        arrays = {
            "idf": self.vectorizer.idf.astype("float16"),
            "prior": self.prior,
            "seen": np.packbits(self.seen),
        }
        for name in ("lexicon", "dictionary", "memory"):
            arrays.update(getattr(self, name).to_arrays(name))
        if self.classifier is not None:
            arrays.update(self.classifier.to_arrays("classifier"))
        if self.context is not None:
            arrays.update(self.context.to_arrays("context"))
        return arrays

    @classmethod
    def from_arrays(cls, codes: Sequence[str], arrays, *, n_bits: int, top_n: int) -> CandidateRetriever:
        self = cls(n_bits=n_bits, top_n=top_n)
        self._set_codes(codes)
        self.vectorizer.idf = arrays["idf"].astype("float32")
        self.prior = arrays["prior"]
        self.seen = np.unpackbits(arrays["seen"]).astype(bool)
        self.category_prior = np.bincount(self.category_ids, self.prior, minlength=len(self.categories))
        for name in ("lexicon", "dictionary", "memory"):
            setattr(self, name, NameIndex.from_arrays(arrays, name, self.vectorizer.width))
        if "classifier.labels" in arrays:
            self.classifier = LinearClassifier.from_arrays(arrays, "classifier")
        if "context.labels" in arrays:
            self.context = LinearClassifier.from_arrays(arrays, "context")
        return self
