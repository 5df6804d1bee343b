import json
from collections import Counter

import numpy as np
import pytest
import spacy

from spacy_icd_ru.corpora.docs import record_to_example
from spacy_icd_ru.errors import InputError
from spacy_icd_ru.pipeline.mentions import set_mentions
from spacy_icd_ru.terminology.abbreviations import AbbreviationSense
from spacy_icd_ru.terminology.lexicon import read_lexicon

TEXT = "Хронический гастрит. Бронхиальная астма?"


def _answers(nlp, text=TEXT):
    doc = nlp(text)
    return [span._.icd10 for span in doc.spans["diagnoses"]]


@pytest.fixture
def retriever(fresh):
    return fresh.get_pipe("icd_retriever")


@pytest.fixture
def without_reranker(fresh):
    fresh.disable_pipe("icd_reranker")
    return fresh


def test_alone_it_gives_the_best_candidate(without_reranker):
    doc = without_reranker(TEXT)
    answers = [span._.icd10 for span in doc.spans["diagnoses"]]
    assert [answer["code"] for answer in answers] == ["K29.5", "J45"]
    assert [ent.kb_id_ for ent in doc.ents] == ["K29.5", "J45"] == doc._.icd10
    for answer in answers:
        scores = [candidate["score"] for candidate in answer["candidates"]]
        assert scores == sorted(scores, reverse=True) and answer["path"] == []
        assert answer["candidates"][0]["title"] == answer["title"] != ""
        assert "лексикон" in answer["candidates"][0]["why"]
        assert json.loads(json.dumps(answer)) == answer


def test_names_added_later_are_found_and_titled(without_reranker, retriever):
    retriever.add_names([("Саркоидоз лёгких", "D86.0")])
    without_reranker.get_pipe("diagnosis_recognizer").cfg["threshold"] = 1.0  # the mention is set below
    doc = without_reranker("Саркоидоз легких")
    set_mentions(doc, [(0, 16)])
    (answer,) = [span._.icd10 for span in retriever(doc).spans["diagnoses"]]
    assert (answer["code"], answer["title"]) == ("D86.0", "Саркоидоз лёгких")


def test_a_new_code_does_not_shift_the_answers_of_a_doc_at_hand(fresh, retriever):
    doc = fresh(TEXT)
    before = doc._.icd10
    retriever.add_names([("Холера", "A00")])  # now every id of a code is another
    fresh.get_pipe("icd_reranker")(doc)
    assert doc._.icd10 == before


def test_moved_mentions_are_looked_up_anew(fresh):
    doc = fresh(TEXT)
    set_mentions(doc, [(21, 39), (0, 19)])
    fresh.get_pipe("icd_reranker")(doc)
    assert [span._.icd10["code"][:3] for span in doc.spans["diagnoses"]] == ["J45", "K29"]


def test_a_terminology_adds_official_titles(retriever, tmp_path):
    path = tmp_path / "directory.yaml"
    path.write_text("A00: Холера\nJ45.0: Астма с преобладанием аллергического компонента\n", encoding="utf-8")
    assert retriever.add_terminology(path) == 2
    assert retriever.title("A00") == "Холера"
    assert retriever.title("J45.0").startswith("Астма с преобладанием")
    assert len(retriever.retriever.dictionary) == 2


def test_names_are_added_without_training(retriever):
    n = len(retriever.retriever.lexicon)
    retriever.add_names([("Холера", "A00"), ("Холерный понос", "A00")])
    assert len(retriever.retriever.lexicon) == n + 2
    assert retriever.title("A00") == "Холера"


def test_coded_senses_are_names(tiny):
    senses = [
        AbbreviationSense("ЩФ", "щелевидная фиксация", "K29.7"),
        AbbreviationSense("ЩФ", "щелочная фосфатаза"),
    ]
    nlp = spacy.blank("ru")
    plain = nlp.add_pipe("icd_retriever", config={"n_bits": 12, "memory": False})
    plain.learn(read_lexicon(tiny.lexicon)[0])
    n = len(plain.retriever.lexicon)
    plain.learn(read_lexicon(tiny.lexicon)[0], senses=senses)
    assert len(plain.retriever.lexicon) == n + 1


