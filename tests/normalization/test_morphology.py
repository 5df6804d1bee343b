import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_icd_ru.normalization.morphology import is_known_word, lemma


@pytest.mark.parametrize(
    "spelling, expected",
    [
        ("сердечной", "сердечный"),
        ("почек", "почка"),
        ("камни", "камень"),
        ("боли", "боль"),  # the noun, not the verb
        ("рака", "рак"),
        ("желчного", "желчный"),
        ("abc", "abc"),
        ("12", "12"),
        ("", ""),
    ],
)
def test_dictionary_forms(spelling, expected):
    assert lemma(spelling) == expected


@settings(deadline=None)
@given(st.text(alphabet="абвгдеёжзиклмнопрстуя-0a", max_size=10))
def test_any_string_has_a_lemma_without_yo(spelling):
    found = lemma(spelling)
    assert bool(found) == bool(spelling)
    if any("а" <= c <= "я" for c in spelling):
        assert "ё" not in found


def test_words_of_the_dictionary():
    assert is_known_word("гастрит") and not is_known_word("гстрт")
