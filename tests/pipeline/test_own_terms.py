"""A hospital's own names win over what the model says, and only where they stand."""

import json
import pickle

import pytest
import spacy

from spacy_icd_ru import load
from spacy_icd_ru.corpora.records import Mention, Record
from spacy_icd_ru.errors import InputError
from spacy_icd_ru.evaluation.evaluate import evaluate_pipeline
from spacy_icd_ru.loading import from_bytes
from spacy_icd_ru.pipeline.mentions import set_mentions
from spacy_icd_ru.pipeline.own_terms import WHY, OwnTerms
from spacy_icd_ru.terminology.lexicon import LexiconEntry

HEADER = "code\tname\tkind\tnote\n"


def _file(path, *rows):
    path.write_text(HEADER + "".join("\t".join((*row, "", "")[:4]) + "\n" for row in rows), encoding="utf8")
    return path


@pytest.fixture
def own(tmp_path):
    return _file(
        tmp_path / "own.tsv",
        ("J00", "ОРВИ", "abbreviation"),
        ("K29.3", "Хронический гастрит", "synonym"),
        ("Z76.8", "Осмотр группы Б", "synonym"),
        ("R05", "ПВ", "abbreviation"),
    )


@pytest.fixture
def nlp(tiny, own):
    return load(tiny.folder, lexicon=own)


def _coded(doc):
    return [(span.text, span._.icd10["code"]) for span in doc.spans["diagnoses"]]


def test_an_own_name_gets_its_code(tiny, nlp):
    assert load(tiny.folder)("ОРВИ")._.icd10 == ["J06.9"]
    doc = nlp("ОРВИ")
    (span,) = doc.spans["diagnoses"]
    value = span._.icd10
    assert (value["code"], value["score"]) == ("J00", 1.0)
    assert value["candidates"][0]["why"] == WHY
    assert [step["code"] for step in value["path"]] == ["J00-J06", "J00"]
    # What the model would have said stays in sight.
    assert "J06.9" in [candidate["code"] for candidate in value["candidates"][1:]]
    assert [ent.kb_id_ for ent in doc.ents] == ["J00"]


def test_a_name_within_a_mention_replaces_what_the_model_gives_to_the_name_alone(nlp):
    component = nlp.get_pipe("icd_own_terms")
    (term,) = [term for term in component.terms if term.code == "K29.3"]
    assert term.usual == "K29.5"  # so the model has it
    text = "Хронический гастрит, вне обострения. Камни"
    doc = nlp.make_doc(text)
    set_mentions(doc, [(0, 35)], [{"code": "K29.5", "title": "", "score": 0.7, "path": [], "candidates": []}])
    nlp.get_pipe("ru_clinical_normalizer")(doc)
    assert [(s._.icd10["code"], s._.icd10["score"]) for s in component(doc).spans["diagnoses"]] == [
        ("K29.3", 0.7)
    ]
    component.cfg["level"] = "category"
    set_mentions(doc, [(0, 35)], [{"code": "K29", "title": "", "score": 0.7, "path": [], "candidates": []}])
    assert component(doc).spans["diagnoses"][0]._.icd10["candidates"][0]["why"] == WHY
    # The model has read something else in it: that stands.
    set_mentions(doc, [(0, 35)], [{"code": "K80.2", "title": "", "score": 0.7, "path": [], "candidates": []}])
    assert [s._.icd10["code"] for s in component(doc).spans["diagnoses"]] == ["K80.2"]


def test_what_the_words_mean_otherwise_stays(tiny, nlp):
    text = "Поверхностный гастрит. АГ 3 ст. Цистит"
    assert _coded(nlp(text)) == _coded(load(tiny.folder)(text))


def test_a_name_outside_all_mentions_becomes_one(tiny, nlp):
    text = "Жалоб нет, осмотр группы Б."
    assert not load(tiny.folder)(text).spans["diagnoses"]
    doc = nlp(text)
    assert _coded(doc) == [("осмотр группы Б", "Z76.8")]
    assert doc.spans["diagnoses"].attrs["offsets"] == [[11, 26]]


