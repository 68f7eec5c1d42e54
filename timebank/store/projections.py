"""The projections of entries: leg sides, balances, turnovers and open ends, as rows."""

from typing import Any

from sqlalchemy import Connection, delete, insert, tuple_

from timebank.ledger.merkle import SubtreeRoot
from timebank.ledger.model import Entry, Key
from timebank.ledger.rules.names import names_of
from timebank.ledger.rules.tallies import EVER
from timebank.ledger.state import BookState, LegSide
from timebank.store import tables
from timebank.store.definition_rows import add_definition
from timebank.store.driver import Row
from timebank.store.rows import Rows, upsert, upsert_rows


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
        self._tallies = dict(state.tallies)
        self._reversed_by = dict(state.reversed_by)
        self._turnovers: dict[tuple[str, int, str, str, str], list[int]] = {}
        """Per account, owner, commodity, lot and day: debits, credits, first seq and last seq."""

    def add_entry(self, entry: Entry, body: bytes, leaf: bytes) -> None:
        """Add the entry itself, as the log holds it."""
        row = (
            self.rows.book_id,
            entry.seq,
            body,
            leaf,
            entry.kind,
            entry.day,
            entry.posted,
        )
        self.rows.put(tables.entries, row)

    def add(self, entry: Entry, sides: list[LegSide], completed: tuple[SubtreeRoot, ...]) -> None:
        """Add what follows from the next entry; the state is that after it."""
        kind = self._state.registry.kind(entry.kind)
        for side in sides:
            self._add_side(entry, side)
        for name in names_of(kind, entry):
            self.rows.add(tables.names, scope=name.scope, value=name.value, seq=entry.seq)
        for subtree in completed:
            self.rows.add(
                tables.subtree_roots, level=subtree.level, number=subtree.index, root=subtree.root
            )
        if kind.defines:
            self.defined = entry.seq + 1
            add_definition(self.rows, entry, self._state)

    def flush(self, connection: Connection) -> None:
        """Write everything."""
        self.rows.flush(connection)
        upsert_rows(connection, tables.balances, self._balance_rows(), add=False)
        upsert_rows(connection, tables.turnovers, self._turnover_rows(), add=True)
        self._flush_remainders(connection)
        self._flush_reversals(connection)
        upsert(connection, tables.tallies, self._tally_rows(), add=False)

    def _add_side(self, entry: Entry, side: LegSide) -> None:
        """Add a side, whose fields stand as the columns do, and count it for its day."""
        seq, day, account, commodity = entry.seq, entry.day, side.account, side.commodity
        self.rows.put(tables.leg_sides, (self.rows.book_id, seq, *side))
        for owner in (0, side.owner) if side.owner else (0,):
            place = account, owner, commodity, side.lot, day
            turnover = self._turnovers.get(place)
            if turnover is None:
                turnover = self._turnovers[place] = [0, 0, seq, seq]
            turnover[0 if side.side else 1] += side.amount
            turnover[3] = seq

    def _balance_rows(self) -> list[Row]:
        book_id, now = self.rows.book_id, self._state.balances
        keys = {Key(*place[:4]) for place in self._turnovers}
        return [(book_id, *key, *now[key]) for key in keys]

    def _turnover_rows(self) -> list[Row]:
        book_id = self.rows.book_id
        return [(book_id, *place, *sums) for place, sums in self._turnovers.items()]

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

    def _tally_rows(self) -> list[dict[str, Any]]:
        return [
            {
                "book_id": self.rows.book_id,
                "tally": key.tally,
                "holder": key.owner,
                "commodity": key.commodity,
                "amount": amount,
            }
            for key, amount in self._state.tallies.items()
            if key.day == EVER and self._tallies.get(key, 0) != amount
        ]

    def _flush_reversals(self, connection: Connection) -> None:
        new = [
            {"book_id": self.rows.book_id, "reversed": seq, "seq": by}
            for seq, by in self._state.reversed_by.items()
            if seq not in self._reversed_by
        ]
        if new:
            connection.execute(insert(tables.reversals), new)
