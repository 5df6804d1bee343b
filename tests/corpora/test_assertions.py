"""Assertion and role of a mention are kept by every format, and only current diagnoses are coded."""

import pytest
import spacy

from spacy_icd_ru.corpora.brat import read_brat, write_brat
from spacy_icd_ru.corpora.docs import doc_to_record, read_docbin, record_to_doc, write_docbin
from spacy_icd_ru.corpora.jsonl import read_jsonl, write_jsonl
from spacy_icd_ru.corpora.records import ASSERTIONS, Mention, Record

TEXT = "ГБ. СД? В анамнезе отит, у матери псориаз; астмы нет"


@pytest.fixture
def record():
    return Record(
        "1",
        TEXT,
        (
            Mention(0, 2, "ГБ", ("I10",), assertion="present", role="main"),
            Mention(4, 6, "СД", ("E11.9",), assertion="possible", role="concomitant"),
            Mention(19, 23, "отит", ("H66.9",), assertion="history"),
            Mention(34, 41, "псориаз", ("L40.9",), assertion="family"),
            Mention(43, 48, "астмы", ("J45.9",), assertion="absent"),
            Mention(49, 52, "нет", ("Z00.0",)),
        ),
    )


def test_what_counts_as_current(record):
    assert [mention.is_current for mention in record.mentions] == [True, True, False, False, False, True]
    assert record.codes == ("I10", "E11.9", "Z00.0")
    assert set(ASSERTIONS) == {"present", "possible", "absent", "history", "family"}


def test_jsonl(record, tmp_path):
    write_jsonl([record], tmp_path / "a.jsonl")
    assert read_jsonl(tmp_path / "a.jsonl")[0] == [record]


def test_brat(record, tmp_path):
    write_brat([record], tmp_path)
    assert "A1\tAssertion T1 present\nA2\tRole T1 main\n" in (tmp_path / "1.ann").read_text(encoding="utf-8")
    assert read_brat(tmp_path)[0] == [record]


@pytest.mark.parametrize(
    "line", ["A1\tAssertion T1 perhaps", "A1\tAssertion T9 present", "A1\tNegation T1", "A1\tRole T1"]
)
def test_brat_attributes_of_another_kind_are_noted(tmp_path, line):
    (tmp_path / "1.txt").write_text("Отит", encoding="utf-8")
    (tmp_path / "1.ann").write_text(f"T1\ticd_code 0 4\tОтит\n{line}\n", encoding="utf-8")
    (found,), report = read_brat(tmp_path)
    assert found.mentions[0].assertion == found.mentions[0].role == ""
    assert report.counts["other_annotation"] == 1


def test_docs(record, tmp_path):
    nlp = spacy.blank("ru")
    assert doc_to_record(record_to_doc(nlp, record)) == record
    write_docbin([record], tmp_path / "a.spacy", nlp)
    assert [doc_to_record(doc) for doc in read_docbin(tmp_path / "a.spacy", nlp.vocab)] == [record]


def test_an_unknown_assertion_is_a_broken_row(tmp_path):
    path = tmp_path / "a.jsonl"
    rows = [
        '{"id": "1", "text": "Отит", "mentions": [{"start": 0, "end": 4, "code": "H66.9", "assertion": "perhaps"}]}',
        '{"id": "2", "text": "Отит"}',
    ]
    path.write_text("\n".join(rows), encoding="utf-8")
    records, report = read_jsonl(path)
    assert [r.id for r in records] == ["2"]
    assert "its assertion is none of present" in str(report.broken)


def test_attributes_belong_to_the_mention_before_them(tmp_path):
    (tmp_path / "1.txt").write_text("Цистит. Гастрит", encoding="utf-8")
    lines = ("T1\ticd_code 0 6\tЦистит", "A1\tAssertion T1 absent", "T1\ticd_code 8 15\tГастрит")
    (tmp_path / "1.ann").write_text("\n".join(lines), encoding="utf-8")
    assert [mention.assertion for mention in read_brat(tmp_path)[0][0].mentions] == ["absent", ""]
