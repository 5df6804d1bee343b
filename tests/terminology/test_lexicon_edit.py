from __future__ import annotations

import pytest

from spacy_icd_ru.errors import InputError
from spacy_icd_ru.terminology.lexicon import LexiconEntry, read_lexicon
from spacy_icd_ru.terminology.lexicon_edit import add_name

HEADER = "code\tname\tkind\tnote\n"
TEXT = f"{HEADER}J00\tНасморк\tpreferred\t\nJ00\tПростуда\tcolloquial\t\nJ18.9\tПневмония\tpreferred\t\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "own.tsv"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_a_new_file(tmp_path):
    path, row = add_name(
        tmp_path / "deep" / "own.tsv", LexiconEntry(" м77.3 ", " Пяточная  шпора ", "colloquial")
    )
    assert row == 2 and path.read_text(encoding="utf-8") == f"{HEADER}M77.3\tПяточная шпора\tcolloquial\t\n"


@pytest.mark.parametrize(
    "entry, row",
    [
        (LexiconEntry("A00", "Холера"), 2),
        (LexiconEntry("J00", "Ринит"), 4),
        (LexiconEntry("J06.9", "ОРВИ", "preferred"), 4),
        (LexiconEntry("J18.9", "Воспаление лёгких"), 5),
        (LexiconEntry("K29.7", "Гастрит"), 5),
    ],
)
def test_behind_the_rows_of_its_code(file, entry, row):
    before = file.read_text(encoding="utf-8").splitlines()
    assert add_name(file, entry) == (file, row)
    after = file.read_text(encoding="utf-8").splitlines()
    assert after[row - 1].split("\t")[:2] == [entry.code, entry.name]
    assert after[: row - 1] + after[row:] == before
    assert read_lexicon(file)[1].skipped == []


def test_a_preferred_name_comes_first(file):
    add_name(file, LexiconEntry("K29.7", "Воспаление желудка"))
    assert add_name(file, LexiconEntry("K29.7", "Гастрит", "preferred"))[1] == 5


def test_a_folder_has_a_file_a_chapter(tmp_path):
    path, _ = add_name(tmp_path, LexiconEntry("J00", "Ринит"))
    assert path == tmp_path / "J00-J99.tsv"


@pytest.mark.parametrize(
    "entry, said",
    [
        (LexiconEntry("J1", "а"), "is not a code"),
        (LexiconEntry("J00-J06", "а"), "is not a code"),
        (LexiconEntry("J00", " "), "the name is empty"),
        (LexiconEntry("J00", "—"), "has no letter"),
        (LexiconEntry("J00", "а\tб"), "a tab or a line break"),
        (LexiconEntry("J00", "а", "synonym", "б\nв"), "a tab or a line break"),
        (LexiconEntry("J00", "а", "word"), "unknown kind 'word'"),
        (LexiconEntry("J00", "насморк"), "has the name already"),
        (LexiconEntry("J00", "Ринит", "preferred"), "has a preferred name already"),
    ],
)
def test_refused_in_one_line(file, entry, said):
    with pytest.raises(InputError, match=said) as caught:
        add_name(file, entry)
    assert "\n" not in str(caught.value) and file.read_text(encoding="utf-8") == TEXT


@pytest.mark.parametrize("text", ["x\n", "name\tcode\tkind\tnote\n", ""])
def test_another_kind_of_file_stays_as_it_is(tmp_path, text):
    path = tmp_path / "own.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        add_name(path, LexiconEntry("J00", "Ринит"))
    assert path.read_text(encoding="utf-8") == text


def test_byte_order_mark_and_line_ends_stay(tmp_path):
    path = tmp_path / "own.tsv"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode("utf-8"))
    add_name(path, LexiconEntry("J00", "Ринит"))
    written = path.read_bytes()
    assert written.startswith(b"\xef\xbb\xbfcode") and written.count(b"\r\n") == written.count(b"\n") == 5
