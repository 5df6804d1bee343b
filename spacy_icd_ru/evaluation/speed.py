"""Speed and memory of a coding pipeline on this machine.

Every figure comes from a fresh process with one thread, so that neither what the caller has loaded nor the
other cores flatter it.
"""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError

_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"), "1"
)
RECORD_STEPS = (250, 500, 1000, 2000)
NAME_STEPS = (0, 10_000, 50_000, 100_000)


def measure(
    model: str | None = None,
    *,
    texts: Sequence[str] | None = None,
    records: int = 2000,
    name_steps: Sequence[int] = NAME_STEPS,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """All figures of a model; see ``speed_worker`` for what each means.

    texts: fields to code; `records` made ones (``speed_texts``) where None. name_steps: how many made names
    are added to the terminology for its growth curve.
    """
    texts = list(texts) if texts is not None else None
    base = {"model": model, "texts": texts, "records": records}
    of_texts = records if texts is None else len(texts)
    steps = [n for n in RECORD_STEPS if n <= of_texts]
    tasks = [
        ("load", {}),
        ("throughput", {}),
        ("latency", {}),
        ("components", {}),
        *(("throughput", {"records": n, "texts": texts and texts[:n]}) for n in steps),
        *(("names", {"names": n}) for n in name_steps),
    ]
    results: list[dict[str, Any]] = []
    for done, (task, extra) in enumerate(tasks, start=1):
        results.append({"task": task, **_in_fresh_process({**base, **extra, "task": task})})
        if progress:
            progress(done, len(tasks))
    of = {result["task"]: result for result in reversed(results)}
    growth = [r for r in results[4:] if r["task"] == "throughput"]
    return {
        "machine": _machine(),
        "load": _without_task(of["load"]),
        "throughput": _without_task(of["throughput"]),
        "latency": _without_task(of["latency"]),
        "components": _without_task(of["components"]),
        "growth_with_records": [_without_task(r) for r in growth],
        "growth_exponent": _exponent(growth),
        "growth_with_names": [_without_task(r) for r in results if r["task"] == "names"],
    }


def _exponent(growth: Sequence[dict[str, Any]]) -> float | None:
    """Slope of log seconds over log records, caches cold: 1 where twice the records take twice the time."""
    points = [(r["records"], r["records"] / r["records_per_second_cold"]) for r in growth]
    if len(points) < 2:
        return None
    (x, y) = ([math.log(value) for value in axis] for axis in zip(*points))
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    slope = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y)) / sum((a - mean_x) ** 2 for a in x)
    return round(slope, 3)


def _without_task(result: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in result.items() if key != "task"}


def _in_fresh_process(request: dict[str, Any]) -> dict[str, Any]:
    command = [sys.executable, "-m", "spacy_icd_ru.evaluation.speed_worker"]
    package = str(Path(__file__).parents[2])
    path = os.pathsep.join(p for p in (package, os.environ.get("PYTHONPATH", "")) if p)
    done = subprocess.run(
        command,
        input=json.dumps(request),
        capture_output=True,
        text=True,
        env={**os.environ, **_ONE_THREAD, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
    )
    if done.returncode:
        # The worker's last line names the error; the texts it was given never stand in it.
        lines = done.stderr.strip().splitlines()
        raise InputError(
            lines[-1] if lines else f"the worker ended with {done.returncode}",
            cure="Check the model with `spacy-icd-ru code`",
        )
    return json.loads(done.stdout)


def _machine() -> dict[str, Any]:
    from importlib.metadata import version

    from .. import __version__

    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "spacy-icd-ru": __version__,
        "spacy": version("spacy"),
        "numpy": version("numpy"),
        "scipy": version("scipy"),
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
