"""Order, batches, and records on which the pipeline fails."""

from __future__ import annotations

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import SpanGroup

import spacy_icd_ru.pipeline.extensions  # noqa: F401
from spacy_icd_ru.archive.coding import code_records
from spacy_icd_ru.archive.rows import InputRecord, RejectedRow
from spacy_icd_ru.errors import InputError


class Collected:
    """Output in memory; refuses records with the given id."""

    def __init__(self, refused: str = ""):
        self.events: list[tuple[str, str | None]] = []
        self.codes: dict[str, list[str]] = {}
        self.reasons: dict[str | None, str] = {}
        self.commits: list[int] = []
        self._refused = refused

    def refusal(self, record):
        return "not this one" if record.id == self._refused else None

    def write(self, record, coded):
        self.events.append(("coded", record.id))
        self.codes[record.id] = coded["codes"]

    def reject(self, row):
        self.events.append(("rejected", row.id))
        self.reasons[row.id] = row.reason

    def commit(self):
        self.commits.append(len(self.events))


class Dropping:
    """A component whose ``pipe`` leaves documents out, as those with an error handler of their own do."""

    def __call__(self, doc):
        return doc

    def pipe(self, stream, batch_size=128):
        yield from (doc for doc in stream if "потеря" not in doc.text)


def records(*texts):
    return [InputRecord(f"n{i}", text, i) for i, text in enumerate(texts, 1)]


def rows(kinds):
    """c: a record, f: one on which the pipeline fails, r: rejected by the reader."""
    texts = {"c": "АГ", "f": "отрава секрет", "e": ""}
    return [
        RejectedRow(i, f"n{i}", "broken") if kind == "r" else InputRecord(f"n{i}", texts[kind], i)
        for i, kind in enumerate(kinds, 1)
    ]


@settings(max_examples=60, deadline=None)
@given(st.text("ccccfre", max_size=24), st.integers(1, 5))
def test_every_row_is_answered_once_in_order(kinds, batch_size):
    nlp = _pipeline()
    output = Collected()
    summary = code_records(nlp, rows(kinds), output, batch_size=batch_size)
    expected = [("coded" if kind in "ce" else "rejected", f"n{i}") for i, kind in enumerate(kinds, 1)]
    assert output.events == expected
    assert summary.records == sum(event == "coded" for event, _ in expected)
    assert summary.rejected == sum(event == "rejected" for event, _ in expected)
    assert summary.mentions == kinds.count("c")
    assert output.commits[-1] == len(kinds)


_CACHE: list[Language] = []


def _pipeline() -> Language:
    if not _CACHE:
        _CACHE.append(spacy.blank("ru"))
        _CACHE[0].add_pipe("archive_test_diagnoses")
    return _CACHE[0]


def test_commits_follow_batches(nlp):
    output = Collected()
    code_records(nlp, records(*["АГ"] * 7), output, batch_size=3)
    assert output.commits == [3, 6, 7]


def test_slow_records_are_committed_before_the_batch_is_full(nlp, monkeypatch):
    monkeypatch.setattr("spacy_icd_ru.archive.coding._PATIENCE", 0.0)
    output = Collected()
    code_records(nlp, records("АГ", "АГ"), output, batch_size=100)
    assert output.commits == [1, 2, 2]


def test_a_failing_record_is_rejected_with_the_class_of_the_error_only(nlp):
    output = Collected()
    code_records(nlp, records("АГ", "отрава секрет", "ОРВИ"), output)
    assert output.reasons == {"n2": "the pipeline failed with RuntimeError"}
    assert output.codes == {"n1": ["I10"], "n3": ["J06.9"]}


def test_records_in_several_processes(nlp):
    output = Collected()
    texts = ["АГ", "ОРВИ", "гастрит", "здоров"] * 8
    texts[9] = "отрава"
    code_records(nlp, records(*texts), output, batch_size=4, n_process=2)
    assert [record_id for _, record_id in output.events] == [f"n{i}" for i in range(1, 33)]
    assert output.codes["n31"] == ["K29.7"]
    assert list(output.reasons) == ["n10"]


def test_a_record_that_a_component_drops_is_coded_alone(nlp):
    Language.factory("archive_test_dropping", func=lambda nlp, name: Dropping())
    dropping = spacy.blank("ru")
    dropping.add_pipe("archive_test_diagnoses")
    dropping.add_pipe("archive_test_dropping")
    output = Collected()
    code_records(dropping, records("АГ потеря", "ОРВИ", "АГ потеря", "АГ потеря"), output)
    assert output.events == [("coded", f"n{i}") for i in (1, 2, 3, 4)]
    assert output.codes["n3"] == ["I10"]


def test_what_the_output_refuses_is_not_coded(nlp):
    output = Collected(refused="n2")
    code_records(nlp, records("АГ", "отрава", "ОРВИ"), output)
    assert output.reasons == {"n2": "not this one"}


def test_progress_gets_row_numbers(nlp):
    seen = []
    items = [InputRecord("a", "АГ", 3), RejectedRow(5, None, "broken"), InputRecord("b", "АГ", 9)]
    code_records(nlp, items, Collected(), progress=seen.append)
    assert seen == [3, 5, 9]


def test_a_pipeline_that_always_fails_is_the_models_fault(nlp):
    output = Collected()
    with pytest.raises(InputError, match="every one of the first 25 records.*RuntimeError") as caught:
        code_records(nlp, records(*["отрава секрет"] * 30), output)
    assert "секрет" not in str(caught.value)


def test_failures_after_a_success_never_stop_the_run(nlp):
    output = Collected()
    code_records(nlp, records("АГ", *["отрава"] * 40, "ОРВИ"), output, batch_size=10)
    assert len(output.reasons) == 40
    assert output.codes["n42"] == ["J06.9"]


def test_a_pipeline_without_diagnoses_is_refused():
    with pytest.raises(InputError, match="sets doc.spans"):
        code_records(spacy.blank("ru"), records("АГ"), Collected())


def test_errors_of_the_reader_are_not_taken_for_those_of_the_pipeline(nlp):
    def reader():
        yield from records("АГ", "ОРВИ")
        raise InputError("the disk is gone")

    output = Collected()
    with pytest.raises(InputError, match="the disk is gone"):
        code_records(nlp, reader(), output, batch_size=1)
    assert output.commits[-1] == 2


def test_threshold_and_top_k_reach_the_documents(nlp):
    found = []
    output = Collected()
    output.write = lambda record, coded: found.append(coded)
    code_records(nlp, records("АГ"), output, threshold=0.95, top_k=1)
    assert found[0]["codes"] == []
    assert len(found[0]["mentions"][0]["candidates"]) == 1


def test_an_empty_document_needs_no_diagnoses():
    @Language.component("archive_test_skips_empty")
    def skips(doc):
        if len(doc):
            doc.spans["diagnoses"] = SpanGroup(doc, name="diagnoses")
        return doc

    nlp = spacy.blank("ru")
    nlp.add_pipe("archive_test_skips_empty")
    output = Collected()
    code_records(nlp, records("", "Здоров"), output)
    assert output.codes == {"n1": [], "n2": []}
