"""Do scores mean what they say? From (score, correct) pairs of mentions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Bin:
    """Mentions of similar score. low, high: bounds of the score; n: how many mentions; confidence: their mean
    score; accuracy: the share of them that is correct."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


def reliability(
    scores: np.ndarray, correct: np.ndarray, *, bins: int = 15, adaptive: bool = False
) -> list[Bin]:
    """The reliability diagram as a table: the bins that hold a mention, in order of score.

    scores: float [n] in [0, 1]; correct: bool [n]. adaptive: bins of about equal numbers of mentions instead
    of equal widths (Nguyen & O'Connor 2015); equal scores share a bin, so there may be fewer than `bins`.
    """
    scores, correct = np.asarray(scores, dtype="float64"), np.asarray(correct, dtype="float64")
    if not len(scores):
        return []
    of = _equal_mass(scores, bins) if adaptive else bin_of(scores, bins)
    out = []
    for i in np.unique(of):
        inside = of == i
        low, high = (scores[inside].min(), scores[inside].max()) if adaptive else (i / bins, (i + 1) / bins)
        confidence, accuracy = float(scores[inside].mean()), float(correct[inside].mean())
        out.append(Bin(float(low), float(high), int(inside.sum()), confidence, accuracy))
    return out


def expected_calibration_error(
    scores: np.ndarray, correct: np.ndarray, *, bins: int = 15, adaptive: bool = False
) -> float:
    """Mean distance of confidence and accuracy over the bins of ``reliability`` (Naeini et al. 2015).

    scores: float [n] in [0, 1]; correct: bool [n]. 0 where there is nothing to judge.
    """
    if not len(scores):
        return 0.0
    table = reliability(scores, correct, bins=bins, adaptive=adaptive)
    return sum(b.n * abs(b.confidence - b.accuracy) for b in table) / len(scores)


def bin_of(scores: np.ndarray, bins: int) -> np.ndarray:
    """The bin of equal width that holds each score: int64 [n] in 0 … bins - 1."""
    return np.clip((np.asarray(scores, dtype="float64") * bins).astype("int64"), 0, bins - 1)


def _equal_mass(scores: np.ndarray, bins: int) -> np.ndarray:
    edges = np.quantile(scores, np.arange(1, bins) / bins)
    return np.searchsorted(np.unique(edges), scores, side="left")


def calibration_rows(
    record: np.ndarray, scores: np.ndarray, correct: np.ndarray, records: int, *, bins: int = 15
) -> np.ndarray:
    """Counts of each record that ``calibration_error`` reads, for the bootstrap: float64 [records, 2 * bins].

    record: int [n], which record a mention is of. Columns: by bin, summed score minus correct; then mentions.
    """
    rows = np.zeros((records, 2 * bins))
    of = bin_of(scores, bins)
    np.add.at(rows, (record, of), np.asarray(scores, dtype="float64") - np.asarray(correct, dtype="float64"))
    np.add.at(rows, (record, bins + of), 1)
    return rows


def calibration_error(sums: np.ndarray) -> np.ndarray:
    """Expected calibration error from sums of ``calibration_rows`` [..., 2 * bins].

    Its bootstrap interval lies high, for the noise of a resample can only add to a distance: read it as an
    upper bound more than as a range.
    """
    gaps, n = np.split(sums, 2, axis=-1)
    return np.abs(gaps).sum(axis=-1) / np.maximum(n.sum(axis=-1), 1)


def coverage_at_precision(
    scores: np.ndarray, correct: np.ndarray, precision: float = 0.95
) -> tuple[float, float | None]:
    """Share of mentions that can be kept at a precision, and the lowest score threshold that keeps them.

    All mentions of a score at least the threshold are kept. (0.0, None) where no threshold reaches it.
    """
    scores, correct = np.asarray(scores, dtype="float64"), np.asarray(correct, dtype="int64")
    kept, end = kept_at_precision(scores, correct, np.ones((1, len(scores)), dtype="int64"), precision)
    if not kept[0]:
        return 0.0, None
    return float(kept[0] / len(scores)), float(-np.sort(-scores)[end[0]])


def kept_at_precision(
    scores: np.ndarray, correct: np.ndarray, weights: np.ndarray, precision: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """How many mentions the lowest threshold of a precision keeps, for each of m weightings of the mentions.

    scores, correct [n]; weights: int64 [m, n], how often each mention counts. Returns the weight kept, int64
    [m], 0 where no threshold reaches the precision, and the last place kept in order of falling score [m].
    """
    if not len(scores):
        nothing = np.zeros(len(weights), dtype="int64")
        return nothing, nothing - 1
    order = np.argsort(-scores, kind="stable")
    kept = np.cumsum(weights[:, order], axis=1)
    right = np.cumsum(weights[:, order] * np.asarray(correct, dtype="int64")[order], axis=1)
    # A threshold keeps or drops equal scores together.
    last_of_tie = np.append(scores[order][1:] != scores[order][:-1], True)
    reached = (right / np.maximum(kept, 1) >= precision) & last_of_tie & (kept > 0)
    end = reached.shape[1] - 1 - np.argmax(reached[:, ::-1], axis=1)
    found = reached.any(axis=1)
    return np.where(found, kept[np.arange(len(kept)), end], 0), np.where(found, end, -1)
