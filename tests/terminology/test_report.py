from __future__ import annotations

from spacy_icd_ru.terminology.report import ReadReport


def test_summary_is_one_line_with_the_first_reasons():
    report = ReadReport("a.csv", rows=1010, loaded=1005, made=["J18"])
    for row in (3, 5, 7, 9, 11):
        report.skip(row, "no\ntitle")
    summary = report.summary()
    assert summary == (
        "a.csv: 1,005 codes loaded, 5 rows skipped (row 3: no title; row 5: no title; row 7: no title; …), "
        "1 missing parent added"
    )


def test_summary_of_a_clean_file():
    assert ReadReport("a.tsv", rows=2, loaded=2, unit="names").summary() == "a.tsv: 2 names loaded"
