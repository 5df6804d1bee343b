"""The table counts what it says it counts."""

from __future__ import annotations

import io
import json

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from spacy_icd_ru.corpora.brat import KINDS
from spacy_icd_ru.corpora.records import Mention, Record
from spacy_icd_ru.corpora.stats import ROWS, CorpusStats, corpus_stats, stats_table


def record(id: str, text: str, *parts: tuple[str, tuple[str, ...]]) -> Record:
    mentions = tuple(
        Mention(text.index(part), text.index(part) + len(part), part, codes) for part, codes in parts
    )
    return Record(id, text, mentions)


TRAIN = [
    record("1", "Грипп", ("Грипп", ("J11",))),
    record("2", "Отит,  кашель?", ("Отит", ("H66", "H65")), ("кашель", ("R05",))),
]
DEV = [
    record("10", "грипп, ОТИТ слева?", ("грипп", ("J10",)), ("ОТИТ", ("H65", "H67")), ("ОТИТ слева", ())),
    record("20", "жалоб нет"),
]


def test_counts():
    stats = corpus_stats(TRAIN + DEV, defects={"trimmed": 2})
    assert stats.to_dict() == {
        "records": 4,
        "mentions": 6,
        "unique_mentions": 4,  # грипп, отит, кашель, отит слева
        "codes": 7,
        "unique_codes": 6,
        "uncoded_mentions": 1,
        "multicoded_mentions": 2,
        "mentions_per_record_mean": 1.5,
        "mentions_per_record_max": 3,
        "codes_per_record_mean": 1.75,
        "codes_per_record_max": 3,
        "mean_characters": (5 + 14 + 18 + 9) / 4,
        "question_share": 0.5,
        "overlapping_mentions": 2,
        "seen_mentions": None,
        "unseen_mentions": None,
        "seen_codes": None,
        "unseen_codes": None,
        "mentions_of_seen_codes": None,
        "mentions_of_unseen_codes": None,
        "defects": {"trimmed": 2},
    }
    json.dumps(stats.to_dict())


def test_seen_and_unseen():
    stats = corpus_stats(DEV, train=TRAIN)
    assert (stats.seen_mentions, stats.unseen_mentions) == (2, 1)
    assert (stats.seen_codes, stats.unseen_codes) == (1, 2)  # H65; J10, H67
    assert (stats.mentions_of_seen_codes, stats.mentions_of_unseen_codes) == (1, 1)


def test_code_given_twice_in_a_record_counts_once_for_the_record():
    stats = corpus_stats([record("1", "грипп или простуда", ("грипп", ("J11",)), ("простуда", ("J11",)))])
    assert (stats.codes, stats.unique_codes, stats.codes_per_record_mean) == (2, 1, 1.0)


def test_an_empty_corpus():
    stats = corpus_stats([], train=[])
    assert (stats.records, stats.mentions_per_record_mean, stats.question_share) == (0, 0.0, 0.0)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6)), max_size=8, unique=True))
def test_overlaps_as_counted_one_by_one(spans):
    mentions = [Mention(start, start + length, "x" * length) for start, length in spans]
    expected = sum(
        any(a is not b and a.start < b.end and b.start < a.end for b in mentions) for a in mentions
    )
    assert corpus_stats([Record("1", "x" * 20, tuple(mentions))]).overlapping_mentions == expected


def test_table_has_a_row_for_each_count():
    assert set(ROWS) == set(CorpusStats.__dataclass_fields__) - {"defects"}
    dev = corpus_stats(DEV, train=TRAIN, defects={kind: 1234 for kind in KINDS})
    console = Console(width=160, file=io.StringIO())
    console.print(stats_table({"train": corpus_stats(TRAIN), "dev": dev}, title="folder"))
    shown = console.file.getvalue()
    for words in ("folder", "train", "dev", *(label.strip() for label in ROWS.values())):
        assert words in shown
    for _, words in KINDS.values():
        assert words in shown
    assert "50.0%" in shown and "1,234" in shown and "–" in shown


def test_rows_without_a_value_are_left_out():
    console = Console(width=160, file=io.StringIO())
    console.print(stats_table({"all": corpus_stats(TRAIN)}))
    shown = console.file.getvalue()
    assert "in train" not in shown and "defects" not in shown
