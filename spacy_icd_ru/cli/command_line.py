"""The command as it was typed, for reports that say how their figures were made."""

from __future__ import annotations

import shlex
import sys


def command_line() -> str:
    """``spacy-icd-ru`` and its arguments, quoted for a shell."""
    return shlex.join(["spacy-icd-ru", *sys.argv[1:]])
