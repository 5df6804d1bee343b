from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_icd_ru.errors import InputError
from spacy_icd_ru.terminology.classification import chapter_of
from spacy_icd_ru.terminology.codes import normalize_code
from spacy_icd_ru.terminology.lexicon import (
    KINDS,
    LexiconEntry,
    load_default_lexicon,
    read_lexicon,
    terminology_from_lexicon,
    write_lexicon,
)

HEADER = "code\tname\tkind\tnote"
PACKAGED = Path(__file__).parents[2] / "spacy_icd_ru" / "data" / "lexicon"
FILES = sorted(PACKAGED.glob("*.tsv"))


def write(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_reads_files_and_folders(tmp_path):
    a = write(tmp_path / "a.tsv", "J18\tПневмония\tpreferred\t", "J18\tВоспаление лёгких\tcolloquial\tв речи")
    b = write(tmp_path / "b.tsv", "к71\t Гепатит   лекарственный \tsynonym")
    entries, report = read_lexicon([b, a])
    assert entries == [
        LexiconEntry("K71", "Гепатит лекарственный", "synonym"),
        LexiconEntry("J18", "Пневмония", "preferred"),
        LexiconEntry("J18", "Воспаление лёгких", "colloquial", "в речи"),
    ]
    assert report.summary() == "2 files: 3 names loaded"
    assert {entry.code for entry in read_lexicon(tmp_path)[0]} == {"J18", "K71"}
    assert len(read_lexicon(str(a))[0]) == 2


@pytest.mark.parametrize(
    "row, reason",
    [
        ("J18", "too few or too many fields"),
        ("J18\tа\tsynonym\t\tлишнее", "too few or too many fields"),
        ("J1\tа\tsynonym\t", "its code is not an ICD-10 code"),
        ("\tа\tsynonym\t", "its code is not an ICD-10 code"),
        ("J18\t \tsynonym\t", "its name is empty"),
        ("J18\t—!\tsynonym\t", "no letter and no digit"),
        (f"J18\t{'а' * 501}\tsynonym\t", "more than 500 characters"),
        ("J18\tа\tname\t", "its kind is none of preferred"),
        ("J18\tПНЕВМОНИЯ\tsynonym\t", "repeats row 2"),
        ("J18\tВторое главное имя\tpreferred\t", "a second preferred name of J18"),
    ],
)
def test_a_broken_row_is_skipped_and_reported(tmp_path, row, reason):
    path = write(tmp_path / "a.tsv", "J18\tПневмония\tpreferred\t", "", row, "J18.9\tПневмония\tpreferred\t")
    entries, report = read_lexicon(path)
    ((number, why),) = report.skipped
    assert number == 4 and reason in why and len(entries) == report.loaded == 2
    write(tmp_path / "b.tsv", "K71\tГепатит\tsynonym\t")
    assert "(a.tsv)" in read_lexicon(tmp_path)[1].summary()


@pytest.mark.parametrize(
    "header, rows, defect",
    [
        ("code\tname", ["J18\tа"], "has no column kind"),
        ("a\tb\tc", [], "has no columns code, name, kind"),
        (HEADER, [], "holds no usable row"),
        (HEADER, ["J1\tа\tsynonym\t"], "holds no usable row"),
    ],
)
def test_refuses_what_is_no_lexicon(tmp_path, header, rows, defect):
    with pytest.raises(InputError, match=defect):
        read_lexicon(write(tmp_path / "a.tsv", *rows, header=header))


def test_tree_of_a_lexicon():
    tree = terminology_from_lexicon(
        [
            LexiconEntry("J18.9", "Воспаление лёгких", "colloquial"),
            LexiconEntry("J18.9", "Пневмония", "preferred"),
            LexiconEntry("K71", "Токсический гепатит"),
            LexiconEntry("J00-J06", "ОРВИ"),
        ]
    )
    assert tree.title("J18.9") == "Пневмония" and tree.title("K71") == "Токсический гепатит"
    assert tree.ancestors("J18.9") == ("J18", "J09-J18", "J00-J99") and tree.title("J18") == ""
    assert tree.title("J00-J06") == "ОРВИ" and tree.parent("J00-J06") == "J00-J99"


CODES = st.from_regex(r"[A-T][0-9]{2}(\.[0-9])?", fullmatch=True).filter(chapter_of)
NAMES = (
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: any(character.isalnum() for character in text))
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(CODES, NAMES, st.sampled_from(KINDS[1:])), min_size=1, max_size=12))
def test_write_and_read_again(tmp_path_factory, rows):
    unique = {(code, name.casefold().replace("ё", "е")): (code, name, kind) for code, name, kind in rows}
    entries = [LexiconEntry(*row) for row in unique.values()]
    folder = tmp_path_factory.mktemp("lexicon")
    files = write_lexicon(entries, folder)
    assert {file.stem for file in files} == {chapter_of(entry.code) for entry in entries}
    again, report = read_lexicon(folder)
    assert again == sorted(entries, key=lambda entry: (chapter_of(entry.code), entry.code))
    assert not report.skipped


def test_writes_the_preferred_name_first(tmp_path):
    entries = [LexiconEntry("J18", "б"), LexiconEntry("J18", "а", "preferred"), LexiconEntry("J10", "в")]
    (file,) = write_lexicon(entries, tmp_path / "new")
    assert file.read_bytes().decode() == (
        f"{HEADER}\nJ10\tв\tsynonym\t\nJ18\tа\tpreferred\t\nJ18\tб\tsynonym\t\n"
    )


@pytest.mark.parametrize(
    "entry", [LexiconEntry("J1", "а"), LexiconEntry("J18", "а\tб"), LexiconEntry("J18", "а\0б")]
)
def test_refuses_to_write_what_it_could_not_read(tmp_path, entry):
    with pytest.raises(InputError):
        write_lexicon([entry], tmp_path)


def test_refuses_a_folder_that_can_not_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="can't be written"):
        write_lexicon([LexiconEntry("J18", "а")], tmp_path / "file")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_packaged_files_are_sound(path):
    entries, report = read_lexicon(path)
    assert report.skipped == []
    codes = [entry.code for entry in entries]
    assert codes == sorted(codes)
    assert all(normalize_code(code) == code for code in codes)
    preferred = [entry.code for entry in entries if entry.kind == "preferred"]
    assert len(preferred) == len(set(preferred)) and set(preferred) == set(codes)
    assert {chapter_of(code) for code in codes} == {path.stem}


@pytest.mark.skipif(not FILES, reason="the lexicon is not written yet")
def test_packaged_lexicon_as_a_whole(tmp_path):
    entries, report = load_default_lexicon()
    assert report.skipped == [] and report.loaded == len(entries)
    written = write_lexicon(entries, tmp_path)
    assert [path.read_bytes() for path in written] == [path.read_bytes() for path in FILES]
    tree = terminology_from_lexicon(entries)
    assert all(tree.chapter(entry.code) and tree.path(entry.code)[-1] == entry.code for entry in entries)
