"""The projections of entries: leg sides, balances, turnovers and open ends, as rows."""

from typing import Final, cast

from sqlalchemy import Connection, bindparam, delete

from timebank.ledger.merkle import SubtreeRoot
from timebank.ledger.model import Entry, Key
from timebank.ledger.rules.names import gives_names, names_of
from timebank.ledger.rules.tallies import EVER
from timebank.ledger.state import BookState
from timebank.ledger.sums import LegSide
from timebank.store import tables
from timebank.store.definition_rows import add_definition
from timebank.store.driver import Cursor, Row, Statement
from timebank.store.rows import Rows

_DROP_REMAINDER: Final = Statement(
    delete(tables.remainders).where(
        tables.remainders.c.book_id == bindparam("book"),
        tables.remainders.c.seq == bindparam("seq"),
        tables.remainders.c.leg == bindparam("leg"),
    )
)


class Projection:
    """What a run of entries adds to the projections of a book, written at the end of the run.

    The journal uses it for each append, and rebuilding for each stretch of the log.
    """

    def __init__(self, book_id: int, state: BookState) -> None:
        """Start from the state before the run, in order to see in the end what changed."""
        self.rows = Rows(book_id)
        self.defined: int | None = None
        """The size of the log at the last definition of the run, if it had any."""
        self._book_id = book_id
        self._state = state
        self._kinds = state.registry.kinds
        self._remainders = dict(state.remainders)
        self._tallies = dict(state.tallies)
        self._reversed_by = dict(state.reversed_by)
        self._entries = self.rows.to(tables.entries)
        self._sides = self.rows.to(tables.leg_sides)
        self._turnovers: dict[Row, list[int]] = {}
        """Per account, owner, commodity, lot and day: debits, credits, first seq and last seq."""

    def add_entry(self, entry: Entry, body: bytes, leaf: bytes) -> None:
        """Add the entry itself, as the log holds it."""
        self._entries.append(
            (self._book_id, entry.seq, body, leaf, entry.kind, entry.day, entry.posted)
        )

    def add(self, entry: Entry, sides: list[LegSide], completed: tuple[SubtreeRoot, ...]) -> None:
        """Add what follows from the next entry; the state is that after it."""
        kind = self._kinds[entry.kind]
        seq, day = entry.seq, entry.day
        for side in sides:
            self._add_side(seq, day, side)
        if gives_names(kind):
            for name in names_of(kind, entry):
                self.rows.add(tables.names, scope=name.scope, value=name.value, seq=seq)
        for subtree in completed:
            self.rows.add(
                tables.subtree_roots, level=subtree.level, number=subtree.index, root=subtree.root
            )
        if kind.defines:
            self.defined = entry.seq + 1
            add_definition(self.rows, entry, self._state)

    def flush(self, within: Connection | Cursor) -> None:
        """Write everything."""
        self.rows.replace(tables.balances, self._balance_rows())
        self.rows.grow(tables.turnovers, self._turnover_rows())
        self.rows.replace(tables.remainders, self._remainder_rows())
        self.rows.replace(tables.tallies, self._tally_rows())
        self.rows.to(tables.reversals).extend(self._reversal_rows())
        self.rows.flush(within)
        self._drop_remainders(within)

    def _add_side(self, seq: int, day: str, side: LegSide) -> None:
        """Add a side, whose fields stand as the columns do, and count it for its day."""
        self._sides.append((self._book_id, seq) + side)  # noqa: RUF005  in one step
        self._count((side.account, 0, side.commodity, side.lot, day), seq, side)
        if side.owner:
            self._count((side.account, side.owner, side.commodity, side.lot, day), seq, side)

    def _count(self, place: Row, seq: int, side: LegSide) -> None:
        turnover = self._turnovers.get(place)
        if turnover is None:
            turnover = self._turnovers[place] = [0, 0, seq, seq]
        turnover[0 if side.side else 1] += side.amount
        turnover[3] = seq

    def _balance_rows(self) -> list[Row]:
        book: Row = (self._book_id,)
        now = self._state.balances
        # Once each, though moved on several days. A plain tuple is found as its Key is.
        keys = cast("dict[Key, None]", dict.fromkeys([place[:4] for place in self._turnovers]))
        return [book + key + now[key] for key in keys]

    def _turnover_rows(self) -> list[Row]:
        book: Row = (self._book_id,)
        return [book + place + tuple(sums) for place, sums in self._turnovers.items()]

    def _remainder_rows(self) -> list[Row]:
        before = self._remainders
        return [
            (self._book_id, *place, remaining)
            for place, remaining in self._state.remainders.items()
            if before.get(place) != remaining
        ]

    def _drop_remainders(self, within: Connection | Cursor) -> None:
        """Drop those of which nothing is left."""
        now = self._state.remainders
        for seq, leg in self._remainders:
            if (seq, leg) not in now:
                _DROP_REMAINDER.run(within, book=self._book_id, seq=seq, leg=leg)

    def _tally_rows(self) -> list[Row]:
        before = self._tallies
        return [
            (self._book_id, key.tally, key.owner, key.commodity, amount)
            for key, amount in self._state.tallies.items()
            if key.day == EVER and before.get(key, 0) != amount
        ]

    def _reversal_rows(self) -> list[Row]:
        return [
            (self._book_id, seq, by)
            for seq, by in self._state.reversed_by.items()
            if seq not in self._reversed_by
        ]
