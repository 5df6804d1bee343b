"""ICD-10 (МКБ-10) coding of Russian clinical diagnosis text as spaCy components."""

from .loading import load

__version__ = "0.1.0"
__all__ = ["load"]
