"""`ru_clinical_normalizer`: one spelling, lemma and stage for every token, and what abbreviations stand for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from spacy.language import Language
from spacy.tokens import Doc, Token
from spacy.vocab import Vocab

from ..normalization.morphology import lemma
from ..normalization.spelling import normal_spelling
from ..normalization.stages import STAGE_WORDS, is_ambiguous_roman, stage_number


@Language.factory(
    "ru_clinical_normalizer",
    assigns=["token.norm", "token.lemma", "token._.expansion"],
    default_config={"expand_abbreviations": True},
)
def make_clinical_normalizer(nlp: Language, name: str, expand_abbreviations: bool) -> ClinicalNormalizer:
    """Create the normaliser. `expand_abbreviations`: also write ``token._.expansion``."""
    return ClinicalNormalizer(nlp.vocab, name, expand_abbreviations=expand_abbreviations)


class ClinicalNormalizer:
    """Sets ``norm_`` and ``lemma_`` of every token, and ``token._.expansion`` of abbreviations.

    The text never changes. ``norm_``: lower case, е for ё, Cyrillic for Latin look-alikes inside a word,
    stages and classes in Arabic numerals («IIа» → «2а»). ``lemma_``: the dictionary form of the norm.
    ``token._.expansion``, on the first token of an abbreviation: ``{"text", "start", "end", "code",
    "reason"}`` with character offsets of the abbreviation in ``doc.text``; None elsewhere.
    """

    def __init__(
        self, vocab: Vocab, name: str = "ru_clinical_normalizer", *, expand_abbreviations: bool = True
    ):
        self.vocab = vocab
        self.name = name
        self.expand_abbreviations = expand_abbreviations
        self._expander = None
        # text hash → (norm, lemma); a text's forms depend on nothing but the text, but for the
        # lone Roman «I» and «V».
        self._forms: dict[int, tuple[str, str]] = {}
        self._lone_romans = frozenset(vocab.strings.add(numeral) for numeral in ("I", "V"))

    def __call__(self, doc: Doc) -> Doc:
        forms = self._forms
        romans = []
        for token in doc:
            orth = token.orth
            form = forms.get(orth)
            if form is None:
                form = self._add(token)
            token.norm_, token.lemma_ = form
            if orth in self._lone_romans:
                romans.append(token)
        self._read_lone_romans(doc, romans)
        if self.expand_abbreviations:
            self._expand(doc)
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        for doc in stream:
            yield self(doc)

    def _add(self, token: Token) -> tuple[str, str]:
        if len(self._forms) > 500_000:  # an archive's typos must not fill the memory
            self._forms.clear()
        spelling = normal_spelling(token.text)
        if not is_ambiguous_roman(spelling):
            spelling = stage_number(spelling) or spelling
        form = spelling, lemma(spelling)
        self._forms[token.orth] = form
        return form

    def _read_lone_romans(self, doc: Doc, romans: list[Token]) -> None:
        for token in romans:
            if _beside_stage_word(doc, token.i):
                token.norm_ = token.lemma_ = stage_number(token.text.lower())

    def _expand(self, doc: Doc) -> None:
        if self._expander is None:
            from ..normalization.abbreviations import default_expander

            self._expander = default_expander()
        for key, value in doc.user_data.items():  # those that an earlier run wrote, as token._.expansion
            if value is not None and isinstance(key, tuple) and key[:2] == ("._.", "expansion"):
                doc.user_data[key] = None
        for first, expansion in self._expander(doc):
            doc[first]._.expansion = expansion


def _beside_stage_word(doc: Doc, i: int) -> bool:
    for step in (1, -1):
        j = i + step
        # «I-II ст», «ст. I»: punctuation between the two doesn't part them.
        while 0 <= j < len(doc) and abs(j - i) <= 4 and (doc[j].is_punct or stage_number(doc[j].norm_)):
            j += step
        if 0 <= j < len(doc) and (doc[j].norm_ in STAGE_WORDS or doc[j].lemma_ in STAGE_WORDS):
            return True
    return False
