"""Names in an order in which the nearest name of every code is a maximum of whole blocks."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from .name_index import NameIndex

# A code with more names than this is searched on its own, the others name by name, all codes at once.
_DEEP = 64


class Layers:
    """by_feature: csr [width, n columns]. The first `n_codes` columns are each code's first name, or nothing
    where it has none; then come the other names of codes with very many; then all second names, all third …,
    codes with many names first."""

    def __init__(self, index: NameIndex, n_codes: int):
        ids = index.code_ids
        starts = index.starts
        counts = np.diff(np.append(starts, len(ids)))
        of_code = np.repeat(np.arange(len(counts)), counts)
        nth = np.arange(len(ids)) - starts[of_code]
        by_count = np.argsort(-counts, kind="stable")
        by_count = by_count[counts[by_count] > 1]
        rank = np.zeros(len(counts), dtype="int64")
        rank[by_count] = np.arange(len(by_count))
        layer = np.where(counts[of_code] > _DEEP, 0, nth)
        others = np.flatnonzero(nth > 0)
        others = others[np.lexsort((nth[others], rank[of_code[others]], layer[others]))]
        first = np.full(n_codes, len(ids), dtype="int64")  # a row of zeros, put behind the others
        first[index.codes] = starts
        vectors = index.vectors
        padded = csr_matrix(
            (vectors.data, vectors.indices, np.append(vectors.indptr, vectors.indptr[-1])),
            shape=(len(ids) + 1, vectors.shape[1]),
        )
        self.by_feature = padded[np.concatenate([first, others])].T.tocsr()
        self._n_codes = n_codes
        self._codes = index.codes[by_count]
        self._deep = np.cumsum(np.append(n_codes, (counts[by_count] - 1)[counts[by_count] > _DEEP])).tolist()
        self._layers = np.bincount(layer[others])[1:].tolist() if len(others) else []

    def nearest(self, similar: np.ndarray) -> np.ndarray:
        """similar: float32 [B, n columns]. The similarity of each code's nearest name: float32 [B, n codes]."""
        best = similar[:, : self._n_codes]
        if not len(self._codes):
            return best
        others = np.empty((len(similar), len(self._codes)), dtype="float32")
        n_deep = len(self._deep) - 1
        for i in range(n_deep):
            similar[:, self._deep[i] : self._deep[i + 1]].max(axis=1, out=others[:, i])
        start = self._deep[-1]
        for nth, size in enumerate(self._layers):
            of_layer, so_far = similar[:, start : start + size], others[:, n_deep : n_deep + size]
            if nth:
                np.maximum(so_far, of_layer, out=so_far)
            else:
                so_far[:] = of_layer
            start += size
        best[:, self._codes] = np.maximum(best[:, self._codes], others)
        return best
