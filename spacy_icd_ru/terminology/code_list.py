"""Which codes are in force: the packaged list of codes alone, without titles.

The official directory is its publisher's, and users bring their own copy; that a code exists is a fact, and enough
to prove that every row of a lexicon points to something. ``spacy-icd-ru lexicon codes`` makes the list anew.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

from .tree import Terminology

PACKAGED = Path(__file__).parents[1] / "data" / "codes.txt"
WITHDRAWN = PACKAGED.with_name("withdrawn.tsv")
_PSYCHIATRIC = re.compile(r"F\d\d\.\d\d{1,2}")


@lru_cache(maxsize=1)
def packaged_codes() -> frozenset[str]:
    """Active categories and subcategories of the official directory, and the psychiatric extension."""
    return frozenset(PACKAGED.read_text(encoding="utf-8").split())


@lru_cache(maxsize=1)
def withdrawn_titles() -> dict[str, str]:
    """Codes that are no longer in force, though labels of training data still have them: titles that say so."""
    rows = (line.split("\t") for line in WITHDRAWN.read_text(encoding="utf-8").splitlines()[1:])
    return {code: f"{title} (код отменён, теперь {now})" for code, title, now in rows}


def active_codes(terminology: Terminology) -> set[str]:
    """The categories and subcategories that a terminology says are in force."""
    return {
        code
        for code, concept in terminology.items()
        if concept.active and concept.kind in ("category", "subcategory")
    }


def is_psychiatric_extension(code: str, codes: Collection[str]) -> bool:
    """Is it one of the fifth and sixth characters of Russian psychiatry, which the official directory lacks, under
    one of `codes`?"""
    return _PSYCHIATRIC.fullmatch(code) is not None and code not in codes and code[:5] in codes


def codes_in_force(terminology: Terminology | None = None) -> frozenset[str]:
    """The codes that a lexicon may use: those of the terminology and the psychiatric extension under them; the
    packaged list without one."""
    if terminology is None:
        return packaged_codes()
    codes = active_codes(terminology)
    return frozenset(codes | {code for code in packaged_codes() if is_psychiatric_extension(code, codes)})
