"""Dev is every tenth number; folds depend on the record alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_icd_ru.corpora.records import Record
from spacy_icd_ru.corpora.splits import fold_of, folds, is_dev, select
from spacy_icd_ru.errors import InputError


def make(*ids: str) -> list[Record]:
    return [Record(id=id, text="грипп") for id in ids]


def test_dev_is_every_number_divisible_by_ten():
    records = make(*map(str, range(100)))
    assert [r.id for r in select(records, "dev")] == [str(n) for n in range(0, 100, 10)]
    assert len(select(records, "train")) == 90
    assert select(records, "all") == records


def test_leading_zeros_are_a_number():
    assert is_dev(Record("0010", ""))
    assert not is_dev(Record("0011", ""))


@given(st.lists(st.text(max_size=6), unique=True, max_size=30))
def test_every_record_is_in_one_split(ids):
    records = make(*ids)
    both = select(records, "dev") + select(records, "train")
    assert sorted(r.id for r in both) == sorted(ids)


def test_ids_that_are_no_numbers_are_split_too():
    share = sum(is_dev(r) for r in make(*(f"case-{n}" for n in range(2000)))) / 2000
    assert 0.07 < share < 0.13


def test_a_digit_that_int_refuses_is_no_number():
    assert isinstance(is_dev(Record("²", "")), bool)


def test_unknown_split():
    with pytest.raises(InputError, match="all, train, dev"):
        select([], "tset")


def test_folds_hold_each_record_out_once():
    records = make(*map(str, range(200)))
    pairs = list(folds(records, 5))
    assert len(pairs) == 5
    assert sorted(r.id for _, held in pairs for r in held) == sorted(r.id for r in records)
    for train, held in pairs:
        assert {r.id for r in train}.isdisjoint(r.id for r in held)
        assert len(train) + len(held) == 200
        assert 20 < len(held) < 60


def test_a_records_fold_depends_on_its_id_alone():
    few, many = make("3", "7"), make("7", "1", "2", "3")
    held_few = {r.id: n for n, (_, held) in enumerate(folds(few, 3)) for r in held}
    held_many = {r.id: n for n, (_, held) in enumerate(folds(many, 3)) for r in held}
    assert held_few == {id: held_many[id] for id in held_few}
    assert held_few["7"] == fold_of("7", 3)


def test_folds_mean_the_same_in_every_release():
    # Cached cross-fitted candidates rely on it.
    assert [fold_of(str(n), 5) for n in range(8)] == FOLDS


FOLDS = [4, 4, 3, 2, 3, 4, 0, 0]


@pytest.mark.parametrize("k", [1, 0, -2])
def test_too_few_folds(k):
    with pytest.raises(InputError, match="at least 2"):
        list(folds(make("1"), k))
