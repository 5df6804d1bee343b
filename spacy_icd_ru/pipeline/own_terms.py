"""`icd_own_terms`: a hospital's own names of diagnoses have the last word on the codes."""

# No postponed annotations: spaCy resolves those of `initialize` to validate the config.

import json
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from spacy.language import Language
from spacy.pipeline import Pipe
from spacy.tokens import Doc, Token
from spacy.training import Example
from spacy.vocab import Vocab

from ..errors import InputError
from ..normalization.walking import leftmost_longest
from ..recognition.gazetteer import name_word
from ..reranking.decision import LEVELS, ladder, may_answer
from .extensions import SPANS_KEY
from .mentions import no_code, reference_offsets, set_mentions

if TYPE_CHECKING:
    from ..terminology.lexicon import LexiconEntry

Mention = tuple[tuple[int, int], dict[str, Any]]
Name = tuple[tuple[int, int], tuple[str, ...], list["OwnTerm"]]
FORMAT_VERSION = 1
WHY = "ваш лексикон"
_PARTING = frozenset(".,;:!?()[]{}+=|")
_CUT_WORD = 4  # letters of a word that was cut short with a full stop
# An abbreviation as short as that is a common word when it is not in capitals.
_SHORT = 3


@dataclass(frozen=True)
class OwnTerm:
    """A name and its code.

    words: lemmas, nothing expanded. capitals: an abbreviation so short that it counts in capitals only.
    title, category_title: of the code and of its category. leaf: no code lies below. usual: the code that the model
    gives to the name alone, "" for none.
    """

    words: tuple[str, ...]
    code: str
    title: str
    category_title: str = ""
    leaf: bool = True
    capitals: bool = False
    usual: str = ""


@Language.factory(
    "icd_own_terms",
    requires=["doc.spans", "token.lemma", "span._.icd10"],
    assigns=["doc.spans", "doc.ents", "span._.icd10"],
    default_config={"level": "most_specific", "codable_only": False},
)
def make_icd_own_terms(nlp: Language, name: str, level: str, codable_only: bool) -> "OwnTerms":
    """Create the component; ``spacy_icd_ru.load(lexicon=...)`` puts it behind all others and fills it.

    level, codable_only: see ``icd_reranker``.
    """
    return OwnTerms(nlp.vocab, name, level=level, codable_only=codable_only)


