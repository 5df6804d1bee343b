import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.fixture(scope="module")
def nlp():
    config = {"nlp": {"tokenizer": {"@tokenizers": "spacy_icd_ru.ClinicalTokenizer.v1"}}}
    nlp = spacy.blank("ru", config=config)
    nlp.add_pipe("ru_clinical_normalizer")
    return nlp


@pytest.mark.parametrize(
    "text, norm, lemma",
    [
        ("сердечной", "сердечной", "сердечный"),
        ("Жёлчный", "желчный", "желчный"),
        ("Cиндром", "синдром", "синдром"),  # Latin C
        ("cт", "ст", "ст"),  # Latin c
        ("почек", "почек", "почка"),
        ("IIа", "2а", "2а"),
        ("III", "3", "3"),
        ("2A", "2а", "2а"),  # Latin A
        ("HbA", "hba", "hba"),
    ],
)
def test_one_form_of_a_word(nlp, text, norm, lemma):
    token = nlp(text)[0]
    assert (token.norm_, token.lemma_) == (norm, lemma)


def test_a_lone_roman_is_a_number_only_beside_a_stage_word(nlp):
    assert nlp("ХСН I ст")[1].norm_ == "1"
    assert nlp("I-II стадии")[0].norm_ == "1"
    assert nlp("гепатит I")[1].norm_ == "i"


def test_the_spelling_keeps_its_length(nlp):
    for token in nlp("Cиндром Жильберa, ёлочка İstanbul ǅ"):
        if not any(c.isdigit() for c in token.norm_):
            assert len(token.norm_) == len(token.text)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="абвгёАБIVXabc012 .,()-\n", max_size=40))
def test_the_text_is_never_changed(nlp, text):
    doc = nlp(text)
    assert doc.text == text
    for token in doc:
        expansion = token._.expansion
        if expansion is not None:
            assert text[expansion["start"] : expansion["end"]].strip()


def test_batches_and_single_docs_agree(nlp):
    texts = ["ХСН IIа ст.", "", "Хр. гастрит"]
    piped = [[(t.norm_, t.lemma_) for t in doc] for doc in nlp.pipe(texts)]
    assert piped == [[(t.norm_, t.lemma_) for t in nlp(text)] for text in texts]
