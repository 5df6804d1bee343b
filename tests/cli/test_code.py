"""The command ``code``: what it prints, what it writes, what it refuses in one line."""

from __future__ import annotations

import json

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import SpanGroup
from typer.testing import CliRunner

import spacy_icd_ru.pipeline.extensions
from spacy_icd_ru.cli import app
from spacy_icd_ru.errors import InputError

BRACKETS = "АГ [bold] :smile:"


@Language.component("cli_test_diagnoses")
def find_hypertension(doc):
    spans, offsets = [], []
    for token in doc:
        if token.text == "АГ":
            span = doc[token.i : token.i + 1]
            candidates = [
                {"code": "I10", "title": "Первичная гипертензия", "score": 0.9, "why": "name"},
                {"code": "I15.9", "title": "Вторичная гипертензия", "score": 0.07, "why": "ngram"},
            ]
            span._.icd10 = {**candidates[0], "path": [], "candidates": candidates}
            spans.append(span)
            offsets.append([span.start_char, span.end_char])
    doc.spans["diagnoses"] = SpanGroup(doc, name="diagnoses", spans=spans, attrs={"offsets": offsets})
    return doc


@pytest.fixture(autouse=True)
def loaded(monkeypatch):
    """``spacy_icd_ru.load`` gives a pipeline that knows one word; returns the arguments of its calls."""
    calls = []

    def load(model=None, **settings):
        calls.append({"model": model, **settings})
        nlp = spacy.blank("ru")
        nlp.add_pipe("cli_test_diagnoses")
        return nlp

    monkeypatch.setattr(spacy_icd_ru, "load", load, raising=False)
    return calls


def run(*arguments, stdin: str | bytes | None = None):
    return CliRunner().invoke(app, ["code", *map(str, arguments)], input=stdin)


def refused(*arguments, stdin=None) -> str:
    result = run(*arguments, stdin=stdin)
    assert isinstance(result.exception, InputError), result.output
    return str(result.exception)


def test_a_text_gives_a_table():
    result = run(f"{BRACKETS}, риск 3")
    assert result.exit_code == 0
    for word in ("Mention", "АГ", "I10", "Первичная гипертензия", "0.90", "I15.9 0.07"):
        assert word in result.stdout
    assert "I10 0.90" not in result.stdout


def test_text_is_not_markup():
    result = run("-", stdin=f"{BRACKETS}\n")
    assert f"1: {BRACKETS}" in result.stdout


def test_a_text_as_json():
    result = run("Давно АГ", "--json")
    (line,) = result.stdout.splitlines()
    coded = json.loads(line)
    assert coded["codes"] == ["I10"]
    assert (coded["mentions"][0]["start"], coded["mentions"][0]["end"]) == (6, 8)
    assert "Первичная" in line


def test_nothing_found_is_said():
    assert "no diagnoses found" in run("Здоров").stdout


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_lines_of_standard_input(arguments):
    result = run(*arguments, "--json", stdin="АГ\r\nЗдоров\n\nАГ, АГ")
    coded = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(c["id"], len(c["mentions"])) for c in coded] == [("1", 1), ("2", 0), ("3", 0), ("4", 2)]


def test_broken_lines_of_standard_input_are_said_on_standard_error():
    result = run("--json", stdin="АГ\n".encode() + b"\xff\n")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 1
    assert result.stderr == "rejected: line 2: not valid UTF-8\n"
    assert run("--json", stdin=b"\xff\n").exit_code == 1


def test_standard_input_in_another_encoding():
    result = run("--json", "--encoding", "cp1251", stdin="АГ\n".encode("cp1251"))
    assert json.loads(result.stdout)["codes"] == ["I10"]


def test_settings_reach_the_model(loaded, tmp_path):
    terminology = tmp_path / "codes.csv"
    terminology.write_text("x", encoding="utf-8")
    own = [tmp_path / "a.tsv", tmp_path / "b.tsv"]
    for path in own:
        path.write_text("x", encoding="utf-8")
    run("АГ")
    chosen = ("-m", "my_model", "--terminology", terminology, "--threshold", 0.4, "--level", "category")
    run("АГ", *chosen, "--lexicon", own[0], "--lexicon", own[1])
    run("АГ", "--codable-only")
    default, chosen, codable = loaded
    plain = {"model": None, "terminology": None, "lexicon": None, "threshold": None, "level": "most_specific"}
    assert default == {**plain, "codable_only": None}
    given = {"model": "my_model", "terminology": terminology, "threshold": 0.4, "level": "category"}
    assert chosen == {**given, "lexicon": own, "codable_only": None}
    assert codable == {**plain, "codable_only": True}


