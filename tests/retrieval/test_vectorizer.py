import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_icd_ru.retrieval.vectorizer import NameVectorizer

_word = st.text(alphabet="абвгдежзиклмнопрст0123", min_size=1, max_size=8)
_name = st.lists(_word, min_size=0, max_size=5)


def _cosine(vectorizer, a, b):
    vectors = vectorizer.transform([a, b]).toarray()
    return float(vectors[0] @ vectors[1])


@settings(max_examples=60, deadline=None)
@given(st.lists(_name, max_size=6))
def test_every_name_has_length_one_and_no_name_length_zero(names):
    vectors = NameVectorizer(12).fit(names).transform(names)
    assert vectors.shape == (len(names), 4096)
    lengths = np.sqrt(vectors.multiply(vectors).sum(axis=1)).A1 if names else np.zeros(0)
    assert lengths == pytest.approx([1.0 if name else 0.0 for name in names], abs=1e-5)


@given(_word, _word)
def test_two_words_in_either_order_are_the_same_name(a, b):
    assert _cosine(NameVectorizer(12), [a, b], [b, a]) == pytest.approx(1.0, abs=1e-5)


def test_order_matters_little_in_a_longer_name():
    vectorizer = NameVectorizer(16)
    name = ["хронический", "поверхностный", "гастрит"]
    assert 0.85 < _cosine(vectorizer, name, name[1:] + name[:1]) < 0.999


def test_a_typo_stays_near_and_another_disease_far():
    vectorizer = NameVectorizer(16)
    assert _cosine(vectorizer, ["пиелонефрит"], ["пиелонфрит"]) > 0.4
    assert _cosine(vectorizer, ["пиелонефрит"], ["кариес"]) < 0.05


def test_rare_words_weigh_more_than_frequent_ones():
    names = [["острый", word] for word in "бронхит отит цистит синусит тонзиллит".split()]
    vectorizer = NameVectorizer(14).fit(names)
    query = ["острый", "бронхит"]
    assert _cosine(vectorizer, query, ["бронхит"]) > _cosine(vectorizer, query, ["острый"])


def test_words_are_hashed_once(monkeypatch):
    vectorizer = NameVectorizer(12)
    vectorizer.transform([["гастрит"]])
    hashed = []
    monkeypatch.setattr(NameVectorizer, "_hash", lambda self, text: hashed.append(text) or 0)
    first = vectorizer.features(["гастрит"])
    assert hashed == ["=гастрит"]  # only what depends on the whole name
    assert len(first) > 5


def test_the_cache_does_not_change_the_answer():
    used = NameVectorizer(12)
    used.transform([["камень", "почка"], ["почка"]])
    fresh = NameVectorizer(12)
    name = [["камень", "почка"]]
    assert (used.transform(name) != fresh.transform(name)).nnz == 0


def test_a_word_without_end_costs_little():
    assert len(NameVectorizer(12).features(["я" * 100_000])) < 200


@pytest.mark.parametrize("n_bits", [9, 25])
def test_the_width_is_checked(n_bits):
    with pytest.raises(ValueError, match="n_bits"):
        NameVectorizer(n_bits)
