"""Codes that hold under a condition only, which a coder wants to read before giving them.

Chapter XV is for pregnancy, childbirth and the puerperium, chapter XVI for the newborn, Z80–Z87 for what is over or
in the family, T90–T98 for what an injury has left. Their names are those of common diseases with the condition added
(«Анемия при беременности»), so they come near every mention of the disease.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

_CONDITIONS = (
    (
        "O00",
        "O99",
        re.compile(
            r"берем.*|гестац.*|гестоз|плод.*|роды|родовой|послеродов.*|родильниц.*|рожениц.*|лакта.*|акушер.*|плацент.*"
            r"|кормящ.*|аборт|выкидыш|схватк.*|дородов.*|пренатал.*|антенатал.*|рубец|двойня"
        ),
    ),
    (
        "P00",
        "P96",
        re.compile(
            r"новорожд.*|недонош.*|перинатал.*|неонатал.*|внутриутроб.*|врожденн.*|родовой|плод.*|мат(?:ь|еринск.*)"
        ),
    ),
    ("Z80", "Z87", re.compile(r"анамнез.*|семейн.*|наследств.*|отягощ.*|перенес.*|личный")),
    (
        "T90",
        "T98",
        re.compile(r"последств.*|стар(?:ый|ая)|застарел.*|рубц.*|посттравматич.*|контрактура|анамнез"),
    ),
)
#: What is left of the score of such a code where the mention does not say the condition.
UNSAID = 0.5
#: From this cosine on the name is the mention's own words («ИЦН», «кефалогематома»), and nothing more is to be said.
OWN_WORDS = 0.8


class Conditions:
    """Which of a list of codes hold under which condition."""

    def __init__(self, codes: Sequence[str]):
        self._n_codes = len(codes)
        self._ids = [
            np.array([i for i, code in enumerate(codes) if first <= code[:3] <= last], dtype="int64")
            for first, last, _ in _CONDITIONS
        ]

    def weights(self, mentions: Sequence[Sequence[str]], lexicon: np.ndarray | None) -> np.ndarray:
        """float32 [B, n codes]: what is left of the score of each code, 1 where the mention says the condition.

        mentions: lemmas of each [B]. lexicon: cosine with the nearest name of each code [B, n codes].
        """
        weights = np.ones((len(mentions), self._n_codes), dtype="float32")
        for ids, (_, _, said) in zip(self._ids, _CONDITIONS):
            silent = [row for row, words in enumerate(mentions) if not any(map(said.fullmatch, words))]
            if len(ids) and silent:
                at = np.ix_(silent, ids)
                weights[at] = UNSAID if lexicon is None else np.where(lexicon[at] >= OWN_WORDS, 1.0, UNSAID)
        return weights
