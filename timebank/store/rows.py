"""Rows of one append, collected entry by entry and written together.

A batch of 1,000 entries has some 10,000 rows. So they are tuples in the order of the columns, and
the driver takes them as they are: by ``executemany`` on SQLite, by binary COPY on PostgreSQL. A few
rows go to PostgreSQL as arrays, all tables in one statement, so that a single post waits for the
server once and not once a table.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final, Literal, TypeAlias

import psycopg
from sqlalchemy import Connection, Table, and_, bindparam, update

from timebank.store.driver import (
    Cursor,
    Item,
    Row,
    Statement,
    cursor_of,
    item_of,
    to_array,
    type_name,
)
from timebank.store.tables import metadata

COPY_MIN: Final = 64
"""From how many rows on PostgreSQL gets them by COPY, which costs a round trip more."""

Way = Literal["insert", "replace", "grow"]
"""What becomes of a row whose primary key exists: an error, other values, or greater sums."""

_ORDER = {table: place for place, table in enumerate(metadata.sorted_tables)}
_SUMMED: Final = {"debits", "credits"}
_FIRST: Final = "first_seq"


_Write: TypeAlias = tuple[Table[Any], Way, Sequence[Row]]
"""Rows that are written to a table in one way."""


class Rows:
    """Rows to be inserted into, put in place in, summed up in, or changed in a book's tables."""

    def __init__(self, book_id: int) -> None:
        """Start with nothing to write."""
        self.book_id = book_id
        self._inserts: dict[Table[Any], list[Row]] = {}
        self._upserts: list[_Write] = []
        self._changes: list[tuple[Table[Any], dict[str, Any], dict[str, Any]]] = []

    def add(self, table: Table[Any], **values: Any) -> None:  # noqa: ANN401  the columns of any table
        """Insert a row, whose columns are all named but for the book's."""
        self.to(table).append(to_row(table, {"book_id": self.book_id, **values}))

    def to(self, table: Table[Any]) -> list[Row]:
        """Where to put rows to be inserted, which have the book's number first."""
        rows = self._inserts.get(table)
        if rows is None:
            rows = self._inserts[table] = []
        return rows

    def replace(self, table: Table[Any], rows: Sequence[Row]) -> None:
        """Insert rows, or put them in the place of those with the same primary keys."""
        self._upserts.append((table, "replace", rows))

    def grow(self, table: Table[Any], rows: Sequence[Row]) -> None:
        """The same, but ``debits`` and ``credits`` grow, and ``first_seq`` stays what it was."""
        self._upserts.append((table, "grow", rows))

    def change(self, table: Table[Any], where: dict[str, Any], **values: Any) -> None:  # noqa: ANN401  the columns of any table
        """Change columns of the rows that have these values, after all that is inserted."""
        self._changes.append((table, {"book_id": self.book_id, **where}, values))

    def flush(self, within: Connection | Cursor) -> None:
        """Write everything: tables before those that refer to them, changes last."""
        if isinstance(within, Cursor):
            self._flush(within)
        else:
            with cursor_of(within) as cursor:
                self._flush(cursor)

    def _flush(self, cursor: Cursor) -> None:
        tables = sorted(self._inserts, key=_ORDER.__getitem__)
        writes: list[_Write] = [(table, "insert", self._inserts[table]) for table in tables]
        writes += self._upserts
        _write(cursor, [one for one in writes if one[2]])
        for table, where, values in self._changes:
            statement = _update(table, tuple(where), tuple(values))
            statement.run(cursor, **{f"where_{name}": where[name] for name in where}, **values)


def to_row(table: Table[Any], values: dict[str, Any]) -> Row:
    """A row from the values of all its columns by name."""
    names = _names(table)
    assert len(names) == len(values), "every column has its value"
    return tuple(values[name] for name in names)


