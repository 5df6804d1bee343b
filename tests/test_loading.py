"""Every way in which a model can't be loaded is said in one line."""

import json
import re
import shutil

import numpy as np
import pytest
import spacy

from spacy_icd_ru import load
from spacy_icd_ru.errors import InputError
from spacy_icd_ru.loading import from_bytes


@pytest.fixture
def folder(tiny, tmp_path):
    """A copy of the model, to be damaged."""
    return shutil.copytree(tiny.folder, tmp_path / "model")


def _refused(*args, **kwargs):
    """The one line with which `load` refuses."""
    with pytest.raises(InputError) as caught:
        load(*args, **kwargs)
    message = str(caught.value)
    assert "\n" not in message and "Traceback" not in message and len(message) < 600
    assert caught.value.__cause__ is None  # no chain of somebody else's errors below the line
    return message


def _cut(path, keep=0.5):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])


def test_a_folder(tiny):
    assert load(tiny.folder)("ОРВИ")._.icd10 == load(str(tiny.folder))("ОРВИ")._.icd10 == ["J06.9"]


def test_a_host_pipeline_with_a_coder(tiny, tmp_path):
    host = spacy.blank("en")
    host.add_pipe("icd_coder", config={"model": str(tiny.folder)})
    host.to_disk(tmp_path / "host")
    assert load(tmp_path / "host")("ОРВИ")._.icd10 == ["J06.9"]
    assert load(tmp_path / "host", level="category")("ОРВИ")._.icd10 == ["J06"]


def test_codable_only(tiny):
    loaded = load(tiny.folder, codable_only=True)
    assert loaded.get_pipe("icd_reranker").codable_only
    assert from_bytes(loaded.to_bytes()).get_pipe("icd_reranker").codable_only
    assert not from_bytes(loaded.to_bytes(), codable_only=False).get_pipe("icd_reranker").codable_only


@pytest.mark.parametrize("model", ["there_is_no_such_model", "/no/such/folder"])
def test_no_such_model(model):
    assert model in _refused(model)


def test_a_folder_that_holds_no_model(tmp_path):
    assert str(tmp_path) in _refused(tmp_path)


def test_a_model_that_was_never_trained(tmp_path):
    nlp = spacy.blank("ru")
    nlp.add_pipe("icd_retriever")
    nlp.to_disk(tmp_path)
    assert "never trained" in _refused(tmp_path)


def test_a_file_in_place_of_a_folder(tmp_path):
    path = tmp_path / "model.zip"
    path.write_bytes(b"PK")
    assert "model.zip" in _refused(path)


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.7, 0.97])
def test_a_config_cut_short(folder, keep):
    _cut(folder / "config.cfg", keep)
    assert str(folder) in _refused(folder)


def test_a_config_cut_between_two_lines(folder):
    """There it is a config still, and spaCy would fill the rest with defaults."""
    path = folder / "config.cfg"
    whole = path.read_text(encoding="utf-8")
    of_components = [match.start() for match in re.finditer(r"^\[components\.", whole, flags=re.MULTILINE)]
    of_last_block = [
        match.start() for match in re.finditer(r"^", whole[of_components[-1] :], flags=re.MULTILINE)
    ]
    cuts = of_components + [of_components[-1] + start for start in of_last_block]
    assert len(of_components) > 8 and len(of_last_block) == 5
    for cut in cuts:
        path.write_text(whole[:cut], encoding="utf-8")
        assert str(folder) in _refused(folder)


@pytest.mark.parametrize("name", ["meta.json", "tokenizer"])
def test_a_damaged_file_of_spacy(folder, name):
    (folder / name).write_bytes(b"\xff\x00{")
    assert str(folder) in _refused(folder)


@pytest.mark.parametrize("keep", [0.0, 0.1, 0.5, 0.999])
def test_evidence_cut_short(folder, keep):
    _cut(folder / "icd_retriever" / "evidence.npz", keep)
    assert "evidence.npz" in _refused(folder)


def test_a_flipped_byte(folder):
    path = folder / "icd_retriever" / "evidence.npz"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(bytes(data))
    assert "evidence.npz" in _refused(folder)


