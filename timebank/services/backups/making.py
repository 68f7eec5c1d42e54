"""Making a backup of a database that is in use."""

import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table

from timebank.errors import ConfigurationError
from timebank.services.health import obstacle_of
from timebank.services.installation import Installation
from timebank.store.backup_file import Header, Part, Progress, Writer, appearing
from timebank.store.backup_notes import LastBackup, note_backup
from timebank.store.books import list_books, read_sizes
from timebank.store.database import reading
from timebank.store.dumping import BOOK_TABLES, KEY_TABLES, columns_of, read_rows
from timebank.store.migrating import head

TABLES: Final[dict[Part, tuple[Table[Any], ...]]] = {"books": BOOK_TABLES, "keys": KEY_TABLES}


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written: how many books, entries and rows, and each file's sum and size."""

    books: int
    entries: int
    rows: int
    sums: dict[Part, bytes]
    sizes_bytes: dict[Part, int]


def back_up(installation: Installation, paths: dict[Part, Path], progress: Progress) -> Backup:
    """Write all that is in the database now into two new files; nobody has to wait for it.

    Both files show one moment: every entry acknowledged before the backup began is in them.
    Memory does not grow with the books. Raises ConfigurationError where the database is not one
    that the service could serve, and BackupError where there is such a file.
    """
    obstacle = obstacle_of(installation)
    if obstacle:
        raise ConfigurationError("backup", obstacle)
    began_seconds = time.time()
    made = installation.clock.now()
    with appearing(paths) as files, reading(installation.engine) as connection:
        books = list_books(connection)
        sizes = read_sizes(connection, [book.book_id for book in books])
        writers = {part: Writer(file, _header(part, made)) for part, file in sorted(files.items())}
        rows = 0
        for part, writer in writers.items():
            rows += _write(connection, TABLES[part], writer, rows, progress)
        seal = installation.vault.backup_seal
        sums = {part: writer.finish(seal) for part, writer in writers.items()}
    sizes_bytes = {part: writer.size_bytes for part, writer in writers.items()}
    note = LastBackup(made_seconds=began_seconds, rows=rows, size_bytes=sum(sizes_bytes.values()))
    note_backup(installation.settings.home, note)
    return Backup(len(books), sum(sizes.values()), rows, sums, sizes_bytes)


def _header(part: Part, made: str) -> Header:
    return Header(
        part=part,
        made=made,
        version=version("timebank"),
        revision=head(),
        tables=tuple((str(table.name), columns_of(table)) for table in TABLES[part]),
    )


def _write(
    connection: Connection,
    tables: tuple[Table[Any], ...],
    writer: Writer,
    before: int,
    progress: Progress,
) -> int:
    """Write all rows of these tables; give how many there are."""
    written = 0
    for place, table in enumerate(tables):
        for rows in read_rows(connection, table):
            writer.add(place, rows)
            written += len(rows)
            progress(before + written, 0)
    return written
