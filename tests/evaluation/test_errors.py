import pytest

from spacy_icd_ru.corpora.records import Mention, Record
from spacy_icd_ru.evaluation.errors import KINDS, Mistake, error_kinds, mistakes, worst_records
from spacy_icd_ru.evaluation.metrics import counts, total

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
        ((0, 11, "K20.1"), (0, 11, "K20-K31"), "parent for child"),
        ((0, 11, "K20"), (0, 11, "K20-K31"), "parent for child"),
        ((0, 11, "K35.8"), (0, 11, "K20-K31"), "other category"),
        ((0, 11, "I10"), (0, 11, "K20-K31"), "other chapter"),
        ((0, 11, "S72.00"), (0, 11, "S72.0"), "parent for child"),
    ],
)
def test_each_kind(gold, predicted, kind):
    found = error_kinds(_record(*[gold] if gold else []), _record(*[predicted] if predicted else []))
    assert +found == {kind: 1}
    assert kind in KINDS


def test_no_errors():
    gold = _record((0, 11, "K29.5"), (13, 17, "J06.9"))
    assert not +error_kinds(gold, gold)


def test_either_code_of_two_gold_mentions_on_one_place_is_right():
    gold = _record((0, 11, "K29.5"), (0, 11, "I10"))
    assert not error_kinds(gold, _record((0, 11, "K29.5")))
    assert not error_kinds(gold, _record((0, 11, "I10")))
    assert error_kinds(gold, _record((0, 11, "I11"))) == {"other category": 1}


def test_a_gold_mention_without_a_code_is_left_out():
    gold = _record((4, 11, None))
    assert not error_kinds(gold, _record())
    assert error_kinds(gold, _record((4, 11, "K29"))) == {"spurious": 1}


def test_a_mistake_says_where_it_is_and_holds_no_text():
    found = list(mistakes(_record((4, 11, "K29.5"), (13, 17, "J06.9")), _record((4, 11, "K29.3"))))
    assert found == [
        Mistake("1", "sibling", 4, 11, "K29.5", "K29.3"),
        Mistake("1", "missed", 13, 17, "J06.9", None),
    ]
    assert "гастрит" not in repr(found)


def test_wrong_links_and_boundaries_are_the_false_positives_of_the_metrics():
    gold = _record((0, 11, "K29.5"), (13, 17, "J06.9"), (19, 25, "N30.9"))
    predicted = _record((4, 11, "K29.5"), (13, 17, "J06.8"))
    of_predictions = [m for m in mistakes(gold, predicted) if m.kind not in ("missed", "no code")]
    assert len(of_predictions) == total(counts(gold, predicted, "linking")).fp == 2


def test_the_worst_records_by_their_codes():
    def record(id, *codes):
        return Record(
            id,
            "гастрит",
            tuple(Mention(0, i + 1, "гастрит"[: i + 1], (code,)) for i, code in enumerate(codes)),
        )

    gold = [record("a", "K29"), record("b", "K29", "I10"), record("c", "K29"), record("d")]
    found = [record("c", "I10", "I11"), record("a", "K29"), record("b", "K29"), record("d")]
    worst = worst_records(gold, found, 2)
    assert [row["id"] for row in worst] == ["c", "b"]
    assert worst[0] == {"id": "c", "f1": 0.0, "gold": ["K29"], "predicted": ["I10", "I11"]}
    assert worst[1]["f1"] == pytest.approx(2 / 3, abs=1e-3)
    assert "гастрит" not in str(worst) and len(worst_records(gold, found, 9)) == 2
