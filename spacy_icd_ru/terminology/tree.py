"""The ICD-10 tree: chapter › block › category › subcategory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from .codes import category_of, in_range, is_block, parent_code


@dataclass(frozen=True, slots=True)
class Concept:
    """One code.

    kind: ``chapter``, ``block``, ``category`` or ``subcategory``. parent: the code above, None for a chapter.
    usage: ``dagger`` (aetiology), ``asterisk`` (manifestation) or "". pair: the code of the other half, where
    the title names one.
    """

    code: str
    title: str
    kind: str
    parent: str | None = None
    active: bool = True
    usage: str = ""
    pair: str | None = None


@lru_cache(maxsize=1)
def classification() -> tuple[tuple[str, str, str], ...]:
    """(code, title, kind) of the chapters and blocks of ICD-10, from the package data."""
    text = (files("spacy_icd_ru") / "data" / "classification.tsv").read_text(encoding="utf8")
    rows = (line.split("\t") for line in text.split("\n")[1:] if line.strip())
    return tuple((code, title, kind) for code, title, kind in rows)


@lru_cache(maxsize=1)
def _block_starts() -> tuple[list[str], list[str]]:
    blocks = sorted(code for code, _, kind in classification() if kind == "block")
    return [block[:3] for block in blocks], blocks


def block_of(code: str) -> str | None:
    """The block that a category or subcategory lies in (``N70.9`` → ``N70-N77``), None where there is none."""
    starts, blocks = _block_starts()
    i = bisect_right(starts, category_of(code)) - 1
    # Blocks may nest (C00-C97 holds C00-C75 holds C00-C14): the one that starts last and still holds the code.
    while i >= 0:
        if in_range(code, blocks[i]):
            return blocks[i]
        i -= 1
    return None


def chapter_of(code: str) -> str | None:
    """The chapter of any code, as a range (``J00-J99``)."""
    for chapter, _, kind in classification():
        if kind == "chapter" and in_range(code, chapter):
            return chapter
    return None


class Terminology(Mapping[str, Concept]):
    """A read-only mapping from codes, in sorted order, to concepts, with the relations between them.

    Categories hang below the blocks and chapters of ICD-10 whether or not the source lists these. A
    category that a source leaves out while it has subcategories is added without a title.
    """

    def __init__(self, concepts: Iterable[Concept], *, name: str = "", version: str = "", source: str = ""):
        self.name, self.version, self.source = name, version, source
        known = {concept.code: concept for concept in concepts}
        for code, title, kind in classification():
            if code not in known:
                known[code] = Concept(code, title, kind)
        for code in list(known):
            above = parent_code(code)
            while above and above not in known:
                known[above] = Concept(above, "", kind_of(above))
                above = parent_code(above)
        self._concepts = {code: self._placed(known[code], known) for code in sorted(known)}
        self._children: dict[str, list[str]] = {}
        for code, concept in self._concepts.items():
            if concept.parent:
                self._children.setdefault(concept.parent, []).append(code)

    @staticmethod
    def _placed(concept: Concept, known: Mapping[str, Concept]) -> Concept:
        if concept.kind == "chapter":
            parent = None
        elif concept.kind == "block":
            parent = _smallest_range(concept.code, known)
        elif concept.kind == "category":
            parent = block_of(concept.code) or chapter_of(concept.code)
        else:
            parent = parent_code(concept.code)
            while parent and parent not in known:
                parent = parent_code(parent)
        return Concept(
            concept.code, concept.title, concept.kind, parent, concept.active, concept.usage, concept.pair
        )

    def __getitem__(self, code: str) -> Concept:
        return self._concepts[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._concepts)

    def __len__(self) -> int:
        return len(self._concepts)

    def title(self, code: str) -> str:
        """The title, "" for a code that is not here."""
        concept = self._concepts.get(code)
        return concept.title if concept else ""

    def parent(self, code: str) -> str | None:
        """The code one step up."""
        return self._concepts[code].parent

    def children(self, code: str) -> list[str]:
        """The codes one step down, sorted."""
        return list(self._children.get(code, ()))

    def ancestors(self, code: str) -> list[str]:
        """All codes above, nearest first."""
        out, above = [], self._concepts[code].parent
        while above:
            out.append(above)
            above = self._concepts[above].parent if above in self._concepts else None
        return out

    def descendants(self, code: str) -> list[str]:
        """All codes below, in sorted order."""
        out: list[str] = []
        stack = [code]
        while stack:
            below = self._children.get(stack.pop(), [])
            out += below
            stack += below
        return sorted(out)

    def path(self, code: str) -> list[str]:
        """From the block down to the code itself."""
        above = [c for c in reversed(self.ancestors(code)) if self._concepts[c].kind != "chapter"]
        return [*above, code]

    def is_active(self, code: str) -> bool:
        return self._concepts[code].active

    def is_codable(self, code: str) -> bool:
        """May this code stand in a record: an active category or subcategory without active children?"""
        concept = self._concepts[code]
        if concept.kind not in ("category", "subcategory") or not concept.active:
            return False
        return not any(self._concepts[child].active for child in self._children.get(code, ()))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON; ``from_dict`` restores an equal terminology."""
        rows = [
            [c.code, c.title, c.kind, c.active, c.usage, c.pair] for c in self._concepts.values()
        ]
        return {"name": self.name, "version": self.version, "source": self.source, "concepts": rows}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Terminology":
        concepts = (Concept(code, title, kind, None, active, usage, pair)
                    for code, title, kind, active, usage, pair in data["concepts"])  # fmt: skip
        return cls(concepts, name=data["name"], version=data["version"], source=data["source"])


def kind_of(code: str) -> str:
    """``block``, ``category`` or ``subcategory``, by syntax; chapters are blocks to it."""
    if is_block(code):
        return "block"
    return "category" if len(code) <= 3 else "subcategory"


def _smallest_range(block: str, known: Mapping[str, Concept]) -> str | None:
    """The smallest block or chapter that holds a block."""
    first, last = block.split("-")
    around = [
        code
        for code, concept in known.items()
        if concept.kind in ("block", "chapter") and code != block
        and is_block(code) and in_range(first, code) and in_range(last, code)
    ]  # fmt: skip
    return max(around, key=lambda code: (code.split("-")[0], -ord(code[4]), code), default=None)
