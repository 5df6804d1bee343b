"""Diagnosis fields made of the lexicon's names: no record of anybody.

Beside real records they teach the recogniser names and abbreviations that a corpus hardly holds. They are also
what speed is measured on.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from spacy.util import registry

from spacy_icd_ru.corpora.docs import record_to_example
from spacy_icd_ru.corpora.records import Mention, Record

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.training import Example

_LENGTHS = (1, 2, 2, 3, 3, 4, 5)
_BETWEEN = (". ", ". ", ".", ", ", "; ", ": ", "? ", " ", ".\n")
_AFTER_NAME = (
    "",
    "",
    "",
    " слева",
    " справа",
    ", ремиссия",
    ", обострение",
    " 2 ст.",
    " легкой степени",
    "?",
)
_AFTER_ABBREVIATION = (
    "", "", "", "",
    " 1", " 0", "-2", " 0-1", " 1 ст", " 2 ст.", " II ст.", " ст.2",
    " 2а", " 2б", " 2А ст.", " IIБ", " 2а ФК 3", " IIА ст., ФК 2", " 1 ФК",
    ", риск 3", " 3 ст.,риск-4", ", ремиссия",
    "(2015)", " (2014)", " 2010г.", " с 2012 г.", " от 2012г",
)  # fmt: skip
_SMALL = 0.1  # of the abbreviations of the augmenter
_NAMES = 6  # of a code
_BLANK = re.compile(r"(?<=[.,:;]) ")


@dataclass(frozen=True)
class FieldMaker:
    """Makes fields of one to five mentions.

    names, abbreviations: what the mentions are. share: of abbreviations among them. slips: share of the names
    in which two letters change places, as they do under fast fingers. squeezed: share of the fields that have
    no blank after a full stop, comma or colon. small: share of the abbreviations in small letters, half of them with
    dots.
    """

    names: Sequence[str]
    abbreviations: Sequence[str] = ()
    share: float = 0.0
    slips: float = 0.0
    squeezed: float = 0.0
    small: float = 0.0

    def __call__(self, rng: random.Random) -> Record:
        """The next field as a record without id; its mentions have no codes."""
        tight = rng.random() < self.squeezed
        text = ""
        mentions = []
        for _ in range(rng.choice(_LENGTHS)):
            short = rng.random() < self.share
            name = rng.choice(self.abbreviations if short else self.names)
            if short and rng.random() < self.small:
                name = _in_small_letters(name, rng)
            if rng.random() < self.slips:
                name = _slip(name, rng)
            if tight:
                name = _BLANK.sub("", name)
            mentions.append(Mention(len(text), len(text) + len(name), name, ()))
            text += name + rng.choice(_AFTER_ABBREVIATION if short else _AFTER_NAME)
            between = rng.choice(_BETWEEN)
            text += between[1:] if text.endswith(".") and between.startswith(".") else between
            if tight:
                text = _BLANK.sub("", text)
        return Record("", text.rstrip(), tuple(mentions))


def _in_small_letters(abbreviation: str, rng: random.Random) -> str:
    """«хсн», or «х.с.н»: the last dot is none of the mention's."""
    dotted = len(abbreviation) <= 4 and abbreviation.isalpha() and rng.random() < 0.5
    return (".".join(abbreviation) if dotted else abbreviation).lower()


def _slip(name: str, rng: random.Random) -> str:
    if len(name) <= 5:
        return name
    i = rng.randrange(1, len(name) - 2)
    return name[:i] + name[i + 1] + name[i] + name[i + 2 :]


@registry.augmenters("spacy_icd_ru.made_fields.v1")
def create_made_fields_augmenter(
    level: float = 0.25, abbreviations: float = 0.4, squeezed: float = 0.4
) -> Callable[[Language, Example], Iterator[Example]]:
    """An augmenter for spaCy's corpora that puts made fields between the real records.

    level: made fields for each real record, 0 to 1. abbreviations: their share among the made mentions.
    squeezed: share of the made fields without blanks after full stops, commas and colons.
    The mentions carry no codes, so only the recogniser learns from them. Draws on `random`, which `spacy train`
    seeds. Raises ValueError for shares that are none.
    """
    shares = {"level": level, "abbreviations": abbreviations, "squeezed": squeezed}
    for name, share in shares.items():
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"spacy_icd_ru.made_fields.v1: {name} must be between 0 and 1, not {share}")

    def augment(nlp: Language, example: Example) -> Iterator[Example]:
        yield example
        if random.random() < level:
            yield record_to_example(nlp, _maker(abbreviations, squeezed)(random))

    return augment


@lru_cache(maxsize=1)
def _maker(share: float, squeezed: float) -> FieldMaker:
    """Diseases and injuries of the packaged lexicon, and the abbreviations that usually mean one."""
    from spacy_icd_ru.terminology.abbreviations import is_disease, load_default_abbreviations
    from spacy_icd_ru.terminology.lexicon import load_default_lexicon

    entries, _ = load_default_lexicon()
    # A code of injuries has ten times the names of another: some of each are enough.
    of_code: dict[str, list[str]] = {}
    for entry in entries:
        if entry.code[0] <= "T" and len(entry.name) < 50:
            of_code.setdefault(entry.code, []).append(entry.name)
    names = [name for of_one in of_code.values() for name in of_one[:_NAMES]]
    table = load_default_abbreviations()
    usual = (table.choose(short, ())[0] for short in table)
    abbreviations = [
        sense.abbreviation for sense in usual if sense.abbreviation.isupper() and is_disease(sense.code)
    ]
    return FieldMaker(names, abbreviations, share, squeezed=squeezed, small=_SMALL)