def _write(cursor: Cursor, writes: list[_Write]) -> None:
    driver = cursor.driver
    if cursor.on_sqlite:
        for table, way, rows in writes:
            driver.executemany(_insert_marks(table, way), rows)
    elif all(len(rows) < COPY_MIN for _, _, rows in writes):
        _write_arrays(driver, writes)
    else:
        for table, way, rows in writes:
            if way == "insert" and len(rows) >= COPY_MIN:
                _copy(driver, table, rows)
            else:
                _write_arrays(driver, [(table, way, rows)])


def _write_arrays(driver: psycopg.Cursor[Any], writes: list[_Write]) -> None:
    """Write to all these tables in one statement, if there are any."""
    if writes:
        columns = [
            to_array(item, values)
            for table, _, rows in writes
            for item, values in zip(_items(table), zip(*rows, strict=True), strict=True)
        ]
        driver.execute(_insert_arrays(tuple((table, way) for table, way, _ in writes)), columns)


@cache
def _names(table: Table[Any]) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)


@cache
def _types(table: Table[Any]) -> tuple[str, ...]:
    """The types of the columns, as PostgreSQL calls them."""
    return tuple(type_name(column.type) for column in table.columns)


@cache
def _items(table: Table[Any]) -> tuple[Item, ...]:
    """How the values of the columns stand in arrays."""
    return tuple(item_of(column.type, nullable=bool(column.nullable)) for column in table.columns)


@cache
def _insert_marks(table: Table[Any], way: Way) -> str:
    """An INSERT of a row for SQLite.

    OR REPLACE puts a row in place in one step. It would also delete rows that are the same under
    another unique index, of which tables that are written in this way have none.
    """
    names = _names(table)
    marks = ", ".join("?" * len(names))
    row = f"INTO {table.name} ({', '.join(names)}) VALUES ({marks})"
    if way == "replace":
        return f"INSERT OR REPLACE {row}"
    return f"INSERT {row}{_on_conflict(table, way)}"


@cache
def _insert_arrays(writes: tuple[tuple[Table[Any], Way], ...]) -> bytes:
    """An INSERT for each of these tables, of rows that come as one array for each column.

    All of them are one statement, the last the main one. What refers to rows of another is
    checked when the whole statement ends.
    """
    inserts = []
    count = 0
    for table, way in writes:
        arrays = [f"${count + place}::{name}[]" for place, name in enumerate(_types(table), 1)]
        count += len(arrays)
        inserts.append(
            f"INSERT INTO {table.name} ({', '.join(_names(table))})"  # noqa: S608  our names
            f" SELECT * FROM unnest({', '.join(arrays)}){_on_conflict(table, way)}"
        )
    *others, main = inserts
    named = ", ".join(f"part_{place} AS ({one})" for place, one in enumerate(others))
    return f"WITH {named} {main}".encode() if named else main.encode()


@cache
def _update(table: Table[Any], where: tuple[str, ...], values: tuple[str, ...]) -> Statement:
    matching = (table.c[name] == bindparam(f"where_{name}") for name in where)
    changed: dict[str, Any] = {name: bindparam(name) for name in values}
    return Statement(update(table).where(and_(*matching)).values(changed))


@cache
def _on_conflict(table: Table[Any], way: Way) -> str:
    if way == "insert":
        return ""
    grows = way == "grow"
    keys = [column.name for column in table.primary_key]
    changed = [
        name for name in _names(table) if name not in keys and not (grows and name == _FIRST)
    ]
    changes = ", ".join(_change(table.name, name, grows=grows) for name in changed)
    return f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}"


def _change(table: str, name: str, *, grows: bool) -> str:
    if grows and name in _SUMMED:
        return f"{name} = {table}.{name} + excluded.{name}"
    return f"{name} = excluded.{name}"


def _copy(driver: psycopg.Cursor[Any], table: Table[Any], rows: Sequence[Row]) -> None:
    command = f"COPY {table.name} ({', '.join(_names(table))}) FROM STDIN (FORMAT BINARY)"
    with driver.copy(command.encode()) as copy:
        copy.set_types(_types(table))
        for row in rows:
            copy.write_row(row)
