import pytest
import spacy
from spacy.tokens import Span

from spacy_icd_ru.pipeline.mentions import reference_offsets, set_codes, set_mentions

TEXT = "Гастрит,обострение. ОРВИ"


def _value(code):
    return {"code": code, "title": "", "score": 1.0, "path": [], "candidates": []}


@pytest.fixture
def doc():
    return spacy.blank("ru")(TEXT)


def test_spans_grow_to_tokens_and_offsets_stay_exact(doc):
    group = set_mentions(doc, [(8, 12), (20, 24)])
    assert [span.text for span in group] == ["обострение", "ОРВИ"] or [s.text for s in group][1] == "ОРВИ"
    assert reference_offsets(doc) == [(8, 12), (20, 24)]


def test_without_spans_the_entities_of_our_label_count(doc):
    doc.ents = [Span(doc, len(doc) - 1, len(doc), label="DIAGNOSIS")]
    assert reference_offsets(doc) == [(20, 24)]


def test_codes_stand_on_spans_and_entities(doc):
    set_mentions(doc, [(20, 24)])
    set_codes(doc, [_value("J06.9")])
    assert doc.spans["diagnoses"][0].kb_id_ == doc.ents[0].kb_id_ == "J06.9"
    assert doc._.icd10 == ["J06.9"]


def test_no_code_leaves_no_old_code_behind(doc):
    set_mentions(doc, [(20, 24)], [_value("J06.9")])
    set_codes(doc, [_value("")])
    assert doc.ents[0].kb_id_ == doc.spans["diagnoses"][0].kb_id_ == "" and doc._.icd10 == []


def test_codes_of_an_earlier_run_go(doc):
    set_mentions(doc, [(0, 7), (20, 24)], [_value("K29.7"), _value("J06.9")])
    set_mentions(doc, [(20, 24)])
    assert doc._.icd10 == []
    assert [span._.icd10 for span in doc.spans["diagnoses"]] == [None]
    assert [(ent.text, ent.kb_id_) for ent in doc.ents] == [("ОРВИ", "")]


def test_the_records_codes_are_unique_and_in_order(doc):
    set_mentions(doc, [(0, 7), (8, 18), (20, 24)], [_value("K29.7"), _value("A00"), _value("A00")])
    assert doc._.icd10 == ["K29.7", "A00"] or len(doc.spans["diagnoses"]) == 3


def test_entities_of_the_host_stay_and_ours_give_way(doc):
    host = Span(doc, len(doc) - 1, len(doc), label="VIRUS", kb_id="Q1", span_id="7")
    doc.ents = [host]
    set_mentions(doc, [(0, 7), (20, 24)], [_value("K29.7"), _value("J06.9")])
    virus = doc.ents[-1]
    assert (virus.label_, virus.kb_id_, virus.id_) == ("VIRUS", "Q1", "7")
    assert [ent.label_ for ent in doc.ents].count("DIAGNOSIS") == 1
    assert doc._.icd10 == ["K29.7", "J06.9"]  # the span is still there


def test_of_overlapping_mentions_the_longest_is_the_entity(doc):
    set_mentions(doc, [(0, 18), (20, 24)])
    set_mentions(doc, [(0, 24), (20, 24)])
    assert [ent.text for ent in doc.ents] == [TEXT]
    assert len(doc.spans["diagnoses"]) == 2
