"""Rows of one append, collected entry by entry and written together, one statement a table."""

from typing import Any

from sqlalchemy import Connection, Table, and_, insert, update
from sqlalchemy.dialects import postgresql, sqlite

from timebank.store.tables import metadata

_ORDER = {table: place for place, table in enumerate(metadata.sorted_tables)}


class Rows:
    """Rows to be inserted into, summed up in, or changed in the tables of one book."""

    def __init__(self, book_id: int) -> None:
        """Start with nothing to write."""
        self.book_id = book_id
        self._inserts: dict[Table[Any], list[dict[str, Any]]] = {}
        self._changes: list[tuple[Table[Any], dict[str, Any], dict[str, Any]]] = []

    def add(self, table: Table[Any], **values: Any) -> None:  # noqa: ANN401  the columns of any table
        """Insert a row."""
        self._inserts.setdefault(table, []).append({"book_id": self.book_id, **values})

    def change(self, table: Table[Any], where: dict[str, Any], **values: Any) -> None:  # noqa: ANN401  the columns of any table
        """Change columns of the rows that have these values, after all inserts."""
        self._changes.append((table, {"book_id": self.book_id, **where}, values))

    def flush(self, connection: Connection) -> None:
        """Write everything: tables before those that refer to them, changes last."""
        for table in sorted(self._inserts, key=_ORDER.__getitem__):
            connection.execute(insert(table), self._inserts[table])
        for table, where, values in self._changes:
            matching = (table.c[name] == value for name, value in where.items())
            connection.execute(update(table).where(and_(*matching)).values(values))


def upsert(
    connection: Connection, table: Table[Any], rows: list[dict[str, Any]], *, add: bool
) -> None:
    """Insert rows, or update those whose primary key exists with the other columns.

    With ``add``, the columns ``debits`` and ``credits`` grow by the new values, and
    ``first_seq`` stays what it was.
    """
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    keys = [column.name for column in table.primary_key]
    values = {}
    for column in table.columns:
        new = statement.excluded[column.name]
        if column.name in keys or (add and column.name == "first_seq"):
            continue
        grows = add and column.name in ("debits", "credits")
        values[column.name] = column + new if grows else new
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values), rows)
