import json

import numpy as np
import pytest
import spacy

from spacy_icd_ru.corpora.docs import record_to_example
from spacy_icd_ru.pipeline.mentions import set_mentions

TEXT = "Хронический гастрит, вне обострения. Сахарный диабет 2 типа; острая ангина. Щщщ астма"


@pytest.fixture
def reranker(fresh):
    return fresh.get_pipe("icd_reranker")


def _answers(nlp, text=TEXT):
    doc = nlp(text)
    return [span._.icd10 for span in doc.spans["diagnoses"]]


def test_the_answer_is_plain_and_whole(fresh):
    answers = _answers(fresh)
    assert len(answers) >= 3
    for answer in answers:
        assert list(answer) == ["code", "title", "score", "path", "candidates"]
        assert json.loads(json.dumps(answer)) == answer
        assert 0.0 <= answer["score"] <= 1.0
        assert answer["candidates"][0]["score"] == answer["score"]
        if answer["code"]:
            assert answer["code"] == answer["candidates"][0]["code"] == answer["path"][-1]["code"]
            p = [step["p"] for step in answer["path"]]
            assert p == sorted(p, reverse=True)


def test_candidates_are_as_many_as_asked_for(fresh, reranker):
    reranker.cfg["top_k"] = 2
    assert {len(answer["candidates"]) for answer in _answers(fresh)} == {2}


def test_under_the_threshold_there_are_candidates_but_no_code(fresh, reranker):
    before = _answers(fresh)
    reranker.threshold = 1.0
    doc = fresh(TEXT)
    for old, span in zip(before, doc.spans["diagnoses"]):
        if old["score"] < 1.0:
            assert (span._.icd10["code"], span._.icd10["title"], span._.icd10["path"]) == ("", "", [])
            assert span._.icd10["candidates"] == old["candidates"] and span.kb_id_ == ""
    reranker.threshold = 0.0
    assert all(answer["code"] for answer in _answers(fresh))


def test_the_level_may_change_at_any_time(fresh, reranker):
    reranker.threshold = 0.0
    reranker.level = "category"
    assert all(len(code) == 3 for code in fresh(TEXT)._.icd10)
    reranker.level = "most_specific"
    assert any(len(code) > 3 for code in fresh(TEXT)._.icd10)


def test_codable_only_gives_no_category_that_has_subcategories(fresh, reranker):
    reranker.threshold = 0.0
    reranker.cfg["codable_only"] = True
    codes = fresh(TEXT + ". Сахарный диабет. Бронхиальная астма")._.icd10
    assert codes and not {"E11", "J45"} & set(codes)


def test_a_block_may_be_a_candidate_but_no_answer(fresh, reranker):
    reranker.threshold = 0.0
    retriever = fresh.get_pipe("icd_retriever")
    retriever.add_names([("Хронический гастрит", "K20-K31"), ("Острая ангина", "J00-J06")])
    for answer in _answers(fresh):
        assert "-" not in answer["code"]


@pytest.mark.parametrize("level, threshold", [("exact", 0.5), ("category", -0.1), ("category", 1.1)])
def test_settings_are_checked(reranker, level, threshold):
    config = {"level": level, "threshold": threshold}
    nlp = spacy.blank("ru")
    nlp.add_pipe("icd_retriever")
    with pytest.raises(ValueError, match="level|threshold"):
        reranker.level = level
        reranker.threshold = threshold
    if level == "exact":
        with pytest.raises(ValueError, match="level"):
            nlp.add_pipe("icd_reranker", config=config)


@pytest.mark.parametrize("threshold", [-1.0, 2.0])
def test_a_threshold_of_the_config_is_checked(threshold):
    nlp = spacy.blank("ru")
    nlp.add_pipe("icd_retriever")
    with pytest.raises(ValueError, match="threshold"):
        nlp.add_pipe("icd_reranker", config={"threshold": threshold})


def test_without_a_retriever_it_says_what_to_do():
    with pytest.raises(ValueError, match="add_pipe\\('icd_retriever'\\)"):
        spacy.blank("ru").add_pipe("icd_reranker")


# Learning


def test_updates_lower_the_loss_and_leave_the_statistics(tiny):
    nlp = spacy.blank(
        "ru", config={"nlp": {"tokenizer": {"@tokenizers": "spacy_icd_ru.ClinicalTokenizer.v1"}}}
    )
    nlp.add_pipe("icd_retriever", config={"n_bits": 12, "top_n": 8})
    reranker = nlp.add_pipe("icd_reranker", config={"n_folds": 3})
    examples = [record_to_example(nlp, record) for record in tiny.records]
    nlp.config["initialize"]["components"]["icd_retriever"] = {"lexicon": str(tiny.lexicon)}
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.01
    mean = reranker.model.layers[0].get_param("mean").copy()
    assert mean.any()
    losses = []
    for _ in range(15):
        losses.append(nlp.update(examples, sgd=optimizer, losses={})["icd_reranker"])
    assert losses[-1] < 0.7 * losses[0]
    assert np.array_equal(reranker.model.layers[0].get_param("mean"), mean)


def test_a_record_that_initialize_did_not_see_teaches_nothing(fresh, reranker, tiny):
    examples = [record_to_example(fresh, tiny.records[0])]
    assert reranker.update(examples, sgd=None) == {"icd_reranker": 0.0}


def test_a_component_restored_elsewhere_answers_the_same(fresh, tiny):
    """The table of codes follows the retriever that stands there now."""
    other = spacy.load(tiny.folder)
    expected = _answers(fresh)
    other.get_pipe("icd_retriever").add_names([("Холера", "A00")])
    _answers(other)
    for name in ("icd_retriever", "icd_reranker"):
        other.get_pipe(name).from_bytes(fresh.get_pipe(name).to_bytes())
    assert _answers(other) == expected


def test_without_training_it_says_so():
    nlp = spacy.blank("ru")
    retriever, reranker = nlp.add_pipe("icd_retriever"), nlp.add_pipe("icd_reranker")
    doc = nlp.make_doc("Хронический гастрит")
    set_mentions(doc, [(0, 19)])
    with pytest.raises(ValueError, match="initialize"):
        reranker(retriever(doc))
