import numpy as np
import pytest
import spacy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.training import Example

from spacy_icd_ru.corpora.docs import record_to_doc, record_to_example
from spacy_icd_ru.corpora.records import Mention, Record
from spacy_icd_ru.recognition.decoding import ABBREVIATION_PART
from spacy_icd_ru.recognition.model import build_hashed_feature_tagger

_SLOW = [HealthCheck.too_slow]
_pieces = st.sampled_from(
    ["Гастрит", "хр. цистит", "ОРВИ", "(", ")", "«", "»", ".", ",", "?", "-", " ", "\n", "\t", "\r\n", "\\n"]
    + ["2 ст", "12мм", "камень почки", "\u00a0", "\u200b", "%", "ё", "I25", "🙂", "…", "a"]
)
_texts = st.lists(_pieces, max_size=14).map("".join) | st.text(max_size=40)


def _mentions(doc):
    return [
        (*offsets, score)
        for offsets, score in zip(
            doc.spans["diagnoses"].attrs["offsets"], doc.spans["diagnoses"].attrs["scores"]
        )
    ]


@pytest.fixture(scope="module")
def chain(tiny):
    """Normaliser and recogniser only."""
    nlp = spacy.load(tiny.folder, exclude=["icd_retriever", "icd_reranker"])
    assert nlp.pipe_names == ["ru_clinical_normalizer", "diagnosis_recognizer"]
    return nlp


@pytest.fixture
def recognizer(chain):
    return chain.get_pipe("diagnosis_recognizer")


def _untrained(tiny):
    nlp = spacy.blank(
        "ru", config={"nlp": {"tokenizer": {"@tokenizers": "spacy_icd_ru.ClinicalTokenizer.v1"}}}
    )
    nlp.add_pipe("ru_clinical_normalizer")
    config = {"model": {"@architectures": "spacy_icd_ru.HashedFeatureTagger.v1", "n_bits": 14}}
    nlp.add_pipe("diagnosis_recognizer", config=config)
    examples = [record_to_example(nlp, record) for record in tiny.records]
    nlp.config["initialize"]["components"]["diagnosis_recognizer"] = {"lexicon": str(tiny.lexicon)}
    optimizer = nlp.initialize(lambda: examples)
    return nlp, examples, optimizer


@settings(max_examples=200, deadline=None, suppress_health_check=_SLOW)
@given(_texts)
def test_mentions_begin_and_end_with_neither_space_nor_punctuation(chain, text):
    doc = chain(text)
    assert doc.text == text
    previous = 0
    for start, end, score in _mentions(doc):
        assert previous <= start < end <= len(text)
        previous = end
        mention = text[start:end]
        assert mention == mention.strip()
        assert mention[0].isalnum() or mention[0] in '(«["', mention
        assert mention[-1] not in ".,;:?!-…\u200b", mention
        threshold = chain.get_pipe("diagnosis_recognizer").cfg["threshold"]
        assert threshold * (ABBREVIATION_PART if mention.isupper() else 1.0) <= score <= 1.0


def test_it_finds_what_it_was_trained_on(chain, tiny):
    found = missed = 0
    for record in tiny.records:
        expected = {(m.start, m.end) for m in record.mentions}
        predicted = {tuple(o) for o in chain(record.text).spans["diagnoses"].attrs["offsets"]}
        found += len(expected & predicted)
        missed += len(expected - predicted) + len(predicted - expected)
    assert found > 40 and missed <= 4


@pytest.mark.parametrize("text", ["", " ", "\n\n\t ", "\u00a0", ".,;"])
def test_nothing_to_find(chain, text):
    doc = chain(text)
    assert not doc.spans["diagnoses"] and not doc.ents


def test_an_empty_doc_in_a_batch_disturbs_nobody(chain):
    docs = list(chain.pipe(["", "ОРВИ", " ", "Хронический гастрит"]))
    assert [len(doc.spans["diagnoses"]) for doc in docs] == [0, 1, 0, 1]


def test_a_doc_of_20000_tokens(chain):
    """Probabilities don't wear out: the last mention is as sure as the second."""
    doc = chain("Хронический гастрит, вне обострения. Осмотр. " * 2500)
    assert len(doc) == 20_000
    scores = doc.spans["diagnoses"].attrs["scores"]
    assert len(scores) == 2500
    assert scores[1:-1] == pytest.approx([scores[1]] * 2498, abs=0.01)


def test_spans_stand_beside_entities(chain):
    doc = chain("ОРВИ. Острый цистит.")
    assert [(ent.text, ent.label_) for ent in doc.ents] == [
        ("ОРВИ", "DIAGNOSIS"),
        ("Острый цистит", "DIAGNOSIS"),
    ]


