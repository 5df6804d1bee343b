"""`icd_retriever`: candidate codes for every mention, with what speaks for each."""

# No postponed annotations: spaCy resolves those of `initialize` to validate the config.

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from spacy.language import Language
from spacy.pipeline import Pipe
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab

from ..errors import InputError
from ..terminology.code_list import active_codes, withdrawn_titles
from .extensions import SPANS_KEY
from .mentions import set_codes
from .names import NameReader, words_of

if TYPE_CHECKING:
    from ..retrieval.retriever import CandidateRetriever, Candidates
    from ..terminology.abbreviations import AbbreviationSense
    from ..terminology.lexicon import LexiconEntry

FORMAT_VERSION = 2
#: For so many candidates, the first ones, it is said in words what speaks for them.
EXPLAINED = 5
# Without a reranker behind it, a retriever shows so many; with one, this is written over at once.
_SHOWN = 30


@dataclass(frozen=True)
class Evidence:
    """What the retriever knows of one doc: a row a mention, in the order of ``doc.spans["diagnoses"]``."""

    candidates: "Candidates"
    words: list[tuple[str, ...]]


@Language.factory(
    "icd_retriever",
    requires=["doc.spans", "token.lemma"],
    assigns=["span._.icd10"],
    default_config={"top_n": 40, "n_bits": 18, "memory": True, "max_weights": 400_000},
)
def make_icd_retriever(
    nlp: Language, name: str, top_n: int, n_bits: int, memory: bool, max_weights: int
) -> "IcdRetriever":
    """Create the retriever.

    top_n: candidates a mention. n_bits: 2**n_bits hashed features. memory: keep the vectors of training
    mentions, not only the weights learnt from them. max_weights: weights kept of the classifier.
    """
    return IcdRetriever(nlp.vocab, name, top_n=top_n, n_bits=n_bits, memory=memory, max_weights=max_weights)


