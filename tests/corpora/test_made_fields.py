import random

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.training import Example
from spacy.util import registry

from spacy_icd_ru.corpora.made_fields import FieldMaker, create_made_fields_augmenter

NAMES = ("Острый цистит", "Киста м.т.", "ОРВИ")
SHORT = ("ХСН", "ПИКС")


@given(st.integers(), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_mentions_are_what_was_written(seed, share, slips, squeezed):
    record = FieldMaker(NAMES, SHORT, share, slips, squeezed)(random.Random(seed))
    assert 1 <= len(record.mentions) <= 5
    assert record.text == record.text.strip() and (slips or ".." not in record.text)
    end = 0
    for mention in record.mentions:
        assert mention.start >= end and record.text[mention.start : mention.end] == mention.text
        assert not mention.codes
        assert slips or mention.text in NAMES + SHORT
        end = mention.end


def test_the_share_of_abbreviations():
    def short(share):
        rng = random.Random(0)
        made = [FieldMaker(NAMES, SHORT, share)(rng) for _ in range(200)]
        mentions = [mention.text in SHORT for record in made for mention in record.mentions]
        return sum(mentions) / len(mentions)

    assert short(0.0) == 0.0 and short(1.0) == 1.0
    assert 0.2 < short(0.3) < 0.4


def test_squeezed_fields_have_no_blank_after_a_mark():
    def made(squeezed):
        rng = random.Random(0)
        maker = FieldMaker((*NAMES, "Артрит, др. формы"), SHORT, 0.5, squeezed=squeezed)
        return [maker(rng).text for _ in range(100)]

    loose = ("ст. ", "., ", ", ", ": ")
    assert sum(any(mark in text for mark in loose) for text in made(0.0)) > 50
    assert not any(mark in text for mark in loose for text in made(1.0))
    assert any("Артрит,др.формы" in text for text in made(1.0))


def test_slips_change_two_letters_of_long_names_only():
    rng = random.Random(0)
    words = {m.text for _ in range(300) for m in FieldMaker(NAMES, slips=1.0)(rng).mentions}
    assert "ОРВИ" in words and "Острый цистит" not in words
    assert {"".join(sorted(word)) for word in words} == {"".join(sorted(name)) for name in NAMES}


def _augmented(level: float, seed: int = 0) -> list[Example]:
    nlp = spacy.blank("ru")
    augment = registry.resolve(
        {
            "augmenter": {
                "@augmenters": "spacy_icd_ru.made_fields.v1",
                "level": level,
                "abbreviations": 0.3,
                "squeezed": 0.4,
            }
        }
    )["augmenter"]
    random.seed(seed)
    real = Example(nlp.make_doc("Мигрень"), nlp.make_doc("Мигрень"))
    return [example for _ in range(100) for example in augment(nlp, real)]


def test_real_records_stay_and_made_ones_stand_between():
    texts = [example.reference.text for example in _augmented(0.2)]
    assert texts.count("Мигрень") == 100
    assert 10 < len(texts) - 100 < 35
    assert texts == [example.reference.text for example in _augmented(0.2)]
    assert texts != [example.reference.text for example in _augmented(0.2, seed=1)]


def test_no_made_record_at_level_0():
    assert len(_augmented(0.0)) == 100


def test_made_mentions_are_diseases_without_codes():
    made = [example.reference for example in _augmented(1.0) if example.reference.text != "Мигрень"]
    assert len(made) >= 99
    for doc in made:
        assert doc.spans["diagnoses"] and not any(span.kb_id_ for span in doc.spans["diagnoses"])
    words = {span.text for doc in made for span in doc.spans["diagnoses"]}
    assert not words & {"НР", "Нр", "ФК", "АК"}


@pytest.mark.parametrize("shares", [(-0.1, 0.3, 0.4), (1.1, 0.3, 0.4), (0.2, 2.0, 0.4), (0.2, 0.3, -1.0)])
def test_shares_are_checked(shares):
    with pytest.raises(ValueError, match="between 0 and 1"):
        create_made_fields_augmenter(*shares)


def test_abbreviations_in_small_letters():
    rng = random.Random(0)
    words = {m.text for _ in range(100) for m in FieldMaker(NAMES, SHORT, 1.0, small=1.0)(rng).mentions}
    assert words == {"хсн", "х.с.н", "пикс", "п.и.к.с"}
