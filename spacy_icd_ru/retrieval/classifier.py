"""A linear softmax from sparse name vectors to labels: what was learnt from coded mentions, without them.

It is trained with AdaGrad on dense weights and then pruned, so that what is kept and shipped is a sparse
matrix of weights from hashed features to codes. No mention string can be read out of it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_matrix

from .products import dense_product

#: Probability of a label that no training mention had.
UNSEEN = 1e-5


class LinearClassifier:
    """weights: float32 csr [width, n labels]; bias: float32 [n labels]; labels: int64 [n labels]."""

    def __init__(self, weights: csr_matrix, bias: np.ndarray, labels: np.ndarray):
        self.weights = weights
        self.bias = bias
        self.labels = labels

    @classmethod
    def fit(
        cls,
        vectors: csr_matrix,
        labels: np.ndarray,
        *,
        epochs: int = 4,
        learn_rate: float = 0.1,
        batch_size: int = 64,
        max_weights: int = 400_000,
        min_df: int = 2,
        seed: int = 0,
        progress: Callable[[int, int], None] | None = None,
    ) -> LinearClassifier:
        """vectors: csr [n, width]; labels: int64 [n], any ids. Learns features of at least `min_df`
        rows and keeps the `max_weights` largest weights."""
        known, target = np.unique(labels, return_inverse=True)
        (n, width), n_labels = vectors.shape, len(known)
        # A feature of one mention can only learn that mention by heart.
        df = np.bincount(vectors.indices, minlength=vectors.shape[1])
        used = np.flatnonzero(df >= min_df)
        vectors = vectors[:, used]
        weights = np.zeros((len(used), n_labels), dtype="float32")
        bias = np.zeros(n_labels, dtype="float32")
        # One AdaGrad step size a feature: rare features move far, frequent ones slowly.
        squares, bias_squares = np.full((len(used), 1), 1e-6, "float32"), np.full(n_labels, 1e-6, "float32")
        rng = np.random.default_rng(seed)
        for epoch in range(epochs):
            rate = learn_rate * (1 - epoch / epochs)
            order = rng.permutation(n)
            for start in range(0, n, batch_size):
                rows = order[start : start + batch_size]
                batch = vectors[rows]
                at, local = np.unique(batch.indices, return_inverse=True)
                active = csr_matrix((batch.data, local, batch.indptr), shape=(len(rows), len(at)))
                p = softmax(active @ weights[at] + bias)
                p[np.arange(len(rows)), target[rows]] -= 1.0
                p /= 8.0
                gradient = active.T @ p
                squares[at] += (gradient**2).mean(axis=1, keepdims=True)
                weights[at] -= rate * gradient / np.sqrt(squares[at])
                of_bias = p.sum(axis=0)
                bias_squares += of_bias**2
                bias -= 5 * rate * of_bias / np.sqrt(bias_squares)
            if progress:
                progress(epoch + 1, epochs)
        if weights.size > max_weights:
            limit = np.partition(np.abs(weights), weights.size - max_weights, axis=None)[-max_weights]
            weights[np.abs(weights) < limit] = 0.0
        small = csr_matrix(weights.astype("float16").astype("float32"))
        indptr = np.zeros(width + 1, dtype="int64")
        indptr[used + 1] = np.diff(small.indptr)
        full = csr_matrix((small.data, small.indices, np.cumsum(indptr)), shape=(width, n_labels))
        return cls(full, bias, known.astype("int64"))

    def probabilities(self, vectors: csr_matrix, n: int, floor: float = UNSEEN) -> np.ndarray:
        """float32 [B, n]: probability of each label id below n, `floor` where a label was never seen."""
        out = np.full((vectors.shape[0], n), floor, dtype="float32")
        if len(self.labels):
            out[:, self.labels] += self.of_labels(dense_product(vectors, self.weights))
        return out

    def of_labels(self, products: np.ndarray) -> np.ndarray:
        """float32 [B, n labels]: probabilities of ``self.labels``, from ``vectors @ weights`` of that shape."""
        return softmax(products + self.bias)

    def to_arrays(self, prefix: str) -> dict[str, np.ndarray]:
        return {
            f"{prefix}.data": self.weights.data.astype("float16"),
            f"{prefix}.indices": self.weights.indices.astype("uint16"),
            f"{prefix}.indptr": self.weights.indptr.astype("int32"),
            f"{prefix}.bias": self.bias,
            f"{prefix}.labels": self.labels.astype("int32"),
        }

    @classmethod
    def from_arrays(cls, arrays, prefix: str) -> LinearClassifier:
        indptr = arrays[f"{prefix}.indptr"]
        labels = arrays[f"{prefix}.labels"].astype("int64")
        weights = csr_matrix(
            (arrays[f"{prefix}.data"].astype("float32"), arrays[f"{prefix}.indices"].astype("int32"), indptr),
            shape=(len(indptr) - 1, len(labels)),
        )
        return cls(weights, arrays[f"{prefix}.bias"], labels)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Row-wise softmax of [B, n]."""
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
