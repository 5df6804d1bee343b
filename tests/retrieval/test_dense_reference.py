"""The fast search against a plain one that computes every score of every code.

The evidence is the same to the last bit. What a code inherits from its category comes from sums in another order, so
scores may differ in their last bits, and the order of codes only where their scores do not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_icd_ru.retrieval.conditions import Conditions
from spacy_icd_ru.retrieval.layers import Layers
from spacy_icd_ru.retrieval.name_index import NameIndex
from spacy_icd_ru.retrieval.products import dense_product
from spacy_icd_ru.retrieval.retriever import CHANNELS, CandidateRetriever
from spacy_icd_ru.retrieval.top import likely

SYLLABLES = ["га", "стри", "т", "ци", "сто", "бро", "нхи", "ас", "тма", "ко", "ли", "ото"]
# Categories and subcategories, some of them of pregnancy, which a mention has to say.
CODES = [f"{letter}{i:02}{end}" for letter in "ABCO" for i in range(20) for end in ("", ".0", ".9")]


def _words(rng):
    return ["".join(rng.choice(SYLLABLES, rng.integers(1, 4))) for _ in range(rng.integers(1, 4))]


def _retriever(seed, *, memory, top_n=4, n_names=500, few=None):
    rng = np.random.default_rng(seed)
    codes = CODES if few is None else CODES[:few]
    names = [(_words(rng), str(rng.choice(codes))) for _ in range(n_names)]
    titles = [(_words(rng), code) for code in CODES]
    mentions = [(words, str(rng.choice(CODES[:40])), words) for words in (_words(rng) for _ in range(120))]
    retriever = CandidateRetriever(n_bits=12, top_n=top_n)
    retriever.fit(
        lexicon=names, dictionary=titles if seed % 2 else (), mentions=mentions, memory=memory, epochs=1
    )
    return retriever, [_words(rng) for _ in range(50)]


def _dense_search(retriever, keys):
    n = len(retriever.codes)
    queries = retriever.vectorizer.transform(keys)
    queries.data = queries.data.astype("float16").astype("float32")
    full = dict.fromkeys(CHANNELS, np.zeros((len(keys), n), dtype="float32"))
    for name in ("lexicon", "dictionary"):
        index = getattr(retriever, name)
        similar = (queries @ index.vectors.T.tocsr()).toarray()
        full[name] = np.zeros((len(keys), n), dtype="float32")
        for code, column in zip(index.code_ids, similar.T):
            full[name][:, code] = np.maximum(full[name][:, code], column)
    memory = retriever.memory
    if len(memory):
        similar = (queries @ memory.vectors.T.tocsr()).toarray()
        fourth = (similar * similar) * (similar * similar)
        votes = {
            "sharp": fourth * fourth * fourth,
            "broad": fourth,
            "exact": (similar > 0.999).astype("float32"),
        }
        full["memory_nearest"] = memory.best(similar, n)
        for (name, value), doubt in zip(votes.items(), (0.05, 1.0, 0.5)):
            total = memory.total(value, n)
            full[f"memory_{name}"] = total / (total.sum(axis=1, keepdims=True) + doubt)
            if name == "exact":
                full["memory_count"] = total
    full["classifier"] = retriever.classifier.probabilities(queries, n)
    share = queries.multiply(queries).toarray()[:, retriever.seen].sum(axis=1)
    full["familiar"] = np.repeat(share[:, None], n, axis=1)
    fused = full["memory_sharp"] + 0.5 * full["memory_broad"] + full["classifier"]
    fused = fused + 0.3 * full["dictionary"] ** 2 + 0.6 * full["lexicon"] ** 2 + 0.02 * full["memory_nearest"]
    fused = fused * Conditions(retriever.codes).weights(keys, full["lexicon"])
    best = {
        category: fused[:, retriever.category_ids == category].max(axis=1)
        for category in set(retriever.category_ids)
    }
    inherited = np.stack([best[category] for category in retriever.category_ids], axis=1)
    share = np.array([0.8 if len(code) == 3 else 0.05 for code in retriever.codes], dtype="float32")
    fused = np.maximum(fused, inherited * share)
    ids = np.full((len(keys), retriever.top_n), -1)
    scores = np.zeros(ids.shape, dtype="float32")
    for row in range(len(keys)):
        ranked = sorted(range(n), key=lambda i: (-fused[row, i], i))[: retriever.top_n]
        for place, i in enumerate(i for i in ranked if fused[row, i] > 2e-3):
            ids[row, place], scores[row, place] = i, fused[row, i]
    return ids, full, scores, fused


def _check(retriever, keys):
    """The answers are those of the dense search."""
    found = retriever.retrieve(keys, [[]], [0] * len(keys))
    ids, full, scores, fused = _dense_search(retriever, keys)
    assert np.allclose(found.fused, scores, atol=1e-6)
    assert np.array_equal(found.ids >= 0, ids >= 0)
    rows, places = np.nonzero(found.ids != ids)  # ties but for the last bits
    assert np.allclose(fused[rows, found.ids[rows, places]], scores[rows, places], atol=1e-6)
    rows, places = np.nonzero(found.ids >= 0)
    for i, name in enumerate(CHANNELS):
        given = found.channels[rows, places, i]
        wanted = full[name][rows, found.ids[rows, places]]
        if name == "familiar":
            assert np.allclose(given, wanted, atol=1e-5)
        elif name != "context":
            assert np.array_equal(given, wanted), name


@pytest.mark.parametrize("memory", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_the_same_candidates(seed, memory):
    retriever, keys = _retriever(seed, memory=memory, top_n=(1, 4, 40, 300)[seed])
    _check(retriever, keys)


def test_codes_with_very_many_names_are_no_exception():
    retriever, keys = _retriever(7, memory=False, n_names=600, few=3)
    assert np.bincount(retriever.lexicon.code_ids).max() > 100
    _check(retriever, keys)


def test_names_added_after_a_search_are_searched():
    retriever, keys = _retriever(1, memory=True)
    retriever.retrieve(keys, [[]], [0] * len(keys))
    retriever.add_names([(keys[0], "C19.9"), (keys[1], "Z99"), (keys[1], "Z99.1")])
    _check(retriever, keys)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 300), st.integers(1, 12))
def test_the_nearest_name_of_every_code(seed, n_names, n_own):
    from scipy.sparse import csr_matrix

    rng = np.random.default_rng(seed)
    dense = (rng.random((n_names, 9)) * (rng.random((n_names, 9)) < 0.4)).astype("float32")
    queries = csr_matrix((rng.random((5, 9)) * (rng.random((5, 9)) < 0.6)).astype("float32"))
    codes = rng.choice(np.arange(0, 36, 3)[:n_own], n_names, p=None)
    index = NameIndex(codes, csr_matrix(dense))
    layers = Layers(index, 40)
    nearest = layers.nearest(dense_product(queries, layers.by_feature))
    similar = (queries @ index.vectors.T.tocsr()).toarray()
    assert nearest.shape == (5, 40)
    for code in range(40):
        assert np.array_equal(nearest[:, code], similar[:, index.code_ids == code].max(axis=1, initial=0.0))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 400), st.integers(1, 20))
def test_no_code_that_could_be_among_the_first_is_lost(seed, n, count):
    rng = np.random.default_rng(seed)
    # Few different values: many ties.
    rough = rng.choice(np.array([0.0, 1e-5, 2e-4, 0.3, 0.30001, 0.9], dtype="float32"), (4, n))
    rows, ids = likely(rough, count, 1e-4)
    kept = set(zip(rows.tolist(), ids.tolist()))
    for row, scores in enumerate(rough):
        last = np.sort(scores)[::-1][:count][-1]
        must = np.flatnonzero((scores >= last) & (scores > 1e-4))
        assert {(row, int(i)) for i in must} <= kept
