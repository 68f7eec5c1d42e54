"""The database of an application, and the two ways to use it: ``reading`` and ``writing``.

Both take an engine, so they serve the web application (``db.engine``), the command line and
background threads alike. Whatever is decided from what was read is read in ``writing``, after the
lock was taken.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Final, TypeVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import DeclarativeBase

from timebank.errors import BusyError
from timebank.store import tables
from timebank.store.engines import LOCK_SECONDS_MAX

T = TypeVar("T")

PAUSES_SECONDS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""How long to wait, at most, before each further try; half of it at least."""

_SCRUB_MILLISECONDS_MAX: Final = 1000

_SQLITE_CLASHES: Final = {5, 6}  # SQLITE_BUSY, SQLITE_LOCKED
_POSTGRESQL_CLASHES: Final = {
    "40001",  # serialization_failure
    "40P01",  # deadlock_detected
    "55P03",  # lock_not_available
    "57P01",  # admin_shutdown
    "57P03",  # cannot_connect_now
}


class CommitUnknownError(BusyError):
    """The connection broke during COMMIT: what was written may be there or not.

    Drop what was remembered and look, by its idempotency key, before doing it again.
    """


class Base(DeclarativeBase):
    """Base of classes mapped to the tables, where that reads better than rows."""

    metadata = tables.metadata


db = SQLAlchemy(model_class=Base)
"""The database of the current application."""


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a connection that sees one state of the database throughout the block.

    It never waits for a writer, and nothing stays of what the block might write. Rows can be
    streamed: ``connection.execute(statement, execution_options={"yield_per": 500})``. Raises
    :class:`BusyError` when no connection comes free.
    """
    with take_connection(engine.connect) as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a connection in a transaction that is committed with the block, or else rolled back.

    On SQLite it holds the one write lock of the file from the beginning; on PostgreSQL the first
    statement is to lock what the others are decided by (``timebank.store.books.lock_head``).
    Raises :class:`BusyError` when no connection comes free, and :class:`CommitUnknownError`.
    """
    with take_connection(engine.connect) as connection:
        connection.execution_options(sqlite_begin="IMMEDIATE")
        with connection.begin() as transaction:
            yield connection
            _commit(transaction)


def retrying(work: Callable[[], T], *, sleep: Callable[[float], None] = time.sleep) -> T:
    """Do the work, again and again while it clashes with others, and give what it gives.

    ``work`` opens its own :func:`writing` or :func:`reading`, so that each try begins afresh.
    Raises :class:`BusyError` when :data:`PAUSES_SECONDS` or 30 s are used up.
    """
    deadline = time.monotonic() + LOCK_SECONDS_MAX
    pauses = iter(PAUSES_SECONDS)
    while True:
        try:
            return work()
        except DBAPIError as error:
            if not is_clash(error):
                raise
            pause = next(pauses, None)
            if pause is None or time.monotonic() > deadline:
                raise BusyError(1) from error
        sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - only keeps the clashing apart


def scrub(engine: Engine) -> bool:
    """Take what was erased out of SQLite's write-ahead log; give whether that could be done now.

    The log keeps old pages until it is emptied. Readers of an older state can put that off, and
    writers wait meanwhile, so it gives up after a second and is to be called again, also at the
    next start. On PostgreSQL there is nothing to do here: its log and dead rows are the server's
    (SECURITY.md).
    """
    if engine.dialect.name != "sqlite":
        return True
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {_SCRUB_MILLISECONDS_MAX}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy, _, _ = cursor.fetchone() or (1, 0, 0)
        cursor.execute(f"PRAGMA busy_timeout = {LOCK_SECONDS_MAX * 1000}")
        return busy == 0


def is_clash(error: DBAPIError) -> bool:
    """Whether the database refused only for what others were doing, so that one may try again."""
    if error.connection_invalidated:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE_CLASHES
    return getattr(error.orig, "sqlstate", None) in _POSTGRESQL_CLASHES


def take_connection(take: Callable[[], T]) -> T:
    """Take a connection from the pool. Raises :class:`BusyError` when none comes free."""
    try:
        return take()
    except PoolTimeoutError as error:
        raise BusyError(1) from error


def _commit(transaction: RootTransaction) -> None:
    try:
        transaction.commit()
    except DBAPIError as error:
        # SQLAlchemy would give the connection back to the pool with its transaction still open.
        transaction.rollback()
        if error.connection_invalidated:
            raise CommitUnknownError(1) from error
        raise
