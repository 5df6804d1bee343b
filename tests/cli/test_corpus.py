"""``spacy-icd-ru corpus``: what a user sees, on stdout and on stderr."""

from __future__ import annotations

import json

import pytest
import spacy
from typer.testing import CliRunner

from spacy_icd_ru.cli.corpus import app
from spacy_icd_ru.corpora.brat import write_brat
from spacy_icd_ru.corpora.docs import doc_to_record, read_docbin
from spacy_icd_ru.corpora.formats import read_corpus
from spacy_icd_ru.corpora.records import Mention, Record
from spacy_icd_ru.errors import InputError

RECORDS = [Record(str(n), "Отит, грипп?", (Mention(0, 4, "Отит", ("H66.9",)),)) for n in range(1, 13)]


@pytest.fixture
def folder(tmp_path):
    write_brat(RECORDS, tmp_path / "in")
    return tmp_path / "in"


def run(*arguments, fails: bool = False):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "120"})
    if not fails:
        assert result.exit_code == 0, result.output
    return result


def test_stats_shows_the_parts_side_by_side(folder):
    shown = run("stats", folder).stdout
    assert all(name in shown for name in ("all", "train", "dev"))
    row = next(line for line in shown.splitlines() if "│ records " in line)
    assert [cell.strip() for cell in row.split("│")[2:5]] == ["12", "11", "1"]
    assert "mentions whose name is in train" in shown


def test_stats_as_json(folder):
    (folder / "10.ann").write_text("T1\ticd_code 1 5\tОтит\nN2\tмусор\tx\n")
    result = run("stats", folder, "--json")
    stats = json.loads(result.stdout)
    assert list(stats) == ["all", "train", "dev"]
    assert stats["dev"]["defects"] == {"realigned": 1, "malformed_line": 1, "no_code": 1}
    assert stats["train"]["defects"] == {}
    assert stats["dev"]["seen_mentions"] == 1
    one = json.loads(run("stats", folder, "--json", "--split", "train").stdout)
    assert list(one) == ["train"] and one["train"]["records"] == 11


def test_stats_names_what_is_left_out(folder):
    (folder / "10.ann").write_text("мусор\n" * 30)
    lines = run("stats", folder).stderr.splitlines()
    assert lines[0] == "left out: 10.ann, line 1: line that is no annotation"
    assert lines[-1] == "left out: 10 more"
    assert len(lines) == 21
    assert run("stats", folder, "--split", "train").stderr == ""


@pytest.mark.parametrize("name", ["out.spacy", "out.jsonl", "out"])
def test_convert(folder, tmp_path, name):
    result = run("convert", folder, tmp_path / name)
    assert read_corpus(tmp_path / name).records == RECORDS
    assert "12 records, 12 mentions" in result.stderr
    assert result.stdout == ""


def test_convert_a_split_to_what_to_says(folder, tmp_path):
    run("convert", folder, tmp_path / "dev.bin", "--to", "spacy", "--split", "dev")
    docs = list(read_docbin(tmp_path / "dev.bin", spacy.blank("ru").vocab))
    assert [doc_to_record(doc) for doc in docs] == [RECORDS[9]]


def test_convert_tokenizes_as_the_models_do(tmp_path):
    write_brat([Record("1", "ХСН2,ГБ", (Mention(5, 7, "ГБ", ("I11",)),))], tmp_path / "in")
    run("convert", tmp_path / "in", tmp_path / "x.spacy")
    (doc,) = read_docbin(tmp_path / "x.spacy", spacy.blank("ru").vocab)
    assert doc.spans["diagnoses"][0].text == "ГБ"


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["stats", "nowhere"], "no such folder"),
        (["stats", "nowhere.jsonl"], "can't be read"),
        (["stats", "nowhere.csv"], "doesn't say the format"),
        (["convert", "in", "out.csv"], "doesn't say the format"),
        (["convert", "in", "in"], "are the same"),
        (["convert", "in", "empty", "--to", "jsonl"], "this is a folder"),
        (["convert", "one.jsonl", "out", "--split", "dev"], "no record is in the split 'dev'"),
    ],
)
def test_mistakes_are_input_errors(folder, tmp_path, monkeypatch, arguments, what):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "one.jsonl").write_text('{"text": "грипп"}\n')
    result = run(*arguments, fails=True)
    assert isinstance(result.exception, InputError)
    assert what in str(result.exception)
    assert "\n" not in str(result.exception)


@pytest.mark.parametrize(
    "arguments",
    [["stats"], ["stats", "x", "--split", "test"], ["convert", "x"], ["convert", "x", "y", "--to", "csv"]],
)
def test_wrong_usage_exits_with_2(arguments):
    assert run(*arguments, fails=True).exit_code == 2


def test_help():
    shown = run("--help").stdout
    assert "stats" in shown and "convert" in shown
    for command, words in (
        ("stats", ("--split", "--json", "divisible by 10")),
        ("convert", ("--to", "--split")),
    ):
        shown = " ".join(run(command, "--help").stdout.split())
        assert all(word in shown for word in words)
        assert "spacy-icd-ru corpus" in shown
