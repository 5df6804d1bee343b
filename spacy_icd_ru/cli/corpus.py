"""``spacy-icd-ru corpus``: fetch coded corpora, look at them and convert them."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spacy_icd_ru.cli.progress import counting

if TYPE_CHECKING:
    from spacy_icd_ru.corpora.formats import Corpus

app = typer.Typer(
    name="corpus",
    help="Fetch corpora of diagnosis fields with ICD-10 codes, look at them, and convert them.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


class Split(str, Enum):
    all = "all"
    train = "train"
    dev = "dev"


class Format(str, Enum):
    spacy = "spacy"
    brat = "brat"
    jsonl = "jsonl"


_PATH_HELP = (
    "A folder with N.txt and N.ann files (brat), a .jsonl file or a .spacy file. For RuCCoD also the folder "
    "that holds ruccod_train/ or ruccod/."
)


@app.command()
def stats(
    path: Annotated[Path, typer.Argument(help=_PATH_HELP, show_default=False)],
    split: Annotated[
        Split | None,
        typer.Option(
            help="Count one part only: dev is every record whose number is divisible by 10, train the rest. "
            "Left out, all three stand side by side.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Also write the JSON here.", show_default=False)
    ] = None,
) -> None:
    """Count a corpus: records, mentions, codes, what of dev is unseen in train, and the defects repaired.

    Example: spacy-icd-ru corpus stats ../shared/data/ruccod/ruccod_train
    """
    from spacy_icd_ru.corpora.formats import read_corpus
    from spacy_icd_ru.corpora.stats import corpus_stats, stats_table

    with counting("reading") as progress:
        corpus = read_corpus(path, progress=progress)
    columns = {}
    for name in [split.value] if split else [s.value for s in Split]:
        part = corpus.part(name)
        # A file of dev records alone has no train to be seen in.
        train = (corpus.part("train").records or None) if name == "dev" else None
        columns[name] = corpus_stats(part.records, train=train, defects=part.defects)
    document = json.dumps({name: column.to_dict() for name, column in columns.items()}, indent=2)
    if output:
        from spacy_icd_ru.files import write_atomically

        write_atomically(output, (document + "\n").encode("utf8"))
    if as_json:
        typer.echo(document)
    else:
        from rich.console import Console

        Console().print(stats_table(columns, title=str(path)))
    _say_what_is_missing(corpus.part(split.value) if split else corpus)


@app.command()
def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help=_PATH_HELP, show_default=False)],
    target: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="What to write: a name ending in .spacy or .jsonl, or a folder for brat.",
            show_default=False,
        ),
    ],
    to: Annotated[
        Format | None,
        typer.Option(help="The format to write, where the ending of OUT doesn't say it.", show_default=False),
    ] = None,
    split: Annotated[
        Split, typer.Option(help="Which part: dev is every record whose number is divisible by 10.")
    ] = Split.all,
) -> None:
    """Convert a corpus to .spacy (for spacy train), brat or JSON lines, with offsets repaired on the way.

    Example: spacy-icd-ru corpus convert ../shared/data/ruccod/ruccod_train train.spacy --split train
    """
    from spacy_icd_ru.corpora.formats import format_of, read_corpus, write_corpus
    from spacy_icd_ru.errors import InputError

    format = to.value if to else format_of(target)
    if source.resolve() == target.resolve():
        raise InputError("IN and OUT are the same", where=str(target), cure="Write to another path")
    if format != "brat" and target.is_dir():
        raise InputError("this is a folder", where=str(target), cure="Give the name of a file")
    with counting("reading") as progress:
        corpus = read_corpus(source, progress=progress).part(split.value)
    records = corpus.records
    if not records:
        raise InputError(f"no record is in the split {split.value!r}", where=str(source))
    nlp = _tokenizing_pipeline() if format == "spacy" else None
    with counting("writing") as progress:
        skipped = write_corpus(
            records, target, format, nlp=nlp, progress=lambda done: progress(done, len(records))
        )
    mentions = sum(len(record.mentions) for record in records)
    typer.echo(f"{target}: {len(records):,} records, {mentions - skipped:,} mentions ({format})", err=True)
    if skipped:
        typer.echo(f"left out: {skipped:,} mentions that cover no token", err=True)
    _say_what_is_missing(corpus)


@app.command()
def fetch(
    destination: Annotated[
        Path,
        typer.Argument(
            metavar="DEST",
            help="Folder for the data: ruccod/ and nsi/ are made in it.",
            show_default=False,
        ),
    ],
    mirror: Annotated[
        str,
        typer.Option(
            metavar="DIR",
            help="Copy from this folder, which has ruccod/ and nsi/, instead of the network. Left out or "
            "empty: the folder that the environment variable SPACY_ICD_RU_MIRROR names, or else the public "
            "repositories.",
            show_default=False,
        ),
    ] = "",
    only: Annotated[
        list[str],
        typer.Option(
            metavar="NAME", help="Fetch this set only (ruccod, nsi); may be given again.", show_default=False
        ),
    ] = [],  # noqa: B006  Typer reads the default and never changes it
) -> None:
    """Fetch the public data that models are trained on: RuCCoD and the official ICD-10 directory.

    Each set comes at a fixed version and is checked; what lies there already is left alone.

    Example: spacy-icd-ru corpus fetch assets
    """
    from spacy_icd_ru.corpora.assets import fetch as fetch_sources

    def say(line: str) -> None:
        typer.echo(line, err=True)

    for source, fetched in fetch_sources(destination, mirror=mirror, only=only, progress=say):
        state = "fetched" if fetched else "already there"
        say(f"{destination / source.folder}: {state}. {source.attribution}")


def _tokenizing_pipeline():
    """The tokenizer that the models of this package are trained with."""
    import spacy

    import spacy_icd_ru.normalization.tokens  # noqa: F401  registers it

    return spacy.blank(
        "ru", config={"nlp": {"tokenizer": {"@tokenizers": "spacy_icd_ru.ClinicalTokenizer.v1"}}}
    )


def _say_what_is_missing(corpus: Corpus) -> None:
    """Name on stderr each place where something of the input isn't in the records."""
    lines = corpus.left_out
    for line in lines[:20]:
        typer.echo(f"left out: {line}", err=True)
    if len(lines) > 20:
        typer.echo(f"left out: {len(lines) - 20:,} more", err=True)
