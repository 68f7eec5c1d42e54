"""Entries in the order of their days, as books are kept on paper, a stretch at a time.

Within a day they stand in the order of the log. Nothing here keeps more than one stretch in
memory. All of it is to be used in one transaction, which sees one state of the book throughout.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import Connection, select, tuple_

from timebank.store import scanning
from timebank.store.scanning import StoredEntry
from timebank.store.seqs import Days
from timebank.store.tables import entries, leg_sides
from timebank.store.tables.shape import MAX_INTEGER

Owned = Mapping[tuple[int, int], int]
"""Who stands behind each (leg, side) of an entry; nobody is not there."""

_STORED = select(*(entries.c[name] for name in StoredEntry._fields))


def iterate_by_day(
    connection: Connection, book_id: int, days: Days, *, last: int = MAX_INTEGER
) -> Iterator[list[StoredEntry]]:
    """Go through the entries up to ``last`` with a day in the period, by day and seq."""
    place = (entries.c.day, entries.c.seq)
    query = (
        _STORED.where(entries.c.book_id == book_id, entries.c.day <= days.last)
        .where(entries.c.seq <= last)
        .order_by(*place)
        .limit(scanning.STRETCH)
    )
    after = (days.first, -1)
    while True:
        # The one lower bound: beside a second one SQLite would seek by the day alone.
        rows = connection.execute(query.where(tuple_(*place) > tuple_(*after)))
        stretch = [StoredEntry._make(row) for row in rows]
        if not stretch:
            return
        yield stretch
        after = (stretch[-1].day, stretch[-1].seq)


def read_owners(connection: Connection, book_id: int, seqs: Collection[int]) -> dict[int, Owned]:
    """Read who stands behind the legs of these entries, as the leg sides tell it."""
    sides = leg_sides.c
    query = select(sides.seq, sides.leg, sides.side, sides.holder).where(
        sides.book_id == book_id, sides.seq.in_(seqs), sides.holder != 0
    )
    found: defaultdict[int, dict[tuple[int, int], int]] = defaultdict(dict)
    for seq, leg, side, holder in connection.execute(query):
        found[seq][leg, side] = holder
    return dict(found)


def read_of_kind(
    connection: Connection, book_id: int, kind: str, *, last: int = MAX_INTEGER
) -> list[StoredEntry]:
    """Read all entries up to ``last`` of a kind of which there are few, in the log's order."""
    query = _STORED.where(
        entries.c.book_id == book_id, entries.c.kind == kind, entries.c.seq <= last
    )
    return [StoredEntry._make(row) for row in connection.execute(query.order_by(entries.c.seq))]
