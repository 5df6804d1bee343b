from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_icd_ru.terminology.tree import Concept, Terminology

CODE = st.from_regex(r"[A-Z][0-9]{2}(\.[0-9]{1,3})?", fullmatch=True)
NAMES = st.dictionaries(CODE, st.text(min_size=1, max_size=8), max_size=30)


@pytest.fixture
def tree() -> Terminology:
    return Terminology(
        [
            Concept("K71", "Печень и лекарства", "category", "K70-K77"),
            Concept("K70-K77", "Печень", "block", "K00-K93"),
            Concept("K00-K93", "Пищеварение", "chapter"),
            Concept("K71.0", "С застоем", "subcategory", "K71"),
            Concept("K71.1", "С некрозом", "subcategory", "K71", active=False),
            Concept("K77", "Печень при других болезнях", "category", "K70-K77", usage="asterisk"),
            Concept("K77.0", "Печень при инфекции", "subcategory", "K77", usage="asterisk", pair="A06.4"),
            Concept("K75", "Отменённая", "category", "K70-K77"),
            Concept("K75.0", "Отменённая подрубрика", "subcategory", "K75", active=False),
            Concept("A00-B99", "Инфекции", "chapter"),
            Concept("A06", "Амёбы", "category", "A00-B99"),
            Concept("A06.4", "Абсцесс печени", "subcategory", "A06", usage="dagger", pair="K77.0"),
            Concept("A06.5", "Абсцесс печени и лёгкого", "subcategory", "A06", usage="dagger", pair="K77.0"),
        ],
        name="Пример",
        version="1",
    )


def test_iterates_in_sorted_order_like_a_mapping(tree):
    assert list(tree) == sorted(tree) and len(tree) == 13
    assert "K71" in tree and "K72" not in tree
    assert tree["K71"].title == tree.title("K71") == "Печень и лекарства"
    assert tree.get("K72") is None
    with pytest.raises(KeyError):
        tree["K72"]


def test_relations(tree):
    assert tree.parent("K71.0") == "K71" and tree.parent("K00-K93") is None
    assert tree.children("K71") == ("K71.0", "K71.1") and tree.children("K71.0") == ()
    assert tree.ancestors("K71.0") == ("K71", "K70-K77", "K00-K93")
    assert tree.descendants("K00-K93")[:3] == ("K70-K77", "K71", "K71.0")
    assert tree.path("K71.0") == ("K70-K77", "K71", "K71.0")
    assert tree.path("A06.4") == ("A06", "A06.4") and tree.path("K00-K93") == ()
    assert (tree.category("K71.0"), tree.block("K71.0"), tree.chapter("K71.0")) == (
        "K71",
        "K70-K77",
        "K00-K93",
    )
    assert tree.category("K70-K77") is None and tree.block("A06") is None


@pytest.mark.parametrize(
    "method", ["title", "children", "path", "is_codable", "dagger", "descendants", "block"]
)
def test_unknown_codes_are_key_errors(tree, method):
    with pytest.raises(KeyError):
        getattr(tree, method)("Z99")


def test_codable_means_active_without_active_children(tree):
    codable = [code for code in tree if tree.is_codable(code)]
    assert codable == ["A06.4", "A06.5", "K71.0", "K75", "K77.0"]
    assert not tree.is_active("K71.1")


def test_daggers_and_asterisks(tree):
    assert tree.dagger("K77.0") == ("A06.4", "A06.5")
    assert tree.asterisk("A06.5") == ("K77.0",)
    assert tree.asterisk("A06.4") == ("K77.0",)
    assert tree.dagger("A06.4") == () and tree.asterisk("K77.0") == () and tree.asterisk("K71") == ()


def test_subset_stays_a_tree(tree):
    part = tree.subset(["K71.0"])
    assert list(part) == ["K00-K93", "K70-K77", "K71", "K71.0"] and part.name == "Пример"
    assert list(tree.subset(lambda concept: concept.code == "A06")) == ["A00-B99", "A06"]
    with pytest.raises(KeyError):
        tree.subset(["K72"])


def test_a_concept_can_not_be_changed(tree):
    with pytest.raises(AttributeError):
        tree["K71"].title = "Другое"


@pytest.mark.parametrize(
    "concepts, defect",
    [
        ([Concept("A06", "", "category"), Concept("A06", "", "category")], "twice"),
        ([Concept("A06", "", "category", "A00-A09")], "not in the table"),
        ([Concept("A06", "", "category", "A06")], "can't stand above"),
        (
            [Concept("A06", "", "category", "A06.1"), Concept("A06.1", "", "subcategory", "A06")],
            "can't stand",
        ),
        (
            [Concept("A00-A09", "", "block", "A00-A05"), Concept("A00-A05", "", "block", "A00-A09")],
            "can't stand",
        ),
    ],
)
def test_refuses_what_is_no_tree(concepts, defect):
    with pytest.raises(ValueError, match=defect):
        Terminology(concepts)


def test_to_dict_and_back(tree):
    again = Terminology.from_dict(json.loads(json.dumps(tree.to_dict())))
    assert dict(again) == dict(tree)
    assert (again.name, again.version, again.source) == ("Пример", "1", "")


@pytest.mark.parametrize(
    "change",
    [
        {"format": "another"},
        {"title": []},
        {"kind": "x" * 13},
        {"parent": [99] * 13},
        {"parent": ["a"] * 13},
        {"usage": [[0, "cross", None]]},
        {"usage": 3},
        {"code": None},
    ],
)
def test_from_dict_refuses_damage(tree, change):
    with pytest.raises(ValueError):
        Terminology.from_dict({**tree.to_dict(), **change})
    with pytest.raises(ValueError):
        Terminology.from_dict([])


def test_from_names_makes_the_missing_parents():
    tree = Terminology.from_names([("J18.9", "Пневмония"), ("J18.9", "Второе имя"), ("S72.00", "Перелом")])
    assert tree.ancestors("J18.9") == ("J18", "J09-J18", "J00-J99")
    assert tree.path("S72.00") == ("S70-S79", "S72", "S72.0", "S72.00")
    assert tree.title("J18.9") == "Пневмония"
    assert tree.title("J18") == tree.title("S72.0") == "" and tree.title("J09-J18") == "Грипп и пневмония"
    assert [code for code in tree if tree.is_codable(code)] == ["J18.9", "S72.00"]
    assert Terminology.from_names({"C18": "Рак"}).ancestors("C18") == (
        "C15-C26",
        "C00-C75",
        "C00-C97",
        "C00-D48",
    )
    assert len(Terminology.from_names({})) == 0
    with pytest.raises(ValueError, match="J189"):
        Terminology.from_names({"J189": "Без точки"})


@settings(max_examples=60, deadline=None)
@given(NAMES)
def test_a_tree_from_any_names_holds_together(names):
    tree = Terminology.from_names(names)
    assert names == {code: tree.title(code) for code in names}
    for code in tree:
        for child in tree.children(code):
            assert tree.parent(child) == code and child in tree.descendants(code)
        if tree[code].kind in ("category", "subcategory"):
            assert tree.category(code) == code[:3] and tree.path(code)[-1] == code
            assert all(step.startswith(code[:3]) for step in tree.path(code) if len(step) < 7)
    assert dict(Terminology.from_dict(json.loads(json.dumps(tree.to_dict())))) == dict(tree)
