"""project.yml: variables resolve, commands exist and have what they need, a second run does nothing."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path, PurePosixPath

import pytest
import spacy
import typer
from spacy.cli import app as spacy_app
from spacy.schemas import ConfigSchemaTraining
from spacy.util import load_config, load_model_from_config, registry
from weasel.cli import run as weasel_run
from weasel.util import get_checksum, load_project_config

from spacy_icd_ru import __version__
from spacy_icd_ru.cli import app
from spacy_icd_ru.corpora.assets import MIRROR_VARIABLE, SOURCES

ROOT = Path(__file__).parents[1]
CONFIGS = sorted((ROOT / "configs").glob("*.cfg"))
MADE = ("assets/ruccod", "assets/nsi", "corpus/", "training/", "packages/", "metrics/")
COMMITTED = ("benchmarks/", "spacy_icd_ru/data/model", "spacy_icd_ru/data/codes.txt")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The project, read in a folder of its own: reading makes the directories that it names."""
    monkeypatch.delenv(MIRROR_VARIABLE, raising=False)
    return read(tmp_path)


def read(folder: Path, **overrides):
    shutil.copyfile(ROOT / "project.yml", folder / "project.yml")
    return load_project_config(folder, overrides=overrides)


def commands(project) -> dict[str, dict]:
    return {command["name"]: command for command in project["commands"]}


def scripts(project) -> list[tuple[str, list[str]]]:
    return [(c["name"], shlex.split(line)) for c in project["commands"] for line in c["script"]]


def workflows(project) -> dict[str, list[dict]]:
    return {name: [commands(project)[each] for each in steps] for name, steps in project["workflows"].items()}


def related(path: str, declared: list[str]) -> bool:
    """Is the path one of the declared ones, above or below one of them?"""
    path = PurePosixPath(path)
    others = [PurePosixPath(each) for each in declared]
    return any(path == other or path in other.parents or other in path.parents for other in others)


def test_every_variable_resolves_and_is_used(project):
    assert "${" not in repr(project)
    text = (ROOT / "project.yml").read_text(encoding="utf8")
    for section in ("vars", "env"):
        for name in project[section]:
            assert f"${{{section}.{name}}}" in text, f"{section}.{name} is defined but never used"
        assert set(re.findall(rf"\$\{{{section}\.(\w+)\}}", text)) <= set(project[section])


def test_the_mirror_comes_from_the_command_line_or_the_environment(project, tmp_path, monkeypatch):
    def fetches():
        return shlex.split(commands(load_project_config(tmp_path))["fetch"]["script"][0])

    assert fetches()[-2:] == ["--mirror", ""]
    monkeypatch.setenv(MIRROR_VARIABLE, "/data of ours")
    assert fetches()[-2:] == ["--mirror", "/data of ours"]
    overridden = commands(read(tmp_path, **{"vars.mirror": "../shared/data"}))["fetch"]["script"][0]
    assert shlex.split(overridden)[-2:] == ["--mirror", "../shared/data"]


def test_every_command_says_what_it_does_and_makes(project):
    for command in project["commands"]:
        assert command["help"] and command["script"], command["name"]
        # weasel runs a command without outputs every time.
        assert command["outputs"], command["name"]
        assert command["name"] == "fetch" or command["deps"], command["name"]


def find_command(words: list[str]):
    """The Typer command that a script runs, and the words after its name."""
    assert words[:2] == ["python", "-m"]
    found, rest = typer.main.get_command({"spacy": spacy_app, "spacy_icd_ru": app}[words[2]]), words[3:]
    while hasattr(found, "commands"):
        assert rest[0] in found.commands, f"no command {' '.join(words[2:])}"
        found, rest = found.commands[rest[0]], rest[1:]
    return found, rest


def test_every_script_is_a_command_with_its_options(project):
    for name, words in scripts(project):
        command, rest = find_command(words)
        known = {option for parameter in command.params for option in parameter.opts}
        for word in rest:
            if word.startswith("--") and "." not in word:
                assert word in known, f"{name}: {' '.join(words[:5])} has no option {word}"


def test_every_override_is_in_the_config(project):
    trained = 0
    for _, words in scripts(project):
        if words[2:4] == ["spacy", "train"]:
            trained += 1
            pairs = zip(words, words[1:])
            overrides = {key[2:]: value for key, value in pairs if key.startswith("--") and "." in key}
            assert {"paths.train", "paths.dev"} <= set(overrides)
            raw = load_config(ROOT / words[4])
            for key in overrides:
                section, name = key.split(".")
                assert name in raw[section], f"{words[4]} has no {key}"
    assert trained == 5


def test_workflows_name_commands_and_every_command_is_in_one(project):
    used = [name for steps in project["workflows"].values() for name in steps]
    assert set(used) == set(commands(project))
    assert project["workflows"]["all"] == [
        "fetch", "corpus", "train", "evaluate", "train-final", "publish", "package", "check-wheel",
    ]  # fmt: skip
    assert project["workflows"]["default-model"][-1] == "publish-default"


