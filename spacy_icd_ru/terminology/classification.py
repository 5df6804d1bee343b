"""Chapters and blocks of ICD-10, from the table inside the package: where a code belongs.

The table (``data/classification.tsv``) holds 22 chapters and the 274 blocks of the Russian directory in force
(WHO's 2019 ranges: ``J09-J18``, ``K55-K64``), nested ones too (``C00-C97`` > ``C00-C75`` > ``C15-C26``),
each chapter before its blocks, in the order of WHO.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from .codes import bounds, category_number, category_of, is_block, is_category, is_subcategory

_ROMAN = "I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX XXI XXII".split()


@dataclass(frozen=True, slots=True)
class Range:
    """A chapter or a block: ``code`` is the range of its categories, ``kind`` is ``chapter`` or ``block``."""

    code: str
    title: str
    kind: str


@lru_cache(maxsize=1)
def load_classification() -> dict[str, Range]:
    """The ranges of the packaged table by code, in the order of the classification."""
    text = files("spacy_icd_ru").joinpath("data", "classification.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines()[1:])
    return {code: Range(code, title, kind) for code, title, kind in rows}


def chapter_by_number(number: str) -> str | None:
    """``IX`` → ``I00-I99``; None where there is no such chapter."""
    return _chapter_codes().get(number.strip().upper())


def chapter_number(chapter: str) -> str | None:
    """``I00-I99`` → ``IX``; None where it is no chapter."""
    return next((number for number, code in _chapter_codes().items() if code == chapter), None)


def block_of(code: str) -> str | None:
    """The narrowest block of a code: ``N70-N77`` for ``N72``, and for itself.

    None for a chapter, for what is no code, and for a category that no block holds (``U50``).
    """
    if code in load_classification():
        return code if load_classification()[code].kind == "block" else None
    return _narrowest(code, _block_map(), "block")


def chapter_of(code: str) -> str | None:
    """The chapter of a code: ``N00-N99`` for ``N72``, ``N70-N77`` and itself; None for what is no code."""
    return _narrowest(code, _chapter_map(), "chapter")


def code_kind(code: str) -> str | None:
    """``chapter``, ``block``, ``category`` or ``subcategory``; None for what is not written like a code."""
    if is_category(code):
        return "category"
    if is_subcategory(code):
        return "subcategory"
    if is_block(code):
        known = load_classification().get(code)
        return known.kind if known else "block"
    return None


def paint(ranges: Iterable[str]) -> list[str | None]:
    """For each of the 2,600 possible categories the narrowest of some ranges that holds it, or None.

    One pass over the widest first: a hundred times faster than asking each category for its range.
    """
    owner: list[str | None] = [None] * 2600
    for code in sorted(ranges, key=lambda code: (-_width(code), code)):
        first, last = bounds(code)
        owner[first : last + 1] = [code] * (last - first + 1)
    return owner


def container(code: str, ranges: Iterable[str]) -> str | None:
    """The narrowest of some ranges that holds all of another range and more; None where there is none."""
    first, last = bounds(code)
    best = None
    for other in ranges:
        start, end = bounds(other)
        if start <= first and last <= end and other != code:
            if best is None or (end - start, other) < (_width(best), best):
                best = other
    return best


def _width(code: str) -> int:
    first, last = bounds(code)
    return last - first


def _narrowest(code: str, owner: list[str | None], kind: str) -> str | None:
    category = category_of(code)
    if category:
        return owner[category_number(category)]
    if not is_block(code):
        return None
    known = load_classification()
    if code in known and known[code].kind == kind:
        return code
    return container(code, (entry.code for entry in known.values() if entry.kind == kind))


@lru_cache(maxsize=1)
def _chapter_codes() -> dict[str, str]:
    return dict(
        zip(_ROMAN, (entry.code for entry in load_classification().values() if entry.kind == "chapter"))
    )


@lru_cache(maxsize=1)
def _block_map() -> list[str | None]:
    return paint(entry.code for entry in load_classification().values() if entry.kind == "block")


@lru_cache(maxsize=1)
def _chapter_map() -> list[str | None]:
    return paint(entry.code for entry in load_classification().values() if entry.kind == "chapter")
