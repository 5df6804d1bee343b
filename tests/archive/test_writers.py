"""Every output format: what stands in the files, and what is refused."""

from __future__ import annotations

import csv
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_icd_ru.archive.rows import InputRecord
from spacy_icd_ru.archive.writers import open_writer
from spacy_icd_ru.archive.writers.stream import AppendFile
from spacy_icd_ru.corpora.brat import read_brat
from spacy_icd_ru.errors import InputError


def mention(text: str, start: int, end: int, code: str = "I10", score: float | None = 0.5) -> dict:
    return {
        "start": start,
        "end": end,
        "text": text[start:end],
        "code": code,
        "title": "Название, с запятой" if code else "",
        "score": score,
        "candidates": [
            {"code": "I10", "title": "т", "score": 0.5, "why": "name"},
            {"code": "I15", "title": "т", "score": None, "why": ""},
        ],
    }


def coded(record_id: str, *mentions: dict) -> dict:
    return {"id": record_id, "codes": [m["code"] for m in mentions if m["code"]], "mentions": list(mentions)}


def fill(writer, *pairs: tuple[InputRecord, dict]) -> int:
    writer.begin(None)
    for record, value in pairs:
        writer.write(record, value)
    size = writer.commit()
    writer.close()
    return size


TEXT = "АГ «2 ст.»\r\nгастрит"
RECORD = InputRecord("б/1", TEXT, 1)


def test_jsonl_is_a_line_a_record(tmp_path):
    path = tmp_path / "out.jsonl"
    first, second = coded("б/1", mention(TEXT, 0, 2)), coded("2")
    size = fill(open_writer(path, tmp_path), (RECORD, first), (InputRecord("2", "", 2), second))
    data = path.read_bytes()
    assert size == len(data)
    assert [json.loads(line) for line in data.decode("utf-8").splitlines()] == [first, second]
    assert "Название" in data.decode("utf-8")


@pytest.mark.parametrize("name, delimiter", [("out.csv", ","), ("out.tsv", "\t")])
def test_csv_is_a_row_a_mention_and_loses_no_record(tmp_path, name, delimiter):
    path = tmp_path / name
    text = 'Отит, "левый"\nАГ'
    value = coded("1", mention(text, 0, 16), mention(text, 14, 16, code="", score=None))
    fill(
        open_writer(path, tmp_path), (InputRecord("1", text, 1), value), (InputRecord("2", "", 2), coded("2"))
    )
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter=delimiter))
    assert rows == [
        ["id", "start", "end", "text", "code", "title", "score", "candidates"],
        ["1", "0", "16", text, "I10", "Название, с запятой", "0.5000", "I10:0.5000 I15:"],
        ["1", "14", "16", "АГ", "", "", "", "I10:0.5000 I15:"],
        ["2", "", "", "", "", "", "", ""],
    ]


def test_brat_beside_the_texts_leaves_them_alone(tmp_path):
    (tmp_path / "1.txt").write_bytes(TEXT.encode("utf-8"))
    writer = open_writer(None, tmp_path, format="brat")
    value = coded("1", mention(TEXT, 0, 2), mention(TEXT, 12, 19, code=""))
    fill(writer, (InputRecord("1", TEXT, 1), value))
    assert (tmp_path / "1.txt").read_bytes() == TEXT.encode("utf-8")
    assert (tmp_path / "1.ann").read_text(encoding="utf-8") == (
        "T1\ticd_code 0 2\tАГ\nN1\tReference T1 ICD_codes:I10\tI10\nT2\ticd_code 12 19\tгастрит\n"
    )


@given(st.lists(st.sampled_from(["АГ", "гастрит", "\r\n", "\n", " ", ", ", "😀", "\u2028"]), max_size=12))
def test_brat_offsets_count_characters_of_the_file_as_it_stands(pieces):
    text, mentions = "", []
    for piece in pieces:
        if piece.isalpha():
            mentions.append((len(text), len(text) + len(piece)))
        text += piece
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        value = coded("7", *(mention(text, start, end) for start, end in mentions))
        fill(open_writer(out, Path(folder) / "in.jsonl", format="brat"), (InputRecord("7", text, 1), value))
        assert (out / "7.txt").read_bytes().decode("utf-8") == text
        records, report = read_brat(out, realign=False)
    assert [(m.start, m.end, m.text) for m in records[0].mentions] == [
        (start, end, text[start:end]) for start, end in mentions
    ]
    assert report.total("lost") == 0


