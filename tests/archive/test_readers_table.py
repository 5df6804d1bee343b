"""Tables: delimiters, quotes, columns."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_icd_ru.archive.readers.table import TableSource
from spacy_icd_ru.archive.rows import InputRecord, RejectedRow
from spacy_icd_ru.errors import InputError

TEXT = st.text(
    st.one_of(
        st.sampled_from('",;\t\n\r '), st.characters(exclude_characters="\0\x1f", exclude_categories=["Cs"])
    ),
    max_size=20,
)


def source(tmp_path: Path, content: str | bytes, name: str = "in.csv", **settings) -> TableSource:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return TableSource(path, **settings)


def texts(items) -> list[str | None]:
    return [getattr(item, "text", None) for item in items]


@given(st.lists(TEXT), st.sampled_from(",;\t"), st.booleans())
def test_whatever_a_csv_writer_writes_comes_back(values, delimiter, bom):
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter)
    writer.writerows([["id", "text", "rest"], *([f"n{i}", v, "x"] for i, v in enumerate(values))])
    with tempfile.TemporaryDirectory() as folder:
        data = buffer.getvalue().encode("utf-8-sig" if bom else "utf-8")
        items = list(source(Path(folder), data))
    assert texts(items) == values
    assert [item.id for item in items] == [f"n{i}" for i in range(len(values))]


@given(st.binary(max_size=60))
def test_no_bytes_change_the_rows_before_them_or_raise_anything_but_a_refusal(data):
    with tempfile.TemporaryDirectory() as folder:
        try:
            items = list(source(Path(folder), 'text;id\n"Ринит";0\nГрипп;1\nОтит;2\n'.encode() + data))
        except InputError:
            return
    assert texts(items[:3]) == ["Ринит", "Грипп", "Отит"]


@pytest.mark.parametrize("name", ["in.csv", "in.tsv"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiter_is_sniffed_from_the_header(tmp_path, name, delimiter):
    content = f"№{delimiter}Диагноз\n1{delimiter}Грипп\n"
    assert list(source(tmp_path, content, name)) == [InputRecord("2", "Грипп", 2)]


def test_delimiter_that_shows_the_text_column_wins(tmp_path):
    content = 'text;"a,b,c,d";id\nГрипп;x;7\n'
    assert list(source(tmp_path, content)) == [InputRecord("7", "Грипп", 2)]


def test_excel_says_its_delimiter_in_a_line_of_its_own(tmp_path):
    assert list(source(tmp_path, "sep=;\r\nid;text\r\n1;Грипп\r\n")) == [InputRecord("1", "Грипп", 3)]


def test_one_column_keeps_its_commas(tmp_path):
    content = 'Диагноз\nАГ 2 ст., риск 3; ХСН 1\n"Отит, ""левый"""\n'
    assert texts(source(tmp_path, content)) == ["АГ 2 ст., риск 3; ХСН 1", 'Отит, "левый"']


def test_row_is_the_line_on_which_the_record_starts(tmp_path):
    items = list(source(tmp_path, 'a,text\n1,"Грипп\nтяжёлый"\n\n2,Отит\n'))
    assert [(item.id, item.row) for item in items] == [("2", 2), ("5", 5)]


@pytest.mark.parametrize(
    "row, reason",
    [
        ("7", "1 column instead of 3"),
        ("7,secret,x,y", "4 columns instead of 3"),
        ('7,"secret" and more,x', "quotes or line ends are not where a table has them"),
        ('7,"secret,x', "a quote is opened and not closed"),
        ("7,sec\0ret,x", "the row holds a NUL character"),
        (",secret,x", "the id is empty"),
        ("one,secret,x", "another row has the same id"),
        (f"7,{'s' * 51},x", "the text has 51 characters, more than 50"),
    ],
)
def test_a_broken_row_is_rejected_and_the_next_one_read(tmp_path, row, reason):
    content = f"id,text,rest\none,Грипп,x\n{row}\ntwo,Отит,x\n"
    items = list(source(tmp_path, content, max_characters=50))
    assert [type(item) for item in items] == [InputRecord, RejectedRow, InputRecord]
    assert (items[1].row, items[1].reason) == (3, reason)
    assert "secret" not in repr(items[1])


def test_a_row_in_another_encoding_is_rejected(tmp_path):
    content = "id,text\n1,Грипп\n2,".encode() + "Отит".encode("cp1251") + "\n3,Ринит\n4,Ангина\n".encode()
    items = list(source(tmp_path, content))
    assert texts(items) == ["Грипп", None, "Ринит", "Ангина"]
    assert items[1].reason == "not valid UTF-8"


def test_an_open_quote_does_not_swallow_the_quoted_rows_behind_it(tmp_path):
    content = 'id,text\n1,"Грипп\n2,Отит\n3,"Ринит, острый"\n4,"Ангина"\n'
    assert texts(source(tmp_path, content)) == [None, "Отит", "Ринит, острый", "Ангина"]


def test_an_open_quote_does_not_read_the_whole_file(tmp_path):
    rows = "".join(f"{i},Отит\n" for i in range(2000))
    items = list(source(tmp_path, f'id,text\nx,"Грипп\n{rows}', max_characters=100))
    assert texts(items) == [None, *["Отит"] * 2000]


def test_missing_last_columns_are_forgiven_and_empty_extra_ones(tmp_path):
    assert texts(source(tmp_path, "id,text,rest\n1,Грипп\n2,Отит,x,,\n")) == ["Грипп", "Отит"]


def test_quotes_in_a_table_without_quoting(tmp_path):
    content = 'id\ttext\n1\t"Немой" инфаркт\n2\t"Грипп\n3\tОтит "сухой"\n'
    items = source(tmp_path, content, "in.tsv")
    assert texts(items) == ['"Немой" инфаркт', '"Грипп', 'Отит "сухой"']


def test_columns_by_name_whatever_their_case(tmp_path):
    content = "Visit ID;ДИАГНОЗ;Note\nв1;Грипп;Отит\n"
    assert list(source(tmp_path, content)) == [InputRecord("2", "Грипп", 2)]
    chosen = source(tmp_path, content, text_column="note", id_column="visit_id")
    assert list(chosen) == [InputRecord("в1", "Отит", 2)]


def test_a_missing_column_names_the_others(tmp_path):
    with pytest.raises(InputError, match=r"in\.csv: .*\(columns: visit, note\).*--text-column"):
        source(tmp_path, "visit,note\n1,Грипп\n")
    with pytest.raises(InputError, match="no column 'nr'.*--id-column"):
        source(tmp_path, "text,id\nГрипп,1\n", id_column="nr")


def test_a_table_without_header_shows_no_text_of_a_patient(tmp_path):
    with pytest.raises(InputError) as caught:
        source(tmp_path, "1,Острый бронхит,J20\n2,Грипп,J11\n")
    assert "бронхит" not in str(caught.value)


def test_a_header_alone_is_a_table_without_records(tmp_path):
    assert list(source(tmp_path, "id,text\n")) == []
