"""``python -m spacy_icd_ru``."""

from __future__ import annotations

from spacy_icd_ru.cli import main

if __name__ == "__main__":
    main()
