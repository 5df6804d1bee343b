import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_icd_ru.normalization.spelling import fix_homoglyphs, normal_spelling

_letters = st.text(alphabet="абвсехАВСЕХёЁabcxeABCXEIV019-İǅß", max_size=12)


@pytest.mark.parametrize(
    "typed, fixed",
    [
        ("Cиндром", "Синдром"),  # Latin C
        ("cт", "ст"),
        ("гастpит", "гастрит"),  # Latin p
        ("HbA1c", "HbA1c"),  # no Cyrillic letter: no slip
        ("COVID", "COVID"),
        ("ВИЧ", "ВИЧ"),
        ("Dдимер", "Dдимер"),  # D has no look-alike
        ("", ""),
    ],
)
def test_look_alikes_become_cyrillic_in_a_cyrillic_word(typed, fixed):
    assert fix_homoglyphs(typed) == fixed


def test_one_spelling():
    assert normal_spelling("ЖЁЛЧНЫЙ") == normal_spelling("желчный") == "желчный"


@given(_letters | st.text(max_size=12))
def test_the_length_never_changes(word):
    assert len(fix_homoglyphs(word)) == len(normal_spelling(word)) == len(word)


@given(_letters)
def test_fixing_twice_is_fixing_once(word):
    assert normal_spelling(normal_spelling(word)) == normal_spelling(word)
