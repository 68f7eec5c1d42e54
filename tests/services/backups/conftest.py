"""Fixtures for backups: a book that has something of everything, and a backup of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.databases import Databases
from tests.installations import Community, found_community, installed
from tests.services.full_books import full_book_in
from timebank.services.backups import Backup, back_up
from timebank.services.installation import Installation
from timebank.store.backup_file import Part
from timebank.store.tables import metadata

Contents = dict[str, list[tuple[object, ...]]]


def untold(_done: int, _total: int) -> None:
    """Take no notice of progress."""


def parts(folder: Path, name: str = "one") -> dict[Part, Path]:
    """The files of a backup by this name."""
    return {"books": folder / f"{name}.backup", "keys": folder / f"{name}.keys"}


def make(installation: Installation, folder: Path, name: str = "one") -> Backup:
    """Make a backup by this name."""
    return back_up(installation, parts(folder, name), untold)


def contents(installation: Installation) -> Contents:
    """All rows of all tables."""
    with installation.engine.connect() as connection:
        return {
            str(table.name): sorted(
                (tuple(row) for row in connection.execute(select(*table.columns))), key=repr
            )
            for table in metadata.sorted_tables
        }


@contextmanager
def elsewhere(databases: Databases, home: Path) -> Iterator[Installation]:
    """An installation with the same key over a database without tables."""
    with databases.bare() as url, installed(url, home) as installation:
        yield installation


@pytest.fixture
def full(databases: Databases, tmp_path: Path) -> Iterator[Community]:
    """A book that has something of everything; the test runs on both databases."""
    with full_book_in(databases, tmp_path / "home") as community:
        yield community


@pytest.fixture
def small(sqlite_databases: Databases, tmp_path: Path) -> Iterator[Community]:
    """A book with little in it, on SQLite, for what does not depend on the database."""
    with sqlite_databases.fresh() as url, installed(url, tmp_path / "home") as installation:
        community = found_community(installation)
        community.enrol("王", "李", "赵")
        community.issue("王", 100)
        yield community
