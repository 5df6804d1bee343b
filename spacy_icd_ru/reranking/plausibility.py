"""Codes that the words of a mention rule out, whatever the training labels made of similar words.

The classification of neoplasms goes by behaviour first (volume 3 of ICD-10, table of neoplasms): malignant
C00–C97, in situ D00–D09, benign D10–D36, uncertain D37–D48. A corpus of outpatient diagnoses knows benign ones
only, and what is learnt from it takes «ЗНО молочной железы» for one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from .decision import SAME_WORDS

OTHER, MALIGNANT, BENIGN, UNCERTAIN, FACTOR = range(5)
_NATURES = (
    ("C00", "C97", MALIGNANT),
    ("D00", "D09", MALIGNANT),  # in situ
    ("D10", "D36", BENIGN),
    ("D37", "D48", UNCERTAIN),
    ("Z00", "Z99", FACTOR),  # observation for suspected cancer, a history of it
)
_MALIGNANT_WORD = re.compile(
    r"злокач.*|рак|.*карцинома|.*саркома|лимфома|лимфогранулематоз|лейкоз|лейкемия|меланома|миелома?"
    r"|(?:нейро|глио|ретино|нефро|медулло|гепато)бластома|метастаз|метастатический"
)
_BENIGN_WORD = re.compile(r"доброкач.*")


def natures_of(codes: Sequence[str]) -> np.ndarray:
    """int8 [n codes]: what each code, or the first of a block, says of a neoplasm's behaviour."""
    return np.array(
        [
            next((nature for first, last, nature in _NATURES if first <= code[:3] <= last), OTHER)
            for code in codes
        ],
        dtype="int8",
    )


def plausible(words: Sequence[Sequence[str]], natures: np.ndarray, lexicon: np.ndarray) -> np.ndarray:
    """Which candidates a mention's words leave possible.

    words: lemmas of each mention, its abbreviations expanded [B]. natures: of the candidates [B, C]. lexicon:
    cosine of the mention with the nearest name of each [B, C]. Returns bool [B, C]. Next to a malignant
    neoplasm another disease stays possible where its name says so («Анемия при злокачественном новообразовании»).
    """
    possible = np.ones(natures.shape, dtype=bool)
    for row, of_mention in enumerate(words):
        said = {behaviour_of(word) for word in of_mention} - {OTHER}
        if said == {MALIGNANT}:
            named = (natures[row] == OTHER) & (lexicon[row] >= SAME_WORDS)
            possible[row] = named | np.isin(natures[row], (MALIGNANT, UNCERTAIN, FACTOR))
        elif said == {BENIGN}:
            possible[row] = natures[row] != MALIGNANT
    return possible


@lru_cache(maxsize=50_000)
def behaviour_of(word: str) -> int:
    """MALIGNANT, BENIGN or OTHER: what a lemma says of a neoplasm."""
    if _MALIGNANT_WORD.fullmatch(word):
        return MALIGNANT
    return BENIGN if _BENIGN_WORD.fullmatch(word) else OTHER
