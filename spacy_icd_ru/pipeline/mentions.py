"""Mentions in a Doc: how they are written and read back, by every component."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spacy.tokens import Doc, Span, SpanGroup
from spacy.util import filter_spans

from .extensions import LABEL, SPANS_KEY


def reference_offsets(doc: Doc) -> list[tuple[int, int]]:
    """Exact character offsets of a doc's mentions: those kept beside the spans, else the spans' own."""
    group = doc.spans.get(SPANS_KEY)
    if group is None:
        return [(ent.start_char, ent.end_char) for ent in doc.ents if ent.label_ == LABEL]
    exact = group.attrs.get("offsets")
    if exact is not None and len(exact) == len(group):
        return [(int(start), int(end)) for start, end in exact]
    return [(span.start_char, span.end_char) for span in group]


def set_mentions(
    doc: Doc, offsets: Sequence[tuple[int, int]], values: Sequence[dict[str, Any]] | None = None
) -> SpanGroup:
    """Write mentions into a doc: ``doc.spans["diagnoses"]``, exact offsets beside it, ``doc.ents``.

    offsets: half-open character offsets, sorted. Spans are expanded to tokens. values: ``span._.icd10`` of
    each. Entities of other labels that a host pipeline has found stay, ours give way where they overlap.
    Codes of mentions that an earlier run wrote go.
    """
    for span in doc.spans.get(SPANS_KEY, ()):
        if span._.icd10 is not None:
            span._.icd10 = None
    spans = [doc.char_span(start, end, label=LABEL, alignment_mode="expand") for start, end in offsets]
    for span, value in zip(spans, values or ()):
        _set_code(span, value)
    group = SpanGroup(doc, name=SPANS_KEY, spans=spans, attrs={"offsets": [list(o) for o in offsets]})
    doc.spans[SPANS_KEY] = group
    set_entities(doc)
    return group


def no_code() -> dict[str, Any]:
    """The ``span._.icd10`` of a mention for which nothing was found."""
    return {"code": "", "title": "", "score": 0.0, "path": [], "candidates": []}


def set_codes(doc: Doc, values: Sequence[dict[str, Any]]) -> None:
    """Write the ``span._.icd10`` of each mention of a doc, and the codes of spans and entities."""
    group = doc.spans.get(SPANS_KEY)
    if group is None:
        return
    spans = list(group)
    for span, value in zip(spans, values):
        _set_code(span, value)
    # A group hands out copies of its spans: to give them codes, it must be written anew.
    doc.spans[SPANS_KEY] = SpanGroup(doc, name=group.name, spans=spans, attrs=group.attrs)
    set_entities(doc)


def _set_code(span: Span, value: dict[str, Any]) -> None:
    span._.icd10 = value
    span.kb_id_ = value["code"]


def set_entities(doc: Doc) -> None:
    """Make ``doc.ents`` the non-overlapping view of the mentions, beside the host's own entities."""
    host = [ent for ent in doc.ents if ent.label_ != LABEL]
    taken = {i for ent in host for i in range(ent.start, ent.end)}
    ours = []
    for span in filter_spans(doc.spans[SPANS_KEY]):
        if taken.isdisjoint(range(span.start, span.end)):
            ours.append(Span(doc, span.start, span.end, label=LABEL, kb_id=span.kb_id_))
    doc.set_ents(host + ours, default="outside")
