from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_icd_ru.retrieval.classifier import LinearClassifier
from spacy_icd_ru.retrieval.retriever import CHANNELS, CandidateRetriever
from spacy_icd_ru.retrieval.vectorizer import NameVectorizer

NAMES = [
    ("хронический гастрит", "K29.5"),
    ("гастрит", "K29.7"),
    ("острый цистит", "N30.0"),
    ("цистит", "N30.9"),
    ("камень почка", "N20.0"),
    ("почечный камень", "N20.0"),
    ("бронхиальный астма", "J45"),
    ("аллергический астма", "J45.0"),
]
MENTIONS = [
    ("гастрит хронический", "K29.5", "гастрит хронический обострение"),
    ("хр гастрит", "K29.5", "хр гастрит"),
    ("астма", "J45", "астма приступ ночь"),
    ("астма", "J45", "астма ремиссия"),
    ("астма", "J45.0", "астма пыльца"),
    ("цистит", "N30.9", "цистит"),
]
QUERIES = ["гастрит", "хр гастрит", "астма", "камень", "острый цистит почка"]


def _split(rows):
    return [tuple(field.split() if i != 1 else field for i, field in enumerate(row)) for row in rows]


def _fit(memory=True, mentions=MENTIONS, top_n=5):
    retriever = CandidateRetriever(n_bits=14, top_n=top_n)
    return retriever.fit(lexicon=_split(NAMES), mentions=_split(mentions), memory=memory)


def _ask(retriever, queries=QUERIES):
    words = [q.split() for q in queries]
    return retriever.retrieve(words, words, range(len(words)))


def _codes(retriever, row):
    return [retriever.codes[i] for i in row if i >= 0]


@pytest.fixture(scope="module")
def retriever():
    return _fit()


def test_shapes(retriever):
    found = _ask(retriever)
    assert found.ids.shape == found.fused.shape == (5, 5)
    assert found.channels.shape == (5, 5, len(CHANNELS))
    assert found.ids.dtype == "int64" and found.channels.dtype == found.fused.dtype == "float32"


def test_no_mention_no_row(retriever):
    assert retriever.retrieve([], [], []).channels.shape == (0, 5, len(CHANNELS))


def test_the_name_itself_comes_first(retriever):
    for name, code in NAMES:
        found = _ask(_fit(mentions=[]), [name])
        assert _codes(retriever, found.ids[0])[0] == code
        assert found.channels[0, 0, CHANNELS.index("lexicon")] == pytest.approx(1.0, abs=1e-3)


def test_candidates_are_sorted_and_padding_comes_last(retriever):
    found = _ask(retriever)
    for ids, fused in zip(found.ids, found.fused):
        n = int((ids >= 0).sum())
        assert (ids[:n] >= 0).all() and (ids[n:] == -1).all()
        assert (np.diff(fused[:n]) <= 0).all()
        assert len(set(ids[:n])) == n
        assert not fused[n:].any()


def test_ties_go_by_code_at_the_cut_as_well():
    names = [(["отит"], f"H65.{i}") for i in (7, 3, 9, 0, 5, 1)]
    found = _ask(CandidateRetriever(n_bits=12, top_n=3).fit(lexicon=names), ["отит"])
    assert found.ids.tolist() == [[0, 1, 2]]  # ids stand in the order of the codes


def test_unknown_words_give_no_candidates():
    found = _ask(_fit(mentions=[]), ["ъъъъъъ", "qwwq"])
    assert (found.ids == -1).all()
    assert not found.channels.any() and not found.fused.any()


def test_a_memory_counts_the_very_same_words(retriever):
    found = _ask(retriever, ["астма"])
    counts = dict(zip(_codes(retriever, found.ids[0]), found.channels[0, :, CHANNELS.index("memory_count")]))
    assert counts["J45"] == 2 and counts["J45.0"] == 1


def test_the_context_is_that_of_the_record(retriever):
    words = [["астма"], ["астма"]]
    found = retriever.retrieve(words, [["хр", "гастрит"], ["астма", "ночь"]], [0, 1])
    context = found.channels[:, 0, CHANNELS.index("context")]
    assert context[1] > context[0]


def test_a_batch_answers_as_single_questions_do(retriever):
    together = _ask(retriever)
    for i, query in enumerate(QUERIES):
        alone = _ask(_fit(), [query])
        assert np.array_equal(alone.ids[0], together.ids[i])
        assert alone.channels[0] == pytest.approx(together.channels[i], abs=1e-6)


