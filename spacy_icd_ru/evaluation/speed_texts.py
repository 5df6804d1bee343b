"""Diagnosis fields and names for measuring speed: no record of anybody."""

from __future__ import annotations

import random

from ..corpora.made_fields import FieldMaker
from ..terminology.lexicon import load_default_lexicon


def make_texts(n: int, *, seed: int = 0) -> list[str]:
    """`n` fields of one to five names each; one name in ten with a slip of the keyboard. Deterministic."""
    rng = random.Random(seed)
    maker = FieldMaker(_names(), slips=0.1)
    return [maker(rng).text for _ in range(n)]


def make_names(n: int, *, seed: int = 0) -> list[str]:
    """`n` names for a terminology to grow by: two of the lexicon's joined, hardly any of them twice."""
    rng = random.Random(seed)
    names = _names()
    return [f"{rng.choice(names)} {rng.choice(names)}" for _ in range(n)]


def _names() -> list[str]:
    entries, _ = load_default_lexicon()
    return [entry.name for entry in entries if len(entry.name) <= 60]
