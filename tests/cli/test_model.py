"""``spacy-icd-ru model``: what the options become, and what a user sees."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spacy_icd_ru.cli.model import app
from spacy_icd_ru.errors import InputError
from spacy_icd_ru.training import check_wheel as checking
from spacy_icd_ru.training import publish as publishing


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


@pytest.fixture
def published(monkeypatch):
    """Record the arguments that the command gives to ``publish``."""
    given = {}

    def publish(source, target, **options):
        given.update(source=source, target=target, **options)
        return publishing.Published(Path(target), "ru_" + options["name"], "1.0", 3_240_000, 1234)

    monkeypatch.setattr(publishing, "publish", publish)
    return given


def test_publish(published):
    result = run("publish", "in", "out")
    assert result.exit_code == 0, result.output
    assert result.stderr == "out: ru_icd_coder_sm 1.0, 3.2 MB, 1,234 words of the training text left out\n"
    assert published == {
        "source": Path("in"),
        "target": Path("out"),
        "name": "icd_coder_sm",
        "version": None,
        "description": publishing.DESCRIPTION,
        "trained_on": ["ruccod"],
        "metrics": None,
        "max_mb": None,
    }


def test_publish_options(published):
    options = (
        "--name x --version 2.0 --description d --trained-on ruccod --trained-on nsi --metrics m --max-mb 25"
    )
    assert run("publish", "in", "out", *options.split()).exit_code == 0
    assert published["trained_on"] == ["ruccod", "nsi"]
    assert (published["name"], published["version"], published["description"]) == ("x", "2.0", "d")
    assert (published["metrics"], published["max_mb"]) == (Path("m"), 25)


def test_check_wheel(monkeypatch, tmp_path):
    given = {}

    def check(wheel, **options):
        given.update(wheel=wheel, **options)
        options["progress"]("installing")
        mentions = [{"text": "отит", "code": "H66.9", "title": "Отит", "score": 0.5}]
        return checking.WheelCheck("ru_x", "1.0", "0.1", options["text"], ["H66.9"], mentions)

    monkeypatch.setattr(checking, "check_wheel", check)
    output = tmp_path / "new" / "answer.json"
    result = run("check-wheel", "x.whl", "--package", ".", "--text", "отит", "--output", output)
    assert result.exit_code == 0, result.output
    assert result.stdout == "H66.9\tотит\tОтит\t0.5\n"
    assert "installing" in result.stderr
    assert json.loads(output.read_text())["codes"] == ["H66.9"]
    assert (given["wheel"], given["package"], given["constraints"]) == (Path("x.whl"), ".", None)
    run("check-wheel", "x.whl")
    assert given["text"] == checking.EXAMPLE and given["package"] is None


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["publish", "nowhere", "out"], "no meta.json"),
        (["publish", "nowhere", "out", "--trained-on", "x"], "no "),
        (["check-wheel", "nowhere.whl"], "no such wheel"),
    ],
)
def test_mistakes_are_input_errors(monkeypatch, tmp_path, arguments, what):
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert isinstance(result.exception, InputError)
    assert what in str(result.exception)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", [["publish"], ["publish", "x"], ["check-wheel"], ["publish", "x", "y", "--max-mb", "z"]]
)
def test_wrong_usage_exits_with_2(arguments):
    assert run(*arguments).exit_code == 2


def test_help():
    shown = run("--help").stdout
    assert "publish" in shown and "check-wheel" in shown
    for command, words in (
        ("publish", ("--max-mb", "--metrics")),
        ("check-wheel", ("--package", "--text", "--output")),
    ):
        shown = run(command, "--help").stdout
        assert all(word in shown for word in words)
        assert "spacy-icd-ru model" in shown


def test_it_is_part_of_the_command_line():
    from spacy_icd_ru.cli import app as whole

    assert CliRunner().invoke(whole, ["model", "--help"]).exit_code == 0
