import pytest

from spacy_icd_ru.corpora.records import Mention, Record
from spacy_icd_ru.evaluation.errors import KINDS, error_kinds

TEXT = "Хр. гастрит. ОРВИ. Цистит"


def _record(*mentions):
    return [Record("1", TEXT, tuple(Mention(s, e, TEXT[s:e], (c,) if c else ()) for s, e, c in mentions))]


@pytest.mark.parametrize(
    "gold, predicted, kind",
    [
        ((4, 11, "K29"), None, "missed"),
        (None, (4, 11, "K29"), "spurious"),
        ((4, 11, "K29"), (0, 11, "K29"), "too long"),
        ((0, 11, "K29"), (4, 11, "K29"), "too short"),
        ((0, 6, "K29"), (4, 11, "K29"), "shifted"),
        ((0, 11, "K29.5"), (0, 11, "K29"), "parent for child"),
        ((0, 11, "K29"), (0, 11, "K29.5"), "child for parent"),
        ((0, 11, "K29.3"), (0, 11, "K29.5"), "sibling"),
        ((0, 11, "K20-K31"), (0, 11, "K29.5"), "gold is a block"),
        ((0, 11, "K29.3"), (0, 11, "K30"), "other category"),
        ((0, 11, "K29.3"), (0, 11, "I10"), "other chapter"),
        ((0, 11, "K29.3"), (0, 11, None), "no code"),
    ],
)
def test_each_kind(gold, predicted, kind):
    found = error_kinds(_record(*[gold] if gold else []), _record(*[predicted] if predicted else []))
    assert +found == {kind: 1}
    assert kind in KINDS


def test_no_errors():
    gold = _record((0, 11, "K29.5"), (13, 17, "J06.9"))
    assert not +error_kinds(gold, gold)
