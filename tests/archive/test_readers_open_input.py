"""What every reader refuses as a whole, and how it finds the right one."""

from __future__ import annotations

import json

import pytest

from spacy_icd_ru.archive.readers import open_input
from spacy_icd_ru.archive.rows import InputRecord
from spacy_icd_ru.errors import InputError

RUSSIAN = ["Острый бронхит", "Хронический гастрит", "Миопия слабой степени"]


def content(kind: str) -> str:
    return {
        "txt": "".join(f"{t}\n" for t in RUSSIAN),
        "jsonl": "".join(json.dumps({"text": t}, ensure_ascii=False) + "\n" for t in RUSSIAN),
        "csv": "text\n" + "".join(f"{t}\n" for t in RUSSIAN),
        "tsv": "id\ttext\n" + "".join(f"{i}\t{t}\n" for i, t in enumerate(RUSSIAN)),
    }[kind]


@pytest.mark.parametrize("kind", ["txt", "jsonl", "csv", "tsv"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16", "koi8-r"])
def test_every_kind_of_file_in_every_encoding(tmp_path, kind, encoding):
    path = tmp_path / f"in.{kind}"
    path.write_bytes(content(kind).encode(encoding))
    named = "utf-8" if encoding == "utf-8-sig" else encoding
    assert [item.text for item in open_input(path, encoding=named)] == RUSSIAN


@pytest.mark.parametrize("kind", ["txt", "jsonl", "csv", "tsv"])
def test_cp1251_is_refused_as_a_whole_with_the_cure(tmp_path, kind):
    path = tmp_path / f"in.{kind}"
    path.write_bytes(content(kind).encode("cp1251"))
    with pytest.raises(InputError, match="--encoding cp1251"):
        open_input(path)


def test_cp1251_header_is_refused(tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes("номер;диагноз\n1;flu\n2;otitis\n3;asthma\n".encode("cp1251"))
    with pytest.raises(InputError, match="--encoding cp1251"):
        open_input(path)


@pytest.mark.parametrize("kind", ["txt", "jsonl", "csv", "tsv"])
@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\n\r\n \n"])
def test_empty_file(tmp_path, kind, data):
    path = tmp_path / f"in.{kind}"
    path.write_bytes(data)
    with pytest.raises(InputError, match=f"in.{kind}: the file is empty"):
        open_input(path)


@pytest.mark.parametrize(
    "name, data, words",
    [
        ("in.csv", b"PK\x03\x04rest of an archive", "Excel"),
        ("in.csv", "text\nГрипп\n".encode("utf-16"), "--encoding utf-16"),
        ("in.txt", "Грипп\nОтит\n".encode("utf-16-le"), "--encoding utf-16"),
        ("in.xlsx", b"x", "CSV"),
        ("in.json", b"[]", "jq"),
        ("in.pdf", b"x", r"\.jsonl"),
        ("in", b"x", "no ending"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path, name, data, words):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError, match=words) as caught:
        open_input(path)
    assert "\n" not in str(caught.value)


def test_utf8_mark_contradicts_another_encoding(tmp_path):
    path = tmp_path / "in.txt"
    path.write_bytes("Грипп\n".encode("utf-8-sig"))
    with pytest.raises(InputError, match="Leave out --encoding"):
        open_input(path, encoding="cp1251")


@pytest.mark.parametrize("encoding", ["cp12510", "hex", "utf 8 perhaps", "\0"])
def test_unknown_encoding(tmp_path, encoding):
    path = tmp_path / "in.txt"
    path.write_text("Грипп\n", encoding="utf-8")
    with pytest.raises(InputError, match="no encoding"):
        open_input(path, encoding=encoding)


def test_missing_path(tmp_path):
    with pytest.raises(InputError, match="no such file or folder"):
        open_input(tmp_path / "nothing.csv")


def test_columns_of_plain_text_are_refused(tmp_path):
    (tmp_path / "in.txt").write_text("Грипп\n", encoding="utf-8")
    for path in (tmp_path, tmp_path / "in.txt"):
        with pytest.raises(InputError, match="no columns"):
            open_input(path, text_column="text")


@pytest.mark.parametrize("kind", ["txt", "jsonl", "csv", "tsv"])
def test_a_source_starts_afresh_and_its_scan_knows_the_last_row(tmp_path, kind):
    path = tmp_path / f"in.{kind}"
    path.write_text(content(kind).rstrip("\n"), encoding="utf-8")
    source = open_input(path)
    first, second = list(source), list(source)
    assert first == second
    assert all(isinstance(item, InputRecord) for item in first)
    assert source.scan().total == first[-1].row


def test_scan_tells_other_content(tmp_path):
    path = tmp_path / "in.txt"
    path.write_text("Грипп\nОтит\n", encoding="utf-8")
    before = open_input(path).scan()
    assert open_input(path).scan() == before
    path.write_text("Грипп\nОтек\n", encoding="utf-8")
    assert open_input(path).scan().fingerprint != before.fingerprint
