"""The whole chain as one component, in pipelines that know nothing of it."""

import json
import pickle
import subprocess
import sys

import pytest
import spacy
from spacy.tokens import Doc, DocBin, Span

from spacy_icd_ru.errors import InputError

TEXTS = [
    "Хронический гастрит, вне обострения.АГ 2 ст.",
    "",
    "Осмотр.",
    "Острая ангина; хронический гастрит",
    " \n",
]


def _host(tiny, lang="ru", **config):
    nlp = spacy.blank(lang)
    nlp.add_pipe("icd_coder", config={"model": str(tiny.folder), **config})
    return nlp


def _plain(doc):
    return [
        (list(offsets), span.kb_id_, span._.icd10)
        for offsets, span in zip(doc.spans["diagnoses"].attrs["offsets"], doc.spans["diagnoses"])
    ]


@pytest.fixture(scope="module")
def host(tiny):
    return _host(tiny)


@pytest.fixture(scope="module")
def expected(tiny):
    return [_plain(tiny.nlp(text)) for text in TEXTS]


@pytest.mark.parametrize("lang", ["ru", "en", "xx"])
def test_any_language_gives_what_the_model_gives(tiny, expected, lang):
    nlp = _host(tiny, lang)
    for text, answers in zip(TEXTS, expected):
        assert _plain(nlp(text)) == answers
    assert expected[0] and expected[3]


def test_another_tokenizer_changes_tokens_only(tiny, expected):
    """Words split at white space: «обострения.АГ» is one token of the host, and the offsets stay exact."""

    class Split:
        def __init__(self, vocab):
            self.vocab = vocab

        def __call__(self, text):
            words = text.split(" ")
            return Doc(self.vocab, words=words, spaces=[True] * (len(words) - 1) + [False])

    nlp = _host(tiny)
    nlp.tokenizer = Split(nlp.vocab)
    doc = nlp(TEXTS[0])
    assert _plain(doc) == expected[0]
    assert doc.spans["diagnoses"][1].text == "обострения.АГ"


def test_a_token_a_character_and_one_token_for_all(tiny, expected):
    nlp = _host(tiny)
    coder = nlp.get_pipe("icd_coder")
    text = TEXTS[0]
    letters = coder(Doc(nlp.vocab, words=list(text), spaces=[False] * len(text)))
    assert _plain(letters) == expected[0]
    one = coder(Doc(nlp.vocab, words=[text], spaces=[False]))
    assert len(one.spans["diagnoses"]) == 1  # spaCy keeps one value an offset pair: the better score
    assert one._.icd10[0] in {code for _, code, _ in expected[0]}


def test_codes_stand_on_doc_spans_and_entities(host):
    doc = host("Острая ангина; хронический гастрит; острая ангина")
    spans = list(doc.spans["diagnoses"])
    assert len(spans) == 3 and {span.label_ for span in spans} == {"DIAGNOSIS"}
    codes = [span._.icd10["code"] for span in spans]
    assert doc._.icd10 == list(dict.fromkeys(code for code in codes if code))
    assert codes[0] == codes[2] and len(doc._.icd10) == 2
    assert [(ent.text, ent.kb_id_) for ent in doc.ents] == [(s.text, c) for s, c in zip(spans, codes)]
    assert json.loads(json.dumps([span._.icd10 for span in spans])) == [span._.icd10 for span in spans]


@pytest.mark.parametrize("first", ["before", "after"])
def test_the_hosts_entities_stay(tiny, first):
    nlp = spacy.blank("ru")
    if first == "before":
        nlp.add_pipe("icd_coder", config={"model": str(tiny.folder)})
    # An entity_ruler adds to what stands there, and gives way to it.
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns(
        [
            {"label": "COURSE", "pattern": "обострения", "id": "acute"},
            {"label": "SIDE", "pattern": [{"LOWER": "острая"}]},
        ]
    )
    if first == "after":
        nlp.add_pipe("icd_coder", config={"model": str(tiny.folder)})
    doc = nlp("Хронический гастрит, вне обострения. Острая ангина")
    labels = {(ent.text, ent.label_, ent.id_) for ent in doc.ents}
    assert ("обострения", "COURSE", "acute") in labels
    assert ("Хронический гастрит", "DIAGNOSIS", "") in labels
    assert len(doc.spans["diagnoses"]) == 2
    if first == "after":
        assert ("Острая", "SIDE", "") in labels and ("Острая ангина", "DIAGNOSIS", "") not in labels


def test_tokens_of_the_host_are_left_alone(tiny):
    nlp = spacy.blank("ru")
    nlp.add_pipe("sentencizer")
    text = "Хр. гастрит. ОРВИ"
    before = [(t.text, t.norm_, t.lemma_, t.is_sent_start) for t in nlp(text)]
    nlp.add_pipe("icd_coder", config={"model": str(tiny.folder)})
    assert [(t.text, t.norm_, t.lemma_, t.is_sent_start) for t in nlp(text)] == before


def test_batches_and_contexts(host, expected):
    for batch_size in (1, 2, 50):
        assert [_plain(doc) for doc in host.pipe(TEXTS, batch_size=batch_size)] == expected
    pairs = list(host.pipe([(text, i) for i, text in enumerate(TEXTS)], as_tuples=True))
    assert [i for _, i in pairs] == list(range(len(TEXTS)))


def test_running_twice_overwrites(host, expected):
    doc = host(TEXTS[0])
    keys = sorted(map(str, doc.user_data))
    again = host.get_pipe("icd_coder")(doc)
    assert _plain(again) == expected[0] and sorted(map(str, again.user_data)) == keys
    assert len(again.ents) == len(expected[0])


