"""The driver's own cursor, for the few statements that run thousands of times a second.

To build a statement from its parts, or to look its text up in a cache by them, takes SQLAlchemy
longer than the database needs to carry it out. So these statements are written with SQLAlchemy as
all others, but compiled once for each sort of database, and then handed to the driver as they are.
Its errors are raised as SQLAlchemy would raise them, so that nobody above sees a difference.
"""

import re
import sqlite3
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Final, Self

import psycopg
from sqlalchemy import Connection, Executable, FromClause, PoolProxiedConnection
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect
from sqlalchemy.dialects.sqlite import pysqlite as sqlite_dialect
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

Row = tuple[Any, ...]
"""Values of columns, in the order in which they were asked for."""

Item = Callable[[Any], str]
"""Writes a value as an item of an array for PostgreSQL."""


class _SqliteCompiler(SQLiteCompiler):
    """Writes hints such as INDEXED BY, which SQLAlchemy leaves out for SQLite."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:  # noqa: ARG002  SQLAlchemy's
        """Give the text that stands behind the name of the table."""
        return text


SQLITE: Final[Dialect] = sqlite_dialect.dialect()
SQLITE.statement_compiler = _SqliteCompiler
POSTGRESQL: Final[Dialect] = psycopg_dialect.dialect(  # type: ignore[no-untyped-call]  # SQLAlchemy's
    paramstyle="numeric_dollar"  # as the server itself counts values, so that no text is parsed
)

_LISTED: Final = re.compile(r"__\[POSTCOMPILE_(\w+)\]")


class Cursor:
    """The driver's cursor in the transactions of ``connection``, opened by :func:`cursor_of`.

    As a block it is closed with it; one that is kept is closed with its connection.
    """

    __slots__ = ("connection", "driver", "on_sqlite")

    def __init__(self, connection: Connection, driver: Any) -> None:  # noqa: ANN401  either driver's
        """Take what the driver opened."""
        self.connection = connection
        self.driver = driver
        self.on_sqlite = isinstance(driver, sqlite3.Cursor)

    def __enter__(self) -> Self:
        """Begin the block."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Close it; an error of the driver is raised as SQLAlchemy would raise it."""
        self.driver.close()
        if isinstance(error, (sqlite3.Error, psycopg.Error)):
            raise wrapped(self.connection, self.connection.dialect, error) from error


class Statement:
    """A statement whose values are all given by name when it runs.

    ``column.in_(bindparam(name, expanding=True))`` takes a list, which must not be empty.
    """

    def __init__(self, statement: Executable) -> None:
        """Take a statement that is not changed any more."""
        self._statement = statement
        self._gives_rows = not statement.is_dml
        self._compiled: dict[bool, _OnSqlite | _OnPostgresql] = {}

    def run(self, within: Connection | Cursor, **values: Any) -> list[Row]:  # noqa: ANN401  of any columns
        """Carry it out in the transaction of a connection; give the rows, if it has any."""
        if isinstance(within, Cursor):
            return self._run(within.driver, values)
        with cursor_of(within) as cursor:
            return self._run(cursor.driver, values)

    def look(
        self, pooled: PoolProxiedConnection, dialect: Dialect, values: dict[str, Any]
    ) -> list[Row]:
        """Read by it alone what is committed now, on a connection without a transaction."""
        try:
            driver = _open(pooled.driver_connection)
            rows = self._run(driver, values)
            driver.close()
        except (sqlite3.Error, psycopg.Error) as error:
            raise wrapped(pooled, dialect, error) from error
        return rows

    def _run(self, driver: Any, values: dict[str, Any]) -> list[Row]:  # noqa: ANN401  either driver's
        on_sqlite = isinstance(driver, sqlite3.Cursor)
        compiled = self._compiled.get(on_sqlite)
        if compiled is None:
            compiled = (_OnSqlite if on_sqlite else _OnPostgresql)(self._statement)
            self._compiled[on_sqlite] = compiled
        text, given = compiled.with_values(values)
        driver.execute(text, given)
        rows: list[Row] = driver.fetchall() if self._gives_rows else []
        return rows


