import numpy as np
import pytest

from spacy_icd_ru.reranking.features import N_FEATURES, CodeTable, candidate_features, code_depth
from spacy_icd_ru.retrieval.retriever import CHANNELS, CandidateRetriever

NAMES = [
    (["гастрит"], "K29.7"),
    (["хронический", "гастрит"], "K29.5"),
    (["гастрит", "дуоденит"], "K29"),
    (["гипертония"], "I10"),
    (["болезнь", "повышенный", "давление"], "I10-I15"),
    (["перелом", "бедро"], "S72.00"),
]


@pytest.fixture(scope="module")
def retriever():
    mentions = [(words, code, words) for words, code in NAMES for _ in range(2)]
    return CandidateRetriever(n_bits=13, top_n=5).fit(lexicon=NAMES, mentions=mentions)


@pytest.fixture(scope="module")
def computed(retriever):
    words = [["гастрит"], ["ъъъъъъ"], ["хронический", "гастрит"]]
    found = retriever.retrieve(words, words, range(3))
    table = CodeTable(retriever)
    return found, table, candidate_features(table, found, np.array([1, 1, 2], dtype="float32"))


def test_shapes_and_kinds(computed):
    found, _, (features, known, same) = computed
    assert features.shape == (*found.ids.shape, N_FEATURES) and features.dtype == "float32"
    assert known.shape == found.ids.shape and same.shape == (*found.ids.shape, found.ids.shape[1])
    assert np.isfinite(features).all()


def test_the_mask_marks_real_candidates_and_the_rest_is_zero(computed):
    found, _, (features, known, _) = computed
    assert np.array_equal(known, found.ids >= 0)
    assert not features[~known].any()
    assert features[known].any(axis=1).all()


def test_same_category_is_symmetric_and_never_of_padding(computed, retriever):
    found, _, (_, known, same) = computed
    assert np.array_equal(same, same.transpose(0, 2, 1))
    assert not same[~known].any()
    for row, ids in enumerate(found.ids):
        for i, j in zip(*np.nonzero(known[row][:, None] & known[row][None])):
            assert same[row, i, j] == (retriever.codes[ids[i]][:3] == retriever.codes[ids[j]][:3])


def test_what_is_summed_over_a_category_is_the_same_for_siblings(computed):
    found, _, (features, known, same) = computed
    sharp = found.channels[..., CHANNELS.index("memory_sharp")]
    row = 0
    for i in np.flatnonzero(known[row]):
        assert features[row, i, 21] == pytest.approx(sharp[row][same[row, i]].sum(), abs=1e-5)


def test_padding_of_another_row_changes_nothing(computed, retriever):
    _, table, (features, _, _) = computed
    alone = retriever.retrieve([["гастрит"]], [["гастрит"]], [0])
    again, _, _ = candidate_features(table, alone, np.array([1], dtype="float32"))
    assert again[0] == pytest.approx(features[0], abs=1e-5)


def test_leaves_are_codes_with_nothing_below(retriever):
    table = CodeTable(retriever)
    leaf = dict(zip(retriever.codes, table.leaf.tolist()))
    assert leaf == {"I10": True, "I10-I15": False, "K29": False, "K29.5": True, "K29.7": True, "S72.00": True}


def test_a_retriever_without_codes_has_an_empty_table():
    table = CodeTable(CandidateRetriever(n_bits=10))
    assert table.static.shape == (0, 8) and not len(table.leaf)


@pytest.mark.parametrize(
    "code, depth", [("J00-J06", 0), ("J06", 1), ("J06.9", 2), ("S72.00", 3), ("F10.202", 3)]
)
def test_depth(code, depth):
    assert code_depth(code) == depth