def test_a_short_abbreviation_counts_in_capitals_only(nlp):
    def is_own(text):
        doc = nlp(text)
        return any(span._.icd10["score"] == 1.0 for span in doc.spans["diagnoses"])

    assert is_own("ПВ") and is_own("Кашель, ПВ") and not is_own("пв") and not is_own("Кашель, пв")


def test_of_several_codes_the_model_decides(tiny, tmp_path):
    path = _file(
        tmp_path / "two.tsv",
        ("A00", "Цистит", "synonym", "у моряков"),
        ("N30.9", "Цистит", "synonym", "иначе"),
    )
    assert load(tiny.folder, lexicon=path)("Цистит")._.icd10 == ["N30.9"]


def test_a_later_file_wins(tiny, own, tmp_path):
    later = _file(tmp_path / "later.tsv", ("J06.8", "ОРВИ", "abbreviation"))
    assert load(tiny.folder, lexicon=[own, later])("ОРВИ")._.icd10 == ["J06.8"]
    assert load(tiny.folder, lexicon=[later, own])("ОРВИ")._.icd10 == ["J00"]


def test_levels(tiny, own):
    doc = load(tiny.folder, lexicon=own, level="category")("Хронический гастрит")
    assert doc._.icd10 == ["K29"]
    assert doc.spans["diagnoses"][0]._.icd10["score"] == 1.0
    divided = load(tiny.folder, lexicon=own, codable_only=True)
    assert divided("ОРВИ")._.icd10 == ["J00"]


def test_a_divided_code_is_no_answer_where_only_codable_ones_are(tiny, tmp_path):
    path = _file(tmp_path / "own.tsv", ("K29", "Хронический гастрит", "synonym"))
    assert load(tiny.folder, lexicon=path)("Хронический гастрит")._.icd10 == ["K29"]
    assert load(tiny.folder, lexicon=path, codable_only=True)("Хронический гастрит")._.icd10 == ["K29.5"]


def test_a_lexicon_given_as_terminology_is_one(tiny, own):
    assert load(tiny.folder, terminology=own)("ОРВИ")._.icd10 == ["J00"]


TEXT = "ОРВИ. Осмотр группы Б, хр. гастрит"


def _values(nlp):
    doc = nlp(TEXT)
    return [span._.icd10 for span in doc.spans["diagnoses"]]


def test_round_trips(nlp, tmp_path):
    wanted = _values(nlp)
    nlp.to_disk(tmp_path / "model")
    for again in (
        spacy.load(tmp_path / "model"),
        from_bytes(nlp.to_bytes()),
        pickle.loads(pickle.dumps(nlp)),
    ):
        assert _values(again) == wanted
    first = (tmp_path / "model" / "icd_own_terms" / "terms.json").read_bytes()
    nlp.to_disk(tmp_path / "model")
    assert (tmp_path / "model" / "icd_own_terms" / "terms.json").read_bytes() == first


def test_several_processes(nlp):
    wanted = [_coded(nlp(TEXT))] * 3
    assert [_coded(doc) for doc in nlp.pipe([TEXT] * 3, n_process=2, batch_size=1)] == wanted


def test_within_a_host_pipeline(tiny, own, tmp_path):
    host = spacy.blank("ru")
    host.add_pipe("icd_coder", config={"model": str(tiny.folder), "lexicon": [str(own)]})
    assert host("ОРВИ")._.icd10 == ["J00"]
    host.to_disk(tmp_path / "host")
    own.unlink()
    assert spacy.load(tmp_path / "host")("ОРВИ")._.icd10 == ["J00"]


def test_initialize_reads_files(tiny, own):
    nlp = load(tiny.folder)
    component = nlp.add_pipe("icd_own_terms")
    component.initialize(nlp=nlp, lexicon=str(own))
    assert len(component) == 4 and nlp("ОРВИ")._.icd10 == ["J00"]


