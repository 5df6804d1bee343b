"""Puts a flat list of codes into the tree: every reader's last step.

A source lists codes and titles, some of them parents too, none of them reliably. What decides, in this order:

- the parent that the source names, where it can be one (a range above a category, a prefix above a
subcategory);
- for a block or category the narrowest range that holds it, among the source's own and, for a category that
  lies in none of the source's blocks, those of the packaged classification;
- for a subcategory the longest prefix.

A parent that the source lacks is made: chapters and blocks with the titles of the packaged classification,
categories and four-character subcategories with an empty title, so that a path has the same steps everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .classification import block_of, chapter_of, code_kind, container, load_classification, paint
from .codes import bounds, category_number, category_of
from .concept import Concept


@dataclass(frozen=True, slots=True)
class Entry:
    """What a source says about one code; ``parent`` is its opinion, and may name no code of the table."""

    title: str
    active: bool = True
    usage: str = ""
    pair: str | None = None
    parent: str | None = None


def place(entries: Mapping[str, Entry]) -> tuple[list[Concept], list[str]]:
    """Concepts of the entries and of the parents that had to be made, and the sorted codes of the latter.

    entries: by code, each written like one (``codes.is_code``).
    """
    kinds = {code: code_kind(code) or "" for code in entries}
    ranges = {code for code, kind in kinds.items() if kind in ("chapter", "block")}
    made: dict[str, Entry] = {}

    categories = {category for code in entries if (category := category_of(code))}
    own_blocks = paint(code for code in ranges if kinds[code] == "block")
    for category in sorted(categories):
        if category not in entries:
            made[category] = Entry("")
        if own_blocks[category_number(category)] is None:
            _make_ranges(category, ranges, made)
    for code in sorted(ranges):
        if kinds.get(code) == "block" and (chapter := chapter_of(code)):
            _make(chapter, ranges, made)
    for code, kind in kinds.items():
        four = code[:5]
        if (
            kind == "subcategory"
            and len(code) > 5
            and four not in entries
            and code_kind(four) == "subcategory"
        ):
            made[four] = Entry("")

    kinds.update((code, code_kind(code) or "") for code in made)
    everything = {**entries, **made}
    owner = paint(ranges)
    concepts = [
        Concept(
            code,
            entry.title,
            kinds[code],
            _parent(code, kinds, entry.parent, ranges, owner),
            entry.active,
            entry.usage,
            entry.pair,
        )
        for code, entry in everything.items()
    ]
    return concepts, sorted(made)


def _make_ranges(category: str, ranges: set[str], made: dict[str, Entry]) -> None:
    block = block_of(category)
    while block is not None and block not in made:
        _make(block, ranges, made)
        block = container(block, _packaged_blocks())
    if chapter := chapter_of(category):
        _make(chapter, ranges, made)


def _make(code: str, ranges: set[str], made: dict[str, Entry]) -> None:
    if code not in ranges:
        ranges.add(code)
        made[code] = Entry(load_classification()[code].title)


def _packaged_blocks() -> list[str]:
    return [entry.code for entry in load_classification().values() if entry.kind == "block"]


def _parent(
    code: str, kinds: dict[str, str], named: str | None, ranges: set[str], owner: list[str | None]
) -> str | None:
    kind = kinds[code]
    if kind == "chapter":
        return None
    if named in kinds and _can_be_parent(named, kinds[named], code, kind):
        return named
    if kind == "block":
        return container(code, ranges)
    if kind == "category":
        return owner[category_number(code)]
    prefix = code[:-1]
    while prefix not in kinds:
        prefix = prefix[:-1]
    return prefix


def _can_be_parent(parent: str, parent_kind: str, code: str, kind: str) -> bool:
    if kind == "subcategory":
        return parent_kind in ("category", "subcategory") and parent != code and code.startswith(parent)
    if parent_kind not in ("chapter", "block"):
        return False
    if kind == "category":
        return True  # also outside of the range: the directory keeps A90 under A92-A99
    if parent_kind == "chapter":
        return True
    (first, last), (start, end) = bounds(code), bounds(parent)
    return start <= first and last <= end and parent != code
