"""Raw loops: the fewest statements that leave the rows of the journal behind, and nothing else.

The rows are those that a real run has left in a book. What one batch wrote is cut out of them once,
before anything is timed: entries, leg sides, openings and idempotency keys by seq, balances and
turnovers as they stood after the batch, computed from its leg sides. The loop writes them into
another database with the same tables, indexes and constraints, batch by batch, each in a
transaction that waits for the disk.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import select

from timebank.store.engines import SQLITE_PRAGMAS, make_engine, parse_url, sqlite_path
from timebank.store.tables import (
    balances,
    entries,
    heads,
    idempotency,
    leg_sides,
    metadata,
    openings,
    subtree_roots,
    turnovers,
)

Rows = list[tuple[Any, ...]]

_INSERTED: Final = (entries, leg_sides, openings, idempotency)
_UPSERTED: Final = (balances, turnovers)
_BOOK: Final = "INSERT INTO books VALUES (1, 'bench', 'localhost/log/bench', '', 'UTC')"
_PLACE: Final = ("account", "holder", "commodity", "lot")


@dataclass(frozen=True, slots=True)
class Batch:
    """All rows of a batch, by table; the columns stand in the order of the table."""

    size: int
    inserted: dict[str, Rows]
    upserted: dict[str, Rows]
    head: tuple[Any, ...]


def cut_batches(url: str, first: int, size: int, count: int) -> list[Batch]:
    """Cut ``count`` batches of ``size`` entries out of the only book of a database."""
    engine = make_engine(url)
    with engine.connect() as connection:
        tables = {
            table.name: [tuple(row) for row in connection.execute(_in_order(table, first))]
            for table in (*_INSERTED, subtree_roots)
        }
        head = tuple(connection.execute(select(heads)).one())
    engine.dispose()
    return [
        _cut(tables, head, start, start + size)
        for start in range(first, first + size * count, size)
    ]


def _in_order(table: Any, first: int) -> Any:  # noqa: ANN401  tables and queries of any columns
    query = select(table)
    return query.where(table.c.seq >= first).order_by(table.c.seq) if "seq" in table.c else query


def _cut(tables: dict[str, Rows], head: tuple[Any, ...], start: int, end: int) -> Batch:
    inserted = {
        table.name: _between(tables[table.name], _index(table, "seq"), start, end)
        for table in _INSERTED
    }
    number, level = _index(subtree_roots, "number"), _index(subtree_roots, "level")
    inserted[subtree_roots.name] = [
        row
        for row in tables[subtree_roots.name]
        if start < (row[number] + 1) * 256 ** row[level] <= end
    ]
    upserted = {
        balances.name: list(_balances(inserted[leg_sides.name])),
        turnovers.name: list(_turnovers(inserted[leg_sides.name], inserted[entries.name])),
    }
    last = inserted[entries.name][-1]
    moved = dict(zip(names_of(heads), head, strict=True)) | {
        "size": end,
        "last_leaf": last[_index(entries, "leaf")],
        "posted": last[_index(entries, "posted")],
    }
    return Batch(end - start, inserted, upserted, tuple(moved[name] for name in names_of(heads)))


def names_of(table: Any) -> list[str]:  # noqa: ANN401  tables of any columns
    """The columns of a table, in their order."""
    return [column.name for column in table.columns]


def _between(rows: Rows, seq: int, start: int, end: int) -> Rows:
    return [row for row in rows if row[seq] is not None and start <= row[seq] < end]


def _index(table: Any, name: str) -> int:  # noqa: ANN401  tables of any columns
    return names_of(table).index(name)


def _balances(sides: Rows) -> Iterator[tuple[Any, ...]]:
    """The balances after a batch: the running sums of the last side of each."""
    last: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for row in sides:
        side = dict(zip(names_of(leg_sides), row, strict=True))
        place = (side["account"], side["holder"], side["commodity"], side["lot"])
        last[place] = (side["debits"], side["credits"])
        last[place[0], 0, *place[2:]] = (side["total_debits"], side["total_credits"])
    book = sides[0][_index(leg_sides, "book_id")]
    for place, sums in last.items():
        yield _arranged(balances, dict(zip(_PLACE, place, strict=True)), book, sums)


def _turnovers(sides: Rows, posted: Rows) -> Iterator[tuple[Any, ...]]:
    """What a batch adds to the turnovers."""
    seq, day = _index(entries, "seq"), _index(entries, "day")
    days = {row[seq]: row[day] for row in posted}
    found: dict[tuple[Any, ...], list[int]] = {}
    for row in sides:
        side = dict(zip(names_of(leg_sides), row, strict=True))
        for holder in {0, side["holder"]}:
            key = (side["account"], holder, side["commodity"], side["lot"], days[side["seq"]])
            sums = found.setdefault(key, [0, 0, side["seq"], side["seq"]])
            sums[0 if side["side"] else 1] += side["amount"]
            sums[3] = side["seq"]
    book = sides[0][_index(leg_sides, "book_id")]
    for (*place, on), (debits, credits_, first, last) in found.items():
        values = dict(zip(_PLACE, place, strict=True))
        values |= {"day": on, "first_seq": first, "last_seq": last}
        yield _arranged(turnovers, values, book, (debits, credits_))


def _arranged(
    table: Any,  # noqa: ANN401  tables of any columns
    values: dict[str, Any],
    book: int,
    sums: tuple[int, int],
) -> tuple[Any, ...]:
    debits, credits_ = sums
    found = {**values, "book_id": book, "debits": debits, "credits": credits_}
    return tuple(found[name] for name in names_of(table))


@contextmanager
def raw_sqlite(url: str) -> Iterator["RawSqlite"]:
    """A raw loop over an empty migrated SQLite database, set up as the service sets it up."""
    path = sqlite_path(parse_url(url))
    assert path is not None
    with closing(connect(path)) as connection:
        connection.execute(_BOOK)
        yield RawSqlite(connection)


def connect(path: Path) -> sqlite3.Connection:
    """Open a SQLite database as the service sets it up."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


