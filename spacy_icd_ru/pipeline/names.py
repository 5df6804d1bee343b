"""From tokens and names to the words that the retriever compares."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from spacy.tokens import Doc, Span, Token

from ..normalization.morphology import lemma
from ..normalization.spelling import normal_spelling
from ..normalization.tokens import build_clinical_tokenizer
from ..terminology.abbreviations import AbbreviationSense
from . import extensions  # noqa: F401  (registers token._.expansion)
from .clinical_normalizer import ClinicalNormalizer


def words_of(tokens: Iterable[Token] | Span) -> tuple[str, ...]:
    """Lemmas of the tokens that hold a letter or a digit, an abbreviation followed by what it stands for.

    Both are kept: names and coded mentions may hold either, and an expansion may be wrong.
    """
    words: list[str] = []
    expansion_of: dict | None = None
    for token in tokens:
        text = token.text
        if text[0].isalnum() or any(c.isalnum() for c in text):
            words.append(token.lemma_ or token.lower_)
            if expansion_of is None:
                expansion_of = token.doc.user_data
            # What token._.expansion reads, without an object a token for it.
            expansion = expansion_of.get(("._.", "expansion", token.idx, None))
            if expansion is not None:
                words.extend(_lemmas(expansion["text"]))
    return tuple(words)


@lru_cache(maxsize=20_000)
def _lemmas(text: str) -> tuple[str, ...]:
    return tuple(lemma(normal_spelling(word)) for word in re.findall(r"\w+", text))


class NameReader:
    """Reads the words of a name as the pipeline reads those of a mention, whatever the host's tokenizer."""

    def __init__(self, *, expand_abbreviations: bool = True):
        from spacy.lang.ru import Russian
        from spacy.vocab import create_vocab

        # Not a bare Vocab(): its tokens have no lower_, is_alpha or is_punct, which abbreviations go by.
        vocab = create_vocab("ru", Russian.Defaults)
        self._tokenizer = build_clinical_tokenizer(vocab)
        self._normalizer = ClinicalNormalizer(vocab, expand_abbreviations=expand_abbreviations)

    def __call__(self, name: str) -> tuple[str, ...]:
        return words_of(self.normalize(self._tokenizer(name)))

    def sense(self, sense: AbbreviationSense) -> tuple[str, ...]:
        """The words of a mention that is an abbreviation alone, in one of its senses."""
        texts = (token.text for token in self._tokenizer(sense.abbreviation))
        own = tuple(lemma(normal_spelling(text)) for text in texts if any(c.isalnum() for c in text))
        return own[:1] + _lemmas(sense.expansion) + own[1:]

    def normalize(self, doc: Doc) -> Doc:
        """Give the tokens of a doc their norms and lemmas."""
        return self._normalizer(doc)