def test_nothing_to_say_changes_nothing(tiny):
    nlp = load(tiny.folder)
    before = nlp(TEXT).to_bytes()
    nlp.add_pipe("icd_own_terms")
    assert nlp(TEXT).to_bytes() == before


@pytest.mark.parametrize("damage", ["", "{", "[]", json.dumps({"format": 99, "terms": []})])
def test_a_damaged_file_is_one_line(nlp, tmp_path, damage):
    component = OwnTerms(nlp.vocab)
    (tmp_path / "terms.json").write_text(damage)
    with pytest.raises(InputError) as caught:
        component.from_disk(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_said_before_the_model_is_loaded(tiny):
    with pytest.raises(InputError, match="there is no such file"):
        load(tiny.folder, lexicon="no.tsv")


def test_a_name_does_not_go_on_behind_the_end_of_a_sentence(tiny, tmp_path):
    path = _file(tmp_path / "own.tsv", ("I11.9", "Гипертоническая болезнь сердца", "synonym"))
    nlp = load(tiny.folder, lexicon=path)
    assert "I11.9" in nlp("Гипертоническая болезнь сердца")._.icd10
    for between in (". С", "\nс", " (с"):
        doc = nlp(f"Гипертоническая болезнь{between}ердца тоны")
        assert all(span._.icd10["score"] < 1.0 for span in doc.spans["diagnoses"])


def test_a_name_with_a_comma(tiny, tmp_path):
    path = _file(tmp_path / "own.tsv", ("K29.3", "Хронический гастрит, эрозивный", "synonym"))
    nlp = load(tiny.folder, lexicon=path)
    doc = nlp.make_doc("Хронический гастрит, эрозивный")
    nlp.get_pipe("ru_clinical_normalizer")(doc)
    set_mentions(doc, [(0, 30)], [{"code": "K29.5", "title": "", "score": 0.7, "path": [], "candidates": []}])
    assert nlp.get_pipe("icd_own_terms")(doc).spans["diagnoses"][0]._.icd10["score"] == 1.0


def test_blocks_are_no_parents(tiny, tmp_path):
    nlp = load(tiny.folder)
    nlp.get_pipe("icd_retriever").add_names([("Инфекции дыхательных путей", "J00-J06")])
    component = nlp.add_pipe("icd_own_terms")
    component.add(nlp, [LexiconEntry("J00", "Острый ринофарингит")])
    assert component.terms[0].leaf


def test_given_mentions_stay(tiny, tmp_path):
    path = _file(tmp_path / "own.tsv", ("K29.3", "Хронический гастрит эрозивный", "synonym"))
    record = Record("1", "Хронический гастрит эрозивный", (Mention(12, 19, "гастрит", ("K29.7",)),))
    plain, own = load(tiny.folder), load(tiny.folder, lexicon=path)
    a, b = (evaluate_pipeline(nlp, [record], gold_mentions=True, resamples=0).figures for nlp in (plain, own))
    assert a["accuracy@5"] == b["accuracy@5"]
    assert own.get_pipe("icd_own_terms").finds


def test_a_folder_is_one_lexicon(tiny, tmp_path):
    _file(tmp_path / "J.tsv", ("A00", "Цистит", "synonym", "у моряков"))
    _file(tmp_path / "K.tsv", ("N30.9", "Цистит", "synonym", "иначе"))
    assert load(tiny.folder, lexicon=tmp_path)("Цистит")._.icd10 == ["N30.9"]


def test_rows_that_can_not_be_used_are_said(tiny, tmp_path, caplog):
    path = _file(tmp_path / "own.tsv", ("J00", "Ринит", "synonim"), ("J18.77", "Пневмония", "synonym"))
    load(tiny.folder, lexicon=path)
    assert "row 2: its kind is none of" in caplog.text and "no code in force: J18.77" in caplog.text
