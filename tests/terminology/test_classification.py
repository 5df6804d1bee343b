from __future__ import annotations

import os
from pathlib import Path

import pytest

from spacy_icd_ru.terminology.classification import (
    block_of,
    chapter_by_number,
    chapter_number,
    chapter_of,
    code_kind,
    container,
    load_classification,
    paint,
)
from spacy_icd_ru.terminology.codes import bounds, is_block
from spacy_icd_ru.terminology.readers import read_nsi

ROOT = Path(__file__).parents[2]
MIRROR = Path(os.environ.get("SPACY_ICD_RU_MIRROR") or ROOT.parent / "shared" / "data")


def test_the_packaged_table_is_sound():
    table = load_classification()
    chapters = [entry.code for entry in table.values() if entry.kind == "chapter"]
    blocks = [entry.code for entry in table.values() if entry.kind == "block"]
    assert (len(chapters), len(blocks)) == (22, 274)
    assert all(is_block(code) for code in table)
    for block in blocks:
        assert chapter_of(block) in chapters, block
    for a in table:
        for b in table:  # nested or apart, never half inside
            (a1, a2), (b1, b2) = bounds(a), bounds(b)
            assert a2 < b1 or b2 < a1 or (a1 <= b1 and b2 <= a2) or (b1 <= a1 and a2 <= b2), (a, b)


def test_titles_are_sentences():
    for entry in load_classification().values():
        assert entry.title[0].isupper() and not entry.title.isupper() and entry.title == entry.title.strip()


@pytest.mark.parametrize(
    "code, block, chapter",
    [
        ("N72", "N70-N77", "N00-N99"),
        ("C18.1", "C15-C26", "C00-D48"),
        ("C97", "C97-C97", "C00-D48"),
        ("X59.9", "X58-X59", "V01-Y98"),
        ("Y05", "X85-Y09", "V01-Y98"),
        ("N70-N77", "N70-N77", "N00-N99"),
        ("J10-J18", "J09-J18", "J00-J99"),
        ("J00-J99", None, "J00-J99"),
        ("U07.1", "U00-U49", "U00-U85"),
        ("U60", None, "U00-U85"),
        ("nonsense", None, None),
        ("", None, None),
    ],
)
def test_block_and_chapter_of_a_code(code, block, chapter):
    assert (block_of(code), chapter_of(code)) == (block, chapter)


def test_kinds():
    kinds = [code_kind(code) for code in ("J00-J99", "J09-J18", "J10-J18", "J18", "J18.9", "18")]
    assert kinds == ["chapter", "block", "block", "category", "subcategory", None]


def test_chapters_have_roman_numbers():
    assert chapter_by_number("IX") == "I00-I99" and chapter_by_number(" xxii ") == "U00-U85"
    assert chapter_by_number("XXIII") is None and chapter_by_number("A00") is None
    assert chapter_number("Z00-Z99") == "XXI" and chapter_number("J09-J18") is None


def test_the_narrowest_range_counts():
    owner = paint(["A00-A09", "A00-B99", "A05-A05"])
    assert (owner[4], owner[5], owner[10], owner[200]) == ("A00-A09", "A05-A05", "A00-B99", None)
    assert container("A05-A05", ["A00-B99", "A00-A09", "A05-A05"]) == "A00-A09"
    assert container("A00-B99", ["A00-A09"]) is None


def test_the_blocks_are_those_of_the_official_directory():
    files = sorted((MIRROR / "nsi").glob("*.csv"))
    if not files:
        pytest.skip("no copy of the official directory")
    terminology, _ = read_nsi(files[0])
    official = {c.code: c.kind for c in terminology.values() if c.kind in ("block", "chapter")}
    assert official == {entry.code: entry.kind for entry in load_classification().values()}
