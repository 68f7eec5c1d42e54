"""Where in the log something stands: seqs by account, by day, by kind, in rising order.

Every query here needs one index and nothing else, and stops at its limit. What several of them
give is merged only as far as somebody reads, so that a page costs the same however long the log is.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, func, literal, select

from timebank.ledger.model import Key
from timebank.store.balances import (
    PLACE,
    Scope,
    in_scope,
    is_side_of,
    is_side_of_balance,
    is_turnover_of_balance,
)
from timebank.store.tables import balances, entries, leg_sides, turnovers
from timebank.store.tables.shape import MAX_INTEGER, WHOLE

CHUNK: Final = 100
"""How many seqs are read at a time where nobody said how many are wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Entries after ``after`` and up to ``last``, and the first ``limit`` of them only."""

    after: int
    last: int = MAX_INTEGER
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """A period of days, both included."""

    first: str = "0001-01-01"
    last: str = "9999-12-31"

    def has(self, day: ColumnElement[str]) -> ColumnElement[bool]:
        """Whether a day is one of them; PostgreSQL takes no collations in BETWEEN."""
        return and_(day >= self.first, day <= self.last)


def seqs_of_balance(connection: Connection, book_id: int, key: Key, stretch: Stretch) -> list[int]:
    """Read which entries of a stretch moved a balance."""
    seq = leg_sides.c.seq
    query = select(seq).distinct().where(leg_sides.c.book_id == book_id, is_side_of(key))
    return _read(connection, query, seq, stretch)


def seqs_of_day(connection: Connection, book_id: int, day: str, stretch: Stretch) -> list[int]:
    """Read which entries of a stretch have this day."""
    seq = entries.c.seq
    query = select(seq).where(entries.c.book_id == book_id, entries.c.day == day)
    return _read(connection, query, seq, stretch)


def iterate_log(
    connection: Connection, book_id: int, kind: str | None, *, after: int
) -> Iterator[int]:
    """Go through all entries after ``after``, or all of one kind."""
    seq = entries.c.seq
    query = select(seq).where(entries.c.book_id == book_id)
    if kind is not None:
        query = query.where(entries.c.kind == kind)
    return _follow(
        lambda after: _read(connection, query, seq, Stretch(after=after, limit=CHUNK)), after
    )


def iterate_days(connection: Connection, book_id: int, days: Days, *, after: int) -> Iterator[int]:
    """Go through the entries after ``after`` with a day in the period."""

    def stream(day: str, first: int) -> Iterator[int]:
        yield first
        yield from _follow(
            lambda seq: seqs_of_day(connection, book_id, day, Stretch(after=seq, limit=CHUNK)),
            first,
        )

    firsts = connection.execute(_firsts_of_days(book_id, days, after)).all()
    return merge(*(stream(day, first) for day, first in firsts if first is not None))


def iterate_scope(
    connection: Connection, book_id: int, scope: Scope, days: Days | None, *, after: int
) -> Iterator[int]:
    """Go through the entries after ``after`` that moved a balance in scope.

    Given days, it begins with the first and ends with the last that a balance has on them; those
    between may have other days.
    """

    def stream(key: Key, first: int, last: int) -> Iterator[int]:
        """Go through those of one balance, chunk by chunk."""
        yield first
        yield from _follow(
            lambda seq: seqs_of_balance(
                connection, book_id, key, Stretch(after=seq, last=last, limit=CHUNK)
            ),
            first,
        )

    starts = list(_starts(connection, book_id, scope, days, after))
    return _distinct(merge(*(stream(*start) for start in starts)))


def _read(
    connection: Connection, query: Select[int], seq: ColumnElement[int], stretch: Stretch
) -> list[int]:
    query = query.where(seq > stretch.after, seq <= stretch.last).order_by(seq)
    return list(connection.execute(query.limit(stretch.limit)).scalars())


def _follow(fetch: Callable[[int], list[int]], after: int) -> Iterator[int]:
    while chunk := fetch(after):
        yield from chunk
        if len(chunk) < CHUNK:
            return
        after = chunk[-1]


def _distinct(seqs: Iterable[int]) -> Iterator[int]:
    return (seq for seq, _ in groupby(seqs))


def _starts(
    connection: Connection, book_id: int, scope: Scope, days: Days | None, after: int
) -> Iterator[tuple[Key, int, int]]:
    """Each balance in scope that entries after ``after`` moved: the first and the last of them."""
    query = select(*PLACE, _next(scope, after), *_bounds(days))
    rows = connection.execute(in_scope(query, book_id, scope))
    for account, commodity, lot, following, first, last in rows:
        if first is not None and following is not None and last > after:
            yield Key(account, scope.holder, commodity, lot), max(first, following), last


def _next(scope: Scope, after: int) -> ColumnElement[int | None]:
    return (
        select(func.min(leg_sides.c.seq))
        .where(is_side_of_balance(leg_sides, scope), leg_sides.c.seq > after)
        .correlate(balances)
        .scalar_subquery()
    )


def _bounds(days: Days | None) -> list[ColumnElement[Any]]:
    """The first and the last entry that moved a balance in the period; both moved it."""
    if days is None:
        return [literal(0, WHOLE), literal(MAX_INTEGER, WHOLE)]
    return [
        select(bound)
        .where(is_turnover_of_balance(), days.has(turnovers.c.day))
        .correlate(balances)
        .scalar_subquery()
        for bound in (func.min(turnovers.c.first_seq), func.max(turnovers.c.last_seq))
    ]


def _firsts_of_days(book_id: int, days: Days, after: int) -> Select[str, int | None]:
    """Each day of the period that has entries, with the first of them after ``after``.

    The days are found one from another, since there are far fewer of them than entries.
    """
    first = _next_day(book_id, entries.c.day >= days.first, days.last)
    found = select(first.label("day")).cte("found", recursive=True)
    following = _next_day(book_id, entries.c.day > found.c.day, days.last, found)
    found = found.union_all(select(following).where(found.c.day.is_not(None)))
    seq = (
        select(func.min(entries.c.seq))
        .where(entries.c.book_id == book_id, entries.c.day == found.c.day, entries.c.seq > after)
        .correlate(found)
        .scalar_subquery()
    )
    return select(found.c.day, seq).where(found.c.day.is_not(None))


def _next_day(
    book_id: int, bound: ColumnElement[bool], last: str, found: FromClause | None = None
) -> ColumnElement[Any]:
    return (
        select(entries.c.day)
        .where(entries.c.book_id == book_id, bound, entries.c.day <= last)
        .order_by(entries.c.day)
        .limit(1)
        .correlate(found)
        .scalar_subquery()
    )
