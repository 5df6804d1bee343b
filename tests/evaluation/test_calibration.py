import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_icd_ru.evaluation.calibration import (
    calibration_error,
    calibration_rows,
    coverage_at_precision,
    expected_calibration_error,
    kept_at_precision,
    reliability,
)


def test_honest_scores_have_no_error():
    scores = np.repeat([0.25, 0.75], 100)
    correct = np.r_[np.arange(100) < 25, np.arange(100) < 75]
    assert expected_calibration_error(scores, correct) == pytest.approx(0.0, abs=1e-9)


def test_boastful_scores_have_their_excess_as_error():
    assert expected_calibration_error(np.full(100, 0.9), np.arange(100) < 40) == pytest.approx(0.5)


def test_nothing_to_judge():
    assert expected_calibration_error(np.zeros(0), np.zeros(0, bool)) == 0.0
    assert coverage_at_precision(np.zeros(0), np.zeros(0, bool)) == (0.0, None)


def test_coverage_keeps_ties_together():
    scores = np.array([0.9, 0.8, 0.8, 0.7])
    assert coverage_at_precision(scores, np.array([1, 1, 0, 0], bool)) == (0.25, 0.9)
    assert coverage_at_precision(scores, np.array([1, 1, 1, 0], bool)) == (0.75, 0.8)
    assert coverage_at_precision(scores, np.array([0, 0, 0, 0], bool)) == (0.0, None)


_pairs = st.lists(st.tuples(st.integers(0, 20).map(lambda n: n / 20), st.booleans()), max_size=30)


@given(_pairs)
def test_coverage_is_that_of_trying_every_threshold(pairs):
    best = 0.0, None
    for threshold in sorted({score for score, _ in pairs}):
        kept = [right for score, right in pairs if score >= threshold]
        if sum(kept) / len(kept) >= 0.95:
            best = len(kept) / len(pairs), threshold
            break
    scores, correct = np.array([s for s, _ in pairs], float), np.array([c for _, c in pairs], bool)
    coverage, threshold = coverage_at_precision(scores, correct)
    assert coverage == pytest.approx(best[0]) and threshold == best[1]


@given(_pairs, st.integers(0, 3))
def test_a_weight_is_a_mention_written_several_times(pairs, times):
    scores, correct = np.array([s for s, _ in pairs], float), np.array([c for _, c in pairs], bool)
    weights = np.arange(len(pairs))[None] % 3 * times
    kept, _ = kept_at_precision(scores, correct, weights)
    coverage, _ = coverage_at_precision(np.repeat(scores, weights[0]), np.repeat(correct, weights[0]))
    assert kept[0] == pytest.approx(coverage * weights.sum())


@given(_pairs)
def test_the_error_from_counts_of_records_is_the_error_of_the_mentions(pairs):
    scores, correct = np.array([s for s, _ in pairs], float), np.array([c for _, c in pairs], bool)
    rows = calibration_rows(np.arange(len(pairs)) % 4, scores, correct, 4)
    assert rows.shape == (4, 30)
    expected = expected_calibration_error(scores, correct)
    assert calibration_error(rows.sum(axis=0)) == pytest.approx(expected)


@pytest.mark.parametrize("adaptive", [False, True])
@given(pairs=_pairs)
def test_the_bins_hold_every_mention_once_and_in_order(adaptive, pairs):
    scores, correct = np.array([s for s, _ in pairs], float), np.array([c for _, c in pairs], bool)
    table = reliability(scores, correct, adaptive=adaptive)
    assert sum(b.n for b in table) == len(pairs)
    assert sum(b.n * b.accuracy for b in table) == pytest.approx(correct.sum())
    assert all(b.low - 1e-9 <= b.confidence <= b.high + 1e-9 for b in table)
    assert all(a.confidence < b.confidence for a, b in zip(table, table[1:]))


def test_adaptive_bins_hold_equal_numbers():
    scores = np.linspace(0.9, 1.0, 60)
    assert [b.n for b in reliability(scores, scores > 0.95, bins=6, adaptive=True)] == [10] * 6
    assert len(reliability(scores, scores > 0.95, bins=6)) == 1


def test_adaptive_bins_keep_equal_scores_together():
    scores, correct = np.full(40, 0.8), np.arange(40) < 32
    (only,) = reliability(scores, correct, adaptive=True)
    assert (only.n, only.accuracy) == (40, pytest.approx(0.8))
    assert expected_calibration_error(scores, correct, adaptive=True) == pytest.approx(0.0)


def test_a_score_of_one_is_in_the_last_bin():
    (bin,) = reliability(np.array([1.0]), np.array([True]), bins=5)
    assert (bin.low, bin.high, bin.n) == (pytest.approx(0.8), 1.0, 1)
