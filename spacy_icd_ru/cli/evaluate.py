"""`spacy-icd-ru evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    gold: Annotated[
        Path, typer.Argument(help="Gold corpus: a brat folder, .jsonl or .spacy", metavar="GOLD")
    ],
    model: Annotated[
        str | None,
        typer.Option(
            "--model", "-m", help="Installed model or folder; the model inside the package if left out"
        ),
    ] = None,
    terminology: Annotated[
        Path | None, typer.Option(help="Official directory whose titles are added (NSI csv, yaml, ClaML)")
    ] = None,
    lexicon: Annotated[
        list[Path] | None,
        typer.Option(help="Your own names of diagnoses, whose codes win; may be given again"),
    ] = None,
    level: Annotated[
        str | None, typer.Option(help="most_specific, as_trained or category; the model's own if left out")
    ] = None,
    gold_mentions: Annotated[
        bool, typer.Option("--gold-mentions", help="Also measure linking with the gold mentions given")
    ] = False,
    ablation: Annotated[
        bool, typer.Option("--ablation", help="Also measure the model with each part switched off; slow")
    ] = False,
    worst: Annotated[
        int, typer.Option(min=0, help="Name so many records whose codes are worst, with both sides' codes")
    ] = 0,
    against: Annotated[
        str | None,
        typer.Option(help="Another model: in how many resamples of the records is the first one better?"),
    ] = None,
    split: Annotated[str, typer.Option(help="Part of the corpus: all, train or dev")] = "all",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the metrics here as JSON")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table")] = False,
) -> None:
    """Measure a model on gold records: NER, NER+linking, code assignment, with 95 % intervals.

    Example: spacy-icd-ru evaluate ruccod_train --split dev --gold-mentions -o metrics.json
    """
    import json

    from rich.console import Console

    from .. import load
    from ..corpora.formats import read_corpus
    from ..errors import InputError
    from ..evaluation.ablation import ablate
    from ..evaluation.evaluate import compare_pipelines, evaluate_pipeline
    from .command_line import command_line
    from .progress import counting

    corpus = read_corpus(gold).part(split)
    records = corpus.records
    if not records:
        raise InputError(f"the split {split!r} holds no record", where=str(gold), cure="Use --split all")
    if corpus.left_out:
        number, first = len(corpus.left_out), corpus.left_out[0]
        typer.echo(f"{number} things of the gold can't be measured, the first is {first}", err=True)
    nlp = load(model, terminology=terminology, lexicon=lexicon, level=level)
    with counting("evaluating") as progress:
        report = evaluate_pipeline(nlp, records, gold_mentions=gold_mentions, worst=worst, progress=progress)
    report.meta = {
        "command": command_line(),
        "model": f"{nlp.meta['lang']}_{nlp.meta['name']}-{nlp.meta['version']}",
        "split": split,
        "level": level or "the model's own",
        "gold_left_out": len(corpus.left_out),
    }
    if against:
        other = load(against, terminology=terminology, lexicon=lexicon, level=level)
        with counting("comparing") as progress:
            report.against = compare_pipelines(nlp, other, records, progress=progress)
    if ablation:
        with counting("switching parts off", "parts") as progress:
            report.ablation = ablate(nlp, records, progress=progress)
    if output:
        report.save(output)
    if as_json:
        typer.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=2))
    else:
        for table in report.tables():
            Console().print(table)