@pytest.mark.parametrize("record_id", ["a/b", "..", ".hidden", "a:b", "a\\b", "я" * 120, "what?"])
def test_brat_refuses_ids_that_are_no_file_names(tmp_path, record_id):
    writer = open_writer(tmp_path / "out", tmp_path, format="brat")
    assert writer.refusal(InputRecord(record_id, "", 1)) == "the id can't be a file name"
    assert writer.refusal(InputRecord("нормальный 1", "", 1)) is None


def test_brat_takes_away_the_annotations_of_a_record_that_is_now_rejected(tmp_path):
    (tmp_path / "1.txt").write_text("АГ", encoding="utf-8")
    (tmp_path / "1.ann").write_text("old", encoding="utf-8")
    writer = open_writer(None, tmp_path, format="brat")
    writer.begin(None)
    writer.reject("1")
    writer.reject("../1")
    assert not (tmp_path / "1.ann").exists()


@pytest.mark.parametrize(
    "output, source, format, words",
    [
        (None, "in.csv", None, "no output"),
        (None, "in.csv", "brat", "no output"),
        (None, ".", "jsonl", "no output"),
        ("out", ".", None, "can't tell the format"),
        ("out.json", ".", None, "can't tell the format"),
        ("in.csv", "in.csv", None, "would replace the input"),
        ("in.csv", ".", "brat", "this is a file"),
        (".", "in.csv", "jsonl", "this is a folder"),
        ("out", ".", "xml", "no format 'xml'"),
    ],
)
def test_outputs_that_can_not_be(tmp_path, output, source, format, words):
    (tmp_path / "in.csv").write_text("text\nАГ\n", encoding="utf-8")
    with pytest.raises(InputError, match=words):
        open_writer(output and tmp_path / output, tmp_path / source, format=format)


def test_format_says_more_than_the_ending(tmp_path):
    writer = open_writer(tmp_path / "out.csv", tmp_path, format="jsonl")
    fill(writer, (RECORD, coded("1")))
    assert json.loads((tmp_path / "out.csv").read_text(encoding="utf-8")) == coded("1")


def test_nothing_reaches_the_disk_before_a_commit(tmp_path):
    for name, format in (("out.jsonl", None), ("out.csv", None), ("out", "brat")):
        writer = open_writer(tmp_path / name, tmp_path / "in.jsonl", format=format)
        writer.begin(None)
        writer.write(InputRecord("1", TEXT, 1), coded("1", mention(TEXT, 0, 2)))
        writer.close()
    assert (tmp_path / "out.jsonl").read_bytes() == b""
    assert (tmp_path / "out.csv").read_bytes() == b""
    assert list((tmp_path / "out").iterdir()) == []


def test_going_on_cuts_off_what_was_not_finished(tmp_path):
    path = tmp_path / "out.csv"
    size = fill(open_writer(path, tmp_path), (RECORD, coded("1")))
    finished = path.read_bytes()
    path.write_bytes(finished + b'2,0,"torn')
    writer = open_writer(path, tmp_path)
    writer.begin(size)
    writer.write(RECORD, coded("2"))
    writer.commit()
    writer.close()
    assert path.read_bytes() == finished + b"2,,,,,,,\n"


def test_a_file_shorter_than_it_was_is_refused(tmp_path):
    path = tmp_path / "out.jsonl"
    path.write_bytes(b"short")
    with pytest.raises(InputError, match="has 5 bytes, but its journal says 10"):
        open_writer(path, tmp_path).begin(10)


def test_a_lazy_file_appears_with_its_first_bytes(tmp_path):
    path = tmp_path / "rejected.jsonl"
    path.write_bytes(b"of an earlier run")
    file = AppendFile(path, lazy=True)
    file.begin(0)
    file.commit()
    assert not path.exists()
    file.add(b"x\n")
    assert file.commit() == 2
    file.close()
    assert path.read_bytes() == b"x\n"


def test_a_place_that_can_not_be_written(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for output, format in (("file/out.jsonl", None), ("file/out", "brat")):
        with pytest.raises(InputError, match="can't be written"):
            open_writer(tmp_path / output, tmp_path, format=format).begin(None)
