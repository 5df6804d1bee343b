"""From tokens and names to the words that the retriever compares."""

from __future__ import annotations

from collections.abc import Iterable

from spacy.tokens import Doc, Span, Token
from spacy.vocab import Vocab

from .clinical_normalizer import ClinicalNormalizer
from .tokenizer import build_clinical_tokenizer


def words_of(tokens: Iterable[Token] | Span) -> tuple[str, ...]:
    """Lemmas of the tokens that hold a letter or a digit."""
    return tuple(
        token.lemma_ or token.lower_ for token in tokens if not (token.is_punct or token.is_space) and _spoken(token)
    )


def _spoken(token: Token) -> bool:
    text = token.text
    return text[0].isalnum() or any(c.isalnum() for c in text)


class NameReader:
    """Reads the words of a name as the pipeline reads those of a mention, whatever the host's tokenizer."""

    def __init__(self, vocab: Vocab | None = None):
        vocab = Vocab() if vocab is None else vocab
        self._tokenizer = build_clinical_tokenizer(vocab)
        self._normalizer = ClinicalNormalizer(vocab, expand_abbreviations=False)

    def __call__(self, name: str) -> tuple[str, ...]:
        return words_of(self.normalize(self._tokenizer(name)))

    def normalize(self, doc: Doc) -> Doc:
        """Give the tokens of a doc their norms and lemmas."""
        return self._normalizer(doc)
