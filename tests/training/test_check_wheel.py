"""Checking a wheel: a real virtual environment and a real pip, with stand-ins for spaCy and for the model."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest

from spacy_icd_ru.errors import InputError
from spacy_icd_ru.training import check_wheel as checking
from spacy_icd_ru.training.check_wheel import check_wheel, default_package

SPACY = """
class Span:
    text = "отит"
    class _:
        icd10 = {"code": "H66.9", "title": "Отит", "score": 0.5}
class Doc:
    def __init__(self, text):
        self.spans = {"diagnoses": [Span] if "отит" in text else []}
        codes = ["H66.9"] if "отит" in text else []
        self._ = type("_", (), {"icd10": codes})
class Nlp:
    meta = {"version": "0.1.0"}
    __call__ = lambda self, text: Doc(text)
def load(name):
    if name != "ru_icd_coder_xx":
        raise OSError("[E050] Can't find model " + repr(name))
    return Nlp()
"""


def make_wheel(folder: Path, name: str, modules: dict[str, str]) -> Path:
    """A wheel by hand: a zip with the modules and the two files that pip wants."""
    path = folder / f"{name}-0.1.0-py3-none-any.whl"
    info = f"{name}-0.1.0.dist-info"
    files = {
        **{f"{module}/__init__.py": code for module, code in modules.items()},
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{each},,\n" for each in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for each, content in files.items():
            archive.writestr(each, content)
    return path


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    modules = {"spacy": SPACY, "spacy_icd_ru": "__version__ = '9.9'"}
    return make_wheel(tmp_path_factory.mktemp("package"), "stand_in", modules)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return make_wheel(tmp_path_factory.mktemp("model"), "ru_icd_coder_xx", {"ru_icd_coder_xx": ""})


def test_codes_in_a_clean_environment(package, model, tmp_path, monkeypatch):
    # What lies in PYTHONPATH or in the current folder must not be what is tested.
    (tmp_path / "spacy.py").write_text("raise SystemExit('the wrong spaCy')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    said = []
    result = check_wheel(model, package=str(package), text="отит?", progress=said.append)
    assert (result.model, result.version, result.package) == ("ru_icd_coder_xx", "0.1.0", "9.9")
    assert result.codes == ["H66.9"]
    assert result.to_dict()["mentions"] == [{"text": "отит", "code": "H66.9", "title": "Отит", "score": 0.5}]
    assert len(said) == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == ["spacy.py"]


def test_a_model_that_does_not_load(package, tmp_path):
    wheel = make_wheel(tmp_path, "ru_other", {"ru_other": ""})
    with pytest.raises(InputError, match=r"the installed model fails \(OSError: \[E050\]") as caught:
        check_wheel(wheel, package=str(package), text="отит")
    assert "\n" not in str(caught.value)


def test_a_command_that_fails_is_its_last_line(tmp_path):
    code = "import sys; print('first', file=sys.stderr); sys.exit('ERROR: no matching distribution\\n')"
    expected = r"^pip can't install it \(ERROR: no matching distribution\)\. See whether"
    with pytest.raises(InputError, match=expected):
        checking._run([sys.executable, "-c", code], str(tmp_path), "pip can't install it")
    with pytest.raises(InputError, match=r"failed \(exit code 3\)"):
        checking._run([sys.executable, "-c", "raise SystemExit(3)"], str(tmp_path), "failed")


def test_no_code_is_a_failure(model, monkeypatch, tmp_path):
    def run(command, folder, failure):
        return f'{{"codes": [], "module": "{folder}/env/x", "version": "", "package": "", "mentions": []}}'

    monkeypatch.setattr(checking, "_run", run)
    with pytest.raises(InputError, match="gave no code"):
        check_wheel(model, package=".", text="секретный текст")
    monkeypatch.setattr(checking, "_run", lambda *_: '{"codes": ["A00"], "module": "/elsewhere/x"}')
    with pytest.raises(InputError, match="outside the clean environment"):
        check_wheel(model, package=".")


@pytest.mark.parametrize("name", ["missing-0.1-py3-none-any.whl", "notes.txt", "folder.whl"])
def test_no_wheel(tmp_path, name):
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "folder.whl").mkdir()
    with pytest.raises(InputError, match="no such wheel"):
        check_wheel(tmp_path / name)


def test_the_running_source_is_what_is_installed_by_default():
    assert (Path(default_package()) / "pyproject.toml").is_file()
