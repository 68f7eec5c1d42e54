"""Lines: what is done on them is done as on any connection, also when the server hangs up."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, select, text, update
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, IntegrityError

from timebank.errors import BusyError
from timebank.store import books
from timebank.store.database import CommitUnknownError, is_clash, reading, retrying, writing
from timebank.store.driver import Cursor, Statement
from timebank.store.engines import engine_options, make_engine, parse_url, prepare
from timebank.store.lines import Lines
from timebank.store.tables import books as books_table
from timebank.store.tables import heads

T = TypeVar("T")

BOOK = 1
POOL = 16
THREADS = 16
INCREMENTS = 25
SECONDS = 20

SIZE = Statement(select(heads.c.size))
SLUGS = Statement(select(books_table.c.slug).order_by(books_table.c.slug))
PROCESS = Statement(text("SELECT pg_backend_pid()"))


class PlannedError(Exception):
    """Raised by a test to see what is left behind."""


@pytest.fixture
def lines(engine: Engine) -> Lines:
    """Lines to a database with a book."""
    with writing(engine) as connection:
        open_book(connection, "a")
    return Lines(engine, POOL)


@pytest.fixture
def distant(postgresql_url: str) -> Iterator[tuple[Engine, Engine]]:
    """Two engines of the same server, of which the second can end what the first has opened."""
    engine, other = make_engine(postgresql_url), make_engine(postgresql_url)
    yield engine, other
    engine.dispose()
    other.dispose()


def open_book(connection: Connection, slug: str) -> None:
    books.insert_book(
        connection, slug=slug, origin=f"example.org/log/{slug}", title="", time_zone="UTC"
    )


def on(work: Callable[[Connection], T]) -> Callable[[Cursor], T]:
    """The work as a line gives it its cursor."""
    return lambda cursor: work(cursor.connection)


def increment(connection: Connection) -> None:
    grown = books.lock_head(connection, BOOK).size + 1
    connection.execute(
        update(heads).where(heads.c.book_id == BOOK).values(size=grown, posted="2026-01-01")
    )


def increment_and_fail(connection: Connection) -> None:
    increment(connection)
    raise PlannedError


def process_of(connection: Connection) -> int:
    ((process,),) = PROCESS.run(connection)
    return int(process)


def end(engine: Engine, process: int) -> None:
    """End another connection to a PostgreSQL server."""
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:p, 5000)"), {"p": process})


def no_sleep(_seconds: float) -> None:
    """Wait no longer than needed."""


def test_a_look_sees_what_was_committed_just_before(engine: Engine, lines: Lines) -> None:
    for slug in "bcd":
        before = lines.look(SLUGS)
        with writing(engine) as connection:
            open_book(connection, slug)
            assert lines.look(SLUGS) == before
        assert lines.look(SLUGS) == [*before, (slug,)]


def test_what_is_written_on_a_line_is_committed(engine: Engine, lines: Lines) -> None:
    for _ in range(3):
        lines.write(on(increment))
    with reading(engine) as connection:
        assert books.read_head(connection, BOOK).size == 3


def test_concurrent_increments_on_lines_are_exact(lines: Lines) -> None:
    def work() -> None:
        for _ in range(INCREMENTS):
            lines.write(on(increment))

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(work) for _ in range(THREADS)]:
            done.result()
    assert lines.look(SIZE) == [(THREADS * INCREMENTS,)]


def test_an_exception_rolls_back_and_frees_the_lock(engine: Engine, lines: Lines) -> None:
    lines.write(on(increment))
    with pytest.raises(PlannedError):
        lines.write(on(increment_and_fail))
    with writing(engine) as connection:
        increment(connection)
    lines.write(on(increment))
    assert lines.look(SIZE) == [(3,)]


def test_a_commit_that_is_refused_leaves_nothing(sqlite_url: str) -> None:
    def leave_dangling_reference(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        connection.exec_driver_sql("INSERT INTO policies VALUES (1, 0, '2026-01-01', '{}')")

    engine = make_engine(sqlite_url)
    lines = Lines(engine, POOL)
    for _ in range(2):
        with pytest.raises(IntegrityError):
            lines.write(on(leave_dangling_reference))
    assert lines.look(Statement(text("SELECT count(*) FROM policies"))) == [(0,)]
    engine.dispose()


def test_a_lock_that_stays_taken_is_a_clash(engine: Engine, lines: Lines) -> None:
    on_sqlite = engine.dialect.name == "sqlite"
    setting = "PRAGMA busy_timeout = 10" if on_sqlite else "SET lock_timeout = 10"

    @event.listens_for(engine, "checkout")
    def hurry(connection: DBAPIConnection, *_: object) -> None:
        cursor = connection.cursor()
        cursor.execute(setting)
        cursor.close()
        connection.commit()

    lines.write(on(increment))
    for _ in range(2):
        with writing(engine) as connection:
            books.lock_head(connection, BOOK)
            with pytest.raises(DBAPIError) as raised:
                lines.write(on(increment))
        assert is_clash(raised.value)
        lines.write(on(increment))
    assert lines.look(SIZE) == [(3,)]


def test_an_error_of_a_look_is_told(lines: Lines) -> None:
    broken = Statement(text("SELECT * FROM no_such_table"))
    for _ in range(2):
        with pytest.raises(DBAPIError) as raised:
            lines.look(broken)
        assert not is_clash(raised.value)
    assert lines.look(SLUGS) == [("a",)]


@pytest.mark.parametrize("pool_size", [1, POOL])
def test_lines_leave_connections_to_others(database_url: str, pool_size: int) -> None:
    url = parse_url(database_url)
    options = engine_options(url, pool_size=pool_size, pool_overflow=0) | {"pool_timeout": 0.01}
    engine = prepare(create_engine(url, **options))
    lines = Lines(engine, pool_size)
    lines.write(on(lambda connection: open_book(connection, "a")))
    with ThreadPoolExecutor((pool_size + 1) // 2) as pool:
        list(pool.map(lambda _: lines.look(SLUGS), range(100)))
    for _ in range(2):
        with suppress(PlannedError), writing(engine) as connection:
            increment_and_fail(connection)
    assert lines.look(SIZE) == [(0,)]
    engine.dispose()


def test_no_free_connection_ends_in_busy(database_url: str) -> None:
    url = parse_url(database_url)
    options = engine_options(url, pool_size=1, pool_overflow=0) | {"pool_timeout": 0.01}
    engine = prepare(create_engine(url, **options))
    lines = Lines(engine, 1)
    with reading(engine):
        with pytest.raises(BusyError):
            lines.look(SLUGS)
        with pytest.raises(BusyError):
            lines.write(on(increment))
    engine.dispose()


def test_an_error_of_the_driver_is_raised_as_that_of_sqlalchemy(lines: Lines) -> None:
    for _ in range(2):
        with pytest.raises(DBAPIError) as raised:
            lines.write(lambda cursor: cursor.driver.execute("SELECT * FROM no_such_table"))
        assert not is_clash(raised.value)
    lines.write(on(increment))
    assert lines.look(SIZE) == [(1,)]


def test_lines_stay_open(distant: tuple[Engine, Engine]) -> None:
    lines = Lines(distant[0], POOL)
    assert len({lines.write(on(process_of)) for _ in range(3)}) == 1
    assert len({lines.look(PROCESS)[0] for _ in range(3)}) == 1


def test_lines_are_closed_with_their_engine(distant: tuple[Engine, Engine]) -> None:
    engine, other = distant
    lines = Lines(engine, POOL)
    mine = {lines.write(on(process_of)), lines.look(PROCESS)[0][0]}
    engine.dispose()
    asked = text("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(:mine)")
    deadline = time.monotonic() + SECONDS
    with other.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.scalar(asked, {"mine": list(mine)}):
            assert time.monotonic() < deadline


def test_a_look_on_a_line_that_broke_is_done_on_another(distant: tuple[Engine, Engine]) -> None:
    engine, other = distant
    lines = Lines(engine, POOL)
    process = lines.look(PROCESS)[0][0]
    end(other, process)
    assert lines.look(PROCESS)[0][0] != process


def test_work_on_a_line_that_broke_is_done_again(distant: tuple[Engine, Engine]) -> None:
    engine, other = distant
    lines = Lines(engine, POOL)
    process = lines.write(on(process_of))
    end(other, process)
    assert retrying(lambda: lines.write(on(process_of)), sleep=no_sleep) != process


def test_a_line_that_breaks_during_commit_leaves_the_outcome_unknown(
    distant: tuple[Engine, Engine],
) -> None:
    engine, other = distant
    lines = Lines(engine, POOL)
    with pytest.raises(CommitUnknownError):
        lines.write(on(lambda connection: end(other, process_of(connection))))
    assert lines.write(on(process_of))
