import numpy as np
import pytest
from scipy.sparse import csr_matrix

from spacy_icd_ru.retrieval.classifier import LinearClassifier, softmax


@pytest.fixture(scope="module")
def separable():
    """Three labels, each with two features of its own and noise."""
    rng = np.random.default_rng(1)
    labels = np.repeat([3, 7, 11], 20)
    dense = rng.random((60, 12)) * (rng.random((60, 12)) < 0.1)
    for row, label in enumerate(np.repeat([0, 1, 2], 20)):
        dense[row, [2 * label, 2 * label + 1]] = 1.0
    return csr_matrix(dense.astype("float32")), labels


def test_it_learns_what_separates_the_labels(separable):
    vectors, labels = separable
    classifier = LinearClassifier.fit(vectors, labels, epochs=6)
    p = classifier.probabilities(vectors, 15)
    assert (p.argmax(axis=1) == labels).all()
    assert p.sum(axis=1) == pytest.approx(np.full(60, 1.0), abs=1e-2)


def test_a_label_never_seen_gets_the_floor(separable):
    classifier = LinearClassifier.fit(*separable)
    p = classifier.probabilities(separable[0], 15, floor=1e-4)
    assert p[:, 0] == pytest.approx(1e-4)


def test_training_is_deterministic(separable):
    one, two = (LinearClassifier.fit(*separable, seed=5) for _ in range(2))
    assert (one.weights != two.weights).nnz == 0 and np.array_equal(one.bias, two.bias)


def test_pruning_keeps_the_largest_weights(separable):
    whole = LinearClassifier.fit(*separable)
    small = LinearClassifier.fit(*separable, max_weights=6)
    assert small.weights.nnz == 6 < whole.weights.nnz
    largest = np.sort(np.abs(whole.weights.data))[-6:]
    assert np.sort(np.abs(small.weights.data)) == pytest.approx(largest, abs=1e-3)


def test_a_feature_of_one_row_is_not_learnt():
    dense = np.zeros((6, 4), dtype="float32")
    dense[:, 0] = [1, 1, 1, 0, 0, 0]
    dense[:, 1] = [0, 0, 0, 1, 1, 1]
    dense[2, 3] = 1.0  # stands in one mention only
    classifier = LinearClassifier.fit(csr_matrix(dense), np.array([0, 0, 0, 1, 1, 1]))
    assert not classifier.weights[3].nnz
    assert classifier.weights[0].nnz


def test_rows_without_a_shared_feature_leave_only_the_bias():
    classifier = LinearClassifier.fit(csr_matrix(np.eye(3, dtype="float32")), np.array([0, 1, 1]))
    p = classifier.probabilities(csr_matrix((1, 3), dtype="float32"), 2)
    assert classifier.weights.nnz == 0
    assert p[0, 1] > p[0, 0]


def test_saved_and_loaded_it_gives_the_same_probabilities(separable):
    classifier = LinearClassifier.fit(*separable)
    loaded = LinearClassifier.from_arrays(classifier.to_arrays("c"), "c")
    vectors = separable[0]
    assert np.array_equal(classifier.probabilities(vectors, 12), loaded.probabilities(vectors, 12))


def test_softmax_survives_large_scores():
    assert softmax(np.array([[1e4, 0.0]])).tolist() == [[1.0, 0.0]]
