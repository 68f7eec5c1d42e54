"""Changing rows behind the back of the service, as somebody with the database file could."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Table, and_, delete, insert, select, text, update

Row = dict[str, Any]


@contextmanager
def unguarded(engine: Engine) -> Iterator[Connection]:
    """Open a transaction in which no constraint but keys and types is held.

    On PostgreSQL the checks of the tables are dropped for good.
    """
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.execute("PRAGMA ignore_check_constraints = ON")
            raw.execute("PRAGMA foreign_keys = OFF")
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL session_replication_role = replica"))
                _drop_checks(connection)
            yield connection
        connection.invalidate()


def _drop_checks(connection: Connection) -> None:
    found = connection.execute(
        text(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint"
            " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
        )
    )
    for table, name in found.all():
        connection.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'))


def rows_of(engine: Engine, table: Table[Any]) -> list[Row]:
    """All rows in the order of the primary key."""
    query = select(table).order_by(*table.primary_key)
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def change(engine: Engine, table: Table[Any], row: Row, values: Mapping[str, Any]) -> None:
    """Change columns of a row."""
    with unguarded(engine) as connection:
        connection.execute(update(table).where(_is(table, row)).values(**values))


def remove(engine: Engine, table: Table[Any], *rows: Row) -> None:
    """Remove rows."""
    with unguarded(engine) as connection:
        for row in rows:
            connection.execute(delete(table).where(_is(table, row)))


def put(engine: Engine, table: Table[Any], *rows: Row) -> None:
    """Insert rows."""
    with unguarded(engine) as connection:
        connection.execute(insert(table), list(rows))


@contextmanager
def changed_all(
    engine: Engine, table: Table[Any], rows: Sequence[Row], values: Mapping[str, Any]
) -> Iterator[None]:
    """Change columns of many rows alike, and put the rows back with the end of the block."""
    with unguarded(engine) as connection:
        for row in rows:
            connection.execute(update(table).where(_is(table, row)).values(**values))
    try:
        yield
    finally:
        remove(engine, table, *rows)
        put(engine, table, *rows)


@contextmanager
def changed(
    engine: Engine, table: Table[Any], row: Row, values: Mapping[str, Any]
) -> Iterator[None]:
    """Change columns of a row, and put them back with the end of the block."""
    change(engine, table, row, values)
    try:
        yield
    finally:
        change(engine, table, {**row, **values}, {name: row[name] for name in values})


def altered(value: object) -> Any:  # noqa: ANN401 - a value for any column
    """Another value of the same type, as close as can be."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case bytes():
            return value[:-1] + bytes([value[-1] ^ 1]) if value else b"\0"
        case str():
            return value[:-1] + chr(ord(value[-1]) ^ 1) if value else "x"
        case _:
            return 1


def _is(table: Table[Any], row: Row) -> Any:  # noqa: ANN401 - an SQL expression
    return and_(*(column == row[column.name] for column in table.primary_key))
