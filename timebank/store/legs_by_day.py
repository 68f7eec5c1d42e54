"""The legs of some accounts on some days, found through their turnovers.

A turnover says between which entries anything moved there on a day. So only the legs of those
accounts around that day are looked at, by the index that is made for it, however long the log is
and whatever else happened on that day.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, select

from timebank.ledger.model import Key
from timebank.store.balances import is_side_of
from timebank.store.tables import entries, leg_sides, reversals, turnovers


class StandingLeg(NamedTuple):
    """One side (0 from, 1 to) of a leg of an entry that was not reversed."""

    key: Key
    side: int
    amount: int
    kind: str
    day: str


def read_standing_legs(
    connection: Connection, book_id: int, wanted: Collection[Key], on: ColumnElement[bool]
) -> Iterator[StandingLeg]:
    """Read the legs of these keys, all in one account and commodity, without a lot.

    ``on`` says for which days, of ``turnovers.c.day``.
    """
    for key, days in _days_of(connection, book_id, wanted, on).items():
        first, last = min(one[0] for one in days.values()), max(one[1] for one in days.values())
        for leg in _legs_between(connection, book_id, key, first, last):
            if leg.day in days:
                yield leg


def _days_of(
    connection: Connection, book_id: int, wanted: Collection[Key], on: ColumnElement[bool]
) -> dict[Key, dict[str, tuple[int, int]]]:
    """On which days anything moved, and between which entries, by key."""
    place = next(iter(wanted))
    turned = turnovers.c
    query = select(turned.holder, turned.day, turned.first_seq, turned.last_seq).where(
        turned.book_id == book_id,
        turned.account == place.account,
        turned.holder.in_([key.owner for key in wanted]),
        turned.commodity == place.commodity,
        turned.lot == place.lot,
        on,
    )
    found: dict[Key, dict[str, tuple[int, int]]] = {}
    for row in connection.execute(query):
        days = found.setdefault(place._replace(owner=row.holder), {})
        days[row.day] = (row.first_seq, row.last_seq)
    return found


def _legs_between(
    connection: Connection, book_id: int, key: Key, first: int, last: int
) -> Iterator[StandingLeg]:
    """The legs of a key from one entry to another.

    Of the legs themselves only what the index has is asked, and all else of the same leg once more
    by its primary key: so SQLite uses the index. The outer joins keep the databases to this order.
    """
    found, whole = leg_sides.c, leg_sides.alias("whole")
    itself = and_(
        whole.c.book_id == found.book_id,
        whole.c.seq == found.seq,
        whole.c.leg == found.leg,
        whole.c.side == found.side,
    )
    same = and_(entries.c.book_id == found.book_id, entries.c.seq == found.seq)
    undone = and_(reversals.c.book_id == found.book_id, reversals.c.reversed == found.seq)
    joined = leg_sides.outerjoin(whole, itself).outerjoin(entries, same)
    query = (
        select(found.side, whole.c.amount, entries.c.kind, entries.c.day, reversals.c.seq)
        .select_from(joined.outerjoin(reversals, undone))
        .where(found.book_id == book_id, is_side_of(key), found.seq.between(first, last))
    )
    rows: Iterable[Any] = connection.execute(query)
    for side, amount, kind, day, reversed_by in rows:
        if reversed_by is None:
            yield StandingLeg(key, side, amount, kind, day)
