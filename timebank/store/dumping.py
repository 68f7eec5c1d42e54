"""All rows of a database, out of it and into an empty one of either kind.

Values are those that both kinds have in common: whole numbers, text, bytes, true and false,
nothing. So what was read from SQLite can be loaded into PostgreSQL, and the other way round.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, cast

import psycopg
from sqlalchemy import Connection, Table, func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from timebank.store.tables import books, holder_keys, holders, metadata
from timebank.store.vault import FORGOTTEN

CHUNK: Final = 1_000
"""How many rows are read and written at a time."""

Row = Sequence[Any]

KEY_TABLES: Final[tuple[Table[Any], ...]] = (holder_keys,)
BOOK_TABLES: Final[tuple[Table[Any], ...]] = tuple(
    table for table in metadata.sorted_tables if table not in KEY_TABLES
)
"""All other tables, each after those it refers to."""


def columns_of(table: Table[Any]) -> tuple[str, ...]:
    """The names of the columns, in the order of the values of a row."""
    return tuple(str(column.name) for column in table.columns)


def read_rows(connection: Connection, table: Table[Any]) -> Iterator[list[tuple[Any, ...]]]:
    """Read a whole table in the order of its primary key, some rows at a time."""
    query = select(*table.columns).order_by(*table.primary_key.columns)
    result = connection.execute(query, execution_options={"yield_per": CHUNK})
    for chunk in result.partitions():
        yield [tuple(row) for row in chunk]


def count_books(connection: Connection) -> int:
    """How many books there are."""
    return connection.scalar(select(func.count()).select_from(books)) or 0


class Loader:
    """Writes rows into the tables of one transaction, whatever their revision."""

    def __init__(self, connection: Connection) -> None:
        """See which tables and columns there are."""
        self._connection = connection
        inspector = inspect(connection)
        self._columns = {
            name: {column["name"] for column in inspector.get_columns(name)}
            for name in inspector.get_table_names()
        }

    def fits(self, table: str, columns: Sequence[str]) -> bool:
        """Whether there is such a table with just these columns."""
        return self._columns.get(table) == set(columns)

    def load(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Write rows, of a table that :meth:`fits`."""
        assert self.fits(table, columns), "it was looked at before"
        names = ", ".join(columns)
        if self._connection.dialect.name == "postgresql":
            self._copy(f"COPY {table} ({names}) FROM STDIN", rows)
        else:
            marks = ", ".join("?" * len(columns))
            statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608  names of our own tables
            self._connection.exec_driver_sql(statement, [tuple(row) for row in rows])

    def _copy(self, statement: str, rows: Sequence[Row]) -> None:
        cursor = cast("psycopg.Cursor[Any]", self._connection.connection.cursor())
        try:
            with cursor, cursor.copy(statement.encode()) as copy:
                for row in rows:
                    copy.write_row(row)
        except psycopg.Error as error:
            raise DBAPIError(statement, None, error) from error


def refresh_statistics(connection: Connection) -> None:
    """Have PostgreSQL see how much there is now, or it would read whole tables for a row."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ANALYZE"))


def load_keys(connection: Connection, book_id: int, wrapped: dict[int, bytes]) -> None:
    """Store the wrapped keys of those of these holders whom the book has.

    Whoever was forgotten gets none, even where the keys come from before that.
    """
    found = connection.execute(
        select(holders.c.holder, holders.c.forgotten).where(
            holders.c.book_id == book_id, holders.c.holder.in_(list(wrapped))
        )
    )
    rows = [
        {
            "book_id": book_id,
            "holder": row.holder,
            "wrapped": FORGOTTEN if row.forgotten else wrapped[row.holder],
        }
        for row in found
    ]
    if rows:
        connection.execute(holder_keys.insert(), rows)


def count_without_keys(connection: Connection) -> int:
    """How many holders have no row of keys, not even an erased one."""
    joined = holders.join(
        holder_keys,
        (holders.c.book_id == holder_keys.c.book_id) & (holders.c.holder == holder_keys.c.holder),
        isouter=True,
    )
    query = select(func.count()).select_from(joined).where(holder_keys.c.holder.is_(None))
    return connection.scalar(query) or 0


def find_keyless(connection: Connection) -> list[tuple[int, int]]:
    """Book and number of all whose keys were erased after the rest of the backup was made."""
    query = (
        select(holders.c.book_id, holders.c.holder)
        .join(
            holder_keys,
            (holders.c.book_id == holder_keys.c.book_id)
            & (holders.c.holder == holder_keys.c.holder),
        )
        .where(~holders.c.forgotten, holder_keys.c.wrapped == FORGOTTEN)
    )
    return [(row.book_id, row.holder) for row in connection.execute(query)]
