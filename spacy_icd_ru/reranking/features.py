"""Features of (mention, candidate) pairs, for all mentions of a batch at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .plausibility import natures_of

if TYPE_CHECKING:
    from ..retrieval.retriever import CandidateRetriever, Candidates

N_FEATURES = 40
# Mentions whose pairs of candidates, 40 × 40 each, are looked at together: more leave the processor's cache.
_AT_ONCE = 32


class CodeTable:
    """What is known of a code before any mention is read: one row a code of the retriever.

    static: float32 [n codes, 8], the features. category_ids: int64 [n codes]. leaf: bool [n codes], a code,
    not a block, below which no other code of the table lies. natures: int8 [n codes], see ``plausibility``.
    met: bool [n codes], training had a mention of the code's category.
    """

    def __init__(self, retriever: CandidateRetriever):
        codes = self.codes = retriever.codes
        above = {code[:n] for code in codes if "-" not in code for n in (3, 5) if len(code) > n + (n == 3)}
        self.leaf = np.array(["-" not in code and code not in above for code in codes], dtype=bool)
        depth = np.array([code_depth(code) for code in codes], dtype="int64")
        self.static = (
            np.stack(
                [
                    np.log(retriever.prior + 0.5),
                    np.log(retriever.category_prior[retriever.category_ids] + 0.5),
                    depth == 1,
                    depth == 2,
                    depth >= 3,
                    self.leaf,
                    np.array([code.endswith(".9") for code in codes]),
                    np.array([code.endswith(".8") for code in codes]),
                ],
                axis=1,
            ).astype("float32")
            if codes
            else np.zeros((0, 8), "float32")
        )
        self.category_ids = retriever.category_ids
        self.natures = natures_of(codes)
        self.met = retriever.category_prior[retriever.category_ids] > 0.0


def code_depth(code: str) -> int:
    """0 for a block (``J00-J06``), 1 for a category (``J06``), 2 for ``J06.9``, 3 for anything deeper."""
    if "-" in code:
        return 0
    return min(3, max(1, len(code.replace(".", "")) - 2))


def candidate_features(
    table: CodeTable, found: Candidates, n_words: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, mask and same-category relation of the candidates of a batch.

    n_words: int [B], words a mention. Returns float32 [B, C, N_FEATURES], bool [B, C] (a real candidate),
    bool [B, C, C] (two candidates share a category).
    """
    known = found.ids >= 0
    ids = np.maximum(found.ids, 0)
    category = np.where(known, table.category_ids[ids] if len(table.category_ids) else 0, -1)
    same = (category[:, :, None] == category[:, None, :]) & known[:, :, None] & known[:, None, :]
    lexicon, dictionary, nearest, sharp, broad, exact, count, classified, context, familiar = np.moveaxis(
        found.channels, 2, 0
    )

    def over_category(values: np.ndarray, reduce) -> np.ndarray:
        out = np.empty(values.shape, dtype="float32")
        for start in range(0, len(out), _AT_ONCE):
            rows = slice(start, start + _AT_ONCE)
            reduce(np.where(same[rows], values[rows, None, :], 0.0), axis=2, out=out[rows])
        return out

    category_sharp = over_category(sharp, np.sum)
    category_p = over_category(classified, np.sum)

    def spread(values: np.ndarray) -> np.ndarray:
        return np.broadcast_to(values[:, None], known.shape)

    static = table.static[ids]
    columns = [
        nearest, sharp, np.log(sharp + 0.003), np.log(broad + 0.003),
        exact, np.log(exact + 0.01), np.log1p(count),
        dictionary, dictionary**4, dictionary - dictionary.max(axis=1, keepdims=True), dictionary > 0.99,
        lexicon, lexicon**4, lexicon - lexicon.max(axis=1, keepdims=True), lexicon > 0.99,
        np.log(classified + 1e-5), classified, np.log(category_p + 1e-5), category_p,
        np.log(context + 1e-4), np.log(category_sharp + 0.003), category_sharp,
        over_category(dictionary, np.max), over_category(lexicon, np.max),
        static[..., 0], static[..., 1], static[..., 0] - static[..., 1],
        static[..., 2], static[..., 3], static[..., 4], static[..., 5], static[..., 6], static[..., 7],
        spread(nearest.max(axis=1)), spread(lexicon.max(axis=1)), spread(dictionary.max(axis=1)),
        spread(np.log1p(count.sum(axis=1))), spread(n_words / 5.0), spread(familiar.max(axis=1)),
        np.log(found.fused + 0.001),
    ]  # fmt: skip
    features = np.stack([np.asarray(c, dtype="float32") for c in columns], axis=2)
    features[~known] = 0.0
    return features, known, same
