"""The model inside the package, as a user meets it."""

import json

import pytest

import spacy_icd_ru
from spacy_icd_ru.loading import DEFAULT_MODEL

# Plain diagnoses on which medicine and the official index leave no doubt: a floor, not a benchmark.
EXAMPLES = {
    "Хронический тонзиллит": "J35.0",
    "Сахарный диабет 2 типа": "E11",
    "ПИКС": "I25.2",
    "Искривление носовой перегородки": "J34.2",
    "Миопия": "H52.1",
    "Варикоцеле": "I86.1",
    "Фимоз": "N47",
    "Железодефицитная анемия": "D50",
    "Серная пробка": "H61.2",
    "Псориаз": "L40",
    "Аутоиммунный тиреоидит": "E06.3",
    "Мочекаменная болезнь": "N20",
}


@pytest.fixture(scope="module")
def nlp():
    return spacy_icd_ru.load()


@pytest.mark.parametrize("text, code", EXAMPLES.items())
def test_plain_diagnoses(nlp, text, code):
    doc = nlp(text)
    assert [span.text for span in doc.spans["diagnoses"]] == [text]
    assert doc._.icd10[0].startswith(code)


def test_a_field_as_physicians_write_it(nlp):
    doc = nlp("ГБ 2 ст.,риск-3.ИБС:ПИКС(2015).ХСН 2а. СД 2 типа? Аднексит слева")
    found = {span.text: span._.icd10["code"][:3] for span in doc.spans["diagnoses"]}
    assert found["ХСН"] == "I50"
    assert found["Аднексит"] == "N70"
    assert found["ПИКС"] == "I25"
    assert found["СД 2 типа"] == "E11"


@pytest.mark.parametrize(
    "text, code",
    [
        ("ЗНО молочной железы", "C50"),
        ("Рак желудка", "C16"),
        ("Злокачественное новообразование почки", "C64"),
        ("Доброкачественное новообразование молочной железы", "D24"),
    ],
)
def test_neoplasms_by_behaviour(nlp, text, code):
    assert [found[:3] for found in nlp(text)._.icd10] == [code]


def test_the_ladder_leads_to_the_code(nlp):
    doc = nlp("Хронический тонзиллит")
    (mention,) = doc.spans["diagnoses"]
    path = mention._.icd10["path"]
    assert [step["code"] for step in path] == ["J30-J39", "J35", "J35.0"]
    assert all(a["p"] >= b["p"] for a, b in zip(path, path[1:]))
    assert mention._.icd10["candidates"][0]["why"]


def test_words_that_are_no_diagnosis(nlp):
    assert not nlp("").spans["diagnoses"]
    assert not nlp("   \n ").spans["diagnoses"]
    assert nlp("Осмотр проведён, рекомендована консультация").text


def test_every_code_it_can_give_has_a_title(nlp):
    retriever = nlp.get_pipe("icd_retriever")
    untitled = [c for c in retriever.retriever.codes if not retriever.title(c) and "-" not in c]
    assert not untitled


def test_small_safe_and_without_training_text():
    files = [path for path in DEFAULT_MODEL.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 25_000_000
    assert not [
        path
        for path in files
        if path.suffix in (".pkl", ".pickle", ".pt", ".bin") and path.stat().st_size > 1
    ]
    strings = json.loads((DEFAULT_MODEL / "vocab" / "strings.json").read_text(encoding="utf8"))
    assert len(strings) < 300
    retriever = spacy_icd_ru.load().get_pipe("icd_retriever")
    assert not retriever.cfg["memory"]
    assert len(retriever.retriever.memory) == 0


def test_meta_says_where_it_comes_from():
    meta = json.loads((DEFAULT_MODEL / "meta.json").read_text(encoding="utf8"))
    text = json.dumps(meta, ensure_ascii=False)
    assert "2502.21263" in text and "CC BY 4.0" in text
