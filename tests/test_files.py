"""A file is written completely or stays as it was."""

from __future__ import annotations

import pytest

from spacy_icd_ru import files
from spacy_icd_ru.errors import InputError
from spacy_icd_ru.files import encode, write_atomically


def test_writes_and_replaces(tmp_path):
    path = tmp_path / "a" / "b.txt"
    write_atomically(path, b"1")
    write_atomically(path, b"2")
    assert path.read_bytes() == b"2"
    assert list(path.parent.iterdir()) == [path]


def test_an_interrupted_run_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "b.txt"
    write_atomically(path, b"old")

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_path_that_can_not_be_written(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "file" / "x", tmp_path):
        with pytest.raises(InputError, match="can't be written") as error:
            write_atomically(path, b"1")
        assert str(path) in str(error.value)


def test_encode():
    assert encode("ё", "record 1") == "ё".encode()
    with pytest.raises(InputError, match="record 1: .*surrogate"):
        encode("\udfff", "record 1")
