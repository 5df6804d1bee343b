from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_icd_ru.terminology.codes import (
    bounds,
    category_of,
    code_depth,
    is_block,
    is_category,
    is_code,
    is_subcategory,
    normalize_code,
)

CODES = st.one_of(
    st.from_regex(r"[A-Z][0-9]{2}", fullmatch=True),
    st.from_regex(r"[A-Z][0-9]{2}\.[0-9]{1,3}", fullmatch=True),
)


@pytest.mark.parametrize(
    "typed, code",
    [
        ("j18.9", "J18.9"),
        (" J18,9 ", "J18.9"),
        ("К77.0*", "K77.0"),  # Cyrillic К
        ("м54.1", "M54.1"),
        ("АВСЕНКМОРТХ", "ABCEHKMOPTX"),
        ("(G30.0+)", "G30.0"),
        ("G30.-+", "G30"),
        ("A17.0†", "A17.0"),
        ("J00–J06", "J00-J06"),
        ("J00 - J06", "J00-J06"),
        ("H49-52", "H49-H52"),
        ("F13.50Н", "F13.50H"),
        ("F20.8**1", "F20.8**1"),
        ("", ""),
        ("*+", ""),
    ],
)
def test_normalize_code(typed, code):
    assert normalize_code(typed) == code


@given(st.text())
def test_normalizing_twice_changes_nothing(text):
    once = normalize_code(text)
    assert normalize_code(once) == once


@given(CODES, st.sampled_from(["", "*", "+", " ", ".-", ".-+", "."]))
def test_a_code_survives_case_marks_and_cyrillic_letters(code, mark):
    cyrillic = str.maketrans("ABCEHKMOPTXY", "АВСЕНКМОРТХУ")
    assert normalize_code(f" {code.translate(cyrillic).lower()}{mark}") == code


@pytest.mark.parametrize("code", ["J18.9", "S72.00", "F10.202", "S02.0.1", "F20.8**1", "T08.+.0", "F13.50H"])
def test_subcategories(code):
    assert is_subcategory(code) and is_code(code) and not is_category(code) and not is_block(code)
    assert category_of(code) == code[:3]


@pytest.mark.parametrize(
    "text", ["", "J", "J1", "J18.", "J180", "j18", "J18.9*", "К77", "J١٨", "J18\n", "00", "X.1"]
)
def test_what_is_no_code(text):
    assert not is_code(text) and category_of(text) is None and code_depth(text) == 0


@pytest.mark.parametrize(
    "code, depth", [("J18", 3), ("J18.9", 4), ("S72.00", 5), ("S02.0.1", 5), ("F10.202", 6), ("J09-J18", 0)]
)
def test_depth(code, depth):
    assert code_depth(code) == depth


def test_blocks_are_ranges_that_rise():
    assert is_block("J09-J18") and is_block("V01-X59") and is_block("B99-B99")
    assert not is_block("J18-J09") and category_of("J09-J18") is None
    assert bounds("A00-B99") == (0, 199)
    with pytest.raises(ValueError, match="J18"):
        bounds("J18")
