"""From scores to a code: which category, then which of its children, then how deep.

The three levels of detail:

``most_specific``  the most specific code that the words support, as the coding rules ask: our lexicon, which
                   follows the official index, outweighs the habits of the training labels; a category that
                   has subcategories, or a block, is never the answer where one of its children is at hand.
``as_trained``     what the training labels would say.
``category``       three characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

Level = Literal["most_specific", "as_trained", "category"]
LEVELS: tuple[str, ...] = get_args(Level)

#: From this cosine on a name of the lexicon is the mention's own words, but for an inflection or a stage.
SAME_WORDS = 0.8


@dataclass(frozen=True)
class Decision:
    """order: candidate rows, best first. p: probability of each candidate row. path: (code, cumulative p)
    from block or category down to the chosen code."""

    order: list[int]
    p: np.ndarray
    path: list[tuple[str, float]]


def decide(
    codes: Sequence[str], p: np.ndarray, lexicon: np.ndarray, level: str, leaf: np.ndarray
) -> tuple[list[tuple[str, float]], np.ndarray]:
    """Rank the candidates of one mention.

    codes: candidate codes [C]. p: their probabilities [C], summing to at most 1. lexicon: cosine of the
    mention with each one's nearest name in the lexicon [C]. leaf: bool [C], no code lies below.
    Returns the ranking as (code, probability), best first, ties by code.
    """
    if level == "most_specific":
        p = _with_lexicon(p, lexicon)
        p = _down_to_children(codes, p, lexicon, leaf)
    totals: dict[str, float] = {}
    if level == "category":
        for code, value in zip(codes, p.tolist()):
            totals[code[:3]] = totals.get(code[:3], 0.0) + value
        ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
        return ranked, p
    categories: dict[str, float] = {}
    for code, value in zip(codes, p.tolist()):
        categories[code[:3]] = categories.get(code[:3], 0.0) + value
    ranked = sorted(zip(codes, p.tolist()), key=lambda item: (-item[1], item[0]))
    return ranked, p


def _with_lexicon(p: np.ndarray, lexicon: np.ndarray) -> np.ndarray:
    """Give the codes whose lexicon name is the mention's own words a share of the probability."""
    best = float(lexicon.max(initial=0.0))
    if best < SAME_WORDS:
        return p
    trust = 0.75 * (best - SAME_WORDS) / (1.0 - SAME_WORDS)
    named = (lexicon >= best - 0.02).astype("float32")
    # Among several codes of the same words, what training says decides.
    share = named * (p + 0.05)
    return (1.0 - trust) * p + trust * share / share.sum() * max(float(p.sum()), 1e-6)


def _down_to_children(
    codes: Sequence[str], p: np.ndarray, lexicon: np.ndarray, leaf: np.ndarray
) -> np.ndarray:
    """Move the probability of categories with children, and of blocks, to the children that are candidates.

    A child gets its part by its own probability and its lexical support; «unspecified» (.9) stands for a
    mention that says nothing more.
    """
    p = p.copy()
    for i, code in enumerate(codes):
        if p[i] <= 0.0 or (leaf[i] and "-" not in code):
            continue
        below = [j for j, other in enumerate(codes) if j != i and _is_below(other, code)]
        if not below:
            continue
        support = np.array([p[j] + 0.05 * lexicon[j] ** 3 + (0.03 if codes[j].endswith(".9") else 0.0) for j in below])
        p[below] += p[i] * support / support.sum()
        p[i] = 0.0
    return p


def _is_below(code: str, ancestor: str) -> bool:
    if "-" in ancestor:
        first, last = ancestor.split("-")[:2]
        return "-" not in code and first <= code[:3] <= last
    return len(code) > len(ancestor) and code.startswith(ancestor)


def ladder(code: str, codes: Sequence[str], p: np.ndarray, block: str | None) -> list[tuple[str, float]]:
    """Block, category, subcategory of the chosen code, each with the probability of all candidates in it."""
    values = p.tolist()
    steps: list[tuple[str, float]] = []
    if block:
        steps.append((block, sum(v for c, v in zip(codes, values) if c == block or _is_below(c, block))))
    for n in (3, 5, len(code)):
        prefix = code[:n]
        if "-" in code or len(prefix) < n or (steps and steps[-1][0] == prefix):
            continue
        steps.append((prefix, sum(v for c, v in zip(codes, values) if c.startswith(prefix) and "-" not in c)))
    return [(step, round(min(1.0, value), 4)) for step, value in steps]
