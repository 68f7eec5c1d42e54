"""Loading the facts that commands need, under the book's lock, in a handful of queries."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, not_, or_, select

from timebank.flows.facts import Needs
from timebank.ledger.entry import decode_entry
from timebank.ledger.keyring import repeated_from
from timebank.ledger.model import (
    ZERO,
    Balance,
    Entry,
    Holder,
    Key,
    Lot,
    Owners,
)
from timebank.ledger.registry import Registry
from timebank.ledger.state import BookState
from timebank.store.books import Book, Head
from timebank.store.charts import Chart, to_limits
from timebank.store.tables import (
    balances,
    entries,
    holder_keys,
    holders,
    leg_sides,
    lots,
    remainders,
    reversals,
    turnovers,
)

CHUNK = 1_000
"""How many values one query names at most."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The facts of one append: a partial state, who the member ids are, and their wrapped keys."""

    state: BookState
    members: dict[str, int] = field(default_factory=dict)
    wrapped_keys: dict[int, bytes] = field(default_factory=dict)


def load_facts(  # noqa: PLR0913  each is a thing of its own that the lock protects
    connection: Connection,
    book: Book,
    head: Head,
    chart: Chart,
    *,
    registry: Registry,
    needs: Sequence[Needs],
) -> Loaded:
    """Read what all these needs name into one partial state."""
    loading = _Loading(connection, book, head, chart, registry)
    members = {
        member
        for need in needs
        for member in (
            *(wanted.member for wanted in need.balances),
            *(spot.member for spot in need.counterparts),
            *need.leavers,
        )
        if member
    }
    loading.load_members(members)
    loading.load_entries({seq for need in needs for seq in need.entries})
    loading.load_lots(need for need in needs)
    loading.load_balances(needs)
    loading.load_trial_balance({need.trial_balance for need in needs if need.trial_balance})
    return loading.loaded