def test_saving_twice_writes_the_same_bytes(retriever, tmp_path):
    retriever.to_disk(tmp_path / "a")
    retriever.to_disk(tmp_path / "b")
    for name in ("codes.json", "evidence.npz"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert retriever.to_bytes() == retriever.to_bytes()


def test_no_word_of_a_record_is_saved_without_a_memory(tiny, tmp_path):
    nlp = spacy.blank(
        "ru", config={"nlp": {"tokenizer": {"@tokenizers": "spacy_icd_ru.ClinicalTokenizer.v1"}}}
    )
    retriever = nlp.add_pipe("icd_retriever", config={"n_bits": 12, "memory": False})
    examples = [record_to_example(nlp, record) for record in tiny.records]
    retriever.initialize(lambda: examples, lexicon=tiny.lexicon)
    retriever.to_disk(tmp_path / "r")
    with np.load(tmp_path / "r" / "evidence.npz", allow_pickle=False) as arrays:
        assert not arrays["memory.codes"].size and not arrays["memory.data"].size
        assert all(array.dtype.kind in "iuf" for array in arrays.values())
    written = (tmp_path / "r" / "codes.json").read_text(encoding="utf8")
    assert "пыльца" not in written.lower() and "Хр. " not in written


def test_cross_fitting_hides_the_record_itself(tiny):
    """A mention of one record only can't be found in the memory of its own fold."""
    nlp = spacy.blank(
        "ru", config={"nlp": {"tokenizer": {"@tokenizers": "spacy_icd_ru.ClinicalTokenizer.v1"}}}
    )
    retriever = nlp.add_pipe("icd_retriever", config={"n_bits": 12})
    examples = [record_to_example(nlp, record) for record in tiny.records[:22]]  # each field once
    retriever.initialize(lambda: examples, lexicon=tiny.lexicon)
    trained = retriever.retriever
    folds = list(retriever.cross_fit(examples, 4))
    assert retriever.retriever is trained
    assert sum(len(of_fold) for _, of_fold in folds) == sum(
        1 for record in tiny.records[:22] if record.mentions
    )
    exact = 5
    for fold, of_fold in folds:
        assert fold.codes == trained.codes
        own = Counter(code for _, _, codes in of_fold for code in codes)
        # Its counts of codes know nothing of the fold's own labels.
        assert [p + own[code] for p, code in zip(fold.prior, fold.codes)] == trained.prior.tolist()
        for example, evidence, codes in of_fold:
            assert len(codes) == len(evidence.words) == len(evidence.candidates.ids)
            if "Поверхностный гастрит" in example.reference.text:
                assert not evidence.candidates.channels[..., exact].any()


def test_a_loaded_retriever_refuses_to_be_cross_fitted(tiny, retriever, fresh):
    """Its names are vectors by now: folds without them would teach the reranker nonsense."""
    examples = [record_to_example(fresh, record) for record in tiny.records[:4]]
    with pytest.raises(InputError, match="Initialise it together"):
        list(retriever.cross_fit(examples, 2))


def test_no_candidate_at_all(fresh):
    """Only names, no mention learnt, and a mention of unknown words."""
    retriever = fresh.get_pipe("icd_retriever")
    retriever.retriever.classifier = None
    retriever.retriever.context = None
    doc = fresh.get_pipe("ru_clinical_normalizer")(fresh.make_doc("zq"))
    set_mentions(doc, [(0, 2)])
    for name in ("icd_retriever", "icd_reranker"):
        fresh.get_pipe(name)(doc)
        assert doc.spans["diagnoses"][0]._.icd10 == {
            "code": "", "title": "", "score": 0.0, "path": [], "candidates": [],
        }  # fmt: skip


@pytest.mark.parametrize("config", [{"top_n": 0}, {"n_bits": 3}])
def test_settings_are_checked(config):
    with pytest.raises(ValueError, match=next(iter(config))):
        spacy.blank("ru").add_pipe("icd_retriever", config=config)
