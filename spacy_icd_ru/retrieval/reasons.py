"""In words a coder reads: what speaks for a candidate."""

from __future__ import annotations

import numpy as np

from .retriever import CHANNELS

# (channel, what to call it, value from which it is worth saying)
_WORTH_SAYING = (
    ("lexicon", "лексикон", 0.5),
    ("dictionary", "справочник", 0.5),
    ("memory_nearest", "похожая запись", 0.5),
    ("classifier", "классификатор", 0.05),
    ("context", "контекст", 0.2),
)


def reason(channels: np.ndarray) -> str:
    """The channels [n channels] over their floor, e.g. «лексикон 0.93, так же закодировано 12×»."""
    value = dict(zip(CHANNELS, channels.tolist()))
    parts = [f"{label} {value[name]:.2f}" for name, label, floor in _WORTH_SAYING if value[name] >= floor]
    if value["memory_count"] >= 1:
        parts.append(f"так же закодировано {int(value['memory_count'])}×")
    return ", ".join(parts)
