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
    """records, mentions: how many gold ones with a code. figures: metric → value. meta: model, command."""

    records: int
    mentions: int
    figures: dict[str, Figure]
    meta: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {
            **self.meta,
            "python": platform.python_version(),
            "records": self.records,
            "mentions": self.mentions,
            "metrics": {name: figure.to_dict() for name, figure in self.figures.items()},
        }

    def save(self, path: str | Path) -> None:
        """Write JSON; the file appears whole or not at all."""
        from ..corpora.files import write_atomically

        text = json.dumps(self.to_dict(), ensure_ascii=False, indent=2)
        write_atomically(Path(path), (text + "\n").encode("utf8"))

    def table(self, title: str = "") -> "Table":
        from rich.table import Table

        table = Table(title=title or f"{self.records} records, {self.mentions} coded mentions")
        table.add_column("metric")
        table.add_column("value  [95 % interval]")
        for name, figure in self.figures.items():
            table.add_row(name.replace("_", " "), str(figure))
        return table
