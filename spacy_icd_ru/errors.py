"""The one exception that a user's mistake raises."""

from __future__ import annotations


class InputError(ValueError):
    """Something the user gave can't be used: one line that says what, where and the cure.

    what: the defect, in words, never with text of a patient in it.
    where: file, and row where there is one (``diagnoses.csv, row 14``).
    cure: what the user can do about it.

    The command line prints the message alone and exits with 2; library callers catch it as a ValueError.
    """

    def __init__(self, what: str, *, where: str | None = None, cure: str | None = None):
        self.what, self.where, self.cure = what, where, cure
        message = f"{where}: {what}" if where else what
        if cure:
            message = f"{message}. {cure}"
        super().__init__(" ".join(message.split()))

    def __reduce__(self):
        return _rebuild, (self.what, self.where, self.cure)


def _rebuild(what: str, where: str | None, cure: str | None) -> InputError:
    return InputError(what, where=where, cure=cure)
