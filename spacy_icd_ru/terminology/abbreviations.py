"""Abbreviations of diagnosis text, whose sense the rest of the record decides.

TSV with the header ``abbreviation⇥expansion⇥code⇥cues⇥specialty⇥default``, one sense a row. Cues are parted
by ``|``: beginnings of words that stand in the record where the sense is meant («почк»), or of codes of the
record (``N``, ``I2``). One sense of each abbreviation is the default (``yes``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path

from ..errors import InputError
from .codes import is_code, normalize_code
from .report import ReadReport
from .text_files import read_text

_AGENTS = ("B95", "B96", "B97", "B98")
COLUMNS = ("abbreviation", "expansion", "code", "cues", "specialty", "default")
_CODE_CUE = re.compile(r"[A-Z][0-9]{0,2}(?:\.[0-9]*)?")
_CURE = f"Rows should be {'⇥'.join(COLUMNS)}"


@dataclass(frozen=True, slots=True)
class AbbreviationSense:
    """One meaning of an abbreviation.

    code: ICD-10 code of the meaning; empty where it is no diagnosis («ст.», «АК»).
    cues: beginnings of words or codes that speak for it.
    """

    abbreviation: str
    expansion: str
    code: str = ""
    cues: tuple[str, ...] = ()
    specialty: str = ""
    default: bool = False


class AbbreviationTable(Collection[str]):
    """Senses by abbreviation; iterates over the abbreviations as the table writes them, sorted.

    Looked up without dots and white space: «г. б.», «г.б.» and «гб» are one. The case as written comes first
    («КА» before «ка»); where the table lacks it, any case counts, and the reason of ``choose`` says so.

    Raises ValueError where an abbreviation with several senses has no default, or more than one.
    """

    def __init__(self, senses: Iterable[AbbreviationSense]):
        self._written: dict[str, list[AbbreviationSense]] = {}
        for sense in senses:
            self._written.setdefault(sense.abbreviation, []).append(sense)
        self._exact: dict[str, str] = {}
        self._folded: dict[str, str] = {}
        for abbreviation in sorted(self._written):
            defect = _defect_of_senses(self._written[abbreviation])
            if defect:
                raise ValueError(f"abbreviation {abbreviation!r}: {defect}")
            self._exact.setdefault(_squeeze(abbreviation), abbreviation)
            self._folded.setdefault(_fold(abbreviation), abbreviation)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._written))

    def __len__(self) -> int:
        return len(self._written)

    def __contains__(self, abbreviation: object) -> bool:
        return isinstance(abbreviation, str) and bool(self.senses(abbreviation))

    def senses(self, abbreviation: str) -> tuple[AbbreviationSense, ...]:
        """All senses, in the order of the table; empty for what it doesn't know."""
        return tuple(self._written.get(self._find(abbreviation) or "", ()))

    def all_senses(self) -> list[AbbreviationSense]:
        """Every sense of every abbreviation."""
        return [sense for abbreviation in self for sense in self._written[abbreviation]]

    def choose(
        self, abbreviation: str, context_words: Iterable[str], context_codes: Iterable[str] = ()
    ) -> tuple[AbbreviationSense, str]:
        """The sense that most cues of the record speak for, and the reason in words.

        context_words: words or lemmas of the record in their order, without the abbreviation itself.
        context_codes: codes that the record has by other means.

        A cue counts once however often it is found. No cue found, or a tie with the default: the default.
        Any other
        tie: the sense that comes first in the table. Raises KeyError for an unknown abbreviation.
        """
        written = self._find(abbreviation)
        if written is None:
            raise KeyError(abbreviation)
        senses = self._written[written]
        other_case = _squeeze(abbreviation) != _squeeze(written)
        typed = f", the table writes it «{written}»" if other_case else ""
        if len(senses) == 1:
            return senses[0], f"its only sense{typed}"
        words, codes = [_lower(word) for word in context_words], list(context_codes)
        hits = [_hits(sense.cues, words, codes) for sense in senses]
        most = max(len(found) for found in hits)
        default = next(i for i, sense in enumerate(senses) if sense.default)
        if not most:
            return senses[default], f"its usual sense{typed}"
        best = (
            default if len(hits[default]) == most else next(i for i, h in enumerate(hits) if len(h) == most)
        )
        return senses[best], f"the record has {', '.join(hits[best][:3])}{typed}"

    def _find(self, abbreviation: str) -> str | None:
        if abbreviation in self._written:
            return abbreviation
        return self._exact.get(_squeeze(abbreviation)) or self._folded.get(_fold(abbreviation))


