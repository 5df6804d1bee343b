"""Hashed token features of the recogniser: what a word looks like, and what stands around it.

A word type's own features are computed once and cached; the context templates are then array operations
over a whole batch. No string is built for a token that was seen before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from spacy.strings import hash_string
from spacy.tokens import Doc

from .gazetteer import BEGIN, INSIDE, LAST, OUTSIDE, SINGLE, Gazetteer, name_word

#: Columns of a word's own features.
LEMMA, NORM, SHAPE, PREFIX3, PREFIX4, PREFIX5, SUFFIX2, SUFFIX3, LEMMA_SUFFIX4, KIND, SPACE = range(11)
_OWN = 11
#: The column after them: how the token stands in a name of the gazetteer.
NAMED = 11
_WIDTH = 12
_REACH = 4

# (offset from the token, columns used there)
_SINGLE = (
    (0, (LEMMA, NORM, SHAPE, PREFIX3, PREFIX4, PREFIX5, SUFFIX2, SUFFIX3, LEMMA_SUFFIX4, KIND, SPACE)),
    (-1, (LEMMA, NORM, SHAPE, PREFIX4, SUFFIX2, SUFFIX3, LEMMA_SUFFIX4, SPACE)),
    (1, (LEMMA, NORM, SHAPE, PREFIX4, SUFFIX2, SUFFIX3, LEMMA_SUFFIX4, SPACE)),
    (-2, (LEMMA, SHAPE, PREFIX4, SUFFIX2, SUFFIX3)),
    (2, (LEMMA, SHAPE, PREFIX4, SUFFIX2, SUFFIX3)),
    (-3, (LEMMA, SUFFIX2)),
    (3, (LEMMA, SUFFIX2)),
    (-4, (LEMMA, SUFFIX2)),
    (4, (LEMMA, SUFFIX2)),
    (0, (NAMED,)),
    (-1, (NAMED,)),
    (1, (NAMED,)),
)
# pairs of (offset, column)
_PAIRS = (
    ((-1, LEMMA), (0, LEMMA)),
    ((0, LEMMA), (1, LEMMA)),
    ((-2, LEMMA), (-1, LEMMA)),
    ((1, LEMMA), (2, LEMMA)),
    ((-1, SUFFIX2), (0, SUFFIX2)),
    ((0, SUFFIX2), (1, SUFFIX2)),
    ((-2, SUFFIX2), (-1, SUFFIX2)),
    ((1, SUFFIX2), (2, SUFFIX2)),
    ((0, SUFFIX2), (1, LEMMA)),
    ((-1, LEMMA), (0, SUFFIX2)),
    ((-1, KIND), (1, KIND)),
    # What a name of the lexicon is worth between its neighbours: «ГБ 2 ст.» is cut otherwise than «ДН 0».
    ((0, NAMED), (0, KIND)),
    ((0, NAMED), (1, SHAPE)),
    ((-1, SHAPE), (0, NAMED)),
    ((0, NAMED), (2, SHAPE)),
    ((-2, SHAPE), (0, NAMED)),
)
N_TEMPLATES = 1 + sum(len(columns) for _, columns in _SINGLE) + len(_PAIRS)

_DIGIT = re.compile(r"\d")
_OUTSIDE = np.uint64(0x9E3779B97F4A7C15)


def _hash(text: str) -> int:
    return hash_string(text) & 0xFFFFFFFFFFFFFFFF


_TAG_HASHES = {tag: _hash("named" + tag) for tag in (OUTSIDE, BEGIN, INSIDE, LAST, SINGLE)}


def _shape(text: str) -> str:
    kinds = ("X" if c.isupper() else "x" if c.islower() else "d" if c.isdigit() else c for c in text)
    return "".join(kinds)[:5]


def _kind(text: str) -> str:
    if text.isalpha():
        if text.isupper() and len(text) > 1:
            return "ABBR"
        return "Cap" if text[0].isupper() else "low"
    return "num" if _DIGIT.search(text) else text


class WordFeatures:
    """Cache of the own features of word types: (text, norm, lemma, what follows) → row of uint64."""

    def __init__(self, max_size: int = 500_000):
        self.max_size = max_size
        self._rows: dict[tuple, int] = {}
        self._words: list[str] = []
        self._table = np.zeros((1024, _OWN), dtype="uint64")

    def of_doc(self, doc: Doc, gazetteer: Gazetteer) -> tuple[np.ndarray, np.ndarray]:
        """Features uint64 [n, 12] and token indices [n] of the tokens of a doc that are not white space."""
        text = doc.text
        ids: list[int] = []
        tokens: list[int] = []
        words: list[str] = []
        if len(self._rows) > self.max_size:  # never inside a doc, whose rows are still to be read
            self._rows.clear()
            self._words.clear()
        for token in doc:
            if token.is_space:
                continue
            start = token.idx + len(token)
            after = text[start : start + 1]
            gap = "\n" if after in "\r\n" and after else " " if after.isspace() else "" if after else "$"
            key = (token.orth, token.norm, token.lemma, gap)
            row = self._rows.get(key)
            if row is None:
                row = self._add(key, token, gap)
            ids.append(row)
            tokens.append(token.i)
            words.append(self._words[row])
        features = np.empty((len(ids), _WIDTH), dtype="uint64")
        features[:, :_OWN] = self._table[np.asarray(ids, dtype="int64")]
        features[:, NAMED] = [_TAG_HASHES[tag] for tag in gazetteer.tags(words)]
        return features, np.asarray(tokens, dtype="int64")

    def _add(self, key: tuple, token, gap: str) -> int:
        row = len(self._rows)
        if row >= len(self._table):
            self._table = np.concatenate([self._table, np.zeros_like(self._table)])
        norm = _DIGIT.sub("0", token.norm_)
        lemma = _DIGIT.sub("0", token.lemma_ or token.norm_)
        values = (
            lemma, norm, _shape(token.text), lemma[:3], lemma[:4], lemma[:5],
            norm[-2:], norm[-3:], lemma[-4:], _kind(token.text), gap,
        )  # fmt: skip
        self._table[row] = [_hash(value) for value in values]
        self._words.append(name_word(token))
        self._rows[key] = row
        return row


def context_features(rows: Sequence[np.ndarray], n_bits: int) -> np.ndarray:
    """Hashed features of every token of a batch.

    rows: one uint64 array [n_i, 12] a doc. Returns int64 [sum n_i, N_TEMPLATES], values in
    [0, 2**n_bits).
    """
    blocks, positions, offset = [], [], 0
    outside = np.full((_REACH, _WIDTH), _OUTSIDE, dtype="uint64")
    for row in rows:
        blocks.append(row)
        blocks.append(outside)
        positions.append(np.arange(len(row)) + offset + _REACH)
        offset += len(row) + _REACH
    padded = np.concatenate([outside, *blocks])
    where = np.concatenate(positions) if positions else np.zeros(0, dtype="int64")
    out = np.empty((len(where), N_TEMPLATES), dtype="uint64")
    out[:, 0] = 0x12345678
    column = 1
    with np.errstate(over="ignore"):
        for shift, columns in _SINGLE:
            at = padded[where + shift]
            for c in columns:
                out[:, column] = _mix(at[:, c], column)
                column += 1
        for (shift_a, a), (shift_b, b) in _PAIRS:
            left = padded[where + shift_a, a]
            right = padded[where + shift_b, b]
            out[:, column] = _mix(left * np.uint64(0xC2B2AE3D27D4EB4F) ^ (right << np.uint64(1)), column)
            column += 1
    return (out >> np.uint64(64 - n_bits)).astype("int64")


def _mix(values: np.ndarray, template: int) -> np.ndarray:
    """A good 64-bit mix (splitmix64's finaliser) of a value and the number of its template."""
    x = values + np.uint64((template * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
