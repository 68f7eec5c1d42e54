"""The projections of entries: leg sides, balances, turnovers and open ends, as rows."""

from typing import Any

from sqlalchemy import Connection, delete, insert, tuple_

from timebank.ledger.merkle import SubtreeRoot
from timebank.ledger.model import Entry, Key
from timebank.ledger.state import BookState, LegSide
from timebank.store import tables
from timebank.store.definition_rows import add_definition
from timebank.store.rows import Rows, upsert


class Projection:
    """What a run of entries adds to the projections of a book, written at the end of the run.

    The journal uses it for each append, and rebuilding for each stretch of the log.
    """

    def __init__(self, book_id: int, state: BookState) -> None:
        """Start from the state before the run, in order to see in the end what changed."""
        self.rows = Rows(book_id)
        self.defined: int | None = None
        """The size of the log at the last definition of the run, if it had any."""
        self._state = state
        self._remainders = dict(state.remainders)
        self._reversed_by = dict(state.reversed_by)
        self._keys: set[Key] = set()
        self._turnovers: dict[tuple[Key, str], list[int]] = {}

    def add_entry(self, entry: Entry, body: bytes, leaf: bytes) -> None:
        """Add the entry itself, as the log holds it."""
        self.rows.add(
            tables.entries,
            seq=entry.seq,
            body=body,
            leaf=leaf,
            kind=entry.kind,
            day=entry.day,
            posted=entry.posted,
        )

    def add(self, entry: Entry, sides: list[LegSide], completed: tuple[SubtreeRoot, ...]) -> None:
        """Add what follows from the next entry; the state is that after it."""
        for side in sides:
            self._add_side(entry, side)
        for subtree in completed:
            self.rows.add(
                tables.subtree_roots, level=subtree.level, number=subtree.index, root=subtree.root
            )
        if self._state.registry.kind(entry.kind).defines:
            self.defined = entry.seq + 1
            add_definition(self.rows, entry, self._state)

    def flush(self, connection: Connection) -> None:
        """Write everything."""
        self.rows.flush(connection)
        upsert(connection, tables.balances, self._balance_rows(), add=False)
        upsert(connection, tables.turnovers, self._turnover_rows(), add=True)
        self._flush_remainders(connection)
        self._flush_reversals(connection)

    def _add_side(self, entry: Entry, side: LegSide) -> None:
        self.rows.add(
            tables.leg_sides,
            seq=entry.seq,
            leg=side.leg,
            side=side.side,
            account=side.account,
            holder=side.owner,
            commodity=side.commodity,
            lot=side.lot,
            amount=side.amount,
            debits=side.debits,
            credits=side.credits,
            total_debits=side.total_debits,
            total_credits=side.total_credits,
        )
        for owner in {0, side.owner}:
            key = Key(side.account, owner, side.commodity, side.lot)
            self._keys.add(key)
            turnover = self._turnovers.setdefault((key, entry.day), [0, 0, entry.seq, entry.seq])
            turnover[0 if side.side else 1] += side.amount
            turnover[3] = entry.seq

    def _columns(self, key: Key) -> dict[str, Any]:
        return {
            "book_id": self.rows.book_id,
            "account": key.account,
            "holder": key.owner,
            "commodity": key.commodity,
            "lot": key.lot,
        }

    def _balance_rows(self) -> list[dict[str, Any]]:
        return [
            {**self._columns(key), "debits": balance.debits, "credits": balance.credits}
            for key in self._keys
            for balance in (self._state.balances[key],)
        ]

    def _turnover_rows(self) -> list[dict[str, Any]]:
        return [
            {
                **self._columns(key),
                "day": day,
                "debits": debits,
                "credits": credits_,
                "first_seq": first_seq,
                "last_seq": last_seq,
            }
            for (key, day), (debits, credits_, first_seq, last_seq) in self._turnovers.items()
        ]

    def _flush_remainders(self, connection: Connection) -> None:
        table, now = tables.remainders, self._state.remainders
        gone = [place for place in self._remainders if place not in now]
        if gone:
            connection.execute(
                delete(table).where(
                    table.c.book_id == self.rows.book_id,
                    tuple_(table.c.seq, table.c.leg).in_(gone),
                )
            )
        changed = [
            {"book_id": self.rows.book_id, "seq": seq, "leg": leg, "remaining": remaining}
            for (seq, leg), remaining in now.items()
            if self._remainders.get((seq, leg)) != remaining
        ]
        upsert(connection, table, changed, add=False)

    def _flush_reversals(self, connection: Connection) -> None:
        new = [
            {"book_id": self.rows.book_id, "reversed": seq, "seq": by}
            for seq, by in self._state.reversed_by.items()
            if seq not in self._reversed_by
        ]
        if new:
            connection.execute(insert(tables.reversals), new)
