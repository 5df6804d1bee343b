"""The syntax of ICD-10 codes: what can be said about a code from its characters alone.

WHO writes a category as ``A00`` and a subcategory as ``A00.0``. Russian practice adds a fifth and sixth
character (``S72.00``, ``F10.202``); one published directory even adds letters and marks (``F13.50H``,
``F20.8**1``). Blocks are ranges of categories (``J09-J18``), and so are chapters here (``J00-J99``), because
Roman numerals sort badly and say nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache

_LETTERS = str.maketrans("АВСЕНКМОРТХУ", "ABCEHKMOPTXY")
_DASHES = str.maketrans({dash: "-" for dash in "‐‑‒–—―−"} | {",": ".", "†": None, "‡": None})

_CATEGORY = re.compile(r"[A-Z][0-9]{2}")
_SUBCATEGORY = re.compile(r"[A-Z][0-9]{2}\.[0-9A-Z.*+]{0,9}[0-9A-Z]")
_BLOCK = re.compile(r"([A-Z][0-9]{2})-([A-Z][0-9]{2})")
_SHORT_BLOCK = re.compile(r"([A-Z])([0-9]{2})-([0-9]{2})")


def normalize_code(text: str) -> str:
    """A code as typed by people → as the classification writes it.

    Upper case; no white space, brackets, or marks (``K77.0*``, ``G30.-+``, ``A17.0†``) around it; Cyrillic
    letters that look like Latin ones become Latin; a comma becomes a dot, any dash a hyphen; ``H49-52``
    becomes ``H49-H52``. Never fails: use ``is_code`` to ask whether the result is one. Idempotent.
    """
    code = "".join(text.upper().translate(_LETTERS).translate(_DASHES).split())
    code = code.lstrip("([").rstrip(")]+*.-")
    short = _SHORT_BLOCK.fullmatch(code)
    return f"{short[1]}{short[2]}-{short[1]}{short[3]}" if short else code


def is_category(code: str) -> bool:
    """Is it written like a three-character category (``J18``)?"""
    return _CATEGORY.fullmatch(code) is not None


def is_subcategory(code: str) -> bool:
    """Is it written like a subcategory of any depth (``J18.9``, ``S72.00``, ``F10.202``)?"""
    return _SUBCATEGORY.fullmatch(code) is not None


def is_block(code: str) -> bool:
    """Is it written like a range of categories (``J09-J18``)? Chapters are written the same way."""
    match = _BLOCK.fullmatch(code)
    return match is not None and match[1] <= match[2]


def is_code(code: str) -> bool:
    """Is it written like a category, a subcategory, a block or a chapter?"""
    return is_category(code) or is_subcategory(code) or is_block(code)


def category_of(code: str) -> str | None:
    """The three-character category of a category or subcategory; None for a block or what is no code."""
    return code[:3] if is_category(code) or is_subcategory(code) else None


def code_depth(code: str) -> int:
    """Characters of a category or subcategory without dots and marks: 3 for ``J18``, 4 for ``J18.9``, 5, 6, …

    0 for a block, a chapter, and what is no code.
    """
    return sum(c.isalnum() for c in code) if category_of(code) else 0


@lru_cache(maxsize=1024)
def bounds(block: str) -> tuple[int, int]:
    """First and last category of a block as numbers (letter × 100 + digits) that compare and subtract.

    Raises ValueError for what is not written like a block.
    """
    if not is_block(block):
        raise ValueError(f"{block!r} is not a range of categories such as J09-J18")
    first, last = block.split("-")
    return category_number(first), category_number(last)


def category_number(category: str) -> int:
    """A category as a number, 0 for A00 to 2599 for Z99."""
    return (ord(category[0]) - ord("A")) * 100 + int(category[1:3])
