"""Restoring a backup into an empty database of either kind."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from timebank.errors import BackupError, ConfigurationError, NotEmptyError, UnknownBookError
from timebank.services.forgetting import apply_list
from timebank.services.installation import Installation
from timebank.store import forgotten, members, migrating, restore_notes
from timebank.store.backup_file import Part, Progress, Reader, Rows
from timebank.store.books import find_book_by_origin, has_books
from timebank.store.database import reading
from timebank.store.dumping import (
    KEY_TABLES,
    Loader,
    columns_of,
    count_books,
    count_without_keys,
    find_keyless,
    load_keys,
    refresh_statistics,
)

_BOOK_ID, _HOLDER, _WRAPPED = range(3)
_KEYS: Final = tuple((str(table.name), columns_of(table)) for table in KEY_TABLES)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, as of when; ``erased`` were forgotten since then and are so again."""

    made: str
    rows: int
    erased: int


def check_backup(
    installation: Installation, paths: dict[Part, Path], progress: Progress
) -> Restored:
    """Read a backup to its end without restoring it. Raises BackupError."""
    readers = _open(installation, paths, progress)
    rows = sum(len(rows) for reader in readers.values() for _, rows in reader.rows())
    return Restored(readers["books"].header.made, rows, 0)


def restore(installation: Installation, paths: dict[Part, Path], progress: Progress) -> Restored:
    """Restore a backup, all of it or, where anything is wrong, nothing.

    The backup may be of another kind of database, or of an older version, whose tables are then
    brought to this one. Whoever is in the list of the forgotten, or has no keys any more in the
    file of the keys, is forgotten again before anybody can see the database. The service must
    not run meanwhile. Raises BackupError, NotEmptyError and ConfigurationError.
    """
    url, home = installation.settings.database_url, installation.settings.home
    restore_notes.note_beginning(home)
    readers = _open(installation, paths, progress)
    migrating.make_file(url)
    with migrating.locked(url) as connection:
        _check_empty(connection, home)
        migrating.remake(connection, readers["books"].header.revision)
        rows = _load(connection, readers["books"], paths["books"])
        migrating.bring_to_head(connection)
        refresh_statistics(connection)
        rows += _load_keys(connection, readers["keys"], paths["keys"])
        erased = _forget_again(connection, home)
    apply_list(installation)
    restore_notes.note_end(home)
    return Restored(readers["books"].header.made, rows, erased)


def check_restored(installation: Installation) -> None:
    """Raise ConfigurationError where a restore was interrupted, and so there are no books.

    A book that is opened there would be in the way of the next try.
    """
    home = installation.settings.home
    if not restore_notes.is_noted(home):
        return
    with reading(installation.engine) as connection:
        if has_books(connection):
            restore_notes.note_end(home)
            return
    reason = (
        "a restore was begun and has not ended: restore again, or remove this file to begin anew"
    )
    raise ConfigurationError(str(home / restore_notes.FILE_NAME), reason)


def _open(
    installation: Installation, paths: dict[Part, Path], progress: Progress
) -> dict[Part, Reader]:
    """Check both files, before anything is done with either."""
    seal = installation.vault.backup_seal
    readers = {part: Reader(path, part, seal, progress) for part, path in paths.items()}
    for part, reader in readers.items():
        if not migrating.is_known(reader.header.revision):
            reason = f"was made by the newer version {reader.header.version}: restore it with that"
            raise BackupError(str(paths[part]), reason)
    if readers["keys"].header.tables != _KEYS:
        raise BackupError(str(paths["keys"]), "has other keys than this version knows")
    return readers


def _check_empty(connection: Connection, home: Path) -> None:
    revision = migrating.revision_of(connection)
    if revision is None:
        return
    if not migrating.is_known(revision):
        raise ConfigurationError("database", "was made by a newer version of timebank")
    books = count_books(connection)
    if books:
        restore_notes.note_end(home)
        raise NotEmptyError(books)


def _load(connection: Connection, reader: Reader, path: Path) -> int:
    """Load the books; give how many rows there are."""
    loader = Loader(connection)
    tables = reader.header.tables
    for name, columns in tables:
        if not loader.fits(name, columns):
            raise BackupError(str(path), f"has a table {name} that does not fit its revision")

    def load(place: int, rows: Rows) -> None:
        name, columns = tables[place]
        loader.load(name, columns, rows)

    return _loaded(reader, load)


def _load_keys(connection: Connection, reader: Reader, path: Path) -> int:
    """Load the keys of the holders there are; give how many rows were looked at."""

    def load(_place: int, rows: Rows) -> None:
        for book_id, of_book in groupby(rows, key=lambda row: row[_BOOK_ID]):
            load_keys(connection, book_id, {row[_HOLDER]: row[_WRAPPED] for row in of_book})

    rows = _loaded(reader, load)
    missing = count_without_keys(connection)
    if missing:
        reason = (
            f"lacks the keys of {missing} members: take the keys of the same day or a later one"
        )
        raise BackupError(str(path), reason)
    return rows


def _loaded(reader: Reader, load: Callable[[int, Rows], None]) -> int:
    """Load all rows; give how many there are."""
    count = 0
    for place, rows in reader.rows():
        load(place, rows)
        count += len(rows)
    return count


def _forget_again(connection: Connection, home: Path) -> int:
    """Erase who was forgotten after the backup was made; give how many."""
    erased = 0
    for book_id, holder in {*find_keyless(connection), *_listed(connection, home)}:
        members.erase(connection, book_id, holder)
        erased += 1
    return erased


def _listed(connection: Connection, home: Path) -> Iterator[tuple[int, int]]:
    """Book and number of those in the list of the forgotten whom the database still knows."""
    for person in forgotten.read(home):
        try:
            book_id = find_book_by_origin(connection, person.origin).book_id
        except UnknownBookError:
            continue
        row = members.find_by_key_hash(connection, book_id, person.key_hash)
        if row is not None and not row.forgotten:
            yield book_id, row.holder
