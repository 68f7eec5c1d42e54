"""Lines: connections to the database that stay open between their uses.

Each request needs its key, and each post a transaction. To take a connection from the pool for
that, to ask whether it still lives, to make it what is wanted and to undo that afterwards costs
more than either, on PostgreSQL as round trips. So a few connections are taken out of the pool for
good, as soon as they are needed. On SQLite one that writes alone keeps its pages in memory too.
"""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Connection, Engine, PoolProxiedConnection, event
from sqlalchemy.exc import DBAPIError

from timebank.store.database import commit, open_to_write, take_connection
from timebank.store.driver import Row, Statement

T = TypeVar("T")
Aside = AbstractContextManager[None]
LineT = TypeVar("LineT", Connection, PoolProxiedConnection)

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
        self._writers: _Idle[Connection] = _Idle(pool_size // POOL_SHARE)
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

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do the work in a transaction like that of ``writing``; give what it gives.

        A line on which the server has hung up is a clash, as in ``writing`` a connection is that
        broke on the way; so the work is to be done in ``retrying``. Raises :class:`BusyError` when
        no connection comes free, and :class:`CommitUnknownError`.
        """
        line = self._writers.take() or open_to_write(self._engine)
        try:
            with self._aside():
                transaction = line.begin()
            result = work(line)
            with self._aside():
                commit(transaction)
        except BaseException:
            line.close()
            raise
        if not self._writers.keep(line):
            line.close()
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
        for line in self._readers.clear():
            line.invalidate()
        for connection in self._writers.clear():
            connection.invalidate()
            connection.close()


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
