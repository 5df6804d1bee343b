"""One measurement in a process of its own: a request as JSON on standard input, the figures on standard output.

Tasks: ``load`` (seconds to import, to import and load, and of the first record; resident memory after loading
and after coding), ``throughput`` (records and mentions a second, with cold caches and with warm ones),
``latency`` (milliseconds of one record at a time), ``components`` (each one's share of the time), ``names``
(milliseconds a mention, an added name and one name more when the terminology grows).
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

_BATCH = 256
# Dictionaries of the lemmatiser and the index of names are made ready by the first record that needs them.
_FIRST = "Хр. гастрит, ремиссия. Киста левой почки?"


def main() -> None:
    from ..errors import InputError

    request = json.loads(sys.stdin.read())
    try:
        print(json.dumps(_TASKS[request["task"]](request)))
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(1)


def _load(request: dict[str, Any]) -> dict[str, Any]:
    start = time.perf_counter()
    import spacy  # noqa: F401  (what a caller of the package imports in any case)

    import spacy_icd_ru

    imported = time.perf_counter() - start
    nlp = spacy_icd_ru.load(request["model"])
    loaded = time.perf_counter() - start
    after_load = _resident()
    start = time.perf_counter()
    nlp(_FIRST)
    first = time.perf_counter() - start
    for _ in nlp.pipe(_texts(request), batch_size=_BATCH):
        pass
    return {
        "import_seconds": round(imported, 3),
        "seconds": round(loaded, 3),
        "first_record_seconds": round(first, 3),
        "resident_mb": round(after_load, 1),
        "resident_mb_after_coding": round(_resident(), 1),
    }


def _throughput(request: dict[str, Any]) -> dict[str, Any]:
    nlp, texts = _pipeline(request), _texts(request)
    out: dict[str, Any] = {"records": len(texts)}
    for state in ("cold", "warm"):
        start = time.perf_counter()
        mentions = [
            span.text for doc in nlp.pipe(texts, batch_size=_BATCH) for span in doc.spans["diagnoses"]
        ]
        seconds = time.perf_counter() - start
        out[f"records_per_second_{state}"] = round(len(texts) / seconds, 1)
        out[f"mentions_per_second_{state}"] = round(len(mentions) / seconds, 1)
    out["mentions"] = len(mentions)
    out["repeated_mentions"] = round(1 - len(set(mentions)) / max(1, len(mentions)), 4)
    return out


def _latency(request: dict[str, Any]) -> dict[str, Any]:
    import numpy as np

    nlp, texts = _pipeline(request), _texts(request)[:500]
    times = []
    for text in texts:
        start = time.perf_counter()
        nlp(text)
        times.append(1000 * (time.perf_counter() - start))
    p50, p99 = np.percentile(times, [50, 99])
    return {"records": len(texts), "p50_ms": round(float(p50), 3), "p99_ms": round(float(p99), 3)}


def _components(request: dict[str, Any]) -> dict[str, Any]:
    nlp, texts = _pipeline(request), _texts(request)
    spent = {"tokenizer": 0.0, **dict.fromkeys(nlp.pipe_names, 0.0)}
    for start in range(0, len(texts), _BATCH):
        began = time.perf_counter()
        docs = [nlp.make_doc(text) for text in texts[start : start + _BATCH]]
        spent["tokenizer"] += time.perf_counter() - began
        for name, component in nlp.pipeline:
            began = time.perf_counter()
            docs = list(component.pipe(docs, batch_size=_BATCH))
            spent[name] += time.perf_counter() - began
    total = sum(spent.values())
    return {name: round(seconds / total, 4) for name, seconds in spent.items()}


def _names(request: dict[str, Any]) -> dict[str, Any]:
    from .speed_texts import make_names

    nlp, texts = _pipeline(request), _texts(request)[:500]
    retriever = _retriever(nlp)
    codes = retriever.retriever.codes
    added = [(name, codes[i % len(codes)]) for i, name in enumerate(make_names(request["names"], seed=1))]
    start = time.perf_counter()
    retriever.add_names(added)
    nlp(_FIRST)  # the index is built by the first search
    adding = time.perf_counter() - start
    start = time.perf_counter()
    retriever.add_names([("Болезнь одного имени", codes[0])])
    nlp(_FIRST)
    adding_one = time.perf_counter() - start
    start = time.perf_counter()
    mentions = sum(len(doc.spans["diagnoses"]) for doc in nlp.pipe(texts, batch_size=_BATCH))
    coding = time.perf_counter() - start
    return {
        "added_names": len(added),
        "ms_per_added_name": round(1000 * adding / len(added), 4) if added else None,
        "ms_for_one_name_more": round(1000 * adding_one, 1),
        "ms_per_mention": round(1000 * coding / max(1, mentions), 4),
    }


def _pipeline(request: dict[str, Any]):
    import spacy_icd_ru

    nlp = spacy_icd_ru.load(request["model"])
    nlp(_FIRST)
    return nlp


def _retriever(nlp):
    from ..pipeline.icd_retriever import IcdRetriever

    return next(pipe for _, pipe in nlp.pipeline if isinstance(pipe, IcdRetriever))


def _texts(request: dict[str, Any]) -> list[str]:
    from .speed_texts import make_texts

    return request["texts"] if request["texts"] is not None else make_texts(request["records"])


def _resident() -> float:
    """Resident memory of this process in megabytes (its peak where /proc is missing)."""
    try:
        with open("/proc/self/status", encoding="utf8") as file:
            return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


_TASKS = {
    "load": _load,
    "throughput": _throughput,
    "latency": _latency,
    "components": _components,
    "names": _names,
}

if __name__ == "__main__":
    main()
