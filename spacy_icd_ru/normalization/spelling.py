"""One spelling of a word: lower case, е for ё, Cyrillic letters where Latin look-alikes were typed.

Every function maps a character to exactly one character, so offsets into the word stay valid.
"""

from __future__ import annotations

import re

_LATIN = "aceopxykmtbhABCEHKMOPTXYkм"
_CYRILLIC = "асеорхукмтвнАВСЕНКМОРТХУкм"
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)
_HAS_CYRILLIC = re.compile(r"[а-яёА-ЯЁ]")
_HAS_LATIN = re.compile(r"[a-zA-Z]")
_YO = str.maketrans("ёЁ", "еЕ")


def fix_homoglyphs(word: str) -> str:
    """Latin letters that look Cyrillic become Cyrillic in a word that has a Cyrillic letter («Cиндром»).

    A word of Latin letters alone stays («HbA1c», «OD»), as does a mixed word where a letter has no
    look-alike: that is a compound, not a slip of the keyboard.
    """
    if not (_HAS_LATIN.search(word) and _HAS_CYRILLIC.search(word)):
        return word
    fixed = word.translate(_TO_CYRILLIC)
    return word if _HAS_LATIN.search(fixed) else fixed


def normal_spelling(word: str) -> str:
    """Lower-case spelling with homoglyphs fixed and ё written е. ``len`` is kept."""
    lowered = fix_homoglyphs(word).translate(_YO).lower()
    # A few letters change their length in lower case («İ»); offsets matter more than their case.
    return lowered if len(lowered) == len(word) else word.translate(_YO)