def test_each_command_finds_what_it_needs(project):
    for workflow, steps in workflows(project).items():
        there: list[str] = []
        for command in steps:
            for dep in command.get("deps", []):
                if dep.startswith(MADE) or dep.startswith(COMMITTED):
                    assert dep in there, (
                        f"{workflow}: {command['name']} needs {dep}, which nothing made before"
                    )
                else:
                    assert (ROOT / dep).exists(), (
                        f"{command['name']} needs {dep}, which isn't in the repository"
                    )
            there += command["outputs"]


def test_no_command_changes_what_another_one_made(project):
    for workflow, steps in workflows(project).items():
        outputs = [output for command in steps for output in command["outputs"]]
        for i, output in enumerate(outputs):
            assert not related(output, outputs[:i]), (
                f"{workflow}: {output} is written twice, so both run again"
            )


def test_every_path_of_a_script_is_declared(project):
    for command in project["commands"]:
        declared = [*command.get("deps", []), *command["outputs"]]
        for _, words in scripts({"commands": [command]}):
            for word in words:
                if word.startswith((*MADE, *COMMITTED, "configs/")):
                    assert related(word, declared), f"{command['name']} uses {word} without naming it"


def test_what_is_made_is_not_committed(project):
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines()]
    for command in project["commands"]:
        for output in command["outputs"]:
            if not output.startswith(COMMITTED):
                assert any(output.startswith(f"{each}/") for each in ignored if each), output


def test_a_second_run_does_nothing(project, tmp_path, monkeypatch):
    ran: list[str] = []
    by_script = {tuple(command["script"]): command for command in project["commands"]}

    def pretend(script, dry=False, capture=False, silent=False):
        command = by_script[tuple(script)]
        ran.append(command["name"])
        for output in command["outputs"]:
            path = tmp_path / output
            path = path if path.suffix else path / "file"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{len(ran)}")

    for command in project["commands"]:
        for dep in command.get("deps", []):
            if not dep.startswith((*MADE, *COMMITTED)):
                (tmp_path / dep).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / dep).touch()
    monkeypatch.setattr(weasel_run, "run_commands", pretend)
    for workflow in project["workflows"]:
        weasel_run.project_run(tmp_path, workflow)
    assert sorted(ran) == sorted(commands(project))
    ran.clear()
    for workflow in project["workflows"]:
        weasel_run.project_run(tmp_path, workflow)
    assert ran == []
    (tmp_path / "configs" / "sm.cfg").write_text("changed")
    weasel_run.project_run(tmp_path, "all")
    assert ran[0] == "train" and "fetch" not in ran


def test_assets_are_those_that_fetch_gets(project):
    expected = {f"assets/{s.folder}/{part.name}": (s, part) for s in SOURCES for part in s.parts}
    assert {asset["dest"] for asset in project["assets"]} == set(expected)
    assert set(commands(project)["fetch"]["outputs"]) == set(expected)
    for asset in project["assets"]:
        source, part = expected[asset["dest"]]
        assert re.fullmatch("[0-9a-f]{32}", asset["checksum"])
        if "git" in asset:
            assert (asset["git"]["repo"], asset["git"]["path"]) == (source.repository, part.path)
        else:
            assert f"/{source.commit}/" in asset["url"] and asset["url"].endswith(part.path)
        at_hand = ROOT.parent / "shared" / "data" / source.folder / part.name
        if at_hand.exists():
            assert get_checksum(at_hand) == asset["checksum"]


def test_the_names_are_those_that_spacy_package_makes(project):
    variables = project["vars"]
    assert variables["version"] == __version__
    package = f"{variables['lang']}_{variables['name']}"
    stem = f"{package}-{variables['version']}"
    assert commands(project)["package"]["outputs"] == [f"packages/{stem}/dist/{stem}-py3-none-any.whl"]
    assert variables["lang"] == load_config(ROOT / "configs" / "sm.cfg")["nlp"]["lang"]


def test_the_shipped_model_has_no_memory_and_no_official_titles(project):
    for name in ("train-default", "train-default-final"):
        (script,) = commands(project)[name]["script"]
        assert "--vars.memory false" in script and "terminology" not in script
    (script,) = commands(project)["publish-default"]["script"]
    assert "--max-mb 25" in script and "nsi" not in script


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_configs_load(path):
    overrides = {"paths.train": "train.spacy", "paths.dev": "dev.spacy"}
    config = load_config(path, overrides=overrides).interpolate()
    assert config["corpora"]["train"]["path"] == "train.spacy"
    assert set(config["components"]) >= set(config["nlp"]["pipeline"])


@pytest.mark.parametrize("memory", [True, False])
def test_the_small_config_resolves(memory):
    overrides = {
        "paths.train": "t.spacy",
        "paths.dev": "d.spacy",
        "vars.memory": memory,
        "training.max_steps": 7,
    }
    config = load_config(ROOT / "configs" / "sm.cfg", overrides=overrides)
    nlp = load_model_from_config(config, auto_fill=True)
    assert nlp.lang == "ru" and nlp.get_pipe("icd_retriever").cfg["memory"] is memory
    training = registry.resolve(nlp.config.interpolate()["training"], schema=ConfigSchemaTraining)
    assert training["max_steps"] == 7
    assert isinstance(nlp, spacy.Language)
