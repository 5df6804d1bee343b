"""A run that is killed: no record lost, none twice, whatever was on its way to the disk."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_icd_ru.archive.resume import ResumableOutput, check_start, journal_path, rejected_path
from spacy_icd_ru.archive.rows import InputRecord, RejectedRow
from spacy_icd_ru.archive.writers import open_writer
from spacy_icd_ru.errors import InputError

FINGERPRINT = {"input": "a"}


def rows(kinds: str) -> list[InputRecord | RejectedRow]:
    """c: a record with a mention, e: one without, r: rejected."""
    return [
        RejectedRow(n, None if n % 2 else f"n{n}", "broken")
        if kind == "r"
        else InputRecord(f"n{n}", "АГ\r\n" if kind == "c" else "", n)
        for n, kind in enumerate(kinds, 1)
    ]


def coded(record: InputRecord) -> dict:
    mention = {
        "start": 0,
        "end": 2,
        "text": "АГ",
        "code": "I10",
        "title": "т",
        "score": 0.5,
        "candidates": [],
    }
    return {"id": record.id, "codes": [], "mentions": [mention] if record.text else []}


def run(folder: Path, name: str, items, *, batch: int, stop: int | None = None, **how) -> None:
    """Code items; with ``stop`` leave after so many as a killed process does: without a goodbye."""
    writer = open_writer(folder / name, folder / "in.jsonl", format="brat" if name == "brat" else None)
    output = ResumableOutput.open(writer, FINGERPRINT, **how)
    for count, item in enumerate(output.remaining(items)):
        if count == stop:
            output.close()
            return
        if isinstance(item, RejectedRow):
            output.reject(item)
        else:
            output.write(item, coded(item))
        if (count + 1) % batch == 0:
            output.commit()
    output.finish()


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(["out.jsonl", "out.csv", "brat"]),
    kinds=st.text("ccer", max_size=14),
    batch=st.integers(1, 4),
    crashes=st.lists(st.tuples(st.integers(0, 8), st.binary(max_size=9), st.integers(0, 200)), max_size=4),
)
def test_crashes_leave_no_trace(name, kinds, batch, crashes):
    items = rows(kinds)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        whole, cut = Path(one), Path(two)
        run(whole, name, items, batch=batch)
        output = cut / name
        for stop, torn, keep in crashes:
            run(cut, name, items, batch=batch, stop=min(stop, len(items)), resume=True)
            if not journal_path(output).exists():
                break
            # What a process that is killed leaves behind: half a record, half a line of the journal.
            for path in (output, rejected_path(output)):
                if path.is_file():
                    path.write_bytes(path.read_bytes() + torn)
            if output.is_dir():
                (output / ".n1.ann.77.partial").write_bytes(torn)
            entry = json.dumps({"at": {"items": 99}, "ids": ["x"] * 9}).encode()
            journal_path(output).write_bytes(journal_path(output).read_bytes() + entry[:keep])
        if journal_path(output).exists() or not output.exists():
            run(cut, name, items, batch=batch, resume=True)
        assert files(cut) == files(whole)
        assert not journal_path(output).exists()


def test_a_killed_overwrite_does_not_bring_the_old_output_back(tmp_path):
    run(tmp_path, "out.jsonl", rows("cccrcr"), batch=1)
    run(tmp_path, "out.jsonl", rows("ee"), batch=5, stop=1, overwrite=True)
    run(tmp_path, "out.jsonl", rows("ee"), batch=5, resume=True)
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["mentions"] for line in lines] == [[], []]
    assert not rejected_path(tmp_path / "out.jsonl").exists()


def test_existing_output_is_refused_and_kept(tmp_path):
    run(tmp_path, "out.jsonl", rows("cr"), batch=1)
    before = files(tmp_path)
    for how, words in (
        ({}, "--overwrite"),
        ({"resume": True}, "no journal"),
        ({"resume": True, "overwrite": True}, "contradict"),
    ):
        with pytest.raises(InputError, match=words):
            run(tmp_path, "out.jsonl", rows("cr"), batch=1, **how)
    assert files(tmp_path) == before
    run(tmp_path, "out.jsonl", rows("cr"), batch=1, overwrite=True)
    assert files(tmp_path) == before


def test_an_interrupted_output_is_refused_with_the_cure(tmp_path):
    run(tmp_path, "out.jsonl", rows("ccc"), batch=1, stop=2)
    with pytest.raises(InputError, match="--resume"):
        run(tmp_path, "out.jsonl", rows("ccc"), batch=1)


def test_a_list_of_rejected_rows_alone_is_refused_too(tmp_path):
    rejected_path(tmp_path / "out.jsonl").write_text("precious", encoding="utf-8")
    with pytest.raises(InputError, match="rejected.jsonl: exists already"):
        check_start(open_writer(tmp_path / "out.jsonl", tmp_path), resume=False, overwrite=False)


def test_annotations_of_others_beside_the_texts_are_refused(tmp_path):
    (tmp_path / "1.txt").write_text("АГ", encoding="utf-8")
    writer = open_writer(None, tmp_path, format="brat")
    check_start(writer, resume=False, overwrite=False)
    (tmp_path / "1.ann").write_text("gold", encoding="utf-8")
    with pytest.raises(InputError, match="exists already"):
        check_start(writer, resume=False, overwrite=False)


def test_a_run_that_can_not_begin_leaves_no_journal(tmp_path):
    def full():
        raise InputError("can't be written (No space left on device)")

    writer = open_writer(tmp_path / "out.jsonl", tmp_path)
    writer.begin = lambda offset: full()
    with pytest.raises(InputError, match="can't be written"):
        ResumableOutput.open(writer, FINGERPRINT)
    assert files(tmp_path) == {}


def test_interrupted_at_the_start(tmp_path):
    (tmp_path / "out.jsonl").write_text("old\n", encoding="utf-8")
    writer = open_writer(tmp_path / "out.jsonl", tmp_path)
    begin = writer.begin

    def interrupted(offset: int | None) -> None:
        begin(offset)
        raise KeyboardInterrupt

    writer.begin = interrupted
    with pytest.raises(KeyboardInterrupt):
        ResumableOutput.open(writer, FINGERPRINT, overwrite=True)
    run(tmp_path, "out.jsonl", rows("cc"), batch=1, resume=True)
    assert len((tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()) == 2


def test_an_output_that_lost_its_end_is_refused(tmp_path):
    run(tmp_path, "out.jsonl", rows("ccc"), batch=1, stop=2)
    (tmp_path / "out.jsonl").write_bytes(b"")
    with pytest.raises(InputError, match="journal says"):
        run(tmp_path, "out.jsonl", rows("ccc"), batch=1, resume=True)


SCRIPT = """
import sys, time
sys.path.insert(0, {tests!r})
import conftest, spacy, spacy_icd_ru
import spacy_icd_ru.pipeline.extensions
from spacy.language import Language