def test_two_fits_are_the_same():
    one, two = _fit().to_arrays(), _fit().to_arrays()
    assert one.keys() == two.keys()
    assert all(np.array_equal(one[key], two[key]) for key in one)


def test_the_cache_is_not_handed_out(retriever):
    before = _ask(retriever, ["гастрит"])
    before.channels[:] = 7.0
    before.ids[:] = -1
    again = _ask(retriever, ["гастрит"])
    assert again.ids[0, 0] >= 0 and not (again.channels == 7.0).any()


def test_without_a_memory_no_vector_of_a_mention_is_saved():
    with_memory, without = _fit().to_arrays(), _fit(memory=False).to_arrays()
    assert with_memory["memory.codes"].size and with_memory["memory.data"].size
    for part in ("codes", "data", "indices", "weights"):
        assert not without[f"memory.{part}"].size
    found = _ask(_fit(memory=False), ["астма"])
    for name in CHANNELS:
        if name.startswith("memory"):
            assert not found.channels[..., CHANNELS.index(name)].any()


@pytest.mark.parametrize("memory", [True, False])
def test_arrays_restore_the_same_answers(memory):
    retriever = _fit(memory)
    loaded = CandidateRetriever.from_arrays(retriever.codes, retriever.to_arrays(), n_bits=14, top_n=5)
    a, b = _ask(retriever), _ask(loaded)
    assert np.array_equal(a.ids, b.ids)
    assert np.array_equal(a.channels, b.channels) and np.array_equal(a.fused, b.fused)


def test_arrays_hold_numbers_only():
    assert all(array.dtype.kind in "iuf" for array in _fit().to_arrays().values())


# Adding names


def test_a_new_name_of_a_new_code_is_found_and_old_answers_stay():
    retriever = _fit(top_n=4)
    before = _ask(retriever)
    kept = [_codes(retriever, row) for row in before.ids]
    retriever.add_names([(["саркоидоз"], "D86.9"), (["саркоидоз", "лёгкое"], "D86.0")])
    after = _ask(retriever)
    assert [_codes(retriever, row) for row in after.ids] == kept
    assert after.channels == pytest.approx(before.channels, abs=1e-6)
    assert _codes(retriever, _ask(retriever, ["саркоидоз"]).ids[0])[0] == "D86.9"


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["A01", "D86.9", "J45", "K29.6", "Z99.9"]), min_size=1, max_size=4))
def test_any_code_can_be_added_and_saved(codes):
    retriever = _fit()
    kept = [_codes(retriever, row)[:1] for row in _ask(retriever).ids]
    for i, code in enumerate(codes):
        retriever.add_names([([f"ёёё{i}жжж"], code)])
    assert retriever.codes == sorted({*retriever.codes, *codes})
    assert [_codes(retriever, row)[:1] for row in _ask(retriever).ids] == kept
    loaded = CandidateRetriever.from_arrays(retriever.codes, retriever.to_arrays(), n_bits=14, top_n=5)
    assert np.array_equal(_ask(loaded).channels, _ask(retriever).channels)


def test_a_new_name_of_an_old_code_is_found_at_once():
    retriever = _fit(mentions=[])
    assert not _codes(retriever, _ask(retriever, ["мкб"]).ids[0])
    retriever.add_names([(["мкб"], "N20.0")])
    assert _codes(retriever, _ask(retriever, ["мкб"]).ids[0]) == ["N20.0"]


def test_official_titles_stand_in_a_channel_of_their_own():
    retriever = _fit(mentions=[])
    retriever.add_names([(["воспаление", "желудок"], "K29.7")], official=True)
    channels = _ask(retriever, ["воспаление желудок"]).channels[0, 0]
    assert channels[CHANNELS.index("dictionary")] == pytest.approx(1.0, abs=1e-3)
    assert channels[CHANNELS.index("lexicon")] < 0.5


def test_names_without_words_are_passed_over():
    retriever = _fit()
    retriever.add_names([([], "A00")])
    assert "A00" not in retriever.codes


def test_adding_retrains_nothing_and_reads_only_the_new_names(monkeypatch):
    retriever = _fit()
    work = Counter()
    transform = NameVectorizer.transform

    def counted(self, names):
        work["names"] += len(names)
        return transform(self, names)

    def forbidden(*args, **kwargs):
        raise AssertionError("nothing may be trained")

    monkeypatch.setattr(NameVectorizer, "transform", counted)
    monkeypatch.setattr(NameVectorizer, "fit", forbidden)
    monkeypatch.setattr(LinearClassifier, "fit", forbidden)
    retriever.add_names([([f"слово{i}"], "A00") for i in range(10)])
    assert work["names"] == 10
