import numpy as np

from spacy_icd_ru.retrieval.conditions import UNSAID, Conditions

CODES = ["D64.9", "O99.0", "P61.4", "T92.1", "Z86.2"]


def _weights(*words, lexicon=None):
    return Conditions(CODES).weights([words], lexicon)[0].tolist()


def test_a_condition_must_be_said():
    assert _weights("анемия") == [1.0, *[UNSAID] * 4]
    assert _weights("анемия", "беременность") == [1.0, 1.0, *[UNSAID] * 3]
    assert _weights("анемия", "недоношенный")[2] == 1.0
    assert _weights("последствие", "перелом")[3] == 1.0
    assert _weights("анемия", "анамнез")[4] == 1.0


def test_a_name_that_is_the_mention_needs_no_more_words():
    lexicon = np.array([[0.2, 0.9, 0.2, 0.2, 0.2]], dtype="float32")
    assert _weights("гестоз", "ицн", lexicon=lexicon)[1] == _weights("ицн", lexicon=lexicon)[1] == 1.0


def test_no_code_no_mention():
    assert Conditions([]).weights([["анемия"]], None).shape == (1, 0)
    assert Conditions(CODES).weights([], None).shape == (0, 5)
