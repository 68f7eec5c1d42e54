"""Statements that go to the driver as they are: the same rows and errors as through SQLAlchemy."""

from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Table, UniqueConstraint, bindparam, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from timebank.store import books
from timebank.store.database import is_clash, reading, retrying, writing
from timebank.store.driver import Row, Statement
from timebank.store.engines import make_engine
from timebank.store.rows import COPY_MIN, Rows, Way
from timebank.store.tables import (
    balances,
    contacts,
    heads,
    metadata,
    openings,
    remainders,
    tallies,
    turnovers,
)
from timebank.store.tables import books as books_table

SLUGS = Statement(
    select(books_table.c.slug)
    .where(
        books_table.c.slug.in_(bindparam("slugs", expanding=True)),
        books_table.c.time_zone == bindparam("zone"),
        books_table.c.book_id > 0,
    )
    .order_by(books_table.c.slug)
)


def write(connection: Connection, table: Table[Any], found: list[Row], way: Way = "insert") -> None:
    rows = Rows(1)
    if way == "insert":
        rows.to(table).extend(found)
    elif way == "grow":
        rows.grow(table, found)
    else:
        rows.replace(table, found)
    rows.flush(connection)


def open_books(engine: Engine, *slugs: str) -> None:
    with writing(engine) as connection:
        for slug in slugs:
            books.insert_book(
                connection, slug=slug, origin=f"e.org/log/{slug}", title="", time_zone="UTC"
            )


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_a_statement_takes_lists_of_any_length(engine: Engine, count: int) -> None:
    open_books(engine, "a", "b", "c")
    asked = ["a", "c", "x", "y", "b"][:count]
    expected = [(slug,) for slug in sorted(set(asked) & {"a", "b", "c"})]
    with reading(engine) as connection:
        assert SLUGS.run(connection, slugs=asked, zone="UTC") == expected


def test_a_reader_sees_one_state_through_the_driver_too(engine: Engine) -> None:
    open_books(engine, "a")
    with reading(engine) as connection:
        assert SLUGS.run(connection, slugs=["a", "b"], zone="UTC") == [("a",)]
        open_books(engine, "b")
        assert SLUGS.run(connection, slugs=["a", "b"], zone="UTC") == [("a",)]
    with reading(engine) as connection:
        assert SLUGS.run(connection, slugs=["a", "b"], zone="UTC") == [("a",), ("b",)]


def test_what_the_driver_wrote_is_rolled_back_with_the_block(engine: Engine) -> None:
    def write_and_fail() -> None:
        with writing(engine) as connection:
            write(connection, openings, [(1, seq, 0, b"x") for seq in range(COPY_MIN)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    with reading(engine) as connection:
        assert connection.scalar(select(openings.c.seq).limit(1)) is None


@pytest.mark.parametrize("count", [1, COPY_MIN - 1, COPY_MIN, 500])
def test_rows_are_inserted_in_any_number(engine: Engine, count: int) -> None:
    wanted = [(1, seq, 0, bytes([seq % 256]) * 3) for seq in range(count)]
    with writing(engine) as connection:
        write(connection, openings, wanted)
    with reading(engine) as connection:
        assert list(map(tuple, connection.execute(select(openings).order_by("seq")))) == wanted


@pytest.mark.parametrize("count", [2, COPY_MIN + 1])
def test_errors_of_the_driver_are_raised_as_those_of_sqlalchemy(engine: Engine, count: int) -> None:
    def insert_twice() -> None:
        with writing(engine) as connection:
            write(connection, openings, [(1, 7, 0, b"secret")] * count)

    with pytest.raises(IntegrityError) as raised:
        insert_twice()
    assert not is_clash(raised.value)
    assert "secret" not in str(raised.value.params), "what was sent is not told"


@pytest.mark.parametrize("names", [("plain", "a"), ('quo"ted', "back\\slash"), ("中文", "{a,b}")])
def test_texts_are_upserted_as_they_are(engine: Engine, names: tuple[str, str]) -> None:
    rows = [(1, name, 0, "POINT", "", number, 1) for number, name in enumerate(names)]
    with writing(engine) as connection:
        write(connection, balances, rows, "replace")
        write(connection, balances, rows, "replace")
    with reading(engine) as connection:
        assert sorted(map(tuple, connection.execute(select(balances)))) == sorted(rows)


def test_sums_grow_and_the_first_seq_stays(engine: Engine) -> None:
    place = (1, "members", 0, "POINT", "", "2026-03-01")
    with writing(engine) as connection:
        write(connection, turnovers, [(*place, 1, 2, 5, 6)], "grow")
        write(connection, turnovers, [(*place, 10, 20, 8, 9)], "grow")
    with reading(engine) as connection:
        assert tuple(connection.execute(select(turnovers)).one()) == (*place, 11, 22, 5, 9)


def test_bytes_are_upserted_too(engine: Engine) -> None:
    open_books(engine, "a")
    with writing(engine) as connection:
        connection.execute(
            text(
                "INSERT INTO holders VALUES (1, 1, :m, 'member', :k, NULL, '[]', NULL, :f)"
            ).bindparams(m="m" * 22, k=bytes(32), f=False)
        )
        for ciphertext in (b"\x00one", b"\xfftwo"):
            write(connection, contacts, [(1, 1, ciphertext)], "replace")
    with reading(engine) as connection:
        assert connection.scalar(select(contacts.c.ciphertext)) == b"\xfftwo"


@pytest.mark.parametrize("table", [balances, contacts, heads, remainders, tallies], ids=str)
def test_what_is_replaced_has_one_unique_index_and_nobody_refers_to_it(table: Table[Any]) -> None:
    """On SQLite a row would take with it all that are the same in another one, or refer to it."""
    unique = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    assert not unique
    assert not any(index.unique for index in table.indexes)
    referred = {
        key.column.table for other in metadata.tables.values() for key in other.foreign_keys
    }
    assert table not in referred


def test_changes_come_after_inserts(engine: Engine) -> None:
    rows = Rows(1)
    rows.change(remainders, {"seq": 3, "leg": 0}, remaining=4)
    rows.add(remainders, seq=3, leg=0, remaining=9)
    rows.to(remainders).append((1, 3, 1, 9))
    with writing(engine) as connection:
        rows.flush(connection)
    with reading(engine) as connection:
        found = connection.execute(select(remainders).order_by("leg"))
        assert list(map(tuple, found)) == [(1, 3, 0, 4), (1, 3, 1, 9)]


@pytest.mark.parametrize("count", [2, COPY_MIN])
def test_a_connection_that_broke_on_the_way_is_replaced(postgresql_url: str, count: int) -> None:
    engine, other = make_engine(postgresql_url), make_engine(postgresql_url)
    tries: list[int] = []

    def work() -> None:
        with writing(engine) as connection:
            process = connection.scalar(text("SELECT pg_backend_pid()"))
            tries.append(process)
            if len(tries) == 1:
                with other.connect() as killer:
                    killer.execute(text("SELECT pg_terminate_backend(:p, 5000)"), {"p": process})
            write(connection, openings, [(1, seq, 0, b"x") for seq in range(count)])

    retrying(work, sleep=lambda _seconds: None)
    assert len(set(tries)) == 2
    with reading(engine) as connection:
        assert len(connection.execute(select(openings)).all()) == count
    engine.dispose()
    other.dispose()


def test_an_error_of_another_kind_is_told(engine: Engine) -> None:
    broken = Statement(text("SELECT * FROM no_such_table"))
    with reading(engine) as connection, pytest.raises(DBAPIError):
        broken.run(connection)
