from dataclasses import replace

import numpy as np
import pytest
import spacy
from spacy.language import Language

from spacy_icd_ru.corpora.docs import record_to_doc
from spacy_icd_ru.corpora.records import Mention, Record
from spacy_icd_ru.errors import InputError
from spacy_icd_ru.evaluation.evaluate import coding_chain, compare_pipelines, evaluate_pipeline
from spacy_icd_ru.evaluation.metrics import VIEWS


def _values(report):
    return {name: figure.value for name, figure in report.figures.items()}


def test_every_figure_has_an_interval_around_it(tiny):
    report = evaluate_pipeline(tiny.nlp, tiny.records, gold_mentions=True)
    assert {f"{metric}_f1" for metric in VIEWS} < report.figures.keys()
    # The bootstrap of a calibration error lies high: its noise adds to the distance, never to its opposite.
    odd = {"calibration_error", "calibration_error_adaptive"}
    for name, figure in report.figures.items():
        assert name in odd or figure.low <= figure.value <= figure.high, name
    assert report.records == len(tiny.records)
    assert report.mentions == sum(len(record.mentions) for record in tiny.records)
    assert report.figures["accuracy@1"].value <= report.figures["accuracy@5"].value
    assert report.figures["accuracy@5"].value <= report.figures["accuracy@5_relaxed"].value


def test_linking_is_what_the_components_say_of_the_given_mentions(tiny):
    mentions = firsts = fives = 0
    for record in tiny.records:
        doc = record_to_doc(tiny.nlp, record)
        for name, component in tiny.nlp.pipeline:
            if name != "diagnosis_recognizer":
                doc = component(doc)
        for mention, span in zip(record.mentions, doc.spans["diagnoses"]):
            codes = [candidate["code"] for candidate in span._.icd10["candidates"]]
            mentions += 1
            firsts += mention.code in codes[:1]
            fives += mention.code in codes[:5]
    figures = evaluate_pipeline(tiny.nlp, tiny.records, gold_mentions=True, resamples=0).figures
    assert figures["accuracy@1"].value == firsts / mentions
    assert figures["accuracy@5"].value == fives / mentions
    assert 0 < firsts < mentions


def test_the_order_of_records_and_the_batches_change_nothing(tiny):
    report = evaluate_pipeline(tiny.nlp, tiny.records, gold_mentions=True, resamples=0)
    other = evaluate_pipeline(tiny.nlp, tiny.records[::-1], gold_mentions=True, batch_size=3, resamples=0)
    assert _values(other) == pytest.approx(_values(report))
    assert other.errors == report.errors


def test_without_resamples_there_are_no_intervals(tiny):
    report = evaluate_pipeline(tiny.nlp, tiny.records, resamples=0)
    assert all(figure.low is None for figure in report.figures.values())


def test_codes_of_given_mentions_are_not_given(fresh):
    # Nothing codes here: a code that shows can only be the gold one.
    fresh.remove_pipe("icd_reranker")
    fresh.remove_pipe("icd_retriever")
    record = Record("1", "Хронический гастрит", (Mention(0, 19, "Хронический гастрит", ("K29.5",)),))
    figures = evaluate_pipeline(fresh, [record], gold_mentions=True).figures
    assert figures["accuracy@1"].value == figures["accuracy@5_relaxed"].value == 0.0
    assert "recall@30" not in figures


def test_what_the_gold_says_of_codes_changes_no_prediction(tiny, monkeypatch):
    from spacy_icd_ru.evaluation import evaluate

    seen = []
    run = evaluate.predictions

    def watched(*args, **kwargs):
        seen.append(run(*args, **kwargs))
        return seen[-1]

    monkeypatch.setattr(evaluate, "predictions", watched)
    evaluate_pipeline(tiny.nlp, tiny.records, gold_mentions=True, resamples=0)
    wrong = [
        replace(r, mentions=tuple(replace(m, codes=("Z99.9",)) for m in r.mentions)) for r in tiny.records
    ]
    evaluate_pipeline(tiny.nlp, wrong, gold_mentions=True, resamples=0)
    assert len(seen) == 6 and seen[:3] == seen[3:]


