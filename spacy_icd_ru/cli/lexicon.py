"""``spacy-icd-ru lexicon``: a hospital's own names of diagnoses, and the ones that the package ships."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="lexicon",
    help="Names of diagnoses: add your own, check lexicon files, measure what names alone are worth.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

_Directory = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Official directory (NSI csv, RuCCoD yaml, ClaML).", show_default=False
    ),
]


@app.command()
def add(
    code: Annotated[str, typer.Argument(metavar="CODE", help="ICD-10 code, e.g. M77.3.", show_default=False)],
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The words that physicians write.", show_default=False)
    ],
    kind: Annotated[
        str, typer.Option(help="preferred, synonym, eponym, abbreviation or colloquial.")
    ] = "synonym",
    note: Annotated[
        str, typer.Option(help="The condition under which the code holds.", show_default=False)
    ] = "",
    lexicon: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="Lexicon file, made if there is none; of a folder, the file of the code's chapter.",
        ),
    ] = Path("lexicon.tsv"),
) -> None:
    """Add a name to a lexicon file of your own, which code, evaluate and add_pipe take as --lexicon.

    Example: spacy-icd-ru lexicon add M77.3 "Пяточная шпора" --kind colloquial
    """
    from ..errors import InputError
    from ..terminology.code_list import packaged_codes
    from ..terminology.codes import normalize_code
    from ..terminology.lexicon import LexiconEntry
    from ..terminology.lexicon_edit import add_name

    code = normalize_code(code)
    if code not in packaged_codes():
        raise InputError(
            f"{code[:20]!r} is no code in force",
            cure="Look the code up in the official directory, e.g. J18.9",
        )
    path, row = add_name(lexicon, LexiconEntry(code, name, kind, note))
    typer.echo(f"{path}, row {row}: {code}")


@app.command()
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Lexicon files; a folder is a whole lexicon, one file a chapter. What the package ships if left out.",
            show_default=False,
        ),
    ] = None,
    terminology: _Directory = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Write counts and what is to be mended here as JSON.", show_default=False
        ),
    ] = None,
) -> None:
    """Prove what a machine can: codes in force, one code a name, no duplicates, clean characters.

    With --terminology the codes are compared with that directory, and preferred names that are far from the official
    title are listed for a human to look at. Exits with 1 where something has to be mended.

    Example: spacy-icd-ru lexicon check lexicon.tsv --terminology mkb10.csv
    """
    from dataclasses import asdict

    from rich.console import Console

    from ..files import write_json
    from ..pipeline.names import NameReader
    from ..terminology.abbreviations import load_default_abbreviations
    from ..terminology.code_list import codes_in_force
    from ..terminology.lexicon import PACKAGED, lexicon_files, lexicon_rows
    from ..terminology.lexicon_check import check_abbreviations, check_lexicon
    from ..terminology.readers import read_terminology
    from .command_line import command_line

    official = read_terminology(terminology)[0] if terminology else None
    codes = codes_in_force(official)
    read_name = NameReader(expand_abbreviations=False)
    paths = files or [PACKAGED]
    whole = any(path.is_dir() for path in paths)
    report = check_lexicon(
        lexicon_rows(lexicon_files(paths)),
        codes,
        official=official,
        whole=whole,
        key=lambda name: tuple(sorted(read_name(name))),
    )
    document = {
        "command": command_line(),
        "names": report.names,
        "codes": report.codes,
    }
    if not files:
        table = load_default_abbreviations()
        report.findings[:0] = check_abbreviations(table, codes, "abbreviations.tsv")
        document.update(abbreviations=len(table), senses=len(table.all_senses()))
    for finding in report.findings:
        typer.echo(f"{'look: ' if finding.look else ''}{finding}")
    if whole:
        Console().print(_coverage_table(report.coverage))
    looks = len(report.findings) - len(report.defects)
    counted = f"{report.names:,} names of {report.codes:,} codes"
    if "senses" in document:
        counted += f", {document['abbreviations']:,} abbreviations in {document['senses']:,} senses"
    to_look_at = f", {looks:,} to look at" if terminology else ""
    typer.echo(f"{counted}: {len(report.defects):,} to mend{to_look_at}")
    if output:
        # What is to be looked at quotes the directory, which is its publisher's.
        report.findings = report.defects
        document |= {"to_mend": len(report.defects), "to_look_at": looks, **asdict(report)}
        write_json(output, document)
    if report.defects:
        raise typer.Exit(1)


@app.command()
def codes(
    directory: Annotated[
        Path, typer.Argument(metavar="DIRECTORY", help="Official directory in force.", show_default=False)
    ],
    psychiatric: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Directory with the fifth and sixth characters of psychiatry.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The list to write, a code a line.")
    ] = Path("codes.txt"),
) -> None:
    """Write the list of codes in force, without titles: how the list inside the package was made.

    Example: spacy-icd-ru lexicon codes mkb10.csv --psychiatric mkb2descr.yaml -o codes.txt
    """
    from ..files import write_atomically
    from ..terminology.code_list import active_codes, is_psychiatric_extension
    from ..terminology.readers import read_terminology

    found = active_codes(read_terminology(directory)[0])
    if psychiatric:
        further = read_terminology(psychiatric)[0]
        found |= {code for code in further if is_psychiatric_extension(code, found)}
    write_atomically(output, "".join(f"{code}\n" for code in sorted(found)).encode("utf-8"))
    typer.echo(f"{output}: {len(found):,} codes")


@app.command()
def evaluate(
    gold: Annotated[
        Path,
        typer.Argument(
            metavar="GOLD", help="Gold corpus: a brat folder, .jsonl or .spacy.", show_default=False
        ),
    ],
    lexicon: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="Lexicon file or folder, may be given again. The packaged one if left out."
        ),
    ] = None,
    terminology: _Directory = None,
    split: Annotated[str, typer.Option(help="Part of the corpus: all, train or dev.")] = "all",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the figures here as JSON.", show_default=False),
    ] = None,
) -> None:
    """Measure what names alone are worth: find the codes of gold mentions with nothing trained.

    Reports the directory alone (where one is given), the lexicon alone, and both together.

    Example: spacy-icd-ru lexicon evaluate ruccod_train --split dev --terminology mkb10.csv
    """

    from rich.console import Console

    from ..corpora.formats import read_corpus
    from ..errors import InputError
    from ..evaluation.names_alone import names_alone, table_of
    from ..files import write_json
    from ..terminology.abbreviations import load_default_abbreviations
    from ..terminology.lexicon import PACKAGED, read_lexicon
    from .command_line import command_line
    from .progress import counting

    records = read_corpus(gold).part(split).records
    if not records:
        raise InputError(f"the split {split!r} holds no record", where=str(gold), cure="Use --split all")
    entries, _ = read_lexicon(lexicon or [PACKAGED])
    # Our abbreviations belong to our names.
    senses = () if lexicon else load_default_abbreviations().all_senses()
    sources = {"lexicon": (entries, None, senses)}
    if terminology:
        sources = {"directory": ((), terminology, ()), **sources, "both": (entries, terminology, senses)}
    figures = {}
    for name, (names, directory, short) in sources.items():
        with counting(f"finding codes with the {name}") as progress:
            figures[name] = names_alone(records, names, directory, senses=short, progress=progress)
    if output:
        document = {
            "command": command_line(),
            "split": split,
            "names": len(entries),
            "codes": len({entry.code for entry in entries}),
            **{name: {key: figure.to_dict() for key, figure in of.items()} for name, of in figures.items()},
        }
        write_json(output, document)
    Console().print(table_of(figures))


def _coverage_table(coverage):
    from rich.table import Table

    table = Table(show_edge=False, pad_edge=False)
    for column in ("Chapter", "Names", "Codes", "3 characters", "4 characters"):
        table.add_column(column, justify="left" if column == "Chapter" else "right")
    for row in coverage:
        shares = (f"{named:,} of {all_:,}" for named, all_ in (row.categories, row.subcategories))
        table.add_row(row.chapter, f"{row.names:,}", f"{row.codes:,}", *shares)
    return table
