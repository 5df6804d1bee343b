import pytest

from spacy_icd_ru.normalization.stages import is_ambiguous_roman, stage_number


@pytest.mark.parametrize(
    "spelling, number",
    [
        ("iii", "3"),
        ("iiа", "2а"),
        ("2a", "2а"),
        ("2б", "2б"),
        ("viii", "8"),
        ("iv", "4"),
        ("0", "0"),
        ("3c", "3в"),
    ],
)
def test_stages_have_one_form(spelling, number):
    assert stage_number(spelling) == number


@pytest.mark.parametrize("spelling", ["", "12", "ix", "iiii", "а2", "2г", "гастрит", "2аб", "x"])
def test_what_is_no_stage(spelling):
    assert stage_number(spelling) is None


def test_one_letter_romans_need_their_neighbours():
    assert [c for c in ("i", "v", "ii", "x") if is_ambiguous_roman(c)] == ["i", "v"]
