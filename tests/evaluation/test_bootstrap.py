import numpy as np
import pytest

from spacy_icd_ru.evaluation import bootstrap


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