class OwnTerms(Pipe):
    """Gives the codes of a user's lexicon to the names of that lexicon.

    A mention that is such a name gets its code, with score 1. So does a mention that holds one and something more
    («… справа, ремиссия»), where the model gave it the code that it gives to the name alone; its score stays. A name
    outside all mentions becomes one, and replaces shorter mentions that it overlaps. Of several codes under one name
    the one that the model gives to the name counts, else the one that it ranks first in the record. The model's own
    candidates stay behind as runner-ups.
    """

    def __init__(
        self,
        vocab: Vocab,
        name: str = "icd_own_terms",
        *,
        level: str = "most_specific",
        codable_only: bool = False,
    ):
        if level not in LEVELS:
            raise ValueError(f"{name}: level must be one of {', '.join(LEVELS)}, not {level!r}")
        self.vocab = vocab
        self.name = name
        self.cfg: dict[str, Any] = {"level": level, "codable_only": bool(codable_only)}
        self._terms: dict[tuple[str, ...], list[OwnTerm]] = {}
        self._lengths: dict[str, list[int]] = {}
        #: Whether names outside all mentions become mentions; not where the mentions are given, as in an evaluation.
        self.finds = True

    def __len__(self) -> int:
        return sum(map(len, self._terms.values()))

    def __reduce__(self):
        return _unpickle, (self.vocab, self.name, self.cfg, self.terms)

    @property
    def terms(self) -> list[OwnTerm]:
        return [term for same in self._terms.values() for term in same]

    def __call__(self, doc: Doc) -> Doc:
        self.set_annotations([doc], self.predict([doc]))
        return doc

    def predict(self, docs: Iterable[Doc]) -> list[list[Mention] | None]:
        """For each doc its mentions as (offsets, ``span._.icd10``), or None where no own name changes any."""
        return [self._mentions(doc) if self._terms else None for doc in docs]

    def set_annotations(self, docs: Iterable[Doc], predictions: Sequence) -> None:
        for doc, mentions in zip(docs, predictions):
            if mentions is not None:
                set_mentions(doc, [at for at, _ in mentions], [value for _, value in mentions])

    def _mentions(self, doc: Doc) -> list[Mention] | None:
        spans = doc.spans.get(SPANS_KEY, ())
        mentions = [(at, span._.icd10 or no_code()) for at, span in zip(reference_offsets(doc), spans)]
        words_of = [self._words(doc, at) for at, _ in mentions]
        names = self._names_in(doc) + self._whole_mentions(mentions, words_of)
        if not names:
            return None
        longest = max((end - start for (start, end), _ in mentions), default=0)
        starts = [start for (start, _), _ in mentions]
        values = [value for _, value in mentions]
        gone: set[int] = set()
        added: list[Mention] = []
        changed = False
        for (start, end), words, terms in names:
            # Mentions are sorted by their start: those that reach into the name begin not long before it.
            near = range(bisect_left(starts, start - longest), bisect_left(starts, end))
            over = [i for i in near if mentions[i][0][1] > start and i not in gone]
            around = [i for i in over if mentions[i][0][0] <= start and end <= mentions[i][0][1]]
            for i in around:
                exact = words_of[i] == words
                code = values[i]["code"]
                if exact or (code and any(self._is_usual(term, code) for term in terms)):
                    value = self._value(terms, values[i], score=1.0 if exact else values[i]["score"])
                    if value is not None:
                        values[i] = value
                        changed = True
            if around or not self.finds or any(_length(mentions[i][0]) > end - start for i in over):
                continue
            value = self._value(terms, values[over[0]] if len(over) == 1 else no_code())
            if value is not None:
                gone.update(over)
                added.append(((start, end), value))
                changed = True
        if not changed:
            return None
        kept = [(mention[0], values[i]) for i, mention in enumerate(mentions) if i not in gone]
        return sorted(kept + added, key=lambda mention: mention[0])

    def _whole_mentions(self, mentions: list[Mention], words_of: list[tuple[str, ...]]) -> list[Name]:
        """Mentions that are own names as a whole, commas and all."""
        found = []
        for (at, _), words in zip(mentions, words_of):
            terms = [term for term in self._terms.get(words, ()) if not term.capitals]
            if len(words) > 1 and terms:
                found.append((at, words, terms))
        return found

    def _names_in(self, doc: Doc) -> list[Name]:
        """The longest own names from left to right: offsets, words, what they may mean."""
        found = []
        for tokens in _stretches(doc):
            longest = partial(self._longest_name, tokens)
            for i, behind, terms in leftmost_longest(len(tokens), longest):
                last = tokens[behind - 1][0]
                words = tuple(word for _, word in tokens[i:behind])
                found.append(((tokens[i][0].idx, last.idx + len(last)), words, terms))
        return found

    def _longest_name(self, tokens: Sequence[tuple[Token, str]], i: int) -> tuple[int, list[OwnTerm]] | None:
        for n in self._lengths.get(tokens[i][1], ()):
            part = tokens[i : i + n]
            in_capitals = all(token.text.isupper() for token, _ in part)
            possible = self._terms.get(tuple(word for _, word in part), ()) if len(part) == n else ()
            terms = [term for term in possible if in_capitals or not term.capitals]
            if terms:
                return n, terms
        return None

    @staticmethod
    def _words(doc: Doc, at: tuple[int, int]) -> tuple[str, ...]:
        span = doc.char_span(*at, alignment_mode="expand")
        return tuple(word for word in map(name_word, span) if word)

    def _is_usual(self, term: OwnTerm, code: str) -> bool:
        if self.cfg["level"] == "category":
            return code == term.usual[:3]
        return code == term.usual or (
            self.cfg["codable_only"] and bool(term.usual) and code.startswith(term.usual)
        )

    def _value(
        self, terms: Sequence[OwnTerm], before: dict[str, Any], score: float = 1.0
    ) -> dict[str, Any] | None:
        from ..terminology.classification import block_of

        level, codable_only = self.cfg["level"], self.cfg["codable_only"]
        possible = []
        for term in terms:
            if level == "category":
                term = replace(term, code=term.code[:3], title=term.category_title or term.title)
            elif not may_answer(term.code, term.leaf, level, codable_only):
                continue
            possible.append(term)
        if not possible:
            return None
        rank = {candidate["code"]: i for i, candidate in enumerate(before["candidates"])}
        best = min(possible, key=lambda term: (term.code != term.usual, rank.get(term.code, len(rank))))
        own = {"code": best.code, "title": best.title, "score": score}
        others = [candidate for candidate in before["candidates"] if candidate["code"] != best.code]
        steps = ladder(best.code, [best.code], np.array([score]), block_of(best.code))
        path = [{"code": step, "p": p} for step, p in steps]
        return {**own, "path": path, "candidates": [{**own, "why": WHY}, *others]}

    # Filling

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]] | None = None,
        *,
        nlp: Language | None = None,
        lexicon: str | Path | list[str] | None = None,
    ) -> None:
        """Read the names of lexicon files, a later file's before an earlier one's."""
        if lexicon is not None and nlp is not None:
            from ..terminology.lexicon import read_lexicon

            paths = lexicon if isinstance(lexicon, list) else [lexicon]
            self._fill({})
            for path in paths:
                self.add(nlp, read_lexicon(path)[0])

    def add(self, nlp: Language, entries: "Iterable[LexiconEntry]") -> None:
        """Add names; a name that is there already loses its former codes.

        nlp: the pipeline, with a retriever; it says what the names mean without this component.
        """
        from .icd_retriever import IcdRetriever

        entries = list(entries)
        retriever = next((pipe for _, pipe in nlp.pipeline if isinstance(pipe, IcdRetriever)), None)
        with nlp.select_pipes(disable=[self.name] if self.name in nlp.pipe_names else []):
            docs = list(nlp.pipe(entry.name for entry in entries))
        codes = {entry.code for entry in entries} | set(retriever.retriever.codes if retriever else ())
        codes = {code for code in codes if "-" not in code}
        parents = {code[:n] for code in codes for n in (3, 5, 6) if len(code) > n}
        new: dict[tuple[str, ...], list[OwnTerm]] = {}
        for entry, doc in zip(entries, docs):
            words = tuple(word for word in map(name_word, doc) if word)
            if not words:
                continue
            given = list(dict.fromkeys(doc._.icd10))
            term = OwnTerm(
                words=words,
                code=entry.code,
                title=(retriever.title(entry.code) if retriever else "") or entry.name,
                category_title=retriever.title(entry.code[:3]) if retriever else "",
                leaf=entry.code not in parents,
                capitals=len(entry.name) <= _SHORT and entry.name.isupper(),
                usual=given[0] if len(given) == 1 else "",
            )
            if term not in new.setdefault(words, []):
                new[words].append(term)
        self._fill({**self._terms, **new})

    def _fill(self, terms: dict[tuple[str, ...], list[OwnTerm]]) -> None:
        self._terms = terms
        lengths: dict[str, set[int]] = {}
        for words in terms:
            lengths.setdefault(words[0], set()).add(len(words))
        self._lengths = {word: sorted(found, reverse=True) for word, found in lengths.items()}

    # Saving

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        path = Path(path)
        path.mkdir(parents=True, exist_ok=True)
        (path / "terms.json").write_text(json.dumps(self._message(), ensure_ascii=False), encoding="utf8")

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> "OwnTerms":
        file = Path(path) / "terms.json"
        try:
            return self._restore(json.loads(file.read_text(encoding="utf8")))
        except InputError:
            raise
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"not the own terms of spacy-icd-ru ({type(error).__name__})",
                where=str(file),
                cure="Load the model that they were added to, and add them again",
            ) from None

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        import srsly

        return srsly.msgpack_dumps(self._message())

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> "OwnTerms":
        import srsly

        return self._restore(srsly.msgpack_loads(data))

    def _message(self) -> dict[str, Any]:
        return {"format": FORMAT_VERSION, **self.cfg, "terms": [asdict(term) for term in self.terms]}

    def _restore(self, message: dict[str, Any]) -> "OwnTerms":
        if message["format"] != FORMAT_VERSION:
            raise InputError(
                f"made by another version (format {message['format']}, this one reads {FORMAT_VERSION})",
                where=self.name,
                cure="Load the model that they were added to, and add them again",
            )
        self.cfg = {key: message[key] for key in self.cfg}
        self._fill(_by_words(OwnTerm(**{**term, "words": tuple(term["words"])}) for term in message["terms"]))
        return self


def _length(at: tuple[int, int]) -> int:
    return at[1] - at[0]


def _stretches(doc: Doc) -> list[list[tuple[Token, str]]]:
    """The words of a doc as (token, lemma), parted where a name can't go on: at the end of a line or a sentence, at
    brackets, commas, colons. A full stop behind a few letters may be that of an abbreviation."""
    stretches: list[list[tuple[Token, str]]] = [[]]
    for token in doc:
        word = name_word(token)
        if word:
            stretches[-1].append((token, word))
            continue
        before = stretches[-1]
        if "\n" in token.text or token.text in _PARTING:
            ends = token.text != "." or not before or len(before[-1][0]) > _CUT_WORD
            if ends and before:
                stretches.append([])
    return stretches


def _by_words(terms: Iterable[OwnTerm]) -> dict[tuple[str, ...], list[OwnTerm]]:
    found: dict[tuple[str, ...], list[OwnTerm]] = {}
    for term in terms:
        found.setdefault(term.words, []).append(term)
    return found


def _unpickle(vocab: Vocab, name: str, cfg: dict, terms: list[OwnTerm]) -> OwnTerms:
    component = OwnTerms(vocab, name, **cfg)
    component._fill(_by_words(terms))
    return component
