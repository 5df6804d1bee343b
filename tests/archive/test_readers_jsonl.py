"""JSON lines."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_icd_ru.archive.readers.jsonl import JsonlSource
from spacy_icd_ru.archive.rows import InputRecord, RejectedRow
from spacy_icd_ru.errors import InputError

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)


def source(tmp_path: Path, *rows, **settings) -> JsonlSource:
    path = tmp_path / "in.jsonl"
    lines = (r if isinstance(r, bytes) else json.dumps(r, ensure_ascii=False).encode() for r in rows)
    path.write_bytes(b"\n".join(lines) + b"\n")
    return JsonlSource(path, **settings)


@given(st.lists(TEXT, min_size=1), st.booleans())
def test_texts_come_back(texts, ascii_only):
    with tempfile.TemporaryDirectory() as folder:
        rows = [json.dumps({"text": t}, ensure_ascii=ascii_only).encode() for t in texts]
        items = list(source(Path(folder), *rows))
    assert items == [InputRecord(str(n), t, n) for n, t in enumerate(texts, 1)]


def test_ids_are_strings_or_whole_numbers_else_the_line_number(tmp_path):
    rows = [{"id": "б-1", "text": "Грипп"}, {"id": 17, "text": "Отит"}, {"text": "Ринит"}]
    assert [item.id for item in source(tmp_path, *rows)] == ["б-1", "17", "3"]


def test_columns_by_name_whatever_their_case(tmp_path):
    rows = [{"Diagnosis": "Грипп", "visit": 5, "note": "Отит", "id": 1}]
    assert list(source(tmp_path, *rows)) == [InputRecord("1", "Грипп", 1)]
    chosen = source(tmp_path, *rows, text_column="NOTE", id_column="visit")
    assert list(chosen) == [InputRecord("5", "Отит", 1)]


@pytest.mark.parametrize(
    "row, reason",
    [
        (b'{"text": "secret', "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'["secret"]', "not a JSON object"),
        (b'{"id": 2}', "the row has no field for the text"),
        (b'{"text": 5}', "the text is a number, not a string"),
        (b'{"text": null}', "the text is null, not a string"),
        (b'{"text": ["secret"]}', "the text is a list, not a string"),
        (b'{"text": "secret\xff"}', "not valid UTF-8"),
        (b'{"text": "secret\\u0000"}', "the text holds a NUL character"),
        (b'{"text": "secret\\ud83d"}', "the text holds half of a surrogate pair"),
        (b'{"text": "%s"}' % (b"s" * 60), "the text has 60 characters, more than 50"),
        (b'{"id": null, "text": "secret"}', "the id is empty"),
        (b'{"id": " ", "text": "secret"}', "the id is empty"),
        (b'{"id": true, "text": "secret"}', "the id is neither a string nor a whole number"),
        (b'{"id": 1.5, "text": "secret"}', "the id is neither a string nor a whole number"),
        (b'{"id": "a\\nb", "text": "secret"}', "the id holds a control character"),
        (b'{"id": "%s", "text": "secret"}' % (b"1" * 201), "the id has more than 200 characters"),
        (b'{"id": "one", "text": "secret"}', "another row has the same id"),
    ],
)
def test_a_broken_row_is_rejected_and_the_next_one_read(tmp_path, row, reason):
    first, last = {"id": "one", "text": "Грипп"}, {"id": "two", "text": "Отит"}
    items = list(source(tmp_path, first, row, last, max_characters=50))
    assert [type(item) for item in items] == [InputRecord, RejectedRow, InputRecord]
    assert items[1].row == 2
    assert items[1].reason == reason
    assert "secret" not in repr(items[1])


def test_an_id_that_was_asked_for_must_be_there(tmp_path):
    rows = [{"text": "Грипп", "visit": 1}, {"text": "Отит"}]
    items = list(source(tmp_path, *rows, id_column="visit"))
    assert items == [InputRecord("1", "Грипп", 1), RejectedRow(2, None, "the row has no field for the id")]


def test_empty_lines_are_no_rows_but_count(tmp_path):
    items = list(source(tmp_path, {"text": "Грипп"}, b"", b"  \r", {"text": "Отит"}))
    assert [item.row for item in items] == [1, 4]


def test_a_field_that_no_row_has_is_a_wrong_name(tmp_path):
    with pytest.raises(InputError, match=r"can't tell .* \(columns: id, anamnesis\).*--text-column"):
        source(tmp_path, {"id": 1, "anamnesis": "Грипп"})
    with pytest.raises(InputError, match="no column 'note'"):
        source(tmp_path, {"text": "Грипп"}, text_column="note")


def test_a_json_list_is_no_json_lines(tmp_path):
    with pytest.raises(InputError, match="jq"):
        source(tmp_path, b'[{"text": "x"},', b'{"text": "y"}]')
