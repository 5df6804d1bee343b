"""The scoring network, and the part of its training that is arithmetic."""

import numpy as np
import pytest
from thinc.api import Adam, fix_random_seed

from spacy_icd_ru.pipeline.icd_reranker import IcdReranker, probabilities
from spacy_icd_ru.reranking.features import N_FEATURES
from spacy_icd_ru.reranking.model import build_candidate_scorer, set_statistics


@pytest.fixture
def model():
    fix_random_seed(1)
    model = build_candidate_scorer(hidden_width=8, dropout=0.0)
    model.initialize()
    return model


def _features(n=20, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n, N_FEATURES)) * 3 + 5).astype("float32")


def test_one_score_a_candidate(model):
    assert model.predict(_features()).shape == (20, 1)
    assert model.predict(np.zeros((0, N_FEATURES), "float32")).shape == (0, 1)


def test_statistics_standardise(model):
    features = _features(200)
    set_statistics(model, features)
    out = model.layers[0].predict(features)
    assert out.mean(axis=0) == pytest.approx(np.zeros(N_FEATURES), abs=1e-3)
    assert out.std(axis=0) == pytest.approx(np.ones(N_FEATURES), abs=1e-2)


def test_a_constant_feature_does_not_explode(model):
    features = _features()
    features[:, 0] = 1.0
    set_statistics(model, features)
    changed = features.copy()
    changed[:, 0] = 1.01
    assert np.isfinite(model.predict(changed)).all()
    assert np.abs(model.layers[0].predict(changed)[:, 0]).max() < 20


def test_statistics_are_not_trained(model):
    set_statistics(model, _features())
    layer = model.layers[0]
    before = {name: layer.get_param(name).copy() for name in ("mean", "spread")}
    weights = model.layers[2].get_param("W").copy()
    optimizer = Adam(0.1, L2=0.1)
    for _ in range(3):
        scores, backprop = model.begin_update(_features())
        backprop(np.ones_like(scores))
        model.finish_update(optimizer)
    assert not np.array_equal(model.layers[2].get_param("W"), weights)
    for name, value in before.items():
        assert np.array_equal(layer.get_param(name), value)


def test_the_gradient_passes_through_the_statistics(model):
    """d(sum of scores)/dX against finite differences, in double the step of float32's noise."""
    features = _features(3)
    set_statistics(model, _features(100))
    scores, backprop = model.begin_update(features)
    gradient = backprop(np.ones_like(scores))
    for i, j in [(0, 0), (1, 7), (2, 38)]:
        up, down = features.copy(), features.copy()
        up[i, j] += 0.05
        down[i, j] -= 0.05
        slope = (model.predict(up).sum() - model.predict(down).sum()) / 0.1
        assert gradient[i, j] == pytest.approx(slope, abs=2e-2)


def test_saved_and_loaded_it_scores_the_same(model):
    set_statistics(model, _features())
    other = build_candidate_scorer(hidden_width=8, dropout=0.0)
    other.from_bytes(model.to_bytes())
    assert np.array_equal(model.predict(_features(5, 3)), other.predict(_features(5, 3)))


def test_the_loss_is_a_cross_entropy_with_its_gradient():
    rng = np.random.default_rng(2)
    scores = rng.normal(size=(3, 4)).astype("float32")
    scores[2, 3] = -1e4  # padding
    gold = np.zeros((3, 4), dtype=bool)
    gold[[0, 1], [1, 3]] = True  # the code of the third is not among its candidates
    loss, gradient = IcdReranker.get_loss(None, gold, scores)
    p = np.exp(scores) / (1.0 + np.exp(scores).sum(axis=1, keepdims=True))
    assert loss == pytest.approx(-np.log([p[0, 1], p[1, 3], 1.0 - p[2].sum()]).mean(), abs=1e-5)
    assert gradient[2, 3] == 0.0 and (gradient[2, :3] > 0.0).all()
    for i, j in [(0, 0), (0, 1), (1, 3), (2, 2)]:
        up, down = scores.copy(), scores.copy()
        up[i, j] += 0.01
        down[i, j] -= 0.01
        slope = (IcdReranker.get_loss(None, gold, up)[0] - IcdReranker.get_loss(None, gold, down)[0]) / 0.02
        assert gradient[i, j] == pytest.approx(slope, abs=1e-3)


@pytest.mark.parametrize("offset", [-300.0, 0.0, 300.0])
def test_the_probabilities_leave_a_rest_for_none_of_these(offset):
    scores = np.array([[1.0, 2.0, -1e4], [0.0, -1e4, -1e4], [-1e4, -1e4, -1e4]], dtype="float32")
    scores[scores > -1e3] += offset
    p = probabilities(scores)
    assert np.isfinite(p).all() and (p.sum(axis=1) <= 1.0 + 1e-6).all()
    assert p[1, 0] == pytest.approx({-300.0: 0.0, 0.0: 0.5, 300.0: 1.0}[offset], abs=1e-6)
    assert not p[2].any()
