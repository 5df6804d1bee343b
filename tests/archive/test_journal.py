"""The journal: what it remembers, what it cuts off, what it refuses."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_icd_ru.archive.journal import Journal, Position
from spacy_icd_ru.archive.rows import InputRecord, RejectedRow
from spacy_icd_ru.errors import InputError

FINGERPRINT = {"input": "a1", "model": "b2", "--level": "category"}
IDS = st.lists(st.lists(st.none() | st.text(max_size=5), min_size=1, max_size=4), max_size=6)


def write(path: Path, batches) -> list[bytes]:
    """Write a journal; return what stood in the file after each entry."""
    journal = Journal.create(path, FINGERPRINT)
    states, items = [path.read_bytes()], 0
    for batch in batches:
        items += len(batch)
        journal.append(batch, Position(items=items, output=items * 10))
        states.append(path.read_bytes())
    journal.close()
    return states


def items(batches):
    ids = [record_id for batch in batches for record_id in batch]
    return [
        RejectedRow(row, None, "x") if record_id is None else InputRecord(record_id, "x", row)
        for row, record_id in enumerate(ids, 1)
    ]


@given(IDS, st.data())
def test_cut_off_anywhere_it_remembers_the_last_whole_entry(batches, data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        states = write(path, batches)
        cut = data.draw(st.integers(len(states[0]), len(states[-1])))
        path.write_bytes(states[-1][:cut])
        whole = max(i for i, state in enumerate(states) if len(state) <= cut)
        journal = Journal.reopen(path, FINGERPRINT)
        done = sum(map(len, batches[:whole]))
        assert journal.position == Position(items=done, output=done * 10)
        assert list(journal.remaining(items(batches))) == items(batches)[done:]
        # What comes after the cut stands on a line of its own.
        journal.append(["next"], Position(items=done + 1))
        journal.close()
        again = Journal.reopen(path, FINGERPRINT)
        assert again.position == Position(items=done + 1)
        again.close()


def test_an_entry_that_does_not_follow_from_the_last_ends_the_journal(tmp_path):
    path = tmp_path / "journal"
    states = write(path, [["a"], ["b", "c"], ["d"]])
    lines = states[-1].splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], *lines[3:]]))
    journal = Journal.reopen(path, FINGERPRINT)
    assert journal.position.items == 1
    journal.close()
    assert path.read_bytes() == states[1]


def test_other_records_than_the_finished_ones_are_refused(tmp_path):
    path = tmp_path / "journal"
    write(path, [["a", "b"]])
    for changed in ([["a", "c", "d"]], [["b", "a", "d"]], [["a"]], [[]]):
        journal = Journal.reopen(path, FINGERPRINT)
        with pytest.raises(InputError, match="not those of the journal"):
            list(journal.remaining(items(changed)))
        journal.close()


@pytest.mark.parametrize("name", list(FINGERPRINT))
def test_another_input_model_or_setting_is_refused_by_name(tmp_path, name):
    path = tmp_path / "journal"
    write(path, [["a"]])
    before = path.read_bytes()
    with pytest.raises(InputError, match=f"another {name}. .*--overwrite"):
        Journal.reopen(path, {**FINGERPRINT, name: "other"})
    with pytest.raises(InputError, match="another --new"):
        Journal.reopen(path, {**FINGERPRINT, "--new": 1})
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"\n", b"[]\n", b'{"journal": "of a ship"}\n', b"\xff\xfe\n"])
def test_what_is_no_journal_is_refused(tmp_path, content):
    path = tmp_path / "journal"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a journal"):
        Journal.reopen(path, FINGERPRINT)
    assert path.read_bytes() == content


def test_a_journal_is_lines_of_json_with_the_ids(tmp_path):
    path = tmp_path / "journal"
    write(path, [["б-1", None], ["3"]])
    entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert entries[0]["fingerprint"] == FINGERPRINT
    assert [entry["ids"] for entry in entries[1:]] == [["б-1", None], ["3"]]
    assert [entry["at"]["output"] for entry in entries[1:]] == [20, 30]
