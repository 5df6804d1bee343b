from hypothesis import given
from hypothesis import strategies as st

from spacy_icd_ru.recognition.decoding import select_spans

_span = st.tuples(st.integers(0, 12), st.integers(0, 4), st.floats(0, 1)).map(
    lambda s: (s[0], s[0] + s[1], s[2])
)


def test_the_more_probable_of_two_overlapping_spans_wins():
    assert select_spans([(0, 2, 0.41), (1, 2, 0.44), (4, 4, 0.9)], 0.35) == [(1, 2, 0.44), (4, 4, 0.9)]


def test_nothing_under_the_threshold():
    assert select_spans([(0, 0, 0.34)], 0.35) == []


def test_an_abbreviation_needs_less():
    spans = [(0, 0, 0.3), (2, 2, 0.3), (4, 4, 0.2)]
    assert select_spans(spans, 0.35, {(0, 0), (4, 4)}) == [(0, 0, 0.3)]


def test_an_abbreviation_gives_way_to_what_is_more_probable():
    spans = [(0, 2, 0.36), (0, 0, 0.34)]
    assert select_spans(spans, 0.35, {(0, 0)}) == [(0, 2, 0.36)]


@given(st.lists(_span, max_size=12), st.floats(0.05, 0.95))
def test_chosen_spans_never_overlap_and_stand_in_order(spans, threshold):
    chosen = select_spans(spans, threshold)
    assert all(a[1] < b[0] for a, b in zip(chosen, chosen[1:]))
    assert all(p >= threshold for _, _, p in chosen)
    assert set(chosen) <= set(spans)
