"""What a machine can prove about a lexicon, and what it can point a human to."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from .abbreviations import AbbreviationTable
from .classification import chapter_of, load_classification
from .codes import category_of
from .lexicon import LexiconRow, folded
from .tree import Terminology

Key = Callable[[str], Hashable]

#: Trigrams that a preferred name and the official title share (Dice): under it a human should look.
FAR_FROM_TITLE = 0.2
_MIXED = re.compile(r"[A-Za-z][А-Яа-яЁё]|[А-Яа-яЁё][A-Za-z]")
_CLEAN = re.compile(r"[A-Za-zА-Яа-яЁё0-9 .,:;+%/'’()\-–—№«»&αβγδωµ²³°<>≥≤=*?!]+")
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Finding:
    """A defect of a row (number 0: of the file), or with `look` only something that a human should look at."""

    file: str
    number: int
    message: str
    look: bool = False

    def __str__(self) -> str:
        return (
            f"{self.file}, row {self.number}: {self.message}"
            if self.number
            else f"{self.file}: {self.message}"
        )


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a chapter has names: active categories and subcategories of four characters, of how many."""

    chapter: str
    names: int
    codes: int
    categories: tuple[int, int]
    subcategories: tuple[int, int]


@dataclass
class LexiconReport:
    """findings: defects first, each by file and row. coverage: chapters that have a name, in their order."""

    names: int = 0
    codes: int = 0
    findings: list[Finding] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)

    @property
    def defects(self) -> list[Finding]:
        return [finding for finding in self.findings if not finding.look]


def folded_words(name: str) -> Hashable:
    """A name but for case, «ё», punctuation and the order of its words."""
    return tuple(sorted(_WORDS.findall(folded(name))))


def check_lexicon(
    rows: Iterable[LexiconRow],
    codes: Collection[str],
    *,
    official: Terminology | None = None,
    whole: bool = False,
    key: Key = folded_words,
) -> LexiconReport:
    """Check the rows of a lexicon, see ``lexicon.lexicon_rows``.

    codes: those in force, see ``code_list``. official: a directory whose titles the preferred names are compared with.
    whole: the rows are a complete lexicon, one file a chapter, so each code needs a preferred name and each row the
    file of its chapter; a hospital's own file needs neither. key: what two names share if they are the same name.
    """
    rows = list(rows)
    used = [row for row in rows if row.entry is not None]
    report = LexiconReport(names=len(used), codes=len({row.entry.code for row in used}))
    found = report.findings
    found.extend(_finding(row, row.reason) for row in rows if row.entry is None)
    for row in used:
        found.extend(_finding(row, message) for message in _defects_of_row(row, codes, whole))
    found.extend(_order(rows))
    found.extend(_same_names(used, key))
    if whole:
        found.extend(_without_preferred(used))
    if official is not None:
        found.extend(_far_from_titles(used, official))
    found.sort(key=lambda finding: (finding.look, finding.file, finding.number))
    report.coverage = _coverage(used, codes)
    return report


def check_abbreviations(table: AbbreviationTable, codes: Collection[str], file: str) -> list[Finding]:
    """Codes of senses that are not in force, and senses of one abbreviation that nothing tells apart."""
    findings = []
    for abbreviation in table:
        senses = table.senses(abbreviation)
        for sense in senses:
            if sense.code and sense.code not in codes:
                findings.append(Finding(file, 0, f"«{abbreviation}»: {sense.code} is not in force"))
            if len(senses) > 1 and not sense.cues and not sense.default:
                findings.append(
                    Finding(
                        file,
                        0,
                        f"«{abbreviation}» in the sense «{sense.expansion}» has no cue, so it is never meant",
                    )
                )
    return findings


def _finding(row: LexiconRow, message: str, *, look: bool = False) -> Finding:
    return Finding(row.file.name, row.number, message, look)


def _defects_of_row(row: LexiconRow, codes: Collection[str], whole: bool) -> list[str]:
    code, name = row.entry.code, row.entry.name
    defects = []
    if category_of(code) is None:
        if not row.entry.note:
            defects.append(f"{code} is a block, and no note says why")
    elif code not in codes:
        defects.append(f"{code} is not in force")
    if _MIXED.search(name):
        defects.append(f"«{name}» has Latin and Cyrillic letters in one word")
    if not _CLEAN.fullmatch(name):
        odd = sorted({character for character in name if not _CLEAN.fullmatch(character)})
        defects.append(f"«{name}» holds {', '.join(repr(character) for character in odd)}")
    if name[-1] in ".,;:" and row.entry.kind != "abbreviation":
        defects.append(f"«{name}» ends with punctuation")
    if whole and chapter_of(code) != row.file.stem:
        defects.append(f"{code} belongs into {chapter_of(code)}.tsv")
    return defects


