"""An index from vectors of names to codes, searched for whole batches in native code."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix, vstack

from .products import dense_product

# A code with more names than this is searched on its own, the others name by name, all codes at once.
_DEEP = 64


class NameIndex:
    """Vectors of names, each with a code and a weight, sorted by code.

    code_ids: int64 [n], ids in the retriever's list of codes. vectors: float32 csr [n, width], rows of
    length one. weights: float32 [n], e.g. how often a coded mention was seen.
    """

    def __init__(self, code_ids: np.ndarray, vectors: csr_matrix, weights: np.ndarray | None = None):
        weights = np.ones(len(code_ids), dtype="float32") if weights is None else weights
        order = np.argsort(code_ids, kind="stable")
        self.code_ids = np.asarray(code_ids, dtype="int64")[order]
        self.vectors = vectors[order].tocsr()
        self.weights = np.asarray(weights, dtype="float32")[order]
        self._prepare()

    def _prepare(self) -> None:
        ids = self.code_ids
        self._starts = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]]) if len(ids) else np.zeros(0, "int64")
        self._codes = ids[self._starts] if len(ids) else ids
        counts = np.diff(np.append(self._starts, len(ids)))
        # The columns of the inverted index stand in layers: all codes' first names, then all second names …,
        # codes with many names first. The nearest name of every code is then a maximum of whole blocks.
        self._by_count = np.argsort(-counts, kind="stable")
        rank = np.empty(len(counts), dtype="int64")
        rank[self._by_count] = np.arange(len(counts))
        nth = np.arange(len(ids)) - np.repeat(self._starts, counts)
        layer = np.where(np.repeat(counts, counts) > _DEEP, -1, nth)
        columns = np.lexsort((nth, np.repeat(rank, counts), layer))
        self._column = np.empty(len(ids), dtype="int64")
        self._column[columns] = np.arange(len(ids))
        self._by_feature = self.vectors[columns].T.tocsr()
        deep = counts[counts > _DEEP]
        self._deep = np.cumsum(np.append(0, -np.sort(-deep)))
        self._layers = np.bincount(layer[layer >= 0]).tolist()

    def __len__(self) -> int:
        return len(self.code_ids)

    def add(self, code_ids: np.ndarray, vectors: csr_matrix, weights: np.ndarray | None = None) -> "NameIndex":
        """A new index with more names; nothing is retrained."""
        weights = np.ones(len(code_ids), dtype="float32") if weights is None else weights
        return NameIndex(
            np.concatenate([self.code_ids, code_ids]),
            vstack([self.vectors, vectors]).tocsr(),
            np.concatenate([self.weights, weights]),
        )

    @property
    def codes(self) -> np.ndarray:
        """Ids of the codes that have names, ascending: int64 [n own codes]."""
        return self._codes

    def nearest(self, queries: csr_matrix) -> tuple[np.ndarray, np.ndarray]:
        """Ids of the codes that have names, int64 [n own codes], in no order, and the similarity of each one's
        nearest name, float32 [n own codes, B]."""
        similar = dense_product(queries, self._by_feature)
        n_deep = len(self._deep) - 1
        best = np.empty((len(self._codes), similar.shape[1]), dtype="float32")
        for i in range(n_deep):
            similar[self._deep[i] : self._deep[i + 1]].max(axis=0, out=best[i])
        start = self._deep[-1]
        for nth, size in enumerate(self._layers):
            of_layer, so_far = similar[start : start + size], best[n_deep : n_deep + size]
            if nth:
                np.maximum(so_far, of_layer, out=so_far)
            else:
                so_far[:] = of_layer
            start += size
        return self._codes[self._by_count], best

    def similarities(self, queries: csr_matrix) -> np.ndarray:
        """Cosine of every query with every name: float32 [B, len(self)]."""
        return np.ascontiguousarray(dense_product(queries, self._by_feature)[self._column].T)

    def best(self, similarities: np.ndarray, n_codes: int) -> np.ndarray:
        """Per code, the similarity of its nearest name: float32 [B, n_codes], 0 for codes without names."""
        out = np.zeros((len(similarities), n_codes), dtype="float32")
        if len(self):
            out[:, self._codes] = np.maximum.reduceat(similarities, self._starts, axis=1)
        return out

    def total(self, votes: np.ndarray, n_codes: int) -> np.ndarray:
        """Per code, the weighted sum of its names' votes [B, len(self)]: float32 [B, n_codes]."""
        out = np.zeros((len(votes), n_codes), dtype="float32")
        if len(self):
            out[:, self._codes] = np.add.reduceat(votes * self.weights, self._starts, axis=1)
        return out

    def to_arrays(self, prefix: str) -> dict[str, np.ndarray]:
        # Half precision on disk and, so that a saved index gives the same answers, before saving as well:
        # see ``rounded``.
        return {
            f"{prefix}.codes": self.code_ids.astype("int32"),
            f"{prefix}.data": self.vectors.data.astype("float16"),
            f"{prefix}.indices": self.vectors.indices.astype("int32"),
            f"{prefix}.indptr": self.vectors.indptr.astype("int32"),
            f"{prefix}.weights": self.weights,
        }

    @classmethod
    def from_arrays(cls, arrays, prefix: str, width: int) -> "NameIndex":
        codes = arrays[f"{prefix}.codes"].astype("int64")
        data = arrays[f"{prefix}.data"].astype("float32")
        vectors = csr_matrix(
            (data, arrays[f"{prefix}.indices"], arrays[f"{prefix}.indptr"]), shape=(len(codes), width)
        )
        return cls(codes, vectors, arrays[f"{prefix}.weights"])


def rounded(vectors: csr_matrix) -> csr_matrix:
    """Vectors as half precision holds them, so that what is saved and what was trained are the same."""
    vectors = vectors.copy()
    vectors.data = vectors.data.astype("float16").astype("float32")
    return vectors
