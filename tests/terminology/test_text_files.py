from __future__ import annotations

import pytest

from spacy_icd_ru.errors import InputError
from spacy_icd_ru.terminology.text_files import read_text

WORDS = "Название болезни"


def test_mark_and_line_ends_are_normalised(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(f"\ufeff{WORDS}\r\nb\rc\u2028d\n".encode())
    assert read_text(path) == f"{WORDS}\nb\nc\u2028d\n"


@pytest.mark.parametrize(
    "data, defect",
    [
        (b"", "is empty"),
        (b" \r\n\t", "is empty"),
        (b"\xef\xbb\xbf\n", "is empty"),
        (WORDS.encode("cp1251"), "probably Windows-1251 (row 1). Save it as UTF-8"),
        (b"abc\n" + WORDS.encode("cp1251"), "(row 2)"),
        (WORDS.encode("utf-16"), "UTF-16"),
        (b"abc\x00def", "NUL bytes"),
        (b"\xff\x81 abc", "is not UTF-8 (row 1)"),
    ],
)
def test_refuses_with_the_reason(tmp_path, data, defect):
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    with pytest.raises(InputError) as error:
        read_text(path)
    message = str(error.value)
    assert defect in message and str(path) in message and "\n" not in message
    assert "Название" not in message


def test_refuses_what_is_no_file(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_text(tmp_path / "missing")
    with pytest.raises(InputError, match="is a folder"):
        read_text(tmp_path)
    with pytest.raises(InputError, match="can't be read"):
        read_text("a\0b")
