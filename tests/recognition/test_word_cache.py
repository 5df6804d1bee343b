import numpy as np
import spacy

from spacy_icd_ru.recognition.features import WordFeatures
from spacy_icd_ru.recognition.gazetteer import Gazetteer


def _doc(text):
    doc = spacy.blank("ru")(text)
    for token in doc:
        token.norm_ = token.lemma_ = token.text.lower()
    return doc


def test_a_full_cache_is_emptied_between_docs_and_never_inside_one():
    gazetteer = Gazetteer(np.zeros(0, dtype="uint64"))
    doc = _doc("один два три четыре пять")
    expected, _ = WordFeatures().of_doc(doc, gazetteer)
    small = WordFeatures(max_size=2)
    for _ in range(3):
        features, _ = small.of_doc(doc, gazetteer)
        assert np.array_equal(features, expected)
    small.of_doc(_doc("ещё"), gazetteer)
    assert len(small._rows) == 1
