"""A note of the last backup that ended well, in ``TIMEBANK_HOME/last-backup.json``.

The service tells its age, so that somebody notices when backups are no longer made. To lose the
note does no harm.
"""

from pathlib import Path
from typing import Final

import msgspec

from timebank.store.files import replace_file

FILE_NAME: Final = "last-backup.json"


class LastBackup(msgspec.Struct, frozen=True, kw_only=True):
    """When a backup was made, in seconds since 1970, and how large it is."""

    made_seconds: float
    rows: int
    size_bytes: int


def note_backup(home: Path, note: LastBackup) -> None:
    """Note a backup in place of the one before."""
    replace_file(home / FILE_NAME, msgspec.json.encode(note) + b"\n")


def read_last_backup(home: Path) -> LastBackup | None:
    """Read the note; None where there is none that can be read."""
    try:
        return msgspec.json.decode((home / FILE_NAME).read_bytes(), type=LastBackup)
    except (OSError, msgspec.DecodeError):
        return None
