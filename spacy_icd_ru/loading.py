"""Loading a trained pipeline, with every mistake said in one line."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spacy.language import Language

    from .pipeline.icd_retriever import IcdRetriever
    from .terminology.lexicon import LexiconEntry

_logger = logging.getLogger("spacy_icd_ru")
DEFAULT_MODEL = Path(__file__).parent / "data" / "model"


def load(
    model: str | Path | None = None,
    *,
    terminology: str | Path | None = None,
    lexicon: str | Path | Sequence[str | Path] | None = None,
    level: str | None = None,
    codable_only: bool | None = None,
    threshold: float | None = None,
) -> Language:
    """Load a coding pipeline. No network is used, ever.

    model: an installed package (``ru_icd_coder_sm``) or a folder; the model inside this package where None.
    terminology: an official directory (NSI csv, RuCCoD yaml, WHO ClaML), whose titles are added to the model's names.
    lexicon: your own names of diagnoses, in one or several files or folders of our format. Their codes win over the
        model's, and a later file's over an earlier one's: see ``pipeline.own_terms``.
    level: ``most_specific`` (default), ``as_trained`` or ``category``.
    codable_only: only codes that have no subcategories, for statistics that take no others.
    threshold: score under which a mention gets candidates but no code.
    What is None stays as the model has it.

    Raises InputError, one line, where the model or the file can't be used.
    """
    import spacy

    _check_level_and_threshold(level, threshold)
    terminology, own = _read_own(terminology, lexicon)

    path = DEFAULT_MODEL if model is None else model
    try:
        nlp = spacy.load(path)
    except InputError:
        raise
    except OSError as error:
        raise InputError(_first_line(error), where=str(path), cure=_CURE) from None
    except Exception as error:  # a damaged folder fails anywhere between JSON and msgpack
        raise InputError(
            f"not a model that this version can read ({type(error).__name__})", where=str(path), cure=_CURE
        ) from None
    _check_config_is_whole(nlp, str(path))
    return _configured(nlp, str(path), terminology, own, level, codable_only, threshold)


def from_bytes(
    data: bytes,
    *,
    level: str | None = None,
    codable_only: bool | None = None,
    threshold: float | None = None,
) -> Language:
    """Restore a pipeline from ``nlp.to_bytes()``, whose config names the components.

    level, codable_only, threshold: see ``load``. Raises InputError where the bytes are not a whole pipeline.
    """
    import srsly
    from spacy.util import load_model_from_config
    from thinc.api import Config

    _check_level_and_threshold(level, threshold)
    try:
        config = Config().from_bytes(srsly.msgpack_loads(data)["config.cfg"])
        nlp = load_model_from_config(config).from_bytes(data)
    except InputError:
        raise
    except Exception as error:  # cut bytes fail anywhere between msgpack and zlib
        raise InputError(
            f"not a model that this version can read ({type(error).__name__})", where="bytes", cure=_CURE
        ) from None
    return _configured(nlp, "bytes", None, [], level, codable_only, threshold)


def _check_config_is_whole(nlp: Language, where: str) -> None:
    """spaCy fills what a config.cfg cut between two lines lacks with defaults: other settings than the trained."""
    from spacy.util import load_config

    written = set(_settings(load_config(nlp.path / "config.cfg")["components"]))
    lost = [setting for setting in _settings(nlp.config["components"]) if setting not in written]
    if lost:
        raise InputError(
            f"config.cfg lacks components.{lost[0]}: it was cut short, or another version wrote it",
            where=where,
            cure=_CURE,
        )


def _settings(config: dict, prefix: str = "") -> Iterator[str]:
    """Names of the blocks and settings in a config, outer before inner."""
    for key, value in config.items():
        yield prefix + key
        if isinstance(value, dict):
            yield from _settings(value, f"{prefix}{key}.")


def _read_own(
    terminology: str | Path | None, lexicon: str | Path | Sequence[str | Path] | None
) -> tuple[str | Path | None, list[list[LexiconEntry]]]:
    """The directory, and the entries of each lexicon file or folder: before the model is loaded, so that a slip shows at once."""
    from .terminology.code_list import packaged_codes
    from .terminology.lexicon import read_lexicon
    from .terminology.readers import is_lexicon

    paths = [] if lexicon is None else [lexicon] if isinstance(lexicon, (str, Path)) else list(lexicon)
    if terminology is not None and is_lexicon(terminology):
        terminology, paths = None, [terminology, *paths]
    own = []
    for path in paths:
        entries, report = read_lexicon(path)
        if report.skipped:
            _logger.warning(report.summary())
        unknown = sorted({entry.code for entry in entries} - packaged_codes())
        if unknown:
            _logger.warning("%s: no code in force: %s", path, ", ".join(unknown[:5]))
        own.append(entries)
    return terminology, own


def _configured(
    nlp: Language,
    where: str,
    terminology: str | Path | None,
    own: list[list[LexiconEntry]],
    level: str | None,
    codable_only: bool | None,
    threshold: float | None,
) -> Language:
    from .pipeline.icd_coder import IcdCoder
    from .pipeline.icd_reranker import IcdReranker
    from .pipeline.icd_retriever import IcdRetriever
    from .pipeline.own_terms import OwnTerms

    coders = [pipe for _, pipe in nlp.pipeline if isinstance(pipe, IcdCoder)]
    for coder in coders:  # a host pipeline that somebody saved: what codes is inside
        _configured(coder.coder_nlp, where, terminology, own, level, codable_only, threshold)
    retrievers = [pipe for _, pipe in nlp.pipeline if isinstance(pipe, IcdRetriever)]
    rerankers = [pipe for _, pipe in nlp.pipeline if isinstance(pipe, IcdReranker)]
    if not retrievers and not coders:
        raise InputError(
            "has no icd_retriever and no icd_coder, so it gives no codes", where=where, cure=_CURE
        )
    if terminology is not None:
        for retriever in retrievers:
            retriever.add_terminology(terminology)
    if any(not retriever.retriever.codes for retriever in retrievers):
        raise InputError("knows no code: it was never trained", where=where, cure=_CURE)
    if own and retrievers:
        _add_own(nlp, retrievers, own)
    for component in (pipe for _, pipe in nlp.pipeline if isinstance(pipe, OwnTerms)):
        if level is not None:
            component.cfg["level"] = level
        if codable_only is not None:
            component.cfg["codable_only"] = codable_only
    for reranker in rerankers:
        if level is not None:
            reranker.level = level
        if codable_only is not None:
            reranker.codable_only = codable_only
        if threshold is not None:
            reranker.threshold = threshold
    return nlp


def _add_own(nlp: Language, retrievers: list[IcdRetriever], own: list[list[LexiconEntry]]) -> None:
    """The last word on what is the same, and names for the retriever to find what is like them."""
    from .pipeline.own_terms import OwnTerms

    component = next((pipe for _, pipe in nlp.pipeline if isinstance(pipe, OwnTerms)), None)
    if component is None:
        component = nlp.add_pipe("icd_own_terms", last=True)
    for entries in own:  # before the retriever knows them: what would the model say to these names?
        component.add(nlp, entries)
    for retriever in retrievers:
        retriever.add_names((entry.name, entry.code) for entries in own for entry in entries)


def _check_level_and_threshold(level, threshold) -> None:
    """A slip here should show at once, not after the model is loaded."""
    if level is not None:
        from .reranking.decision import LEVELS

        if level not in LEVELS:
            raise InputError(f"there is no level {level!r}", cure=f"Give one of {', '.join(LEVELS)}")
    if threshold is not None:
        number = isinstance(threshold, (int, float)) and not isinstance(threshold, bool)
        if not number or not 0.0 <= threshold <= 1.0:
            raise InputError(
                f"the threshold {threshold!r} is not a number between 0 and 1", cure="0.2 is the usual one"
            )


_CURE = "Give an installed model, a folder that `spacy train` or `nlp.to_disk` wrote, or no model at all"


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
