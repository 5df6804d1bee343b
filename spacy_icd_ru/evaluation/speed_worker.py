"""One measurement in a process of its own: a request as JSON on standard input, the figures on standard output.

Tasks: ``load`` (seconds to import and to load, resident memory then and after coding), ``throughput``
(records and mentions a second, cold caches and warm), ``latency`` (milliseconds of one record at a time),
``components`` (each one's share of the time), ``names`` (milliseconds a mention and an added name when the
terminology grows).
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

_BATCH = 256


def main() -> None:
    from ..errors import InputError

    request = json.loads(sys.stdin.read())
    try:
        print(json.dumps(_TASKS[request["task"]](request)))
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(1)


def _load(request: dict[str, Any]) -> dict[str, float]:
    start = time.perf_counter()
    import spacy_icd_ru

    nlp = spacy_icd_ru.load(request["model"])
    loaded = time.perf_counter() - start
    after_load = _resident()
    for _ in nlp.pipe(_texts(request), batch_size=_BATCH):
        pass
    return {
        "seconds": round(loaded, 3),
        "resident_mb": round(after_load, 1),
        "resident_mb_after_coding": round(_resident(), 1),
    }


def _throughput(request: dict[str, Any]) -> dict[str, float]:
    nlp, texts = _pipeline(request), _texts(request)
    nlp("Разогрев")  # the dictionaries of the lemmatiser load with the first word
    out: dict[str, float] = {"records": len(texts)}
    for state in ("cold", "warm"):
        start = time.perf_counter()
        mentions = [span.text for doc in nlp.pipe(texts, batch_size=_BATCH) for span in doc.spans["diagnoses"]]
        seconds = time.perf_counter() - start
        out[f"records_per_second_{state}"] = round(len(texts) / seconds, 1)
        out[f"mentions_per_second_{state}"] = round(len(mentions) / seconds, 1)
    out["mentions"] = len(mentions)
    out["repeated_mentions"] = round(1 - len(set(mentions)) / max(1, len(mentions)), 4)
    return out


def _latency(request: dict[str, Any]) -> dict[str, float]:
    import numpy as np

    nlp, texts = _pipeline(request), _texts(request)[:500]
    nlp("Разогрев")
    times = []
    for text in texts:
        start = time.perf_counter()
        nlp(text)
        times.append(1000 * (time.perf_counter() - start))
    return {"p50_ms": round(float(np.percentile(times, 50)), 3), "p99_ms": round(float(np.percentile(times, 99)), 3)}


def _components(request: dict[str, Any]) -> dict[str, float]:
    nlp, texts = _pipeline(request), _texts(request)
    nlp("Разогрев")
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


def _names(request: dict[str, Any]) -> dict[str, float]:
    nlp, texts = _pipeline(request), _texts(request)[:500]
    nlp("Разогрев")
    retriever = nlp.get_pipe("icd_retriever")
    codes = retriever.retriever.codes
    from .speed_texts import make_texts

    added = [(name.replace("\n", " "), codes[i % len(codes)]) for i, name in enumerate(make_texts(request["names"], seed=1))]
    start = time.perf_counter()
    retriever.add_names(added)
    adding = time.perf_counter() - start
    start = time.perf_counter()
    mentions = sum(len(doc.spans["diagnoses"]) for doc in nlp.pipe(texts, batch_size=_BATCH))
    coding = time.perf_counter() - start
    return {
        "added_names": len(added),
        "ms_per_added_name": round(1000 * adding / max(1, len(added)), 4),
        "ms_per_mention": round(1000 * coding / max(1, mentions), 4),
    }


def _pipeline(request: dict[str, Any]):
    import spacy_icd_ru

    return spacy_icd_ru.load(request["model"])


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
