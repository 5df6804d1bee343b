"""Writes spacy_icd_ru/data/nouns.txt: nouns of our lexicon that pymorphy takes for a form of another word.

«кандидоз» would be the genitive plural of «кандидоза», «порок» that of «порка», «кольпит» what «кольпить» does. A noun
counts where a name begins with it or with adjectives before it, so it stands in the nominative.

Run from the project's root after a change of the lexicon or the abbreviations: python assets/nouns.py
"""

import re
from pathlib import Path

import pymorphy3

from spacy_icd_ru.normalization.morphology import NOUNS, lemma_of_parses
from spacy_icd_ru.normalization.spelling import normal_spelling
from spacy_icd_ru.terminology.abbreviations import load_default_abbreviations
from spacy_icd_ru.terminology.lexicon import load_default_lexicon

ADJECTIVE = re.compile(r"[а-я-]+(?:[ыио]й|[ая]я|[ое]е|[ыи]е)(?:ся)?")
# What the names of diseases end with; others have to be named, or drugs and plurals would come in.
DISEASE = re.compile(r"[а-я]{3,}(?:ит|[оае]з|[оеу]ма|ия|ея)")
OTHERS = {"порок", "шейка", "железа", "стопа", "катаракта", "пурпура", "диастема"}


def heads() -> set[str]:
    names = [entry.name for entry in load_default_lexicon()[0]]
    names += [sense.expansion for sense in load_default_abbreviations().all_senses()]
    found = set()
    for name in names:
        words = [normal_spelling(word) for word in re.findall(r"[\w-]+", name)]
        i = 0
        while i + 1 < len(words) and ADJECTIVE.fullmatch(words[i]):
            i += 1
        if words and (DISEASE.fullmatch(words[i]) or words[i] in OTHERS):
            found.add(words[i])
    return found


def main() -> None:
    analyzer = pymorphy3.MorphAnalyzer(lang="ru")
    nouns = set()
    for word in heads():
        parses = analyzer.parse(word)
        itself = [p for p in parses if p.normal_form.replace("ё", "е") == word and p.tag.POS == "NOUN"]
        if any("nomn" in p.tag and "sing" in p.tag for p in itself) and lemma_of_parses(parses) != word:
            nouns.add(word)
    Path(NOUNS).write_text("".join(f"{noun}\n" for noun in sorted(nouns)), encoding="utf-8", newline="\n")
    print(f"{len(nouns)} nouns in {NOUNS}")


if __name__ == "__main__":
    main()
