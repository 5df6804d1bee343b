"""An evaluation as JSON and as a table."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from .calibration import Bin

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
    reliability: scores against accuracy, with gold mentions given. ablation: part switched off → metric →
    value. worst: ids of the records of lowest code F1 with the codes of both sides, see ``worst_records``.
    against: another model on the same records, see ``compare_pipelines``.
    meta: model, command."""

    records: int
    mentions: int
    figures: dict[str, Figure]
    errors: dict[str, int] = field(default_factory=dict)
    reliability: list[Bin] = field(default_factory=list)
    ablation: dict[str, dict[str, float]] = field(default_factory=dict)
    worst: list[dict[str, Any]] = field(default_factory=list)
    against: dict[str, dict[str, float]] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        out = {
            "python": platform.python_version(),
            **self.meta,
            "records": self.records,
            "mentions": self.mentions,
            "metrics": {name: figure.to_dict() for name, figure in self.figures.items()},
            "errors": self.errors,
        }
        if self.reliability:
            out["reliability"] = [
                {key: round(value, 4) for key, value in asdict(bin).items()} for bin in self.reliability
            ]
        if self.worst:
            out["worst"] = self.worst
        if self.against:
            out["against"] = self.against
        return {**out, "ablation": self.ablation} if self.ablation else out

    def save(self, path: str | Path) -> None:
        """Write JSON; the file appears whole or not at all."""
        from ..files import write_json

        write_json(path, self.to_dict())

    @classmethod
    def load(cls, path: str | Path) -> EvaluationReport:
        """Read what ``save`` wrote. Raises InputError where the file can't be read or is no such report."""
        cure = "Give the file that `spacy-icd-ru evaluate --output` wrote"
        try:
            data = json.loads(Path(path).read_text(encoding="utf8"))
            return cls(
                records=data.pop("records"),
                mentions=data.pop("mentions"),
                figures={name: Figure(**figure) for name, figure in data.pop("metrics").items()},
                errors=data.pop("errors", {}),
                reliability=[Bin(**bin) for bin in data.pop("reliability", [])],
                ablation=data.pop("ablation", {}),
                worst=data.pop("worst", []),
                against=data.pop("against", {}),
                meta=data,
            )
        except OSError as error:
            raise InputError(f"can't be read ({error.strerror})", where=str(path), cure=cure) from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise InputError("no report of metrics", where=str(path), cure=cure) from None

    def tables(self) -> list[Table]:
        """Metrics, errors, and what else there is: worst records, other model, reliability, ablation, for a terminal."""
        from rich.table import Table
        from rich.text import Text

        from .errors import KINDS

        metrics = Table(title=f"{self.records} records, {self.mentions} coded mentions")
        metrics.add_column("metric")
        metrics.add_column("value  [95 % interval]")
        for name, figure in self.figures.items():
            metrics.add_row(name.replace("_", " "), str(figure))
        errors = Table(title="kinds of error")
        for column in ("kind", "how often", "what it means"):
            errors.add_column(column)
        for kind, number in sorted(self.errors.items(), key=lambda item: (-item[1], item[0])):
            errors.add_row(kind, str(number), KINDS[kind])
        out = [metrics, errors]
        if self.worst:
            worst = Table(title="records of the lowest code F1")
            for column in ("record", "F1", "gold codes", "given codes"):
                worst.add_column(column)
            for row in self.worst:
                # Text objects: an id with square brackets in it is not markup.
                cells = (row["id"], f"{row['f1']:.2f}", ", ".join(row["gold"]), ", ".join(row["predicted"]))
                worst.add_row(*map(Text, cells))
            out.append(worst)
        if self.against:
            both = Table(title="the model against the other one")
            for column in ("metric", "value", "the other's", "better in so many resamples"):
                both.add_column(column)
            for metric, row in self.against.items():
                values = (f"{row['value']:.3f}", f"{row['against']:.3f}", f"{row['share_better']:.1%}")
                both.add_row(metric.replace("_", " "), *values)
            out.append(both)
        if self.reliability:
            scores = Table(title="do scores mean what they say? (gold mentions given)")
            for column in ("score", "mentions", "mean score", "share correct"):
                scores.add_column(column, justify="right")
            for bin in self.reliability:
                bounds = f"{bin.low:.2f} – {bin.high:.2f}"
                scores.add_row(bounds, str(bin.n), f"{bin.confidence:.3f}", f"{bin.accuracy:.3f}")
            out.append(scores)
        if self.ablation:
            parts = Table(title="the model with one part switched off")
            parts.add_column("part")
            for metric in next(iter(self.ablation.values())):
                parts.add_column(metric.replace("_", " "), justify="right")
            for part, values in self.ablation.items():
                parts.add_row(part, *(f"{value:.3f}" for value in values.values()))
            out.append(parts)
        return out


def compare(reports: Mapping[str, EvaluationReport]) -> Table:
    """One column a report, such as the shipped and the trained model; «–» where a report lacks a metric."""
    from rich.table import Table

    table = Table(title="value  [95 % interval]")
    table.add_column("metric")
    for name, report in reports.items():
        table.add_column(f"{name}\n{report.records} records, {report.mentions} coded mentions")
    metrics = dict.fromkeys(metric for report in reports.values() for metric in report.figures)
    for metric in metrics:
        row = [report.figures.get(metric) for report in reports.values()]
        table.add_row(metric.replace("_", " "), *("–" if figure is None else str(figure) for figure in row))
    return table
