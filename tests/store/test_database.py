"""Transactions: nothing is lost, readers never wait, clashes are tried again."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, InternalError, OperationalError

from timebank.errors import BusyError
from timebank.store import books
from timebank.store.database import (
    PAUSES_SECONDS,
    CommitUnknownError,
    is_clash,
    reading,
    retrying,
    scrub,
    writing,
)
from timebank.store.engines import (
    LOCK_SECONDS_MAX,
    engine_options,
    make_engine,
    parse_url,
    prepare,
    sqlite_path,
)
from timebank.store.tables import books as books_table
from timebank.store.tables import heads

BOOK = 1
THREADS = 16
INCREMENTS = 50


class PlannedError(Exception):
    """Raised by a test to see what is left behind."""


@pytest.fixture
def book(engine: Engine) -> int:
    """Open a book."""
    with writing(engine) as connection:
        return insert_book(connection)


def insert_book(connection: Connection) -> int:
    return books.insert_book(
        connection, slug="a", origin="example.org/log/a", title="A", time_zone="UTC"
    ).book_id


def size(connection: Connection) -> int:
    return books.read_head(connection, BOOK).size


def increment(connection: Connection) -> None:
    """Read under the lock, and write one more."""
    grown = books.lock_head(connection, BOOK).size + 1
    connection.execute(
        update(heads).where(heads.c.book_id == BOOK).values(size=grown, posted="2026-01-01")
    )


def increment_and_fail(connection: Connection) -> None:
    increment(connection)
    raise PlannedError


@pytest.mark.usefixtures("book")
def test_concurrent_increments_are_exact(engine: Engine) -> None:
    def work() -> None:
        for _ in range(INCREMENTS):
            with writing(engine) as connection:
                increment(connection)

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(work) for _ in range(THREADS)]:
            done.result()
    with reading(engine) as connection:
        assert size(connection) == THREADS * INCREMENTS


@pytest.mark.usefixtures("book")
def test_reader_sees_the_old_state_at_once_while_a_writer_holds_the_lock(engine: Engine) -> None:
    with reading(engine) as connection:
        size(connection)  # opens the connection, which is not what is measured
    with writing(engine) as writer:
        increment(writer)
        started = time.monotonic()
        with reading(engine) as reader:
            assert size(reader) == 0
        assert time.monotonic() - started < LOCK_SECONDS_MAX / 2


@pytest.mark.usefixtures("book")
def test_reader_sees_one_state_throughout(engine: Engine) -> None:
    with reading(engine) as reader:
        assert size(reader) == 0
        with writing(engine) as writer:
            increment(writer)
        assert size(reader) == 0
    with reading(engine) as reader:
        assert size(reader) == 1


@pytest.mark.usefixtures("book")
def test_nothing_stays_of_what_a_reader_writes(engine: Engine) -> None:
    # PostgreSQL refuses at once.
    with suppress(InternalError), reading(engine) as connection:
        increment(connection)
    with reading(engine) as connection:
        assert size(connection) == 0


@pytest.mark.usefixtures("book")
def test_exception_rolls_back_and_frees_the_lock(engine: Engine) -> None:
    with pytest.raises(PlannedError), writing(engine) as connection:
        increment_and_fail(connection)
    with writing(engine) as connection:
        increment(connection)
        assert size(connection) == 1


@pytest.mark.usefixtures("book")
def test_savepoint_takes_back_only_what_came_after_it(engine: Engine) -> None:
    with writing(engine) as connection:
        increment(connection)
        with pytest.raises(PlannedError), connection.begin_nested():
            increment_and_fail(connection)
    with reading(engine) as connection:
        assert size(connection) == 1


@pytest.mark.usefixtures("book")
def test_transactions_of_a_connection_go_back_to_normal_after_reading(engine: Engine) -> None:
    with reading(engine) as connection:
        size(connection)
    with writing(engine) as connection:
        increment(connection)
    with engine.connect() as connection:
        assert connection.get_isolation_level() in {"READ COMMITTED", "SERIALIZABLE"}


def test_rows_are_streamed_from_one_state(engine: Engine, book: int) -> None:
    wanted = 5_000
    statement = text(
        "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < :n)"
        " SELECT n, (SELECT size FROM heads WHERE book_id = :book) FROM counted"
    )
    with reading(engine) as reader:
        rows = reader.execute(
            statement, {"n": wanted, "book": book}, execution_options={"yield_per": 100}
        )
        first = rows.fetchone()
        with writing(engine) as writer:
            increment(writer)
        assert [tuple(first or ()), *map(tuple, rows)] == [(n, 0) for n in range(1, wanted + 1)]


def test_streamed_rows_stay_on_the_server(postgresql_url: str) -> None:
    engine = make_engine(postgresql_url)
    with reading(engine) as connection:
        rows = connection.execute(
            text("SELECT generate_series(1, 1000)"), execution_options={"yield_per": 10}
        )
        assert getattr(rows.cursor, "name", None), "only cursors on the server have names"
        assert rows.scalars().all() == list(range(1, 1001))
    engine.dispose()


def test_connection_that_the_server_dropped_is_replaced(postgresql_url: str) -> None:
    engine, other = make_engine(postgresql_url), make_engine(postgresql_url)
    with reading(engine) as connection:
        process = connection.scalar(text("SELECT pg_backend_pid()"))
    end(other, process)
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()
    other.dispose()


def test_work_is_done_again_when_the_connection_broke_before_commit(postgresql_url: str) -> None:
    engine, other = make_engine(postgresql_url), make_engine(postgresql_url)
    tries: list[int] = []

    def work() -> int:
        with writing(engine) as connection:
            process = connection.scalar(text("SELECT pg_backend_pid()"))
            tries.append(process)
            if len(tries) == 1:
                end(other, process)
            return len(connection.execute(text("SELECT 7")).all())

    assert retrying(work, sleep=no_sleep) == 1
    assert len(tries) == 2
    engine.dispose()
    other.dispose()


def test_connection_that_breaks_during_commit_leaves_the_outcome_unknown(
    postgresql_url: str,
) -> None:
    engine, other = make_engine(postgresql_url), make_engine(postgresql_url)

    def work() -> None:
        with writing(engine) as connection:
            end(other, connection.scalar(text("SELECT pg_backend_pid()")))

    with pytest.raises(CommitUnknownError):
        retrying(work, sleep=no_sleep)
    engine.dispose()
    other.dispose()


def test_deadlock_is_tried_again(postgresql_url: str) -> None:
    engine = make_engine(postgresql_url)
    with writing(engine) as connection:
        for name in ("a", "b"):
            origin = f"example.org/log/{name}"
            books.insert_book(connection, slug=name, origin=origin, title="", time_zone="UTC")
    both_hold_one = threading.Barrier(2)
    first_tries: set[int] = set()

    def work(first: int, second: int) -> None:
        with writing(engine) as connection:
            books.lock_head(connection, first)
            if first not in first_tries:
                first_tries.add(first)
                both_hold_one.wait()
            books.lock_head(connection, second)

    with ThreadPoolExecutor(2) as pool:
        orders = [(1, 2), (2, 1)]
        done = [pool.submit(retrying, lambda order=order: work(*order)) for order in orders]
        assert [each.result() for each in done] == [None, None]
    engine.dispose()


@pytest.mark.usefixtures("book")
def test_lock_that_stays_taken_ends_in_busy(engine: Engine, database_url: str) -> None:
    impatient = make_impatient_engine(database_url)
    pauses: list[float] = []

    def work() -> None:
        with writing(impatient) as connection:
            increment(connection)

    with writing(engine) as holder:
        increment(holder)
        with pytest.raises(BusyError):
            retrying(work, sleep=pauses.append)
    assert len(pauses) == len(PAUSES_SECONDS)
    retrying(work)
    with reading(engine) as connection:
        assert size(connection) == 2
    impatient.dispose()


@pytest.mark.usefixtures("book")
def test_work_that_had_to_wait_long_is_not_tried_again(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("timebank.store.database.LOCK_SECONDS_MAX", 0)
    impatient = make_impatient_engine(database_url)
    pauses: list[float] = []

    def work() -> None:
        with writing(impatient) as connection:
            increment(connection)

    with writing(engine) as holder:
        increment(holder)
        with pytest.raises(BusyError):
            retrying(work, sleep=pauses.append)
    assert pauses == []
    impatient.dispose()


def test_what_was_read_before_writing_cannot_silently_overwrite(sqlite_url: str) -> None:
    # Not in `writing`, whose lock comes first: this shows what that saves us from.
    engine = make_engine(sqlite_url)
    with writing(engine) as connection:
        insert_book(connection)
    with engine.connect() as late:
        size(late)
        with writing(engine) as connection:
            increment(connection)
        with pytest.raises(OperationalError) as raised:
            increment(late)
    assert is_clash(raised.value)
    engine.dispose()


def test_commit_that_is_refused_leaves_nothing(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    with pytest.raises(IntegrityError), writing(engine) as connection:
        leave_dangling_reference(connection)
    with writing(engine) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM policies").scalar() == 0
    engine.dispose()


@pytest.mark.usefixtures("book")
def test_scrubbed_database_keeps_no_copy_of_what_was_erased(
    engine: Engine, database_url: str
) -> None:
    with writing(engine) as connection:
        connection.execute(update(books_table).values(title="Ada Lovelace"))
    with reading(engine) as reader:
        size(reader)
        with writing(engine) as connection:
            connection.execute(update(books_table).values(title="************"))
        assert scrub(engine) is (engine.dialect.name != "sqlite"), "a reader needs the old pages"
    assert scrub(engine)
    path = sqlite_path(parse_url(database_url))
    files = path.parent.iterdir() if path is not None else []
    assert not [file for file in files if b"Ada Lovelace" in file.read_bytes()]


def test_error_of_another_kind_is_not_tried_again(engine: Engine) -> None:
    tries: list[None] = []

    def work() -> None:
        tries.append(None)
        with writing(engine) as connection:
            connection.execute(text("SELECT * FROM no_such_table"))

    with pytest.raises(DBAPIError):
        retrying(work, sleep=no_sleep)
    assert len(tries) == 1


def test_no_free_connection_ends_in_busy(database_url: str) -> None:
    url = parse_url(database_url)
    options = engine_options(url, pool_size=1, pool_overflow=0) | {"pool_timeout": 0.01}
    engine = prepare(create_engine(url, **options))
    with reading(engine), pytest.raises(BusyError), writing(engine):
        pass
    engine.dispose()


def leave_dangling_reference(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    connection.exec_driver_sql("INSERT INTO policies VALUES (1, 0, '2026-01-01', '{}')")


def no_sleep(_seconds: float) -> None:
    """Wait no longer than needed."""


def end(engine: Engine, process: int | None) -> None:
    """End another connection to a PostgreSQL server."""
    with engine.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(:process, 5000)"), {"process": process}
        )


def make_impatient_engine(database_url: str) -> Engine:
    """Make an engine that hardly waits for locks."""
    url = parse_url(database_url)
    options = engine_options(url)
    if url.drivername == "sqlite":
        options["connect_args"]["timeout"] = 0.01
    engine = prepare(create_engine(url, **options))
    if url.drivername != "sqlite":
        event.listen(engine, "begin", set_short_lock_timeout)
    return engine


def set_short_lock_timeout(connection: Connection) -> None:
    connection.exec_driver_sql("SET LOCAL lock_timeout = 10")
