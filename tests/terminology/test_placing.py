from __future__ import annotations

from spacy_icd_ru.terminology.placing import Entry, place


def parents(entries: dict[str, Entry]) -> dict[str, str | None]:
    return {concept.code: concept.parent for concept in place(entries)[0]}


def test_the_named_parent_counts_where_it_can_be_one():
    found = parents(
        {
            "A92-A99": Entry("Блок"),
            "A90": Entry("Вне отрезка", parent="A92-A99"),
            "A92": Entry("Рубрика", parent="A92.0"),
            "A92.0": Entry("Подрубрика", parent="A90"),
        }
    )
    assert found["A90"] == found["A92"] == "A92-A99" and found["A92.0"] == "A92"
    assert found["A92-A99"] == "A00-B99"


def test_own_blocks_come_before_packaged_ones():
    concepts, made = place({"J10-J18": Entry("Старый отрезок"), "J18": Entry("Рубрика")})
    assert {c.code: c.parent for c in concepts}["J18"] == "J10-J18"
    assert made == ["J00-J99"]


def test_longest_prefix_is_the_parent():
    found = parents(
        {"F20.8": Entry("a"), "F20.80": Entry("b"), "F20.80*1": Entry("c"), "F20.8**1": Entry("d")}
    )
    assert found["F20.80*1"] == "F20.80" and found["F20.8**1"] == found["F20.80"] == "F20.8"
    assert parents({"T08.+.0": Entry("a")})["T08.+.0"] == "T08"


def test_cycles_of_named_parents_are_cut():
    found = parents({"A00-A09": Entry("a", parent="A00-A05"), "A00-A05": Entry("b", parent="A00-A09")})
    assert found["A00-A09"] == "A00-B99" and found["A00-A05"] == "A00-A09"


def test_a_category_beyond_every_chapter_has_no_parent():
    assert parents({"U99": Entry("a")}) == {"U99": None}
