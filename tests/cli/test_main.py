"""The command line as a whole, as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

import spacy_icd_ru


def run(
    *arguments: str, code: str = "", stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess:
    command = (
        [sys.executable, "-c", code, *arguments]
        if code
        else [sys.executable, "-m", "spacy_icd_ru", *arguments]
    )
    return subprocess.run(
        command, input=stdin, capture_output=True, check=False, timeout=60, env={**os.environ, **environment}
    )


def test_version():
    result = run("--version")
    assert result.stdout.decode().strip() == f"spacy-icd-ru {spacy_icd_ru.__version__}"
    assert result.returncode == 0


def test_help_names_the_commands():
    result = run("--help")
    assert result.returncode == 0
    for command in ("code", "corpus"):
        assert f" {command} " in result.stdout.decode()


def test_help_of_code_has_an_example_and_every_option():
    text = run("code", "--help", COLUMNS="120").stdout.decode()
    assert "spacy-icd-ru code --input" in text
    for option in (
        *("json", "input", "output", "format", "text-column", "id-column", "encoding", "resume", "overwrite"),
        *("model", "terminology", "threshold", "top", "level", "batch-size", "n-process"),
    ):
        assert f"--{option} " in text, option


@pytest.mark.parametrize(
    "arguments", [("--help",), ("code", "--help"), ("code", "--input", "nothing", "-o", "x.csv")]
)
def test_nothing_heavy_is_imported_before_it_is_needed(arguments):
    code = (
        "import sys, spacy_icd_ru.cli\n"
        "try:\n    spacy_icd_ru.cli.main()\n"
        "finally:\n    print('HEAVY', {'spacy', 'numpy', 'torch', 'scipy', 'thinc'} & set(sys.modules))"
    )
    assert "HEAVY set()" in run(*arguments, code=code).stdout.decode()


def test_help_is_fast():
    # The best of three, against the noise of a busy machine.
    times = []
    for _ in range(3):
        before = time.perf_counter()
        run("--help")
        times.append(time.perf_counter() - before)
    assert min(times) < 1.0


def test_a_mistake_is_one_line_and_exit_code_2():
    result = run("code", "--input", "nothing.csv", "--output", "out.csv")
    assert result.returncode == 2
    assert result.stdout == b""
    assert result.stderr.decode() == "error: nothing.csv: there is no such file or folder. Check --input\n"


FAKE = """
import sys, spacy, spacy_icd_ru
from spacy.language import Language
from spacy.tokens import SpanGroup

@Language.component("main_test_diagnoses")
def find(doc):
    spans = [doc[t.i : t.i + 1] for t in doc if t.text == "АГ"]
    for span in spans:
        span._.icd10 = {"code": "I10", "title": "Гипертензия", "score": 0.9, "candidates": []}
    doc.spans["diagnoses"] = SpanGroup(doc, name="diagnoses", spans=spans)
    return doc

def load(*args, **settings):
    import spacy_icd_ru.pipeline.extensions
    nlp = spacy.blank("ru")
    nlp.add_pipe("main_test_diagnoses")
    return nlp

spacy_icd_ru.load = load
import spacy_icd_ru.cli
spacy_icd_ru.cli.main()
"""


@pytest.mark.parametrize("arguments", [("АГ",), ("АГ", "--json")])
@pytest.mark.parametrize("locale", [{"LC_ALL": "C", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "ascii"}])
def test_cyrillic_comes_out_in_any_locale(arguments, locale):
    locale = {"PYTHONCOERCECLOCALE": "0", **locale}
    code = FAKE.encode("ascii", "backslashreplace").decode()
    result = run("code", *arguments, code=code, **locale)
    assert result.returncode == 0, result.stderr.decode()
    assert "Гипертензия" in result.stdout.decode("utf-8")


def test_a_reader_that_leaves_is_no_error():
    command = [sys.executable, "-c", FAKE, "code", "--json"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        _, errors = process.communicate("АГ\n".encode() * 3000, timeout=60)
    assert errors == b""
