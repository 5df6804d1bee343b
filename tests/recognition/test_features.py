import numpy as np
import spacy

from spacy_icd_ru.recognition.features import N_TEMPLATES, NAMED, WordFeatures, context_features
from spacy_icd_ru.recognition.gazetteer import Gazetteer

_NO_NAMES = Gazetteer.from_names([])


def _doc(text):
    doc = spacy.blank("ru")(text)
    for token in doc:
        token.norm_ = token.lemma_ = token.text.lower()
    return doc


def _features(words, texts, n_bits=16, gazetteer=_NO_NAMES):
    return context_features([words.of_doc(_doc(text), gazetteer)[0] for text in texts], n_bits)


def test_shape_and_range():
    features = _features(WordFeatures(), ["Хронический гастрит , обострение", "ОРВИ"])
    assert features.shape == (5, N_TEMPLATES)
    assert features.min() >= 0 and features.max() < 2**16


def test_white_space_tokens_are_left_out():
    doc = _doc("ОРВИ   фарингит")
    _, tokens = WordFeatures().of_doc(doc, _NO_NAMES)
    assert [doc[int(i)].text for i in tokens] == ["ОРВИ", "фарингит"]


def test_neighbours_in_the_batch_do_not_matter():
    words = WordFeatures()
    alone = _features(words, ["острый бронхит"])
    together = _features(words, ["хронический", "острый бронхит", "цистит"])
    assert np.array_equal(alone, together[1:3])


def test_neighbours_in_the_record_do():
    words = WordFeatures()
    assert not np.array_equal(
        _features(words, ["острый бронхит"])[1], _features(words, ["вирусный бронхит"])[1]
    )


def test_a_name_of_the_lexicon_is_a_feature():
    gazetteer = Gazetteer.from_names([("острый", "бронхит")])
    with_name, _ = WordFeatures().of_doc(_doc("острый бронхит"), gazetteer)
    without, _ = WordFeatures().of_doc(_doc("острый бронхит"), _NO_NAMES)
    assert np.array_equal(with_name[:, :NAMED], without[:, :NAMED])
    assert not np.array_equal(with_name[:, NAMED], without[:, NAMED])


def test_an_empty_doc_has_no_rows():
    assert _features(WordFeatures(), [""]).shape == (0, N_TEMPLATES)


def test_a_full_cache_starts_anew_with_the_same_features():
    words = WordFeatures(max_size=2)
    texts = ["острый бронхит", "хронический цистит", "острый бронхит"]
    features = _features(words, texts)
    assert np.array_equal(features[:2], features[4:])
