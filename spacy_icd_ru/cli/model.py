"""``spacy-icd-ru model``: from a trained pipeline to a package that others install."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="model",
    help="Make a trained pipeline ready to give away, and check the package that was made of it.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


@app.command()
def publish(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SOURCE",
            help="Folder of the trained pipeline, mostly training/…/model-last.",
            show_default=False,
        ),
    ],
    target: Annotated[
        Path,
        typer.Argument(
            metavar="TARGET", help="Folder to write; a model there is replaced.", show_default=False
        ),
    ],
    name: Annotated[
        str, typer.Option(help="Name of the package without the language: icd_coder_sm → ru_icd_coder_sm.")
    ] = "icd_coder_sm",
    version: Annotated[
        str | None,
        typer.Option(help="Version of the model; that of spacy-icd-ru if left out.", show_default=False),
    ] = None,
    description: Annotated[
        str | None, typer.Option(help="What the model is, in one sentence.", show_default=False)
    ] = None,
    trained_on: Annotated[
        list[str],
        typer.Option(
            metavar="NAME",
            help="Data that the model learnt from (ruccod, nsi), for the attribution; may be given again.",
        ),
    ] = ["ruccod"],  # noqa: B006  Typer reads the default and never changes it
    metrics: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="What spacy-icd-ru evaluate --output wrote: goes into meta.json.",
            show_default=False,
        ),
    ] = None,
    max_mb: Annotated[
        float | None, typer.Option(help="Refuse a model with more megabytes than this.", show_default=False)
    ] = None,
) -> None:
    """Write a trained pipeline as a model that may be given away.

    spacy train keeps every word of the training text in the vocabulary. The published model has none of them,
    gives the same answers, and says in its meta.json what it is, how good, and whom to thank.

    Example: spacy-icd-ru model publish training/sm/model-last models/ru_icd_coder_sm --metrics metrics.json
    """
    from spacy_icd_ru.training.publish import DESCRIPTION, MEGABYTE
    from spacy_icd_ru.training.publish import publish as publish_model

    done = publish_model(
        source,
        target,
        name=name,
        version=version,
        description=description or DESCRIPTION,
        trained_on=trained_on,
        metrics=metrics,
        max_mb=max_mb,
    )
    typer.echo(
        f"{done.path}: {done.package} {done.version}, {done.size / MEGABYTE:.1f} MB, "
        f"{done.strings_dropped:,} words of the training text left out",
        err=True,
    )


@app.command("check-wheel")
def check_wheel(
    wheel: Annotated[
        Path, typer.Argument(metavar="WHEEL", help="The .whl that spacy package made.", show_default=False)
    ],
    package: Annotated[
        str | None,
        typer.Option(
            metavar="PATH_OR_REQUIREMENT",
            help="What pip installs as spacy-icd-ru: a folder with its source, a wheel or a requirement. "
            "Left out: the source tree that is running, or the released version.",
            show_default=False,
        ),
    ] = None,
    constraints: Annotated[
        Path | None, typer.Option(help="Constraints file for pip (-c).", show_default=False)
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(help="Diagnosis text to code; an example of ours if left out.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the answer here as JSON.", show_default=False)
    ] = None,
) -> None:
    """Install a model wheel in a new environment, away from this repository, and code an example with it.

    Prints each mention with its code; fails where the wheel can't be installed or loaded, or gives no code.

    Example: spacy-icd-ru model check-wheel ru_icd_coder_sm-0.1.0-py3-none-any.whl
    """
    from spacy_icd_ru.training.check_wheel import EXAMPLE
    from spacy_icd_ru.training.check_wheel import check_wheel as check

    result = check(
        wheel,
        package=package,
        constraints=constraints,
        text=text or EXAMPLE,
        progress=lambda line: typer.echo(line, err=True),
    )
    if output:
        from spacy_icd_ru.files import write_atomically

        document = json.dumps(result.to_dict(), ensure_ascii=False, indent=2)
        write_atomically(output, (document + "\n").encode("utf8"))
    typer.echo(f"{result.model} {result.version} in a clean environment:", err=True)
    for mention in result.mentions:
        typer.echo(f"{mention['code']}\t{mention['text']}\t{mention['title']}\t{mention['score']}")
