"""Plans: however many are asked for, SQLite looks each up by an index, and reads no whole book."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from typing import Final

import pytest
from sqlalchemy import Connection, Engine

from tests.databases import Databases
from tests.plans import Parameters, plan_of, queries_of
from timebank import store
from timebank.ledger.model import Key
from timebank.store import (
    books,
    by_day,
    definitions,
    dumping,
    entries,
    holds,
    legs_by_day,
    parties,
    statements,
)
from timebank.store.driver import _LISTED, Statement, _OnSqlite
from timebank.store.engines import make_engine
from timebank.store.entries import Wanted
from timebank.store.seqs import Days
from timebank.store.tables import turnovers

LIST: Final = re.compile(r"(\w+) (?:IN \(\?|= asked\.value)")
"""The column that is asked for by a list, or by each value of one in JSON."""

OF_JSON: Final = "SCAN asked VIRTUAL TABLE"
"""The step that goes through such a list itself."""

COUNTS: Final = (1, 2, 3, 8, 64, 1_000)
MODULES: Final = tuple(
    importlib.import_module(found.name)
    for found in pkgutil.walk_packages(store.__path__, f"{store.__name__}.")
)
STATEMENTS: Final = {
    f"{module.__name__}.{name}": _OnSqlite(statement._statement)  # noqa: SLF001  nobody else needs its text
    for module in MODULES
    for name, statement in vars(module).items()
    if isinstance(statement, Statement)
}

MARCH: Final = Days(first="2026-03-01", last="2026-03-31")

Ask = Callable[[Connection, int], object]
QUESTIONS: Final[dict[str, Ask]] = {
    "books.read_sizes": lambda at, count: books.read_sizes(at, range(count)),
    "by_day.read_owners": lambda at, count: by_day.read_owners(at, 1, range(count)),
    "definitions.list_lots": lambda at, count: definitions.list_lots(
        at, 1, [f"A{code}" for code in range(count)], after=("", ""), limit=100
    ),
    "dumping.load_keys": lambda at, count: dumping.load_keys(
        at, 1, dict.fromkeys(range(count), b"")
    ),
    "entries.read_entries": lambda at, count: entries.read_entries(at, 1, range(count)),
    "entries.read_entries of a kind": lambda at, count: entries.read_entries(
        at, 1, range(count), Wanted(kind="issue")
    ),
    "entries.read_entries of a period": lambda at, count: entries.read_entries(
        at, 1, range(count), Wanted(days=MARCH)
    ),
    "entries.read_entries of both": lambda at, count: entries.read_entries(
        at, 1, range(count), Wanted(kind="issue", days=MARCH)
    ),
    "entries.read_reversals": lambda at, count: entries.read_reversals(at, 1, range(count)),
    "holds.read_remaining": lambda at, count: holds.read_remaining(at, 1, range(count)),
    "legs_by_day._days_of": lambda at, count: list(
        legs_by_day.read_standing_legs(
            at,
            1,
            [Key("members", owner, "POINT", "") for owner in range(count)],
            turnovers.c.day > MARCH.first,
        )
    ),
    "parties.read_parties": lambda at, count: parties.read_parties(at, 1, range(count)),
    "parties.read_wrapped_keys": lambda at, count: parties.read_wrapped_keys(at, 1, range(count)),
    "statements._read_heads": lambda at, count: statements._read_heads(at, 1, range(count)),  # noqa: SLF001  asked only where there are lines
    "statements._read_sides": lambda at, count: statements._read_sides(at, 1, range(count)),  # noqa: SLF001  likewise
}
"""Functions that ask for so many of something, in a book without anything in it."""

WITHOUT_LISTS: Final = {"balances.in_scope", "members.erase"}
"""What asks for those that another query gives."""


@pytest.fixture(scope="module")
def engine(sqlite_databases: Databases) -> Iterator[Engine]:
    """A database without anything in its tables, as each is for a while."""
    with sqlite_databases.fresh() as url:
        opened = make_engine(url)
        yield opened
        opened.dispose()


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("name", STATEMENTS)
def test_what_is_asked_for_by_a_list_is_looked_up(engine: Engine, name: str, count: int) -> None:
    statement = STATEMENTS[name]
    lists = _LISTED.findall(statement._text)  # noqa: SLF001  as above
    text, given = statement.with_values({name: ["x"] * count for name in lists})
    check_plan(engine, text, tuple(given))


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("question", QUESTIONS)
def test_so_is_what_a_function_asks_for(engine: Engine, question: str, count: int) -> None:
    with queries_of(engine) as asked, engine.connect() as connection:
        QUESTIONS[question](connection, count)
    listed = [(query, given) for query, given in asked if LIST.search(query)]
    assert listed
    for query, given in listed:
        check_plan(engine, query, given)


def test_no_function_that_asks_for_a_list_is_left_out() -> None:
    asking = {
        f"{module.__name__.rpartition('.')[2]}.{name}"
        for module in MODULES
        for name, defined in inspect.getmembers(module, inspect.isroutine)
        if defined.__module__ == module.__name__ and ".in_(" in inspect.getsource(defined)
    }
    assert asking == {question.partition(" ")[0] for question in QUESTIONS} | WITHOUT_LISTS


def check_plan(engine: Engine, query: str, given: Parameters) -> None:
    """Each column that is asked for by a list is looked up by it, or bounded where it is paged."""
    plan = plan_of(engine, query, given)
    assert not any(step.startswith("SCAN") and OF_JSON not in step for step in plan), plan
    for column in LIST.findall(query):
        assert any(re.search(rf"\b({column}[=<]|rowid=)\?", step) for step in plan), plan
