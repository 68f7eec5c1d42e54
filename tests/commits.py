"""Counting commits, whoever makes them: each waits for the disk."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event


@contextmanager
def counted_commits(engine: Engine) -> Iterator[list[object]]:
    """Note the commits of the block, in which all connections are new ones."""
    commits: list[object] = []

    def note(statement: str) -> None:
        if statement == "COMMIT":
            commits.append(statement)

    def watch(connection: Any, _record: object) -> None:  # noqa: ANN401  either driver's
        if isinstance(connection, sqlite3.Connection):
            connection.set_trace_callback(note)
            return
        commit = connection.commit

        def noted() -> None:
            note("COMMIT")
            commit()

        connection.commit = noted

    engine.dispose()
    event.listen(engine, "connect", watch)
    try:
        yield commits
    finally:
        event.remove(engine, "connect", watch)
        engine.dispose()
