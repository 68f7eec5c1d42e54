"""Brings the tables of a database to another revision, by the numbered migrations.

All steps run in one transaction, on both databases, under a lock: of processes that start at once
one migrates, and the others then find nothing left to do.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, text

import timebank
from timebank.errors import ConfigurationError
from timebank.store.engines import make_engine, parse_url, sqlite_path

_LOCK: Final = int.from_bytes(b"timebank")  # any number that others hardly use


def upgrade(url: str, revision: str = "head") -> None:
    """Make the tables of a database, or bring them to a later revision.

    A SQLite file, and its folder, are made where there are none, for the owner's eyes only.
    """
    make_file(url)
    _run(url, lambda config: command.upgrade(config, revision))


def downgrade(url: str, revision: str) -> None:
    """Take the tables back to an earlier revision; ``base`` is a database without tables.

    What the earlier revision has no place for is lost.
    """
    _run(url, lambda config: command.downgrade(config, revision))


def current(engine: Engine) -> str | None:
    """Give the revision the tables are at; None where there are none."""
    with engine.connect() as connection:
        return revision_of(connection)


def revision_of(connection: Connection) -> str | None:
    """Give the revision the tables are at, as this connection sees them; None without tables."""
    return MigrationContext.configure(connection).get_current_revision()


def is_current(engine: Engine) -> bool:
    """Whether the tables are those this version of the service works with."""
    return current(engine) == head()


@cache
def head() -> str:
    """Give the revision this version of the service works with."""
    revision = _scripts().get_current_head()
    assert revision is not None, "there are migrations"
    return revision


def is_known(revision: str) -> bool:
    """Whether this version of the service has the migration to a revision."""
    return revision in {script.revision for script in _scripts().walk_revisions()}


def remake(connection: Connection, revision: str) -> None:
    """Make the tables of a revision in a database without rows, in a transaction of ``locked``."""
    config = _config(connection)
    if revision_of(connection) is not None:
        command.downgrade(config, "base")
    command.upgrade(config, revision)


def bring_to_head(connection: Connection) -> None:
    """Bring the tables to this version's revision, in a transaction of ``locked``."""
    command.upgrade(_config(connection), "head")


def folder() -> Path:
    """Find the migrations: installed inside the package, at top level in a checkout."""
    package = Path(timebank.__file__).parent
    for found in (package / "migrations", package.parent / "migrations"):
        if (found / "env.py").is_file():
            return found
    raise ConfigurationError("migrations", "are not where timebank is installed")


@contextmanager
def locked(url: str | URL) -> Iterator[Connection]:
    """Open a transaction during which nobody else migrates this database.

    On SQLite foreign keys are off meanwhile, since a table is changed by making it anew, and
    checked before the commit.
    """
    engine = make_engine(url, foreign_keys=False)
    try:
        with engine.connect() as connection:
            connection.execution_options(sqlite_begin="IMMEDIATE")
            with connection.begin():
                if engine.dialect.name == "postgresql":
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
                yield connection
                if engine.dialect.name == "sqlite":
                    _check_foreign_keys(connection)
    finally:
        engine.dispose()


def _run(url: str, order: Callable[[Config], None]) -> None:
    with locked(url) as connection:
        order(_config(connection))


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config(connection: Connection | None = None) -> Config:
    config = Config(folder() / "alembic.ini")
    config.set_main_option("script_location", str(folder()).replace("%", "%%"))
    if connection is not None:
        config.attributes["connection"] = connection
    return config


def make_file(url: str) -> None:
    """Make the file of a SQLite database, unless it is there, for the owner's eyes only."""
    path = sqlite_path(parse_url(url))
    if path is not None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _check_foreign_keys(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    assert broken is None, f"a migration left a row without what it refers to: {broken}"
