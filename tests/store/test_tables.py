"""What the database itself refuses, whoever writes to it."""

from typing import Any

import pytest
from sqlalchemy import Engine, Table, insert
from sqlalchemy.exc import DataError, IntegrityError

from timebank.store import books, tables
from timebank.store.database import reading, writing

MAX_INTEGER = 2**53 - 1
HASH = bytes(32)

LEG_SIDE = {
    "book_id": 1,
    "seq": 7,
    "leg": 0,
    "side": 1,
    "account": "members",
    "holder": 3,
    "commodity": "POINT",
    "lot": "",
    "amount": 5,
    "debits": 5,
    "credits": 0,
    "total_debits": 8,
    "total_credits": 0,
}
ENTRY = {
    "book_id": 1,
    "seq": 0,
    "body": b"{}",
    "leaf": HASH,
    "kind": "transfer",
    "day": "2026-01-01",
    "posted": "2026-01-02",
}
HOLDER = {
    "book_id": 1,
    "holder": 1,
    "member_id": "m" * 22,
    "kind": "member",
    "key_hash": HASH,
    "number_digest": HASH,
    "limits": "[]",
    "left_seq": None,
    "forgotten": False,
}
HEAD = {
    "book_id": 2,
    "size": 1,
    "last_leaf": HASH,
    "edge": HASH,
    "posted": "2026-01-01",
    "closed_until": "",
    "defined": 1,
}
PLACE = {"book_id": 1, "account": "issued", "holder": 0, "commodity": "POINT", "lot": ""}
BALANCE = {**PLACE, "debits": 0, "credits": MAX_INTEGER}
TURNOVER = {
    **PLACE,
    "day": "2026-01-01",
    "debits": 0,
    "credits": 1,
    "first_seq": 2,
    "last_seq": 2,
}
ACCOUNT = {
    "book_id": 1,
    "account": "issued",
    "type": "boundary",
    "title": "",
    "limits": "[]",
    "opened": 0,
    "closed": None,
}


@pytest.fixture(autouse=True)
def book(engine: Engine) -> None:
    """Open a book."""
    with writing(engine) as connection:
        books.insert_book(connection, slug="a", origin="a", title="", time_zone="UTC")


@pytest.mark.parametrize(
    ("table", "row"),
    [
        (tables.leg_sides, LEG_SIDE),
        (tables.leg_sides, LEG_SIDE | {"side": 0, "debits": 0, "credits": 5, "total_credits": 5}),
        (tables.entries, ENTRY),
        (tables.holders, HOLDER),
        (tables.balances, BALANCE),
        (tables.turnovers, TURNOVER),
        (tables.accounts, ACCOUNT),
        (tables.accounts, ACCOUNT | {"closed": 9}),
    ],
)
def test_sound_row_is_kept_as_it_is(engine: Engine, table: Table, row: dict[str, Any]) -> None:
    with writing(engine) as connection:
        connection.execute(insert(table).values(row))
    with reading(engine) as connection:
        assert [dict(found) for found in connection.execute(table.select()).mappings()] == [row]


@pytest.mark.parametrize(
    ("table", "row", "wrong"),
    [
        (tables.leg_sides, LEG_SIDE, {"amount": 0}),
        (tables.leg_sides, LEG_SIDE, {"amount": -1}),
        (tables.leg_sides, LEG_SIDE, {"amount": MAX_INTEGER + 1}),
        (tables.leg_sides, LEG_SIDE, {"side": 2}),
        (tables.leg_sides, LEG_SIDE, {"side": 0}),
        (tables.leg_sides, LEG_SIDE, {"leg": 64}),
        (tables.leg_sides, LEG_SIDE, {"debits": 4}),
        (tables.leg_sides, LEG_SIDE, {"credits": -1}),
        (tables.leg_sides, LEG_SIDE, {"total_debits": 4}),
        (tables.leg_sides, LEG_SIDE, {"holder": -1}),
        (tables.leg_sides, LEG_SIDE, {"lot": None}),
        (tables.entries, ENTRY, {"seq": -1}),
        (tables.entries, ENTRY, {"leaf": bytes(31)}),
        (tables.entries, ENTRY, {"body": bytes(16_385)}),
        (tables.entries, ENTRY, {"day": "2026-01-03"}),
        (tables.holders, HOLDER, {"kind": "user"}),
        (tables.holders, HOLDER, {"key_hash": b""}),
        (tables.holders, HOLDER, {"forgotten": True}),
        (tables.holders, HOLDER, {"left_seq": 1}),
        (tables.holders, HOLDER, {"book_id": 2}),
        (tables.holder_keys, {"book_id": 1, "holder": 1, "wrapped": bytes(93)}, {}),
        (tables.heads, HEAD, {}),
        (tables.heads, HEAD, {"book_id": 1, "edge": bytes(33)}),
        (tables.balances, BALANCE, {"credits": MAX_INTEGER + 1}),
        (tables.turnovers, TURNOVER, {"credits": 0}),
        (tables.turnovers, TURNOVER, {"first_seq": 3}),
        (tables.accounts, ACCOUNT, {"type": "asset"}),
        (tables.accounts, ACCOUNT, {"closed": 0}),
        (
            tables.lots,
            {"book_id": 1, "commodity": "CNY", "lot": "fund:a", "seq": 1, "facts": "{}"},
            {},
        ),
    ],
)
def test_row_that_cannot_be_right_is_refused(
    engine: Engine, table: Table, row: dict[str, Any], wrong: dict[str, Any]
) -> None:
    statement = insert(table).values(row | wrong)
    with pytest.raises((IntegrityError, DataError)), writing(engine) as connection:
        connection.execute(statement)


def test_sqlite_refuses_values_of_another_type(engine: Engine) -> None:
    statement = "INSERT INTO remainders VALUES (1, 1, 0, 'much')"
    with pytest.raises((IntegrityError, DataError)), writing(engine) as connection:
        connection.exec_driver_sql(statement)


def test_text_sorts_by_its_bytes(engine: Engine) -> None:
    codes = ["B", "a", "a-b", "a:b", "aa", "é", "竹"]
    with writing(engine) as connection:
        for account in reversed(codes):
            connection.execute(insert(tables.accounts).values(ACCOUNT | {"account": account}))
    with reading(engine) as connection:
        column = tables.accounts.c.account
        statement = tables.accounts.select().with_only_columns(column).order_by(column)
        assert connection.scalars(statement).all() == codes


def test_book_leads_every_key_and_index() -> None:
    for table in tables.metadata.sorted_tables:
        if table.name == "books":
            continue
        assert next(iter(table.primary_key.columns)).name == "book_id"
        for index in table.indexes:
            assert next(iter(index.columns)).name == "book_id"
        for constraint in table.constraints:
            named = [column.name for column in getattr(constraint, "columns", [])]
            assert not named or named[0] == "book_id"
