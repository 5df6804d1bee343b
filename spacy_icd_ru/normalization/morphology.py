"""Lemmas of Russian words without a tagger, by pymorphy3 with a cache of word types."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

#: Nouns that pymorphy takes for a form of another word, a line each; ``assets/nouns.py`` finds them in the lexicon.
NOUNS = Path(__file__).parents[1] / "data" / "nouns.txt"

# In a diagnosis field «боли», «почек» and «рака» are nouns, whatever their other readings.
_PREFERRED = frozenset({"NOUN", "ADJF", "ADJS", "PRTF", "PRTS", "NUMR", "ADVB", "PREP", "CONJ", "PRCL"})
_CLOSE = 0.5


@lru_cache(maxsize=1)
def _analyzer():
    import pymorphy3  # loads 15 MB of dictionaries: only when a word is lemmatised

    return pymorphy3.MorphAnalyzer(lang="ru")


@lru_cache(maxsize=1)
def _nouns() -> frozenset[str]:
    return frozenset(NOUNS.read_text(encoding="utf-8").split())


@lru_cache(maxsize=200_000)
def lemma(spelling: str) -> str:
    """Dictionary form of a lower-case word («сердечной» → «сердечный»), ё written е.

    A form of one of our nouns (``data/nouns.txt``) is that noun. Else among readings the first one that a diagnosis
    can hold wins unless it is half as likely as the best; given names and surnames lose to common words. Words that
    are not Russian come back as they are.
    """
    if not spelling or not any("а" <= c <= "я" for c in spelling):
        return spelling
    parses = _analyzer().parse(spelling)
    if not parses:
        return spelling
    nouns = _nouns()
    for parse in parses:
        if parse.normal_form in nouns and parse.tag.POS == "NOUN":
            return parse.normal_form
    return lemma_of_parses(parses)


def lemma_of_parses(parses) -> str:
    """The lemma by pymorphy's readings of a word alone, best first."""
    best = parses[0]
    for parse in parses:
        tag = parse.tag
        if parse.score < best.score * _CLOSE:
            break
        if tag.POS in _PREFERRED and not {"Name", "Surn", "Patr"} & set(tag.grammemes):
            best = parse
            break
    return best.normal_form.replace("ё", "е")


@lru_cache(maxsize=50_000)
def is_known_word(spelling: str) -> bool:
    """Is this lower-case string a word of the Russian dictionary?"""
    return _analyzer().word_is_known(spelling)


@lru_cache(maxsize=1_000)
def is_function_word(spelling: str) -> bool:
    """Is this lower-case string mostly a preposition, a conjunction, a particle or a pronoun?"""
    parses = _analyzer().parse(spelling) if is_known_word(spelling) else ()
    return any(parse.tag.POS in ("PREP", "CONJ", "PRCL", "NPRO") for parse in parses)
