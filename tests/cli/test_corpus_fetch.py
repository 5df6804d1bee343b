"""``spacy-icd-ru corpus fetch`` and ``corpus stats --output``: what project.yml runs."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from spacy_icd_ru.cli.corpus import app
from spacy_icd_ru.corpora import assets
from spacy_icd_ru.corpora.assets import Part, Source, checksum
from spacy_icd_ru.corpora.brat import write_brat
from spacy_icd_ru.corpora.records import Mention, Record
from spacy_icd_ru.errors import InputError


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "120"})


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """A mirror of one small set, which stands in the table instead of the real ones."""
    monkeypatch.delenv(assets.MIRROR_VARIABLE, raising=False)
    folder = tmp_path / "mirror" / "small"
    folder.mkdir(parents=True)
    (folder / "codes.csv").write_text("J11;Грипп\n", encoding="utf8")
    part = Part("codes.csv", checksum(folder / "codes.csv")[0])
    about = dict(title="A small set", author="Us", url="https://example.org", license="CC0", changes="none")
    small = Source("small", str(tmp_path / "nowhere"), "abc1234", (part,), "small", **about)
    monkeypatch.setattr(assets.fetch, "__kwdefaults__", {**assets.fetch.__kwdefaults__, "sources": (small,)})
    return folder.parent


def test_fetch_says_what_it_did_and_whom_to_thank(mirror, tmp_path):
    result = run("fetch", tmp_path / "data", "--mirror", mirror)
    assert result.exit_code == 0, result.output
    assert result.stderr == f"{tmp_path}/data/small: fetched. A small set, Us, https://example.org, CC0\n"
    assert (tmp_path / "data" / "small" / "codes.csv").read_text(encoding="utf8") == "J11;Грипп\n"
    assert "already there" in run("fetch", tmp_path / "data", "--mirror", "", "--only", "small").stderr


def test_mistakes_are_input_errors(mirror, tmp_path):
    for arguments, what in (
        (["--mirror", tmp_path / "missing"], "no such folder"),
        (["--only", "x"], "no data set 'x'"),
        ([], "can't be fetched"),
    ):
        result = run("fetch", tmp_path / "data", *arguments)
        assert isinstance(result.exception, InputError)
        assert what in str(result.exception)
    assert run("fetch").exit_code == 2


def test_stats_can_be_written_to_a_file(tmp_path):
    write_brat([Record("1", "Отит", (Mention(0, 4, "Отит", ("H66.9",)),))], tmp_path / "in")
    output = tmp_path / "new" / "stats.json"
    result = run("stats", tmp_path / "in", "--json", "--output", output)
    assert result.exit_code == 0, result.output
    assert json.loads(output.read_text()) == json.loads(result.stdout)
    assert json.loads(output.read_text())["all"]["records"] == 1
