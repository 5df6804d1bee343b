"""`spacy-icd-ru benchmark`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def benchmark(
    model: Annotated[
        str | None,
        typer.Option(
            "--model", "-m", help="Installed model or folder; the model inside the package if left out"
        ),
    ] = None,
    input: Annotated[
        Path | None,
        typer.Option("--input", "-i", help="Records to code (.txt, .jsonl, .csv …); made ones if left out"),
    ] = None,
    records: Annotated[
        int, typer.Option(min=10, help="How many records: made ones, or the first ones of the input")
    ] = 2000,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the figures here as JSON")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables")] = False,
) -> None:
    """Measure speed and memory on this machine, on one core: loading, records a second, latency, growth.

    Each figure comes from a process of its own. Without an input the records are made from the lexicon, the same
    ones every time, and few mentions repeat: "cold" means that none was seen before, "warm" that all were.

    Example: spacy-icd-ru benchmark --output speed.json
    """
    import json

    from rich.console import Console

    from ..evaluation.speed import measure
    from .command_line import command_line
    from .progress import counting

    texts = None if input is None else _read(input)[:records]
    with counting("measuring", "steps") as progress:
        figures = measure(model, texts=texts, records=records, progress=progress)
    figures = {"command": command_line(), "model": model or "shipped", **figures}
    text = json.dumps(figures, ensure_ascii=False, indent=2) + "\n"
    if output:
        from ..files import write_atomically

        write_atomically(output, text.encode("utf8"))
    if as_json:
        typer.echo(text, nl=False)
    else:
        Console().print(_table(figures))


def _read(path: Path) -> list[str]:
    from ..archive.readers import open_input
    from ..archive.rows import InputRecord
    from ..errors import InputError

    texts = [row.text for row in open_input(path) if isinstance(row, InputRecord)]
    if not texts:
        raise InputError("no usable record", where=str(path), cure="Give a file with a diagnosis a line")
    return texts


def _table(figures: dict):
    from rich.table import Table

    table = Table(title=f"{figures['model']} on one core of {figures['machine']['cpu']}")
    table.add_column("what")
    table.add_column("figure", justify="right")
    for what, part, name, form in _ROWS:
        if name in figures[part]:
            table.add_row(what, form.format(figures[part][name]))
    table.add_section()
    for name, share in figures["components"].items():
        table.add_row(f"share of {name}", f"{share:.1%}")
    table.add_section()
    for row in figures["growth_with_records"]:
        table.add_row(
            f"records/s, {row['records']:,} records, cold", f"{row['records_per_second_cold']:,.0f}"
        )
    if figures.get("growth_exponent") is not None:
        table.add_row("time grows with records to the power of", f"{figures['growth_exponent']:.2f}")
    table.add_section()
    for row in figures["growth_with_names"]:
        table.add_row(f"a mention, {row['added_names']:,} names added", f"{row['ms_per_mention']:.2f} ms")
        if row["ms_per_added_name"] is not None:
            table.add_row(f"an added name, of {row['added_names']:,}", f"{row['ms_per_added_name']:.2f} ms")
    return table


# what it is called, part of the figures, its name there, how it is written
_ROWS = (
    ("import", "load", "import_seconds", "{:.2f} s"),
    ("import and load", "load", "seconds", "{:.2f} s"),
    ("first record", "load", "first_record_seconds", "{:.2f} s"),
    ("resident memory, loaded", "load", "resident_mb", "{:.0f} MB"),
    ("resident memory, after coding", "load", "resident_mb_after_coding", "{:.0f} MB"),
    ("records/s, cold caches", "throughput", "records_per_second_cold", "{:,.0f}"),
    ("records/s, warm caches", "throughput", "records_per_second_warm", "{:,.0f}"),
    ("mentions/s, cold caches", "throughput", "mentions_per_second_cold", "{:,.0f}"),
    ("mentions/s, warm caches", "throughput", "mentions_per_second_warm", "{:,.0f}"),
    ("mentions that repeat an earlier one", "throughput", "repeated_mentions", "{:.1%}"),
    ("one record at a time, p50", "latency", "p50_ms", "{:.1f} ms"),
    ("one record at a time, p99", "latency", "p99_ms", "{:.1f} ms"),
)
