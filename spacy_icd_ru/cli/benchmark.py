"""`spacy-icd-ru benchmark`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer


def benchmark(
    model: Annotated[
        Optional[str],
        typer.Option("--model", "-m", help="Installed model or folder; the model inside the package if left out"),
    ] = None,
    input: Annotated[
        Optional[Path],
        typer.Option("--input", "-i", help="Records to code (.txt, .jsonl, .csv …); made ones if left out"),
    ] = None,
    records: Annotated[int, typer.Option(min=10, help="How many made records")] = 2000,
    output: Annotated[Optional[Path], typer.Option("--output", "-o", help="Write the figures here as JSON")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables")] = False,
) -> None:
    """Measure speed and memory on this machine, on one core: loading, records a second, latency, growth.

    Example: spacy-icd-ru benchmark --output speed.json
    """
    import json
    import shlex
    import sys

    from rich.console import Console

    from ..evaluation.speed import measure
    from .progress import counting

    texts = None if input is None else _read(input)
    with counting("measuring", "steps") as progress:
        figures = measure(model, texts=texts, records=records, progress=progress)
    figures = {"command": shlex.join(["spacy-icd-ru", *sys.argv[1:]]), "model": model or "shipped", **figures}
    text = json.dumps(figures, ensure_ascii=False, indent=2) + "\n"
    if output:
        from ..corpora.files import write_atomically

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

    table = Table(title=f"{figures['machine']['cpu']}, one core")
    table.add_column("what")
    table.add_column("figure", justify="right")
    for part in ("load", "throughput", "latency", "components"):
        for name, value in figures[part].items():
            table.add_row(f"{part}: {name.replace('_', ' ')}", f"{value:,}")
    for row in figures["growth_with_records"]:
        table.add_row(f"{row['records']:,} records: records per second", f"{row['records_per_second_cold']:,}")
    for row in figures["growth_with_names"]:
        table.add_row(f"{row['added_names']:,} names added: ms per mention", f"{row['ms_per_mention']:,}")
    return table
