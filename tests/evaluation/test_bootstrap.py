import time

import numpy as np
import pytest

from spacy_icd_ru.evaluation import bootstrap
from spacy_icd_ru.evaluation.metrics import Counts


def test_the_interval_holds_the_value_and_narrows_with_more_records():
    rng = np.random.default_rng(1)
    rows = rng.integers(0, 4, size=(400, 3))
    value = float(bootstrap.f1(rows.sum(axis=0)))
    low, high = bootstrap.interval(rows, bootstrap.f1)
    assert low < value < high
    few_low, few_high = bootstrap.interval(rows[:40], bootstrap.f1)
    assert few_high - few_low > high - low


def test_records_that_are_all_alike_leave_no_doubt():
    assert bootstrap.interval(np.tile([1, 1, 1], (50, 1)), bootstrap.f1) == (0.5, 0.5)


def test_the_same_seed_gives_the_same_interval():
    rows = np.arange(60).reshape(20, 3)
    assert bootstrap.interval(rows, bootstrap.f1) == bootstrap.interval(rows, bootstrap.f1)


def test_paired_comparison():
    good, bad = np.tile([3, 1, 1], (30, 1)), np.tile([1, 1, 1], (30, 1))
    assert bootstrap.share_better(good, bad, bootstrap.f1) == 1.0
    assert bootstrap.share_better(bad, good, bootstrap.f1) == 0.0


def test_share():
    assert bootstrap.share(np.array([3, 4])) == pytest.approx(0.75)
    assert bootstrap.share(np.array([0, 0])) == 0.0


@pytest.mark.parametrize("name", ["precision", "recall", "f1", "accuracy"])
def test_each_statistic_is_that_of_the_counts(name):
    sums = np.array([[3, 1, 2], [0, 0, 0], [0, 4, 1]])
    expected = [getattr(Counts(*row), name) for row in sums.tolist()]
    assert getattr(bootstrap, name)(sums) == pytest.approx(expected)


def test_resamples_are_those_of_drawing_records_one_by_one():
    rows = np.array([[1, 0, 2], [0, 3, 1], [5, 1, 0]])
    for weights, sums in zip(next(bootstrap.weights(3, n=20)), bootstrap.draw(rows, n=20)):
        assert weights.sum() == 3
        drawn = np.repeat(np.arange(3), weights)
        assert rows[drawn].sum(axis=0).tolist() == sums.tolist()


def test_how_resamples_are_cut_into_blocks_changes_nothing(monkeypatch):
    rows = np.arange(60).reshape(20, 3)
    whole = bootstrap.draw(rows, n=50)
    monkeypatch.setattr(bootstrap, "_CELLS", 140)  # seven resamples at once
    assert len(list(bootstrap.weights(20, n=50))) == 8
    assert bootstrap.draw(rows, n=50).tolist() == whole.tolist()


def test_another_seed_gives_other_resamples():
    rows = np.arange(60).reshape(20, 3)
    assert bootstrap.draw(rows, seed=1).tolist() != bootstrap.draw(rows, seed=2).tolist()


def test_systems_of_other_records_are_not_compared():
    with pytest.raises(ValueError, match="same records"):
        bootstrap.share_better(np.ones((3, 3)), np.ones((4, 3)), bootstrap.f1)


def test_a_tie_is_not_better():
    rows = np.tile([3, 1, 1], (30, 1))
    assert bootstrap.share_better(rows, rows, bootstrap.f1) == 0.0


def test_no_records_and_no_resamples():
    assert bootstrap.interval(np.zeros((0, 3), "int64"), bootstrap.f1) == (0.0, 0.0)
    assert bootstrap.draw(np.ones((4, 3), "int64"), n=0).shape == (0, 3)


def test_a_thousand_resamples_of_three_thousand_records_take_less_than_a_second():
    rows = np.random.default_rng(0).integers(0, 4, size=(3000, 3))
    # Processor time: other work on the machine must not fail the test.
    began = time.process_time()
    bootstrap.interval(rows, bootstrap.f1)
    assert time.process_time() - began < 1.0