def test_top_limits_candidates():
    assert len(json.loads(run("АГ", "--json", "--top", 1).stdout)["mentions"][0]["candidates"]) == 1


def test_a_file_is_coded_and_counted(tmp_path):
    source, output = tmp_path / "in.csv", tmp_path / "out.jsonl"
    source.write_text("visit;note\n5;АГ\n6;Здоров\n6;АГ\n", encoding="utf-8")
    result = run("-i", source, "-o", output, "--text-column", "note", "--id-column", "visit")
    assert result.exit_code == 0
    assert result.stdout == ""
    rejected = f"{output}.rejected.jsonl"
    assert result.stderr == f"2 records coded, 1 mention, 1 row rejected (see {rejected}): {output}\n"
    assert [json.loads(line)["id"] for line in output.read_text(encoding="utf-8").splitlines()] == ["5", "6"]


def test_brat_goes_beside_the_texts(tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "1.txt").write_bytes("1. Здоров\r\n2. АГ".encode())
    assert run("--input", folder, "--format", "brat").exit_code == 0
    assert (folder / "1.ann").read_text(encoding="utf-8").startswith("T1\ticd_code 14 16\tАГ\n")


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("--input", "{in}", "АГ"), "a text and an --input"),
        (("--input", "{in}", "--json"), "--json is for texts"),
        (("--input", "{in}"), "no output"),
        (("--input", "{in}", "--output", "{in}"), "can't tell the format"),
        (("--input", "{in}", "--output", "{out}", "--resume", "--overwrite"), "contradict"),
        (("--input", "{in}", "--output", "{out}", "--text-column", "text"), "no columns"),
        (("--input", "nothing.csv", "--output", "{out}"), "nothing.csv: there is no such file"),
        (("АГ", "--output", "{out}"), "--output goes with --input"),
        (("АГ", "--resume"), "--resume goes with --input"),
        (("АГ", "--text-column", "x"), "--text-column goes with --input"),
        (("АГ", "--terminology", "nothing.csv"), "nothing.csv: there is no such file"),
        (("АГ\0",), "NUL"),
    ],
)
def test_mistakes_are_refused_before_the_model_is_loaded(tmp_path, loaded, arguments, words):
    (tmp_path / "in.txt").write_text("АГ\n", encoding="utf-8")
    names = {"in": tmp_path / "in.txt", "out": tmp_path / "out.jsonl"}
    message = refused(*(a.format(**names) for a in arguments))
    assert words in message
    assert "\n" not in message
    assert loaded == []
    assert not (tmp_path / "out.jsonl").exists()


def test_existing_output_is_refused_before_the_model_is_loaded(tmp_path, loaded):
    source, output = tmp_path / "in.txt", tmp_path / "out.csv"
    source.write_text("АГ\n", encoding="utf-8")
    output.write_text("precious", encoding="utf-8")
    assert "--overwrite" in refused("-i", source, "-o", output)
    assert loaded == []
    assert output.read_text(encoding="utf-8") == "precious"
    assert run("-i", source, "-o", output, "--overwrite").exit_code == 0
    assert "I10" in output.read_text(encoding="utf-8")


def test_a_terminal_without_text_gets_a_hint(monkeypatch):
    class Terminal:
        def isatty(self):
            return True

    monkeypatch.setattr("spacy_icd_ru.cli.code.sys.stdin", Terminal())
    from spacy_icd_ru.cli.code import code

    with pytest.raises(InputError, match="nothing to code"):
        code()


def test_an_interrupted_run_says_how_to_go_on(tmp_path, monkeypatch):
    source = tmp_path / "in.txt"
    source.write_text("АГ\n" * 5, encoding="utf-8")

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("spacy_icd_ru.archive.run.code_records", interrupted)
        result = run("-i", source, "-o", tmp_path / "out.jsonl")
    assert result.exit_code == 130
    assert result.stderr == "interrupted: the same command with --resume continues\n"
    assert "--resume" in refused("-i", source, "-o", tmp_path / "out.jsonl")
    assert "another --threshold" in refused(
        "-i", source, "-o", tmp_path / "out.jsonl", "--resume", "--threshold", 0.3
    )
    assert run("-i", source, "-o", tmp_path / "out.jsonl", "--resume").exit_code == 0
    assert len((tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()) == 5
