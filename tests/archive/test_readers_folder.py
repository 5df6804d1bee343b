"""A record a file."""

from __future__ import annotations

import os

import pytest

from spacy_icd_ru.archive.readers.folder import FolderSource
from spacy_icd_ru.archive.rows import InputRecord
from spacy_icd_ru.errors import InputError


def write(folder, **texts):
    for name, text in texts.items():
        (folder / f"{name}.txt").write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))


def test_text_is_exactly_what_stands_in_the_file(tmp_path):
    text = "1. Грипп\r\n2. Отит\rсправа\n\n  \t"
    write(tmp_path, a=text)
    assert list(FolderSource(tmp_path)) == [InputRecord("a", text, 1)]


def test_byte_order_mark_does_not_count(tmp_path):
    write(tmp_path, a="Грипп".encode("utf-8-sig"))
    assert [item.text for item in FolderSource(tmp_path)] == ["Грипп"]


def test_natural_order_and_only_text_files(tmp_path):
    write(tmp_path, **{"10": "а", "2": "б", "b": "в", "a10": "г", "a9": "д", ".hidden": "е"})
    (tmp_path / "2.ann").write_text("T1\ticd_code 0 1\tб\n", encoding="utf-8")
    (tmp_path / "folder.txt").mkdir()
    items = list(FolderSource(tmp_path))
    assert [item.id for item in items] == ["2", "10", "a9", "a10", "b"]
    assert [item.row for item in items] == [1, 2, 3, 4, 5]


def test_broken_files_are_rejected_and_the_others_read(tmp_path):
    write(tmp_path, a="Грипп", b="Гри\0пп", c=b"\xc3\xf0\xe8\xef\xef", d="я" * 51, e="z" * 1000, f="")
    (tmp_path / "g.txt").symlink_to(tmp_path / "nowhere")
    items = {item.id: getattr(item, "reason", "") for item in FolderSource(tmp_path, max_characters=50)}
    assert items.pop("g").startswith("can't be read")
    assert items == {
        "a": "",
        "b": "the text holds a NUL character",
        "c": "not valid UTF-8",
        "d": "the text has 51 characters, more than 50",
        "e": "more than 50 characters",
        "f": "",
    }


def test_two_files_of_one_name(tmp_path):
    write(tmp_path, a="Грипп")
    (tmp_path / "a.TXT").write_text("Отит", encoding="utf-8")
    if len(os.listdir(tmp_path)) < 2:
        pytest.skip("the file system does not tell case")
    first, second = FolderSource(tmp_path)
    assert isinstance(first, InputRecord)
    assert (second.id, second.row) == ("a", 2)
    assert "same name" in second.reason


def test_a_folder_in_cp1251(tmp_path):
    write(tmp_path, a="Грипп".encode("cp1251"), b="Отит".encode("cp1251"), c="flu")
    with pytest.raises(InputError, match="--encoding cp1251"):
        FolderSource(tmp_path)
    assert [item.text for item in FolderSource(tmp_path, "cp1251")] == ["Грипп", "Отит", "flu"]


def test_no_text_files(tmp_path):
    (tmp_path / "1.ann").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="no .txt files"):
        FolderSource(tmp_path)


def test_scan_tells_a_changed_file_and_ignores_annotations(tmp_path):
    write(tmp_path, a="Грипп", b="Отит")
    before = FolderSource(tmp_path).scan()
    assert before.total == 2
    (tmp_path / "a.ann").write_text("", encoding="utf-8")
    assert FolderSource(tmp_path).scan() == before
    write(tmp_path, b="Отит справа")
    assert FolderSource(tmp_path).scan() != before
