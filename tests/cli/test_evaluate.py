import json

import pytest
import spacy
from typer.testing import CliRunner

import spacy_icd_ru
from spacy_icd_ru.cli import app
from spacy_icd_ru.corpora.brat import write_brat
from spacy_icd_ru.corpora.docs import record_to_example
from spacy_icd_ru.corpora.records import Mention, Record
from spacy_icd_ru.errors import InputError

TEXTS = {
    "Хронический тонзиллит. Миопия": [(0, 21, "J35.0"), (23, 29, "H52.1")],
    "Псориаз, обострение. Фимоз": [(0, 7, "L40"), (21, 26, "N47")],
    "Варикоцеле слева": [(0, 10, "I86.1")],
}


@pytest.fixture(scope="module")
def records():
    return [
        Record(str(i), text, tuple(Mention(s, e, text[s:e], (code,)) for s, e, code in mentions))
        for i, (text, mentions) in enumerate(TEXTS.items())
    ]


@pytest.fixture
def gold(tmp_path, records):
    write_brat(records, tmp_path / "gold")
    return tmp_path / "gold"


def _run(*args):
    result = CliRunner().invoke(app, ["evaluate", *map(str, args)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_all_metrics_as_json(gold, tmp_path):
    out = tmp_path / "metrics.json"
    printed = json.loads(_run(gold, "--gold-mentions", "--json", "--output", out))
    saved = json.loads(out.read_text(encoding="utf8"))
    assert printed == saved
    assert saved["records"] == 3 and saved["mentions"] == 5
    metrics = ("ner_f1", "linking_f1", "codes_f1", "codes_relaxed_f1", "accuracy@1", "accuracy@5")
    for metric in (*metrics, "recall@30"):
        figure = saved["metrics"][metric]
        assert figure["low"] <= figure["value"] <= figure["high"]
    assert saved["metrics"]["codes_relaxed_f1"]["value"] > 0.5
    assert "evaluate" in saved["command"] or saved["command"]


def test_the_table_names_the_metrics(gold):
    printed = _run(gold)
    assert "ner f1" in printed and "codes f1" in printed


def test_the_spacy_scorer_gives_the_same_numbers(gold, records):
    metrics = json.loads(_run(gold, "--json"))["metrics"]
    nlp = spacy_icd_ru.load()
    scores = nlp.evaluate([record_to_example(nlp, record) for record in records])
    for ours, spacys in (("ner_f1", "ner_f"), ("linking_f1", "linking_f"), ("codes_f1", "codes_f")):
        assert metrics[ours]["value"] == pytest.approx(scores[f"diagnoses_{spacys}"], abs=1e-4)


def test_a_host_pipeline_is_evaluated_through_its_coder(gold, tmp_path):
    host = spacy.blank("en")
    host.add_pipe("icd_coder")
    host.to_disk(tmp_path / "host")
    from spacy_icd_ru.corpora.brat import read_brat
    from spacy_icd_ru.evaluation.evaluate import evaluate_pipeline

    report = evaluate_pipeline(host, read_brat(gold)[0])
    assert report.figures["ner_f1"].value > 0.5


def test_a_pipeline_that_gives_no_codes_is_refused(gold, tmp_path):
    spacy.blank("ru").to_disk(tmp_path / "empty")
    with pytest.raises(ValueError, match="icd_retriever"):
        CliRunner().invoke(
            app, ["evaluate", str(gold), "--model", str(tmp_path / "empty")], catch_exceptions=False
        )


def test_ablation_switches_every_part_off(gold):
    table = json.loads(_run(gold, "--gold-mentions", "--ablation", "--json"))["ablation"]
    assert len(table) >= 10
    assert table["without the lexicon in ranking"]["ner_f1"] == table["everything"]["ner_f1"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["{gold}", "--split", "half"], "there is no split 'half'"),
        (["{gold}", "--split", "dev", "--model", "{none}"], "holds no record"),
        (["{none}"], "none"),
        (["{gold}", "--model", "{none}"], "none"),
        (["{gold}", "--level", "deep"], "no level 'deep'"),
        (["{gold}", "--terminology", "{none}"], "none"),
    ],
)
def test_a_mistake_is_one_line(gold, tmp_path, arguments, message):
    for stem in ("0", "10"):  # leave the split dev without a record
        for path in gold.glob(f"{stem}.*"):
            path.unlink()
    filled = [argument.format(gold=gold, none=tmp_path / "none") for argument in arguments]
    with pytest.raises(InputError, match=message) as caught:
        CliRunner().invoke(app, ["evaluate", *filled], catch_exceptions=False)
    assert "\n" not in str(caught.value)


def test_gold_that_cannot_be_measured_is_said(gold):
    annotations = next(gold.glob("1.ann"))
    with annotations.open("a", encoding="utf8") as file:
        file.write("T9\ticd_code 900 910\tнет такого\n")
    result = CliRunner().invoke(app, ["evaluate", str(gold)], catch_exceptions=False)
    assert "1 things of the gold can't be measured" in result.output and "1.ann" in result.output
    assert "нет такого" not in result.output
