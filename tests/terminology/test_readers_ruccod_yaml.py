from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_icd_ru.errors import InputError
from spacy_icd_ru.terminology.codes import normalize_code
from spacy_icd_ru.terminology.readers import read_ruccod_yaml

ROOT = Path(__file__).parents[2]
MIRROR = Path(os.environ.get("SPACY_ICD_RU_MIRROR") or ROOT.parent / "shared" / "data")


def read(folder: Path, text: str):
    path = folder / "codes.yaml"
    path.write_text(text, encoding="utf-8")
    return read_ruccod_yaml(path)


def test_reads_plain_and_folded_titles(tmp_path):
    terminology, report = read(
        tmp_path,
        "---\n# примечание\nJ10-J18: ГРИПП И ПНЕВМОНИЯ\nJ17: Пневмония при других\n  болезнях\n"
        "J17.1: Пневмония\n\n  вирусная (B05.2+)\nJ18: 'Название \"в кавычках\"'\n"
        '"J18.9": "Пневмония\\u0021"\nJ18.8: >\n  Другая\n  пневмония\n',
    )
    assert (report.loaded, report.rows, report.skipped) == (6, 6, [])
    assert terminology.title("J17") == "Пневмония при других болезнях"
    assert terminology.title("J18") == 'Название "в кавычках"'
    assert terminology.title("J18.9") == "Пневмония!" and terminology.title("J18.8") == "Другая пневмония"
    assert terminology["J17.1"].usage == "asterisk" and terminology["J17.1"].pair == "B05.2"
    assert terminology.path("J17.1") == ("J10-J18", "J17", "J17.1") and report.made == ["J00-J99"]


def test_local_codes_stay_codes_of_their_own(tmp_path):
    terminology, _ = read(
        tmp_path, "S02.01: a\nS02.0.1: b\nF20.81: c\nF20.8**1: d\nF13.50Н: e\nT08.+.0: f\nT08.0: g\n"
    )
    own = [code for code in terminology if terminology.title(code) in set("abcdefg")]
    assert own == ["F13.50H", "F20.8**1", "F20.81", "S02.0.1", "S02.01", "T08.+.0", "T08.0"]
    assert all(normalize_code(code) == code for code in own)


@pytest.mark.parametrize(
    "row, reason",
    [
        ("'00': Без диагноза", "its key is not an ICD-10 code"),
        ("J11 без двоеточия", "is not «code: title»"),
        ("J11:", "its title is empty or no text"),
        ("J11: [список]", "its title is empty or no text"),
        ("J11: *ссылка", "its title is empty or no text"),
        ("J11: 'не закрыта", "its title is empty or no text"),
        ('J11: "не закрыта\\x', "its title is empty or no text"),
        ("J11: а: б", "its title is empty or no text"),
        ("J11: 'пять': 5", "its title is empty or no text"),
        ("J10: Повтор", "code J10 stands in row 1 already"),
    ],
)
def test_a_broken_row_is_skipped_and_reported(tmp_path, row, reason):
    terminology, report = read(tmp_path, f"J10: Первая\n{row}\nJ12: Последняя\n")
    assert report.skipped == [(2, reason)] and report.loaded == 2
    assert terminology.title("J10") == "Первая" and terminology.title("J12") == "Последняя"


def test_no_usable_row(tmp_path):
    with pytest.raises(InputError, match="holds no usable row"):
        read(tmp_path, "АГ: артериальная гипертензия\n")


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1).map(lambda text: " ".join(text.split())).filter(bool))
def test_reads_what_yaml_writes(tmp_path_factory, title):
    path = tmp_path_factory.mktemp("yaml") / "codes.yaml"
    path.write_text(yaml.safe_dump({"J18": title}, allow_unicode=True), encoding="utf-8")
    again = yaml.safe_load(path.read_text(encoding="utf-8"))["J18"]
    terminology, _ = read_ruccod_yaml(path)
    assert terminology.title("J18") == " ".join(again.split())


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet="J18.:- '\"\n*&[]{}|>#ао", max_size=60))
def test_never_crashes_on_rows(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("yaml") / "codes.yaml"
    path.write_text(f"A00: a\n{text}\nK71: z\n", encoding="utf-8")
    _, report = read_ruccod_yaml(path)
    assert report.loaded + len(report.skipped) == report.rows


def test_the_published_file():
    path = MIRROR / "ruccod" / "mkb2descr.yaml"
    if not path.exists():
        pytest.skip("no copy of RuCCoD")
    started = time.process_time()
    terminology, report = read_ruccod_yaml(path)
    assert time.process_time() - started < 1.5  # 0.35 s on an idle core
    # «00» is no code, and H49-52 and H49-H52 are one block.
    assert (report.rows, report.loaded, [row for row, _ in report.skipped]) == (17762, 17760, [1, 6580])
    assert report.made == ["G10-G14", "J09-J18", "K55-K64", "O94-O99"]
    ranges = [code for code in terminology if terminology[code].kind in ("block", "chapter")]
    assert len(ranges) - len(report.made) == 292 - 1
    published = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    titles = {normalize_code(code): " ".join(title.split()) for code, title in reversed(published.items())}
    assert all(terminology.title(code) == titles[code] for code in terminology if code not in report.made)
