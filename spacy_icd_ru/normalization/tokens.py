"""Tokenizer for clinical Russian: spaCy's own `Tokenizer` with rules for glued words, stages and levels.

Diagnosis fields miss the spaces that a newspaper has: «АГ 2 ст.,риск-2-3,ХСН-0», «12мм», «выздОстрый
ринит», «IIст». Every punctuation mark is therefore a token of its own, and words part where the kind of
character changes. It is non-destructive, as every spaCy tokenizer is: ``doc.text == text``.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.util import registry
from spacy.vocab import Vocab

_LOWER = "а-яёa-z"
_CYRILLIC = "а-яёА-ЯЁ"
_LATIN = "a-zA-Z"

# What a Roman numeral is glued to when a space is missing. A lone look-alike («Xронический», Latin X)
# must stay one word, so the numeral parts only before these stems.
_AFTER_ROMAN = r"(?:ст|степ|стад|стп|фк|ф\.|тип|кл|тр|гр|ф\b)"

# Zero-width alternatives only say where a token ends; spaCy's tokenizer takes empty infix matches.
_INFIX = re.compile(
    "|".join(
        (
            r"[^\w\s]|_",  # any punctuation or symbol stands alone
            rf"(?<=[{_CYRILLIC}])(?=\d)",  # ХСН2 → ХСН 2; Latin stays: L5, Th12, I20
            rf"(?<=\d)(?![абАБaAbB](?![\w]))(?=[{_CYRILLIC}{_LATIN}])",  # 12мм → 12 мм; 2а stays
            r"(?<=[а-яё])(?=[А-ЯЁ][а-яё]{2})",  # выздОстрый → вызд Острый
            r"(?<=[а-яё]{2})(?=[А-ЯЁ]{2})",  # ситуацияАГ
            r"(?<=[А-ЯЁ]{2})(?=[А-ЯЁ][а-яё]{3})",  # ОРВИОстрый
            rf"(?<=[IVX])(?={_AFTER_ROMAN})",  # IIст → II ст
            rf"(?<=[{_LOWER}])(?=I{{1,3}}V?(?![\w]))",  # стII → ст II
        )
    )
)


# spaCy skips an infix at the very start of a chunk, so leading and trailing marks need rules of their own.
_PREFIX = re.compile(r"^(?:[^\w\s]|_)")
_SUFFIX = re.compile(r"(?:[^\w\s]|_)$")


def build_clinical_tokenizer(vocab: Vocab) -> Tokenizer:
    """The tokenizer itself, for a vocabulary."""
    return Tokenizer(
        vocab,
        rules={},
        prefix_search=_PREFIX.search,
        suffix_search=_SUFFIX.search,
        infix_finditer=_INFIX.finditer,
    )


@registry.tokenizers("spacy_icd_ru.ClinicalTokenizer.v1")
def create_clinical_tokenizer() -> Callable[[Language], Tokenizer]:
    """Registered as ``spacy_icd_ru.ClinicalTokenizer.v1``, for ``[nlp.tokenizer]`` of a config."""

    def make(nlp: Language) -> Tokenizer:
        return build_clinical_tokenizer(nlp.vocab)

    return make
