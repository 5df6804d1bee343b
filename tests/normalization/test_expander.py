import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_icd_ru.normalization.abbreviations import AbbreviationExpander
from spacy_icd_ru.normalization.morphology import lemma
from spacy_icd_ru.normalization.spelling import normal_spelling
from spacy_icd_ru.normalization.tokens import build_clinical_tokenizer
from spacy_icd_ru.terminology.abbreviations import AbbreviationSense, AbbreviationTable

_TABLE = AbbreviationTable(
    [
        AbbreviationSense("ГБ", "гипертоническая болезнь", "I10", default=True),
        AbbreviationSense("ГЭРБ", "гастроэзофагеальная рефлюксная болезнь", "K21", default=True),
        AbbreviationSense("хр.", "хронический", default=True),
        AbbreviationSense("ул.", "улица", default=True),
        AbbreviationSense("ТК", "толстая кишка", default=True),
        AbbreviationSense("НА", "нормальный анализ", default=True),
        AbbreviationSense("АГ", "артериальная гипертензия", "I10", default=True),
        AbbreviationSense("МКБ", "мочекаменная болезнь", "N20", ("почк",), default=True),
        AbbreviationSense("МКБ", "международная классификация болезней", "", ("код",)),
        AbbreviationSense("СД 2", "сахарный диабет 2 типа", "E11", default=True),
        AbbreviationSense("СД", "сахарный диабет", "E14", default=True),
        AbbreviationSense("КАК", "киста аппендикса", default=True),  # spelt like a word
    ]
)


@pytest.fixture(scope="module")
def tokenizer():
    return build_clinical_tokenizer(spacy.blank("ru").vocab)


@pytest.fixture(scope="module")
def expand(tokenizer):
    expander = AbbreviationExpander(_TABLE, tokenizer)

    def run(text):
        doc = tokenizer(text)
        for token in doc:
            token.norm_ = normal_spelling(token.text)
            token.lemma_ = lemma(token.norm_)
        return [(text[e["start"] : e["end"]], e["text"]) for _, e in expander(doc)]

    return run


@pytest.mark.parametrize(
    "text, found",
    [
        ("ГБ 2 ст", [("ГБ", "гипертоническая болезнь")]),
        ("гэрб", [("гэрб", "гастроэзофагеальная рефлюксная болезнь")]),  # no word of Russian
        ("гб", [("гб", "гипертоническая болезнь")]),  # in a dictionary, as gigabytes, but no word
        ("ГБ, CД 2", [("ГБ", "гипертоническая болезнь"), ("CД 2", "сахарный диабет 2 типа")]),
        ("сАХАРНЫЙ CД", [("CД", "сахарный диабет")]),
        ("как обычно", []),  # a word of Russian in small letters
        ("КАК", [("КАК", "киста аппендикса")]),
        ("хр. гастрит", [("хр.", "хронический")]),
        ("хр гастрит", [("хр", "хронический")]),  # no one can take it for a word
        ("гастрит, 2 хр", []),  # behind a number it may be a unit
        ("ул гастрит", []),  # two letters need their dot
        ("ул. гастрит", [("ул.", "улица")]),
        ("г.б. 2 ст", [("г.б", "гипертоническая болезнь")]),
        ("Г. Б., С.Д", [("Г. Б", "гипертоническая болезнь"), ("С.Д", "сахарный диабет")]),
        ("и т.к. отёк", []),  # «так как»
        ("аг 2", [("аг", "артериальная гипертензия")]),
        ("на ногах", []),
        ("аг-ца, 2/аг, аг. 2", []),  # pieces of words
        ("АГ. 2", [("АГ", "артериальная гипертензия")]),
        ("т.к", []),  # no disease
        ("СД 2 типа", [("СД 2", "сахарный диабет 2 типа")]),  # the longest
        ("СД, хр. цистит", [("СД", "сахарный диабет"), ("хр.", "хронический")]),
        ("CД", [("CД", "сахарный диабет")]),  # Latin C
        ("", []),
    ],
)
def test_what_is_found(expand, text, found):
    assert expand(text) == found


def test_the_record_chooses_the_sense(expand):
    assert expand("МКБ, камни почки") == [("МКБ", "мочекаменная болезнь")]
    assert expand("код по МКБ") == [("МКБ", "международная классификация болезней")]


def test_codes_of_other_abbreviations_choose_too(tokenizer):
    table = AbbreviationTable(
        [
            AbbreviationSense("ХП", "хронический панкреатит", "K86.1", ("K8",), default=True),
            AbbreviationSense("ХП", "хронический простатит", "N41.1", ("N4",)),
            AbbreviationSense("ДГПЖ", "гиперплазия простаты", "N40"),
        ]
    )
    expander = AbbreviationExpander(table, tokenizer)
    assert [e["code"] for _, e in expander(tokenizer("ХП"))] == ["K86.1"]
    doc = tokenizer("ХП, ДГПЖ")
    for token in doc:
        token.norm_ = normal_spelling(token.text)
    assert [e["code"] for _, e in expander(doc)] == ["N41.1", "N40"]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(["ГБ", "хр", ".", " ", "\n", "СД", "2", "как", ",", "МКБ"]), max_size=14).map(
        "".join
    )
)
def test_expansions_stand_in_order_and_never_overlap(tokenizer, text):
    doc = tokenizer(text)
    for token in doc:
        token.norm_ = token.lemma_ = normal_spelling(token.text)
    previous = 0
    for first, expansion in AbbreviationExpander(_TABLE, tokenizer)(doc):
        assert previous <= expansion["start"] < expansion["end"] <= len(text)
        assert doc[first].idx == expansion["start"]
        assert text[expansion["start"] : expansion["end"]].strip()
        previous = expansion["end"]
