"""Every custom attribute of the package, registered once, at import.

The values are plain JSON (dict, list, str, float), so that they survive ``DocBin(store_user_data=True)``,
``Doc.to_bytes`` and worker processes.
"""

from __future__ import annotations

from spacy.tokens import Doc, Span, Token

from ..corpora.docs import LABEL, SPANS_KEY

__all__ = ["LABEL", "SPANS_KEY"]


def _register(owner, name: str, **kwargs) -> None:
    # No force=True: a user's own extension of that name is theirs, and spaCy would overwrite it silently.
    if not owner.has_extension(name):
        owner.set_extension(name, **kwargs)


def _record_codes(doc: Doc) -> list[str]:
    """The record's codes in order of the text, each once."""
    codes = (span._.icd10["code"] for span in doc.spans.get(SPANS_KEY, ()) if span._.icd10)
    return list(dict.fromkeys(code for code in codes if code))


_register(Span, "icd10", default=None)
_register(Span, "umls", default=None)
_register(Span, "assertion", default=None)
_register(Token, "expansion", default=None)
_register(Doc, "icd10", getter=_record_codes)
