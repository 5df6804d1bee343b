"""One entry of the classification."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("chapter", "block", "category", "subcategory")
USAGES = ("", "dagger", "asterisk")


@dataclass(frozen=True, slots=True)
class Concept:
    """A chapter, block, category or subcategory.

    code: as ``codes.normalize_code`` writes it; chapters are ranges (``J00-J99``).
    title: as the source writes it; empty where the tree needed a parent that the source doesn't list.
    kind: one of ``KINDS``.
    parent: code of the parent; None for a chapter, and where the source leaves an entry without one.
    active: False for an entry that the source keeps but has withdrawn.
    usage: ``dagger`` for the code of a cause, ``asterisk`` for that of a manifestation, else empty.
    pair: what the title names as the counterpart: a code (``K77.0``) or a range (``C00-D48``); None where it
        names none. Of several counterparts it is the first.
    """

    code: str
    title: str
    kind: str
    parent: str | None = None
    active: bool = True
    usage: str = ""
    pair: str | None = None
