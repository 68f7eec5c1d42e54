"""The driver's own cursor, for the few statements that run thousands of times a second.

To build a statement from its parts, or to look its text up in a cache by them, takes SQLAlchemy
longer than the database needs to carry it out. So these statements are written with SQLAlchemy as
all others, but compiled once for each sort of database, and then handed to the driver as they are.
Its errors are raised as SQLAlchemy would raise them, so that nobody above sees a difference.
"""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Executable, PoolProxiedConnection
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import DBAPIError

Row = tuple[Any, ...]
"""Values of columns, in the order in which they were asked for."""

_LIST: Final = re.compile(r" IN \(__\[POSTCOMPILE_(\w+)\]\)")
_LISTED: Final = re.compile(r"__\[POSTCOMPILE_(\w+)\]")


class Statement:
    """A statement whose values are all given by name when it runs.

    ``column.in_(bindparam(name, expanding=True))`` takes a list, which must not be empty.
    """

    def __init__(self, statement: Executable) -> None:
        """Take a statement that is not changed any more."""
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, **values: Any) -> list[Row]:  # noqa: ANN401  of any columns
        """Carry it out in the transaction of this connection; give the rows, if it has any."""
        compiled = self._compiled_for(connection.dialect)
        with cursor_of(connection) as cursor:
            cursor.execute(*compiled.with_values(values))
            return cursor.fetchall() if cursor.description else []

    def look(
        self, pooled: PoolProxiedConnection, dialect: Dialect, values: Mapping[str, Any]
    ) -> list[Row]:
        """Read by it alone what is committed now, on a connection without a transaction."""
        driver: Any = pooled.dbapi_connection
        try:
            rows: list[Row] = driver.execute(
                *self._compiled_for(dialect).with_values(values)
            ).fetchall()
        except (sqlite3.Error, psycopg.Error) as error:
            raise wrapped(pooled, dialect, error) from error
        return rows

    def _compiled_for(self, dialect: Dialect) -> "_Compiled":
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Compiled(self._statement, dialect)
        return compiled


class _Compiled:
    """A statement as one sort of database takes it."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # each can
        self._text = str(compiled)
        self._places: list[str] | None = compiled.positiontup
        self._values: Mapping[str, Any] = compiled.params
        if self._places is None:
            self._text = _LIST.sub(r" = ANY (%(\1)s)", self._text)

    def with_values(self, values: Mapping[str, Any]) -> tuple[str, Any]:
        """The text and what the driver takes beside it."""
        if self._places is None:
            return self._text, {**self._values, **values}
        return self._with_places(values)

    def _with_places(self, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """The same for SQLite, which knows no lists: each item has a mark of its own."""
        assert self._places is not None
        text, given = self._text, []
        for name in self._places:
            value = values.get(name, _MISSING)
            if value is _MISSING:
                given.append(self._values[name])
            elif isinstance(value, list):
                given += _padded(value)
            else:
                given.append(value)
        if "__[" in text:
            text = _LISTED.sub(lambda found: ",".join("?" * len(_padded(values[found[1]]))), text)
        return text, given


_MISSING: Final = object()


def _padded(items: list[Any]) -> list[Any]:
    """A list filled up with its last item, so that there are few texts of different length."""
    wanted = 1 << (len(items) - 1).bit_length()
    return items + items[-1:] * (wanted - len(items))


@contextmanager
def cursor_of(connection: Connection) -> Iterator[Any]:
    """A cursor of the driver in the transaction of this connection."""
    if not connection.in_transaction():
        connection.begin()
    driver = connection.connection.driver_connection
    assert driver is not None
    cursor = driver.cursor()
    try:
        yield cursor
    except (sqlite3.Error, psycopg.Error) as error:
        raise wrapped(connection, connection.dialect, error) from error
    finally:
        cursor.close()


def wrapped(
    connection: Connection | PoolProxiedConnection,
    dialect: Dialect,
    error: sqlite3.Error | psycopg.Error,
) -> DBAPIError:
    """The error as SQLAlchemy raises it; a connection that is lost is not used again."""
    pooled = connection.connection if isinstance(connection, Connection) else connection
    lost = dialect.is_disconnect(error, pooled.driver_connection, None)  # type: ignore[arg-type]  # its own
    if lost:
        connection.invalidate(error)
    found = DBAPIError.instance(
        "a statement of timebank.store",
        None,
        error,
        psycopg.Error if isinstance(error, psycopg.Error) else sqlite3.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=dialect,
    )
    assert isinstance(found, DBAPIError)
    return found
