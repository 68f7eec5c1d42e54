"""What is private about entries: who stands behind their legs, and what opens their seals."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, and_, select

from timebank.store.tables import holder_keys, holders, leg_sides, openings


@dataclass(frozen=True, slots=True)
class Party:
    """The holder behind one side of a leg; ``member_id`` is that of a forgotten one too."""

    seq: int
    leg: int
    side: int
    holder: int
    member_id: str
    forgotten: bool


def read_parties(connection: Connection, book_id: int, seqs: Collection[int]) -> list[Party]:
    """Read who stands behind the legs of these entries, in order."""
    sides = leg_sides.c
    place = (sides.seq, sides.leg, sides.side)
    # An outer join, since SQLite might go through all holders first.
    query = (
        select(*place, sides.holder, holders.c.member_id, holders.c.forgotten)
        .outerjoin(
            holders, and_(holders.c.book_id == sides.book_id, holders.c.holder == sides.holder)
        )
        .where(sides.book_id == book_id, sides.seq.in_(seqs), sides.holder != 0)
        .order_by(*place)
    )
    return [Party(*row) for row in connection.execute(query)]


def read_openings(connection: Connection, book_id: int, seq: int) -> dict[int, bytes]:
    """Read what is left of the openings of an entry, encrypted, by seal."""
    query = select(openings.c.seal, openings.c.ciphertext).where(
        openings.c.book_id == book_id, openings.c.seq == seq
    )
    return {row.seal: row.ciphertext for row in connection.execute(query.order_by(openings.c.seal))}


def read_wrapped_keys(
    connection: Connection, book_id: int, numbers: Collection[int]
) -> dict[int, bytes]:
    """Read the keys of holders as they are kept."""
    table = holder_keys.c
    query = select(table.holder, table.wrapped).where(
        table.book_id == book_id, table.holder.in_(numbers)
    )
    return {row.holder: row.wrapped for row in connection.execute(query)}
