"""Lines: connections to the database that stay open between their uses.

Each request needs its key, and each post a transaction. To take a connection from the pool for
that, to ask whether it still lives, to make it what is wanted and to undo that afterwards costs
more than either, on PostgreSQL as round trips. So a few connections are taken out of the pool for
good, as soon as they are needed. On SQLite one that writes alone keeps its pages in memory too.
"""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final, Generic, TypeVar

import psycopg
from sqlalchemy import Engine, PoolProxiedConnection, event
from sqlalchemy.exc import DBAPIError

from timebank.store.database import CommitUnknownError, take_connection
from timebank.store.driver import Cursor, Row, Statement, cursor_of, wrapped
from timebank.store.engines import BY_HAND

T = TypeVar("T")
Aside = AbstractContextManager[None]
LineT = TypeVar("LineT")

POOL_SHARE: Final = 4
"""At most one in so many connections of the pool is kept for reading, and as many for writing."""


class Lines:
    """The lines of one engine. Disposing of the engine closes them."""

    def __init__(
        self, engine: Engine, pool_size: int, *, aside: Callable[[], Aside] = nullcontext
    ) -> None:
        """Open none yet; with a pool that is too small for it, none is kept.

        Whoever writes is ``aside`` while they wait for a lock or for the disk.
        """
        self._aside = aside
        self._engine = engine
        self._readers: _Idle[PoolProxiedConnection] = _Idle(pool_size // POOL_SHARE)
        self._writers: _Idle[_Writer] = _Idle(pool_size // POOL_SHARE)
        event.listen(engine, "engine_disposed", self._close)

    def look(self, statement: Statement, **values: Any) -> list[Row]:  # noqa: ANN401  of any columns
        """Read by one statement what is committed now, without a transaction around it.

        Raises :class:`BusyError` when no connection comes free.
        """
        while (line := self._readers.take()) is not None:
            try:
                return self._look(line, statement, values)
            except DBAPIError as error:
                # The server has hung up meanwhile, on this one or on all.
                if not error.connection_invalidated:
                    raise
        return self._look(self._open_reader(), statement, values)

    def write(self, work: Callable[[Cursor], T]) -> T:
        """Do the work in a transaction like that of ``writing``; give what it gives.

        A line on which the server has hung up is a clash, as in ``writing`` a connection is that
        broke on the way; so the work is to be done in ``retrying``. Raises :class:`BusyError` when
        no connection comes free, and :class:`CommitUnknownError`.
        """
        line = self._writers.take() or _Writer(self._engine)
        try:
            with self._aside():
                line.begin()
            result = line.do(work)
            with self._aside():
                line.commit()
        except BaseException:
            line.connection.close()
            raise
        if not self._writers.keep(line):
            line.connection.close()
        return result

    def _look(
        self, line: PoolProxiedConnection, statement: Statement, values: dict[str, Any]
    ) -> list[Row]:
        try:
            rows = statement.look(line, self._engine.dialect, values)
        except BaseException:
            if line.is_valid:
                line.invalidate()
            raise
        if not self._readers.keep(line):
            self._set_autocommit(line, on=False)
            line.close()
        return rows

    def _open_reader(self) -> PoolProxiedConnection:
        line = take_connection(self._engine.raw_connection)
        self._set_autocommit(line, on=True)
        return line

    def _set_autocommit(self, line: PoolProxiedConnection, *, on: bool) -> None:
        """Have no transaction begun by the driver; that of SQLite never does."""
        if self._engine.dialect.name == "postgresql":
            line.dbapi_connection.autocommit = on  # type: ignore[union-attr]  # psycopg has it

    def _close(self, _engine: Engine) -> None:
        """Close the lines that nobody uses; the pool they were of is given up."""
        for reader in self._readers.clear():
            reader.invalidate()
        for writer in self._writers.clear():
            writer.connection.invalidate()
            writer.connection.close()


class _Writer:
    """A connection that one transaction after another is written on.

    SQLAlchemy takes them all for one, which ends when the connection is closed: it spends more on
    a transaction than SQLite does. So the driver is told here when one begins and ends.
    """

    def __init__(self, engine: Engine) -> None:
        """Take it from the pool. Raises :class:`BusyError` when none comes free."""
        self.connection = take_connection(engine.connect).execution_options(sqlite_begin=BY_HAND)
        self._cursor = cursor_of(self.connection)
        self._on_sqlite = self._cursor.on_sqlite

    def begin(self) -> None:
        """Begin as ``writing`` does; psycopg does so by itself with the first statement."""
        if not self._on_sqlite:
            return
        try:
            self._cursor.driver.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise self._wrapped(error) from error

    def do(self, work: Callable[[Cursor], T]) -> T:
        """Do the work within; an error of the driver is raised as SQLAlchemy would raise it."""
        try:
            return work(self._cursor)
        except (sqlite3.Error, psycopg.Error) as error:
            raise self._wrapped(error) from error

    def commit(self) -> None:
        """Commit; where that fails, the line is to be closed. Raises CommitUnknownError."""
        try:
            # Unlike the connection's own, this statement is not compiled anew each time.
            if self._on_sqlite:
                self._cursor.driver.execute("COMMIT")
            else:
                self._cursor.driver.connection.commit()
        except (sqlite3.Error, psycopg.Error) as error:
            found = self._wrapped(error)
            if found.connection_invalidated:
                raise CommitUnknownError(1) from found
            raise found from error

    def _wrapped(self, error: sqlite3.Error | psycopg.Error) -> DBAPIError:
        return wrapped(self.connection, self.connection.dialect, error)


class _Idle(Generic[LineT]):
    """Lines of one sort that nobody uses just now."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._lines: list[LineT] = []

    def take(self) -> LineT | None:
        """Take the one that was used last, whose pages are the freshest; None where is none."""
        with self._lock:
            return self._lines.pop() if self._lines else None

    def keep(self, line: LineT) -> bool:
        """Keep one, where there is room; whether there was."""
        with self._lock:
            if len(self._lines) == self._most:
                return False
            self._lines.append(line)
            return True

    def clear(self) -> list[LineT]:
        """Take all."""
        with self._lock:
            lines, self._lines = self._lines, []
            return lines
