"""RuCCoD from the places where it may lie, as records and as examples; facts of the real one where it is at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import spacy
from spacy.util import registry

from spacy_icd_ru.corpora.alignment import trim
from spacy_icd_ru.corpora.brat import read_brat, write_brat
from spacy_icd_ru.corpora.docs import doc_to_record
from spacy_icd_ru.corpora.records import Mention, Record
from spacy_icd_ru.corpora.ruccod import create_brat_reader, create_ruccod_reader, find_ruccod, read_ruccod
from spacy_icd_ru.errors import InputError

RECORDS = [Record(str(n), f"Отит {n}", (Mention(0, 4, "Отит", ("H66.9",)),)) for n in range(25)]


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "mirror" / "ruccod" / "ruccod_train"
    write_brat(RECORDS, path)
    return path


@pytest.mark.parametrize("up", [0, 1, 2])
def test_found_from_itself_its_parent_and_the_root_of_a_mirror(folder, up):
    given = [folder, *folder.parents][up]
    assert find_ruccod(given) == folder
    assert find_ruccod(str(given)) == folder


def test_found_in_a_clone_of_the_publisher(tmp_path):
    write_brat(RECORDS[:1], tmp_path / "data" / "ruccod_train")
    assert find_ruccod(tmp_path) == tmp_path / "data" / "ruccod_train"


def test_a_folder_of_another_name_will_do(tmp_path):
    write_brat(RECORDS[:1], tmp_path / "mine")
    assert find_ruccod(tmp_path / "mine") == tmp_path / "mine"


def test_not_found(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError, match="RuCCoD isn't here") as error:
            find_ruccod(path)
        assert str(path) in str(error.value) and "https://" in error.value.cure


def test_splits(folder):
    (folder / "7.ann").write_text("мусор\n")
    (folder / "10.ann").write_text("мусор\n")
    dev, dev_report = read_ruccod(folder, "dev")
    train, train_report = read_ruccod(folder, "train")
    assert [r.id for r in dev] == ["0", "10", "20"]
    assert len(train) == 22
    assert (dev_report.records, dev_report.annotated, dev_report.counts) == (3, 2, {"malformed_line": 1})
    assert (train_report.records, train_report.annotated, train_report.counts) == (
        22,
        21,
        {"malformed_line": 1},
    )
    with pytest.raises(InputError, match="no split"):
        read_ruccod(folder, "test")


@pytest.mark.parametrize("name", ["spacy_icd_ru.RuCCoD.v1", "spacy_icd_ru.BratCorpus.v1"])
def test_registered_readers(folder, name):
    config = {"reader": {"@readers": name, "path": str(folder), "split": "dev", "limit": 2}}
    reader = registry.resolve(config)["reader"]
    for _ in range(2):  # spaCy calls a corpus once an epoch
        examples = list(reader(spacy.blank("ru")))
        assert [doc_to_record(e.reference) for e in examples] == [RECORDS[0], RECORDS[10]]
        assert all(e.predicted.text == e.reference.text for e in examples)
    everything = registry.resolve({"reader": {"@readers": name, "path": str(folder)}})["reader"]
    if name == "spacy_icd_ru.RuCCoD.v1":
        assert len(list(everything(spacy.blank("ru")))) == 25


def test_examples_train_a_model(folder):
    nlp = spacy.blank("ru")
    nlp.add_pipe("spancat", config={"spans_key": "diagnoses"})
    nlp.add_pipe("ner")
    reader = create_ruccod_reader(folder, "train", 4)
    nlp.initialize(lambda: reader(nlp))
    losses = nlp.update(list(reader(nlp)))
    assert losses["spancat"] > 0 and losses["ner"] > 0
    assert nlp.get_pipe("ner").labels == ("DIAGNOSIS",)


def test_records_without_words_give_no_example(tmp_path):
    write_brat([Record("1", " \n"), Record("2", "Отит")], tmp_path)
    assert [e.text for e in create_brat_reader(tmp_path)(spacy.blank("ru"))] == ["Отит"]


@pytest.mark.parametrize("create", [create_ruccod_reader, create_brat_reader])
def test_readers_refuse_at_once_what_can_never_work(create, tmp_path):
    with pytest.raises(InputError, match="isn't given"):
        create(None)
    with pytest.raises(InputError, match="no split"):
        create(tmp_path, "tset")
    reader = create(tmp_path / "nowhere")  # the data may come later
    with pytest.raises(InputError, match="nowhere"):
        list(reader(spacy.blank("ru")))


MIRROR = Path(os.environ.get("SPACY_ICD_RU_MIRROR") or Path(__file__).parents[3] / "shared" / "data")
real = pytest.mark.skipif(not (MIRROR / "ruccod" / "ruccod_train").is_dir(), reason="RuCCoD is not at hand")


@real
def test_the_real_one():
    records, report = read_ruccod(MIRROR)
    assert [r.id for r in records] == [str(n) for n in range(3000)]
    assert (report.annotated, report.mentions) == (8763, 8735)
    assert report.total("lost") == 2
    assert report.counts["realigned"] > 1200
    assert len({code for r in records for m in r.mentions for code in m.codes}) == 1455
    for r in records:
        for m in r.mentions:
            assert r.text[m.start : m.end] == m.text
            assert trim(r.text, m.start, m.end) == (m.start, m.end)
    assert len(read_ruccod(MIRROR, "dev")[0]) == 300


@real
def test_the_real_one_survives_writing(tmp_path):
    records, _ = read_ruccod(MIRROR, "dev")
    write_brat(records, tmp_path)
    read, report = read_brat(tmp_path)
    assert read == records
    assert set(report.counts) == {"no_code", "several_codes"}
