from __future__ import annotations

from pathlib import Path

import pytest

from spacy_icd_ru.errors import InputError
from spacy_icd_ru.terminology.abbreviations import (
    AbbreviationSense,
    AbbreviationTable,
    load_default_abbreviations,
    read_abbreviations,
)
from spacy_icd_ru.terminology.codes import is_code

HEADER = "abbreviation\texpansion\tcode\tcues\tspecialty\tdefault"
PACKAGED = Path(__file__).parents[2] / "spacy_icd_ru" / "data" / "abbreviations.tsv"


def sense(abbreviation, expansion, *cues, code="", default=False):
    return AbbreviationSense(abbreviation, expansion, code, cues, "", default)


@pytest.fixture
def table() -> AbbreviationTable:
    return AbbreviationTable(
        [
            sense("МКБ", "мочекаменная болезнь", "почк", "мочет", "N", code="N20.9", default=True),
            sense("МКБ", "классификация болезней", "код", "почк"),
            sense("МКБ", "третье значение", "мм рт", "тёмн"),
            sense("КА", "клинический анализ"),
            sense("ка", "другое слово"),
            sense("г. б.", "гипертоническая болезнь", code="I10"),
        ]
    )


def test_is_a_collection_of_abbreviations(table):
    assert list(table) == ["КА", "МКБ", "г. б.", "ка"] and len(table) == 4
    assert "мкб" in table and "ХХХ" not in table and 3 not in table
    assert table.senses("ХХХ") == ()


@pytest.mark.parametrize("typed", ["г. б.", "г.б.", "гб", "ГБ", " г . б ", "Г.Б."])
def test_dots_spaces_and_case_are_folded(table, typed):
    assert [found.code for found in table.senses(typed)] == ["I10"]


def test_the_case_as_written_comes_first(table):
    assert table.choose("КА", [])[0].expansion == "клинический анализ"
    assert table.choose("к.а.", [])[0].expansion == "другое слово"


def test_another_case_is_said_in_the_reason(table):
    assert table.choose("МКБ", [])[1] == "its usual sense"
    assert table.choose("м.к.б.", [])[1] == "its usual sense, the table writes it «МКБ»"
    assert table.choose("гб", [])[1] == "its only sense"


@pytest.mark.parametrize(
    "words, codes, expansion, reason",
    [
        ([], [], "мочекаменная болезнь", "its usual sense"),
        (["почка"], [], "мочекаменная болезнь", "the record has «почка»"),
        (["по", "коду"], [], "классификация болезней", "the record has «коду»"),
        (["Код", "почки"], [], "классификация болезней", "the record has «код», «почки»"),
        (["код"], ["N20"], "мочекаменная болезнь", "the record has N20"),
        (["код", "мочеточник"], ["N20"], "мочекаменная болезнь", "the record has «мочеточник», N20"),
        (["коду"], ["I10"], "классификация болезней", "the record has «коду»"),
        (["120", "мм", "рт", "ст"], [], "третье значение", "the record has «мм рт»"),
        (["мм", "и", "рт"], [], "мочекаменная болезнь", "its usual sense"),
        (["темная"], [], "третье значение", "the record has «темная»"),
        (["код", "код", "темное", "мм", "рт"], [], "третье значение", "the record has «мм рт», «темное»"),
        (["n"], [], "мочекаменная болезнь", "its usual sense"),
    ],
)
def test_most_cues_win(table, words, codes, expansion, reason):
    assert table.choose("МКБ", iter(words), iter(codes)) == (
        next(found for found in table.senses("МКБ") if found.expansion == expansion),
        reason,
    )


def test_a_tie_without_the_default_goes_to_the_first(table):
    assert table.choose("МКБ", ["код", "темный"])[0].expansion == "классификация болезней"


def test_unknown_abbreviation(table):
    with pytest.raises(KeyError):
        table.choose("ХХХ", [])


@pytest.mark.parametrize("defaults", [(False, False), (True, True)])
def test_several_senses_need_one_default(defaults):
    with pytest.raises(ValueError, match="instead of one"):
        AbbreviationTable(sense("А", f"{i}", default=default) for i, default in enumerate(defaults))


def write(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "abbreviations.tsv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_reads_a_table(tmp_path):
    rows = [
        "ст.\tстадия\t\tхсн | рак|I1\tобщая\tyes",
        "ст.\tстепень\t\t\t\t",
        "ЖКБ\tжелчнокаменная болезнь\tк80,2",
    ]
    table, report = read_abbreviations(write(tmp_path, *rows))
    assert report.summary().endswith("abbreviations.tsv: 3 senses loaded")
    assert table.senses("ст.")[0] == AbbreviationSense(
        "ст.", "стадия", "", ("хсн", "рак", "I1"), "общая", True
    )
    assert table.senses("ЖКБ")[0].code == "K80.2"


@pytest.mark.parametrize(
    "row, reason",
    [
        ("А", "too few or too many fields"),
        ("А\tб\t\t\t\t\t", "too few or too many fields"),
        ("\tб\t\t\t\tyes", "abbreviation or expansion is empty"),
        ("А\t \t\t\t\tyes", "abbreviation or expansion is empty"),
        ("А\tб\tI1\t\t\tyes", "its code is not an ICD-10 code"),
        ("А\tб\t\t\t\tда", "its default is neither"),
        ("ГБ\tгипертоническая болезнь\t\t\t\t", "repeats row 2"),
    ],
)
def test_a_broken_row_is_skipped_and_reported(tmp_path, row, reason):
    table, report = read_abbreviations(write(tmp_path, "ГБ\tгипертоническая болезнь\tI10\t\t\tyes", row))
    ((number, why),) = report.skipped
    assert number == 3 and reason in why and list(table) == ["ГБ"]


def test_an_abbreviation_without_one_default_is_skipped_as_a_whole(tmp_path):
    rows = ["А\tа\t\t\t\tyes", "Б\tб\t\t\t\tyes", "А\tв\t\t\t\tyes"]
    table, report = read_abbreviations(write(tmp_path, *rows))
    assert list(table) == ["Б"] and [row for row, _ in report.skipped] == [2, 4]


def test_refuses_what_is_no_table(tmp_path):
    with pytest.raises(InputError, match="has no columns cues, specialty"):
        read_abbreviations(write(tmp_path, header="abbreviation\texpansion\tcode\tdefault"))
    with pytest.raises(InputError, match="holds no usable row"):
        read_abbreviations(write(tmp_path, "А"))
    with pytest.raises(InputError, match="no such file"):
        read_abbreviations(tmp_path / "missing.tsv")


@pytest.mark.skipif(not PACKAGED.exists(), reason="the table is not written yet")
def test_the_packaged_table_is_sound():
    table, report = read_abbreviations(PACKAGED)
    assert report.skipped == [] and len(load_default_abbreviations()) == len(table)
    for abbreviation in table:
        for found in table.senses(abbreviation):
            assert found.abbreviation == abbreviation
            assert not found.code or is_code(found.code)
