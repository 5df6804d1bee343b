import pytest

from spacy_icd_ru.pipeline.names import NameReader
from spacy_icd_ru.terminology.abbreviations import AbbreviationSense, load_default_abbreviations


@pytest.fixture(scope="module")
def read():
    return NameReader()


@pytest.mark.parametrize(
    "name, words",
    [
        ("Острого бронхита!", ("острый", "бронхит")),
        ("Cиндром IIа ст", ("синдром", "2а")),
        ("—", ()),
        ("", ()),
    ],
)
def test_words_are_lemmas_without_punctuation(read, name, words):
    assert read(name)[: len(words)] == words
    assert bool(read(name)) == bool(words)


def test_an_abbreviation_keeps_its_letters_and_gains_its_words(read):
    words = read("ОРВИ")
    assert words[0] == "орви" and "респираторный" in words
    assert NameReader(expand_abbreviations=False)("ОРВИ") == ("орви",)


def test_a_name_reads_as_the_pipeline_reads_the_mention(read, tiny):
    from spacy_icd_ru.pipeline.names import words_of

    for text in ["Хр. гастрит", "АГ 2 ст., риск-3", "СД2 типа"]:
        assert read(text) == words_of(tiny.nlp(text))


def test_a_sense_reads_as_the_mention_in_that_sense(read):
    table = load_default_abbreviations()
    for short in ("ХСН", "ПИКС", "ОРВИ", "СД 2"):
        usual = table.choose(short, ())[0]
        assert read.sense(usual) == read(short), short
    other = AbbreviationSense("АГ", "алкогольный гепатит", "K70.1")
    assert read.sense(other)[1:] == ("алкогольный", "гепатит")