class IcdRetriever(Pipe):
    """Looks all mentions of a batch up at once; see ``retrieval.retriever`` for the channels of evidence."""

    def __init__(
        self,
        vocab: Vocab,
        name: str = "icd_retriever",
        *,
        top_n: int = 40,
        n_bits: int = 18,
        memory: bool = True,
        max_weights: int = 400_000,
    ):
        from ..retrieval.retriever import CandidateRetriever

        if top_n < 1:
            raise ValueError(f"{name}: top_n must be at least 1, not {top_n}")
        self.vocab = vocab
        self.name = name
        self.cfg: dict[str, Any] = {
            "top_n": top_n,
            "n_bits": n_bits,
            "memory": memory,
            "max_weights": max_weights,
        }
        self.retriever: CandidateRetriever = CandidateRetriever(n_bits=n_bits, top_n=top_n)
        self.titles: dict[str, str] = {}
        self._read_name = NameReader()
        self._names: dict[str, list[tuple[tuple[str, ...], str]]] = {"lexicon": [], "dictionary": []}
        # The reranker wants the channels, the Doc only plain candidates: kept beside the Doc while it lives.
        self._evidence: WeakKeyDictionary[Doc, tuple[list[tuple[int, int]], Evidence]] = WeakKeyDictionary()

    def __reduce__(self):
        # For worker processes: what was kept beside this process's docs stays behind.
        return _unpickle, (self.vocab, self.name, self.cfg, self.retriever, self.titles, self._names)

    def __call__(self, doc: Doc) -> Doc:
        self.set_annotations([doc], self.predict([doc]))
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128):
        from spacy.util import minibatch

        for docs in minibatch(stream, size=batch_size):
            self.set_annotations(docs, self.predict(docs))
            yield from docs

    def predict(self, docs: Iterable[Doc]) -> list[Evidence]:
        docs = list(docs)
        words = [[words_of(span) for span in doc.spans.get(SPANS_KEY, ())] for doc in docs]
        return self._look_up(self.retriever, docs, words)

    def _look_up(
        self, retriever: "CandidateRetriever", docs: Sequence[Doc], words: list[list[tuple[str, ...]]]
    ) -> list[Evidence]:
        from ..retrieval.retriever import Candidates

        records = [words_of(doc) for doc in docs]
        mentions = [mention for of_doc in words for mention in of_doc]
        record_of = [i for i, of_doc in enumerate(words) for _ in of_doc]
        found = retriever.retrieve(mentions, records, record_of)
        out, start = [], 0
        for of_doc in words:
            rows = slice(start, start + len(of_doc))
            part = Candidates(found.ids[rows], found.channels[rows], found.fused[rows])
            out.append(Evidence(part, of_doc))
            start += len(of_doc)
        return out

    def set_annotations(self, docs: Iterable[Doc], predictions: list[Evidence]) -> None:
        from ..retrieval.reasons import reason

        codes, known = self.retriever.codes, self.titles
        for doc, evidence in zip(docs, predictions):
            self._evidence[doc] = _places(doc), evidence
            found = evidence.candidates
            values = []
            for ids, scores, channels in zip(
                found.ids[:, :_SHOWN].tolist(),
                np.round(found.fused[:, :_SHOWN].astype("float64"), 4).tolist(),
                found.channels[:, :EXPLAINED].tolist(),
            ):
                shown = [codes[i] for i in ids if i >= 0]
                why = [reason(of_candidate) for of_candidate in channels[: len(shown)]]
                candidates = [
                    {"code": code, "title": known.get(code) or self.title(code), "score": score, "why": said}
                    for code, score, said in zip(shown, scores, chain(why, repeat("")))
                ]
                best = candidates[0] if candidates else {"code": "", "title": "", "score": 0.0}
                values.append(
                    {
                        "code": best["code"],
                        "title": best["title"],
                        "score": best["score"],
                        "path": [],
                        "candidates": candidates,
                    }
                )
            set_codes(doc, values)

    def evidence(self, docs: Sequence[Doc]) -> list[Evidence]:
        """Evidence of docs that this component has annotated, looked up anew where it is gone."""
        missing = [doc for doc in docs if not self._is_current(doc)]
        for doc, found in zip(missing, self.predict(missing) if missing else ()):
            self._evidence[doc] = _places(doc), found
        return [self._evidence[doc][1] for doc in docs]

    def _is_current(self, doc: Doc) -> bool:
        places, _ = self._evidence.get(doc, (None, None))
        return places == _places(doc)  # someone may have moved the mentions since

    def title(self, code: str) -> str:
        """The title of a code; of a withdrawn one, what it is called now; of a category without a title, that of its
        unspecified code; of a code that no directory knows, that of the nearest code above."""
        title = self.titles.get(code)
        if title is not None:
            return title
        title = withdrawn_titles().get(code) or self.titles.get(f"{code}.9")
        if title is not None:
            return title
        while code not in self.titles and len(code) > 3 and "-" not in code:
            code = code[:-1].rstrip(".")
        return self.titles.get(code, "")

    def block(self, code: str) -> str | None:
        """The block of a code, e.g. ``N70-N77``."""
        from ..terminology.classification import block_of

        return block_of(code)

    # Learning

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        lexicon: str | Path | None = None,
        terminology: str | Path | None = None,
    ) -> None:
        """Read names and learn from the coded mentions of the examples.

        lexicon: folder or file in our lexicon format; where None the packaged one, and the packaged abbreviations.
        terminology: official directory (NSI csv, RuCCoD yaml, ClaML) whose titles become names too.
        """
        from ..terminology.abbreviations import load_default_abbreviations
        from ..terminology.lexicon import load_default_lexicon, read_lexicon

        entries, _ = load_default_lexicon() if lexicon is None else read_lexicon(lexicon)
        senses = load_default_abbreviations().all_senses() if lexicon is None else ()
        self.learn(entries, terminology, get_examples(), senses=senses)

    def learn(
        self,
        entries: "Iterable[LexiconEntry]",
        terminology: str | Path | None = None,
        examples: Iterable[Example] = (),
        *,
        senses: "Iterable[AbbreviationSense]" = (),
    ) -> None:
        """Start anew from names of a lexicon, titles of a directory and coded mentions, any of them empty.

        senses: of abbreviations; those that have a code are names of it.
        """
        entries = list(entries)
        self.titles = {entry.code: entry.name for entry in entries if entry.kind == "preferred"}
        self._names["lexicon"] = [(self._read_name(entry.name), entry.code) for entry in entries]
        self._names["lexicon"] += [
            (self._read_name.sense(sense), sense.code) for sense in senses if sense.code
        ]
        self._names["dictionary"] = self._read_titles(terminology) if terminology else []
        mentions = [m for of_record in self._coded_mentions(examples) for m in of_record]
        self.retriever = self._fit(mentions, memory=self.cfg["memory"])
        self._evidence.clear()

    def _fit(self, mentions, *, memory: bool, codes: Sequence[str] = ()) -> "CandidateRetriever":
        from ..retrieval.retriever import CandidateRetriever

        retriever = CandidateRetriever(n_bits=self.cfg["n_bits"], top_n=self.cfg["top_n"])
        return retriever.fit(
            lexicon=self._names["lexicon"],
            dictionary=self._names["dictionary"],
            mentions=mentions,
            memory=memory,
            max_weights=self.cfg["max_weights"],
            codes=codes,
        )

    def _read_titles(self, path: str | Path) -> list[tuple[tuple[str, ...], str]]:
        from ..terminology.readers import read_terminology

        terminology, _ = read_terminology(path)
        names = []
        for code in sorted(active_codes(terminology)):
            if title := terminology.title(code):
                names.append((self._read_name(title), code))
                # An official title is the one that a statistician expects to see.
                self.titles[code] = title
        return names

    def add_terminology(self, path: str | Path) -> int:
        """Add the titles of a directory to a trained retriever. Returns how many."""
        names = self._read_titles(path)
        self.retriever.add_names(names, official=True)
        self._evidence.clear()  # its ids mean other codes now
        return len(names)

    def add_names(self, names: Iterable[tuple[str, str]]) -> None:
        """Add ``(name, code)`` pairs to a trained retriever; milliseconds a name, nothing is retrained."""
        names = list(names)
        for name, code in names:
            self.titles.setdefault(code, name)
        self.retriever.add_names([(self._read_name(name), code) for name, code in names])
        self._evidence.clear()  # its ids mean other codes now

    def _coded_mentions(self, examples: Iterable[Example]) -> list[list[tuple]]:
        """For each example its (words, code, words of the record)."""
        out = []
        for example in examples:
            doc = self.normalized_reference(example)
            record = words_of(doc)
            spans = doc.spans.get(SPANS_KEY, ())
            out.append(
                [(words_of(span), span.kb_id_, record) for span in spans if span.kb_id_ and words_of(span)]
            )
        return out

    def normalized_reference(self, example: Example) -> Doc:
        """The reference with lemmas: gold docs hold mentions, but nobody normalised them."""
        return self._read_name.normalize(example.reference)

    def cross_fit(
        self, examples: Sequence[Example], n_folds: int = 5
    ) -> Iterator[tuple["CandidateRetriever", list[tuple[Example, Evidence, list[str]]]]]:
        """Evidence on the coded mentions of each example from a retriever that never saw its record.

        A ranker that trained on evidence with the record's own mentions in it would learn only to trust
        exact matches. Yields for each fold its retriever, whose counts of codes know nothing of the fold
        either, and (example, evidence, gold codes) of the examples with coded mentions.
        """
        from tqdm import tqdm

        if len(self.retriever.lexicon) and not self._names["lexicon"]:
            raise InputError(
                f"the names of {self.name} were loaded, not read, so it can't be trained in folds",
                cure="Initialise it together with icd_reranker: leave both out of `frozen_components` and `source`",
            )
        coded = self._coded_mentions(examples)
        for fold in tqdm(range(n_folds), desc="cross-fitting candidates", unit="fold", leave=False):
            held = [i for i in range(len(examples)) if i % n_folds == fold and coded[i]]
            rest = [m for i, of_record in enumerate(coded) if i % n_folds != fold for m in of_record]
            if not held:
                continue
            retriever = self._fit(rest, memory=self.cfg["memory"], codes=self.retriever.codes)
            docs = [self.normalized_reference(examples[i]) for i in held]
            words = [[words for words, _, _ in coded[i]] for i in held]
            gold = [[code for _, code, _ in coded[i]] for i in held]
            yield (
                retriever,
                list(zip((examples[i] for i in held), self._look_up(retriever, docs, words), gold)),
            )

    # Saving

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        path = Path(path)
        path.mkdir(parents=True, exist_ok=True)
        meta = {
            "format": FORMAT_VERSION,
            **self.cfg,
            "codes": self.retriever.codes,
            "titles": dict(sorted(self.titles.items())),
        }
        (path / "codes.json").write_text(json.dumps(meta, ensure_ascii=False), encoding="utf8")
        with (path / "evidence.npz").open("wb") as file:
            np.savez_compressed(file, **self.retriever.to_arrays())

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> "IcdRetriever":
        path = Path(path)
        try:
            meta = json.loads((path / "codes.json").read_text(encoding="utf8"))
        except (OSError, ValueError) as error:
            raise InputError(
                f"not a retriever of spacy-icd-ru ({type(error).__name__})",
                where=str(path / "codes.json"),
                cure="Train or install the model again",
            ) from None
        self._check(meta, str(path))
        try:
            with np.load(path / "evidence.npz", allow_pickle=False) as arrays:
                self._restore(meta, dict(arrays.items()))
        except InputError:
            raise
        except Exception as error:  # zipfile, zlib and numpy each raise their own on a damaged file
            raise InputError(
                f"damaged or truncated ({type(error).__name__})",
                where=str(path / "evidence.npz"),
                cure="Train or install the model again",
            ) from None
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        from io import BytesIO

        import srsly

        buffer = BytesIO()
        np.savez_compressed(buffer, **self.retriever.to_arrays())
        meta = {"format": FORMAT_VERSION, **self.cfg, "codes": self.retriever.codes, "titles": self.titles}
        return srsly.msgpack_dumps({"meta": meta, "evidence": buffer.getvalue()})

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> "IcdRetriever":
        from io import BytesIO

        import srsly

        message = srsly.msgpack_loads(data)
        self._check(message["meta"], self.name)
        with np.load(BytesIO(message["evidence"]), allow_pickle=False) as arrays:
            self._restore(message["meta"], dict(arrays.items()))
        return self

    def _check(self, meta: dict, where: str) -> None:
        if not isinstance(meta, dict):
            raise InputError(
                "not a retriever of spacy-icd-ru", where=where, cure="Train or install the model again"
            )
        if meta.get("format") != FORMAT_VERSION:
            raise InputError(
                f"made by another version (format {meta.get('format')}, this one reads {FORMAT_VERSION})",
                where=where,
                cure="Install the model that belongs to this version, or train it again",
            )

    def _restore(self, meta: dict, arrays: dict[str, np.ndarray]) -> None:
        from ..retrieval.retriever import CandidateRetriever

        self.cfg = {key: meta[key] for key in self.cfg}
        self.titles = meta["titles"]
        self.retriever = CandidateRetriever.from_arrays(
            meta["codes"], arrays, n_bits=self.cfg["n_bits"], top_n=self.cfg["top_n"]
        )
        self._evidence.clear()


def _places(doc: Doc) -> list[tuple[int, int]]:
    return [(span.start, span.end) for span in doc.spans.get(SPANS_KEY, ())]


def _unpickle(
    vocab: Vocab, name: str, cfg: dict, retriever: "CandidateRetriever", titles: dict, names: dict
) -> IcdRetriever:
    component = IcdRetriever(vocab, name, **cfg)
    component.retriever, component.titles, component._names = retriever, titles, names
    return component
