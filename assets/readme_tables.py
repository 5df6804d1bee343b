"""Writes the tables of the README's «Numbers» from the figures in benchmarks/.

Run from the project's root, after `spacy project run all .` and `default-model`: python assets/readme_tables.py
"""

import json
from pathlib import Path

README = Path("README.md")
ROWS = (
    ("NER F1", "ner_f1", "0.756"),
    ("NER + linking F1", "linking_f1", "0.441"),
    ("code assignment F1", "codes_f1", "0.525"),
    ("code assignment F1, three characters", "codes_relaxed_f1", "–"),
    ("linking accuracy@1, gold mentions", "accuracy@1", "0.642"),
    ("linking accuracy@5, gold mentions", "accuracy@5", "0.846"),
    ("linking accuracy@1, three characters", "accuracy@1_relaxed", "–"),
    ("retriever recall@30", "recall@30", "–"),
    ("expected calibration error", "calibration_error", "–"),
)
WORTH = {key: name for name, key, _ in ROWS}
# Of our own wording: no text of the corpus stands in the project.
EXAMPLES = {
    "other category": "M41 for «Нарушение осанки», which the lexicon has as R29.3: a habit of the labels",
    "other chapter": "K58 for «Синдром раздражения»",
    "sibling": "K29.5 for «Хронический гастрит», gold K29.3",
    "child for parent": "J35.0 for «Хронический тонзиллит», gold J35",
    "parent for child": "N20 for «МКБ», gold N20.0",
    "no code": "«Эутиреоз», which is no disease: several codes share the probability, none has 0.2 of it",
    "too short": "«гастрит» where the gold has «Хронический гастрит»",
    "too long": "«СД 2 типа» where the gold has «СД»",
    "shifted": "«отёк гортани» against «гортани, стеноз»",
    "spurious": "«Перелом рёбер» of «Перелом рёбер в анамнезе», where the gold leaves history out",
    "missed": "«Зн. новообр. шейки матки»: cut words in a row",
    "gold is a block": "J06.8 for «ОРВИ», gold J00-J06",
}


def figures(name: str) -> dict:
    return json.loads(Path("benchmarks", name).read_text(encoding="utf8"))


def interval(report: dict, metric: str) -> str:
    return shown(report["metrics"][metric])


def shown(figure: dict) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f}–{figure['high']:.3f})"


def table(head: tuple[str, ...], rows) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def metrics() -> str:
    shipped, trained = figures("shipped-dev.json"), figures("sm-dev.json")
    rows = (
        (name, published, interval(shipped, key), interval(trained, key)) for name, key, published in ROWS
    )
    return table(("", "published (test set)", "shipped model", "trained by `spacy project run all`"), rows)


def ablation() -> str:
    keys = ("ner_f1", "linking_f1", "codes_f1", "accuracy@1")
    rows = [
        ("nothing" if part == "everything" else part, *(f"{of_part[key]:.3f}" for key in keys))
        for part, of_part in figures("sm-dev.json")["ablation"].items()
    ]
    return table(("switched off", "NER F1", "NER + linking F1", "code F1", "accuracy@1"), rows)


def errors() -> str:
    report = figures("shipped-dev.json")
    commonest = sorted(report["errors"].items(), key=lambda item: (-item[1], item[0]))[:10]
    rows = ((kind, count, EXAMPLES[kind]) for kind, count in commonest)
    return table(("kind", f"how often, of {report['mentions']} gold mentions", "for example"), rows)


def speed() -> str:
    reports = figures("speed-ruccod.json"), figures("speed-shipped.json")
    rows = (
        ("import and load", "load", "seconds", "{:.1f} s"),
        ("resident memory, loaded", "load", "resident_mb", "{:.0f} MB"),
        ("resident memory, after coding", "load", "resident_mb_after_coding", "{:.0f} MB"),
        ("mentions that repeat an earlier one", "throughput", "repeated_mentions", "{:.0%}"),
        ("records a second, caches empty at the start", "throughput", "records_per_second_cold", "{:.0f}"),
        ("records a second, the same records again", "throughput", "records_per_second_warm", "{:.0f}"),
        ("one record at a time, median", "latency", "p50_ms", "{:.1f} ms"),
        ("one record at a time, 99th percentile", "latency", "p99_ms", "{:.1f} ms"),
    )
    core = f"one core of {reports[0]['machine']['cpu']}"
    return table(
        (core, "RuCCoD records", "made records"),
        ((name, *(form.format(r[part][key]) for r in reports)) for name, part, key, form in rows),
    )


def lexicon() -> str:
    report = figures("lexicon.json")
    rows = [(name, f"{report[name]:,}") for name in ("names", "codes", "abbreviations", "senses")]
    return table(("", "how many"), rows)


def names() -> str:
    report = figures("names-dev.json")
    sources = ("directory", "lexicon", "both")
    rows = [
        (key.replace("_", " "), *(shown(report[source][key]) for source in sources)) for key in report["both"]
    ]
    return table(("", "official directory", "our lexicon", "both"), rows)


def worth() -> str:
    against = figures("lexicon-dev.json")["against"]
    rows = [(WORTH[key], f"{row['value']:.3f}", f"{row['against']:.3f}", f"{row['share_better']:.1%}")
            for key, row in against.items() if key in WORTH]  # fmt: skip
    return table(("", "with the lexicon", "without", "resamples in which it is better"), rows)


def written() -> str:
    report = figures("written.json")
    rows = [(name, interval(report, key)) for name, key, _ in ROWS if key in report["metrics"]]
    rows.append(("its worst fields", ", ".join(row["id"] for row in report["worst"])))
    return table(
        (f"{report['records']} fields, {report['mentions']:,} coded mentions", "shipped model"), rows
    )


def replace(text: str, part: str, content: str) -> str:
    begin, end = f"<!-- {part} -->", f"<!-- end of {part} -->"
    before, after = text.split(begin), text.split(end)
    assert len(before) == len(after) == 2, f"README.md needs one place for {begin}"
    return f"{before[0]}{begin}\n{content}\n{end}{after[1]}"


text = README.read_text(encoding="utf8")
for part in (metrics, ablation, errors, speed, lexicon, names, worth, written):
    text = replace(text, part.__name__, part())
README.write_text(text, encoding="utf8")
