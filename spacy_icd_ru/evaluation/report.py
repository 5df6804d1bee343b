"""An evaluation as JSON and as a table."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """A measured value with its 95 % interval, where one was computed."""

    value: float
    low: float | None = None
    high: float | None = None

    def to_dict(self) -> dict[str, float]:
        out = {"value": round(self.value, 4)}
        if self.low is not None and self.high is not None:
            out["low"], out["high"] = round(self.low, 4), round(self.high, 4)
        return out

    def __str__(self) -> str:
        text = f"{self.value:.3f}"
        return f"{text}  [{self.low:.3f}, {self.high:.3f}]" if self.low is not None else text


@dataclass
class EvaluationReport:
    """records, mentions: how many gold ones with a code. figures: metric → value. errors: kind → how often.
    ablation: part switched off → metric → value. meta: model, command."""

    records: int
    mentions: int
    figures: dict[str, Figure]
    errors: dict[str, int] = field(default_factory=dict)
    ablation: dict[str, dict[str, float]] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        out = {
            **self.meta,
            "python": platform.python_version(),
            "records": self.records,
            "mentions": self.mentions,
            "metrics": {name: figure.to_dict() for name, figure in self.figures.items()},
            "errors": self.errors,
        }
        return {**out, "ablation": self.ablation} if self.ablation else out

    def save(self, path: str | Path) -> None:
        """Write JSON; the file appears whole or not at all."""
        from ..corpora.files import write_atomically

        text = json.dumps(self.to_dict(), ensure_ascii=False, indent=2)
        write_atomically(Path(path), (text + "\n").encode("utf8"))

    def tables(self) -> list["Table"]:
        """Metrics, errors, and the ablation where there is one, for a terminal."""
        from rich.table import Table

        from .errors import KINDS

        metrics = Table(title=f"{self.records} records, {self.mentions} coded mentions")
        metrics.add_column("metric")
        metrics.add_column("value  [95 % interval]")
        for name, figure in self.figures.items():
            metrics.add_row(name.replace("_", " "), str(figure))
        errors = Table(title="kinds of error")
        for column in ("kind", "how often", "what it means"):
            errors.add_column(column)
        for kind, number in sorted(self.errors.items(), key=lambda item: -item[1]):
            errors.add_row(kind, str(number), KINDS[kind])
        out = [metrics, errors]
        if self.ablation:
            parts = Table(title="the model with one part switched off")
            parts.add_column("part")
            for metric in next(iter(self.ablation.values())):
                parts.add_column(metric.replace("_", " "), justify="right")
            for part, values in self.ablation.items():
                parts.add_row(part, *(f"{value:.3f}" for value in values.values()))
            out.append(parts)
        return out