class _Loading:
    """One round of loading; each method adds to the partial state."""

    def __init__(
        self, connection: Connection, book: Book, head: Head, chart: Chart, registry: Registry
    ) -> None:
        self._connection = connection
        self._book_id = book.book_id
        self._earlier: dict[int, tuple[Entry, Owners]] = {}
        self._state = BookState(
            registry=registry,
            origin=book.origin,
            size=head.size,
            posted=head.posted,
            closed_until=head.closed_until,
            time_zone=book.time_zone,
            accounts=dict(chart.accounts),
            commodities=dict(chart.commodities),
            policies=list(chart.policies),
            vkeys=list(chart.vkeys),
            earlier=self._earlier.get,
        )
        self.loaded = Loaded(state=self._state)

    def load_members(self, member_ids: Iterable[str]) -> None:
        """Read holders by member id; forgotten ones are unknown."""
        for some in _chunks(member_ids):
            self._load_holders(and_(holders.c.member_id.in_(some), not_(holders.c.forgotten)))

    def load_entries(self, seqs: set[int]) -> None:
        """Read entries with owners and what is left of them, and what they in turn repeat."""
        seqs = {seq for seq in seqs if seq < self._state.size} - self._earlier.keys()
        if not seqs:
            return
        found = self._read_entries(seqs)
        owners = self._read_owners(found)
        for seq, entry in found.items():
            self._earlier[seq] = (entry, tuple(map(tuple, owners[seq])))  # type: ignore[arg-type]
        self._load_open_ends(seqs)
        unknown = {owner for pairs in owners.values() for pair in pairs for owner in pair}
        for some in _chunks(unknown - self._state.holders.keys() - {0}):
            self._load_holders(holders.c.holder.in_(some))
        repeated = (repeated_from(entry, self._state) for entry in found.values())
        self.load_entries({seq for seq in repeated if seq is not None})

    def load_lots(self, needs: Iterable[Needs]) -> None:
        """Read the lots that are named, and all funds where they are asked for."""
        named: defaultdict[str, set[str]] = defaultdict(set)
        funds = False
        for need in needs:
            funds = funds or need.funds
            for commodity, lot in need.lots:
                named[commodity].add(lot)
        for entry, _ in self._earlier.values():
            for leg in entry.legs:
                if leg.lot:
                    named[leg.commodity].add(leg.lot)
        for commodity, codes in named.items():
            for some in _chunks(codes):
                self._load_lots(and_(lots.c.commodity == commodity, lots.c.lot.in_(some)))
        if funds:
            self._load_lots(lots.c.lot.like("fund:%"))

    def load_balances(self, needs: Sequence[Needs]) -> None:
        """Read the balances of all keys that may change; those that have no row are zero."""
        keys = set(self._keys(needs))
        keys |= {key._replace(owner=0) for key in keys}
        owners_of: defaultdict[tuple[str, str, str], set[int]] = defaultdict(set)
        for key in keys:
            self._state.balances[key] = ZERO
            owners_of[key.account, key.commodity, key.lot].add(key.owner)
        for (account, commodity, lot), owners in owners_of.items():
            for some in _chunks(owners):
                self._load_balances(
                    and_(
                        balances.c.account == account,
                        balances.c.holder.in_(some),
                        balances.c.commodity == commodity,
                        balances.c.lot == lot,
                    )
                )
        for account in {account for need in needs for account in need.accounts}:
            self._load_balances(balances.c.account == account)
        for number in {self.loaded.members.get(m) for need in needs for m in need.leavers}:
            if number is not None:
                self._load_whole_holder(number)

    def load_trial_balance(self, days: set[str]) -> None:
        """Read all whole accounts, and what moved in them after the earliest of these days."""
        if not days:
            return
        self._load_balances(balances.c.holder == 0)
        rows = self._connection.execute(
            select(turnovers).where(
                turnovers.c.book_id == self._book_id,
                turnovers.c.holder == 0,
                turnovers.c.day > min(days),
            )
        )
        for row in rows:
            key = Key(row.account, 0, row.commodity, row.lot)
            self._state.add_turnover(row.day, key, debits=row.debits, credits_=row.credits)

    def _keys(self, needs: Sequence[Needs]) -> Iterator[Key]:
        members = self.loaded.members
        for need in needs:
            for wanted in need.balances:
                owner = members.get(wanted.member, 0) if wanted.member else 0
                yield Key(wanted.account, owner, wanted.commodity, wanted.lot)
            for seq in need.entries:
                if seq in self._earlier:
                    yield from self._keys_of_entry(seq, need)

    def _keys_of_entry(self, seq: int, need: Needs) -> Iterator[Key]:
        entry, owners = self._earlier[seq]
        for leg, (from_owner, to_owner) in zip(entry.legs, owners, strict=True):
            yield Key(leg.from_.partition("#")[0], from_owner, leg.commodity, leg.lot)
            yield Key(leg.to.partition("#")[0], to_owner, leg.commodity, leg.lot)
            for spot in need.counterparts:
                owner = self.loaded.members.get(spot.member, 0) if spot.member else 0
                yield Key(spot.account, owner, leg.commodity, leg.lot)

    def _load_holders(self, condition: ColumnElement[bool]) -> None:
        query = (
            select(holders, holder_keys.c.wrapped)
            .join(
                holder_keys,
                and_(
                    holder_keys.c.book_id == holders.c.book_id,
                    holder_keys.c.holder == holders.c.holder,
                ),
            )
            .where(holders.c.book_id == self._book_id, condition)
        )
        for row in self._connection.execute(query):
            self._state.holders[row.holder] = Holder(
                row.holder,
                row.kind,
                "",
                to_limits(row.limits),
                row.left_seq or 0,
                row.member_id,
            )
            if not row.forgotten:
                self.loaded.members[row.member_id] = row.holder
                self.loaded.wrapped_keys[row.holder] = row.wrapped

    def _read_entries(self, seqs: set[int]) -> dict[int, Entry]:
        found = {}
        for some in _chunks(seqs):
            query = select(entries.c.seq, entries.c.body).where(
                entries.c.book_id == self._book_id, entries.c.seq.in_(some)
            )
            for row in self._connection.execute(query):
                found[row.seq] = decode_entry(row.body)
        return found

    def _read_owners(self, found: dict[int, Entry]) -> dict[int, list[list[int]]]:
        owners = {seq: [[0, 0] for _ in entry.legs] for seq, entry in found.items()}
        for some in _chunks(found):
            query = select(
                leg_sides.c.seq, leg_sides.c.leg, leg_sides.c.side, leg_sides.c.holder
            ).where(leg_sides.c.book_id == self._book_id, leg_sides.c.seq.in_(some))
            for row in self._connection.execute(query):
                owners[row.seq][row.leg][row.side] = row.holder
        return owners

    def _load_open_ends(self, seqs: set[int]) -> None:
        for some in _chunks(seqs):
            left = select(remainders).where(
                remainders.c.book_id == self._book_id, remainders.c.seq.in_(some)
            )
            for row in self._connection.execute(left):
                self._state.remainders[row.seq, row.leg] = row.remaining
            done = select(reversals).where(
                reversals.c.book_id == self._book_id, reversals.c.reversed.in_(some)
            )
            for reversal in self._connection.execute(done):
                self._state.reversed_by[reversal.reversed] = reversal.seq

    def _load_lots(self, condition: ColumnElement[bool]) -> None:
        query = select(lots).where(lots.c.book_id == self._book_id, condition)
        for row in self._connection.execute(query):
            key = row.commodity, row.lot
            self._state.lots[key] = Lot(*key, row.seq, msgspec.json.decode(row.facts))

    def _load_balances(self, condition: ColumnElement[bool]) -> None:
        query = select(balances).where(balances.c.book_id == self._book_id, condition)
        for row in self._connection.execute(query):
            key = Key(row.account, row.holder, row.commodity, row.lot)
            self._state.balances[key] = Balance(row.debits, row.credits)

    def _load_whole_holder(self, number: int) -> None:
        controls = [
            account.code for account in self._state.accounts.values() if account.type == "control"
        ]
        self._load_balances(
            and_(
                or_(*(balances.c.account == account for account in controls)),
                balances.c.holder == number,
            )
        )


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(values)
    while some := list(islice(remaining, CHUNK)):
        yield some
