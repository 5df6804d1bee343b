"""From a trained pipeline to a model to give away: no words of the training text, a full meta.json.

``spacy train`` saves a vocabulary that holds every word it has met, patients' words among them. A published
model is written anew from the learned parts alone, and has to give the same answers.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spacy_icd_ru.corpora.assets import Source, find_source
from spacy_icd_ru.errors import InputError

if TYPE_CHECKING:
    from spacy.language import Language

NAME = "icd_coder_sm"
DESCRIPTION = "ICD-10 (МКБ-10) codes for Russian diagnosis text: mentions, codes, scores and candidates."
AUTHOR = "spacy-icd-ru contributors"
LICENSE = "CC BY 4.0"
MEGABYTE = 1_000_000
_CURE = "Give the folder model-last that `spacy train` wrote"

# Answers must not change when the vocabulary goes. Abbreviations, glued words, Roman stages, unknown words,
# no diagnosis at all.
PROBES = (
    "Хронический гастрит, ремиссия. АГ 2 ст., риск 3. ХСН 1 (ФК II).",
    "ЖКБ,хр.калькулезный холецистит вне обострения;сахарный диабет 2 типа",
    "Сост. после ОРВИ? Двусторонний отит выздОстрый ринит",
    "Глаукома IIа OD, катаракта OS, миопия слабой степени",
    "Остеохондроз L5-S1, люмбоишиалгия слева. Ожирение 1-2ст",
    "Здоров, осмотр перед прививкой, кветцалькоатлит",
    "",
)


@dataclass(frozen=True)
class Published:
    """What was written. size: bytes of all files. strings_dropped: words of the training text that went."""

    path: Path
    package: str
    version: str
    size: int
    strings_dropped: int


def publish(
    source: str | Path,
    target: str | Path,
    *,
    name: str = NAME,
    version: str | None = None,
    description: str = DESCRIPTION,
    trained_on: Sequence[str] = ("ruccod",),
    metrics: str | Path | None = None,
    max_mb: float | None = None,
) -> Published:
    """Write the trained pipeline ``source`` to the folder ``target`` as a model that may be given away.

    The output holds what the components learnt, a vocabulary without the words of the training text, and a
    meta.json with name, licence, attribution and performance. The same input gives the same bytes.

    name: of the package, without the language (``icd_coder_sm`` → ``ru_icd_coder_sm``).
    version: of the model; that of this package where None.
    trained_on: names of ``corpora.assets`` that the model learnt from, for the attribution.
    metrics: JSON file of ``spacy-icd-ru evaluate --output``.
    max_mb: refuse a model that holds more, in millions of bytes.
    A folder that holds a model already is replaced, once the new one is complete.

    Raises InputError for a source that is no pipeline, a target that is something else, a bad metrics file, a
    component that saves pickled code, a model too large, and answers that differ from the source's.
    """
    from spacy_icd_ru import __version__

    source, target = Path(source), Path(target)
    _check_target(source, target)
    if not name.isidentifier() or not name.isascii():
        raise InputError(f"{name!r} can't be the name of a package", cure="Use latin letters, digits and _")
    sources = [find_source(each) for each in trained_on]
    performance = read_performance(metrics) if metrics else {}
    trained = _load(source)
    bare = _load(source, exclude=["vocab"])
    bare.meta.update(
        {
            "name": name,
            "version": version or __version__,
            "description": description,
            "author": AUTHOR,
            "email": "",
            "url": "",
            "license": LICENSE,
            "spacy_version": _spacy_versions(),
            "notes": _notes(sources),
            "sources": [_attribution(each) for each in sources],
            "requirements": [f"spacy-icd-ru{_compatible(__version__)}"],
            "performance": performance,
        }
    )
    partial = target.with_name(f".{target.name}.partial")
    _remove(partial)
    try:
        partial.parent.mkdir(parents=True, exist_ok=True)
        bare.to_disk(partial)
        _forget_paths(partial / "config.cfg")
        (partial / "LICENSES_SOURCES").write_text(_notes(sources) + "\n", encoding="utf8")
        refuse_pickles(partial)
        size = sum(file.stat().st_size for file in partial.rglob("*") if file.is_file())
        if max_mb is not None and size > max_mb * MEGABYTE:
            raise InputError(
                f"holds {size / MEGABYTE:.1f} MB, more than {max_mb:g} MB",
                where=str(source),
                cure="Train it with --vars.memory false, or with a smaller max_weights or n_bits",
            )
        published = _load(partial)
        _compare(trained, published, source)
        _remove(target)
        partial.replace(target)
    except OSError as error:
        raise InputError(
            f"can't be written ({error.strerror or type(error).__name__})",
            where=str(target),
            cure="Choose a folder that can be written to",
        ) from None
    finally:
        _remove(partial)
    dropped = len(_strings(source) - _strings(target))
    return Published(target, f"{published.lang}_{name}", published.meta["version"], size, dropped)


def read_performance(path: str | Path) -> dict[str, float]:
    """Metric → value, from the JSON that ``spacy-icd-ru evaluate --output`` wrote.

    Raises InputError where the file can't be read or isn't such a report.
    """
    path = Path(path)
    cure = "Give the file that `spacy-icd-ru evaluate --output` wrote"
    try:
        report = json.loads(path.read_text(encoding="utf8"))
        return {metric: float(figure["value"]) for metric, figure in report["metrics"].items()}
    except OSError as error:
        raise InputError(f"can't be read ({error.strerror})", where=str(path), cure=cure) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError("no report of metrics", where=str(path), cure=cure) from None


def refuse_pickles(folder: Path) -> None:
    """Raise InputError where a file below the folder is a pickle or holds one: loading it could run code."""
    import numpy as np

    for path in sorted(file for file in folder.rglob("*") if file.is_file()):
        with path.open("rb") as file:
            head = file.read(2)
        # Protocols 2 to 5 open with these bytes; the older ones are text and go by the ending.
        pickled = head[:1] == b"\x80" and head[1:] in (b"\x02", b"\x03", b"\x04", b"\x05")
        pickled = pickled or path.suffix.lower() in (".pkl", ".pickle", ".joblib", ".pt", ".pth")
        if not pickled and path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                try:
                    for key in arrays.files:
                        arrays[key]
                except ValueError:
                    pickled = True
        if pickled:
            raise InputError(
                "a component saved pickled objects, which can run code when they are loaded",
                where=path.relative_to(folder).as_posix(),
                cure="Publish a pipeline of spacy-icd-ru's own components",
            )


def _load(path: Path, exclude: Sequence[str] = ()) -> Language:
    import spacy

    try:
        return spacy.load(path, exclude=list(exclude))
    except InputError:
        raise
    except Exception as error:  # a damaged folder fails anywhere between JSON and msgpack
        raise InputError(
            f"not a trained pipeline ({type(error).__name__})", where=str(path), cure=_CURE
        ) from None


def _check_target(source: Path, target: Path) -> None:
    if not (source / "meta.json").is_file():
        raise InputError("not a trained pipeline: no meta.json in it", where=str(source), cure=_CURE)
    a, b = source.resolve(), target.resolve()
    if a == b or a in b.parents or b in a.parents:
        raise InputError("SOURCE and TARGET hold each other", where=str(target), cure="Give another TARGET")
    if (
        target.exists()
        and not (target / "meta.json").is_file()
        and not (target.is_dir() and _is_empty(target))
    ):
        raise InputError(
            "something that is no model lies there", where=str(target), cure="Give an empty or a new folder"
        )


def _is_empty(folder: Path) -> bool:
    return not any(folder.iterdir())


def _remove(path: Path) -> None:
    if path.exists():
        shutil.rmtree(path)


def _strings(model: Path) -> set[str]:
    path = model / "vocab" / "strings.json"
    return set(json.loads(path.read_text(encoding="utf8"))) if path.is_file() else set()


def _forget_paths(config_path: Path) -> None:
    """The files that the model was trained from lie on one machine only."""
    from spacy.util import load_config

    config = load_config(config_path)
    config["paths"] = {key: None for key in config.get("paths", {})}
    config.to_disk(config_path)


def _compare(trained: Language, published: Language, source: Path) -> None:
    for before, after in zip(trained.pipe(PROBES), published.pipe(PROBES)):
        if _answers(before) != _answers(after):
            raise InputError(
                "gives other answers without the vocabulary of its training",
                where=str(source),
                cure="Publish a pipeline whose components don't look words up in the vocabulary",
            )


def _answers(doc) -> list[Any]:
    spans = doc.spans.get("diagnoses", ())
    return [[s.start_char, s.end_char, s._.icd10] for s in spans] + [[e.text, e.kb_id_] for e in doc.ents]


def _compatible(version: str) -> str:
    """«0.1.3» → «>=0.1.3,<0.2.0»: what a minor version writes, the next may read no more."""
    major, minor = (int(number) for number in version.split(".")[:2])
    return f">={version},<{major}.{minor + 1}.0"


def _spacy_versions() -> str:
    """The versions of spaCy that this package asks for, not only the one that is installed here."""
    from importlib.metadata import requires

    from spacy.util import split_requirement

    wanted = dict(split_requirement(line.split(";")[0].strip()) for line in requires("spacy-icd-ru") or ())
    return wanted["spacy"]


def _attribution(source: Source) -> dict[str, str]:
    return {
        "name": source.title,
        "url": source.url,
        "author": source.author,
        "license": source.license,
        "changes": source.changes,
    }


def _notes(sources: Sequence[Source]) -> str:
    lines = [f"The model is licensed under {LICENSE}. It was trained on:"]
    lines += [f"- {source.attribution}. Changes: {source.changes}." for source in sources]
    return "\n".join(lines)
