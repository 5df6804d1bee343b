"""The table that `spacy-icd-ru code` prints for a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table


def mention_table(coded: dict[str, Any]) -> Table:
    """A row a mention. coded: the dict that ``archive.documents.doc_to_json`` makes."""
    from rich.table import Table
    from rich.text import Text

    table = Table(show_edge=False, pad_edge=False)
    table.add_column("Mention", ratio=3)
    table.add_column("Code", no_wrap=True, style="bold cyan")
    table.add_column("Title", ratio=4)
    table.add_column("Score", justify="right", no_wrap=True)
    table.add_column("Runner-ups", ratio=3, style="dim")
    for mention in coded["mentions"]:
        others = [c for c in mention["candidates"] if c["code"] != mention["code"]]
        # Text objects throughout: a diagnosis with square brackets in it is not markup.
        table.add_row(
            Text(" ".join(mention["text"].split())),
            Text(mention["code"] or "–"),
            Text(mention["title"]),
            Text(_number(mention["score"])),
            Text(", ".join(f"{c['code']} {_number(c['score'])}".strip() for c in others)),
        )
    return table


def _number(score: float | None) -> str:
    return "" if score is None else f"{score:.2f}"
