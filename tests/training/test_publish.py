"""Publishing: the same answers, none of the words of the training text, nothing pickled, a full meta.json."""

from __future__ import annotations

import json
import pickle
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import spacy
from spacy.cli.train import train
from spacy.schemas import ModelMetaSchema, validate

from spacy_icd_ru import __version__
from spacy_icd_ru.corpora.formats import write_corpus
from spacy_icd_ru.corpora.records import Mention, Record
from spacy_icd_ru.errors import InputError
from spacy_icd_ru.normalization.tokens import create_clinical_tokenizer
from spacy_icd_ru.training import publish as publishing
from spacy_icd_ru.training.publish import publish, read_performance, refuse_pickles

CONFIG = Path(__file__).parents[2] / "configs" / "sm.cfg"
NAMES = {"гастрит": "K29.7", "отит": "H66.9", "грипп": "J11", "миопия": "H52.1", "артроз": "M19.9"}
# Words that only the training text has: in no lexicon, and nowhere in a published model.
SECRETS = ("Зюзюкинский", "мырмыдонский", "кракозяблик")

LEXICON = "code\tname\tkind\tnote\n" + "".join(
    f"{code}\t{name.capitalize()}\tpreferred\t\n" for name, code in sorted(NAMES.items(), key=lambda x: x[1])
)


def records() -> list[Record]:
    out = []
    for i in range(40):
        first, second = list(NAMES)[i % 5], list(NAMES)[(i * 3 + 1) % 5]
        text = f"{first} {SECRETS[1]}, {second}. {SECRETS[0]} {SECRETS[2]} {i}"
        end = len(first) + 1 + len(SECRETS[1])
        start = end + 2
        mentions = (
            Mention(0, end, text[:end], (NAMES[first],)),
            Mention(start, start + len(second), second, (NAMES[second],)),
        )
        out.append(Record(str(i + 1), text, mentions))
    return out


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A pipeline that `spacy train` made with the project's config in 20 steps."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "lexicon.tsv").write_text(LEXICON, encoding="utf8")
    nlp = spacy.blank("ru")
    nlp.tokenizer = create_clinical_tokenizer()(nlp)
    write_corpus(records(), folder / "train.spacy", "spacy", nlp=nlp)
    overrides = {
        "paths.train": str(folder / "train.spacy"),
        "paths.dev": str(folder / "train.spacy"),
        "initialize.components.icd_retriever.lexicon": str(folder / "lexicon.tsv"),
        "training.max_steps": 20,
        "training.eval_frequency": 20,
    }
    train(CONFIG, folder / "out", overrides=overrides)
    return folder / "out" / "model-last"


@pytest.fixture
def metrics(tmp_path) -> Path:
    path = tmp_path / "metrics.json"
    figures = {"ner_f1": {"value": 0.5, "low": 0.4}, "accuracy@1": {"value": 1}}
    path.write_text(json.dumps({"records": 1, "metrics": figures}))
    return path


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def everything_in(folder: Path) -> str:
    """All bytes of all files, those inside archives too, as text."""
    parts = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                parts += [archive.read(name) for name in archive.namelist()]
        else:
            parts.append(path.read_bytes())
    plain = b"\n".join(parts).decode("utf8", errors="ignore")
    # JSON may write Cyrillic as \\u0438.
    decoded = [json.loads(part) for part in parts if part[:1] in (b"{", b"[") and _is_json(part)]
    return plain + json.dumps(decoded, ensure_ascii=False)


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


def answers(nlp, texts):
    return [
        [(s.start_char, s.end_char, s.kb_id_, s._.icd10) for s in doc.spans["diagnoses"]] + [doc._.icd10]
        for doc in nlp.pipe(texts)
    ]


def test_no_word_of_the_training_text_is_left(trained, tmp_path):
    before = everything_in(trained).lower()
    assert all(word.lower() in before for word in SECRETS)  # spaCy keeps them: that is why publishing exists
    done = publish(trained, tmp_path / "model")
    after = everything_in(tmp_path / "model").lower()
    assert not any(word.lower() in after for word in SECRETS)
    assert done.strings_dropped >= len(SECRETS)


def test_the_answers_are_the_same(trained, tmp_path):
    publish(trained, tmp_path / "model")
    texts = [record.text for record in records()] + ["отит, грипп?", "Гастрит мырмыдонский", "", "12мм"]
    before, after = spacy.load(trained), spacy.load(tmp_path / "model")
    assert answers(before, texts) == answers(after, texts)
    assert any(spans[:-1] for spans in answers(after, texts))


