"""What counts as the same run."""

from __future__ import annotations

import spacy

from spacy_icd_ru.archive.fingerprint import file_fingerprint, model_fingerprint, run_fingerprint
from spacy_icd_ru.archive.readers import Scan


def test_a_pipeline_in_memory_is_told_by_its_configuration():
    plain = model_fingerprint(spacy.blank("ru"))
    assert model_fingerprint(spacy.blank("ru")) == plain
    assert model_fingerprint(spacy.blank("en")) != plain
    longer = spacy.blank("ru")
    longer.add_pipe("sentencizer")
    assert model_fingerprint(longer) != plain


def test_a_model_on_disk_is_told_by_its_files(tmp_path):
    spacy.blank("ru").to_disk(tmp_path / "model")
    loaded = spacy.load(tmp_path / "model")
    before = model_fingerprint(loaded)
    assert model_fingerprint(spacy.load(tmp_path / "model")) == before
    (tmp_path / "model" / "weights").write_bytes(b"new")
    assert model_fingerprint(loaded) != before


def test_a_file_is_told_by_its_content(tmp_path):
    path = tmp_path / "codes.csv"
    path.write_text("I10", encoding="utf-8")
    before = file_fingerprint(path)
    path.write_text("I11", encoding="utf-8")
    assert file_fingerprint(path) != before


def test_every_setting_has_its_name():
    fingerprint = run_fingerprint(Scan("abc", 7), spacy.blank("ru"), {"--level": "category"})
    assert fingerprint["input"] == "abc"
    assert fingerprint["--level"] == "category"
    assert set(fingerprint) == {"input", "model", "--level"}
