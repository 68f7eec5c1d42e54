"""Rows of one append, collected entry by entry and written together, one statement a table.

A batch of 1,000 entries has some 10,000 rows. So they are tuples in the order of the columns, and
the driver takes them as they are: by ``executemany`` on SQLite, by binary COPY on PostgreSQL, where
a few rows are one INSERT instead.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Table, and_, bindparam, update
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect

from timebank.store.driver import Row, Statement, cursor_of
from timebank.store.tables import metadata

COPY_MIN: Final = 16
"""From how many rows on PostgreSQL gets them by COPY, which costs a round trip more."""

_ORDER = {table: place for place, table in enumerate(metadata.sorted_tables)}
_SUMMED: Final = {"debits", "credits"}
_FIRST: Final = "first_seq"


class Rows:
    """Rows to be inserted into, summed up in, or changed in the tables of one book."""

    def __init__(self, book_id: int) -> None:
        """Start with nothing to write."""
        self.book_id = book_id
        self._inserts: dict[Table[Any], list[Row]] = {}
        self._changes: list[tuple[Table[Any], dict[str, Any], dict[str, Any]]] = []

    def add(self, table: Table[Any], **values: Any) -> None:  # noqa: ANN401  the columns of any table
        """Insert a row, whose columns are all named but for the book's."""
        row = to_row(table, {"book_id": self.book_id, **values})
        self._inserts.setdefault(table, []).append(row)

    def put(self, table: Table[Any], row: Row) -> None:
        """Insert a row, which has the book's number first."""
        self._inserts.setdefault(table, []).append(row)

    def change(self, table: Table[Any], where: dict[str, Any], **values: Any) -> None:  # noqa: ANN401  the columns of any table
        """Change columns of the rows that have these values, after all inserts."""
        self._changes.append((table, {"book_id": self.book_id, **where}, values))

    def flush(self, connection: Connection) -> None:
        """Write everything: tables before those that refer to them, changes last."""
        for table in sorted(self._inserts, key=_ORDER.__getitem__):
            insert_rows(connection, table, self._inserts[table])
        for table, where, values in self._changes:
            statement = _update(table, tuple(where), tuple(values))
            statement.run(connection, **{f"where_{name}": where[name] for name in where}, **values)


def to_row(table: Table[Any], values: dict[str, Any]) -> Row:
    """A row from the values of all its columns by name."""
    names = _names(table)
    assert len(names) == len(values), "every column has its value"
    return tuple(values[name] for name in names)


def insert_rows(connection: Connection, table: Table[Any], rows: Sequence[Row]) -> None:
    """Insert rows."""
    if not rows:
        return
    with cursor_of(connection) as cursor:
        if connection.dialect.name == "sqlite":
            cursor.executemany(_insert(table), rows)
        elif len(rows) < COPY_MIN:
            cursor.execute(_insert(table, len(rows)), [value for row in rows for value in row])
        else:
            _copy(cursor, table, rows)


def upsert_rows(
    connection: Connection, table: Table[Any], rows: Sequence[Row], *, add: bool
) -> None:
    """Insert rows, or update those whose primary key exists with the other columns.

    With ``add``, the columns ``debits`` and ``credits`` grow by the new values, and
    ``first_seq`` stays what it was.
    """
    if not rows:
        return
    with cursor_of(connection) as cursor:
        if connection.dialect.name == "sqlite":
            cursor.executemany(_insert(table) + _on_conflict(table, add=add), rows)
        else:
            columns = [_to_array(column) for column in zip(*rows, strict=True)]
            cursor.execute(_insert_arrays(table) + _on_conflict(table, add=add), columns)


def upsert(
    connection: Connection, table: Table[Any], rows: Sequence[dict[str, Any]], *, add: bool
) -> None:
    """Do the same with rows that are given by the names of their columns."""
    upsert_rows(connection, table, [to_row(table, row) for row in rows], add=add)


@cache
def _names(table: Table[Any]) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)


@cache
def _insert(table: Table[Any], count: int = 0) -> str:
    """An INSERT of ``count`` rows for PostgreSQL, or for SQLite one for any number of them."""
    names = _names(table)
    marks = ", ".join(["%s" if count else "?"] * len(names))
    rows = ", ".join([f"({marks})"] * (count or 1))
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES {rows}"  # noqa: S608  our names


@cache
def _insert_arrays(table: Table[Any]) -> str:
    """An INSERT of rows that come as one array for each column."""
    arrays = ", ".join(f"%s::{name}[]" for name in _types(table))
    names = ", ".join(_names(table))
    return f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({arrays})"  # noqa: S608  our names


@cache
def _update(table: Table[Any], where: tuple[str, ...], values: tuple[str, ...]) -> Statement:
    matching = (table.c[name] == bindparam(f"where_{name}") for name in where)
    changed: dict[str, Any] = {name: bindparam(name) for name in values}
    return Statement(update(table).where(and_(*matching)).values(changed))


@cache
def _types(table: Table[Any]) -> tuple[str, ...]:
    """The types of the columns on PostgreSQL, as it calls them in lower case."""
    dialect = psycopg_dialect.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's
    types = (column.type.compile(dialect).partition(" COLLATE")[0] for column in table.columns)
    return tuple(map(str.lower, types))


@cache
def _on_conflict(table: Table[Any], *, add: bool) -> str:
    keys = [column.name for column in table.primary_key]
    changed = [name for name in _names(table) if name not in keys and not (add and name == _FIRST)]
    changes = ", ".join(
        _change(table.name, name, grows=add and name in _SUMMED) for name in changed
    )
    return f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}"


def _change(table: str, name: str, *, grows: bool) -> str:
    return f"{name} = {table}.{name} + excluded.{name}" if grows else f"{name} = excluded.{name}"


def _to_array(values: Sequence[Any]) -> Any:  # noqa: ANN401  what the driver takes
    """An array as PostgreSQL reads it; for numbers and texts many times as fast as the driver."""
    if all(type(value) is int for value in values):
        return f"{{{','.join(map(str, values))}}}"
    if all(type(value) is str for value in values):
        texts = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
        return '{"' + '","'.join(texts) + '"}'
    return list(values)


def _copy(cursor: psycopg.Cursor[Any], table: Table[Any], rows: Sequence[Row]) -> None:
    command = f"COPY {table.name} ({', '.join(_names(table))}) FROM STDIN (FORMAT BINARY)"
    with cursor.copy(command.encode()) as copy:
        copy.set_types(_types(table))
        for row in rows:
            copy.write_row(row)