def is_disease(code: str) -> bool:
    """Whether the meaning of an abbreviation, given as its code, is a disease or an injury.

    The agents of infections («НР») stand beside diagnoses and seldom for one.
    """
    return "A" <= code[:1] <= "T" and code[:3] not in _AGENTS


def read_abbreviations(path: str | Path) -> tuple[AbbreviationTable, ReadReport]:
    """Read a table of abbreviations.

    Skipped and reported: rows with too few or too many fields, an empty abbreviation or expansion, a code
    that is none, a default that is neither ``yes`` nor empty, repeated rows, and all senses of an
    abbreviation that has several but not exactly one default. A single sense is the default whether marked
    or not.

    Raises InputError for a file that can't be read, lacks a column, or holds no usable row.
    """
    path = Path(path)
    report = ReadReport(str(path), unit="senses")
    lines = read_text(path).split("\n")
    header = [column.strip().lower() for column in lines[0].split("\t")]
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        named = f"{'column' if len(missing) == 1 else 'columns'} {', '.join(missing)}"
        raise InputError(f"has no {named}", where=str(path), cure=_CURE)
    found: dict[str, list[tuple[int, AbbreviationSense]]] = {}
    seen: dict[tuple[str, str], int] = {}
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        report.rows += 1
        sense, reason = _read_row(header, line.split("\t"))
        if sense is None:
            report.skip(number, reason)
            continue
        key = sense.abbreviation, sense.expansion
        if key in seen:
            report.skip(number, f"repeats row {seen[key]}")
            continue
        seen[key] = number
        found.setdefault(sense.abbreviation, []).append((number, sense))
    good = []
    for rows in found.values():
        defect = _defect_of_senses([sense for _, sense in rows])
        if defect:
            report.skipped.extend((number, defect) for number, _ in rows)
        else:
            good.extend(sense for _, sense in rows)
    report.skipped.sort()
    if not good:
        raise InputError("holds no usable row", where=str(path), cure=_CURE)
    report.loaded = len(good)
    return AbbreviationTable(good), report


@lru_cache(maxsize=1)
def load_default_abbreviations() -> AbbreviationTable:
    """The table inside the package, read once."""
    with as_file(files("spacy_icd_ru").joinpath("data", "abbreviations.tsv")) as path:
        return read_abbreviations(path)[0]


def _read_row(header: Sequence[str], fields: list[str]) -> tuple[AbbreviationSense | None, str]:
    if not 2 <= len(fields) <= len(header):
        return None, "has too few or too many fields"
    # Editors cut empty columns at the end of a row.
    row = dict(zip(header, (*fields, *[""] * (len(header) - len(fields)))))
    row = {column: " ".join(row[column].split()) for column in COLUMNS}
    code = normalize_code(row["code"])
    if not row["abbreviation"] or not row["expansion"]:
        return None, "its abbreviation or expansion is empty"
    if code and not is_code(code):
        return None, "its code is not an ICD-10 code"
    if row["default"].lower() not in ("", "yes"):
        return None, "its default is neither «yes» nor empty"
    cues = tuple(cue.strip() for cue in row["cues"].split("|") if cue.strip())
    default = row["default"].lower() == "yes"
    return AbbreviationSense(row["abbreviation"], row["expansion"], code, cues, row["specialty"], default), ""


def _defect_of_senses(senses: Sequence[AbbreviationSense]) -> str | None:
    defaults = sum(sense.default for sense in senses)
    if len(senses) > 1 and defaults != 1:
        return (
            f"{len(senses)} senses and {defaults or 'no'} default{'s' if defaults > 1 else ''} instead of one"
        )
    return None


def _hits(cues: Iterable[str], words: Sequence[str], codes: Sequence[str]) -> list[str]:
    """The cues found, words as they stand in the record («почка»), codes in full."""
    found = []
    for cue in cues:
        if _CODE_CUE.fullmatch(cue):
            hit = next((code for code in codes if code.startswith(cue)), None)
        else:
            hit = _find_words(_lower(cue).split(), words)
        if hit:
            found.append(hit)
    return found


def _find_words(parts: Sequence[str], words: Sequence[str]) -> str | None:
    for i in range(len(words) - len(parts) + 1):
        if all(word.startswith(part) for part, word in zip(parts, words[i : i + len(parts)])):
            return f"«{' '.join(words[i : i + len(parts)])}»"
    return None


def _lower(text: str) -> str:
    return text.lower().replace("ё", "е")


def _squeeze(text: str) -> str:
    return "".join(text.replace(".", "").split())


def _fold(text: str) -> str:
    return _lower(_squeeze(text))
