import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_icd_ru.recognition.gazetteer import MAX_TOKENS, Gazetteer

_NAMES = [("гастрит",), ("хронический", "гастрит"), ("киста", "правый", "яичник")]


def _words(text: str) -> list[str]:
    return ["" if word == "," else word for word in text.split()]


@pytest.mark.parametrize(
    "text, tags",
    [
        ("гастрит", "U"),
        ("хронический гастрит", "B L"),
        ("гастрит хронический", "B L"),
        ("острый гастрит", "- U"),
        ("киста правый яичник , гастрит", "B I L - U"),
        ("киста , правый яичник", "B I I L"),
        ("киста левый яичник", "- - -"),
        ("", ""),
    ],
)
def test_longest_names_are_marked(text, tags):
    assert Gazetteer.from_names(_NAMES).tags(_words(text)) == tags.split()


def test_a_gazetteer_of_hashes_is_the_same():
    made = Gazetteer.from_names(_NAMES)
    again = Gazetteer(made.hashes)
    assert again.tags(_words("хронический гастрит")) == made.tags(_words("хронический гастрит")) == ["B", "L"]


def test_names_too_long_to_be_matched_are_left_out():
    assert len(Gazetteer.from_names([("слово",) * (MAX_TOKENS + 1), ()]).hashes) == 0


@given(st.lists(st.sampled_from(["киста", "гастрит", "правый", "яичник", "хронический", ""]), max_size=15))
def test_tags_are_well_formed(words):
    tags = Gazetteer.from_names(_NAMES).tags(words)
    assert len(tags) == len(words)
    text = "".join(tags)
    for tag, before in zip(text, "-" + text):
        assert (before in "BI") == (tag in "IL")
    assert not text.endswith(("B", "I"))
