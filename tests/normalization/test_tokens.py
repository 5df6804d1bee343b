import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from spacy_icd_ru.normalization.tokens import build_clinical_tokenizer

_tokenizer = build_clinical_tokenizer(spacy.blank("ru").vocab)


@pytest.mark.parametrize(
    "text, tokens",
    [
        ("АГ 2 ст.,риск-2-3,ХСН-0", "АГ 2 ст . , риск - 2 - 3 , ХСН - 0"),
        ("12мм", "12 мм"),
        ("выздОстрый ринит", "вызд Острый ринит"),
        ("ОРВИОстрый ринит", "ОРВИ Острый ринит"),
        ("L5-S1, Th12", "L5 - S1 , Th12"),
        ("1-2ст", "1 - 2 ст"),
        ("ХСН2а", "ХСН 2а"),
        ("IIст. Iст", "II ст . I ст"),
        ("стII", "ст II"),
        ("Xронический", "Xронический"),  # Latin X: a slip of the keyboard, no numeral
        (".Гастрит", ". Гастрит"),
        ("(ПИКС(2015))", "( ПИКС ( 2015 ) )"),
        ("HbA1c", "HbA1 c"),
    ],
)
def test_glued_words_part(text, tokens):
    assert [token.text for token in _tokenizer(text)] == tokens.split()


@given(st.text(alphabet="абвАБВёIXVabc0129 .,;:()-+/?\n\t\r«»°%", max_size=60) | st.text(max_size=60))
def test_the_text_is_never_changed(text):
    doc = _tokenizer(text)
    assert doc.text == text
    assert all(text[token.idx : token.idx + len(token)] == token.text for token in doc)
