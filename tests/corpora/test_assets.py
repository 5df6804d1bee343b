"""Fetching data sets: from a mirror and from git, checked, and never half."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from functools import partial
from types import SimpleNamespace

import pytest

from spacy_icd_ru.corpora import assets
from spacy_icd_ru.corpora.assets import MIRROR_VARIABLE, SOURCES, Part, Source, checksum, fetch, find_source
from spacy_icd_ru.errors import InputError

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git isn't installed")


@pytest.fixture(autouse=True)
def no_mirror(monkeypatch):
    monkeypatch.delenv(MIRROR_VARIABLE, raising=False)


@pytest.fixture
def published(tmp_path):
    """A repository as its publisher lays it out: ``data/notes/`` with two files, and ``codes.csv``."""
    folder = tmp_path / "published"
    (folder / "data" / "notes" / "deep").mkdir(parents=True)
    (folder / "data" / "notes" / "1.txt").write_bytes("отит\r\nгрипп\n".encode())
    (folder / "data" / "notes" / "deep" / "2.txt").write_bytes(b"")
    (folder / "codes.csv").write_bytes("J11;Грипп\n".encode())
    return folder


@pytest.fixture
def mirror(tmp_path, published):
    folder = tmp_path / "mirror"
    shutil.copytree(published / "data" / "notes", folder / "set" / "notes")
    shutil.copyfile(published / "codes.csv", folder / "set" / "codes.csv")
    return folder


def source(published, repository="nowhere.git", commit="abc", **changes) -> Source:
    notes, n = checksum(published / "data" / "notes")
    codes, _ = checksum(published / "codes.csv")
    fields = dict(
        name="set",
        repository=str(repository),
        commit=commit,
        parts=(Part("data/notes", notes, n), Part("codes.csv", codes)),
        folder="set",
        title="A set",
        author="Us",
        url="https://example.org",
        license="CC0",
        changes="none",
    )
    return Source(**{**fields, **changes})


def tree(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def test_the_checksum_is_that_of_sha256sum(published):
    listing = b"".join(
        hashlib.sha256((published / "data/notes" / name).read_bytes()).hexdigest().encode()
        + f"  {name}\n".encode()
        for name in ("1.txt", "deep/2.txt")
    )
    assert checksum(published / "data" / "notes") == (hashlib.sha256(listing).hexdigest(), 2)
    content = (published / "codes.csv").read_bytes()
    assert checksum(published / "codes.csv") == (hashlib.sha256(content).hexdigest(), 1)


def test_the_checksum_sees_names_and_contents_but_no_hidden_files(published):
    notes = published / "data" / "notes"
    before = checksum(notes)
    (notes / ".DS_Store").write_bytes(b"x")
    assert checksum(notes) == before
    (notes / "1.txt").rename(notes / "3.txt")
    renamed = checksum(notes)
    assert renamed != before
    (notes / "3.txt").write_bytes(b"y")
    assert checksum(notes) != renamed


def test_copies_a_mirror_and_then_does_nothing(published, mirror, tmp_path):
    sources = [source(published)]
    target = tmp_path / "deep" / "assets"
    assert fetch(target, mirror=mirror, sources=sources) == [(sources[0], True)]
    assert tree(target) == tree(mirror)
    times = {path: path.stat().st_mtime_ns for path in target.rglob("*")}
    # Nothing is missing, so neither mirror nor network is looked at.
    assert fetch(target, sources=sources) == [(sources[0], False)]
    assert {path: path.stat().st_mtime_ns for path in target.rglob("*")} == times


def test_only_what_is_missing_is_fetched(published, mirror, tmp_path):
    fetch(tmp_path / "t", mirror=mirror, sources=[source(published)])
    (tmp_path / "t" / "set" / "codes.csv").unlink()
    shutil.rmtree(mirror / "set" / "notes")  # isn't needed again
    assert fetch(tmp_path / "t", mirror=mirror, sources=[source(published)])[0][1]
    assert (tmp_path / "t" / "set" / "codes.csv").exists()


def test_the_mirror_may_stand_in_the_environment(published, mirror, tmp_path, monkeypatch):
    monkeypatch.setenv(MIRROR_VARIABLE, str(mirror))
    # `--mirror ""` is what project.yml passes where no mirror is given.
    assert fetch(tmp_path / "t", mirror="", sources=[source(published)])[0][1]


def test_only_chooses(published, mirror, tmp_path):
    other = source(published, name="other", folder="nowhere")
    fetched = fetch(tmp_path / "t", mirror=mirror, only=["set", "set"], sources=[other, source(published)])
    assert [each.name for each, _ in fetched] == ["set"]
    with pytest.raises(InputError, match="no data set 'x'. Use one of: other, set"):
        fetch(tmp_path / "t", mirror=mirror, only=["x"], sources=[other, source(published)])


def test_a_damaged_mirror_leaves_nothing(published, mirror, tmp_path):
    (mirror / "set" / "notes" / "1.txt").unlink()
    with pytest.raises(
        InputError, match=r"set.notes: the checksum isn't .*, 1 files instead of 2. Copy the mirror"
    ):
        fetch(tmp_path / "t", mirror=mirror, sources=[source(published)])
    assert tree(tmp_path / "t") == {}
    assert list((tmp_path / "t" / "set").iterdir()) == []


def test_what_the_user_changed_is_kept_and_named(published, mirror, tmp_path):
    fetch(tmp_path / "t", mirror=mirror, sources=[source(published)])
    changed = tmp_path / "t" / "set" / "codes.csv"
    changed.write_text("mine")
    with pytest.raises(InputError, match="codes.csv: the checksum isn't .*delete it and fetch again"):
        fetch(tmp_path / "t", mirror=mirror, sources=[source(published)])
    assert changed.read_text() == "mine"


@pytest.mark.parametrize("absent", ["set", "set/codes.csv"])
def test_a_mirror_without_the_data(published, mirror, tmp_path, absent):
    path = mirror / absent
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(InputError, match="not in the mirror"):
        fetch(tmp_path / "t", mirror=mirror, sources=[source(published)])
    with pytest.raises(InputError, match="no such folder"):
        fetch(tmp_path / "t", mirror=tmp_path / "missing", sources=[source(published)])


def test_a_folder_that_can_not_be_written(published, mirror, tmp_path):
    (tmp_path / "t").write_text("a file")
    with pytest.raises(InputError, match="can't be copied"):
        fetch(tmp_path / "t", mirror=mirror, sources=[source(published)])


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_interrupted_copy_leaves_nothing(published, mirror, tmp_path, monkeypatch, error):
    copied = []

    def interrupted(src, dst, **kwargs):
        if copied:
            raise error
        copied.append(shutil.copyfile(src, dst))
        return dst

    copytree = partial(shutil.copytree, copy_function=interrupted)
    monkeypatch.setattr(assets, "shutil", SimpleNamespace(**{**vars(shutil), "copytree": copytree}))
    with pytest.raises((KeyboardInterrupt, InputError)):
        fetch(tmp_path / "t", mirror=mirror, sources=[source(published)])
    assert copied and tree(tmp_path / "t") == {}
    monkeypatch.undo()
    fetch(tmp_path / "t", mirror=mirror, sources=[source(published)])
    assert tree(tmp_path / "t") == tree(mirror)


def test_what_a_killed_run_left_is_no_obstacle(published, mirror, tmp_path):
    left = tmp_path / "t" / "set" / ".notes.partial"
    left.mkdir(parents=True)
    (left / "1.txt").write_text("half")
    fetch(tmp_path / "t", mirror=mirror, sources=[source(published)])
    assert tree(tmp_path / "t") == tree(mirror)


def git(folder, *arguments):
    settings = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false")
    done = subprocess.run(
        ["git", *settings, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@needs_git
def test_clones_the_commit(published, mirror, tmp_path):
    git(published, "init", "--quiet")
    git(published, "add", ".")
    git(published, "commit", "--quiet", "-m", "one")
    commit = git(published, "rev-parse", "--short", "HEAD")
    expected = source(published, published, commit)
    (published / "codes.csv").write_text("newer")
    git(published, "commit", "--quiet", "-a", "-m", "two")
    said = []
    fetch(tmp_path / "t", sources=[expected], progress=said.append)
    assert tree(tmp_path / "t") == tree(mirror)
    assert said == [f"set: cloning {published}"]


@needs_git
def test_a_file_that_the_publisher_keeps_elsewhere(published, mirror, tmp_path):
    git(published, "init", "--quiet")
    git(published, "add", ".")
    git(published, "commit", "--quiet", "-m", "one")
    expected = source(published, published, git(published, "rev-parse", "HEAD"))
    moved = tuple(Part(f"elsewhere/{part.name}", part.sha256, part.files) for part in expected.parts)
    fetch(tmp_path / "t", sources=[source(published, published, expected.commit, parts=moved)])
    assert tree(tmp_path / "t") == tree(mirror)


@needs_git
@pytest.mark.parametrize("part", ["repository", "commit"])
def test_git_that_fails_is_one_line_with_the_cure(published, tmp_path, part):
    git(published, "init", "--quiet")
    git(published, "add", ".")
    git(published, "commit", "--quiet", "-m", "one")
    wrong = source(published, **{"repository": published, part: tmp_path / "no-such"})
    with pytest.raises(InputError, match="can't be fetched .*--mirror DIR") as caught:
        fetch(tmp_path / "t", sources=[wrong])
    assert "\n" not in str(caught.value) and "fatal:" not in str(caught.value)
    assert not (tmp_path / "t").exists()


def test_no_git(published, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="git isn't installed. Install git. .*--mirror DIR"):
        fetch(tmp_path / "t", sources=[source(published)])


def test_the_table():
    assert [each.name for each in SOURCES] == ["ruccod", "nsi"]
    for each in SOURCES:
        assert re.fullmatch(r"[0-9a-f]{7,40}", each.commit)
        assert each.repository.startswith("https://")
        assert all(re.fullmatch(r"[0-9a-f]{64}", part.sha256) for part in each.parts)
        assert each.license in each.attribution and each.url in each.attribution
    assert "CC BY 4.0" in find_source("ruccod").attribution
    with pytest.raises(InputError, match="Use one of: ruccod, nsi"):
        find_source("x")


def test_the_checksums_are_those_of_the_mirror_at_hand(tmp_path):
    """Where the public data lie beside the repository, they are the published ones."""
    mirror = os.path.join(os.path.dirname(__file__), "..", "..", "..", "shared", "data")
    if not os.path.isdir(mirror):
        pytest.skip("no ../shared/data here")
    fetched = fetch(tmp_path, mirror=mirror)
    assert all(new for _, new in fetched)
    assert len(list((tmp_path / "ruccod" / "ruccod_train").glob("*.ann"))) == 3000


def test_the_module_is_light():
    code = "import sys, spacy_icd_ru.corpora.assets; sys.exit(bool({'torch', 'spacy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
