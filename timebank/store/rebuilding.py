"""Dropping the projections of a book, to be computed again from its log."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, update

from timebank.ledger.encoding import from_base64
from timebank.ledger.model import Holder
from timebank.store.definition_rows import limits_text
from timebank.store.tables import (
    accounts,
    balances,
    commodities,
    entries,
    heads,
    holders,
    leg_sides,
    lots,
    names,
    policies,
    remainders,
    reversals,
    subtree_roots,
    tallies,
    turnovers,
)

_DROPPED: Final[tuple[Table[Any], ...]] = (
    balances,
    turnovers,
    subtree_roots,
    remainders,
    reversals,
    names,
    tallies,
    policies,
    lots,  # refers to commodities
    commodities,
    accounts,
)


class Rebuilder:
    """Writes to the projections of one book, in a transaction that holds its lock."""

    def __init__(self, connection: Connection, book_id: int) -> None:
        """Write through this connection."""
        self._connection = connection
        self._book_id = book_id

    def drop_all(self) -> None:
        """Empty all projections but the leg sides: these say who is behind a reference."""
        for table in _DROPPED:
            self._connection.execute(delete(table).where(table.c.book_id == self._book_id))

    def drop_sides(self, first: int, last: int | None) -> None:
        """Drop the leg sides of the entries from ``first`` to ``last``; of all later if None."""
        sides = leg_sides.c
        statement = delete(leg_sides).where(sides.book_id == self._book_id, sides.seq >= first)
        self._connection.execute(statement if last is None else statement.where(sides.seq <= last))

    def change_entry(self, seq: int, values: Mapping[str, Any]) -> None:
        """Set what stands beside the bytes of an entry."""
        self._connection.execute(
            update(entries)
            .where(entries.c.book_id == self._book_id, entries.c.seq == seq)
            .values(**values)
        )

    def change_holder(self, columns: Mapping[str, Any]) -> bool:
        """Set what the log says of a holder; what is private stays. False: there is no such row."""
        changed = self._connection.execute(
            update(holders)
            .where(holders.c.book_id == self._book_id, holders.c.holder == columns["holder"])
            .values(**columns)
        )
        return bool(changed.rowcount)

    def change_head(self, values: Mapping[str, Any]) -> None:
        """Set where the book ends."""
        self._connection.execute(
            update(heads).where(heads.c.book_id == self._book_id).values(**values)
        )


def holder_columns(holder: Holder) -> dict[str, Any]:
    """The columns of a holder that the log says; the others are private."""
    return {
        "holder": holder.number,
        "kind": holder.kind,
        "key_hash": from_base64(holder.key_hash),
        "limits": limits_text(holder.limits),
        "left_seq": holder.left or None,
    }
