"""Finding what is longest from left to right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

Found = TypeVar("Found")


def leftmost_longest(
    count: int, longest: Callable[[int], tuple[int, Found] | None]
) -> Iterator[tuple[int, int, Found]]:
    """Walk over `count` places and yield (start, end, what was found); nothing overlaps.

    longest: what begins at a place, as (places that it takes, at least one; what it is), or None.
    """
    i = 0
    while i < count:
        found = longest(i)
        if found is None:
            i += 1
            continue
        yield i, i + found[0], found[1]
        i += found[0]
