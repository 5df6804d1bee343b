import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_icd_ru.reranking.decision import LEVELS, decide, ladder, may_answer
from spacy_icd_ru.terminology.classification import block_of

_CODES = (
    *("E11", "E11.9", "E11.6", "I10", "I10-I15", "I20-I25", "I25", "I25.1", "I25.2"),
    *("J00-J06", "J06", "J06.9", "K29", "K29.5", "S72.0", "S72.00", "S72.01"),
)


def _leaves(codes):
    return np.array(
        ["-" not in c and not any(o != c and o.startswith(c) and "-" not in o for o in codes) for c in codes]
    )


@st.composite
def _candidates(draw):
    codes = draw(st.lists(st.sampled_from(_CODES), min_size=1, max_size=8, unique=True))
    weights = np.array([draw(st.floats(0.001, 1.0)) for _ in codes])
    lexicon = np.array([draw(st.floats(0.0, 1.0)) for _ in codes], dtype="float32")
    return codes, (weights / weights.sum()).astype("float32"), lexicon


def _decide(p, lexicon=None, level="most_specific", codable_only=False):
    """p: {code: probability}; lexicon: {code: cosine}. Leaves are counted over all of ``_CODES``."""
    codes = list(p)
    leaf = dict(zip(_CODES, _leaves(_CODES)))
    lexicon = np.array([(lexicon or {}).get(code, 0.0) for code in codes])
    values = np.array(list(p.values()))
    return decide(codes, values, lexicon, np.array([leaf[c] for c in codes]), level, codable_only)


@settings(max_examples=150, deadline=None)
@given(_candidates(), st.sampled_from(LEVELS), st.booleans())
def test_every_candidate_is_ranked_once_and_no_probability_is_made_up(drawn, level, codable_only):
    codes, p, lexicon = drawn
    before = p.copy()
    ranked, final = decide(codes, p, lexicon, _leaves(codes), level, codable_only)
    assert np.array_equal(p, before)
    assert final.sum() == pytest.approx(1.0, abs=1e-4) and (final >= -1e-6).all()
    assert sum(score for _, score in ranked) == pytest.approx(1.0, abs=1e-4)
    expected = {c[:3] for c in codes} if level == "category" else set(codes)
    assert {code for code, _ in ranked} == expected and len(ranked) == len(expected)
    assert ranked[1:] == sorted(ranked[1:], key=lambda pair: (-pair[1], pair[0]))


@settings(max_examples=150, deadline=None)
@given(_candidates(), st.booleans())
def test_a_block_is_never_the_most_specific_answer(drawn, codable_only):
    codes, p, lexicon = drawn
    ranked, _ = decide(codes, p, lexicon, _leaves(codes), "most_specific", codable_only)
    if any("-" not in code for code in codes):
        assert "-" not in ranked[0][0]
    else:
        assert not may_answer(ranked[0][0], False, "most_specific")


@settings(max_examples=150, deadline=None)
@given(_candidates(), st.sampled_from(["most_specific", "as_trained"]))
def test_codable_only_answers_with_a_leaf_where_there_is_one(drawn, level):
    codes, p, lexicon = drawn
    leaf = _leaves(codes)
    ranked, _ = decide(codes, p, lexicon, leaf, level, True)
    assert leaf[codes.index(ranked[0][0])] or not leaf.any()


@settings(max_examples=100, deadline=None)
@given(_candidates(), st.sampled_from(LEVELS), st.integers(0, 10))
def test_the_order_of_the_candidates_does_not_matter(drawn, level, seed):
    codes, p, lexicon = drawn
    order = np.random.default_rng(seed).permutation(len(codes))
    leaf = _leaves(codes)
    shuffled = [codes[i] for i in order]
    # Two scores that differ by rounding alone may change places.
    one = dict(decide(codes, p, lexicon, leaf, level)[0])
    two = dict(decide(shuffled, p[order], lexicon[order], leaf[order], level)[0])
    if level != "most_specific":
        assert one == pytest.approx(two, abs=1e-5)


