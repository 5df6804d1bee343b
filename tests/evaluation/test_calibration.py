import numpy as np
import pytest

from spacy_icd_ru.evaluation.calibration import coverage_at_precision, expected_calibration_error


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
