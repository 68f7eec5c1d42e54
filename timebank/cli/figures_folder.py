"""The folder in which the processes of one service keep their figures."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Final

PREFIX: Final = "timebank-metrics-"

_NEW_SECONDS: Final = 60
"""A folder that is younger may be another service's that has not locked it yet."""


@contextmanager
def figures_folder() -> Iterator[str]:
    """Make an empty folder, which goes with the block; remove what killed services left behind."""
    for left in Path(gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            _remove_unless_used(left)
    with TemporaryDirectory(prefix=PREFIX) as folder:
        lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
        finally:
            os.close(lock)


def _remove_unless_used(folder: Path) -> None:
    """Remove a folder, unless a service that lives holds it. Raises OSError if it is another's."""
    if time.time() - folder.stat().st_mtime < _NEW_SECONDS:
        return
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
    finally:
        os.close(lock)
