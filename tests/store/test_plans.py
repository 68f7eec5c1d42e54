"""Plans: however many are asked for, SQLite looks each up by an index, and reads no whole book."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.databases import Databases
from timebank.store import idempotency, loading, locking
from timebank.store.driver import _LISTED, Statement, _OnSqlite

LIST = re.compile(r"(\w+) (?:IN \(\?|= asked\.value)")
"""The column that is asked for by a list, or by each value of one in JSON."""

OF_JSON = "SCAN asked VIRTUAL TABLE"
"""The step that goes through such a list itself."""

COUNTS = (1, 2, 3, 8, 64, 1_000)
STATEMENTS = {
    name: _OnSqlite(statement._statement)  # noqa: SLF001  nobody else needs its text
    for module in (loading, idempotency, locking)
    for name, statement in vars(module).items()
    if isinstance(statement, Statement)
}


@pytest.fixture(scope="module")
def connection(sqlite_databases: Databases) -> Iterator[sqlite3.Connection]:
    """A database without anything in its tables, as each is for a while."""
    with (
        sqlite_databases.fresh() as url,
        closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as opened,
    ):
        yield opened


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("name", STATEMENTS)
def test_what_is_asked_for_by_a_list_is_looked_up(
    connection: sqlite3.Connection, name: str, count: int
) -> None:
    statement = STATEMENTS[name]
    lists = _LISTED.findall(statement._text)  # noqa: SLF001  as above
    text, given = statement.with_values({name: ["x"] * count for name in lists})
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", given)]
    assert not any("SCAN" in step and OF_JSON not in step for step in plan), plan
    for column in LIST.findall(text):
        assert any(f"{column}=?" in step for step in plan), plan