def test_a_block_gives_its_probability_to_the_codes_below():
    ranked, _ = _decide({"J00-J06": 0.8, "J06.9": 0.1, "K29": 0.1})
    assert ranked[0][0] == "J06.9" and ranked[0][1] > 0.75


def test_a_block_without_a_code_below_answers_nothing():
    ranked, _ = _decide({"J00-J06": 0.9, "K29": 0.1})
    assert ranked[0] == ("K29", pytest.approx(0.1))  # under any sensible threshold


def test_the_rest_of_a_block_does_not_count_for_its_first_category():
    """I10-I15 is spelt like I10, but that is not what it means."""
    ranked, _ = _decide({"I10-I15": 0.5, "K29.5": 0.5})
    assert ranked[0][0] == "K29.5"


def test_as_trained_may_answer_with_a_block():
    ranked, final = _decide({"J00-J06": 0.8, "J06.9": 0.2}, level="as_trained")
    assert ranked[0] == ("J00-J06", 0.8) and final.tolist() == [0.8, 0.2]


def test_the_lexicons_own_words_tip_the_scale():
    p = {"E11": 0.52, "E11.6": 0.48}
    assert _decide(p)[0][0][0] == "E11"
    assert _decide(p, {"E11.6": 1.0})[0][0][0] == "E11.6"
    assert _decide(p, {"E11.6": 0.6})[0][0][0] == "E11"  # not the same words
    assert _decide(p, {"E11.6": 1.0}, level="as_trained")[0][0][0] == "E11"


def test_the_lexicon_does_not_outvote_labels_of_one_mind():
    assert _decide({"I10": 0.97, "K29.5": 0.03}, {"K29.5": 1.0})[0][0][0] == "I10"


def test_the_name_of_a_subcategory_decides_where_the_labels_are_not_of_one_mind():
    named = {"I25.2": 1.0}
    assert _decide({"I25": 0.95, "I25.2": 0.05}, named)[0][0][0] == "I25"
    assert _decide({"I25": 0.6, "I25.2": 0.35}, named)[0][0][0] == "I25.2"
    assert _decide({"I25": 0.35, "K29.5": 0.25, "I25.2": 0.01}, named)[0][0][0] == "I25.2"
    assert _decide({"I25": 0.6, "I25.2": 0.35})[0][0][0] == "I25"


def test_the_lexicon_decides_on_words_that_training_never_saw():
    p, named = {"K29.5": 0.8, "J06.9": 0.01}, {"J06.9": 1.0}
    codes, values, cosines = list(p), np.array(list(p.values())), np.array([0.0, 1.0])
    first = [
        decide(codes, values, cosines, np.ones(2, bool), "most_specific", False, np.full(2, f))[0][0][0]
        for f in (0.1, 0.9)
    ]
    assert first == ["J06.9", "K29.5"]
    assert _decide(p, named)[0][0][0] == "K29.5"


def test_against_a_name_of_the_very_words_training_must_be_surer():
    def answer(sure, familiar, lexicon):
        codes = ["I10", "K29.5"]
        p = np.array([sure, 0.1])
        leaf = np.array([True, True])
        ranked, _ = decide(codes, p, np.array(lexicon), leaf, "most_specific", False, np.full(2, familiar))
        return ranked[0][0]

    assert answer(0.43, 1.0, [0.0, 1.0]) == "K29.5"
    assert answer(0.55, 1.0, [0.0, 1.0]) == "I10"
    assert answer(0.55, 0.7, [0.0, 1.0]) == "K29.5"
    assert answer(0.55, 0.7, [0.0, 0.9]) == "I10"
    assert answer(0.43, 0.7, [1.0, 1.0]) == "I10"


def test_of_a_category_that_training_never_met_the_lexicon_knows_more():
    """Of «ЗНО молочной железы» training knows the words, and no C50."""
    codes = ["C50", "C50.9", "C53"]
    p, lexicon, leaf = np.array([0.3, 0.15, 0.1]), np.array([0.7, 1.0, 0.0]), np.array([False, True, True])

    def score(met):
        ranked, _ = decide(codes, p, lexicon, leaf, "most_specific", False, np.array([met, met, 1.0]))
        return dict(ranked)["C50.9"]

    assert score(0.0) > 0.35 > 0.2 > score(1.0)


