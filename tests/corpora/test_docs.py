"""Records survive the way through spaCy documents and files with their exact offsets."""

from __future__ import annotations

import pickle
import tempfile
from pathlib import Path

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc, DocBin, Span, SpanGroup
from spacy.training import Example
from spacy.vocab import Vocab

from spacy_icd_ru.corpora.docs import (
    LABEL,
    SPANS_KEY,
    doc_to_record,
    read_docbin,
    record_to_doc,
    record_to_example,
    write_docbin,
)
from spacy_icd_ru.corpora.records import Mention, Record
from spacy_icd_ru.errors import InputError

NLP = spacy.blank("ru")
TEXT = "хр.гастрит, вызванный отитом; ГБ2ст?"


def mention(text: str, part: str, *codes: str) -> Mention:
    start = text.index(part)
    return Mention(start, start + len(part), part, codes)


@pytest.fixture
def record():
    mentions = (
        mention(TEXT, "гастрит", "K29.5", "K29.7"),
        mention(TEXT, "гастрит, вызванный отитом", "K29"),
        mention(TEXT, "отитом"),
        mention(TEXT, "ГБ2", "I10"),
    )
    return Record("42", TEXT, mentions)


def test_convention(record):
    doc = record_to_doc(NLP, record)
    group = doc.spans[SPANS_KEY]
    assert doc.text == TEXT
    assert doc.user_data["record_id"] == "42"
    assert {span.label_ for span in group} == {LABEL}
    assert [span.kb_id_ for span in group] == ["K29.5", "K29", "", "I10"]
    assert group.attrs["offsets"] == [[m.start, m.end] for m in record.mentions]
    for span, (start, end) in zip(group, group.attrs["offsets"]):
        assert span.start_char <= start < end <= span.end_char
    # Whole tokens: the blank tokenizer leaves «хр.гастрит» and «ГБ2ст» in one piece.
    assert group[0].text.startswith("хр.гастрит")
    assert group[3].text == "ГБ2ст"


def test_spans_hold_no_token_that_the_mention_does_not_touch():
    text = "отит(грипп)кашель"
    nlp = spacy.blank("xx")
    record = Record("1", text, (mention(text, "отит"), mention(text, "грипп"), mention(text, "кашель")))
    words, spaces = ["отит", "(", "грипп", ")", "кашель"], [False] * 5
    doc = record_to_doc(lambda _: Doc(nlp.vocab, words=words, spaces=spaces), record)
    assert [span.text for span in doc.spans[SPANS_KEY]] == ["отит", "грипп", "кашель"]


def test_entities_are_the_longest_that_do_not_overlap(record):
    doc = record_to_doc(NLP, record)
    assert [(ent.kb_id_, ent.label_) for ent in doc.ents] == [("K29", LABEL), ("I10", LABEL)]


def test_there_and_back(record):
    assert doc_to_record(record_to_doc(NLP, record)) == record


@pytest.mark.parametrize(
    "copy",
    [
        lambda doc: Doc(doc.vocab).from_bytes(doc.to_bytes()),
        lambda doc: doc.copy(),
        lambda doc: pickle.loads(pickle.dumps(doc)),
        lambda doc: next(
            DocBin(store_user_data=True)
            .from_bytes(DocBin(docs=[doc], store_user_data=True).to_bytes())
            .get_docs(Vocab())
        ),
    ],
    ids=["bytes", "copy", "worker", "docbin"],
)
def test_attributes_survive(record, copy):
    assert doc_to_record(copy(record_to_doc(NLP, record))) == record


def test_a_callable_tokenizer_will_do(record):
    assert doc_to_record(record_to_doc(NLP.tokenizer, record)) == record


def test_only_the_tokenizer_runs(record):
    nlp = spacy.blank("ru")
    nlp.add_pipe("sentencizer")
    assert not record_to_doc(nlp, record).has_annotation("SENT_START")


def test_mentions_that_cover_no_token_are_skipped_and_reported():
    text = "грипп  отит"
    bad = (Mention(0, 0, ""), Mention(3, 2, ""), Mention(40, 44, "отит"), Mention(0, 5, "грипп"))
    skipped = []
    doc = record_to_doc(NLP, Record("1", text, bad), skipped=skipped)
    assert [span.text for span in doc.spans[SPANS_KEY]] == ["грипп"]
    assert doc.spans[SPANS_KEY].attrs["offsets"] == [[0, 5]]
    assert skipped == [("1", 0, 0), ("1", 3, 2), ("1", 40, 44)]


@pytest.mark.parametrize("text", ["", " ", "\r\n", "а\0б", "\ufeffа", "😀 и\u0306"])
def test_odd_texts(text):
    record = Record("1", text, ())
    assert doc_to_record(record_to_doc(NLP, record)) == record


def test_refuses(record):
    with pytest.raises(InputError, match="record 42: the tokenizer changes the text"):
        record_to_doc(lambda text: Doc(NLP.vocab, words=text.split()), record)
    with pytest.raises(InputError, match="surrogate"):
        record_to_doc(NLP, Record("1", "\ud800"))
    short = spacy.blank("ru")
    short.max_length = 10
    with pytest.raises(InputError, match="the pipeline takes 10"):
        record_to_doc(short, record)


