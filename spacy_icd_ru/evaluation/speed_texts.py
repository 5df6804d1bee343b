"""Diagnosis fields for measuring speed, made from the lexicon: no record of anybody."""

from __future__ import annotations

import random

from ..terminology.lexicon import load_default_lexicon

_BETWEEN = (". ", ".", ", ", "; ", "? ", "\n")
_AFTER = ("", "", "", " слева", " справа", ", ремиссия", ", обострение", " 2 ст.", " легкой степени", " ?")


def make_texts(n: int, *, seed: int = 0) -> list[str]:
    """`n` fields of one to five names each; one name in ten with a slip of the keyboard. Deterministic."""
    rng = random.Random(seed)
    entries, _ = load_default_lexicon()
    names = [entry.name for entry in entries if len(entry.name) <= 60]
    return [_field(rng, names) for _ in range(n)]


def make_names(n: int, *, seed: int = 0) -> list[str]:
    """`n` names for a terminology to grow by: two of the lexicon's joined, hardly any of them twice."""
    rng = random.Random(seed)
    entries, _ = load_default_lexicon()
    names = [entry.name for entry in entries if len(entry.name) <= 60]
    return [f"{rng.choice(names)} {rng.choice(names)}" for _ in range(n)]


def _field(rng: random.Random, names: list[str]) -> str:
    parts = []
    for _ in range(rng.choice((1, 2, 2, 3, 3, 4, 5))):
        name = rng.choice(names)
        if rng.random() < 0.1 and len(name) > 5:
            i = rng.randrange(1, len(name) - 2)
            name = name[:i] + name[i + 1] + name[i] + name[i + 2 :]
        parts.append(name + rng.choice(_AFTER) + rng.choice(_BETWEEN))
    return "".join(parts).strip()
