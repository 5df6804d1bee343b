from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_icd_ru.errors import InputError
from spacy_icd_ru.terminology.readers import read_nsi

ROOT = Path(__file__).parents[2]
MIRROR = Path(os.environ.get("SPACY_ICD_RU_MIRROR") or ROOT.parent / "shared" / "data")
HEADER = "ID;REC_CODE;MKB_CODE;MKB_NAME;ID_PARENT;ADDL_CODE;ACTUAL;DATE"
ROWS = [
    '1;11;"XI";"ПИЩЕВАРЕНИЕ";;;1;',
    '2;1101;"K70-K77";"ПЕЧЕНЬ";1;;1;',
    '3;"1101K71";"K71";"Печень и «лекарства»";2;;1;',
    '4;"1101K710";"K71.0";"Застой; с пометкой ""а""";3;;1;',
    '5;"1101K711";"K71.1";Без кавычек;3;;0;01.01.2015',
    '6;"1101K77";"K77";"При других болезнях";2;2;1;',
    '7;"1101K770";"K77.0";"При болезни (A06.4+)";6;2;1;',
    '8;"0101A064";"A06.4";"Абсцесс (K77.0*)";;;1;',
]


def write(folder: Path, rows: list[str], header: str = HEADER, name: str = "directory_2.27.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_reads_the_directory(tmp_path):
    terminology, report = read_nsi(write(tmp_path, ROWS))
    assert (report.rows, report.loaded, report.skipped) == (8, 8, [])
    assert report.made == ["A00-A09", "A00-B99", "A06"] and terminology.version == "2.27"
    assert (
        terminology.path("K71.0") == ("K70-K77", "K71", "K71.0") and terminology.chapter("K71") == "K00-K93"
    )
    assert terminology.title("K71.0") == 'Застой; с пометкой "а"'
    assert terminology.title("K00-K93") == "ПИЩЕВАРЕНИЕ"
    assert not terminology.is_active("K71.1") and terminology.is_codable("K71.0")
    # The directory leaves this one without a mark, so its title decides.
    assert terminology["A06.4"].usage == "dagger" and terminology.dagger("K77.0") == ("A06.4",)


@pytest.mark.parametrize(
    "row, reason",
    [
        ('9;x;"K72";"Незакрытая кавычка;2;;1;', "quotes are not closed"),
        ('9;x;"K72" и;"Мусор";2;;1;', "quotes are not closed"),
        ("9;x;K72;Мало полей", "4 fields instead of 8"),
        ("9;x;K72;Много;2;;1;;;", "10 fields instead of 8"),
        ("9;x;;Без кода;2;;1;", "MKB_CODE is empty"),
        ("9;x;K7;Плохой код;2;;1;", "MKB_CODE is not an ICD-10 code"),
        ("9;x;K72; ;2;;1;", "MKB_NAME is empty"),
        ("9;x;K72;Название;2;;да;", "ACTUAL is neither 0 nor 1"),
        ("9;x;K71;Повтор;2;;1;", "code K71 stands in row 4 already"),
    ],
)
def test_a_broken_row_is_skipped_and_reported(tmp_path, row, reason):
    terminology, report = read_nsi(write(tmp_path, [*ROWS[:4], row, *ROWS[4:]]))
    assert report.loaded == 8 and report.rows == 9
    ((number, why),) = report.skipped
    assert number == 6 and reason in why
    assert terminology.title("K71") == "Печень и «лекарства»"


def test_odd_parents_do_not_break_the_tree(tmp_path):
    rows = [
        "1;x;K71;Рубрика;2;;1;",
        "2;x;K71.0;Подрубрика;1;;1;",
        "3;x;K72;Сам себе;3;;1;",
        "4;x;K73;Нет;99;;1;",
    ]
    terminology, report = read_nsi(write(tmp_path, rows))
    assert report.loaded == 4
    assert [terminology.parent(code) for code in ("K71", "K72", "K73")] == ["K70-K77"] * 3


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_other_delimiters(tmp_path, delimiter):
    rows = [delimiter.join(("1", "x", "K71", '"Печень"', "", "", "1", ""))]
    terminology, _ = read_nsi(write(tmp_path, rows, header=HEADER.replace(";", delimiter)))
    assert terminology.title("K71") == "Печень"


def test_names_the_missing_columns(tmp_path):
    header = "ID;REC_CODE;MKB_CODE;NAME;ID_PARENT;ADDL_CODE;DATE"
    with pytest.raises(InputError, match="has no columns MKB_NAME, ACTUAL"):
        read_nsi(write(tmp_path, ROWS, header=header))


def test_no_usable_row(tmp_path):
    with pytest.raises(InputError, match="holds no usable row"):
        read_nsi(write(tmp_path, ["1;x;не код;Название;;;1;"]))
    with pytest.raises(InputError, match="holds no usable row"):
        read_nsi(write(tmp_path, []))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text(alphabet='K7.01;"\t *+-абв\r', max_size=30), max_size=8))
def test_never_crashes_on_rows(tmp_path_factory, rows):
    path = write(tmp_path_factory.mktemp("nsi"), [*ROWS, *rows])
    terminology, report = read_nsi(path)
    assert report.loaded + len(report.skipped) == report.rows and report.loaded >= 8
    assert len(terminology) == report.loaded + len(report.made)


def test_the_official_file():
    files = sorted((MIRROR / "nsi").glob("*.csv"))
    if not files:
        pytest.skip("no copy of the official directory")
    started = time.process_time()
    terminology, report = read_nsi(files[0])
    assert time.process_time() - started < 1.5  # 0.35 s on an idle core
    assert (report.loaded, report.skipped, report.made) == (15038, [], [])
    assert sum(concept.active for concept in terminology.values()) == 14937
    codable = [code for code in terminology if terminology.is_codable(code)]
    assert sum(len(code) == 3 for code in codable) == 251
    assert all(terminology.chapter(code) for code in terminology)
    assert "K77.0" in terminology.asterisk("A06.4") and terminology["K77.0"].usage == "asterisk"
    assert terminology.path("S72.00") == ("S70-S79", "S72", "S72.0", "S72.00")