def test_offsets_that_do_not_fit_give_way_to_tokens():
    doc = record_to_doc(NLP, Record("1", "острый отит", (Mention(8, 10, "ти", ("H66",)),)))
    span = doc.spans[SPANS_KEY][0]
    for offsets in ([[0, 3]], [[8, 8]], [[8, 10], [0, 1]], None, "xy"):
        doc.spans[SPANS_KEY] = SpanGroup(doc, name=SPANS_KEY, attrs={"offsets": offsets}, spans=[span])
        assert [(m.start, m.end, m.text) for m in doc_to_record(doc).mentions] == [(7, 11, "отит")]


def test_codes_of_another_hand_win(record):
    doc = record_to_doc(NLP, record)
    group = doc.spans[SPANS_KEY]
    spans = [Span(doc, s.start, s.end, label=LABEL, kb_id="Z00") for s in group]
    doc.spans[SPANS_KEY] = SpanGroup(doc, name=SPANS_KEY, attrs=dict(group.attrs), spans=spans)
    assert {m.codes for m in doc_to_record(doc).mentions} == {("Z00",)}


def test_entities_alone_are_read_too():
    doc = NLP("острый отит")
    doc.ents = [Span(doc, 1, 2, label=LABEL, kb_id="H66.9"), Span(doc, 0, 1, label="PER")]
    assert doc_to_record(doc, id="x") == Record("x", "острый отит", (Mention(7, 11, "отит", ("H66.9",)),))


def test_answer_of_the_pipeline():
    # The pipeline registers it at import; a user who never imported it has none.
    if not Span.has_extension("icd10"):
        Span.set_extension("icd10", default=None)
    record = Record("1", "грипп, отит", (Mention(0, 5, "грипп", ("J11",)), Mention(7, 11, "отит", ("H66",))))
    doc = record_to_doc(NLP, record)
    assert doc_to_record(doc) == record  # not set
    first, second = doc.spans[SPANS_KEY]
    first._.icd10 = {
        "code": "J10",
        "candidates": [{"code": "J10", "score": 0.75}, {"code": "J11", "score": 0.2}],
    }
    second._.icd10 = {"code": "", "candidates": [{"code": "H66", "score": 0.1}]}
    read = doc_to_record(doc).mentions
    assert [m.codes for m in read] == [("J10",), ()]
    assert read[0].candidates == (("J10", 0.75), ("J11", 0.2))


def test_example(record):
    example = record_to_example(NLP, record)
    assert isinstance(example, Example)
    assert len(example.predicted.spans) == 0 and not example.predicted.ents
    assert [span.kb_id_ for span in example.reference.spans[SPANS_KEY]] == ["K29.5", "K29", "", "I10"]
    assert example.get_aligned_ner()[0] == "B-DIAGNOSIS"


def test_docbin(tmp_path, record):
    path = tmp_path / "new" / "train.spacy"
    empty = Record("7", "жалоб нет", (Mention(50, 51, "x"),))
    calls = []
    report = write_docbin([record, empty], path, NLP, progress=calls.append)
    assert report.to_dict() == {"records": 2, "mentions": 5, "skipped": 1}
    assert calls == [1, 2]
    docs = list(read_docbin(path, spacy.blank("en").vocab))
    assert [doc_to_record(doc) for doc in docs] == [record, Record("7", "жалоб нет")]
    # spaCy's own corpus reader reads it as well.
    examples = list(spacy.training.Corpus(path)(NLP))
    assert [len(example.reference.spans[SPANS_KEY]) for example in examples] == [4, 0]


def test_a_file_that_is_no_docbin(tmp_path, record):
    path = tmp_path / "train.spacy"
    write_docbin([record] * 3, path, NLP)
    data = path.read_bytes()
    for broken in (
        data[: len(data) // 2],
        data[:-1],
        b"",
        b"text",
        b"\x80",
        data[:40] + b"\0\0\0\0" + data[44:],
    ):
        path.write_bytes(broken)
        with pytest.raises(InputError, match="truncated") as error:
            list(read_docbin(path, NLP.vocab))
        assert str(path) in str(error.value) and error.value.cure
    for wrong in (tmp_path, tmp_path / "nowhere.spacy"):
        with pytest.raises(InputError, match="can't be read"):
            read_docbin(wrong, NLP.vocab)


@st.composite
def records(draw):
    text = draw(st.text(st.sampled_from("аБ12 \n.,-()?/😀\u0306"), min_size=1, max_size=25))
    mentions = {}
    for a, b in draw(st.lists(st.tuples(st.integers(0, 25), st.integers(0, 25)), max_size=5)):
        start, end = sorted((min(a, len(text)), min(b, len(text))))
        # As the aligner makes them: no white space at the ends.
        if start < end and text[start:end] == text[start:end].strip():
            codes = tuple(sorted(draw(st.sets(st.sampled_from(["J10", "J11", "K29.5"]), max_size=2))))
            mentions[start, end] = Mention(start, end, text[start:end], codes)
    return Record(draw(st.text("0a", max_size=3)), text, tuple(mentions[key] for key in sorted(mentions)))


@settings(deadline=None)
@given(st.lists(records(), max_size=3))
def test_docbin_round_trip(given_records):
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "x.spacy"
        report = write_docbin(given_records, path, NLP)
        assert report.skipped == 0
        assert [doc_to_record(doc) for doc in read_docbin(path, Vocab())] == given_records
