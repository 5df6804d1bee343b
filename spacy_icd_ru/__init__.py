"""ICD-10 (МКБ-10) coding of Russian clinical diagnosis text as spaCy components."""

__version__ = "0.1.0"
