"""The ICD-10 tree: chapters, blocks, categories and subcategories with their titles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from .classification import block_of, chapter_of, code_kind
from .codes import (
    bounds,
    category_of,
    code_depth,
    is_block,
    is_category,
    is_code,
    is_subcategory,
    normalize_code,
)
from .concept import KINDS, USAGES, Concept

__all__ = [
    "Concept",
    "Terminology",
    "block_of",
    "category_of",
    "chapter_of",
    "code_depth",
    "code_kind",
    "is_block",
    "is_category",
    "is_code",
    "is_subcategory",
    "normalize_code",
]

_FORMAT = "spacy-icd-ru terminology 1"
_KIND_LETTERS = dict(zip("hbcs", KINDS))


class Terminology(Mapping[str, Concept]):
    """Concepts by code, iterated in sorted order of the codes, with the relations between them.

    concepts: any order; each parent must be among them and stand higher in the classification.
    name, version, source: what it is, which edition, and the file that it comes from.

    Every method that takes a code raises KeyError for one that is not in the table; ``get`` returns None.
    Raises ValueError for a code given twice, a missing parent, and a parent that stands lower than its child.
    """

    def __init__(self, concepts: Iterable[Concept], *, name: str = "", version: str = "", source: str = ""):
        self.name, self.version, self.source = name, version, source
        ordered = sorted(concepts, key=lambda concept: concept.code)
        self._concepts = {concept.code: concept for concept in ordered}
        if len(self._concepts) != len(ordered):
            twice = next(a.code for a, b in pairwise(ordered) if a.code == b.code)
            raise ValueError(f"code {twice} is given twice")
        self._children: dict[str, list[str]] = {}
        self._paired: dict[str, list[str]] = {}
        for concept in ordered:
            if concept.parent is not None:
                self._check_parent(concept)
                self._children.setdefault(concept.parent, []).append(concept.code)
            if concept.pair is not None:
                self._paired.setdefault(concept.pair, []).append(concept.code)

    @classmethod
    def from_names(
        cls,
        names: Mapping[str, str] | Iterable[tuple[str, str]],
        *,
        name: str = "",
        version: str = "",
        source: str = "",
    ) -> Terminology:
        """Build a tree from codes and titles alone; of several titles for a code the first counts.

        Categories join the blocks of the packaged classification by range, subcategories their parents by
        prefix. A parent that is not given is made: blocks and chapters with the packaged titles, categories
        and subcategories with an empty title. Raises ValueError for what is not written like a code.
        """
        from .placing import Entry, place

        entries: dict[str, Entry] = {}
        for code, title in names.items() if isinstance(names, Mapping) else names:
            if not is_code(code):
                raise ValueError(f"{code!r} is not written like an ICD-10 code")
            entries.setdefault(code, Entry(title))
        concepts, _ = place(entries)
        return cls(concepts, name=name, version=version, source=source)

    # Mapping

    def __getitem__(self, code: str) -> Concept:
        return self._concepts[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._concepts)

    def __len__(self) -> int:
        return len(self._concepts)

    def __contains__(self, code: object) -> bool:
        return code in self._concepts

    def __repr__(self) -> str:
        label = " ".join(filter(None, (self.name, self.version)))
        return f"<Terminology {label!r}, {len(self):,} codes>"

    # Relations

    def title(self, code: str) -> str:
        return self[code].title

    def parent(self, code: str) -> str | None:
        return self[code].parent

    def children(self, code: str) -> tuple[str, ...]:
        """Codes directly below, sorted, withdrawn ones included."""
        self[code]
        return tuple(self._children.get(code, ()))

    def ancestors(self, code: str) -> tuple[str, ...]:
        """Codes above, the nearest first, the chapter last."""
        above = []
        parent = self[code].parent
        while parent is not None:
            above.append(parent)
            parent = self[parent].parent
        return tuple(above)

    def descendants(self, code: str) -> tuple[str, ...]:
        """Every code below, sorted, withdrawn ones included."""
        below: list[str] = []
        waiting = list(self.children(code))
        while waiting:
            below.append(waiting.pop())
            waiting.extend(self._children.get(below[-1], ()))
        return tuple(sorted(below))

    def path(self, code: str) -> tuple[str, ...]:
        """From the narrowest block over the category down to the code; empty for a chapter."""
        path: list[str] = []
        for step in (code, *self.ancestors(code)):
            kind = self[step].kind
            if kind != "chapter":
                path.append(step)
            if kind in ("chapter", "block"):
                break
        return tuple(reversed(path))

    def category(self, code: str) -> str | None:
        """The three-character category of a code, itself included; None for a block or chapter."""
        return self._nearest(code, "category")

    def block(self, code: str) -> str | None:
        """The narrowest block of a code, itself included; None for a chapter, or where no block holds it."""
        return self._nearest(code, "block")

    def chapter(self, code: str) -> str | None:
        """The chapter of a code, itself included."""
        return self._nearest(code, "chapter")

    def is_active(self, code: str) -> bool:
        return self[code].active

    def is_codable(self, code: str) -> bool:
        """Can a diagnosis carry it: an active category or subcategory without active children?"""
        concept = self[code]
        if concept.kind not in ("category", "subcategory") or not concept.active:
            return False
        return not any(self[child].active for child in self._children.get(code, ()))

    def dagger(self, code: str) -> tuple[str, ...]:
        """Causes that pair with an asterisk code, sorted: named in its title, or naming it in theirs.

        Ranges (``C00-D48``) are given as they stand in the title. Empty for any other code.
        """
        own = self[code]
        if own.usage != "asterisk":
            return ()
        named_by = [other for other in self._paired.get(code, ()) if self[other].usage == "dagger"]
        return tuple(sorted({*named_by, own.pair} - {None}))

    def asterisk(self, code: str) -> tuple[str, ...]:
        """Manifestations that pair with a dagger code, sorted; any code can be named as a cause by others.

        Only names of this very code count, not of a range or category that holds it. Empty for an asterisk
        code.
        """
        own = self[code]
        if own.usage == "asterisk":
            return ()
        named_by = [other for other in self._paired.get(code, ()) if self[other].usage == "asterisk"]
        return tuple(sorted({*named_by, own.pair} - {None}))

    # Parts and plain data

    def subset(self, codes: Iterable[str] | Callable[[Concept], bool]) -> Terminology:
        """The tree of some codes (or of the concepts that a function accepts) and of all above them.

        A category whose children were left out counts as codable in the subset.
        """
        if callable(codes):
            codes = [concept.code for concept in self._concepts.values() if codes(concept)]
        kept: set[str] = set()
        for code in codes:
            kept.update((code, *self.ancestors(code)))
        concepts = [self[code] for code in kept]
        return Terminology(concepts, name=self.name, version=self.version, source=self.source)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, column by column; parents are positions in the list of codes, -1 for none."""
        concepts = list(self._concepts.values())
        position = {code: i for i, code in enumerate(self._concepts)}
        letter = {kind: letter for letter, kind in _KIND_LETTERS.items()}
        return {
            "format": _FORMAT,
            "name": self.name,
            "version": self.version,
            "source": self.source,
            "code": [concept.code for concept in concepts],
            "title": [concept.title for concept in concepts],
            "kind": "".join(letter[concept.kind] for concept in concepts),
            "parent": [-1 if concept.parent is None else position[concept.parent] for concept in concepts],
            "withdrawn": [i for i, concept in enumerate(concepts) if not concept.active],
            "usage": [[i, c.usage, c.pair] for i, c in enumerate(concepts) if c.usage or c.pair is not None],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Terminology:
        """Restore what ``to_dict`` gave. Raises ValueError for anything else."""
        if not isinstance(data, Mapping) or data.get("format") != _FORMAT:
            raise ValueError(f"not a terminology in the format {_FORMAT!r}")
        try:
            codes, titles, kinds, parents = (data[key] for key in ("code", "title", "kind", "parent"))
            if not len(codes) == len(titles) == len(kinds) == len(parents):
                raise ValueError("its columns differ in length")
            withdrawn = set(data["withdrawn"])
            usage = {i: (mark, pair) for i, mark, pair in data["usage"]}
            concepts = []
            for i, (code, title, kind, parent) in enumerate(zip(codes, titles, kinds, parents)):
                mark, pair = usage.get(i, ("", None))
                if mark not in USAGES:
                    raise ValueError(f"unknown usage {mark!r}")
                above = None if parent == -1 else codes[parent]
                concepts.append(
                    Concept(code, title, _KIND_LETTERS[kind], above, i not in withdrawn, mark, pair)
                )
            return cls(concepts, name=data["name"], version=data["version"], source=data["source"])
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError(f"a damaged terminology ({type(error).__name__})") from None

    def _nearest(self, code: str, kind: str) -> str | None:
        return next((step for step in (code, *self.ancestors(code)) if self[step].kind == kind), None)

    def _check_parent(self, concept: Concept) -> None:
        parent = self._concepts.get(concept.parent or "")
        if parent is None:
            raise ValueError(f"the parent {concept.parent} of {concept.code} is not in the table")
        # Ranks that only rise on the way down rule out cycles, so that every walk upwards ends.
        if _rank(parent) >= _rank(concept):
            raise ValueError(f"{concept.parent} can't stand above {concept.code}")


def _rank(concept: Concept) -> tuple[int, int]:
    if concept.kind == "block":
        first, last = bounds(concept.code)
        return 1, first - last
    return KINDS.index(concept.kind), len(concept.code) if concept.kind == "subcategory" else 0
