import pytest
import spacy

from spacy_icd_ru.errors import InputError
from spacy_icd_ru.evaluation.ablation import METRICS, ablate
from spacy_icd_ru.evaluation.evaluate import evaluate_pipeline


def test_the_pipeline_is_as_it_was_afterwards(fresh, records):
    fresh.get_pipe("icd_reranker").threshold = 0.7  # some mentions without a code: the reranker's doing
    texts = [record.text for record in records]
    before = [[span._.icd10 for span in doc.spans["diagnoses"]] for doc in fresh.pipe(texts)]
    table = ablate(fresh, records)
    after = [[span._.icd10 for span in doc.spans["diagnoses"]] for doc in fresh.pipe(texts)]
    assert before == after
    assert all(tuple(values) == METRICS for values in table.values())
    figures = evaluate_pipeline(fresh, records, gold_mentions=True, resamples=0).figures
    assert table["everything"] == {metric: round(figures[metric].value, 4) for metric in METRICS}
    # What stands after the recogniser can't change the mentions.
    assert table["without the reranker"]["ner_f1"] == table["everything"]["ner_f1"]
    assert table["without the reranker"] != table["everything"]


def test_a_host_is_ablated_through_the_chain_inside(tiny):
    host = spacy.blank("en")
    host.add_pipe("icd_coder", config={"model": str(tiny.folder)})
    calls = []
    table = ablate(host, tiny.records[:5], progress=lambda *at: calls.append(at))
    assert calls[-1] == (len(table), len(table))


def test_what_is_not_there_cannot_be_switched_off(fresh, records):
    fresh.remove_pipe("icd_reranker")
    with pytest.raises(InputError, match="has no icd_reranker"):
        ablate(fresh, records)
