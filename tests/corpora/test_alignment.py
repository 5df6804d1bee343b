"""Spans lose stray punctuation and nothing else; mentions are found again wherever their offsets drifted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_icd_ru.corpora.alignment import realign, trim

CLINICAL = st.text(alphabet="аяй1 \n.,?%()[]«»\"'+-\\n\u0306", max_size=30)


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("острый синусит", "острый синусит"),
        (" острый синусит.\r\n", "острый синусит"),
        ("острый синусит?", "острый синусит"),
        ("- острый синусит;", "острый синусит"),
        ("опухоль (невус)", "опухоль (невус)"),
        ("опухоль (невус).", "опухоль (невус)"),
        ("опухоль кожи(", "опухоль кожи"),
        ("опухоль кожи)", "опухоль кожи"),
        ("(опухоль кожи", "опухоль кожи"),
        ("(опухоль кожи)", "опухоль кожи"),
        ("((опухоль) кожи)", "(опухоль) кожи"),
        ("(опухоль) кожи", "(опухоль) кожи"),
        ("(а) и (б)", "(а) и (б)"),
        ("опухоль (?)", "опухоль"),
        ("опухоль ()", "опухоль"),
        ("тест (+)", "тест (+)"),
        ("болезнь «сов»", "болезнь «сов»"),
        ("«болезнь сов»", "болезнь сов"),
        ('болезнь "сов"', 'болезнь "сов"'),
        ('болезнь "сов', 'болезнь "сов'),
        ('болезнь сов"', "болезнь сов"),
        ("опухоль (кожи", "опухоль (кожи"),
        ("ожог (10%)", "ожог (10%)"),
        ("сужение на 50%", "сужение на 50%"),
        ("сужение на 50 %.", "сужение на 50 %"),
        ("сужение %", "сужение"),
        ("опухший лимфоузел четвертый и\u0306", "опухший лимфоузел четвертый и\u0306"),
        ("опухоль [кожи (лица)]", "опухоль [кожи (лица)]"),
        ("?", ""),
        ("", ""),
        (" .,", ""),
        ("(?)", ""),
    ],
)
def test_trim(given_text, kept):
    start, end = trim(given_text, 0, len(given_text))
    assert given_text[start:end] == kept


def test_trim_looks_only_at_the_span():
    text = "кашель (сухой) и жар"
    assert trim(text, 7, 13) == (8, 13)  # «(сухой»: the partner stands outside
    assert trim(text, 0, 14) == (0, 14)


def test_trim_clamps_offsets():
    assert trim("жар", -5, 99) == (0, 3)
    start, end = trim("жар", 7, 9)
    assert start == end
    start, end = trim("жар", 2, 1)
    assert start == end


@given(CLINICAL, st.integers(-3, 33), st.integers(-3, 33))
def test_trim_stays_inside_and_is_final(text, a, b):
    start, end = trim(text, a, b)
    if start == end:
        return
    assert max(a, 0) <= start < end <= min(b, len(text))
    assert trim(text, start, end) == (start, end)
    # Nothing that carries meaning is cut off.
    assert not any(c.isalnum() for c in text[max(a, 0) : start] + text[end : max(b, 0)])
    assert text[start].isalnum() or text[start] in "([«\"'"
    assert not text[end - 1].isspace()
    assert text[end - 1] not in "?.,(«["


@given(CLINICAL)
def test_trim_is_empty_only_without_letters_and_digits(text):
    start, end = trim(text, 0, len(text))
    assert (start == end) == (not any(c.isalnum() for c in text))


@pytest.mark.parametrize(
    ("text", "mention", "start", "found"),
    [
        ("жар и кашель", "кашель", 6, (6, 12)),
        ("жар и кашель", "кашель", 9, (6, 12)),
        ("жар и кашель", "кашель", 400, (6, 12)),
        ("жар и кашель", "кашель", -4, (6, 12)),
        ("сухой  \r\n кашель", "сухой кашель", 2, (0, 16)),
        ("сухой кашель", "сухой \n кашель", 0, (0, 12)),
        ("жар, кашель", "кашель\\n", 6, (5, 11)),
        ("жар, кашель", "\\nкашель", 6, (5, 11)),
        ("сухой\nкашель", "сухой\\nкашель", 1, (0, 12)),
        ("путь \\n кашель", "\\n кашель", 3, (5, 14)),  # the text has it too
        ("жар, насморк, жар", "жар", 10, (14, 17)),
        ("жар, насморк, жар", "жар", 6, (0, 3)),
        ("жар  жар", "жар", 1, (0, 3)),
        ("аа1аа", "аа", 1, (0, 2)),
        ("жар кх жар", "жар", 3, (0, 3)),
        ("а.б (в)", "а.б (в)", 3, (0, 7)),  # no regular expression
        ("жар", "кашель", 0, None),
        ("жар", " \n", 0, None),
        ("жар", "\\n", 0, None),
        ("", "жар", 0, None),
    ],
)
def test_realign(text, mention, start, found):
    assert realign(text, mention, start, start + len(mention)) == found


def test_realign_breaks_a_tie_to_the_left():
    assert realign("ух ух", "ух", 1, 3) == (0, 2)
    assert realign("ух1ух", "ух", 1, 3) == (0, 2)


@given(CLINICAL, st.integers(0, 30), st.integers(0, 30), st.integers(-8, 8))
def test_realign_finds_an_equal_string(text, a, b, drift):
    start, end = sorted((min(a, len(text)), min(b, len(text))))
    mention = text[start:end]
    found = realign(text, mention, start + drift, end + drift)
    if not mention.split():
        assert found is None
        return
    assert found is not None
    assert text[found[0] : found[1]].split() == mention.split()
    true_start = start + len(mention) - len(mention.lstrip())
    if "\n" not in text:
        assert abs(found[0] - (start + drift)) <= abs(true_start - (start + drift))
    if drift == 0:
        assert found == (true_start, end - len(mention) + len(mention.rstrip()))


@given(st.lists(st.sampled_from(["грипп", "ОРЗ", "отит 2 ст."]), min_size=1, max_size=6))
def test_realign_undoes_offsets_counted_with_crlf(lines):
    text = "\n".join(lines)
    with_crlf = "\r\n".join(lines)
    position = 0
    for number, line in enumerate(lines):
        start = len("\r\n".join(lines[:number])) + (2 if number else 0)
        assert with_crlf[start : start + len(line)] == line
        # Where the same name happens to stand at the wrong offset, nothing shows that it is wrong.
        if text[start : start + len(line)] != line or not number:
            assert realign(text, line, start, start + len(line)) == (position, position + len(line))
        position += len(line) + 1