def test_a_name_of_the_very_words_counts_though_training_expected_no_candidate():
    ranked, _ = decide(
        ["I10", "K29.5"],
        np.array([0.05, 0.03]),
        np.array([0.0, 1.0]),
        np.array([True, True]),
        "most_specific",
    )
    assert ranked[0][0] == "K29.5" and 0.3 <= ranked[0][1] <= 0.5


def test_the_category_level_adds_up_and_gives_three_characters():
    ranked, _ = _decide({"K29.5": 0.4, "E11.9": 0.35, "E11.6": 0.25}, level="category")
    assert ranked == [("E11", pytest.approx(0.6)), ("K29", pytest.approx(0.4))]


def test_the_first_code_is_of_the_most_probable_category():
    ranked, _ = _decide({"K29.5": 0.4, "E11.9": 0.35, "E11.6": 0.25}, level="as_trained")
    assert [code for code, _ in ranked] == ["E11.9", "K29.5", "E11.6"]


def test_codable_only_sends_a_category_to_its_unspecified_child():
    p = {"E11": 0.9, "E11.9": 0.05, "E11.6": 0.05}
    assert _decide(p, level="as_trained")[0][0][0] == "E11"
    assert _decide(p, level="as_trained", codable_only=True)[0][0][0] == "E11.9"


def test_equal_scores_go_by_code():
    ranked, _ = _decide({"K29.5": 0.25, "E11.9": 0.25, "J06.9": 0.25, "I25.1": 0.25}, level="as_trained")
    assert [code for code, _ in ranked] == ["E11.9", "I25.1", "J06.9", "K29.5"]


def test_no_candidates():
    empty = np.zeros(0)
    for level in LEVELS:
        assert decide([], empty, empty, np.zeros(0, bool), level, False)[0] == []


# The ladder


@settings(max_examples=200, deadline=None)
@given(_candidates(), st.sampled_from(LEVELS), st.booleans())
def test_probabilities_never_grow_on_the_way_down(drawn, level, codable_only):
    codes, p, lexicon = drawn
    ranked, final = decide(codes, p, lexicon, _leaves(codes), level, codable_only)
    best = ranked[0][0]
    steps = ladder(best, codes, final, block_of(best))
    values = [value for _, value in steps]
    assert steps[-1][0] == best
    assert values == sorted(values, reverse=True)
    assert all(0.0 <= value <= 1.0 for value in values)
    assert len({code for code, _ in steps}) == len(steps)


def test_block_category_and_subcategory():
    codes, p = ["S72.00", "S72.01", "S72.0", "K29"], np.array([0.5, 0.2, 0.1, 0.2])
    steps = ladder("S72.00", codes, p, "S70-S79")
    assert steps == [("S70-S79", 0.8), ("S72", 0.8), ("S72.0", 0.8), ("S72.00", 0.5)]


def test_a_block_of_another_edition_ends_its_own_ladder():
    assert [code for code, _ in ladder("J10-J18", ["J10-J18"], np.ones(1), "J09-J18")] == [
        "J09-J18",
        "J10-J18",
    ]


def test_a_category_outside_every_block():
    assert ladder("U50", ["U50"], np.array([0.7]), None) == [("U50", 0.7)]


def test_the_very_words_decide_within_a_category_whose_codes_training_leaves_open():
    within = {"I25": 0.25, "I25.1": 0.24, "I25.2": 0.21, "I10": 0.1}
    ranked, final = _decide(within, {"I25.2": 1.0})
    assert ranked[0][0] == "I25.2" and ranked[0][1] > 0.5
    assert final.sum() == pytest.approx(sum(within.values()), abs=1e-6)
    # Training is clear about one of them: that stays.
    ranked, _ = _decide({"I25.1": 0.6, "I25.2": 0.1, "I10": 0.1}, {"I25.2": 1.0})
    assert ranked[0][0] == "I25.1"
    ranked, _ = _decide(within, {"I25.2": 1.0}, level="as_trained")
    assert ranked[0] == ("I25", 0.25)
