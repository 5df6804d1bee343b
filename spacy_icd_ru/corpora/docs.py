"""Records as spaCy documents and back: character offsets stay exact, whatever the tokenizer.

``doc.spans["diagnoses"]`` is primary: one span a mention, expanded to whole tokens, label ``DIAGNOSIS``, the
first code in ``kb_id_``. Its ``attrs`` hold, parallel to the spans, ``offsets`` ([start, end] in characters)
and ``codes`` (all codes), ``assertions`` and ``roles``. ``doc.ents`` is the non-overlapping view, longest first.
``doc.user_data["record_id"]`` is the record's id.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spacy_icd_ru.corpora.records import Mention, Record
from spacy_icd_ru.errors import InputError
from spacy_icd_ru.files import encode, write_atomically

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Span
    from spacy.training import Example
    from spacy.vocab import Vocab

SPANS_KEY = "diagnoses"
LABEL = "DIAGNOSIS"
RECORD_ID = "record_id"


@dataclass
class DocBinReport:
    """What ``write_docbin`` wrote. skipped: mentions that cover no token (empty or outside the text)."""

    records: int = 0
    mentions: int = 0
    skipped: int = 0

    def to_dict(self) -> dict:
        return asdict(self)


def record_to_doc(
    nlp: Language | Callable[[str], Doc], record: Record, *, skipped: list[tuple[str, int, int]] | None = None
) -> Doc:
    """A Doc with the record's text, mentions, codes and id.

    nlp: a pipeline, of which only the tokenizer runs, or any callable text → Doc.
    skipped: takes (record id, start, end) of each mention that covers no token and gets no span.
    Raises InputError where the tokenizer changes the text, and where the text is too long or can't be UTF-8.
    """
    from spacy.tokens import Span, SpanGroup
    from spacy.util import filter_spans

    longest = getattr(nlp, "max_length", len(record.text))
    if len(record.text) > longest:
        raise InputError(
            f"the text has {len(record.text)} characters, the pipeline takes {longest}",
            where=f"record {record.id}",
            cure="Split the record, or raise nlp.max_length",
        )
    encode(record.text, f"record {record.id}")
    doc = getattr(nlp, "make_doc", nlp)(record.text)
    if doc.text != record.text:
        raise InputError(
            "the tokenizer changes the text, so offsets would be wrong",
            where=f"record {record.id}",
            cure="Use a tokenizer whose doc.text is its input",
        )
    starts = [token.idx for token in doc]
    ends = [token.idx + len(token) for token in doc]
    spans, kept = [], []
    for mention in record.mentions:
        # Not char_span(alignment_mode="expand"): it raises or gives None for some offsets in white space.
        first = bisect_right(ends, mention.start)
        last = bisect_left(starts, mention.end)
        if first >= last or mention.start >= mention.end:
            if skipped is not None:
                skipped.append((record.id, mention.start, mention.end))
            continue
        spans.append(Span(doc, first, last, label=LABEL, kb_id=mention.code or ""))
        kept.append(mention)
    attrs: dict[str, list] = {
        "offsets": [[mention.start, mention.end] for mention in kept],
        "codes": [list(mention.codes) for mention in kept],
        "assertions": [mention.assertion for mention in kept],
        "roles": [mention.role for mention in kept],
    }
    doc.spans[SPANS_KEY] = SpanGroup(doc, name=SPANS_KEY, attrs=attrs, spans=spans)
    doc.ents = filter_spans(spans)
    doc.user_data[RECORD_ID] = record.id
    return doc


def record_to_example(nlp: Language, record: Record) -> Example:
    """An Example: the tokenized text, and the reference that ``record_to_doc`` makes."""
    from spacy.training import Example

    return Example(nlp.make_doc(record.text), record_to_doc(nlp, record))


def doc_to_record(doc: Doc, *, id: str | None = None) -> Record:
    """The record that a Doc holds, gold or predicted; mentions in order of their offsets.

    Offsets come from the span group's ``attrs["offsets"]`` where these lie inside their spans, else from the
    tokens. The code is that of ``span._.icd10`` where it is set (with the candidates), else ``attrs["codes"]``
    where it agrees with ``kb_id_``, else ``kb_id_``. A Doc without ``doc.spans["diagnoses"]`` gives its
    entities labelled ``DIAGNOSIS``.

    id: the record's id, where ``doc.user_data["record_id"]`` isn't meant; "" where there is neither.
    """
    from spacy.tokens import Span

    group = doc.spans.get(SPANS_KEY)
    if group is None:
        spans = [ent for ent in doc.ents if ent.label_ == LABEL]
        offsets = codes = assertions = roles = None
    else:
        spans = list(group)
        offsets = _parallel(group.attrs, "offsets", len(spans))
        codes = _parallel(group.attrs, "codes", len(spans))
        assertions = _parallel(group.attrs, "assertions", len(spans))
        roles = _parallel(group.attrs, "roles", len(spans))
    coded = Span.has_extension("icd10")
    text = doc.text
    mentions = []
    for i, span in enumerate(spans):
        start, end = _offsets(span, offsets[i] if offsets else None)
        answer = span._.icd10 if coded else None
        if answer:
            found = (answer["code"],) if answer.get("code") else ()
            ranked = tuple((c["code"], float(c["score"])) for c in answer.get("candidates", ()))
        else:
            found, ranked = _codes(span, codes[i] if codes else None), ()
        said = assertions[i] if assertions else "", roles[i] if roles else ""
        mentions.append(Mention(start, end, text[start:end], found, ranked, *said))
    mentions.sort(key=lambda m: (m.start, m.end))
    known = doc.user_data.get(RECORD_ID, "") if id is None else id
    return Record(id=str(known), text=text, mentions=tuple(mentions))


def write_docbin(
    records: Iterable[Record],
    path: str | Path,
    nlp: Language | Callable[[str], Doc],
    *,
    progress: Callable[[int], None] | None = None,
) -> DocBinReport:
    """Write records as a ``.spacy`` file that ``spacy train``, ``spacy evaluate`` and ``read_docbin`` read.

    nlp: see ``record_to_doc``. progress: called with the number of records done.
    Raises InputError where the path can't be written. The file appears when it is complete.
    """
    from spacy.tokens import DocBin

    report = DocBinReport()
    skipped: list[tuple[str, int, int]] = []
    docbin = DocBin(store_user_data=True)
    for record in records:
        docbin.add(record_to_doc(nlp, record, skipped=skipped))
        report.records += 1
        report.mentions += len(record.mentions)
        if progress:
            progress(report.records)
    report.skipped = len(skipped)
    write_atomically(path, docbin.to_bytes())
    return report


def read_docbin(path: str | Path, vocab: Vocab) -> Iterator[Doc]:
    """Read the documents of a ``.spacy`` file one by one.

    vocab: the pipeline's (``nlp.vocab``).
    Raises InputError, at the call, where there is no such file or it isn't a complete DocBin.
    """
    from spacy.tokens import DocBin

    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"can't be read ({error.strerror})", where=str(path), cure="Give the path of a .spacy file"
        ) from None
    try:
        docbin = DocBin(store_user_data=True).from_bytes(data)
    except Exception:  # noqa: BLE001  zlib, msgpack, numpy or KeyError, depending on which byte is broken
        raise _not_a_docbin(path) from None
    return _docs(docbin, vocab, path)


def _docs(docbin, vocab: Vocab, path: Path) -> Iterator[Doc]:
    documents = docbin.get_docs(vocab)
    while True:
        try:
            doc = next(documents)
        except StopIteration:
            return
        except Exception:  # noqa: BLE001  the same
            raise _not_a_docbin(path) from None
        yield doc


def _not_a_docbin(path: Path) -> InputError:
    return InputError(
        "not a .spacy file, or a truncated one",
        where=str(path),
        cure="Write it again: spacy-icd-ru corpus convert",
    )


def _parallel(attrs: dict, key: str, length: int) -> list | None:
    """The attribute where there is one entry a span; a group changed by someone else has lost its attributes."""
    values = attrs.get(key)
    return values if isinstance(values, (list, tuple)) and len(values) == length else None


def _offsets(span: Span, exact) -> tuple[int, int]:
    if exact is not None and span.start_char <= exact[0] < exact[1] <= span.end_char:
        return int(exact[0]), int(exact[1])
    return span.start_char, span.end_char


def _codes(span: Span, codes) -> tuple[str, ...]:
    if codes and codes[0] == span.kb_id_:
        return tuple(codes)
    return (span.kb_id_,) if span.kb_id_ else ()
