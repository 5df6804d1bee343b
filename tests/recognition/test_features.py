import numpy as np
import spacy

from spacy_icd_ru.recognition.features import N_TEMPLATES, WordFeatures, context_features


def _doc(text):
    doc = spacy.blank("ru")(text)
    for token in doc:
        token.norm_ = token.lemma_ = token.text.lower()
    return doc


def _features(words, texts, n_bits=16):
    return context_features([words.table(words.rows(_doc(text))[0]) for text in texts], n_bits)


def test_shape_and_range():
    features = _features(WordFeatures(), ["Хронический гастрит , обострение", "ОРВИ"])
    assert features.shape == (5, N_TEMPLATES)
    assert features.min() >= 0 and features.max() < 2**16


def test_white_space_tokens_are_left_out():
    doc = _doc("ОРВИ   фарингит")
    ids, tokens = WordFeatures().rows(doc)
    assert [doc[int(i)].text for i in tokens] == ["ОРВИ", "фарингит"]


def test_neighbours_in_the_batch_do_not_matter():
    words = WordFeatures()
    alone = _features(words, ["острый бронхит"])
    together = _features(words, ["хронический", "острый бронхит", "цистит"])
    assert np.array_equal(alone, together[1:3])


def test_neighbours_in_the_record_do():
    words = WordFeatures()
    assert not np.array_equal(_features(words, ["острый бронхит"])[1], _features(words, ["вирусный бронхит"])[1])


def test_an_empty_doc_has_no_rows():
    assert _features(WordFeatures(), [""]).shape == (0, N_TEMPLATES)
