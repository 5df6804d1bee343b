"""Names of the lexicon in a record: a hint to the recogniser where a diagnosis begins and ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from spacy.strings import hash_string
from spacy.tokens import Token

MAX_TOKENS = 7
OUTSIDE, BEGIN, INSIDE, LAST, SINGLE = "-", "B", "I", "L", "U"


def name_word(token: Token) -> str:
    """What a token is in a name: its lemma, or nothing where it holds no letter and no digit."""
    return (token.lemma_ or token.norm_) if any(c.isalnum() for c in token.text) else ""


def hash_name(words: Sequence[str]) -> int:
    """A name, given as its lemmas, as an unsigned 64-bit number."""
    return hash_string("\x1f".join(words)) & 0xFFFFFFFFFFFFFFFF


class Gazetteer:
    """A set of names, kept as hashes: 8 bytes a name. hashes: uint64 [n], sorted."""

    def __init__(self, hashes: np.ndarray):
        self.hashes = hashes
        self._known = set(hashes.tolist())

    @classmethod
    def from_names(cls, names: Iterable[Sequence[str]]) -> Gazetteer:
        """names: lists of lemmas. A name of two words counts in both orders («гастрит хронический»)."""
        hashes = set()
        for words in names:
            if 0 < len(words) <= MAX_TOKENS:
                hashes.add(hash_name(words))
                if len(words) == 2:
                    hashes.add(hash_name(words[::-1]))
        return cls(np.array(sorted(hashes), dtype="uint64"))

    def tags(self, words: Sequence[str]) -> list[str]:
        """Mark the longest names from left to right, one tag a token: ``-``, ``U``, or ``B I … L``.

        words: ``name_word`` of each token; punctuation inside a name is passed over.
        """
        n = len(words)
        tags = [OUTSIDE] * n
        if not self._known:
            return tags
        i = 0
        while i < n:
            length = self._longest(words, i) if words[i] else 0
            if length == 1:
                tags[i] = SINGLE
            elif length:
                tags[i] = BEGIN
                tags[i + length - 1] = LAST
                for j in range(i + 1, i + length - 1):
                    tags[j] = INSIDE
            i += max(length, 1)
        return tags

    def _longest(self, words: Sequence[str], i: int) -> int:
        best = 0
        spoken: list[str] = []
        for j in range(i, min(i + MAX_TOKENS, len(words))):
            if words[j]:
                spoken.append(words[j])
                if hash_name(spoken) in self._known:
                    best = j - i + 1
        return best
