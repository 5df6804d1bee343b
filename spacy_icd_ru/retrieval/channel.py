"""What one channel of evidence says of a batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Channel:
    """values: float32 [B, n codes]; or, with `ids` int64 [m] of some codes, [B, m], and `elsewhere` for the rest."""

    values: np.ndarray
    ids: np.ndarray | None = None
    elsewhere: float = 0.0

    def at(self, rows: np.ndarray, ids: np.ndarray, n_codes: int) -> np.ndarray:
        """The values of (query, code) pairs: float32 [n pairs]."""
        if self.ids is None:
            return self.values[rows, ids]
        place = np.full(n_codes, -1, dtype="int64")
        place[self.ids] = np.arange(len(self.ids))
        at = place[ids]
        out = np.full(len(ids), self.elsewhere, dtype="float32")
        known = at >= 0
        out[known] = self.values[rows[known], at[known]]
        return out

    def add_to(self, total: np.ndarray, weight: float, power: int) -> None:
        """Add ``weight * value**power`` to float32 [B, n codes], all but the last bits."""
        part = weight * power_of(self.values, power)
        if self.ids is None:
            total += part
            return
        if self.elsewhere:
            elsewhere = np.float32(weight * self.elsewhere**power)
            total += elsewhere
            part -= elsewhere
        total[:, self.ids] += part


def power_of(values: np.ndarray, n: int) -> np.ndarray:
    """values**n for n of 1 to 4; numpy's own power of single-precision arrays is ten times as slow."""
    if n == 1:
        return values
    square = values * values
    return square if n == 2 else square * (values if n == 3 else square)
