"""A pipeline that needs no model: it finds a few words, exactly and fast, and keeps to the Doc convention."""

from __future__ import annotations

import re

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import SpanGroup

import spacy_icd_ru.pipeline.extensions  # noqa: F401

KNOWN = {
    "гастрит": ("K29.7", "Гастрит неуточнённый"),
    "аг": ("I10", "Первичная гипертензия"),
    "орви": ("J06.9", "Острая инфекция верхних дыхательных путей"),
}
#: The pipeline fails on a text with this word.
POISON = "отрава"


@Language.component("archive_test_diagnoses")
def find_known_words(doc):
    if POISON in doc.text:
        raise RuntimeError(doc.text)
    spans, offsets = [], []
    for found in re.finditer(r"[а-яА-Я]+", doc.text):
        if found[0].lower() in KNOWN:
            code, title = KNOWN[found[0].lower()]
            span = doc.char_span(*found.span(), label="DIAGNOSIS", kb_id=code, alignment_mode="expand")
            candidates = [(code, title, 0.91239), ("R69", "Неуточнённая болезнь", 0.05)]
            span._.icd10 = {
                "code": code,
                "title": title,
                "score": 0.91239,
                "path": [],
                "candidates": [dict(zip(("code", "title", "score"), c), why="name") for c in candidates],
            }
            spans.append(span)
            offsets.append(list(found.span()))
    doc.spans["diagnoses"] = SpanGroup(doc, name="diagnoses", spans=spans, attrs={"offsets": offsets})
    return doc


@pytest.fixture(scope="session")
def nlp():
    pipeline = spacy.blank("ru")
    pipeline.add_pipe("archive_test_diagnoses")
    return pipeline
