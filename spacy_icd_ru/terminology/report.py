"""What a reader loaded and what it left out."""

from __future__ import annotations

from dataclasses import dataclass, field

_SHOWN = 3


@dataclass(slots=True)
class ReadReport:
    """Result of reading a terminology, a lexicon or a table of abbreviations.

    source: file or folder.
    rows: rows of data that were found, broken ones included.
    loaded: rows that were taken.
    skipped: (row number, reason) of the others; rows count from 1 and include the header, as editors count
        lines.
    made: codes of parents that the source lacks and the tree needed.
    unit: what a row holds.
    """

    source: str
    rows: int = 0
    loaded: int = 0
    skipped: list[tuple[int, str]] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    unit: str = "codes"

    def skip(self, row: int, reason: str) -> None:
        self.skipped.append((row, reason))

    def summary(self) -> str:
        """One line: ``directory.csv: 15,036 codes loaded, 2 rows skipped (row 7: no title; row 9: …)``."""
        text = f"{self.source}: {self.loaded:,} {self.unit} loaded"
        if self.skipped:
            shown = "; ".join(f"row {row}: {reason}" for row, reason in self.skipped[:_SHOWN])
            more = "; …" if len(self.skipped) > _SHOWN else ""
            text += (
                f", {len(self.skipped):,} row{'s' if len(self.skipped) > 1 else ''} skipped ({shown}{more})"
            )
        if self.made:
            text += f", {len(self.made):,} missing parent{'s' if len(self.made) > 1 else ''} added"
        return " ".join(text.split())
