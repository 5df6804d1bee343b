"""Makes the picture in the README: what `spacy-icd-ru code` prints, as SVG.

Run from the project's root: python assets/picture.py
"""

from pathlib import Path

from rich.console import Console

import spacy_icd_ru
from spacy_icd_ru.archive.documents import doc_to_json
from spacy_icd_ru.cli.tables import mention_table

TEXT = "ГБ 2 ст.,риск-3.ИБС:ПИКС(2015).ХСН 2а. СД 2 типа? Аднексит слева"

console = Console(record=True, width=110, file=Path("/dev/null").open("w"))
console.print(f'[green]$[/] spacy-icd-ru code "{TEXT}"', highlight=False)
console.print(mention_table(doc_to_json(spacy_icd_ru.load()(TEXT), "1", top_k=4)))
console.save_svg(str(Path(__file__).with_name("code.svg")), title="spacy-icd-ru")
