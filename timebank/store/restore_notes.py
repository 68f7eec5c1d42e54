"""A note that a restore was begun, ``TIMEBANK_HOME/restore.unfinished``, until it has ended well.

What is left of a restore that failed or was killed is an empty database or none, which looks as if
nobody had used it yet. The note tells them apart.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

from timebank.store.files import create_file

FILE_NAME: Final = "restore.unfinished"

_TEXT: Final = (
    b"A restore into this installation was begun. This file goes when one has ended well.\n"
)


def note_beginning(home: Path) -> None:
    """Note that a restore begins; it may be one that is tried again."""
    with suppress(FileExistsError):
        create_file(home / FILE_NAME, _TEXT)


def note_end(home: Path) -> None:
    """Take the note away."""
    (home / FILE_NAME).unlink(missing_ok=True)


def is_noted(home: Path) -> bool:
    """Whether a restore was begun and has not ended well since."""
    return (home / FILE_NAME).exists()
