import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_icd_ru.corpora.records import Mention, Record
from spacy_icd_ru.errors import InputError
from spacy_icd_ru.evaluation.metrics import VIEWS, Counts, counts, hits_at_k, linking_accuracy, total

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


_records = st.lists(st.tuples(_mentions, _mentions), min_size=1, max_size=4)


def _make(i, mentions):
    return _record(str(i), *((s, s + n, *([code] if code else [])) for s, n, code in mentions))


def _brute_force(gold, predicted, metric):
    """The definitions of the design, written out: no sets of tuples, no arrays."""
    tp = fp = fn = 0
    for g, p in zip(gold, predicted):
        sides = []
        for record, coded_only in ((g, True), (p, metric != "ner")):
            items = []
            for m in record.mentions:
                if not m.codes and coded_only:
                    continue
                code = sorted(m.codes)[0] if m.codes else None
                if "relaxed" in metric and code:
                    code = code[0:3]
                item = [m.start, m.end] if metric == "ner" else [m.start, m.end, code]
                item = [code] if metric.startswith("codes") else item
                if item not in items:
                    items.append(item)
            sides.append(items)
        tp += sum(item in sides[0] for item in sides[1])
        fp += sum(item not in sides[0] for item in sides[1])
        fn += sum(item not in sides[1] for item in sides[0])
    return Counts(tp, fp, fn)


@pytest.mark.parametrize("metric", VIEWS)
@given(pairs=_records)
def test_every_metric_is_that_of_brute_force(metric, pairs):
    gold = [_make(i, g) for i, (g, _) in enumerate(pairs)]
    predicted = [_make(i, p) for i, (_, p) in enumerate(pairs)]
    assert total(counts(gold, predicted, metric)) == _brute_force(gold, predicted, metric)


@given(pairs=_records, random=st.randoms(use_true_random=False))
def test_the_order_of_records_and_mentions_changes_nothing(pairs, random):
    gold = [_make(i, g) for i, (g, _) in enumerate(pairs)]
    predicted = [_make(i, p) for i, (_, p) in enumerate(pairs)]

    def shuffled(records):
        mixed = [Record(r.id, r.text, tuple(random.sample(r.mentions, len(r.mentions)))) for r in records]
        return random.sample(mixed, len(mixed))

    mixed_gold, mixed_predicted = shuffled(gold), shuffled(predicted)
    for metric in VIEWS:
        assert total(counts(mixed_gold, mixed_predicted, metric)) == total(counts(gold, predicted, metric))


@given(pairs=_records)
def test_what_is_predicted_as_annotated_scores_one_where_anything_is_coded(pairs):
    gold = [_make(i, [m for m in g if m[2]]) for i, (g, _) in enumerate(pairs)]
    for metric in VIEWS:
        assert total(counts(gold, gold, metric)).f1 == (1.0 if any(r.mentions for r in gold) else 0.0)


def test_a_prediction_on_a_gold_mention_without_a_code_is_spurious():
    gold = [_record("1", (0, 11), (13, 17, "J06.9"))]
    predicted = [_record("1", (0, 11, "K29.5"), (13, 17, "J06.9"))]
    for metric in VIEWS:
        assert total(counts(gold, predicted, metric)) == Counts(1, 1, 0)


def test_nothing_found_and_nothing_to_find_divide_by_nothing():
    nothing = Counts(0, 0, 0)
    assert (nothing.precision, nothing.recall, nothing.f1, nothing.accuracy) == (0.0, 0.0, 0.0, 0.0)
    assert total(counts([], [], "ner")) == nothing


def test_accuracy_is_over_everything_that_is_right_or_wrong():
    assert Counts(2, 1, 1).accuracy == 0.5


def _linked(*codes):
    return [Record("1", TEXT, (Mention(0, 11, TEXT[0:11], codes[:1], tuple((c, 0.1) for c in codes)),))]


def test_relaxed_accuracy_looks_at_the_same_k_candidates():
    # Two candidates of one category take two places: the third code is not among the first two.
    gold = [_record("1", (0, 11, "J06.9"))]
    predicted = _linked("K29.3", "K29.5", "J06.8")
    assert linking_accuracy(gold, predicted, (2, 3), relax=True) == {2: 0.0, 3: 1.0}
    assert linking_accuracy(gold, predicted, (2, 3)) == {2: 0.0, 3: 0.0}


def test_a_gold_mention_that_was_not_linked_is_wrong():
    gold = [_record("1", (0, 11, "K29.3"), (13, 17, "J06.9"))]
    assert linking_accuracy(gold, _linked("K29.3"), (1,)) == {1: 0.5}
    assert linking_accuracy(gold, [], (1,)) == {1: 0.0}
    assert linking_accuracy([_record("1", (0, 11))], [], (1,)) == {1: 0.0}


@given(
    st.lists(st.sampled_from(["A00", "A00.1", "B01", "B01.2"]), unique=True),
    st.sampled_from(["A00", "B01.2"]),
)
def test_accuracy_grows_with_k_and_with_relaxing(codes, code):
    gold = [_record("1", (0, 11, code))]
    strict = linking_accuracy(gold, _linked(*codes), (1, 2, 3, 4))
    relax = linking_accuracy(gold, _linked(*codes), (1, 2, 3, 4), relax=True)
    assert list(strict.values()) == sorted(strict.values()) and list(relax.values()) == sorted(relax.values())
    assert all(strict[k] <= relax[k] for k in strict)
