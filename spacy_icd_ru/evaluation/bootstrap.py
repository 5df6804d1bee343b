"""Bootstrap intervals over records."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Statistic = Callable[[np.ndarray], np.ndarray]


def f1(sums: np.ndarray) -> np.ndarray:
    """F1 from sums of (tp, fp, fn) [..., 3]."""
    tp, fp, fn = np.moveaxis(sums, -1, 0)
    return 2 * tp / np.maximum(2 * tp + fp + fn, 1)


def share(sums: np.ndarray) -> np.ndarray:
    """hits / cases from sums of (hits, cases) [..., 2]."""
    hits, cases = np.moveaxis(sums, -1, 0)
    return hits / np.maximum(cases, 1)


def resample(rows: np.ndarray, statistic: Statistic, *, n: int = 1000, seed: int = 0) -> np.ndarray:
    """The statistic on `n` resamples of the records.

    rows: counts of each record [R, c]; statistic: sums [..., c] → values [...]. Returns float64 [n].
    """
    rng = np.random.default_rng(seed)
    records = len(rows)
    # How often each record is drawn says all about a resample; a product of matrices sums them at once.
    weights = rng.multinomial(records, np.full(records, 1 / records), size=n) if records else np.zeros((n, 0))
    return statistic(weights @ rows)


def interval(rows: np.ndarray, statistic: Statistic, *, n: int = 1000, seed: int = 0) -> tuple[float, float]:
    """95 % percentile interval of a statistic over records."""
    low, high = np.percentile(resample(rows, statistic, n=n, seed=seed), [2.5, 97.5])
    return float(low), float(high)


def share_better(
    rows_a: np.ndarray, rows_b: np.ndarray, statistic: Statistic, *, n: int = 1000, seed: int = 0
) -> float:
    """Share of resamples of the same records in which A is better than B."""
    a = resample(rows_a, statistic, n=n, seed=seed)
    b = resample(rows_b, statistic, n=n, seed=seed)
    return float((a > b).mean())