class RawSqlite:
    """Writes batches by ``executemany``."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._inserts = {
            name: _insert(name) for name in (*(t.name for t in _INSERTED), subtree_roots.name)
        }
        self._upserts = {
            balances.name: _insert(balances.name, or_="OR REPLACE"),
            turnovers.name: _insert(turnovers.name) + _on_conflict(turnovers),
        }
        self._head = _insert(heads.name, or_="OR REPLACE")

    def write(self, batches: Sequence[Batch]) -> int:
        """Write batches, each in a transaction; give the number of entries."""
        cursor = self._connection.cursor()
        for batch in batches:
            cursor.execute("BEGIN IMMEDIATE")
            for name, rows in batch.inserted.items():
                cursor.executemany(self._inserts[name], rows)
            for name, rows in batch.upserted.items():
                cursor.executemany(self._upserts[name], rows)
            cursor.execute(self._head, batch.head)
            cursor.execute("COMMIT")
        return sum(batch.size for batch in batches)


def _insert(name: str, *, or_: str = "") -> str:
    return f"INSERT {or_} INTO {name} VALUES ({_marks(metadata.tables[name])})"


def _marks(table: Any, mark: str = "?") -> str:  # noqa: ANN401  tables of any columns
    return ", ".join([mark] * len(table.c))


def _on_conflict(table: Any) -> str:  # noqa: ANN401  tables of any columns
    keys = ", ".join(column.name for column in table.primary_key)
    grows = table is turnovers
    changes = [
        f"{name} = {table.name}.{name} + excluded.{name}"
        if grows and name != "last_seq"
        else f"{name} = excluded.{name}"
        for name in ("debits", "credits", *(["last_seq"] if grows else []))
    ]
    return f" ON CONFLICT ({keys}) DO UPDATE SET {', '.join(changes)}"


@contextmanager
def raw_postgresql(url: str) -> Iterator["RawPostgresql"]:
    """A raw loop over an empty migrated PostgreSQL database."""
    address = parse_url(url)
    host = address.query["host"]
    assert isinstance(host, str)
    with psycopg.connect(
        host=host, dbname=address.database, user=address.username, autocommit=True
    ) as connection:
        connection.execute(_BOOK)
        yield RawPostgresql(connection)


class RawPostgresql:
    """Writes batches by binary COPY and one upsert a table; single entries by plain statements."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._upserts = {table.name: self._upsert(table) for table in _UPSERTED}
        self._types = {
            table.name: _types(connection, table.name) for table in metadata.tables.values()
        }

    def write(self, batches: Sequence[Batch]) -> int:
        """Write batches, each in a transaction; give the number of entries."""
        for batch in batches:
            with self._connection.transaction(), self._connection.cursor() as cursor:
                for name, rows in batch.inserted.items():
                    if rows:
                        self._copy(cursor, name, rows)
                for name, rows in batch.upserted.items():
                    columns = [list(column) for column in zip(*rows, strict=True)]
                    cursor.execute(self._upserts[name], columns, binary=True)
                self._move_head(cursor, batch)
        return sum(batch.size for batch in batches)

    def write_one_by_one(self, batches: Sequence[Batch]) -> int:
        """Write batches of one entry, each in a transaction, by one insert a table."""
        for batch in batches:
            with self._connection.transaction(), self._connection.cursor() as cursor:
                for name, rows in batch.inserted.items():
                    if rows:
                        marks = ", ".join([f"({_marks(metadata.tables[name], '%s')})"] * len(rows))
                        values = [value for row in rows for value in row]
                        cursor.execute(f"INSERT INTO {name} VALUES {marks}".encode(), values)
                for name, rows in batch.upserted.items():
                    columns = [list(column) for column in zip(*rows, strict=True)]
                    cursor.execute(self._upserts[name], columns, binary=True)
                self._move_head(cursor, batch)
        return sum(batch.size for batch in batches)

    def _copy(self, cursor: psycopg.Cursor[Any], name: str, rows: Rows) -> None:
        with cursor.copy(
            sql.SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(sql.Identifier(name))
        ) as copy:
            copy.set_types(self._types[name])
            for row in rows:
                copy.write_row(row)

    def _move_head(self, cursor: psycopg.Cursor[Any], batch: Batch) -> None:
        names = names_of(heads)
        changes = ", ".join(f"{name} = excluded.{name}" for name in names if name != "book_id")
        marks = _marks(heads, "%s")
        cursor.execute(
            f"INSERT INTO heads VALUES ({marks})"
            f" ON CONFLICT (book_id) DO UPDATE SET {changes}".encode(),
            batch.head,
        )

    def _upsert(self, table: Any) -> bytes:  # noqa: ANN401  tables of any columns
        types = _types(self._connection, table.name)
        arrays = ", ".join(f"%s::{kind}[]" for kind in types)
        return (
            f"INSERT INTO {table.name} SELECT * FROM unnest({arrays})" + _on_conflict(table)
        ).encode()


def _types(connection: psycopg.Connection[Any], name: str) -> list[str]:
    """The types of the columns of a table, in their order."""
    rows = connection.execute(
        "SELECT format_type(atttypid, NULL) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        [name],
    )
    return [kind for (kind,) in rows.fetchall()]
