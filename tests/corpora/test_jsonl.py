"""JSON lines: what is written is read, and a broken row is named."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_icd_ru.corpora.jsonl import read_jsonl, write_jsonl
from spacy_icd_ru.corpora.records import Mention, Record
from spacy_icd_ru.errors import InputError

GOOD = '{"id": "1", "text": "грипп, отит", "mentions": [{"start": 0, "end": 5, "text": "грипп", "codes": ["J11"]}]}'


def write(path: Path, *rows: str | bytes) -> Path:
    path.write_bytes(b"".join((row if isinstance(row, bytes) else row.encode()) + b"\n" for row in rows))
    return path


@pytest.fixture
def file(tmp_path):
    return tmp_path / "records.jsonl"


def test_reads(file):
    row = {
        "id": 7,
        "text": "грипп, отит",
        "seen": True,
        "mentions": [
            {
                "start": 7,
                "end": 11,
                "code": "H66.9",
                "candidates": [{"code": "H66.9", "score": 0.5, "why": "x"}],
            },
            {"start": 0, "end": 5, "text": "грипп", "codes": ["J11", "J10", "J10"]},
        ],
    }
    records, report = read_jsonl(write(file, GOOD, "", json.dumps(row)))
    assert records[1] == Record(
        "7",
        "грипп, отит",
        (Mention(0, 5, "грипп", ("J10", "J11")), Mention(7, 11, "отит", ("H66.9",), (("H66.9", 0.5),))),
    )
    assert report.to_dict() == {"file": str(file), "records": 2, "mentions": 3, "lost": 0, "broken": []}


@pytest.mark.parametrize("code", ['"code": null', '"code": ""', '"codes": []', '"codes": null', '"x": 1'])
def test_mention_without_a_code(file, code):
    records, _ = read_jsonl(
        write(file, f'{{"text": "отит", "mentions": [{{"start": 0, "end": 4, {code}}}]}}')
    )
    assert records == [Record("1", "отит", (Mention(0, 4, "отит"),))]


def test_text_alone_is_a_record_with_its_row_as_id(file):
    records, _ = read_jsonl(write(file, GOOD, '{"text": "отит"}', '{"text": "", "mentions": null}'))
    assert [(r.id, r.text) for r in records[1:]] == [("2", "отит"), ("3", "")]


def test_byte_order_mark_and_line_ends(file):
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.encode() + b"\r\n" + b'{"text": "\xe2\x80\xa8"}')
    records, _ = read_jsonl(file)
    assert [r.text for r in records] == ["грипп, отит", "\u2028"]


def mentions(*values: str) -> str:
    return '{"id": "2", "text": "отит", "mentions": [' + ", ".join(values) + "]}"


BROKEN = [
    ("{", "not JSON"),
    ("[" * 100_000, "not JSON"),
    ("\0", "not JSON"),
    (b"\xff{}", "not UTF-8"),
    ("[]", "not a JSON object"),
    ("{}", '"text"'),
    ('{"text": 5}', '"text"'),
    ('{"text": "\\ud800"}', "surrogate"),
    ('{"text": "отит", "id": [1]}', '"id"'),
    ('{"text": "отит", "id": true}', '"id"'),
    ('{"text": "отит", "id": "1"}', "the id of row 1 again"),
    ('{"text": "отит", "mentions": {}}', "no list"),
    (mentions("5"), "mention 1 is no JSON object"),
    (mentions('{"start": 0}'), "whole numbers"),
    (mentions('{"start": 0, "end": 2.0}'), "whole numbers"),
    (mentions('{"start": false, "end": true}'), "whole numbers"),
    (mentions('{"start": 0, "end": 4}', '{"start": 0, "end": 5}'), "mention 2: 0:5 is no span"),
    (mentions('{"start": -1, "end": 2}'), "no span"),
    (mentions('{"start": 2, "end": 2}'), "no span"),
    (mentions('{"start": 0, "end": 3, "text": "отит"}'), "isn't the mention"),
    (mentions('{"start": 0, "end": 4, "codes": "H66"}'), "codes must be strings"),
    (mentions('{"start": 0, "end": 4, "codes": [66]}'), "codes must be strings"),
    (mentions('{"start": 0, "end": 4, "code": 66}'), "codes must be strings"),
    (mentions('{"start": 0, "end": 4, "candidates": [1]}'), "candidate"),
    (mentions('{"start": 0, "end": 4, "candidates": [{"code": "H66"}]}'), "candidate"),
    (mentions('{"start": 0, "end": 4, "candidates": 3}'), "candidate"),
]


@pytest.mark.parametrize(("row", "reason"), BROKEN, ids=range(len(BROKEN)))
def test_a_broken_row(file, row, reason):
    write(file, GOOD, row, '{"id": "3", "text": "кашель"}')
    records, report = read_jsonl(file)
    assert [r.id for r in records] == ["1", "3"]
    assert [number for number, _ in report.broken] == [2]
    assert reason in report.broken[0][1]
    with pytest.raises(InputError) as error:
        read_jsonl(file, strict=True)
    assert f"{file}, row 2: " in str(error.value) and reason in str(error.value)
    assert "отит" not in str(error.value)


def test_a_file_without_any_record(file, tmp_path):
    with pytest.raises(InputError, match="row 1: not JSON"):
        read_jsonl(write(file, "id;text", "1;отит"))
    for content in ("", "\n\n"):
        file.write_text(content)
        with pytest.raises(InputError, match="no record in the file"):
            read_jsonl(file)
    for path in (tmp_path, tmp_path / "nowhere.jsonl"):
        with pytest.raises(InputError, match="can't be read"):
            read_jsonl(path)


def test_progress_reaches_the_end(file):
    calls = []
    read_jsonl(write(file, GOOD, '{"text": "отит"}'), progress=lambda *call: calls.append(call))
    assert len(calls) == 2
    assert calls[-1][0] == calls[-1][1] == file.stat().st_size


def test_refuses_to_write_half_a_surrogate_pair(file):
    with pytest.raises(InputError, match="record x"):
        write_jsonl([Record("1", "отит"), Record("x", "\ud83d")], file)
    assert not file.exists()


@st.composite
def record_lists(draw):
    texts = st.text(st.characters(codec="utf8"), max_size=20)
    result = []
    for id in draw(st.lists(texts, unique=True, min_size=1, max_size=3)):
        text = draw(texts)
        found = {}
        for a, b in draw(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=3)):
            start, end = sorted((min(a, len(text)), min(b, len(text))))
            if start < end:
                codes = tuple(sorted(draw(st.sets(st.sampled_from(["J10", "K29.5", "Ё"]), max_size=2))))
                ranked = tuple(draw(st.lists(st.tuples(st.just("J10"), st.floats(0, 1)), max_size=2)))
                found[start, end] = Mention(start, end, text[start:end], codes, ranked)
        result.append(Record(id, text, tuple(found[key] for key in sorted(found))))
    return result


@settings(deadline=None)
@given(record_lists())
def test_round_trip(records):
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "x.jsonl"
        assert write_jsonl(records, path) == len(records)
        assert path.read_bytes().count(b"\n") == len(records)
        assert read_jsonl(path, strict=True)[0] == records
