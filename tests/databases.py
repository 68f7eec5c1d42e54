"""Fresh databases for tests, real ones of both kinds, each made through the migrations.

Migrating takes long compared with a test, so it is done once a process on a template, and a
fresh database is a copy of that: a file on SQLite, ``CREATE DATABASE ... TEMPLATE`` on PostgreSQL.
"""

import itertools
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Protocol

from tests.postgres import PostgresServer

Migrate = Callable[[str], object]
Fill = Callable[[str], object]
"""Puts rows into the migrated database at an address."""


class Databases(Protocol):
    """A source of databases of one kind. Each lives as long as its ``with`` block."""

    @property
    def kind(self) -> str:
        """Name the kind: ``sqlite`` or ``postgresql``."""

    def fresh(self) -> AbstractContextManager[str]:
        """Give the address of a migrated database without rows."""

    def bare(self) -> AbstractContextManager[str]:
        """Give the address of a database without tables, to run migrations on."""

    def like(self, fill: Fill) -> AbstractContextManager[str]:
        """Give the address of a copy of a database that ``fill`` has filled, once a process."""


class SqliteDatabases:
    """SQLite files in a folder of their own."""

    kind = "sqlite"

    def __init__(self, folder: Path, migrate: Migrate) -> None:
        """Make the template in ``folder``, which is empty."""
        self._folder = folder
        self._numbers = itertools.count(1)
        self._template = folder / "template.db"
        migrate(_sqlite_url(self._template))
        _fold_write_ahead_log(self._template)
        self._filled: dict[Fill, Path] = {}

    def fresh(self) -> AbstractContextManager[str]:
        """Copy the template."""
        return self._copied(self._template)

    def like(self, fill: Fill) -> AbstractContextManager[str]:
        """Copy a template of its own."""
        if fill not in self._filled:
            filled = self._folder / f"filled-{next(self._numbers)}.db"
            shutil.copyfile(self._template, filled)
            fill(_sqlite_url(filled))
            _fold_write_ahead_log(filled)
            self._filled[fill] = filled
        return self._copied(self._filled[fill])

    @contextmanager
    def bare(self) -> Iterator[str]:
        """Give a folder of its own to a file not made yet, as SQLite keeps files beside it."""
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        try:
            yield _sqlite_url(folder / "timebank.db")
        finally:
            shutil.rmtree(folder)

    @contextmanager
    def _copied(self, template: Path) -> Iterator[str]:
        with self.bare() as url:
            shutil.copyfile(template, url.removeprefix("sqlite:///"))
            yield url


class PostgresDatabases:
    """Databases of one PostgreSQL server."""

    kind = "postgresql"

    def __init__(self, server: PostgresServer, migrate: Migrate) -> None:
        """Make the template on ``server``, which is new."""
        self._server = server
        self._numbers = itertools.count(1)
        server.execute("CREATE DATABASE template_timebank")
        migrate(server.url("template_timebank"))
        self._filled: dict[Fill, str] = {}

    def fresh(self) -> AbstractContextManager[str]:
        """Copy the template, about 0.1 s with the removal."""
        return self._copied("template_timebank")

    def bare(self) -> AbstractContextManager[str]:
        """Copy the server's own empty template."""
        return self._copied("template0")

    def like(self, fill: Fill) -> AbstractContextManager[str]:
        """Copy a template of its own."""
        if fill not in self._filled:
            name = f"filled_{next(self._numbers)}"
            self._server.execute(f"CREATE DATABASE {name} TEMPLATE template_timebank")
            fill(self._server.url(name))
            self._filled[fill] = name
        return self._copied(self._filled[fill])

    @contextmanager
    def _copied(self, template: str) -> Iterator[str]:
        name = f"timebank_{next(self._numbers)}"
        self._server.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        try:
            yield self._server.url(name)
        finally:
            self._server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


def _fold_write_ahead_log(path: Path) -> None:
    """Bring all pages into the one file which is copied."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
