"""The batched numpy CRF against brute force over all label sequences."""

import itertools

import numpy as np
import pytest

from spacy_icd_ru.recognition import crf


def _random(batch, steps, seed):
    rng = np.random.default_rng(seed)
    emissions = rng.normal(size=(batch, steps, 5)).astype("float32")
    transitions = rng.normal(size=(5, 5)).astype("float32")
    return emissions, transitions


def _paths(emissions, transitions, length):
    """Every valid label sequence of one row with its score."""
    for path in itertools.product(range(5), repeat=length):
        score = crf.START_MASK[path[0]] + crf.END_MASK[path[-1]]
        score += sum(emissions[t, label] for t, label in enumerate(path))
        score += sum(transitions[a, b] + crf.TRANSITION_MASK[a, b] for a, b in zip(path, path[1:]))
        if score > -1e3:
            yield path, score


@pytest.mark.parametrize("lengths", [(1, 1), (3, 2), (4, 1), (5, 5)])
def test_the_partition_is_that_of_brute_force(lengths):
    emissions, transitions = _random(2, max(lengths), seed=sum(lengths))
    lengths = np.array(lengths)
    _, _, log_z, _ = crf.forward_backward(emissions, lengths, transitions)
    for row, length in enumerate(lengths):
        scored = list(_paths(emissions[row], transitions, length))
        assert log_z[row] == pytest.approx(np.logaddexp.reduce([s for _, s in scored]), abs=1e-3)


def test_span_probabilities_are_those_of_brute_force():
    emissions, transitions = _random(3, 5, seed=7)
    lengths = np.array([5, 3, 4])
    found = crf.span_log_probabilities(emissions, lengths, transitions, max_length=5, floor=1e-4)
    for row, length in enumerate(lengths):
        scored = list(_paths(emissions[row], transitions, length))
        total = np.logaddexp.reduce([s for _, s in scored])
        expected = {}
        for path, score in scored:
            for first in range(length):
                if path[first] == crf.U:
                    last = first
                elif path[first] == crf.B:
                    last = path.index(crf.L, first)
                else:
                    continue
                expected[first, last] = expected.get((first, last), 0.0) + np.exp(score - total)
        got = {(first, last): p for first, last, p in found[row]}
        assert got.keys() == {span for span, p in expected.items() if p >= 1e-4}
        for span, p in got.items():
            assert p == pytest.approx(expected[span], abs=1e-3)


def test_gradients_match_finite_differences():
    emissions, transitions = _random(2, 4, seed=3)
    lengths = np.array([4, 2])
    gold = np.array([[crf.B, crf.I, crf.L, crf.O], [crf.U, crf.O, 0, 0]])
    loss, d_emissions, d_transitions = crf.loss_and_gradient(emissions, lengths, transitions, gold)
    assert loss > 0
    step = 1e-2
    for index in [(0, 0, 1), (0, 2, 3), (1, 1, 0), (1, 0, 4)]:
        changed = emissions.copy()
        changed[index] += step
        up, _, _ = crf.loss_and_gradient(changed, lengths, transitions, gold)
        changed[index] -= 2 * step
        down, _, _ = crf.loss_and_gradient(changed, lengths, transitions, gold)
        assert d_emissions[index] == pytest.approx((up - down) / (2 * step), abs=2e-3)
    for index in [(crf.B, crf.I), (crf.L, crf.O), (crf.O, crf.U)]:
        changed = transitions.copy()
        changed[index] += step
        up, _, _ = crf.loss_and_gradient(emissions, lengths, changed, gold)
        changed[index] -= 2 * step
        down, _, _ = crf.loss_and_gradient(emissions, lengths, changed, gold)
        assert d_transitions[index] == pytest.approx((up - down) / (2 * step), abs=2e-3)
    assert not d_emissions[1, 2:].any()  # padding teaches nothing
