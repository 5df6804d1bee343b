"""spaCy imports every installed entry point at `spacy.blank`: ours must cost next to nothing."""

import json
import subprocess
import sys

import pytest

HEAVY = {
    "torch", "transformers", "sentence_transformers", "faiss", "peft", "gguf", "ray",
    "scipy", "pymorphy3", "typer", "rich", "pandas", "yaml",
}  # fmt: skip


def _imported(code):
    """Top-level modules and modules of ours that a fresh interpreter holds after some code."""
    report = "; import sys, json; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code + report], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    names = set(json.loads(done.stdout.splitlines()[-1]))
    return {name.split(".")[0] for name in names}, {name for name in names if name.startswith("spacy_icd_ru")}


def test_the_package_itself_imports_no_spacy():
    top, ours = _imported("import spacy_icd_ru")
    assert not top & {"spacy", "numpy", "thinc", *HEAVY}
    assert ours == {"spacy_icd_ru", "spacy_icd_ru.loading", "spacy_icd_ru.errors"}


def test_a_blank_pipeline_imports_nothing_heavy():
    """What spaCy imports itself (typer and rich among it) doesn't count."""
    top, ours = _imported("import spacy; spacy.blank('en')")
    assert "spacy_icd_ru.pipeline.icd_coder" in ours  # the entry points were read: the test sees something
    spacys_own, _ = _imported("import spacy")
    assert not (top - spacys_own) & HEAVY


def test_our_entry_points_import_nothing_heavy_on_their_own():
    plain, _ = _imported("import spacy")
    code = """import spacy
from importlib.metadata import entry_points
for group in ('factories', 'tokenizers', 'architectures', 'scorers', 'readers', 'misc'):
    for point in entry_points(group='spacy_' + group):
        if point.value.startswith('spacy_icd_ru'):
            point.load()
"""
    done = subprocess.run(
        [sys.executable, "-c", code + "import sys, json; print(json.dumps(sorted(sys.modules)))"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    top = {name.split(".")[0] for name in json.loads(done.stdout)}
    assert not (top - plain) & HEAVY


def test_adding_the_coder_loads_no_model():
    _, ours = _imported("import spacy; spacy.blank('en').add_pipe('icd_coder')")
    assert "spacy_icd_ru.retrieval.retriever" not in ours


@pytest.mark.parametrize("layer", ["terminology", "corpora"])
def test_the_lowest_layers_import_neither_torch_nor_each_other(layer):
    code = f"import pkgutil, importlib, spacy_icd_ru.{layer} as p; " + (
        "[importlib.import_module(m.name) for m in pkgutil.walk_packages(p.__path__, p.__name__ + '.')]"
    )
    top, ours = _imported(code)
    other = {"terminology": "corpora", "corpora": "terminology"}[layer]
    assert not top & {"torch", "transformers", "faiss"}
    assert not [name for name in ours if name.startswith(f"spacy_icd_ru.{other}")]
    upper = ("pipeline", "retrieval", "reranking", "evaluation", "archive", "training", "cli")
    assert not [name for name in ours if name.split(".")[1:2] and name.split(".")[1] in upper]