def test_meta(trained, tmp_path, metrics):
    done = publish(trained, tmp_path / "m", version="1.2.3", metrics=metrics, trained_on=("ruccod", "nsi"))
    meta = json.loads((tmp_path / "m" / "meta.json").read_text())
    assert validate(ModelMetaSchema, meta) == []
    assert (done.package, done.version) == ("ru_icd_coder_sm", "1.2.3")
    assert (meta["lang"], meta["name"], meta["version"]) == ("ru", "icd_coder_sm", "1.2.3")
    assert meta["license"] == "CC BY 4.0" and meta["description"] and meta["author"]
    assert meta["performance"] == {"ner_f1": 0.5, "accuracy@1": 1.0}
    (requirement,) = meta["requirements"]
    assert requirement.startswith(f"spacy-icd-ru>={__version__},<")
    ruccod, nsi = meta["sources"]
    assert "2502.21263" in ruccod["url"] and ruccod["license"] == "CC BY 4.0" and ruccod["changes"]
    assert "directory" in nsi["name"]
    assert "CC BY 4.0" in (tmp_path / "m" / "LICENSES_SOURCES").read_text()
    # A published model asks for no exact version of spaCy, only for what the package asks for.
    assert spacy.util.is_compatible_version("3.8.2", meta["spacy_version"])
    assert not spacy.util.is_compatible_version("3.9.0", meta["spacy_version"])


def test_no_path_of_this_machine_is_left(trained, tmp_path):
    publish(trained, tmp_path / "model")
    config = spacy.util.load_config(tmp_path / "model" / "config.cfg")
    assert set(config["paths"].values()) == {None}
    assert "train.spacy" in (trained / "config.cfg").read_text()
    assert "train.spacy" not in (tmp_path / "model" / "config.cfg").read_text()


def test_the_same_bytes_again_and_over_an_older_model(trained, tmp_path):
    publish(trained, tmp_path / "a")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    (tmp_path / "b" / "left_over.bin").write_bytes(b"x")
    publish(trained, tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert [p.name for p in tmp_path.iterdir() if "partial" in p.name] == []


def test_too_large_a_model_is_refused_and_the_older_one_stays(trained, tmp_path):
    done = publish(trained, tmp_path / "model", max_mb=25)
    before = contents(tmp_path / "model")
    assert done.size == sum(map(len, before.values()))
    with pytest.raises(InputError, match=r"holds \d+\.\d MB, more than 0\.5 MB"):
        publish(trained, tmp_path / "model", max_mb=0.5)
    assert contents(tmp_path / "model") == before
    assert [p.name for p in tmp_path.iterdir()] == ["model"]


def test_other_answers_are_refused(trained, tmp_path, monkeypatch):
    ours = iter(range(100))
    monkeypatch.setattr(publishing, "_answers", lambda doc: next(ours))
    with pytest.raises(InputError, match="other answers"):
        publish(trained, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_stray_pickles_of_the_source_are_left_behind(trained, tmp_path):
    source = tmp_path / "source"
    shutil.copytree(trained, source)
    (source / "icd_retriever" / "cache.pkl").write_bytes(pickle.dumps({}))
    publish(source, tmp_path / "model")
    assert not list((tmp_path / "model").rglob("*.pkl"))


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_are_found_by_their_bytes(tmp_path, protocol):
    (tmp_path / "model").write_bytes(pickle.dumps([1], protocol=protocol))
    with pytest.raises(InputError, match="model: a component saved pickled objects"):
        refuse_pickles(tmp_path)


def test_pickles_in_arrays_are_found(tmp_path):
    np.savez(tmp_path / "good.npz", a=np.zeros(3))
    refuse_pickles(tmp_path)
    np.savez(tmp_path / "bad.npz", a=np.array([{}], dtype=object))
    with pytest.raises(InputError, match="bad.npz"):
        refuse_pickles(tmp_path)


def test_a_published_model_can_be_published_again(trained, tmp_path):
    publish(trained, tmp_path / "a")
    assert publish(tmp_path / "a", tmp_path / "b").strings_dropped == 0
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


@pytest.mark.parametrize("name", ["icd-coder", "икд", "1x", ""])
def test_a_name_that_is_no_package(trained, tmp_path, name):
    with pytest.raises(InputError, match="can't be the name of a package"):
        publish(trained, tmp_path / "model", name=name)


def test_wrong_places(trained, tmp_path):
    with pytest.raises(InputError, match="no meta.json"):
        publish(tmp_path, tmp_path / "model")
    for target in (trained, trained / "inside", trained.parent):
        with pytest.raises(InputError, match="hold each other"):
            publish(trained, target)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("x")
    with pytest.raises(InputError, match="something that is no model lies there"):
        publish(trained, tmp_path / "full")
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="something that is no model lies there"):
        publish(trained, tmp_path / "file")
    (tmp_path / "empty").mkdir()
    assert publish(trained, tmp_path / "empty").path == tmp_path / "empty"


def test_a_damaged_source(trained, tmp_path):
    shutil.copytree(trained, tmp_path / "source")
    (tmp_path / "source" / "icd_reranker" / "model").write_bytes(b"x")
    with pytest.raises(InputError, match="not a trained pipeline"):
        publish(tmp_path / "source", tmp_path / "model")
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"metrics": {"f1": 1}}', '{"metrics": []}'])
def test_bad_metrics(tmp_path, text):
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(InputError, match="m.json: no report of metrics. Give the file"):
        read_performance(tmp_path / "m.json")
    with pytest.raises(InputError, match="can't be read"):
        read_performance(tmp_path / "missing.json")
