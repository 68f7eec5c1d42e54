"""Entries by day: each of them once, in the order of their days and then of the log."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from tests.installations import Community, found_community, installed
from tests.plans import plan_of, queries_of
from timebank.flows.movements import Issue
from timebank.store.books import find_book
from timebank.store.by_day import iterate_by_day, read_of_kind, read_owners
from timebank.store.database import reading
from timebank.store.scanning import StoredEntry
from timebank.store.seqs import Days
from timebank.store.tables import entries, holders

DAYS = ("2026-03-04", "2026-03-02", "2026-03-04", "2026-03-03", "2026-03-02")


@pytest.fixture
def community(database_url: str, tmp_path: Path) -> Iterator[Community]:
    """A book on either database."""
    with dated_book(database_url, tmp_path) as found:
        yield found


@contextmanager
def dated_book(url: str, home: Path) -> Iterator[Community]:
    """A book whose issues 11 to 15 have the days above, the rest of it 2026-03-01."""
    with installed(url, home) as installation:
        found = found_community(installation)
        found.enrol("王")
        found.clock.advance(days=4)
        for day in DAYS:
            found.post(Issue(day=day, legs=(found.leg("issued", "王", 5),)))
        yield found


def by_day(connection: Connection, days: Days) -> list[StoredEntry]:
    book_id = find_book(connection, "demo").book_id
    return list(chain.from_iterable(iterate_by_day(connection, book_id, days)))


@pytest.mark.parametrize("stretch", [1, 2, 3, 500])
def test_entries_stand_by_day_and_seq(
    community: Community, monkeypatch: pytest.MonkeyPatch, stretch: int
) -> None:
    monkeypatch.setattr("timebank.store.scanning.STRETCH", stretch)
    with reading(community.installation.engine) as connection:
        found = by_day(connection, Days())
        every = select(entries.c.day, entries.c.seq).order_by(entries.c.day, entries.c.seq)
        assert [(one.day, one.seq) for one in found] == [*map(tuple, connection.execute(every))]
    assert [one.seq for one in found[-5:]] == [12, 15, 14, 11, 13]


def test_only_the_days_of_the_period(community: Community) -> None:
    with reading(community.installation.engine) as connection:
        found = by_day(connection, Days(first="2026-03-02", last="2026-03-03"))
    assert [one.seq for one in found] == [12, 15, 14]


def test_owners_and_kinds(community: Community) -> None:
    with reading(community.installation.engine) as connection:
        book_id = find_book(connection, "demo").book_id
        holder = connection.scalar(select(holders.c.holder))
        assert read_owners(connection, book_id, [9, 11, 12]) == {
            11: {(0, 1): holder},
            12: {(0, 1): holder},
        }
        issues = read_of_kind(connection, book_id, "issue")
        assert [(one.seq, one.kind) for one in issues] == [(seq, "issue") for seq in range(11, 16)]
        assert read_of_kind(connection, book_id, "close") == []


def test_each_stretch_is_found_by_the_index(sqlite_url: str, tmp_path: Path) -> None:
    with (
        dated_book(sqlite_url, tmp_path) as book,
        queries_of(book.installation.engine) as asked,
        reading(book.installation.engine) as connection,
    ):
        by_day(connection, Days(first="2026-03-02"))
    (step,) = plan_of(book.installation.engine, *asked[-1])
    assert step.startswith("SEARCH entries USING INDEX ix_entries_book_id_day_seq")
    assert step.endswith("(book_id=? AND (day,seq)>(?,?) AND day<?)")
