"""Stages, degrees and classes in one form: «II», «IIа», «2А» and «2 а» are «2», «2а», «2а», «2а»."""

from __future__ import annotations

import re

_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8"}
_STAGE = re.compile(r"^(viii|vii|vi|iv|v|iii|ii|i|\d)([абвabc]?)$")
_LETTER = {"a": "а", "b": "б", "c": "в"}

#: Lemmas and their abbreviations that make a lone «I» or «V» beside them a number, not a letter.
STAGE_WORDS = frozenset(
    "ст стад стадия степень степ фк класс кл риск тип функциональный триместр период".split()
)


def stage_number(spelling: str) -> str | None:
    """Arabic form of a stage («iiа» → «2а»), or None where the token is no stage.

    spelling: lower case. Cyrillic «іi» and «х» forms that no physician types are left alone.
    """
    match = _STAGE.match(spelling)
    if match is None:
        return None
    number, letter = match.groups()
    return _ROMAN.get(number, number) + _LETTER.get(letter, letter)


def is_ambiguous_roman(spelling: str) -> bool:
    """True for «i» and «v», which are numbers only beside a stage word."""
    return spelling in ("i", "v")