@Language.component("archive_test_slow")
def slow(doc):
    time.sleep(0.004)
    return doc

def load(*args, **kwargs):
    nlp = spacy.blank("ru")
    nlp.add_pipe("archive_test_diagnoses")
    nlp.add_pipe("archive_test_slow")
    return nlp

spacy_icd_ru.load = load
from spacy_icd_ru.cli import main
main()
"""


def start(script: Path, *arguments: object) -> subprocess.Popen:
    script.write_text(SCRIPT.format(tests=str(Path(__file__).parent)), encoding="utf-8")
    command = [sys.executable, str(script), "code", *map(str, arguments)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)


def wait_for_progress(process: subprocess.Popen, journal: Path, size: int) -> int:
    """Until the journal has grown beyond ``size``; returns its size, or that of the last look."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        now = journal.stat().st_size if journal.exists() else 0
        if now > size:
            return now
        time.sleep(0.002)
    return size


@pytest.mark.parametrize("name, kills", [("out.jsonl", 3), ("brat", 2)])
def test_killed_for_real(tmp_path, nlp, name, kills):
    from spacy_icd_ru.archive.readers import open_input
    from spacy_icd_ru.archive.run import code_archive

    moments = random.Random(20)
    texts = ["АГ 2 ст.", "здоров", "ОРВИ;\tгастрит", "отрава"]
    rows = [json.dumps({"id": f"n{i}", "text": texts[i % 4]}, ensure_ascii=False) for i in range(400)]
    rows[17] = "{broken"
    source, output = tmp_path / "in.jsonl", tmp_path / "cut" / name
    source.write_text("\n".join(rows), encoding="utf-8")
    format = "brat" if name == "brat" else "jsonl"
    arguments = ("--input", source, "--output", output, "--format", format, "--batch-size", 4, "--resume")

    size = 0
    for _ in range(kills):
        process = start(tmp_path / "run.py", *arguments)
        size = wait_for_progress(process, journal_path(output), size)
        time.sleep(moments.uniform(0, 0.15))
        assert process.poll() is None, process.stderr.read().decode()
        process.kill()
        process.communicate()
        size = journal_path(output).stat().st_size
    last = start(tmp_path / "run.py", *arguments)
    _, errors = last.communicate(timeout=60)
    assert last.returncode == 0, errors.decode()
    assert "299 records coded, 300 mentions, 101 rows rejected" in errors.decode()

    whole = tmp_path / "whole" / name
    code_archive(nlp, open_input(source), open_writer(whole, source, format=format))
    assert files(output.parent) == files(whole.parent)


@pytest.mark.parametrize("processes, size", [(1, 1000), (2, 1000), (2, 0)])
def test_interrupted_by_the_user(tmp_path, processes, size):
    source, output = tmp_path / "in.txt", tmp_path / "out.jsonl"
    source.write_text("АГ 2 ст.\n" * 2000, encoding="utf-8")
    arguments = ("--input", source, "--output", output, "--batch-size", 4, "--n-process", processes)
    process = start(tmp_path / "run.py", *arguments)
    wait_for_progress(process, journal_path(output), size)
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert errors.decode() == "interrupted: the same command with --resume continues\n"
    assert process.returncode == 130
    assert journal_path(output).exists()
