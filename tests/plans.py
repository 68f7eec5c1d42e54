"""The queries that a block asks, and the plans by which SQLite would answer them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

Parameters = tuple[Any, ...]


@contextmanager
def queries_of(engine: Engine) -> Iterator[list[tuple[str, Parameters]]]:
    """Collect the queries in the block, with their parameters."""
    asked: list[tuple[str, Parameters]] = []

    def note(
        _connection: object, _cursor: object, query: str, parameters: Parameters, *_: object
    ) -> None:
        if query.startswith(("SELECT", "WITH")):
            asked.append((query, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def plan_of(engine: Engine, query: str, parameters: Parameters) -> list[str]:
    """The steps by which SQLite would answer a query."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", parameters)
        return [row.detail for row in rows]
