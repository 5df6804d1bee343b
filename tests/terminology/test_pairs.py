from __future__ import annotations

import pytest

from spacy_icd_ru.terminology.pairs import read_pair


@pytest.mark.parametrize(
    "title, expected",
    [
        ("Болезнь с проявлением (K77.0*)", ("dagger", "K77.0")),
        ("Проявление болезни (G30.-+)", ("asterisk", "G30")),
        ("Проявление болезни (G30.0†)", ("asterisk", "G30.0")),
        ("Проявление при опухоли (C00-D48+)", ("asterisk", "C00-D48")),
        ("Проявление (E10-E14+ с общим знаком .4)", ("asterisk", "E10-E14")),
        ("Два проявления (I41.2*, I98.1*)", ("dagger", "I41.2")),
        ("Отрезок подрубрик (M07.0-M07.3*,M09.0*)", ("dagger", "M09.0")),
        ("Испорченный код (J021*)", ("dagger", None)),
        ("Кириллица (К77.0*)", ("dagger", "K77.0")),
        ("Две скобки (острая) (J17.1*)", ("dagger", "J17.1")),
        ("Без пары (хроническая)", ("", None)),
        ("Знак * без скобок", ("", None)),
        ("Скобка (не закрыта K77.0*", ("", None)),
        ("", ("", None)),
    ],
)
def test_read_pair(title, expected):
    assert read_pair(title) == expected
