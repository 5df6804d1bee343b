import json

import pytest
from typer.testing import CliRunner

from spacy_icd_ru.cli import app
from spacy_icd_ru.corpora.jsonl import write_jsonl
from spacy_icd_ru.corpora.records import Mention, Record
from spacy_icd_ru.errors import InputError

HEADER = "code\tname\tkind\tnote\n"


def run(*args):
    return CliRunner().invoke(app, ["lexicon", *map(str, args)], catch_exceptions=False)


def test_add_then_check(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run("add", "м77,3", "Пяточная шпора", "--kind", "colloquial", "--note", "без травмы")
    assert result.exit_code == 0 and result.stdout == "lexicon.tsv, row 2: M77.3\n"
    run("add", "J00", "Ринит")
    rows = (tmp_path / "lexicon.tsv").read_text(encoding="utf-8")
    assert rows == f"{HEADER}J00\tРинит\tsynonym\t\nM77.3\tПяточная шпора\tcolloquial\tбез травмы\n"
    checked = run("check", "lexicon.tsv")
    assert checked.exit_code == 0 and checked.stdout == "2 names of 2 codes: 0 to mend\n"


def test_a_code_out_of_force_is_refused(tmp_path):
    with pytest.raises(InputError, match="'M99.99' is no code in force"):
        run("add", "M99.99", "Пяточная шпора", "--lexicon", tmp_path / "own.tsv")
    assert not (tmp_path / "own.tsv").exists()


def test_check_names_what_is_to_be_mended(tmp_path):
    path = tmp_path / "own.tsv"
    path.write_text(
        f"{HEADER}J00\tРинит\tsynonym\t\nJ00\tРиниты\tsynonym\t\nJ99.9\tНечто\tsynonym\t\n", encoding="utf-8"
    )
    result = run("check", path)
    assert result.exit_code == 1
    assert "own.tsv, row 3: «Риниты» says the same as row 2\n" in result.stdout
    assert "own.tsv, row 4: J99.9 is not in force\n" in result.stdout
    assert run("check", path, "--output", tmp_path / "report.json").exit_code == 1
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert (report["names"], report["codes"], report["to_mend"]) == (3, 2, 2)
    assert [finding["number"] for finding in report["findings"]] == [3, 4]


def test_check_against_a_directory(tmp_path):
    own, directory = tmp_path / "own.tsv", tmp_path / "directory.yaml"
    own.write_text(f"{HEADER}J00\tПростуда\tpreferred\t\nJ18\tПневмония\tpreferred\t\n", encoding="utf-8")
    directory.write_text("J00: Острый назофарингит [насморк]\n", encoding="utf-8")
    result = run("check", own, "--terminology", directory)
    assert result.exit_code == 1 and "own.tsv, row 3: J18 is not in force" in result.stdout
    assert "look: own.tsv, row 2: J00 «Простуда» is far from the official" in result.stdout
    assert "1 to mend, 1 to look at" in result.stdout


def test_the_list_of_codes(tmp_path):
    directory, psychiatric, out = tmp_path / "d.yaml", tmp_path / "p.yaml", tmp_path / "codes.txt"
    directory.write_text("F06: а\nF06.7: б\nJ00: в\n", encoding="utf-8")
    psychiatric.write_text("F06.70: г\nF07.10: д\nJ01: е\n", encoding="utf-8")
    assert run("codes", directory, "--psychiatric", psychiatric, "-o", out).exit_code == 0
    assert out.read_text(encoding="utf-8") == "F06\nF06.7\nF06.70\nJ00\n"


def test_the_package_says_how_much_it_holds(tmp_path):
    run("check", "--output", tmp_path / "report.json")
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["codes"] >= 4_500 and report["names"] >= 15_000
    assert report["senses"] > report["abbreviations"] > 0


def test_what_names_alone_are_worth(tmp_path):
    records = [
        Record("1", "Ринит. ОРВИ", (Mention(0, 5, "Ринит", ("J00",)), Mention(7, 11, "ОРВИ", ("J06.9",)))),
        Record("2", "Цистит", (Mention(0, 6, "Цистит", ("N30.9",)),)),
    ]
    write_jsonl(records, tmp_path / "gold.jsonl")
    own, directory = tmp_path / "own.tsv", tmp_path / "directory.yaml"
    own.write_text(f"{HEADER}J00\tРинит\tpreferred\t\nN30.9\tЦистит\tpreferred\t\n", encoding="utf-8")
    directory.write_text("J00: Ринит\nJ06.9: Орви\nN30.0: Цистит\n", encoding="utf-8")
    out = tmp_path / "names.json"
    result = run("evaluate", tmp_path / "gold.jsonl", "--lexicon", own, "--terminology", directory, "-o", out)
    assert result.exit_code == 0 and "accuracy@1" in result.stdout
    report = json.loads(out.read_text(encoding="utf-8"))
    found = {name: report[name]["accuracy@1"]["value"] for name in ("directory", "lexicon", "both")}
    assert found["lexicon"] == pytest.approx(2 / 3, abs=1e-3) and found["both"] == 1.0
    assert report["directory"]["relaxed_accuracy@1"]["value"] == 1.0
    assert (report["names"], report["codes"]) == (2, 2) and report["command"].startswith("spacy-icd-ru")


@pytest.mark.parametrize("split, said", [("dev", "holds no record"), ("test", "split")])
def test_no_such_part(tmp_path, split, said):
    write_jsonl([Record("1", "Ринит", (Mention(0, 5, "Ринит", ("J00",)),))], tmp_path / "gold.jsonl")
    with pytest.raises(InputError, match=said):
        run("evaluate", tmp_path / "gold.jsonl", "--split", split)
