"""Do scores mean what they say? From (score, correct) pairs of mentions."""

from __future__ import annotations

import numpy as np


def expected_calibration_error(scores: np.ndarray, correct: np.ndarray, *, bins: int = 15) -> float:
    """Mean distance of confidence and accuracy over `bins` equal widths (Naeini et al. 2015).

    scores: float [n] in [0, 1]; correct: bool [n]. 0 where there is nothing to judge.
    """
    scores, correct = np.asarray(scores, dtype="float64"), np.asarray(correct, dtype="float64")
    if not len(scores):
        return 0.0
    bin_of = np.minimum((scores * bins).astype("int64"), bins - 1)
    n = np.bincount(bin_of, minlength=bins)
    confidence = np.bincount(bin_of, scores, minlength=bins)
    accuracy = np.bincount(bin_of, correct, minlength=bins)
    return float(np.abs(confidence - accuracy)[n > 0].sum() / len(scores))


def coverage_at_precision(
    scores: np.ndarray, correct: np.ndarray, precision: float = 0.95
) -> tuple[float, float | None]:
    """Share of mentions that can be kept at a precision, and the score threshold that keeps them.

    All mentions of a score at least the threshold are kept. (0.0, None) where no threshold reaches it.
    """
    scores, correct = np.asarray(scores, dtype="float64"), np.asarray(correct, dtype="float64")
    if not len(scores):
        return 0.0, None
    order = np.argsort(-scores, kind="stable")
    kept = np.arange(1, len(scores) + 1)
    reached = np.cumsum(correct[order]) / kept >= precision
    # A threshold keeps or drops equal scores together.
    last_of_tie = np.append(scores[order][1:] != scores[order][:-1], True)
    ends = np.flatnonzero(reached & last_of_tie)
    if not len(ends):
        return 0.0, None
    end = int(ends[-1])
    return float((end + 1) / len(scores)), float(scores[order][end])
