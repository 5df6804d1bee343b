"""The table of the RuCCoD paper (arXiv 2502.21263, table 1) for any corpus, alone or against its training part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from spacy_icd_ru.corpora.records import Record

if TYPE_CHECKING:
    from rich.table import Table


@dataclass(frozen=True)
class CorpusStats:
    """Counts of one corpus. Names of mentions are compared in lower case with white space folded.

    records, mentions: their number. unique_mentions: different names.
    codes: (mention, code) pairs. unique_codes: different codes. uncoded_mentions, multicoded_mentions: mentions
    with no code and with several.
    codes_per_record_*, mentions_per_record_*: mean and maximum; a record's codes count once each.
    mean_characters: mean length of a record. question_share: share of records with «?».
    overlapping_mentions: mentions that share a character with another.
    seen_*, unseen_*: against a training part, None without one: mentions by name, unique codes, and mentions of
    which at least one code is in the training part (uncoded ones left out).
    defects: number by kind, as the reader reports them.
    """

    records: int
    mentions: int
    unique_mentions: int
    codes: int
    unique_codes: int
    uncoded_mentions: int
    multicoded_mentions: int
    mentions_per_record_mean: float
    mentions_per_record_max: int
    codes_per_record_mean: float
    codes_per_record_max: int
    mean_characters: float
    question_share: float
    overlapping_mentions: int
    seen_mentions: int | None = None
    unseen_mentions: int | None = None
    seen_codes: int | None = None
    unseen_codes: int | None = None
    mentions_of_seen_codes: int | None = None
    mentions_of_unseen_codes: int | None = None
    defects: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict:
        """Plain JSON values."""
        return asdict(self)


#: attribute → the row's label in the table
ROWS = {
    "records": "records",
    "mentions": "mentions",
    "unique_mentions": "  different names",
    "uncoded_mentions": "  without a code",
    "multicoded_mentions": "  with several codes",
    "overlapping_mentions": "  that overlap another",
    "mentions_per_record_mean": "  a record, mean",
    "mentions_per_record_max": "  a record, most",
    "codes": "codes",
    "unique_codes": "  different ones",
    "codes_per_record_mean": "  a record, mean (each once)",
    "codes_per_record_max": "  a record, most",
    "mean_characters": "characters a record, mean",
    "question_share": "records with «?»",
    "seen_mentions": "mentions whose name is in train",
    "unseen_mentions": "mentions whose name is not",
    "mentions_of_seen_codes": "mentions whose code is in train",
    "mentions_of_unseen_codes": "mentions whose code is not",
    "seen_codes": "different codes in train",
    "unseen_codes": "different codes not in train",
}


def corpus_stats(
    records: Sequence[Record],
    *,
    train: Sequence[Record] | None = None,
    defects: Mapping[str, int] | None = None,
) -> CorpusStats:
    """Count a corpus.

    train: the part that "seen" refers to. defects: the reader's counts, ``BratReport.counts``.
    """
    mentions = [mention for record in records for mention in record.mentions]
    names = [_name(mention.text) for mention in mentions]
    code_set = {code for mention in mentions for code in mention.codes}
    mentions_in = [len(record.mentions) for record in records]
    codes_in = [len({code for mention in record.mentions for code in mention.codes}) for record in records]
    seen: dict[str, int] = {}
    if train is not None:
        known_names = {_name(mention.text) for record in train for mention in record.mentions}
        known_codes = {code for record in train for mention in record.mentions for code in mention.codes}
        coded = [mention for mention in mentions if mention.codes]
        seen_mentions = sum(name in known_names for name in names)
        of_seen_codes = sum(not known_codes.isdisjoint(mention.codes) for mention in coded)
        seen = {
            "seen_mentions": seen_mentions,
            "unseen_mentions": len(mentions) - seen_mentions,
            "seen_codes": len(code_set & known_codes),
            "unseen_codes": len(code_set - known_codes),
            "mentions_of_seen_codes": of_seen_codes,
            "mentions_of_unseen_codes": len(coded) - of_seen_codes,
        }
    return CorpusStats(
        records=len(records),
        mentions=len(mentions),
        unique_mentions=len(set(names)),
        codes=sum(len(mention.codes) for mention in mentions),
        unique_codes=len(code_set),
        uncoded_mentions=sum(not mention.codes for mention in mentions),
        multicoded_mentions=sum(len(mention.codes) > 1 for mention in mentions),
        mentions_per_record_mean=_mean(mentions_in),
        mentions_per_record_max=max(mentions_in, default=0),
        codes_per_record_mean=_mean(codes_in),
        codes_per_record_max=max(codes_in, default=0),
        mean_characters=_mean([len(record.text) for record in records]),
        question_share=_mean(["?" in record.text for record in records]),
        overlapping_mentions=sum(_overlapping(record) for record in records),
        defects=dict(defects or {}),
        **seen,
    )


def stats_table(columns: Mapping[str, CorpusStats], *, title: str | None = None) -> Table:
    """A rich table with one column a corpus, and below the counts the defects by kind."""
    from rich.table import Table

    from spacy_icd_ru.corpora.brat import KINDS

    table = Table(title=title)
    table.add_column("")
    for name in columns:
        table.add_column(name, justify="right")
    for attribute, label in ROWS.items():
        values = [getattr(stats, attribute) for stats in columns.values()]
        if any(value is not None for value in values):
            table.add_row(label, *(_shown(attribute, value) for value in values))
    found = {kind for stats in columns.values() for kind in stats.defects}
    for outcome in ("repaired", "lost", "noted"):
        kinds = [kind for kind in KINDS if kind in found and KINDS[kind][0] == outcome]
        if kinds:
            table.add_section()
            totals = [sum(stats.defects.get(kind, 0) for kind in kinds) for stats in columns.values()]
            table.add_row(f"defects {outcome}", *(f"{total:,}" for total in totals))
        for kind in kinds:
            values = [stats.defects.get(kind, 0) for stats in columns.values()]
            table.add_row(f"  {KINDS[kind][1]}", *(f"{value:,}" for value in values))
    return table


def _shown(attribute: str, value) -> str:
    if value is None:
        return "–"
    if attribute == "question_share":
        return f"{value:.1%}"
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"


def _name(text: str) -> str:
    return " ".join(text.lower().split())


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _overlapping(record: Record) -> int:
    """Mentions that share a character with another. Sorted by start, one pass to each side is enough."""
    mentions = sorted(record.mentions, key=lambda m: (m.start, m.end))
    overlapping = set()
    reach, widest = -1, -1
    for i, mention in enumerate(mentions):
        if mention.start < reach:
            overlapping |= {i, widest}
        if mention.end > reach:
            reach, widest = mention.end, i
    return len(overlapping)
