"""In words a coder reads: what speaks for a candidate."""

from __future__ import annotations

from collections.abc import Sequence

from .retriever import CHANNELS

# (channel, what to call it, value from which it is worth saying)
_WORTH_SAYING = (
    ("lexicon", "лексикон", 0.5),
    ("dictionary", "справочник", 0.5),
    ("memory_nearest", "похожая запись", 0.5),
    ("classifier", "классификатор", 0.05),
    ("context", "контекст", 0.2),
)


_SAID = tuple((CHANNELS.index(name), label, floor) for name, label, floor in _WORTH_SAYING)
_COUNT = CHANNELS.index("memory_count")


def reason(channels: Sequence[float]) -> str:
    """The channels [n channels] over their floor, e.g. «лексикон 0.93, так же закодировано 12×»."""
    parts = [f"{label} {channels[i]:.2f}" for i, label, floor in _SAID if channels[i] >= floor]
    if channels[_COUNT] >= 1:
        parts.append(f"так же закодировано {int(channels[_COUNT])}×")
    return ", ".join(parts)
