"""Bootstrap intervals over records."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

Statistic = Callable[[np.ndarray], np.ndarray]

#: numbers drawn at once: keeps the weights of a large corpus below some 30 MB
_CELLS = 4_000_000


def f1(sums: np.ndarray) -> np.ndarray:
    """F1 from sums of (tp, fp, fn) [..., 3]."""
    tp, fp, fn = np.moveaxis(sums, -1, 0)
    return 2 * tp / np.maximum(2 * tp + fp + fn, 1)


def precision(sums: np.ndarray) -> np.ndarray:
    """TP / (TP + FP) from sums of (tp, fp, fn) [..., 3]."""
    tp, fp, _ = np.moveaxis(sums, -1, 0)
    return tp / np.maximum(tp + fp, 1)


def recall(sums: np.ndarray) -> np.ndarray:
    """TP / (TP + FN) from sums of (tp, fp, fn) [..., 3]."""
    tp, _, fn = np.moveaxis(sums, -1, 0)
    return tp / np.maximum(tp + fn, 1)


def accuracy(sums: np.ndarray) -> np.ndarray:
    """TP / (TP + FP + FN) from sums of (tp, fp, fn) [..., 3]."""
    tp, fp, fn = np.moveaxis(sums, -1, 0)
    return tp / np.maximum(tp + fp + fn, 1)


def share(sums: np.ndarray) -> np.ndarray:
    """hits / cases from sums of (hits, cases) [..., 2]."""
    hits, cases = np.moveaxis(sums, -1, 0)
    return hits / np.maximum(cases, 1)


def weights(records: int, *, n: int = 1000, seed: int = 0) -> Iterator[np.ndarray]:
    """How often each record is drawn in each of `n` resamples: blocks of int64 [m, records], n rows in all.

    How the rows are cut into blocks changes no number.
    """
    if not records:
        yield np.zeros((n, 0), dtype="int64")
        return
    rng = np.random.default_rng(seed)
    p = np.full(records, 1 / records)
    block = max(1, _CELLS // records)
    for done in range(0, n, block):
        yield rng.multinomial(records, p, size=min(block, n - done))


def draw(rows: np.ndarray, *, n: int = 1000, seed: int = 0) -> np.ndarray:
    """Sums of the counts of `n` resamples of the records: rows [R, c] → [n, c]."""
    # How often each record is drawn says all about a resample; a product of matrices sums them at once.
    sums = [drawn @ rows for drawn in weights(len(rows), n=n, seed=seed)]
    return np.concatenate(sums) if sums else np.zeros((0, rows.shape[1]), dtype=rows.dtype)


def resample(rows: np.ndarray, statistic: Statistic, *, n: int = 1000, seed: int = 0) -> np.ndarray:
    """The statistic on `n` resamples of the records.

    rows: counts of each record [R, c]; statistic: sums [..., c] → values [...]. Returns float64 [n].
    """
    return statistic(draw(rows, n=n, seed=seed))


def percentiles(values: np.ndarray) -> tuple[float, float]:
    """95 % percentile interval of the values of a statistic on resamples [n]."""
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def interval(rows: np.ndarray, statistic: Statistic, *, n: int = 1000, seed: int = 0) -> tuple[float, float]:
    """95 % percentile interval of a statistic over records."""
    return percentiles(resample(rows, statistic, n=n, seed=seed))


def share_better(
    rows_a: np.ndarray, rows_b: np.ndarray, statistic: Statistic, *, n: int = 1000, seed: int = 0
) -> float:
    """Share of resamples of the same records in which A is better than B; a tie is not better.

    rows_a, rows_b: counts of the two systems on the same records in the same order [R, c].
    Raises ValueError where their shapes differ: then they are not of the same records.
    """
    if rows_a.shape != rows_b.shape:
        raise ValueError(f"not counts of the same records: {rows_a.shape} and {rows_b.shape}")
    a = resample(rows_a, statistic, n=n, seed=seed)
    b = resample(rows_b, statistic, n=n, seed=seed)
    return float((a > b).mean())
