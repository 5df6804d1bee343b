"""From scores to a code: which category, then which of its codes, then how deep.

The three levels of detail:

``most_specific``  the most specific code that the words support: where a name of our lexicon, which follows
                   the official index, is the mention's own words, it decides unless the training labels are
                   of one mind; so does the name of a subcategory against its category; a block is never
                   the answer.
``as_trained``     what the training labels would say.
``category``       three characters.

``codable_only`` goes further, for statistics that take no other codes: the probability of a category that
has subcategories moves to these, «unspecified» (.9) standing for a mention that says nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

Level = Literal["most_specific", "as_trained", "category"]
LEVELS: tuple[str, ...] = get_args(Level)

#: From this cosine on a name of the lexicon is the mention's own words, but for an inflection or a stage.
SAME_WORDS = 0.8
#: From this cosine on it is the mention's words without any doubt.
VERY_WORDS = 0.95
#: Part of the decision that such a name takes when it is the mention's words exactly.
LEXICON_TRUST = 0.05
#: Part that a name of the very words takes where training is in doubt: no category has a probability of SURE,
#: or less than FAMILIAR of the mention occurred in training, whose certainty is then about other words, or it
#: never met the category.
DOUBT_TRUST = 0.6
SURE = 0.4
FAMILIAR = 0.7
#: The same where training would contradict the name, and answer from a category that it doesn't have.
SURE_AGAINST = 0.45
FAMILIAR_AGAINST = 0.8
#: In doubt the candidates count as at least so probable together, though training expected none of them.
AT_HAND = 0.5
#: Within a category of which training is sure, but of none of its codes, which have less than this part of it, a name
#: of the very words decides.
CLEAR = 0.4
#: A subcategory of the very words takes over from a category of which training is sure where it is itself at
#: least so many times as probable: the labels are of two minds.
NEARLY = 0.4
#: Part of its probability that a block, or a category that must not be the answer, gives to the codes below.
PARENT_GIVES = 0.9


def decide(
    codes: Sequence[str],
    p: np.ndarray,
    lexicon: np.ndarray,
    leaf: np.ndarray,
    level: str,
    codable_only: bool = False,
    familiar: np.ndarray | None = None,
) -> tuple[list[tuple[str, float]], np.ndarray]:
    """Rank the candidates of one mention.

    codes: candidate codes [C]. p: their probabilities [C], summing to at most 1. lexicon: cosine of the
    mention with each one's nearest name in the lexicon [C]. leaf: bool [C], no code lies below.
    familiar: share of the mention that training mentions had too [C], 0 for codes of a category that training
    never met; all 1 where None.
    Returns the ranking as (code, probability), best first, ties by code, and the probabilities [C] that it
    was made from. The first code is the best of the most probable category; the others follow by their own
    probability. What ``may_answer`` bars comes first only where nothing else is at hand.
    """
    if level == "category":
        return _ranked(_category_totals(codes, p).items()), p
    if level == "most_specific":
        p = _with_lexicon(codes, p, lexicon, np.ones(len(codes)) if familiar is None else familiar)
        p = _within_category(codes, p, lexicon)
        p = _down_to_children(codes, p, lexicon, np.array(["-" in code for code in codes], dtype=bool))
        p = _down_to_named(codes, p, lexicon, leaf)
    if codable_only:
        p = _down_to_children(codes, p, lexicon, ~leaf)
    ranked = _ranked(zip(codes, p.tolist()))
    allowed = {c for c, is_leaf in zip(codes, leaf.tolist()) if may_answer(c, is_leaf, level, codable_only)}
    if ranked:
        category = _ranked(_category_totals(codes, p).items())[0][0]
        order = (
            lambda code: code[:3] == category and code in allowed,
            lambda code: code in allowed,
            lambda code: code[:3] == category,
        )
        first = next(pair for wanted in order for pair in ranked if wanted(pair[0]))
        ranked.remove(first)
        ranked.insert(0, first)
    return ranked, p


def may_answer(code: str, leaf: bool, level: str, codable_only: bool = False) -> bool:
    """Can the code be the answer at this level? leaf: no code lies below."""
    is_block = "-" in code
    if codable_only and (is_block or not leaf) and level != "category":
        return False
    return not (is_block and level == "most_specific")


def _ranked(pairs) -> list[tuple[str, float]]:
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))


def _category_totals(codes: Sequence[str], p: np.ndarray) -> dict[str, float]:
    totals: dict[str, float] = {}
    for code, value in zip(codes, p.tolist()):
        totals[code[:3]] = totals.get(code[:3], 0.0) + value
    return totals


def _with_lexicon(
    codes: Sequence[str], p: np.ndarray, lexicon: np.ndarray, familiar: np.ndarray
) -> np.ndarray:
    """Give the codes whose lexicon name is the mention's own words a share of the probability.

    The share is small where training is sure of a category, large where it is in doubt or never saw the
    words: there the lexicon is all that is known of them.
    """
    best = float(lexicon.max(initial=0.0))
    if best < SAME_WORDS:
        return p
    named = lexicon >= best - 0.02
    # Among several codes of the same words, what training says decides.
    share = np.where(named, p + 0.05, 0.0)
    total = float(p.sum())
    if best >= VERY_WORDS and _in_doubt(codes, p, named, familiar):
        trust, total = DOUBT_TRUST, max(total, AT_HAND)
    else:
        trust = LEXICON_TRUST * (best - SAME_WORDS) / (1.0 - SAME_WORDS)
    return (1.0 - trust) * p + trust * share / share.sum() * total


def _within_category(codes: Sequence[str], p: np.ndarray, lexicon: np.ndarray) -> np.ndarray:
    """Give a code of the very words its part of the most probable category, where training leaves its codes open."""
    best = float(lexicon.max(initial=0.0))
    if best < VERY_WORDS:
        return p
    of_top, total = _top_category(codes, p)
    named = of_top & (lexicon >= best - 0.02)
    if not named.any() or p[of_top].max() >= CLEAR * total:
        return p
    share = np.where(named, p + 0.05, 0.0)
    moved = np.where(of_top, DOUBT_TRUST * p, 0.0)
    return p - moved + moved.sum() * share / share.sum()


def _top_category(codes: Sequence[str], p: np.ndarray) -> tuple[np.ndarray, float]:
    """The most probable category: its codes, bool [C], and its probability."""
    totals = _category_totals(codes, p)
    top = min(totals, key=lambda category: (-totals[category], category))
    return np.array([code[:3] == top for code in codes], dtype=bool), totals[top]


def _in_doubt(codes: Sequence[str], p: np.ndarray, named: np.ndarray, familiar: np.ndarray) -> bool:
    of_top, total = _top_category(codes, p)
    known = familiar[of_top].max()
    if (of_top & named).any():
        return total < SURE or known < FAMILIAR
    return total < SURE_AGAINST or known < FAMILIAR_AGAINST


def _down_to_children(
    codes: Sequence[str], p: np.ndarray, lexicon: np.ndarray, parents: np.ndarray
) -> np.ndarray:
    """Move most of the probability of the marked parents to the codes below them, where any are at hand.

    A child takes its part by its own probability and by how near its name is; «unspecified» (.9) stands for
    a mention that says nothing more. The parent keeps enough to stay among the runners-up.
    """
    p = p.copy()
    for i in np.flatnonzero(parents & (p > 0.0)):
        below = [j for j, other in enumerate(codes) if _is_below(other, codes[i])]
        support = np.array([p[j] + 0.05 * lexicon[j] ** 3 + 0.03 * codes[j].endswith(".9") for j in below])
        if not below or support.sum() <= 0.0:
            continue
        moved = PARENT_GIVES * p[i]
        p[below] += moved * support / support.sum()
        p[i] -= moved
    return p


def _down_to_named(codes: Sequence[str], p: np.ndarray, lexicon: np.ndarray, leaf: np.ndarray) -> np.ndarray:
    """Move most of a category's probability to a subcategory whose lexicon name is the mention's very words.

    «ПИКС» is I25.2 and not I25, though a part of the labels say so. Where all do, the habit decides; and
    so it does on «unspecified» (.9), which says no more than the category does.
    """
    p = p.copy()
    for i in np.flatnonzero(~leaf & (p > 0.0)):
        below = [
            j
            for j, other in enumerate(codes)
            if lexicon[j] >= VERY_WORDS and not other.endswith(".9") and _is_below(other, codes[i])
        ]
        if not below or "-" in codes[i] or p[i] >= SURE and p[below].max() < NEARLY * p[i]:
            continue
        share = p[below] + 0.05
        moved = PARENT_GIVES * p[i]
        p[below] += moved * share / share.sum()
        p[i] -= moved
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
    if "-" in code and block != code:  # a range that the classification in force doesn't know
        steps.append((code, sum(v for c, v in zip(codes, values) if c == code or _is_below(c, code))))
    for n in (3, 5, len(code)):
        prefix = code[:n]
        if "-" in code or len(prefix) < n or (steps and steps[-1][0] == prefix):
            continue
        steps.append((prefix, sum(v for c, v in zip(codes, values) if c.startswith(prefix) and "-" not in c)))
    return [(step, round(min(1.0, value), 4)) for step, value in steps]