def _order(rows: Sequence[LexiconRow]) -> list[Finding]:
    known = [row for row in rows if row.entry is not None]
    return [
        _finding(
            after, f"{after.entry.code} stands after {before.entry.code}: sort by code, preferred names first"
        )
        for before, after in pairwise(known)
        if before.file == after.file and _place(after) < _place(before)
    ]


def _place(row: LexiconRow) -> tuple[str, bool]:
    return row.entry.code, row.entry.kind != "preferred"


def _same_names(rows: Sequence[LexiconRow], key: Key) -> list[Finding]:
    by_name: dict[Hashable, list[LexiconRow]] = {}
    for row in rows:
        by_name.setdefault(key(row.entry.name), []).append(row)
    findings = []
    for same in by_name.values():
        first_of: dict[str, LexiconRow] = {}
        for row in same:
            if first_of.setdefault(row.entry.code, row) is not row:
                first = first_of[row.entry.code]
                where = (
                    f"row {first.number}"
                    if first.file == row.file
                    else f"row {first.number} of {first.file.name}"
                )
                findings.append(_finding(row, f"«{row.entry.name}» says the same as {where}"))
        rows_of_codes = list(first_of.values())
        notes = {row.entry.note for row in rows_of_codes}
        if len(rows_of_codes) > 1 and (len(notes) < len(rows_of_codes) or "" in notes):
            codes = ", ".join(row.entry.code for row in rows_of_codes)
            message = f"«{rows_of_codes[-1].entry.name}» has the codes {codes}: decide, or note what each depends on"
            findings.append(_finding(rows_of_codes[-1], message))
    return findings


def _without_preferred(rows: Sequence[LexiconRow]) -> list[Finding]:
    preferred = {row.entry.code for row in rows if row.entry.kind == "preferred"}
    first = {}
    for row in rows:
        first.setdefault(row.entry.code, row)
    return [
        _finding(row, f"{code} has no preferred name") for code, row in first.items() if code not in preferred
    ]


def _far_from_titles(rows: Sequence[LexiconRow], official: Terminology) -> list[Finding]:
    findings = []
    for row in rows:
        concept = official.get(row.entry.code)
        if row.entry.kind != "preferred" or concept is None or not concept.title:
            continue
        if similarity(row.entry.name, concept.title) < FAR_FROM_TITLE:
            message = f"{row.entry.code} «{row.entry.name}» is far from the official «{concept.title}»"
            findings.append(_finding(row, message, look=True))
    return findings


def similarity(a: str, b: str) -> float:
    """Trigrams that two names share, of all they have: 0 to 1 (Dice's coefficient)."""
    left, right = _trigrams(a), _trigrams(b)
    return 2 * len(left & right) / (len(left) + len(right)) if left or right else 0.0


def _trigrams(name: str) -> set[str]:
    text = f" {' '.join(_WORDS.findall(folded(name)))} "
    return {text[i : i + 3] for i in range(len(text) - 2)}


def _coverage(rows: Sequence[LexiconRow], codes: Collection[str]) -> list[Coverage]:
    of_chapter: dict[str, list[str]] = {}
    for row in rows:
        of_chapter.setdefault(chapter_of(row.entry.code), []).append(row.entry.code)
    in_force: dict[tuple[str | None, int], int] = {}
    for code in codes:
        place = chapter_of(code), len(code)
        in_force[place] = in_force.get(place, 0) + 1
    coverage = []
    for chapter in (entry.code for entry in load_classification().values() if entry.kind == "chapter"):
        if chapter not in of_chapter:
            continue
        named = set(of_chapter[chapter])
        shares = [
            (sum(len(code) == length and code in codes for code in named), in_force.get((chapter, length), 0))
            for length in (3, 5)
        ]
        coverage.append(Coverage(chapter, len(of_chapter[chapter]), len(named), *shares))
    return coverage