@pytest.mark.parametrize("name", ["codes.json", "evidence.npz"])
def test_a_missing_file_of_the_retriever(folder, name):
    (folder / "icd_retriever" / name).unlink()
    assert name in _refused(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", '{"format": 1}', "\x00"])
def test_codes_that_are_none(folder, text):
    (folder / "icd_retriever" / "codes.json").write_text(text)
    assert "icd_retriever" in _refused(folder)


def test_evidence_that_would_execute_code_is_refused(folder):
    """npz files of objects are pickles in disguise."""
    path = folder / "icd_retriever" / "evidence.npz"
    with np.load(path) as arrays:
        content = dict(arrays.items())
    content["idf"] = np.array([{"a": 1}], dtype=object)
    with path.open("wb") as file:
        np.savez(file, **content)
    assert "evidence.npz" in _refused(folder)


def test_evidence_of_another_size(folder):
    path = folder / "icd_retriever" / "evidence.npz"
    with np.load(path) as arrays:
        content = dict(arrays.items())
    content["prior"] = content["prior"][:-1]
    with path.open("wb") as file:
        np.savez(file, **content)
    assert "evidence.npz" in _refused(folder)


def test_another_format_version(folder):
    path = folder / "icd_retriever" / "codes.json"
    meta = json.loads(path.read_text(encoding="utf8"))
    path.write_text(json.dumps({**meta, "format": 99}), encoding="utf8")
    message = _refused(folder)
    assert "99" in message and "version" in message


@pytest.mark.parametrize("component", ["diagnosis_recognizer", "icd_reranker"])
@pytest.mark.parametrize("damage", ["cut", "missing"])
def test_weights_of_a_network(folder, component, damage):
    path = folder / component / "model"
    path.unlink() if damage == "missing" else _cut(path)
    assert str(folder) in _refused(folder)


def test_a_pipeline_that_codes_nothing(tmp_path):
    spacy.blank("ru").to_disk(tmp_path / "blank")
    assert "icd_retriever" in _refused(tmp_path / "blank")


# Settings


@pytest.mark.parametrize("level", ["exact", "", 3])
def test_a_wrong_level(tiny, level):
    assert "most_specific" in _refused(tiny.folder, level=level)


@pytest.mark.parametrize("threshold", [-0.1, 1.5, float("nan"), "0.5", True])
def test_a_wrong_threshold(tiny, threshold):
    assert "threshold" in _refused(tiny.folder, threshold=threshold)


@pytest.mark.parametrize("name", ["missing.csv", "empty.csv", "binary.csv", "letter.txt", "folder"])
def test_a_terminology_that_is_none(tiny, tmp_path, name):
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)))
    (tmp_path / "letter.txt").write_text("Уважаемые коллеги!\nСправочник пришлём завтра.\n", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    assert name in _refused(tiny.folder, terminology=tmp_path / name)


def test_settings_are_applied(tiny, tmp_path):
    path = tmp_path / "own.tsv"
    path.write_text("code\tname\tkind\tnote\nA00\tХолера\tpreferred\t\n", encoding="utf-8")
    nlp = load(tiny.folder, level="category", threshold=0.0, terminology=path)
    reranker = nlp.get_pipe("icd_reranker")
    assert (reranker.level, reranker.threshold) == ("category", 0.0)
    assert nlp.get_pipe("icd_retriever").title("A00") == "Холера"


# Bytes


def test_bytes_restore_the_pipeline(tiny):
    nlp = from_bytes(tiny.nlp.to_bytes(), threshold=0.0)
    assert nlp("ОРВИ")._.icd10 == ["J06.9"]
    assert nlp.get_pipe("icd_reranker").threshold == 0.0


@pytest.mark.parametrize("damage", [lambda b: b"", lambda b: b"abc", lambda b: b[:1000], lambda b: b[:-1000]])
def test_damaged_bytes(tiny, damage):
    with pytest.raises(InputError) as caught:
        from_bytes(damage(tiny.nlp.to_bytes()))
    assert "\n" not in str(caught.value)
