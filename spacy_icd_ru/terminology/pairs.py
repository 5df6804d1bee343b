"""Dagger and asterisk in titles: «Амёбный абсцесс печени (K77.0*)» is a cause, its manifestation is K77.0.

ICD-10, volume 2, section 3.1.3: the primary code is for the underlying disease (†, typed «+»), an optional
additional code for its manifestation (*).
"""

from __future__ import annotations

import re

from .codes import is_code, normalize_code

_BRACKETS = re.compile(r"\(([A-ZА-Я][0-9]{2}[^()]*[*+†][^()]*)\)")
_ITEM = re.compile(r"([^,;*+†]*)([*+†])")


def read_pair(title: str) -> tuple[str, str | None]:
    """(usage, counterpart) that a title states: ``("dagger", "K77.0")`` for one that ends in ``(K77.0*)``.

    A counterpart marked * makes its own code the dagger, and the other way round. Ranges stay ranges
    (``C00-D48``); of several counterparts the first that is written like a code; None where none is.
    ``("", None)`` for a title without a mark.
    """
    if title.isalpha() or not ("*" in title or "+" in title or "†" in title):
        return "", None
    usage, pair = "", None
    for brackets in _BRACKETS.finditer(title):
        for text, mark in _ITEM.findall(brackets[1]):
            usage = usage or ("dagger" if mark == "*" else "asterisk")
            code = normalize_code(text)
            if pair is None and is_code(code):
                pair = code
    return usage, pair
