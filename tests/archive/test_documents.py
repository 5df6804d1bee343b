"""From a Doc to the dictionary that the output files hold."""

from __future__ import annotations

import json

import pytest
from spacy.tokens import Doc, SpanGroup

from spacy_icd_ru.archive.documents import doc_to_json


def test_a_coded_document(nlp):
    coded = doc_to_json(nlp("АГ 2ст, гастрит; аг"), "7")
    assert coded["id"] == "7"
    assert coded["codes"] == ["I10", "K29.7"]
    assert [(m["start"], m["end"], m["text"], m["code"]) for m in coded["mentions"]] == [
        (0, 2, "АГ", "I10"),
        (8, 15, "гастрит", "K29.7"),
        (17, 19, "аг", "I10"),
    ]
    assert coded["mentions"][1] == {
        "start": 8,
        "end": 15,
        "text": "гастрит",
        "code": "K29.7",
        "title": "Гастрит неуточнённый",
        "score": 0.9124,
        "candidates": [
            {"code": "K29.7", "title": "Гастрит неуточнённый", "score": 0.9124, "why": "name"},
            {"code": "R69", "title": "Неуточнённая болезнь", "score": 0.05, "why": "name"},
        ],
    }
    assert json.loads(json.dumps(coded)) == coded


def test_offsets_are_those_of_the_characters_not_of_the_tokens(nlp):
    doc = Doc(nlp.vocab, words=["АГ,гастрит", "давно"])
    coded = doc_to_json(nlp.get_pipe("archive_test_diagnoses")(doc), "1")
    assert [(m["start"], m["end"], m["text"]) for m in coded["mentions"]] == [
        (0, 2, "АГ"),
        (3, 10, "гастрит"),
    ]


def test_mentions_stand_in_order_of_the_text(nlp):
    doc = nlp("АГ, гастрит, ОРВИ")
    group = doc.spans["diagnoses"]
    order = [2, 0, 1]
    doc.spans["diagnoses"] = SpanGroup(
        doc,
        name="diagnoses",
        spans=[group[i] for i in order],
        attrs={"offsets": [group.attrs["offsets"][i] for i in order]},
    )
    assert [m["text"] for m in doc_to_json(doc, "1")["mentions"]] == ["АГ", "гастрит", "ОРВИ"]


def test_a_group_without_matching_offsets_falls_back_on_its_tokens(nlp):
    doc = nlp("АГ, гастрит")
    doc.spans["diagnoses"].attrs["offsets"] = [[0, 2]]
    assert [m["text"] for m in doc_to_json(doc, "1")["mentions"]] == ["АГ", "гастрит"]


@pytest.mark.parametrize("top_k", [0, 1, 2, 9])
def test_top_k_limits_candidates(nlp, top_k):
    mention = doc_to_json(nlp("АГ"), "1", top_k)["mentions"][0]
    assert len(mention["candidates"]) == min(top_k, 2)
    assert mention["code"] == "I10"


def test_under_the_threshold_there_is_no_code(nlp):
    coded = doc_to_json(nlp("АГ"), "1", threshold=0.92)
    assert coded["codes"] == []
    assert (coded["mentions"][0]["code"], coded["mentions"][0]["title"]) == ("", "")
    assert len(coded["mentions"][0]["candidates"]) == 2
    assert doc_to_json(nlp("АГ"), "1", threshold=0.91)["codes"] == ["I10"]


def test_a_mention_that_nobody_coded_has_the_code_of_its_span(nlp):
    doc = nlp("АГ")
    doc.spans["diagnoses"][0]._.icd10 = None
    mention = doc_to_json(doc, "1")["mentions"][0]
    assert (mention["code"], mention["score"], mention["candidates"]) == ("I10", None, [])


def test_a_document_without_diagnoses(nlp):
    assert doc_to_json(nlp("Здоров"), "1") == {"id": "1", "codes": [], "mentions": []}
    assert doc_to_json(nlp.make_doc(""), "1")["mentions"] == []
