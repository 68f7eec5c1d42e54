"""Legs of some days: those that stand, found by an index."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from tests.installations import Community, found_community, installed
from timebank.flows.movements import Transfer
from timebank.flows.reversals import Reverse
from timebank.ledger.model import Key
from timebank.store.books import find_book
from timebank.store.database import reading
from timebank.store.legs_by_day import StandingLeg, read_standing_legs
from timebank.store.tables import turnovers


@pytest.fixture
def community(database_url: str, tmp_path: Path) -> Iterator[Community]:
    """王 had 100 points on 1 March; 李 and the club got some on 2 March, some by mistake."""
    with installed(database_url, tmp_path) as installation:
        founded = found_community(installation)
        founded.enrol("王", "李")
        founded.issue("王", 100)
        founded.clock.advance(days=1)
        founded.transfer("王", "李", 30)
        founded.post(Reverse(reverses=founded.transfer("王", "李", 8).seq))
        founded.post(Transfer(legs=(founded.leg("王", "groups:chess-club", 5),), day="2026-03-01"))
        yield founded


def legs(
    connection: Connection, community: Community, *keys: Key, after: str
) -> list[tuple[str, int, int, str, str]]:
    book_id = find_book(connection, community.slug).book_id
    found = read_standing_legs(connection, book_id, keys, turnovers.c.day > after)
    return sorted(map(_shown, found))


def _shown(leg: StandingLeg) -> tuple[str, int, int, str, str]:
    return leg.day, leg.side, leg.amount, leg.kind, leg.key.account


MEMBERS = [Key("members", number, "POINT", "") for number in (10, 11)]
CLUB = Key("groups:chess-club", 0, "POINT", "")


def test_only_legs_that_stand_are_read_and_only_of_those_days(community: Community) -> None:
    with reading(community.installation.engine) as connection:
        assert legs(connection, community, *MEMBERS, after="2026-03-01") == [
            ("2026-03-02", 0, 8, "reversal", "members"),
            ("2026-03-02", 0, 30, "transfer", "members"),
            ("2026-03-02", 1, 8, "reversal", "members"),
            ("2026-03-02", 1, 30, "transfer", "members"),
        ]
        earlier = legs(connection, community, *MEMBERS, after="2026-02-28")
        assert earlier[:2] == [
            ("2026-03-01", 0, 5, "transfer", "members"),
            ("2026-03-01", 1, 100, "issue", "members"),
        ]
        assert legs(connection, community, CLUB, after="2026-02-28") == [
            ("2026-03-01", 1, 5, "transfer", "groups:chess-club")
        ]
        assert legs(connection, community, CLUB, after="2026-03-01") == []


def test_sqlite_finds_them_by_the_index_that_is_made_for_it(
    sqlite_url: str, tmp_path: Path
) -> None:
    with installed(sqlite_url, tmp_path) as installation:
        founded = found_community(installation)
        founded.enrol("王", "李")
        founded.issue("王", 100)
        founded.transfer("王", "groups:chess-club", 5)
        asked: list[tuple[str, object]] = []

        @event.listens_for(installation.engine, "before_cursor_execute")
        def remember(*told: object) -> None:
            asked.append((str(told[2]), told[3]))

        with reading(installation.engine) as connection:
            for key in (MEMBERS[0], CLUB):
                assert legs(connection, founded, key, after="2026-01-01")
                statement, values = asked[-1]
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]  # as it was given
                plan = [row.detail for row in rows]
                assert "COVERING INDEX" in plan[0]
                assert "lot=? AND seq>? AND seq<?" in plan[0]
                assert all("SEARCH" in step for step in plan)
