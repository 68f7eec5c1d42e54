"""Engines: how the service connects to SQLite and to PostgreSQL.

SQLAlchemy's default handling of transactions on sqlite3 silently loses updates between threads,
as a transaction only begins with its first write. So here the driver begins nothing by itself:
a ``begin`` event says BEGIN, of the sort that the execution option ``sqlite_begin`` names.
"""

import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError

from timebank.errors import ConfigurationError
from timebank.store.driver import wrapped

LOCK_SECONDS_MAX: Final = 30
"""How long one statement waits for a lock that somebody else holds."""

BY_HAND: Final = "by hand"
"""The sort of a transaction on SQLite that begins when whoever has the connection says so."""

_POSTGRESQL: Final = {"postgres", "postgresql", "postgresql+psycopg"}
_POSTGRESQL_VERSION_MIN: Final = 15
_SQLITE_VERSION_MIN: Final = (3, 38, 0)  # STRICT tables, and JSON is always there
SQLITE_PRAGMAS: Final = (
    # A post changes a row in each of many pages, which are written whole. Of a new file alone.
    "page_size = 2048",
    "journal_mode = WAL",
    "synchronous = FULL",
    "secure_delete = ON",
    "wal_autocheckpoint = 8000",  # pages: the same ones are changed again and again
)

# What nobody adapts the driver tries to adapt in vain, by two errors for each value of such a type.
sqlite3.register_adapter(bytes, bytes)


def parse_url(address: str | URL) -> URL:
    """Read the address of a database: ``sqlite:///path``, ``postgresql://…`` or ``postgres://…``.

    The driver is always psycopg 3, and a relative path counts from the current folder. Raises
    :class:`ConfigurationError`, without the address, since that may carry a password.
    """
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as error:
        raise ConfigurationError("DATABASE_URL", "cannot be read as an address") from error
    if url.drivername in _POSTGRESQL:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite":
        return _of_file(url)
    raise ConfigurationError("DATABASE_URL", "must begin with sqlite:/// or postgresql://")


def sqlite_path(url: URL) -> Path | None:
    """Give the database file of an address that :func:`parse_url` gave; None on PostgreSQL."""
    return Path(str(url.database)) if url.drivername == "sqlite" else None


def engine_options(url: URL, *, pool_size: int = 16, pool_overflow: int = 16) -> dict[str, Any]:
    """Say how to make an engine for ``url``; it still needs :func:`prepare`.

    At most ``pool_size`` + ``pool_overflow`` connections are open at a time, of which
    ``pool_size`` are kept. Who waits for one longer than 30 s is told that the service is busy.
    """
    options: dict[str, Any] = {
        "pool_size": pool_size,
        "max_overflow": pool_overflow,
        "pool_timeout": LOCK_SECONDS_MAX,
        # The one that was used last has the freshest pages in memory.
        "pool_use_lifo": True,
        # An error that is logged must not carry what somebody sent.
        "hide_parameters": True,
    }
    if url.drivername == "sqlite":
        connect = {"isolation_level": None, "timeout": LOCK_SECONDS_MAX}
        return options | {"connect_args": connect}
    return options | {"isolation_level": "READ COMMITTED", "pool_pre_ping": True}


def prepare(engine: Engine, *, foreign_keys: bool = True) -> Engine:
    """Have the engine set up its connections and begin its transactions as the store needs it.

    ``foreign_keys=False`` is for migrations, which may have to make a table anew. The first
    connection raises :class:`ConfigurationError` on a server that could lose what it acknowledged.
    """
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine, foreign_keys=foreign_keys)
    else:
        _prepare_postgresql(engine)
    return engine


def make_engine(address: str | URL, *, foreign_keys: bool = True) -> Engine:
    """Make an engine of its own for the database at this address, apart from any application."""
    url = parse_url(address)
    return prepare(create_engine(url, **engine_options(url)), foreign_keys=foreign_keys)


def _of_file(url: URL) -> URL:
    name = url.database or ""
    if name in {"", ":memory:"} or name.startswith("file:"):
        raise ConfigurationError("DATABASE_URL", "SQLite needs the path of a file")
    return url.set(database=str(Path(name).absolute()))


def _prepare_sqlite(engine: Engine, *, foreign_keys: bool) -> None:
    if sqlite3.sqlite_version_info < _SQLITE_VERSION_MIN:
        raise ConfigurationError("SQLite", f"must be 3.38 or newer, not {sqlite3.sqlite_version}")
    pragmas = (*SQLITE_PRAGMAS, f"foreign_keys = {'ON' if foreign_keys else 'OFF'}")

    def set_pragmas(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begin(connection: Connection) -> None:
        """Begin as the connection asks for: DEFERRED to read, IMMEDIATE to write."""
        sort = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        if sort == BY_HAND:
            return
        driver: Any = connection.connection.dbapi_connection
        try:
            driver.execute(f"BEGIN {sort}")
        except sqlite3.Error as error:
            raise wrapped(connection, connection.dialect, error) from error

    event.listen(engine, "connect", set_pragmas)
    event.listen(engine, "begin", begin)


def _prepare_postgresql(engine: Engine) -> None:
    def check_server(connection: DBAPIConnection, _record: object) -> None:
        try:
            _check_settings(connection)
        except ConfigurationError:
            connection.close()
            raise

    def limit_waiting(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET lock_timeout = '{LOCK_SECONDS_MAX}s'")
        cursor.close()
        connection.commit()

    event.listen(engine, "first_connect", check_server)
    event.listen(engine, "connect", limit_waiting)


def _check_settings(connection: DBAPIConnection) -> None:
    """Raise :class:`ConfigurationError` unless what this server acknowledges is on its disk."""
    cursor = connection.cursor()
    cursor.execute(
        "SELECT current_setting('server_version_num'), current_setting('fsync'),"
        " current_setting('synchronous_commit')"
    )
    row = cursor.fetchone()
    cursor.close()
    connection.rollback()
    assert row is not None
    version, fsync, synchronous_commit = row
    if int(version) // 10_000 < _POSTGRESQL_VERSION_MIN:
        raise ConfigurationError("PostgreSQL", f"must be {_POSTGRESQL_VERSION_MIN} or newer")
    if fsync != "on":
        raise ConfigurationError("PostgreSQL", "fsync must be on, or a power cut loses entries")
    if synchronous_commit == "off":
        raise ConfigurationError(
            "PostgreSQL", "synchronous_commit must not be off, or a power cut loses entries"
        )