class _OnSqlite:
    """For SQLite, which knows no lists: each item has a mark of its own."""

    def __init__(self, statement: Executable) -> None:
        compiled: Any = statement.compile(dialect=SQLITE)  # type: ignore[attr-defined]  # each can
        self._text = str(compiled)
        self._places = [(name, compiled.params[name]) for name in compiled.positiontup]
        self._has_lists = _LISTED.search(self._text) is not None
        self._texts: dict[tuple[int, ...], str] = {}
        """By the lengths of the lists in order."""

    def with_values(self, values: dict[str, Any]) -> tuple[str, list[Any]]:
        """The text for lists of these lengths, and the values and items for its marks."""
        if not self._has_lists:
            return self._text, [values.get(name, known) for name, known in self._places]
        given: list[Any] = []
        lengths: list[int] = []
        for name, known in self._places:
            value = values.get(name, known)
            if type(value) is list:
                lengths.append(_fill_up(given, value))
            else:
                given.append(value)
        return self._text_for(tuple(lengths)), given

    def _text_for(self, lengths: tuple[int, ...]) -> str:
        text = self._texts.get(lengths)
        if text is None:
            left = iter(lengths)
            text = _LISTED.sub(lambda _: ",".join("?" * next(left)), self._text)
            self._texts[lengths] = text
        return text


class _OnPostgresql:
    """For PostgreSQL: a list is one value, an array."""

    def __init__(self, statement: Executable) -> None:
        compiled: Any = statement.compile(dialect=POSTGRESQL)  # type: ignore[attr-defined]  # each can
        self._text = str(compiled)
        lists = _LISTED.findall(self._text)
        single = [name for name in compiled.positiontup if name not in lists]
        self._places = [(name, compiled.params[name]) for name in single]
        self._lists = [(name, item_of(compiled.binds[name].type)) for name in lists]
        for number, name in enumerate(lists, start=len(single) + 1):
            array = f"{type_name(compiled.binds[name].type)}[]"
            self._text = self._text.replace(
                f" IN (__[POSTCOMPILE_{name}])", f" = ANY (${number}::{array})"
            )

    def with_values(self, values: dict[str, Any]) -> tuple[str, list[Any]]:
        """The text, and the values for its numbers."""
        given = [values.get(name, known) for name, known in self._places]
        given += [to_array(item, values[name]) for name, item in self._lists]
        return self._text, given


def type_name(type_: TypeEngine[Any]) -> str:
    """What PostgreSQL calls a type, in lower case."""
    return type_.compile(POSTGRESQL).partition(" COLLATE")[0].lower()


def to_array(item: Item, values: Iterable[Any]) -> str:
    """Values of one type as an array that PostgreSQL reads out of a text."""
    return f"{{{','.join(map(item, values))}}}"


def item_of(type_: TypeEngine[Any], *, nullable: bool = False) -> Item:
    """How a value of this type stands in such an array."""
    item = _ITEMS[type_name(type_)]
    return (lambda value: "NULL" if value is None else item(value)) if nullable else item


def _quoted(value: str) -> str:
    if "\\" in value or '"' in value:
        value = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{value}"'


def _hexadecimal(value: bytes) -> str:
    return f'"\\\\x{value.hex()}"'


_ITEMS: Final[dict[str, Item]] = {
    "bigint": str,
    "smallint": str,
    "boolean": str,
    "text": _quoted,
    "bytea": _hexadecimal,
}


def _fill_up(given: list[Any], items: list[Any]) -> int:
    """Add a list, and its last item again, so that there are few texts of different length."""
    wanted = 1 << (len(items) - 1).bit_length()
    given += items
    given += items[-1:] * (wanted - len(items))
    return wanted


def cursor_of(connection: Connection) -> Cursor:
    """The driver's cursor in the transaction of this connection, to be used by ``with`` or kept."""
    if not connection.in_transaction():
        connection.begin()
    return Cursor(connection, _open(connection.connection.driver_connection))


def _open(connection: Any) -> Any:  # noqa: ANN401  either driver's
    """A cursor of the driver, which takes a text as the server does."""
    if isinstance(connection, psycopg.Connection):
        return psycopg.RawCursor(connection)
    return connection.cursor()


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
