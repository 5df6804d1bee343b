"""The sparse index against a loop over all names."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from spacy_icd_ru.retrieval.name_index import NameIndex, rounded

_N_CODES = 6


@st.composite
def _indices(draw):
    n = draw(st.integers(0, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dense = rng.random((n, 8)) * (rng.random((n, 8)) < 0.5)
    queries = rng.random((3, 8)) * (rng.random((3, 8)) < 0.7)
    codes = rng.integers(0, _N_CODES, n)
    weights = rng.integers(1, 5, n).astype("float32")
    return codes, dense.astype("float32"), weights, queries.astype("float32")


@settings(max_examples=60, deadline=None)
@given(_indices())
def test_best_and_total_are_those_of_brute_force(drawn):
    codes, dense, weights, queries = drawn
    index = NameIndex(codes, csr_matrix(dense), weights)
    similar = index.similarities(csr_matrix(queries))
    best, total = index.best(similar, _N_CODES), index.total(similar, _N_CODES)
    assert best.shape == total.shape == (3, _N_CODES)
    for q, query in enumerate(queries):
        for code in range(_N_CODES):
            values = [float(query @ row) for row in dense[codes == code]]
            assert best[q, code] == pytest.approx(max(values, default=0.0), abs=1e-5)
            weighted = sum(v * w for v, w in zip(values, weights[codes == code]))
            assert total[q, code] == pytest.approx(weighted, abs=1e-4)


@settings(max_examples=30, deadline=None)
@given(_indices(), st.integers(0, 12))
def test_adding_names_is_the_same_as_building_with_them(drawn, cut):
    codes, dense, weights, queries = drawn
    whole = NameIndex(codes, csr_matrix(dense), weights)
    first = NameIndex(codes[:cut], csr_matrix(dense[:cut]), weights[:cut])
    grown = first.add(codes[cut:], csr_matrix(dense[cut:]), weights[cut:])
    assert len(grown) == len(whole)
    q = csr_matrix(queries)
    assert np.array_equal(
        grown.best(grown.similarities(q), _N_CODES), whole.best(whole.similarities(q), _N_CODES)
    )


@settings(max_examples=30, deadline=None)
@given(_indices())
def test_a_saved_index_gives_the_same_answers(drawn):
    codes, dense, weights, queries = drawn
    index = NameIndex(codes, rounded(csr_matrix(dense)), weights)
    loaded = NameIndex.from_arrays(index.to_arrays("x"), "x", 8)
    q = csr_matrix(queries)
    assert np.array_equal(index.similarities(q), loaded.similarities(q))
    assert np.array_equal(index.weights, loaded.weights)


def test_an_empty_index_answers_with_nothing():
    index = NameIndex(np.zeros(0, "int64"), csr_matrix((0, 8), dtype="float32"))
    similar = index.similarities(csr_matrix((2, 8), dtype="float32"))
    assert similar.shape == (2, 0)
    assert not index.best(similar, 3).any()


def test_rounding_leaves_its_argument_alone():
    matrix = csr_matrix(np.array([[0.1234567]], dtype="float32"))
    assert rounded(matrix).data[0] != matrix.data[0] == np.float32(0.1234567)
