"""Each format is known by its ending and gives back the same records."""

from __future__ import annotations

import pytest
import spacy

from spacy_icd_ru.corpora.docs import write_docbin
from spacy_icd_ru.corpora.formats import FORMATS, format_of, read_corpus, write_corpus
from spacy_icd_ru.corpora.records import Mention, Record
from spacy_icd_ru.errors import InputError

RECORDS = [
    Record("3", "Отит, грипп?", (Mention(0, 4, "Отит", ("H66.9", "H67")), Mention(6, 11, "грипп"))),
    Record("20", "жалоб нет"),
]


@pytest.mark.parametrize(
    ("path", "format"),
    [("a.spacy", "spacy"), ("a.JSONL", "jsonl"), ("folder", "brat"), ("a/b.c/folder", "brat")],
)
def test_format_of(path, format):
    assert format_of(path) == format


def test_format_of_a_folder_with_a_dot(tmp_path):
    (tmp_path / "v1.0").mkdir()
    assert format_of(tmp_path / "v1.0") == "brat"
    with pytest.raises(InputError, match=r"'\.csv'"):
        format_of(tmp_path / "x.csv")


@pytest.mark.parametrize("format", FORMATS)
def test_written_and_read(tmp_path, format):
    path = tmp_path / ("out" if format == "brat" else f"out.{format}")
    assert write_corpus(RECORDS, path, format, nlp=spacy.blank("ru")) == 0
    corpus = read_corpus(path)
    assert corpus.records == RECORDS
    assert corpus.left_out == []
    assert [r.id for r in corpus.part("dev").records] == ["20"]
    assert corpus.defects.keys() <= {"no_code", "several_codes"}


def test_finds_ruccod(tmp_path):
    write_corpus(RECORDS, tmp_path / "ruccod" / "ruccod_train", "brat")
    corpus = read_corpus(tmp_path)
    assert (corpus.path, corpus.records) == (tmp_path / "ruccod" / "ruccod_train", RECORDS)


def test_left_out_names_the_place(tmp_path):
    write_corpus(RECORDS, tmp_path / "b", "brat")
    (tmp_path / "b" / "3.ann").write_text("мусор\n")
    (tmp_path / "b" / "4.ann").write_text("")
    corpus = read_corpus(tmp_path / "b")
    assert corpus.left_out == [
        "3.ann, line 1: line that is no annotation",
        "4.ann: .ann file without its .txt file",
    ]
    assert corpus.part("dev").left_out == corpus.left_out[1:]
    (tmp_path / "x.jsonl").write_text('{"text": "грипп"}\n{\n')
    assert read_corpus(tmp_path / "x.jsonl").left_out == ["x.jsonl, row 2: not JSON"]


def test_refuses(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        read_corpus(tmp_path / "nowhere")
    with pytest.raises(InputError, match="no .txt files"):
        read_corpus(tmp_path)
    with pytest.raises(InputError, match="no format 'csv'"):
        write_corpus(RECORDS, tmp_path / "x", "csv")
    with pytest.raises(ValueError, match="tokenize"):
        write_corpus(RECORDS, tmp_path / "x.spacy", "spacy")
    write_docbin([], tmp_path / "x.spacy", spacy.blank("ru"))
    with pytest.raises(InputError, match="no document"):
        read_corpus(tmp_path / "x.spacy")
