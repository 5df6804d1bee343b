import pytest
from spacy.training import Example
from spacy.util import registry

from spacy_icd_ru.corpora.docs import record_to_doc, record_to_example
from spacy_icd_ru.corpora.records import Mention, Record
from spacy_icd_ru.evaluation.evaluate import evaluate_pipeline
from spacy_icd_ru.evaluation.metrics import VIEWS, counts, total

NAMES = {"p": "precision", "r": "recall", "f": "f1"}


def test_the_numbers_are_those_of_evaluate(tiny):
    # Another text among them: one that the model can't get all right.
    text = "Киста почки?, хр. цистит"
    records = [*tiny.records, Record("x", text, (Mention(0, 11, text[:11], ("N28.1",)),))]
    report = evaluate_pipeline(tiny.nlp, records, resamples=0)
    scores = tiny.nlp.evaluate([record_to_example(tiny.nlp, record) for record in records])
    for metric in VIEWS:
        for short, name in NAMES.items():
            assert scores[f"diagnoses_{metric}_{short}"] == report.figures[f"{metric}_{name}"].value
    assert 0 < scores["diagnoses_ner_f"] < 1


def test_offsets_finer_than_tokens_are_kept(tiny):
    text = "постгастритный"
    gold = Record("1", text, (Mention(4, 11, text[4:11], ("K29.5",)),))
    whole = Record("1", text, (Mention(0, 14, text, ("K29.5",)),))
    example = Example(record_to_doc(tiny.nlp, whole), record_to_doc(tiny.nlp, gold))
    scores = registry.scorers.get("spacy_icd_ru.diagnosis_scorer.v1")()([example])
    assert [scores[f"diagnoses_{metric}_f"] for metric in ("ner", "linking", "codes")] == [0.0, 0.0, 1.0]


def test_examples_of_one_id_are_different_records(tiny):
    gold = [Record("same", r.text, r.mentions) for r in tiny.records[:4]]
    predicted = [Record("same", r.text, r.mentions[:1]) for r in gold]
    examples = [
        Example(record_to_doc(tiny.nlp, p), record_to_doc(tiny.nlp, g)) for g, p in zip(gold, predicted)
    ]
    scores = registry.scorers.get("spacy_icd_ru.diagnosis_scorer.v1")()(examples)
    rows = sum(counts([g], [p], "linking").sum(axis=0) for g, p in zip(gold, predicted))
    assert scores["diagnoses_linking_r"] == pytest.approx(total(rows[None]).recall) != 1.0


def test_the_recogniser_is_scored_on_mentions_alone(tiny):
    scorer = registry.scorers.get("spacy_icd_ru.recognizer_scorer.v1")()
    example = Example(record_to_doc(tiny.nlp, tiny.records[0]), record_to_doc(tiny.nlp, tiny.records[0]))
    assert scorer([example]) == {"diagnoses_ner_p": 1.0, "diagnoses_ner_r": 1.0, "diagnoses_ner_f": 1.0}
