"""The whole chain: trained as `spacy train` does it, saved, run in batches and in other processes."""

import json
import subprocess
import sys

import pytest
import spacy
from spacy.tokens import Doc, DocBin
from spacy.training import Corpus
from spacy.training.initialize import init_nlp
from spacy.util import load_model_from_config

from spacy_icd_ru.evaluation.evaluate import evaluate_pipeline

TEXTS = [
    "Хронический гастрит, вне обострения. АГ 2 ст.",
    "",
    "Сахарный диабет 2 типа; острая ангина (ОРВИ)?",
    "Жалоб нет.",
    "  \n",
    "1) Остеохондроз поясничного отдела 2) камень левой почки",
]


def _plain(doc):
    """All that the pipeline says of a record."""
    group = doc.spans["diagnoses"]
    return {
        "spans": [(s.start, s.end, s.label_, s.kb_id_, s._.icd10) for s in group],
        "offsets": [list(o) for o in group.attrs["offsets"]],
        "ents": [(e.start, e.end, e.label_, e.kb_id_) for e in doc.ents],
        "codes": doc._.icd10,
        "words": [(t.norm_, t.lemma_, t._.expansion) for t in doc],
    }


@pytest.fixture(scope="module")
def expected(tiny):
    return [_plain(tiny.nlp(text)) for text in TEXTS]


def test_it_learns(tiny, expected):
    assert expected[0]["codes"] and expected[2]["codes"]
    scores = json.loads((tiny.folder / "meta.json").read_text())["performance"]
    assert scores["diagnoses_ner_f"] > 0.9
    assert scores["diagnoses_codes_f"] > 0.2


def test_the_scores_are_those_of_evaluate(tiny, fresh):
    """`spacy evaluate` and `spacy-icd-ru evaluate` give the same numbers."""
    fresh.get_pipe("icd_reranker").threshold = 0.8  # some mentions without a code, so that the metrics differ
    scores = fresh.evaluate(list(Corpus(tiny.corpus)(fresh)))
    report = evaluate_pipeline(fresh, tiny.records)
    for metric in ("ner", "linking", "linking_relaxed", "codes", "codes_relaxed"):
        assert scores[f"diagnoses_{metric}_f"] == report.figures[f"{metric}_f1"].value
        assert scores[f"diagnoses_{metric}_p"] == report.figures[f"{metric}_precision"].value
        assert scores[f"diagnoses_{metric}_r"] == report.figures[f"{metric}_recall"].value
    assert 0.0 < scores["diagnoses_linking_f"] < scores["diagnoses_ner_f"]


def test_training_twice_gives_the_same_model(tiny):
    config = spacy.util.load_config(tiny.folder / "config.cfg")
    outputs = []
    for _ in range(2):
        nlp = init_nlp(config, use_gpu=-1)
        examples = list(Corpus(tiny.corpus)(nlp))
        optimizer = _optimizer(nlp)
        for start in range(0, len(examples), 8):
            nlp.update(examples[start : start + 8], sgd=optimizer, annotates=["ru_clinical_normalizer"])
        outputs.append([nlp.get_pipe(name).to_bytes() for name in nlp.pipe_names[1:]])
    assert outputs[0] == outputs[1]


def _optimizer(nlp):
    return spacy.util.registry.resolve(nlp.config.interpolate()["training"])["optimizer"]


def test_batches_give_what_single_texts_give(tiny, expected):
    for batch_size in (1, 2, 100):
        assert [_plain(doc) for doc in tiny.nlp.pipe(TEXTS, batch_size=batch_size)] == expected


def test_running_twice_on_a_doc_changes_nothing(tiny, expected):
    for text, first in zip(TEXTS, expected):
        doc = tiny.nlp(text)
        keys = sorted(map(str, doc.user_data))
        again = tiny.nlp(doc)
        assert _plain(again) == first
        assert sorted(map(str, again.user_data)) == keys


def test_a_folder_and_bytes_keep_every_answer(tiny, expected, tmp_path):
    tiny.nlp.to_disk(tmp_path / "saved")
    assert [_plain(doc) for doc in spacy.load(tmp_path / "saved").pipe(TEXTS)] == expected
    restored = load_model_from_config(tiny.nlp.config).from_bytes(tiny.nlp.to_bytes())
    assert [_plain(doc) for doc in restored.pipe(TEXTS)] == expected
    spacy.load(tmp_path / "saved").to_disk(tmp_path / "again")
    for path in sorted((tmp_path / "saved").rglob("*")):
        if path.is_file() and path.parent.name != "vocab":
            assert (
                path.read_bytes() == (tmp_path / "again" / path.relative_to(tmp_path / "saved")).read_bytes()
            )


def test_a_model_folder_holds_no_pickle(tiny):
    kinds = {path.suffix for path in tiny.folder.rglob("*") if path.is_file()}
    assert kinds <= {".cfg", ".json", ".npz", ".bin", ""}
    for path in tiny.folder.rglob("*"):
        assert not (path.is_file() and path.read_bytes()[:2] == b"\x80\x04"), path


def test_a_docbin_keeps_codes_and_offsets(tiny, expected):
    docbin = DocBin(store_user_data=True, docs=tiny.nlp.pipe(TEXTS))
    back = DocBin().from_bytes(docbin.to_bytes()).get_docs(spacy.blank("ru").vocab)
    restored = [_plain(doc) for doc in back]
    for one, other in zip(restored, expected):
        assert json.dumps(one) == json.dumps(other)  # tuples come back as lists


def test_doc_bytes_and_json_keep_codes(tiny):
    doc = tiny.nlp(TEXTS[0])
    restored = Doc(tiny.nlp.vocab).from_bytes(doc.to_bytes())
    assert restored._.icd10 == doc._.icd10
    data = json.loads(json.dumps(doc.to_json(underscore=["icd10"])))
    assert data["_"]["icd10"] == doc._.icd10
    assert [span["kb_id"] for span in data["spans"]["diagnoses"]] == [
        s.kb_id_ for s in doc.spans["diagnoses"]
    ]


def test_a_component_can_be_left_out(tiny):
    with tiny.nlp.select_pipes(disable=["icd_retriever", "icd_reranker"]):
        doc = tiny.nlp(TEXTS[0])
        assert doc.spans["diagnoses"] and doc._.icd10 == []
    with tiny.nlp.select_pipes(disable=["diagnosis_recognizer"]):
        assert tiny.nlp(TEXTS[0])._.icd10 == []


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_two_processes_give_what_one_gives(tiny, expected, tmp_path, method):
    script = tmp_path / "run.py"
    script.write_text(_SCRIPT, encoding="utf-8")
    arguments = json.dumps({"method": method, "model": str(tiny.folder), "texts": TEXTS})
    done = subprocess.run(
        [sys.executable, str(script), arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout) == json.loads(json.dumps([e["spans"] for e in expected]))


_SCRIPT = """
import json, multiprocessing, sys

import spacy

if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    multiprocessing.set_start_method(given["method"])
    nlp = spacy.load(given["model"])
    nlp("ОРВИ")  # warm: what a used pipeline holds must travel too
    docs = nlp.pipe(given["texts"], n_process=2, batch_size=2)
    print(json.dumps([
        [(s.start, s.end, s.label_, s.kb_id_, s._.icd10) for s in doc.spans["diagnoses"]] for doc in docs
    ]))
"""
