"""What a reader loaded, and what it skipped and why."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class ReadReport:
    """source: the file or folder. loaded: usable rows. skipped: (row number, reason)."""

    source: str
    loaded: int = 0
    skipped: list[tuple[int, str]] = field(default_factory=list)

    def skip(self, row: int, reason: str) -> None:
        self.skipped.append((row, reason))

    def summary(self) -> str:
        """One line, with the first three reasons."""
        text = f"{self.source}: {self.loaded:,} rows"
        if self.skipped:
            first = "; ".join(f"row {row}: {reason}" for row, reason in self.skipped[:3])
            text += f", {len(self.skipped):,} skipped ({first}{', …' if len(self.skipped) > 3 else ''})"
        return text
