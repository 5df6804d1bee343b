"""Which codes can be among the first, without sorting all of them."""

from __future__ import annotations

import numpy as np

_GROUP = 16
_MARGIN = 1e-4  # of a score: far more than single precision loses in a handful of operations


def likely(rough: np.ndarray, count: int, floor: float) -> tuple[np.ndarray, np.ndarray]:
    """All (query, code) pairs that can be among a query's first `count` codes with a score over `floor`.

    rough: float32 [B, n codes], scores but for rounding, none negative. Returns queries, ascending, and code
    ids, each int64 [n pairs]. Ties are all there.
    """
    batch, n = rough.shape
    limit = np.full(batch, floor, dtype="float32")
    groups = n // _GROUP
    if groups > count:
        # Of the best of each group, the count-th best: so many codes at least score as high. Neighbours
        # are alike, so a group takes one code here and one there.
        best = rough[:, : groups * _GROUP].reshape(batch, _GROUP, groups).max(axis=1)
        np.maximum(limit, np.partition(best, groups - count, axis=1)[:, groups - count], out=limit)
    return np.nonzero(rough >= limit[:, None] * np.float32(1.0 - _MARGIN))
