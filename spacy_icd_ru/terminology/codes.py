"""The syntax of ICD-10 codes; needs no table."""

from __future__ import annotations

import re

_LOOK_ALIKES = str.maketrans("АВСЕНКМОРТХУ", "ABCEHKMOPTXY")
_CODE = re.compile(r"^[A-Z]\d\d(\.\d[\dA-Z]{0,3}|\.X\d?)?$")
_BLOCK = re.compile(r"^[A-Z]\d\d-[A-Z]\d\d$")


def normalize_code(text: str) -> str:
    """A code as it is written in the classification: «j45,0 » → ``J45.0``.

    Upper case, Latin letters for Cyrillic look-alikes, a dot for a comma, dagger and asterisk marks gone.
    Does not check that there is such a code.
    """
    code = text.strip().upper().translate(_LOOK_ALIKES).replace(",", ".").replace(" ", "")
    code = code.replace("–", "-").replace("—", "-")
    return code.rstrip("+*†.")


def is_code(code: str) -> bool:
    """Is this the form of a category or subcategory (``J45``, ``J45.0``, ``F32.00``)?"""
    return bool(_CODE.match(code))


def is_block(code: str) -> bool:
    """Is this the form of a block or chapter (``J00-J06``)?"""
    return bool(_BLOCK.match(code))


def category_of(code: str) -> str:
    """The first three characters: a code's category; of a block, its first category."""
    return code[:3]


def parent_code(code: str) -> str | None:
    """The code one step up by syntax alone: ``F32.00`` → ``F32.0`` → ``F32`` → None."""
    if is_block(code) or len(code) <= 3:
        return None
    shorter = code[:-1]
    return shorter.rstrip(".") if shorter.endswith(".") else shorter


def in_range(code: str, block: str) -> bool:
    """Does a category or subcategory lie in a block or chapter?"""
    first, last = block.split("-")
    return first <= code[:3] <= last
