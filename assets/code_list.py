"""Write the list of codes that the lexicon may use: ``spacy_icd_ru/data/codes.txt``, codes only, no titles.

    python assets/code_list.py assets/nsi/1.2.643.5.1.13.13.11.1005_2.27.csv assets/ruccod/mkb2descr.yaml

The active categories and subcategories of the official directory, and from RuCCoD's dictionary the fifth and sixth
characters that Russian psychiatry adds under its codes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from spacy_icd_ru.terminology.code_list import PACKAGED, active_codes, is_psychiatric_extension
from spacy_icd_ru.terminology.readers import read_terminology


def main(directory: str, psychiatric: str) -> None:
    official, _ = read_terminology(directory)
    codes = active_codes(official)
    further, _ = read_terminology(psychiatric)
    codes |= {code for code in further if is_psychiatric_extension(code, codes)}
    Path(PACKAGED).write_text("".join(f"{code}\n" for code in sorted(codes)), encoding="utf-8", newline="\n")
    print(f"{len(codes):,} codes in {PACKAGED}")


if __name__ == "__main__":
    main(*sys.argv[1:])
