from __future__ import annotations

import pytest

from spacy_icd_ru.terminology.abbreviations import (
    AbbreviationSense,
    AbbreviationTable,
    load_default_abbreviations,
)
from spacy_icd_ru.terminology.code_list import (
    active_codes,
    codes_in_force,
    is_psychiatric_extension,
    packaged_codes,
    withdrawn_titles,
)
from spacy_icd_ru.terminology.codes import normalize_code
from spacy_icd_ru.terminology.lexicon import PACKAGED, lexicon_files, lexicon_rows
from spacy_icd_ru.terminology.lexicon_check import (
    check_abbreviations,
    check_lexicon,
    folded_words,
    similarity,
)
from spacy_icd_ru.terminology.tree import Terminology

HEADER = "code\tname\tkind\tnote"
CODES = {"J18", "J18.9", "J06.9", "J00", "F06.7"}


def _check(folder, *rows, file="J00-J99.tsv", **options):
    (folder / file).write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return check_lexicon(lexicon_rows(lexicon_files([folder])), CODES, **options)


GOOD = ("J00\tНасморк\tpreferred\t", "J06.9\tОРВИ\tpreferred\t", "J18.9\tПневмония\tpreferred\t")


def test_nothing_to_mend(tmp_path):
    report = _check(tmp_path, *GOOD, whole=True)
    assert report.findings == [] and (report.names, report.codes) == (3, 3)
    (row,) = report.coverage
    assert (row.chapter, row.categories, row.subcategories) == ("J00-J99", (1, 2), (2, 2))


@pytest.mark.parametrize(
    "row, number, said",
    [
        ("J19\tНичего\tsynonym\t", 5, "J19 is not in force"),
        ("J18.9\tПневмоHия\tsynonym\t", 5, "Latin and Cyrillic"),
        ("J18.9\tПневмония ♥\tsynonym\t", 5, "holds '♥'"),
        ("J18.9\tПневмония лёгких.\tsynonym\t", 5, "ends with punctuation"),
        ("J18.9\tпневмония\tsynonym\t", 5, "repeats row 4"),
        ("J18.9\tПневмония!\tsynonym\t", 5, "says the same as row 4"),
        ("J18.9\tЛёгких воспаление\tname\t", 5, "kind is none of"),
        ("J18.9\tОРВИ\tsynonym\t", 5, "«ОРВИ» has the codes J06.9, J18.9"),
        ("J06.9\tОРЗ\tsynonym\t", 5, "J06.9 stands after J18.9"),
        ("J00-J06\tОРЗ\tsynonym\t", 5, "J00-J06 is a block"),
    ],
)
def test_a_defect(tmp_path, row, number, said):
    report = _check(tmp_path, *GOOD, row)
    assert any(said in finding.message and finding.number == number for finding in report.defects), (
        report.findings
    )


def test_a_name_may_have_two_codes_under_different_conditions(tmp_path):
    rows = ("J06.9\tОРВИ\tpreferred\tмест несколько", "J00\tОРВИ\tsynonym\tтолько насморк")
    assert not [f for f in _check(tmp_path, *rows).defects if "has the codes" in f.message]
    rows = ("J06.9\tОРВИ\tpreferred\tиначе", "J00\tОРВИ\tsynonym\tиначе")
    assert [f for f in _check(tmp_path, *rows).defects if "has the codes" in f.message]


def test_a_whole_lexicon_needs_more_than_an_own_file(tmp_path):
    assert not _check(tmp_path, "J00\tНасморк\tsynonym\t", file="K00-K93.tsv").defects
    messages = [
        f.message for f in _check(tmp_path, "J00\tНасморк\tsynonym\t", file="K00-K93.tsv", whole=True).defects
    ]
    assert any("no preferred name" in message for message in messages)
    assert any("belongs into J00-J99.tsv" in message for message in messages)


def test_the_key_says_what_is_the_same(tmp_path):
    rows = ("J18.9\tПневмония\tpreferred\t", "J18.9\tПневмонии\tsynonym\t")
    assert not _check(tmp_path, *rows).defects
    assert _check(tmp_path, *rows, key=lambda name: name[:8].casefold()).defects
    assert folded_words("Острый Гастрит, ещё") == folded_words("еще гастрит острый")


def test_names_far_from_the_title_are_for_a_human(tmp_path):
    official = Terminology.from_names(
        {"J00": "Острый назофарингит (насморк)", "J18.9": "Пневмония неуточненная"}
    )
    report = _check(tmp_path, *GOOD, "J18.9\tВоспаление\tsynonym\t", official=official)
    assert not report.defects and not [f for f in report.findings if "J18.9" in f.message]
    report = _check(tmp_path, "J00\tПростуда\tpreferred\t", official=official)
    (finding,) = report.findings
    assert finding.look and not report.defects and "far from the official" in str(finding)
    assert similarity("Пневмония", "пневмония") == 1.0 and similarity("", "") == 0.0


def test_abbreviations():
    table = AbbreviationTable(
        [
            AbbreviationSense("ОРВИ", "острая инфекция", "J19"),
            AbbreviationSense("ГБ", "гипертоническая болезнь", default=True),
            AbbreviationSense("ГБ", "головная боль"),
        ]
    )
    first, second = check_abbreviations(table, CODES, "a.tsv")
    assert "«ГБ» in the sense «головная боль» has no cue" in first.message
    assert "J19 is not in force" in second.message


def test_codes_in_force():
    packaged = packaged_codes()
    assert {"J18", "J18.9", "F06.7", "Z99.9"} <= packaged and "J00-J06" not in packaged
    assert all(normalize_code(code) == code for code in packaged)
    assert is_psychiatric_extension("F06.70", packaged - {"F06.70"})
    assert not is_psychiatric_extension("J18.90", packaged)
    mine = Terminology.from_names({"F06": "а", "F06.7": "б"})
    assert active_codes(mine) == {"F06", "F06.7"}
    assert codes_in_force(mine) >= {"F06", "F06.7", "F06.70"} and "J18" not in codes_in_force(mine)
    assert codes_in_force() == packaged


def test_what_the_package_ships_has_nothing_to_mend():
    from spacy_icd_ru.pipeline.names import NameReader

    read_name = NameReader(expand_abbreviations=False)
    codes = packaged_codes()
    report = check_lexicon(
        lexicon_rows(lexicon_files([PACKAGED])),
        codes,
        whole=True,
        key=lambda name: tuple(sorted(read_name(name))),
    )
    found = report.defects + check_abbreviations(load_default_abbreviations(), codes, "abbreviations.tsv")
    assert not found, "\n".join(map(str, found[:20]))


def test_withdrawn_codes_are_not_in_force_and_name_one_that_is():
    for code, title in withdrawn_titles().items():
        assert code not in packaged_codes()
        assert title.endswith(")") and title.rsplit(" ", 1)[1].rstrip(")") in packaged_codes()
