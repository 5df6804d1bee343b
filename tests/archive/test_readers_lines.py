"""A record a line."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from spacy_icd_ru.archive.readers.lines import LinesSource, read_stream
from spacy_icd_ru.archive.rows import InputRecord, RejectedRow

LINE = st.text(st.characters(exclude_characters="\n\r\0\ufeff", exclude_categories=["Cs"]), max_size=30)


def read(data: bytes, **settings):
    return list(read_stream(io.BytesIO(data), **settings))


@given(st.lists(LINE), st.sampled_from(["\n", "\r\n"]))
def test_lines_come_back_with_their_numbers(lines, end):
    items = read("".join(line + end for line in lines).encode("utf-8"))
    assert items == [InputRecord(str(n), line, n) for n, line in enumerate(lines, 1)]


def test_an_empty_line_is_a_record_and_the_end_of_the_last_is_none():
    assert [item.text for item in read("Грипп\n\nОтит".encode())] == ["Грипп", "", "Отит"]


def test_characters_that_only_look_like_line_ends_stay_inside():
    text = "Грипп\u2028отит\x85ринит\x0bангина\rфарингит"
    assert [item.text for item in read(f"{text}\n".encode())] == [text]


def test_broken_lines_are_rejected_and_the_others_read():
    data = "Грипп\n".encode() + b"\xcf\xf0\n" + "Оти\0т\n".encode() + "Ринит\n".encode() + b"x" * 51 + b"\n"
    items = read(data, max_characters=50)
    assert [type(item) for item in items] == [InputRecord, RejectedRow, RejectedRow, InputRecord, RejectedRow]
    assert [item.reason for item in items if isinstance(item, RejectedRow)] == [
        "not valid UTF-8",
        "the text holds a NUL character",
        "the text has 51 characters, more than 50",
    ]
    assert [(item.row, item.id) for item in items] == [(n, str(n)) for n in range(1, 6)]


def test_a_line_without_end_is_not_held_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("spacy_icd_ru.archive.readers.source.LINE_LIMIT", 100)
    path = tmp_path / "in.txt"
    path.write_text("Грипп\n" + "я" * 1234 + "\nОтит\n" + "я" * 100, encoding="utf-8")
    items = list(LinesSource(path))
    assert [getattr(item, "text", None) for item in items] == ["Грипп", None, "Отит", None]
    assert [item.row for item in items] == [1, 2, 3, 4]
    assert "more than 100 characters" in items[1].reason