def test_settings_reach_the_model_inside(tiny, tmp_path):
    path = tmp_path / "own.tsv"
    path.write_text("code\tname\tkind\tnote\nA00\tХолера\tpreferred\t\n", encoding="utf-8")
    nlp = _host(tiny, level="category", threshold=0.0, terminology=str(path))
    assert all(len(code) == 3 for code in nlp(TEXTS[0])._.icd10)
    assert nlp.get_pipe("icd_coder").coder_nlp.get_pipe("icd_retriever").title("A00") == "Холера"
    text = "Бронхиальная астма"
    assert _host(tiny)(text)._.icd10 == ["J45"]
    assert _host(tiny, codable_only=True)(text)._.icd10 == ["J45.0"]


def test_saved_hosts_answer_the_same(host, expected, tmp_path):
    host.to_disk(tmp_path / "host")
    (tmp_path / "host").rename(tmp_path / "moved")
    loaded = spacy.load(tmp_path / "moved")
    assert [_plain(doc) for doc in loaded.pipe(TEXTS)] == expected
    restored = spacy.util.load_model_from_config(host.config).from_bytes(host.to_bytes())
    assert [_plain(doc) for doc in restored.pipe(TEXTS)] == expected


def test_a_saved_host_needs_the_first_model_no_more(tiny, expected, tmp_path):
    import shutil

    shutil.copytree(tiny.folder, tmp_path / "model")
    nlp = spacy.blank("en")
    nlp.add_pipe(
        "icd_coder", config={"model": str(tmp_path / "model"), "threshold": 0.0, "level": "category"}
    )
    answers = [_plain(doc) for doc in nlp.pipe(TEXTS)]
    nlp.to_disk(tmp_path / "host")
    shutil.rmtree(tmp_path / "model")
    assert [_plain(doc) for doc in spacy.load(tmp_path / "host").pipe(TEXTS)] == answers


def test_the_component_alone_round_trips(host, expected, tmp_path):
    coder = host.get_pipe("icd_coder")
    coder.to_disk(tmp_path / "coder")
    other = spacy.blank("ru")
    other.add_pipe("icd_coder", config={"model": "there_is_no_such_model"})
    other.get_pipe("icd_coder").from_disk(tmp_path / "coder")
    assert _plain(other(TEXTS[0])) == expected[0]
    other.get_pipe("icd_coder").from_bytes(coder.to_bytes())
    assert _plain(other(TEXTS[0])) == expected[0]


def test_a_docbin_keeps_everything(host, expected):
    docbin = DocBin(store_user_data=True, docs=host.pipe(TEXTS))
    back = DocBin().from_bytes(docbin.to_bytes()).get_docs(spacy.blank("en").vocab)
    assert json.dumps([_plain(doc) for doc in back]) == json.dumps(expected)


@pytest.mark.parametrize("used", [False, True])
def test_it_can_be_pickled(tiny, expected, used):
    nlp = _host(tiny)
    if used:
        nlp(TEXTS[0])
    assert _plain(pickle.loads(pickle.dumps(nlp))(TEXTS[0])) == expected[0]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_two_processes_give_what_one_gives(tiny, expected, tmp_path, method):
    script = tmp_path / "run.py"
    script.write_text(_SCRIPT, encoding="utf-8")
    arguments = json.dumps({"method": method, "model": str(tiny.folder), "texts": TEXTS})
    done = subprocess.run(
        [sys.executable, str(script), arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout) == json.loads(
        json.dumps([[e[1:] for e in answers] for answers in expected])
    )


_SCRIPT = """
import json, multiprocessing, sys

import spacy

if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    multiprocessing.set_start_method(given["method"])
    nlp = spacy.blank("en")
    nlp.add_pipe("icd_coder", config={"model": given["model"]})
    nlp("ОРВИ")
    docs = nlp.pipe(given["texts"], n_process=2, batch_size=2)
    print(json.dumps([[(s.kb_id_, s._.icd10) for s in doc.spans["diagnoses"]] for doc in docs]))
"""


def test_a_host_can_be_initialised(tiny):
    nlp = _host(tiny)
    nlp.initialize()
    assert nlp(TEXTS[0])._.icd10


def test_adding_it_loads_nothing():
    nlp = spacy.blank("ru")
    nlp.add_pipe("icd_coder", config={"model": "there_is_no_such_model"})
    assert nlp.get_pipe("icd_coder")._coder_nlp is None
    with pytest.raises(InputError, match="there_is_no_such_model"):
        nlp.initialize()


def test_errors_never_hold_the_text(tiny):
    secret = "Иванов: острая ангина"
    for config in ({"model": "there_is_no_such_model"}, {"level": "exact"}, {"threshold": 7.0}):
        nlp = spacy.blank("ru")
        nlp.add_pipe("icd_coder", config={"model": str(tiny.folder), **config})
        for run in (lambda nlp=nlp: nlp(secret), lambda nlp=nlp: list(nlp.pipe([secret]))):
            with pytest.raises(InputError) as caught:
                run()
            assert "Иванов" not in str(caught.value) and "\n" not in str(caught.value)


def test_a_text_that_the_host_takes_is_not_too_long_inside(host):
    text = "Осмотр" + " " * 1_000_000  # over spaCy's usual million characters
    doc = Doc(host.vocab, words=[text], spaces=[False])
    assert host.get_pipe("icd_coder")(doc)._.icd10 == []


def test_another_components_diagnoses_are_replaced(host):
    doc = host.make_doc("Острая ангина")
    doc.spans["diagnoses"] = [Span(doc, 0, 1, label="DIAGNOSIS")]
    doc.ents = [Span(doc, 0, 1, label="DIAGNOSIS")]
    host.get_pipe("icd_coder")(doc)
    assert [span.text for span in doc.spans["diagnoses"]] == ["Острая ангина"] == [e.text for e in doc.ents]
