import io
import json

import pytest
from rich.console import Console

from spacy_icd_ru.errors import InputError
from spacy_icd_ru.evaluation.calibration import Bin
from spacy_icd_ru.evaluation.report import EvaluationReport, Figure, compare


@pytest.fixture
def report():
    return EvaluationReport(
        records=12,
        mentions=30,
        figures={"ner_f1": Figure(0.75, 0.7, 0.8), "calibration_error_adaptive": Figure(0.05)},
        errors={"missed": 3, "sibling": 7},
        reliability=[Bin(0.8, 0.9, 5, 0.85, 0.8)],
        ablation={"everything": {"ner_f1": 0.75}},
        meta={"model": "ru_test-0.1", "command": "spacy-icd-ru evaluate gold"},
    )


def _print(table):
    console = Console(width=160, file=io.StringIO())
    console.print(table)
    return console.file.getvalue()


def test_what_was_saved_is_read_back(report, tmp_path):
    report.save(tmp_path / "metrics.json")
    again = EvaluationReport.load(tmp_path / "metrics.json")
    assert again.to_dict() == report.to_dict()
    assert again.figures["ner_f1"] == Figure(0.75, 0.7, 0.8)
    assert again.reliability == report.reliability and again.meta["model"] == "ru_test-0.1"
    assert [path.name for path in tmp_path.iterdir()] == ["metrics.json"]


def test_the_report_is_plain_json_without_what_was_not_measured(report):
    data = json.loads(json.dumps(report.to_dict()))
    assert data["metrics"] == {
        "ner_f1": {"value": 0.75, "low": 0.7, "high": 0.8},
        "calibration_error_adaptive": {"value": 0.05},
    }
    assert not {"ablation", "reliability"} & EvaluationReport(1, 1, {}).to_dict().keys()


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"records": 1, "mentions": 1, "metrics": {"a": {"worth": 1}}}']
)
def test_what_is_no_report_is_refused(content, tmp_path):
    path = tmp_path / "metrics.json"
    path.write_text(content, encoding="utf8")
    with pytest.raises(InputError, match="metrics.json: no report"):
        EvaluationReport.load(path)


def test_a_missing_report_is_refused(tmp_path):
    with pytest.raises(InputError, match="can't be read"):
        EvaluationReport.load(tmp_path / "none.json")


def test_the_tables_say_all_and_the_commonest_error_first(report):
    metrics, errors, scores, parts = map(_print, report.tables())
    assert "0.750  [0.700, 0.800]" in metrics and "12 records, 30 coded mentions" in metrics
    assert errors.index("sibling") < errors.index("missed")
    assert "0.80 – 0.90" in scores and "everything" in parts


def test_two_reports_side_by_side(report):
    other = EvaluationReport(12, 30, {"ner_f1": Figure(0.5), "accuracy@1": Figure(0.6)})
    printed = _print(compare({"shipped": report, "trained": other}))
    lines = {line.split("│")[1].strip(): line for line in printed.splitlines() if line.count("│") > 2}
    assert "0.750  [0.700, 0.800]" in lines["ner f1"] and "0.500" in lines["ner f1"]
    assert "–" in lines["accuracy@1"] and "0.600" in lines["accuracy@1"]
    assert "shipped" in printed and "trained" in printed
