import numpy as np

from spacy_icd_ru.retrieval.reasons import reason
from spacy_icd_ru.retrieval.retriever import CHANNELS


def _channels(**values):
    return np.array([values.get(name, 0.0) for name in CHANNELS], dtype="float32")


def test_only_what_is_worth_saying_is_said():
    assert reason(_channels(lexicon=0.93, dictionary=0.2, memory_count=12)) == (
        "лексикон 0.93, так же закодировано 12×"
    )


def test_nothing_speaks_for_it():
    assert reason(_channels()) == ""
