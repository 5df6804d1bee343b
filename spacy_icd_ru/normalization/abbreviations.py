"""Finds abbreviations in the tokens of a record and says what each stands for there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from spacy.tokens import Doc

from .morphology import is_function_word, is_known_word
from .spelling import normal_spelling
from .walking import leftmost_longest

if TYPE_CHECKING:
    from ..terminology.abbreviations import AbbreviationSense, AbbreviationTable

# What stands in any text with dots between its letters: «и так далее», «год рождения».
_DOTTED_WORDS = frozenset(
    {"и.о", "т.е", "т.к", "т.д", "т.п", "т.ч", "т.о", "г.р", "л.н", "н.э", "д.м.н", "к.м.н"}
)
_JOINTS = ("-", "/", "\\")
_END = None  # no token, so it can never be mistaken for one


class AbbreviationExpander:
    """Matches a table's abbreviations against tokens, longest first, and lets the record choose the sense.

    Case is folded and dots are optional, with these exceptions: an abbreviation of one or two letters with a
    dot («о.», «ср.») needs its dot, unless it is two consonants and stands behind no number («хр гастрит», but «2 см»);
    a capital abbreviation typed in small letters counts only where it is no Russian word of its own and no piece of one
    («п-ца», «сф.»). The capital abbreviation of a disease may have a dot behind each letter («г.б.», «Г. Б.»).
    """

    def __init__(self, table: AbbreviationTable, tokenize):
        self._table = table
        self._trie: dict[str | None, Any] = {}
        for abbreviation in table:
            parts = [token.text for token in tokenize(abbreviation) if not token.is_space]
            bare = [part for part in parts if part != "."]
            if _needs_dot(abbreviation):
                self._insert(parts, abbreviation)
                if len(bare) == 1 and _is_unspeakable(bare[0]):
                    self._insert(bare, abbreviation)
            else:
                self._insert(bare, abbreviation)
            if _may_be_dotted(abbreviation, table) and ".".join(abbreviation).lower() not in _DOTTED_WORDS:
                self._insert(".".join(abbreviation), abbreviation)

    def _insert(self, parts: Iterable[str], abbreviation: str) -> None:
        node = self._trie
        for part in parts:
            node = node.setdefault(normal_spelling(part), {})
        if node is not self._trie:
            node.setdefault(_END, []).append(abbreviation)

    def __call__(self, doc: Doc) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield (index of the first token, expansion) for every abbreviation of a doc, in order."""
        tokens = list(doc)
        matches = list(leftmost_longest(len(tokens), lambda i: self._match(tokens, i)))
        if not matches:
            return
        context = [token.lemma_ for token in tokens if token.is_alpha]
        # What an abbreviation of one sense says of the record helps to choose among the senses of the others.
        known = (
            self._table.senses(abbreviation) for abbreviation in dict.fromkeys(match[2] for match in matches)
        )
        codes = [senses[0].code for senses in known if len(senses) == 1 and senses[0].code]
        chosen: dict[tuple[str, frozenset[str]], tuple[AbbreviationSense, str]] = {}
        for i, behind, abbreviation in matches:
            own = frozenset(token.lemma_ for token in tokens[i:behind])
            if (abbreviation, own) not in chosen:
                words = [word for word in context if word not in own]
                chosen[abbreviation, own] = self._table.choose(abbreviation, words, codes)
            sense, why = chosen[abbreviation, own]
            last = tokens[behind - 1]
            start, end = tokens[i].idx, last.idx + len(last)
            yield (
                i,
                {
                    "text": sense.expansion,
                    "start": start,
                    "end": end,
                    "code": sense.code,
                    "reason": why,
                },
            )

    def _match(self, tokens: list, i: int) -> tuple[int, str] | None:
        """The longest abbreviation that begins at a token: how many it takes, and how the table writes it."""
        best = None
        # Where the table's dots and those of the text may part, both ways are followed.
        paths = [(self._trie, i)]
        while paths:
            node, j = paths.pop()
            while j > i and j < len(tokens) and tokens[j].is_space:
                j += 1
            if j > i and j + 1 < len(tokens) and tokens[j].text == "." != tokens[j - 1].text:
                paths.append((node, j + 1))  # an optional dot: «г.б.» is typed «гб.», «г. б.» …
            node = _step(node, tokens[j]) if j < len(tokens) else None
            if node is None:
                continue
            written = _as_typed(node.get(_END, ()), tokens, i, j)
            if written is not None and (best is None or j - i + 1 > best[0]):
                best = j - i + 1, written
            paths.append((node, j + 1))
        return best