def test_running_twice_changes_nothing(chain, recognizer):
    doc = chain("ОРВИ. Острый цистит.")
    before = _mentions(doc), len(doc.user_data)
    recognizer(doc)
    assert (_mentions(doc), len(doc.user_data)) == before


def test_prediction_does_not_touch_the_doc(chain, recognizer):
    doc = chain.get_pipe("ru_clinical_normalizer")(chain.make_doc("Острый цистит"))
    before = doc.to_bytes()
    assert recognizer.predict([doc])[0]
    assert doc.to_bytes() == before


# Learning


def test_updates_lower_the_loss(tiny):
    nlp, examples, optimizer = _untrained(tiny)
    losses = []
    for _ in range(25):
        step = {}
        nlp.update(examples, sgd=optimizer, losses=step, annotates=["ru_clinical_normalizer"])
        losses.append(step["diagnosis_recognizer"])
    assert losses[-1] < 0.5 * losses[0]


def test_a_step_without_an_optimizer_changes_nothing(tiny):
    nlp, examples, _ = _untrained(tiny)
    model = nlp.get_pipe("diagnosis_recognizer").model
    before = model.get_param("W").copy()
    nlp.update(examples, sgd=None, annotates=["ru_clinical_normalizer"])
    assert np.array_equal(model.get_param("W"), before)


def test_overlapping_and_odd_gold_does_not_crash(tiny):
    nlp, _, optimizer = _untrained(tiny)
    text = "Гастродуоденит хронический, ОРВИ"
    mentions = [(0, 26), (0, 14), (5, 14), (0, 5), (0, 32), (28, 32), (26, 28)]
    record = Record("1", text, tuple(Mention(a, b, text[a:b], ("K29.9",)) for a, b in mentions))
    blank = Record("2", "  ", ())
    examples = [record_to_example(nlp, record), Example(nlp.make_doc("  "), record_to_doc(nlp, blank))]
    losses = nlp.update(examples, sgd=optimizer, annotates=["ru_clinical_normalizer"])
    assert np.isfinite(losses["diagnosis_recognizer"])


def test_only_empty_docs_teach_nothing(tiny):
    nlp, _, optimizer = _untrained(tiny)
    examples = [Example(nlp.make_doc(""), nlp.make_doc(""))]
    assert nlp.update(examples, sgd=optimizer)["diagnosis_recognizer"] == 0.0


def test_of_overlapping_gold_the_longest_is_learnt(recognizer, chain):
    text = "Хронический гастрит, ОРВИ"
    record = Record(
        "1", text, (Mention(0, 19, text[:19], ("K29.5",)), Mention(12, 19, "гастрит", ("K29.7",)))
    )
    example = record_to_example(chain, record)
    assert recognizer._gold_labels(example, np.arange(4)).tolist() == [1, 3, 0, 0]  # B L O O


def test_training_without_a_mention_is_refused(tiny):
    nlp = spacy.blank("ru")
    nlp.add_pipe("diagnosis_recognizer")
    examples = [Example(nlp.make_doc("ОРВИ"), nlp.make_doc("ОРВИ"))]
    with pytest.raises(ValueError, match="corpus convert"):
        nlp.initialize(lambda: examples)


@pytest.mark.parametrize("threshold", [0.0, 1.0, -1, 7])
def test_the_threshold_is_checked(threshold):
    with pytest.raises(ValueError, match="threshold"):
        spacy.blank("ru").add_pipe("diagnosis_recognizer", config={"threshold": threshold})


@pytest.mark.parametrize("n_bits", [4, 30])
def test_the_size_of_the_table_is_checked(n_bits):
    with pytest.raises(ValueError, match="n_bits"):
        build_hashed_feature_tagger(n_bits)


# Saving


def _predictions(nlp, tiny):
    return [_mentions(doc) for doc in nlp.pipe(record.text for record in tiny.records)]


def test_a_folder_and_bytes_keep_the_predictions(chain, tiny, tmp_path):
    expected = _predictions(chain, tiny)
    chain.to_disk(tmp_path / "saved")
    assert _predictions(spacy.load(tmp_path / "saved"), tiny) == expected
    config = chain.config.copy()
    restored = spacy.util.load_model_from_config(config).from_bytes(chain.to_bytes())
    assert _predictions(restored, tiny) == expected


def test_the_component_alone_round_trips(recognizer, chain):
    other = spacy.blank("ru").add_pipe("diagnosis_recognizer", config={"threshold": 0.9})
    other.from_bytes(recognizer.to_bytes())
    assert other.cfg == recognizer.cfg
    doc = chain.get_pipe("ru_clinical_normalizer")(chain.make_doc("ОРВИ. Острый цистит, хр. гастрит"))
    assert other.predict([doc]) == recognizer.predict([doc])
