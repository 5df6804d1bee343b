"""The tokenizer on the real corpus, where a copy of it is at hand."""

import os
from pathlib import Path

import pytest
import spacy

from spacy_icd_ru.corpora.ruccod import read_ruccod
from spacy_icd_ru.normalization.tokens import build_clinical_tokenizer

MIRROR = Path(os.environ.get("SPACY_ICD_RU_MIRROR") or Path(__file__).parents[2].parent / "shared" / "data")


def _whole_words(text, start, end):
    """Undo a slip of the annotator's cursor: one or two letters of a word left outside («астродуоденит»)."""
    first, last = start, end
    while first > 0 and text[first - 1].isalpha() and text[first].isalpha():
        first -= 1
    while last < len(text) and text[last].isalpha() and text[last - 1].isalpha():
        last += 1
    return (first if start - first <= 2 else start), (last if last - end <= 2 else end)


@pytest.mark.skipif(not (MIRROR / "ruccod").is_dir(), reason="no copy of RuCCoD at hand")
def test_mentions_start_and_end_on_token_boundaries():
    records, _ = read_ruccod(MIRROR)
    tokenizer = build_clinical_tokenizer(spacy.blank("ru").vocab)
    aligned = mentions = 0
    for record in records:
        doc = tokenizer(record.text)
        for mention in record.mentions:
            mentions += 1
            aligned += doc.char_span(*_whole_words(record.text, mention.start, mention.end)) is not None
    assert aligned / mentions >= 0.99
