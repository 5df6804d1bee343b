"""`icd_coder`: the whole chain as one component, for any pipeline of any language."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spacy.language import Language
from spacy.tokens import Doc

from .extensions import SPANS_KEY
from .mentions import reference_offsets, set_mentions

if TYPE_CHECKING:
    from collections.abc import Callable


@Language.factory(
    "icd_coder",
    assigns=["doc.spans", "doc.ents", "span._.icd10", "doc._.icd10"],
    default_config={
        "model": None,
        "terminology": None,
        "lexicon": None,
        "level": None,
        "codable_only": None,
        "threshold": None,
    },
)
def make_icd_coder(
    nlp: Language,
    name: str,
    model: str | None,
    terminology: str | None,
    lexicon: str | list[str] | None,
    level: str | None,
    codable_only: bool | None,
    threshold: float | None,
) -> IcdCoder:
    """Create the coder; see ``spacy_icd_ru.load`` for the arguments, all of them optional.

    model: installed package or folder; the model inside this package where None.
    """
    return IcdCoder(
        nlp,
        name,
        model=model,
        terminology=terminology,
        lexicon=lexicon,
        level=level,
        codable_only=codable_only,
        threshold=threshold,
    )


class IcdCoder:
    """Runs its own pipeline on ``doc.text`` and projects mentions and codes back by character offsets.

    The host's tokens, tags and entities stay as they are. Spans are expanded to the host's tokens; the exact
    offsets stand in ``doc.spans["diagnoses"].attrs["offsets"]``. Two mentions that expand to the same host
    tokens share one span, that of the better score, because spaCy keeps one ``span._.icd10`` an offset pair.
    """

    def __init__(
        self,
        nlp: Language,
        name: str = "icd_coder",
        *,
        model: str | Path | None = None,
        terminology: str | Path | None = None,
        lexicon: str | Path | list[str] | None = None,
        level: str | None = None,
        codable_only: bool | None = None,
        threshold: float | None = None,
    ):
        self.name = name
        self.vocab = nlp.vocab
        self._source = {"model": model, "terminology": terminology, "lexicon": lexicon}
        self._settings = {"level": level, "codable_only": codable_only, "threshold": threshold}
        self._coder_nlp: Language | None = None

    @property
    def coder_nlp(self) -> Language:
        """The pipeline inside, loaded at first use so that building and deserialising the host stay fast."""
        if self._coder_nlp is None:
            from ..loading import load

            self._coder_nlp = _unlimited(load(**self._source, **self._settings))
        return self._coder_nlp

    def __call__(self, doc: Doc) -> Doc:
        coded = self.coder_nlp(doc.text)
        return self._project(coded, doc)

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        from spacy.util import minibatch

        for docs in minibatch(stream, size=batch_size):
            for coded, doc in zip(self.coder_nlp.pipe([d.text for d in docs], batch_size=batch_size), docs):
                yield self._project(coded, doc)

    def initialize(
        self, get_examples: Callable | None = None, *, nlp: Language | None = None, **kwargs: Any
    ) -> None:
        """Nothing to learn: the model inside is trained already. Loads it, so that a mistake shows here."""
        _ = self.coder_nlp

    def _project(self, coded: Doc, doc: Doc) -> Doc:
        offsets = reference_offsets(coded)
        values = [span._.icd10 for span in coded.spans.get(SPANS_KEY, ())]
        kept: dict[tuple[int, int], int] = {}
        for i, (start, end) in enumerate(offsets):
            span = doc.char_span(start, end, alignment_mode="expand")
            if span is None:
                continue
            at = span.start, span.end
            if at not in kept or values[kept[at]]["score"] < values[i]["score"]:
                kept[at] = i
        chosen = sorted(kept.values())
        set_mentions(doc, [offsets[i] for i in chosen], [values[i] for i in chosen])
        return doc

    # The model inside is named by the settings and comes with its own package: saving a host pipeline
    # saves the settings, which are in its config, and a copy of the model where it is not a package.
    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        self.coder_nlp.to_disk(path)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> IcdCoder:
        from ..loading import load

        # Terminology and lexicon are in the saved copy already.
        self._coder_nlp = _unlimited(load(path, **self._settings))
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        return self.coder_nlp.to_bytes()

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> IcdCoder:
        from ..loading import from_bytes

        self._coder_nlp = _unlimited(from_bytes(data, **self._settings))
        return self


def _unlimited(nlp: Language) -> Language:
    """The host has accepted the text by its own ``max_length``: the pipeline inside must not refuse it."""
    nlp.max_length = sys.maxsize
    return nlp
