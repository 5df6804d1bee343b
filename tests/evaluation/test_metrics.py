import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_icd_ru.corpora.records import Mention, Record
from spacy_icd_ru.errors import InputError
from spacy_icd_ru.evaluation.metrics import VIEWS, Counts, counts, hits_at_k, total

TEXT = "Хр. гастрит. ОРВИ. Цистит"


def _record(id, *mentions):
    return Record(id, TEXT, tuple(Mention(s, e, TEXT[s:e], tuple(codes)) for s, e, *codes in mentions))


GOLD = [_record("1", (0, 11, "K29.5"), (13, 17, "J06.9")), _record("2", (19, 25, "N30.9"))]


def test_a_perfect_prediction_scores_one():
    for metric in VIEWS:
        assert total(counts(GOLD, GOLD, metric)).f1 == 1.0


def test_each_view_counts_what_it_says():
    predicted = [_record("1", (0, 11, "K29.3"), (13, 17, "J06.9")), _record("2", (20, 25, "N30.9"))]
    expected = {
        "ner": Counts(2, 1, 1),
        "linking": Counts(1, 2, 2),
        "linking_relaxed": Counts(2, 1, 1),
        "codes": Counts(2, 1, 1),
        "codes_relaxed": Counts(3, 0, 0),
    }
    assert {metric: total(counts(GOLD, predicted, metric)) for metric in VIEWS} == expected


def test_a_record_without_prediction_counts_as_missed():
    assert total(counts(GOLD, GOLD[:1], "ner")) == Counts(2, 0, 1)


def test_gold_mentions_without_a_code_are_left_out():
    gold = [_record("1", (0, 11), (13, 17, "J06.9"))]
    assert total(counts(gold, [_record("1", (13, 17, "J06.9"))], "ner")) == Counts(1, 0, 0)


def test_of_several_gold_codes_the_first_counts():
    gold = [_record("1", (0, 11, "K29.3", "K29.5"))]
    assert total(counts(gold, [_record("1", (0, 11, "K29.3"))], "linking")).tp == 1
    assert total(counts(gold, [_record("1", (0, 11, "K29.5"))], "linking")).tp == 0


def test_a_code_twice_in_a_record_counts_once():
    gold = [_record("1", (0, 11, "K29.5"), (13, 17, "K29.5"))]
    assert total(counts(gold, gold, "codes")) == Counts(1, 0, 0)


def test_a_block_counts_as_a_code_and_relaxes_to_its_first_category():
    gold, predicted = [_record("1", (13, 17, "J00-J06"))], [_record("1", (13, 17, "J00"))]
    assert total(counts(gold, predicted, "codes")).tp == 0
    assert total(counts(gold, predicted, "codes_relaxed")).tp == 1


def test_strangers_and_twins_are_refused():
    with pytest.raises(InputError, match="not in the gold"):
        counts(GOLD, [_record("3")], "ner")
    with pytest.raises(InputError, match="twice"):
        counts(GOLD, [GOLD[0], GOLD[0]], "ner")


def test_accuracy_at_k_counts_the_candidates():
    candidates = (("K29.3", 0.5), ("K29.5", 0.3), ("J06.9", 0.1))
    predicted = [Record("1", TEXT, (Mention(0, 11, TEXT[0:11], ("K29.3",), candidates),))]
    assert hits_at_k(GOLD, predicted, 1).sum(axis=0).tolist() == [0, 3]
    assert hits_at_k(GOLD, predicted, 2).sum(axis=0).tolist() == [1, 3]
    assert hits_at_k(GOLD, predicted, 1, relax=True).sum(axis=0).tolist() == [1, 3]


_mention = st.tuples(st.integers(0, 10), st.integers(1, 5), st.sampled_from(["A00", "A00.1", "B01", None]))
_mentions = st.lists(_mention, max_size=5, unique_by=lambda m: (m[0], m[1]))


@given(st.lists(st.tuples(_mentions, _mentions), min_size=1, max_size=4))
def test_counts_are_those_of_a_plain_loop(pairs):
    def make(i, mentions):
        return _record(str(i), *((s, s + n, *([code] if code else [])) for s, n, code in mentions))

    gold = [make(i, g) for i, (g, _) in enumerate(pairs)]
    predicted = [make(i, p) for i, (_, p) in enumerate(pairs)]
    tp = fp = fn = 0
    for g, p in zip(gold, predicted):
        expected = {(m.start, m.end, m.codes[0]) for m in g.mentions if m.codes}
        found = {(m.start, m.end, m.codes[0]) for m in p.mentions if m.codes}
        tp, fp, fn = tp + len(expected & found), fp + len(found - expected), fn + len(expected - found)
    assert total(counts(gold, predicted, "linking")) == Counts(tp, fp, fn)
    assert total(counts(gold[::-1], predicted, "linking")) == Counts(tp, fp, fn)
