"""An archive from end to end, in every format."""

from __future__ import annotations

import csv
import json

import pytest

from spacy_icd_ru.archive.readers import open_input
from spacy_icd_ru.archive.run import code_archive
from spacy_icd_ru.archive.writers import open_writer
from spacy_icd_ru.corpora.brat import read_brat
from spacy_icd_ru.errors import InputError

TEXTS = {"1": "АГ 2 ст.\r\nгастрит", "2": "Здоров", "10": "ОРВИ, (аг)"}
CODES = {"1": ["I10", "K29.7"], "2": [], "10": ["J06.9", "I10"]}


def archive(folder, kind):
    if kind == "folder":
        path = folder / "notes"
        path.mkdir()
        for name, text in TEXTS.items():
            (path / f"{name}.txt").write_bytes(text.encode("utf-8"))
        return path
    path = folder / f"in.{kind}"
    if kind == "jsonl":
        lines = (json.dumps({"id": i, "text": t}) + "\n" for i, t in TEXTS.items())
        path.write_text("".join(lines), encoding="utf-8")
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = [("id", "text"), *TEXTS.items()]
            csv.writer(file, delimiter="\t" if kind == "tsv" else ";").writerows(rows)
    return path


@pytest.mark.parametrize("kind", ["folder", "jsonl", "csv", "tsv"])
@pytest.mark.parametrize("output", ["out.jsonl", "out.csv", "out.tsv", "brat"])
def test_every_input_to_every_output(tmp_path, nlp, kind, output):
    source = archive(tmp_path, kind)
    path = tmp_path / output
    writer = open_writer(path, source, format="brat" if output == "brat" else None)
    done = code_archive(nlp, open_input(source), writer)
    assert (done.records, done.mentions, done.rejected) == (3, 4, 0)
    if output == "out.jsonl":
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert [line["id"] for line in lines] == list(TEXTS)
        found = {line["id"]: line["codes"] for line in lines}
        for line in lines:
            assert all(TEXTS[line["id"]][m["start"] : m["end"]] == m["text"] for m in line["mentions"])
    elif output == "brat":
        records, report = read_brat(path, realign=False)
        assert report.counts == {}
        assert {record.id: record.text for record in records} == TEXTS
        found = {record.id: list(record.codes) for record in records}
    else:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t" if output.endswith("tsv") else ","))
        found = {
            i: [r["code"] for r in rows if r["id"] == i and r["code"]]
            for i in dict.fromkeys(r["id"] for r in rows)
        }
        for row in rows:
            if row["code"]:
                assert TEXTS[row["id"]][int(row["start"]) : int(row["end"])] == row["text"]
    assert found == CODES
    assert list(found) == list(TEXTS)
    assert [p.name for p in tmp_path.glob("*.progress.jsonl")] == []


def test_a_text_file_is_a_record_a_line(tmp_path, nlp):
    source = tmp_path / "in.txt"
    source.write_bytes("АГ\r\n\r\nгастрит".encode())
    code_archive(nlp, open_input(source), open_writer(tmp_path / "out.jsonl", source))
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(line["id"], line["codes"]) for line in lines] == [("1", ["I10"]), ("2", []), ("3", ["K29.7"])]


def test_rejected_rows_are_listed_without_their_text(tmp_path, nlp):
    source = tmp_path / "in.jsonl"
    rows = [
        '{"id": "a", "text": "АГ"}',
        '{"id": "b", "text": 5}',
        "{секрет",
        '{"id": "c", "text": "отрава секрет"}',
    ]
    source.write_text("\n".join(rows), encoding="utf-8")
    done = code_archive(nlp, open_input(source), open_writer(tmp_path / "out.jsonl", source))
    assert (done.items, done.records, done.rejected) == (4, 1, 3)
    rejected = (tmp_path / "out.jsonl.rejected.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line) for line in rejected.splitlines()] == [
        {"row": 2, "id": "b", "reason": "the text is a number, not a string"},
        {"row": 3, "id": None, "reason": "not valid JSON"},
        {"row": 4, "id": "c", "reason": "the pipeline failed with RuntimeError"},
    ]


def test_brat_rejects_ids_that_are_no_file_names(tmp_path, nlp):
    source = tmp_path / "in.jsonl"
    source.write_text('{"id": "../x", "text": "АГ"}\n{"id": "y", "text": "АГ"}\n', encoding="utf-8")
    done = code_archive(nlp, open_input(source), open_writer(tmp_path / "out", source, format="brat"))
    assert (done.records, done.rejected) == (1, 1)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["y.ann", "y.txt"]


def test_a_table_without_records_gives_a_header(tmp_path, nlp):
    source = tmp_path / "in.csv"
    source.write_text("id,text\n", encoding="utf-8")
    done = code_archive(nlp, open_input(source), open_writer(tmp_path / "out.csv", source))
    assert done.records == 0
    assert (tmp_path / "out.csv").read_text(
        encoding="utf-8"
    ) == "id,start,end,text,code,title,score,candidates\n"


def test_progress_is_given_in_rows_of_the_last_row(tmp_path, nlp):
    source = tmp_path / "in.csv"
    source.write_text('text\n"АГ\nдавно"\nОРВИ\n', encoding="utf-8")
    seen = []
    writer = open_writer(tmp_path / "out.csv", source)
    code_archive(nlp, open_input(source), writer, progress=lambda row, total: seen.append((row, total)))
    assert seen == [(2, 4), (4, 4)]


def test_a_resume_with_another_setting_or_input_is_refused(tmp_path, nlp):
    source = tmp_path / "in.txt"
    source.write_text("АГ\nОРВИ\n", encoding="utf-8")

    def run(**how):
        return code_archive(
            nlp, open_input(source), open_writer(tmp_path / "out.jsonl", source), batch_size=1, **how
        )

    def stop(row, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(settings={"--level": "category"}, progress=stop)
    with pytest.raises(InputError, match="another --level"):
        run(settings={"--level": "as_trained"}, resume=True)
    with pytest.raises(InputError, match="another top_k"):
        run(settings={"--level": "category"}, resume=True, top_k=1)
    assert run(settings={"--level": "category"}, resume=True).records == 2
    assert len((tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()) == 2