def _step(node: dict[str | None, Any], token) -> dict[str | None, Any] | None:
    # The norm mends look-alike letters, but reads a stage as a number: «I ст.» is found as it is typed.
    return node.get(token.norm_) or node.get(token.lower_)


@lru_cache(maxsize=20_000)
def _needs_dot(abbreviation: str) -> bool:
    """«о.» and «язв.»: without its dot it is nothing, or another word."""
    if not abbreviation.endswith("."):
        return False
    bare = abbreviation[:-1].lower()
    return sum(c.isalpha() for c in bare) <= 2 or (bare.isalpha() and is_known_word(bare))


def _is_unspeakable(text: str) -> bool:
    return len(text) == 2 and text.isalpha() and not _has_vowel(text)


def _may_be_dotted(abbreviation: str, table: AbbreviationTable) -> bool:
    if not 2 <= len(abbreviation) <= 4 or not abbreviation.isalpha() or not abbreviation.isupper():
        return False
    return bool(table.choose(abbreviation, ())[0].code)


def _has_vowel(text: str) -> bool:
    return any(c in "аеёиоуыэюя" for c in text.lower())


def _as_typed(abbreviations: Iterable[str], tokens: list, i: int, j: int) -> str | None:
    """Of abbreviations that only case and dots part («осн.» and «ОСН») the one that tokens i to j are."""
    possible = [abbreviation for abbreviation in abbreviations if _is_typed_as(abbreviation, tokens, i, j)]
    if len(possible) < 2:
        return possible[0] if possible else None
    typed = "".join(token.text for token in tokens[i : j + 1] if token.text != ".")
    in_capitals = typed.isupper()

    def distance(abbreviation: str) -> tuple[bool, bool]:
        return abbreviation.replace(".", "").replace(" ", "") != typed, abbreviation.isupper() != in_capitals

    return min(possible, key=distance)


def _is_typed_as(abbreviation: str, tokens: list, i: int, j: int) -> bool:
    if _needs_dot(abbreviation) and tokens[j].text != ".":
        return i == 0 or not tokens[i - 1].like_num
    if i < j or not abbreviation.isupper() or not tokens[i].text.islower():
        return True
    return not _is_word(tokens[i].norm_) and not _is_piece(tokens, i)


def _is_piece(tokens: list, i: int) -> bool:
    """Does a word in small letters stand at a hyphen or a slash, or is it so short and has a dot behind it?"""
    before, after = tokens[i - 1] if i else None, tokens[i + 1] if i + 1 < len(tokens) else None
    if before is not None and not before.whitespace_ and before.text in _JOINTS:
        return True
    if after is None or tokens[i].whitespace_:
        return False
    return after.text in _JOINTS or (after.text == "." and len(tokens[i]) == 2)


def _is_word(text: str) -> bool:
    """A Russian word that one can say: dictionaries also know «гб» and «сд», and of «аг» that it is a noun."""
    if len(text) == 2:
        return is_function_word(text)
    return is_known_word(text) and (len(text) == 1 or _has_vowel(text))


@lru_cache(maxsize=1)
def default_expander() -> AbbreviationExpander:
    """The expander over the table inside the package."""
    from spacy.vocab import Vocab

    from ..terminology.abbreviations import load_default_abbreviations
    from .tokens import build_clinical_tokenizer

    return AbbreviationExpander(load_default_abbreviations(), build_clinical_tokenizer(Vocab()))
