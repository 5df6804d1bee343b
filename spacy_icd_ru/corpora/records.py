"""What a coded diagnosis field is, whoever coded it: a gold annotator, a file, or our pipeline."""

from __future__ import annotations

from dataclasses import dataclass, field

#: What a record says of a diagnosis: the patient has it, may have it, has it not, had it, a relative has it.
ASSERTIONS = ("present", "possible", "absent", "history", "family")
#: The heading that a diagnosis stands under: основной, осложнение, фоновый, конкурирующий, сопутствующий.
ROLES = ("main", "complication", "background", "competing", "concomitant")


@dataclass(frozen=True)
class Mention:
    """A stretch of a record's text that names a diagnosis.

    start, end: character offsets into ``Record.text``, half open.
    text: ``Record.text[start:end]``.
    codes: ICD-10 codes, sorted; empty where nobody coded it.
    candidates: ranked ``(code, score)`` pairs, best first (predictions only).
    assertion: one of ``ASSERTIONS``; empty where nobody said, which counts as present.
    role: one of ``ROLES``; empty where no heading says it.
    """

    start: int
    end: int
    text: str
    codes: tuple[str, ...] = ()
    candidates: tuple[tuple[str, float], ...] = ()
    assertion: str = ""
    role: str = ""

    @property
    def code(self) -> str | None:
        """The code that the metrics count: the first in sorted order."""
        return self.codes[0] if self.codes else None

    @property
    def is_current(self) -> bool:
        """Whether its code is one of the record's: not ruled out, not over, not a relative's."""
        return self.assertion in ("", "present", "possible")


@dataclass(frozen=True)
class Record:
    """One diagnosis field. ``id`` is the publisher's or the user's, always a string."""

    id: str
    text: str
    mentions: tuple[Mention, ...] = field(default=())

    @property
    def codes(self) -> tuple[str, ...]:
        """The record's codes in order of their mentions, each once; those of ``is_current`` mentions."""
        return tuple(dict.fromkeys(m.code for m in self.mentions if m.code and m.is_current))
