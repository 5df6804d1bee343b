"""Records through a pipeline: in order, in batches, and past the ones that make it fail."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from spacy_icd_ru.archive.documents import SPANS_KEY, doc_to_json
from spacy_icd_ru.archive.rows import InputRecord, RejectedRow
from spacy_icd_ru.errors import InputError

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

#: How long, in seconds, finished records may wait for the disk where a batch takes longer.
_PATIENCE = 2.0
#: A pipeline that fails on so many records before it has coded one is broken, not the records.
_HOPELESS = 25


class Output(Protocol):
    """Where coded records go, such as ``resume.ResumableOutput``."""

    def refusal(self, record: InputRecord) -> str | None: ...

    def write(self, record: InputRecord, coded: dict[str, Any]) -> None: ...

    def reject(self, row: RejectedRow) -> None: ...

    def commit(self) -> None: ...


@dataclass(frozen=True)
class CodingSummary:
    """What one call of ``code_records`` did: records coded, mentions found in them, rows rejected."""

    records: int
    mentions: int
    rejected: int


def code_records(
    nlp: Language,
    items: Iterable[InputRecord | RejectedRow],
    output: Output,
    *,
    batch_size: int = 128,
    n_process: int = 1,
    threshold: float | None = None,
    top_k: int = 5,
    progress: Callable[[int], None] | None = None,
) -> CodingSummary:
    """Code all records and bring them to the output in the order of the input, rejected rows among them.

    nlp: any pipeline that sets ``doc.spans["diagnoses"]``.
    batch_size: records the pipeline works on at once, and between two commits (sooner where these take long).
    n_process: worker processes; 1 works in this one.
    threshold, top_k: see ``doc_to_json``.
    progress: called with the row number of each item that is done.
    A record on which the pipeline fails is rejected with the class of the error as the reason; the others
    of its batch are coded one by one. Raises InputError for a pipeline that sets no diagnoses or fails on all
    of the first 25 records, and whatever ``items`` and ``output`` raise. Interrupted, it leaves the output at
    its last commit.
    """
    records = mentions = rejected = waiting = 0
    last = time.monotonic()
    for item, answer in _answers(nlp, _Feed(items, output.refusal), batch_size, n_process):
        if isinstance(answer, RejectedRow):
            output.reject(answer)
            rejected += 1
        else:
            coded = doc_to_json(_checked(answer), item.id, top_k, threshold)
            output.write(item, coded)
            records += 1
            mentions += len(coded["mentions"])
        waiting += 1
        if waiting >= batch_size or time.monotonic() - last > _PATIENCE:
            output.commit()
            waiting, last = 0, time.monotonic()
        if progress:
            progress(item.row)
    output.commit()
    return CodingSummary(records, mentions, rejected)


class _Feed:
    """Hands texts to the pipeline and remembers, in order, everything that it has not answered yet."""

    def __init__(
        self, items: Iterable[InputRecord | RejectedRow], refusal: Callable[[InputRecord], str | None]
    ):
        self.unanswered: deque[tuple[int, InputRecord | RejectedRow]] = deque()
        self.exhausted = False
        self.error: Exception | None = None
        self._items = iter(items)
        self._refusal = refusal
        self._number = 0

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> tuple[str, int]:
        while not self.exhausted:
            try:
                item = next(self._items)
            except StopIteration:
                self.exhausted = True
                break
            except Exception as error:  # noqa: BLE001
                # The reader's errors must not look like the pipeline's, through which they would travel.
                self.exhausted, self.error = True, error
                break
            self._number += 1
            if isinstance(item, InputRecord) and (reason := self._refusal(item)):
                item = RejectedRow(item.row, item.id, reason)
            self.unanswered.append((self._number, item))
            if isinstance(item, InputRecord):
                return item.text, self._number
        raise StopIteration


def _answers(
    nlp: Language, feed: _Feed, batch_size: int, n_process: int
) -> Iterator[tuple[InputRecord | RejectedRow, Doc | RejectedRow]]:
    """(item, its Doc or why there is none), in the order of the input."""
    failed = succeeded = 0

    def alone(item: InputRecord | RejectedRow) -> Doc | RejectedRow:
        nonlocal failed
        if isinstance(item, RejectedRow):
            return item
        try:
            return nlp(item.text)
        except Exception as error:
            failed += 1
            name = type(error).__name__
            if not succeeded and isinstance(error, InputError):
                raise
            if not succeeded and failed >= _HOPELESS:
                raise InputError(
                    f"the pipeline fails on every one of the first {failed} records ({name})",
                    cure='Try the model on one text: spacy-icd-ru code --model … "ОРВИ"',
                ) from None
            # Not the message: it may hold the text.
            return RejectedRow(item.row, item.id, f"the pipeline failed with {name}")

    while not feed.exhausted:
        docs = nlp.pipe(feed, as_tuples=True, batch_size=batch_size, n_process=n_process)
        answer = _next(docs, _deaf_workers() if n_process != 1 else nullcontext())
        while answer is not None:
            doc, number = answer
            # In front of it: rows rejected by the reader, and records that a component has dropped.
            while feed.unanswered[0][0] < number:
                item = feed.unanswered.popleft()[1]
                yield item, alone(item)
            succeeded += 1
            yield feed.unanswered.popleft()[1], doc
            answer = _next(docs)
        # Behind the last answer: rejected rows, and whatever was on its way when the stream broke. Its
        # successor begins behind them.
        while feed.unanswered:
            item = feed.unanswered.popleft()[1]
            answered = alone(item)
            succeeded += not isinstance(answered, RejectedRow)
            yield item, answered
    if feed.error is not None:
        raise feed.error


def _next(docs: Iterator[tuple[Doc, int]], around=nullcontext()) -> tuple[Doc, int] | None:  # noqa: B008
    """The next answer, or None where the stream has ended or a record has broken it."""
    try:
        with around:
            return next(docs, None)
    except Exception:  # noqa: BLE001
        return None


@contextmanager
def _deaf_workers() -> Iterator[None]:
    """Workers forked in here don't hear Ctrl-C: the main process does, and ends them without tracebacks."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    main = os.getpid()
    handler = signal.getsignal(signal.SIGINT)

    def interrupt(number, frame) -> None:
        # Not SIG_IGN, which would make the main process deaf too until the first answer.
        if os.getpid() == main and callable(handler):
            handler(number, frame)

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def _checked(doc: Doc) -> Doc:
    if len(doc) and SPANS_KEY not in doc.spans:
        raise InputError(
            f"the model finds no diagnoses: none of its components sets doc.spans[{SPANS_KEY!r}]",
            cure="Give another --model, or add the component icd_coder to this one",
        )
    return doc