def test_a_record_that_an_error_handler_drops_counts_as_missed(fresh):
    @Language.component("stumbles_over_cystitis")
    def stumble(doc):
        if "истит" in doc.text:
            raise ValueError("stumbled")
        return doc

    gold = [
        Record("1", "Острый цистит", (Mention(0, 13, "Острый цистит", ("N30.9",)),)),
        Record("2", "Хронический гастрит", (Mention(0, 19, "Хронический гастрит", ("K29.5",)),)),
    ]
    alone = evaluate_pipeline(fresh, gold[1:], gold_mentions=True, resamples=0)
    fresh.add_pipe("stumbles_over_cystitis", first=True)
    fresh.set_error_handler(lambda *args: None)
    report = evaluate_pipeline(fresh, gold, gold_mentions=True, resamples=0)
    # The other record keeps its own prediction: what is dropped shifts nothing.
    assert report.figures["accuracy@1"].value == alone.figures["accuracy@1"].value / 2
    assert report.errors["missed"] == alone.errors.get("missed", 0) + 1


def test_progress_counts_to_the_end(tiny):
    calls = []
    evaluate_pipeline(
        tiny.nlp, tiny.records, gold_mentions=True, resamples=0, progress=lambda *at: calls.append(at)
    )
    n = 2 * len(tiny.records)
    assert calls[-1] == (n, n) and [done for done, _ in calls] == list(range(1, n + 1))


def test_a_host_is_evaluated_through_the_chain_inside(tiny):
    host = spacy.blank("en")
    host.add_pipe("icd_coder", config={"model": str(tiny.folder)})
    assert coding_chain(host).pipe_names == tiny.nlp.pipe_names
    inside, alone = (
        evaluate_pipeline(nlp, tiny.records, gold_mentions=True, resamples=0) for nlp in (host, tiny.nlp)
    )
    assert _values(inside) == _values(alone)


def test_what_cannot_be_measured_is_refused_before_the_model_runs(tiny):
    with pytest.raises(InputError, match="no gold record"):
        evaluate_pipeline(tiny.nlp, [])
    with pytest.raises(InputError, match="twice"):
        evaluate_pipeline(tiny.nlp, [tiny.records[0]] * 2, progress=lambda *at: pytest.fail("the model ran"))
    with pytest.raises(InputError, match="no diagnosis_recognizer"):
        evaluate_pipeline(spacy.blank("ru"), tiny.records)


def test_recall_is_of_the_retriever_whatever_the_reranker_keeps(fresh, records):
    whole = evaluate_pipeline(fresh, records, gold_mentions=True, resamples=0).figures
    fresh.get_pipe("icd_reranker").cfg["top_k"] = 1
    cut = evaluate_pipeline(fresh, records, gold_mentions=True, resamples=0).figures
    assert cut["accuracy@5"].value == cut["accuracy@1"].value < whole["accuracy@5"].value
    assert cut["recall@30"].value == whole["recall@30"].value > cut["accuracy@5"].value


def test_coverage_is_of_all_coded_mentions_those_without_an_answer_too():
    from spacy_icd_ru.evaluation.evaluate import _coverage

    text = "Хронический гастрит, цистит, кашель"
    spans = [(0, 19, ("K29.5",)), (21, 27, ("N30.9",)), (29, 35, ())]
    gold = [Record("1", text, tuple(Mention(s, e, text[s:e], codes) for s, e, codes in spans))]
    # One of the two coded mentions has an answer, a right one; the third is in no metric.
    figure = _coverage(gold, np.array([0]), np.array([0.9]), np.array([True]), 10)
    assert (figure.value, figure.low, figure.high) == (0.5, 0.5, 0.5)


def test_two_pipelines_on_the_same_records(tiny):
    same = compare_pipelines(tiny.nlp, tiny.nlp, tiny.records, resamples=50)
    assert same["codes_f1"]["value"] == same["codes_f1"]["against"] > 0
    assert same["codes_f1"]["share_better"] == 0.0
    strict = spacy.load(tiny.folder)
    strict.get_pipe("icd_reranker").threshold = 1.0
    found = compare_pipelines(tiny.nlp, strict, tiny.records, resamples=50)
    assert found["codes_f1"]["value"] == same["codes_f1"]["value"] > found["codes_f1"]["against"]
    assert found["codes_f1"]["share_better"] == 1.0 and found["ner_f1"]["share_better"] == 0.0
