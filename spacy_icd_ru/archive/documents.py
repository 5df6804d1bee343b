"""From a coded Doc to what the output files say about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span

SPANS_KEY = "diagnoses"


def doc_to_json(doc: Doc, record_id: str, top_k: int = 5, threshold: float | None = None) -> dict[str, Any]:
    """The line of the jsonl output: the record's id, its codes, and its mentions in order of the text.

    top_k: how many candidates each mention keeps, the chosen one included.
    threshold: a mention whose score lies under it keeps its candidates and loses its code and title.
    Returns ``{"id", "codes": [...], "mentions": [{"start", "end", "text", "code", "title", "score",
    "candidates": [{"code", "title", "score", "why"}]}]}``: offsets in characters of the text, half open,
    scores from 0 to 1, ``code`` "" where the pipeline gave none; ``codes`` in order of the text, each once.
    """
    mentions = [_mention(doc, *found, top_k, threshold) for found in _mentions(doc)]
    mentions.sort(key=lambda m: (m["start"], m["end"]))
    codes = list(dict.fromkeys(m["code"] for m in mentions if m["code"]))
    return {"id": record_id, "codes": codes, "mentions": mentions}


def _mentions(doc: Doc) -> Iterator[tuple[int, int, Span]]:
    """(start, end, span): the exact offsets where the group has them, else those of the tokens."""
    group = doc.spans.get(SPANS_KEY, ())
    offsets = group.attrs.get("offsets", ()) if len(group) else ()
    # A group that somebody filtered is no longer parallel to its attribute.
    exact = len(offsets) == len(group)
    for i, span in enumerate(group):
        start, end = offsets[i] if exact else (span.start_char, span.end_char)
        yield int(start), int(end), span


def _mention(
    doc: Doc, start: int, end: int, span: Span, top_k: int, threshold: float | None
) -> dict[str, Any]:
    answer = (span._.icd10 if span.has_extension("icd10") else None) or {}
    code = answer.get("code", span.kb_id_) or ""
    score = _score(answer.get("score"))
    if threshold is not None and (score is None or score < threshold):
        code = ""
    candidates = [
        {
            "code": candidate["code"],
            "title": candidate.get("title", ""),
            "score": _score(candidate.get("score")),
            "why": candidate.get("why", ""),
        }
        for candidate in (answer.get("candidates") or ())[: max(top_k, 0)]
    ]
    return {
        "start": start,
        "end": end,
        "text": doc.text[start:end],
        "code": code,
        "title": (answer.get("title") or "") if code else "",
        "score": score,
        "candidates": candidates,
    }


def _score(value: Any) -> float | None:
    # Four digits: more than the scores mean, and the same line on every processor.
    return None if value is None else round(float(value), 4)
