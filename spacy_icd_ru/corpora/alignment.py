"""Where a mention really stands: spans without stray punctuation, strings found again after their offsets drifted."""

from __future__ import annotations

import re
import unicodedata

_CLOSING = {")": "(", "]": "[", "}": "{", "»": "«", "”": "“", "’": "‘"}
_OPENING = frozenset(_CLOSING.values())
_SYMMETRIC = frozenset("\"'")
_BRACKETS = frozenset(_CLOSING) | _OPENING | _SYMMETRIC


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Shrink ``text[start:end]`` until it neither begins nor ends with white space or punctuation.

    A bracket or quote stays where its partner stands inside the span and something is between them
    («Эндометриоз матки (аденомиоз)»), but a pair around the whole span goes («"аднексит"»). A per cent
    sign stays behind a number. Offsets outside the text are clamped as in slicing.

    start, end: character offsets, half open.
    Returns offsets inside ``start:end``; ``start == end`` where nothing is left. Trimming twice changes nothing.
    """
    start = max(start, 0)
    end = min(end, len(text))
    if start >= end:
        return start, start
    # The usual mention: letters or digits at both ends, and nothing to decide.
    if text[start].isalnum() and text[end - 1].isalnum():
        return start, end
    partners = _partners(text, start, end)
    while True:
        before = start, end
        while start < end and not _begins(text, start, end, partners):
            start += 1
        while start < end and not _ends(text, start, end, partners):
            end -= 1
        if start < end and partners.get(start) == end - 1:
            start, end = start + 1, end - 1
        if start >= end:
            return before[0], before[0]
        if (start, end) == before:
            return start, end


def realign(text: str, mention: str, start: int, end: int) -> tuple[int, int] | None:
    """Offsets of the occurrence of ``mention`` in ``text`` that the annotator meant, or None where there is none.

    That is the one at the given offsets; else the one there if each line break counted as two characters, as
    with CRLF line ends (the drift in RuCCoD); else the one nearest to ``start``, the earlier at equal distance.
    White space is folded: any run in the mention matches any run in the text. A literal backslash-n (two
    characters) that an annotation tool left in the mention counts as white space unless the text has it too.

    start, end: the offsets as annotated, half open, possibly wrong or outside the text.
    """
    for words in (mention.split(), mention.replace("\\n", " ").split()):
        if not words:
            continue
        for first, last in ((start, end), (_without_cr(text, start), _without_cr(text, end))):
            first, last = max(first, 0), min(max(last, 0), len(text))
            if text[first:last].split() == words:
                return _without_space(text, first, last)
        pattern = re.compile(r"\s+".join(map(re.escape, words)))
        found = min(_occurrences(pattern, text), key=lambda at: (abs(at[0] - start), at[0]), default=None)
        if found is not None:
            return found
    return None


def _without_cr(text: str, offset: int) -> int:
    """Where an offset lies that was counted on ``text`` with CRLF for every LF."""
    position = 0
    while (at := text.find("\n", position)) != -1 and at + 1 < offset:
        offset -= 1
        position = at + 1
    return offset


def _occurrences(pattern: re.Pattern[str], text: str):
    """All occurrences, overlapping ones too: «а а» stands twice in «а а а»."""
    position = 0
    while match := pattern.search(text, position):
        yield match.span()
        position = match.start() + 1


def _without_space(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _partners(text: str, start: int, end: int) -> dict[int, int]:
    """Position of each bracket or quote inside the span → position of its partner, pairs with content only."""
    partners: dict[int, int] = {}
    stack: list[int] = []
    for i in range(start, end):
        char = text[i]
        if char not in _BRACKETS:
            continue
        opening = _CLOSING.get(char, char)
        if char not in _OPENING:
            # An unclosed bracket of another kind between the two doesn't separate them.
            at = next((k for k in reversed(range(len(stack))) if text[stack[k]] == opening), None)
            if at is not None:
                left = stack[at]
                del stack[at:]
                if any(c.isalnum() or c in "%+" for c in text[left + 1 : i]):
                    partners[left], partners[i] = i, left
                continue
        if char in _OPENING or char in _SYMMETRIC:
            stack.append(i)
    return partners


def _begins(text: str, i: int, end: int, partners: dict[int, int]) -> bool:
    """May a span begin with this character?"""
    return text[i].isalnum() or i < partners.get(i, -1) < end


def _ends(text: str, start: int, end: int, partners: dict[int, int]) -> bool:
    """May a span that begins at ``start`` end with the character before ``end``?"""
    i = end - 1
    char = text[i]
    if char.isalnum() or start <= partners.get(i, -1) < i:
        return True
    if char == "%":
        number = text[start:i].rstrip()
        return bool(number) and number[-1].isdigit()
    # The breve of a decomposed «й» belongs to its letter.
    return i > start and unicodedata.category(char) == "Mn" and text[i - 1].isalpha()
