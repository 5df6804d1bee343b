"""Abbreviations of diagnosis fields with all their senses, and which sense a context favours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from ..errors import InputError
from .report import ReadReport
from .text_files import read_text

COLUMNS = ("abbreviation", "expansion", "code", "cues", "specialty", "default")


@dataclass(frozen=True, slots=True)
class AbbreviationSense:
    """What an abbreviation can stand for.

    code: the sense's own ICD-10 code, or "". cues: stems of words, or prefixes of codes, whose neighbourhood
    favours the sense. default: the sense where no cue decides.
    """

    abbreviation: str
    expansion: str
    code: str
    cues: tuple[str, ...]
    specialty: str
    default: bool


class AbbreviationTable:
    """Senses by abbreviation; iterates over the abbreviations as the table writes them."""

    def __init__(self, senses: Iterable[AbbreviationSense]):
        self._senses: dict[str, list[AbbreviationSense]] = {}
        for sense in senses:
            self._senses.setdefault(sense.abbreviation, []).append(sense)

    def __len__(self) -> int:
        return len(self._senses)

    def __iter__(self) -> Iterator[str]:
        return iter(self._senses)

    def __contains__(self, abbreviation: str) -> bool:
        return abbreviation in self._senses

    def senses(self, abbreviation: str) -> list[AbbreviationSense]:
        """All senses, the default first."""
        return sorted(self._senses[abbreviation], key=lambda sense: not sense.default)

    def choose(
        self, abbreviation: str, words: Iterable[str], codes: Iterable[str] = ()
    ) -> tuple[AbbreviationSense, str]:
        """The sense with the most cues among the record's other words and codes, and why; else the default.

        words: lemmas. A cue in Latin capitals and digits («E1», «N18») is compared with codes only.
        """
        senses = self.senses(abbreviation)
        if len(senses) == 1:
            return senses[0], "only sense"
        words, codes = list(words), list(codes)
        best, cues = senses[0], []
        for sense in senses:
            hits = [cue for cue in sense.cues if _hits(cue, words, codes)]
            if len(hits) > len(cues):
                best, cues = sense, hits
        return best, f"beside {', '.join(cues)}" if cues else "usual sense"


def _hits(cue: str, words: list[str], codes: list[str]) -> bool:
    if cue[0].isascii() and cue[0].isupper():
        return any(code.startswith(cue) for code in codes)
    return any(word.startswith(cue) for word in words)


@lru_cache(maxsize=1)
def load_default_abbreviations() -> AbbreviationTable:
    """The table inside the package."""
    table, _ = read_abbreviations(Path(str(files("spacy_icd_ru") / "data" / "abbreviations.tsv")))
    return table


def read_abbreviations(path: str | Path) -> tuple[AbbreviationTable, ReadReport]:
    """Read a table; rows that can't be used are skipped and reported.

    Raises InputError for an unreadable file, a missing column, or an abbreviation with several senses of
    which not exactly one is the default.
    """
    report = ReadReport(str(path))
    lines = read_text(path).split("\n")
    header = lines[0].split("\t")
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise InputError(
            f"column {', '.join(missing)} is missing in the header",
            where=str(path),
            cure=f"The first line must be {' '.join(COLUMNS)}, separated by tabs",
        )
    senses = []
    for row, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = dict(zip(header, (cell.strip() for cell in line.split("\t"))))
        if len(cells) < len(COLUMNS) or not cells["abbreviation"] or not cells["expansion"]:
            report.skip(row, "an abbreviation, its expansion and six columns are needed")
            continue
        cues = tuple(cue for cue in cells["cues"].split("|") if cue)
        senses.append(
            AbbreviationSense(
                cells["abbreviation"], cells["expansion"], cells["code"], cues, cells["specialty"],
                cells["default"] == "yes",
            )
        )  # fmt: skip
    report.loaded = len(senses)
    table = AbbreviationTable(senses)
    for abbreviation in table:
        if sum(sense.default for sense in table.senses(abbreviation)) != 1:
            raise InputError(
                f"{abbreviation} needs exactly one default sense", where=str(path), cure="Mark one with «yes»"
            )
    return table, report
