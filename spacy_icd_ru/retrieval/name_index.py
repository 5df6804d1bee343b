"""An index from vectors of names to codes, searched for whole batches in native code."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix, vstack

from .products import dense_product


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
        self.starts = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]]) if len(ids) else np.zeros(0, "int64")
        #: Ids of the codes that have names, ascending: int64 [n own codes].
        self.codes = ids[self.starts] if len(ids) else ids

    def __len__(self) -> int:
        return len(self.code_ids)

    def add(self, code_ids: np.ndarray, vectors: csr_matrix, weights: np.ndarray | None = None) -> NameIndex:
        """A new index with more names; nothing is retrained."""
        weights = np.ones(len(code_ids), dtype="float32") if weights is None else weights
        return NameIndex(
            np.concatenate([self.code_ids, code_ids]),
            vstack([self.vectors, vectors]).tocsr(),
            np.concatenate([self.weights, weights]),
        )

    @property
    def by_feature(self) -> csr_matrix:
        """csr [width, len(self)]: the inverted index, made anew at every access."""
        return self.vectors.T.tocsr()

    def similarities(self, queries: csr_matrix) -> np.ndarray:
        """Cosine of every query with every name: float32 [B, len(self)]."""
        return dense_product(queries, self.by_feature)

    def nearest(self, similarities: np.ndarray) -> np.ndarray:
        """Per own code, the similarity of its nearest name: float32 [B, n own codes]."""
        return np.maximum.reduceat(similarities, self.starts, axis=1) if len(self) else similarities

    def votes(self, votes: np.ndarray) -> np.ndarray:
        """Per own code, the weighted sum of its names' votes [B, len(self)]: float32 [B, n own codes]."""
        return np.add.reduceat(votes * self.weights, self.starts, axis=1) if len(self) else votes

    def best(self, similarities: np.ndarray, n_codes: int) -> np.ndarray:
        """Per code, the similarity of its nearest name: float32 [B, n_codes], 0 for codes without names."""
        out = np.zeros((len(similarities), n_codes), dtype="float32")
        out[:, self.codes] = self.nearest(similarities)
        return out

    def total(self, votes: np.ndarray, n_codes: int) -> np.ndarray:
        """Per code, the weighted sum of its names' votes [B, len(self)]: float32 [B, n_codes]."""
        out = np.zeros((len(votes), n_codes), dtype="float32")
        out[:, self.codes] = self.votes(votes)
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
    def from_arrays(cls, arrays, prefix: str, width: int) -> NameIndex:
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
