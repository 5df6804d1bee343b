"""Names and mentions as sparse vectors of hashed character n-grams, words and word pairs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from spacy.strings import hash_string

_NGRAMS = (3, 4, 5)


class NameVectorizer:
    """Turns a name, given as its lemmas, into an L2-normalised TF-IDF vector of 2**n_bits dimensions.

    Features of a name: each word, the word's character n-grams of length 3 to 5 with its edges marked, each
    pair of neighbouring words without order, and the set of all words. No feature crosses a word, so the
    features of a word are computed once and cached, and word order matters little: «хронический гастрит»
    and «гастрит хронический» are nearly the same name.
    """

    def __init__(self, n_bits: int = 18):
        if not 10 <= n_bits <= 24:
            raise ValueError(f"n_bits must be between 10 and 24, not {n_bits}")
        self.n_bits = n_bits
        self.idf = np.ones(self.width, dtype="float32")
        self._words: dict[str, np.ndarray] = {}

    @property
    def width(self) -> int:
        return 1 << self.n_bits

    def fit(self, names: Sequence[Sequence[str]]) -> NameVectorizer:
        """Learn inverse document frequencies: log((1 + n) / (1 + df)) + 0.3."""
        df = np.zeros(self.width, dtype="int64")
        for words in names:
            df[np.unique(self.features(words))] += 1
        # Half precision, as it is saved: a loaded model gives the very same vectors.
        self.idf = (np.log((1 + len(names)) / (1 + df)) + 0.3).astype("float16").astype("float32")
        return self

    def features(self, words: Sequence[str]) -> np.ndarray:
        """Feature ids of one name, repeated as often as they occur; int64 [n]."""
        if not words:
            return np.zeros(0, dtype="int64")
        parts = [self._of_word(word) for word in words]
        joint = [self._hash("&" + "&".join(sorted(pair))) for pair in zip(words, words[1:])]
        joint.append(self._hash("=" + "=".join(sorted(words))))
        parts.append(np.array(joint, dtype="int64"))
        return np.concatenate(parts)

    def transform(self, names: Sequence[Sequence[str]]) -> csr_matrix:
        """float32 [len(names), width]; a name without words is a row of zeros."""
        ids = [self.features(words) for words in names]
        indptr = np.concatenate([[0], np.cumsum([len(i) for i in ids])]).astype("int64")
        indices = np.concatenate(ids) if ids else np.zeros(0, dtype="int64")
        matrix = csr_matrix((self.idf[indices], indices, indptr), shape=(len(names), self.width))
        matrix.sum_duplicates()
        squares = matrix.data**2
        norms = (
            np.sqrt(np.add.reduceat(np.append(squares, 0.0), matrix.indptr[:-1])) if len(names) else squares
        )
        norms[np.diff(matrix.indptr) == 0] = 1.0
        matrix.data /= np.repeat(norms, np.diff(matrix.indptr)).astype("float32")
        return matrix

    def _hash(self, text: str) -> int:
        return (hash_string(text) & 0xFFFFFFFFFFFFFFFF) >> (64 - self.n_bits)

    def _of_word(self, word: str) -> np.ndarray:
        found = self._words.get(word)
        if found is None:
            if len(self._words) > 300_000:
                self._words.clear()
            marked = f"<{word[:40]}>"  # longer «words» are base64 or a broken file, not a diagnosis
            grams = (marked[i : i + n] for n in _NGRAMS for i in range(len(marked) - n + 1))
            found = np.array([self._hash("w" + word), *map(self._hash, grams)], dtype="int64")
            self._words[word] = found
        return found
