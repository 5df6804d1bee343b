"""Every defect of a brat folder is repaired or reported, and writing then reading changes nothing."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_icd_ru.corpora.alignment import trim
from spacy_icd_ru.corpora.brat import KINDS, Defect, format_annotations, read_brat, write_brat
from spacy_icd_ru.corpora.records import Mention, Record
from spacy_icd_ru.errors import InputError


@pytest.fixture
def folder(tmp_path):
    """Writes files given by name; values are str (UTF-8, as they are) or bytes."""

    def make(**files):
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            (tmp_path / (name[1:].replace("_", "."))).write_bytes(data)
        return tmp_path

    return make


def spans(record: Record) -> list[tuple[int, int, str, tuple[str, ...]]]:
    return [(m.start, m.end, m.text, m.codes) for m in record.mentions]


def one(path, **kwargs):
    records, report = read_brat(path, **kwargs)
    assert len(records) == 1
    return records[0], report


def test_reads_mentions_with_their_codes(folder):
    path = folder(
        _1_txt="Грипп. Отит слева",
        _1_ann="T1\ticd_code 0 5\tГрипп\nN1\tReference T1 ICD_codes:17\tJ11.1\n"
        "T2\ticd_code 7 17\tОтит слева\nN2\tReference T2 ICD_codes:18\tH66.9\n",
    )
    record, report = one(path)
    assert record.id == "1"
    assert spans(record) == [(0, 5, "Грипп", ("J11.1",)), (7, 17, "Отит слева", ("H66.9",))]
    assert (report.records, report.annotated, report.mentions, report.counts) == (1, 2, 2, {})


def test_sorts_by_number(folder):
    path = folder(_10_txt="а", _9_txt="б", _100_txt="в", _b2_txt="г", _b10_txt="д", _1_txt="е")
    records, _ = read_brat(path)
    assert [r.id for r in records] == ["1", "9", "10", "100", "b2", "b10"]


def test_moves_drifted_offsets(folder):
    path = folder(
        _1_txt="Грипп\nКариес\nОтит", _1_ann="T1\ticd_code 7 13\tКариес\nT2\ticd_code 15 19\tОтит\n"
    )
    record, report = one(path)
    assert [m.text for m in record.mentions] == ["Кариес", "Отит"]
    assert [m.start for m in record.mentions] == [6, 13]
    assert report.counts == {"realigned": 2, "no_code": 2}


def test_offsets_count_carriage_returns(folder):
    path = folder(_1_txt="Грипп\r\nОтит\r\n", _1_ann="T1\ticd_code 7 11\tОтит\r\n")
    record, report = one(path)
    assert record.text == "Грипп\r\nОтит\r\n"
    assert [m.start for m in record.mentions] == [7]
    assert "realigned" not in report.counts


def test_without_realigning_offsets_stay(folder):
    path = folder(
        _1_txt="Грипп\nКариес.",
        _1_ann="T1\ticd_code 7 13\tКариес\nT2\ticd_code 0 5\tГрипп\nT3\ticd_code 9 20\tес\nT4\ticd_code 3 3\t\n",
    )
    record, report = one(path, realign=False)
    assert [m.text for m in record.mentions] == ["Грипп", "ариес."]
    assert report.counts == {"beyond_text": 1, "empty_mention": 1, "text_differs": 1, "no_code": 2}


def test_trims(folder):
    path = folder(_1_txt=" Грипп?, отит", _1_ann="T1\ticd_code 0 8\t Грипп?,\nT2\ticd_code 7 8\t,\n")
    record, report = one(path)
    assert [(m.start, m.end) for m in record.mentions] == [(1, 6)]
    assert report.counts == {"trimmed": 1, "empty_mention": 1, "no_code": 1}


def test_joins_a_mention_broken_over_lines(folder):
    path = folder(
        _1_txt="Грипп.\nОтит слева",
        _1_ann="T1\ticd_code 7 18\t\nОтит слева\nN1\tReference T1 ICD_codes:1\tH66.9\n",
    )
    record, report = one(path)
    assert spans(record) == [(7, 17, "Отит слева", ("H66.9",))]
    assert report.defects[0] == Defect("1.ann", 1, "continued_line")


@pytest.mark.parametrize(
    ("fragments", "mention", "expected"),
    [
        ("0 5;13 18", "отёки стопы", "отёки голени стопы"),
        ("0 5;6 12", "отёки голени", "отёки голени"),
        ("6 12;0 5", "голени отёки", "отёки голени"),
        ("1 6;7 13", "отёки голени", "отёки голени"),
    ],
)
def test_covers_discontinuous_spans(folder, fragments, mention, expected):
    path = folder(_1_txt="отёки голени стопы", _1_ann=f"T1\ticd_code {fragments}\t{mention}\n")
    record, report = one(path)
    assert [m.text for m in record.mentions] == [expected]
    assert report.counts["discontinuous"] == 1


def test_discontinuous_span_that_is_nowhere(folder):
    path = folder(_1_txt="отёки голени стопы", _1_ann="T1\ticd_code 1 6;14 19\tотёки стопы\n")
    record, report = one(path)
    assert record.mentions == ()
    assert report.counts == {"discontinuous": 1, "not_in_text": 1}


@pytest.mark.parametrize("offsets", ["90 95", "0 -36", "3 99", "5 2"])
def test_impossible_offsets_are_found_by_the_mention(folder, offsets):
    path = folder(_1_txt="а грипп", _1_ann=f"T1\ticd_code {offsets}\tгрипп\n")
    record, report = one(path)
    assert [(m.start, m.end) for m in record.mentions] == [(2, 7)]
    assert report.counts == {"realigned": 1, "no_code": 1}


def test_mention_that_is_not_in_the_text(folder):
    path = folder(_1_txt="грипп", _1_ann="T1\ticd_code 0 4\tотит\nN1\tReference T1 ICD_codes:1\tH66.9\n")
    record, report = one(path)
    assert record.mentions == ()
    assert report.defects == [Defect("1.ann", 1, "not_in_text")]
    assert report.total("lost") == 1


def test_several_codes_are_sorted(folder):
    path = folder(
        _1_txt="грипп",
        _1_ann="T1\ticd_code 0 5\tгрипп\nN1\tReference T1 ICD_codes:2\tJ11\n"
        "N2\tReference T1 ICD_codes:1\tJ10 \nN3\tReference T1 ICD_codes:1\tJ10\n",
    )
    record, report = one(path)
    assert record.mentions[0].codes == ("J10", "J11")
    assert report.defects == [Defect("1.ann", 1, "several_codes")]


def test_same_span_twice_is_one_mention(folder):
    path = folder(
        _1_txt="грипп.",
        _1_ann="T1\ticd_code 0 5\tгрипп\nT2\ticd_code 0 6\tгрипп.\n"
        "N1\tReference T1 ICD_codes:1\tJ11\nN2\tReference T2 ICD_codes:1\tJ10\n",
    )
    record, report = one(path)
    assert spans(record) == [(0, 5, "грипп", ("J10", "J11"))]
    assert report.counts == {"trimmed": 1, "duplicate_mention": 1, "several_codes": 1}
    assert (report.annotated, report.mentions) == (2, 1)


def test_an_id_used_twice_names_two_mentions(folder):
    path = folder(
        _1_txt="грипп, отит",
        _1_ann="T1\ticd_code 0 5\tгрипп\nN1\tReference T1 ICD_codes:1\tJ11\n"
        "T1\ticd_code 7 11\tотит\nN1\tReference T1 ICD_codes:2\tH66\n",
    )
    record, report = one(path)
    assert spans(record) == [(0, 5, "грипп", ("J11",)), (7, 11, "отит", ("H66",))]
    assert report.defects == [Defect("1.ann", 3, "duplicate_id")]


def test_reference_before_its_mention(folder):
    path = folder(_1_txt="грипп", _1_ann="N1\tReference T1 ICD_codes:1\tJ11\nT1\ticd_code 0 5\tгрипп\n")
    record, report = one(path)
    assert record.mentions[0].codes == ("J11",)
    assert report.counts == {}


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("N1\tReference T9 ICD_codes:1\tJ11", "unknown_reference"),
        ("N1\tReference T1 ICD_codes:1\t", "malformed_line"),
        ("N1\tReference T1 ICD_codes:1", "malformed_line"),
        ("N1\tReference T1", "malformed_line"),
        ("T2\ticd_code 0\tгрипп", "malformed_line"),
        ("T2\ticd_code a b\tгрипп", "malformed_line"),
        ("T2\ticd_code 0 5", "malformed_line"),
        ("T2\t0 5\tгрипп", "malformed_line"),
        ("T2\ticd_code 0 5;\tгрипп", "malformed_line"),
        (f"T2\ticd_code 0 {'9' * 5000}\tгрипп", "malformed_line"),
        ("вовсе не разметка", "malformed_line"),
        ("Q1\tx", "malformed_line"),
        ("#1\tAnnotatorNotes T1\tпроверить", "other_annotation"),
        ("R1\tOf Arg1:T1 Arg2:T1", "other_annotation"),
        ("*\tEquiv T1 T2", "other_annotation"),
        ("A1\tNegation T1", "other_annotation"),
    ],
)
def test_a_broken_line_is_reported_and_the_rest_is_read(folder, line, kind):
    path = folder(_1_txt="грипп", _1_ann=f"\n{line}\nT1\ticd_code 0 5\tгрипп\n")
    record, report = one(path)
    assert [m.text for m in record.mentions] == ["грипп"]
    assert Defect("1.ann", 2, kind) in report.defects


def test_missing_counterparts(folder):
    path = folder(_1_txt="грипп", _2_ann="T1\ticd_code 0 5\tгрипп\n", _3_txt="отит", _3_ann="")
    records, report = read_brat(path)
    assert [(r.id, r.mentions) for r in records] == [("1", ()), ("3", ())]
    assert report.defects == [Defect("1.txt", 0, "missing_ann"), Defect("2.ann", 0, "missing_txt")]


def test_byte_order_mark(folder):
    path = folder(
        _1_txt=b"\xef\xbb\xbf" + "грипп".encode(), _1_ann=b"\xef\xbb\xbfT1\ticd_code 0 5\t" + "грипп".encode()
    )
    record, report = one(path)
    assert (record.text, spans(record)) == ("грипп", [(0, 5, "грипп", ())])
    assert report.counts == {"byte_order_mark": 2, "no_code": 1}


@pytest.mark.parametrize("name", ["_7_txt", "_7_ann"])
@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("грипп\nотит".encode("cp1251"), 1),
        ("ok\nгрипп".encode("cp1251"), 2),
        ("грипп".encode("utf-16"), 1),
        (b"ok\nok\n\0", 3),
        ("грипп".encode()[:-1], 1),
    ],
)
def test_a_file_that_is_no_text_is_refused(folder, name, content, line):
    path = folder(**{"_7_txt": "грипп", "_7_ann": "", name: content})
    with pytest.raises(InputError) as error:
        read_brat(path)
    assert f"{name[1:].replace('_', '.')}, line {line}:" in str(error.value)
    assert error.value.cure
    assert "грипп" not in str(error.value)


def test_a_folder_that_is_none(tmp_path):
    for path, what in ((tmp_path / "nowhere", "no such folder"), (tmp_path, "no .txt files")):
        with pytest.raises(InputError, match=what) as error:
            read_brat(path)
        assert str(path) in str(error.value) and error.value.cure
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="not a folder"):
        read_brat(tmp_path / "file")


def test_other_files_are_left_alone(folder):
    path = folder(_1_txt="грипп", _1_ann="", _readme_md=b"\xff", _annotation_conf=b"\xff")
    (path / "._1.txt").write_bytes(b"\xff\0")
    (path / "2.txt").mkdir()
    records, _ = read_brat(path)
    assert [r.id for r in records] == ["1"]


def test_report_is_json_and_without_text(folder):
    path = folder(_1_txt="грипп", _1_ann="T1\ticd_code 0 4\tотит\nмусор\nдата\tмусор\n")
    _, report = read_brat(path)
    dumped = json.dumps(report.to_dict(defects=True), ensure_ascii=False)
    assert "отит" not in dumped and "мусор" not in dumped
    assert set(report.counts) <= set(KINDS)
    assert report.to_dict()["lost"] == report.total("lost") > 0


def test_report_of_some_records(folder):
    path = folder(_1_txt="грипп", _1_ann="T1\ticd_code 0 5\tгрипп\n", _2_txt="отит", _3_ann="")
    records, report = read_brat(path)
    part = report.of(records[:1])
    assert (part.records, part.annotated, part.mentions) == (1, 1, 1)
    # What belongs to no record can't be attributed, and must not vanish.
    assert part.counts == {"missing_txt": 1, "no_code": 1}
    assert report.of(records).counts == report.counts


def test_progress(folder):
    path = folder(_1_txt="грипп", _2_txt="отит")
    calls = []
    read_brat(path, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(1, 2), (2, 2)]


def test_writes_the_layout_of_the_publisher(tmp_path):
    text = "Грипп\r\nОтит\tслева"
    mentions = (Mention(0, 5, "Грипп", ("J10", "J11")), Mention(7, 17, "Отит\tслева", ()))
    assert write_brat([Record("5", text, mentions)], tmp_path / "new" / "folder") == 1
    assert (tmp_path / "new/folder/5.txt").read_bytes() == text.encode()
    assert (tmp_path / "new/folder/5.ann").read_bytes().decode() == (
        "T1\ticd_code 0 5\tГрипп\n"
        "N1\tReference T1 ICD_codes:J10\tJ10\n"
        "N2\tReference T1 ICD_codes:J11\tJ11\n"
        "T2\ticd_code 7 17\tОтит слева\n"
    )
    assert sorted(p.name for p in (tmp_path / "new/folder").iterdir()) == ["5.ann", "5.txt"]


def test_line_breaks_in_a_mention_become_spaces():
    assert format_annotations([Mention(0, 4, "а\r\nб")]) == "T1\ticd_code 0 4\tа  б\n"


@pytest.mark.parametrize("id", ["", "a/b", "..", ".x", "a\\b", "a\nb", "a\0b", "a:b"])
def test_ids_that_are_no_file_names(tmp_path, id):
    with pytest.raises(InputError, match="file name"):
        write_brat([Record(id, "грипп")], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_refuses_to_write(tmp_path):
    with pytest.raises(InputError, match="2 records have the id '1'"):
        write_brat([Record("1", "а"), Record("1", "б")], tmp_path)
    write_brat([Record("1", "а")], tmp_path)
    write_brat([Record("1", "б")], tmp_path)  # again is fine
    with pytest.raises(InputError, match="2 files of other records"):
        write_brat([Record("2", "а")], tmp_path)
    with pytest.raises(InputError, match="surrogate"):
        write_brat([Record("1", "\ud800")], tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="can't be made a folder"):
        write_brat([Record("1", "а")], tmp_path / "file" / "sub")


CODES = st.sets(st.from_regex(r"[A-Z][0-9]{2}(\.[0-9])?", fullmatch=True), max_size=2)


@st.composite
def record_lists(draw):
    ids = draw(st.lists(st.from_regex(r"[a-c0-9]{1,3}", fullmatch=True), unique=True, min_size=1, max_size=4))
    records = []
    for id in ids:
        alphabet = st.sampled_from("аБ1 \n\r\t.,?()%\u2028\x85\xa0\\n😀")
        text = draw(st.text(alphabet, max_size=25))
        mentions = {}
        for a, b in draw(st.lists(st.tuples(st.integers(0, 25), st.integers(0, 25)), max_size=4)):
            start, end = trim(text, a, b)
            if start < end:
                mentions[start, end] = Mention(start, end, text[start:end], tuple(sorted(draw(CODES))))
        records.append(Record(id, text, tuple(mentions[key] for key in sorted(mentions))))
    return records


@settings(deadline=None)
@given(record_lists())
def test_written_records_are_read_as_they_were(records):
    with tempfile.TemporaryDirectory() as temporary:
        write_brat(records, temporary)
        read, report = read_brat(temporary)
        assert {r.id: r for r in read} == {r.id: r for r in records}
        assert set(report.counts) <= {"no_code", "several_codes"}
        assert report.annotated == report.mentions == sum(len(r.mentions) for r in records)


@settings(deadline=None, max_examples=200)
@given(
    st.text(max_size=60), st.lists(st.sampled_from("TNRA#*\t \n01;-.абA:\\") | st.characters(), max_size=80)
)
def test_any_annotation_file_is_read_or_refused(text, pieces):
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "1.txt").write_bytes(text.encode())
        (folder / "1.ann").write_bytes("".join(pieces).encode("utf8", "replace"))
        try:
            records, report = read_brat(folder)
        except InputError:
            return
        for mention in records[0].mentions:
            assert mention.text == records[0].text[mention.start : mention.end]
            assert trim(records[0].text, mention.start, mention.end) == (mention.start, mention.end)
        merged = report.counts.get("duplicate_mention", 0)
        lost = sum(report.counts.get(kind, 0) for kind in ("not_in_text", "empty_mention", "beyond_text"))
        assert report.annotated == report.mentions + merged + lost
