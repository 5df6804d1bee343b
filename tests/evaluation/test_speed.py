"""The mechanics of the benchmark; its figures are for people, not for tests."""

import json

import pytest
from typer.testing import CliRunner

from spacy_icd_ru.cli import app
from spacy_icd_ru.errors import InputError
from spacy_icd_ru.evaluation.speed import measure
from spacy_icd_ru.evaluation.speed_texts import make_texts


def test_made_texts_are_the_same_every_time_and_differ_among_themselves():
    texts = make_texts(200)
    assert texts == make_texts(200)
    assert texts != make_texts(200, seed=1)
    assert len(set(texts)) > 190


def test_every_figure_is_there():
    seen = []
    figures = measure(
        texts=make_texts(12), name_steps=(0, 5), progress=lambda done, of: seen.append((done, of))
    )
    assert figures["load"]["seconds"] > 0 and figures["load"]["resident_mb"] > 10
    assert figures["throughput"]["records"] == 12
    assert figures["throughput"]["records_per_second_warm"] > 0
    assert figures["latency"]["p50_ms"] <= figures["latency"]["p99_ms"]
    assert sum(figures["components"].values()) == pytest.approx(1.0, abs=0.01)
    assert [row["added_names"] for row in figures["growth_with_names"]] == [0, 5]
    assert figures["machine"]["cores"] >= 1
    assert seen[-1][0] == seen[-1][1] == len(seen)


def test_a_model_that_is_not_there_gives_one_line():
    with pytest.raises(InputError) as error:
        measure("no_such_model", texts=["Цистит"], name_steps=())
    assert "no_such_model" in str(error.value) and "\n" not in str(error.value)


def test_the_command_reads_records_and_writes_json(tmp_path, monkeypatch):
    asked = {}

    def fake(model, **options):
        asked.update(options, model=model)
        return {"machine": {"cpu": "x"}, "load": {"seconds": 1.0}, "throughput": {}, "latency": {}, "components": {},
                "growth_with_records": [], "growth_with_names": []}  # fmt: skip

    monkeypatch.setattr("spacy_icd_ru.evaluation.speed.measure", fake)
    (tmp_path / "records.txt").write_text("Цистит\nОРВИ\n", encoding="utf8")
    out = tmp_path / "speed.json"
    result = CliRunner().invoke(
        app,
        ["benchmark", "--input", str(tmp_path / "records.txt"), "--output", str(out)],
        catch_exceptions=False,
    )
    assert result.exit_code == 0, result.output
    assert asked["texts"] == ["Цистит", "ОРВИ"]
    assert json.loads(out.read_text(encoding="utf8"))["load"] == {"seconds": 1.0}
