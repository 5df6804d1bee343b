import numpy as np
import pytest

from spacy_icd_ru.reranking.plausibility import (
    BENIGN,
    FACTOR,
    MALIGNANT,
    OTHER,
    UNCERTAIN,
    behaviour_of,
    natures_of,
    plausible,
)

CODES = [
    "C50",
    "C50.9",
    "C97",
    "D00",
    "D09.9",
    "D10",
    "D24",
    "D36.9",
    "D37",
    "D48.9",
    "D50",
    "N63",
    "Z03.1",
    "C00-C97",
]


def test_natures_of_codes():
    assert natures_of(CODES).tolist() == (
        [MALIGNANT] * 5 + [BENIGN] * 3 + [UNCERTAIN] * 2 + [OTHER] * 2 + [FACTOR, MALIGNANT]
    )
    assert natures_of([]).tolist() == []


@pytest.mark.parametrize(
    "word, behaviour",
    [
        ("злокачественный", MALIGNANT),
        ("рак", MALIGNANT),
        ("аденокарцинома", MALIGNANT),
        ("остеосаркома", MALIGNANT),
        ("доброкачественный", BENIGN),
        ("саркоидоз", OTHER),
        ("карциноид", OTHER),
        ("ракурс", OTHER),
        ("остеобластома", OTHER),  # a benign one
        ("новообразование", OTHER),
        ("", OTHER),
    ],
)
def test_what_a_word_says(word, behaviour):
    assert behaviour_of(word) == behaviour


def _possible(words: str, lexicon: dict[str, float] | None = None) -> set[str]:
    cosines = np.array([[(lexicon or {}).get(code, 0.0) for code in CODES]], dtype="float32")
    mask = plausible([words.split()], natures_of(CODES)[None], cosines)
    return {code for code, is_possible in zip(CODES, mask[0]) if is_possible}


def test_a_malignant_one_is_no_benign_one():
    possible = _possible("рак молочный железа")
    assert {"C50", "C50.9", "D00", "D37", "Z03.1", "C00-C97"} <= possible
    assert not possible & {"D24", "N63", "D50"}


def test_not_even_where_the_names_are_alike():
    assert "D24" not in _possible("злокачественный новообразование молочный железа", {"D24": 0.9})


def test_another_disease_beside_it_where_its_name_says_so():
    assert "D50" in _possible("анемия при злокачественный новообразование", {"D50": 0.9})


def test_a_benign_one_is_no_malignant_one():
    assert set(CODES) - _possible("доброкачественный новообразование") == {
        "C50",
        "C50.9",
        "C97",
        "D00",
        "D09.9",
        "C00-C97",
    }


@pytest.mark.parametrize(
    "words", ["", "узел молочный железа", "злокачественный перерождение доброкачественный опухоль"]
)
def test_everything_is_possible_where_the_words_do_not_decide(words):
    assert _possible(words) == set(CODES)


def test_each_mention_by_its_own_words():
    natures = natures_of(["C50", "D24"])[None].repeat(2, axis=0)
    mask = plausible([["рак"], ["доброкачественный"]], natures, np.zeros((2, 2), "float32"))
    assert mask.tolist() == [[True, False], [False, True]]
