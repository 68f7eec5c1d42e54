"""Loading the facts that commands need, under the book's lock, in a handful of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
from sqlalchemy import ColumnElement, and_, bindparam, func, not_, or_, select

from timebank.flows.needs import Aged, Needs, Tallied, Wanted
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
    TallyKey,
)
from timebank.ledger.places import STOCK, place_of, quarantine_of
from timebank.ledger.registry import FactType, Registry
from timebank.ledger.rules.arrivals import arrives
from timebank.ledger.rules.definitions import FUND_PREFIX
from timebank.ledger.rules.names import RECALLED, Name, name_of_lot
from timebank.ledger.rules.references import names_of_answers
from timebank.ledger.rules.tallies import ACCOUNT, EVER
from timebank.ledger.state import ArrivalsInMemory, BookState, NamesInMemory
from timebank.ledger.tuples import new
from timebank.store.books import Book, Head
from timebank.store.charts import Chart, to_limits
from timebank.store.driver import Cursor, Row, Statement
from timebank.store.legs_by_day import StandingLeg, read_standing_legs
from timebank.store.tables import (
    balances,
    entries,
    holder_keys,
    holders,
    leg_sides,
    lots,
    names,
    remainders,
    reversals,
    tallies,
    turnovers,
)

CHUNK: Final = 1_000
"""How many values one query names at most."""

Holding: TypeAlias = tuple[str, str, str]
"""Account, commodity and lot."""

T = TypeVar("T")

_NOBODY: Final = ""
"""The id of nobody: what is of no member is under it."""

_encode: Final = msgspec.json.Encoder().encode

_HAS_KEYS: Final = and_(
    holder_keys.c.book_id == holders.c.book_id, holder_keys.c.holder == holders.c.holder
)
_HOLDER: Final = (
    select(
        holders.c.holder,
        holders.c.kind,
        holders.c.limits,
        holders.c.left_seq,
        holders.c.member_id,
        holders.c.forgotten,
        holder_keys.c.wrapped,
    )
    .join(holder_keys, _HAS_KEYS)
    .where(holders.c.book_id == bindparam("book"))
)
_HOLDER_COLUMNS: Final = len(_HOLDER.selected_columns)
_HOLDERS: Final = Statement(
    _HOLDER.where(holders.c.holder.in_(bindparam("numbers", expanding=True)))
)
# Of more than a few ids SQLite expects less than of all holders, and would read them all.
_BY_ID: Final = (holders, "INDEXED BY sqlite_autoindex_holders_2", "sqlite")
_IS_KNOWN: Final = and_(holders.c.book_id == bindparam("book"), not_(holders.c.forgotten))
_HOLDERS_BY_ID: Final = Statement(
    _HOLDER.where(
        holders.c.member_id.in_(bindparam("ids", expanding=True)), not_(holders.c.forgotten)
    ).with_hint(*_BY_ID)
)
_AT: Final = (
    balances.c.book_id == bindparam("book"),
    balances.c.account == bindparam("account"),
    balances.c.commodity == bindparam("commodity"),
    balances.c.lot == bindparam("lot"),
)
_ASKED: Final = func.json_each(bindparam("ids")).table_valued("value", name="asked")
_HOLDERS_AT: Final = Statement(
    select(*_HOLDER.selected_columns, balances.c.debits, balances.c.credits)
    .select_from(
        _ASKED.outerjoin(holders, and_(_IS_KNOWN, holders.c.member_id == _ASKED.c.value))
        .outerjoin(holder_keys, _HAS_KEYS)
        .outerjoin(balances, and_(*_AT, balances.c.holder == func.coalesce(holders.c.holder, 0)))
    )
    .with_hint(*_BY_ID)
)
"""Holders with what each has of a holding; the id of nobody gives the sum of the whole account.

The ids are a list in JSON. To look each of a few values up in a list of its own takes SQLite as
long as to look them up in the table.
"""

_BALANCES: Final = Statement(
    select(balances.c.holder, balances.c.debits, balances.c.credits).where(
        balances.c.book_id == bindparam("book"),
        balances.c.account == bindparam("account"),
        balances.c.holder.in_(bindparam("holders", expanding=True)),
        balances.c.commodity == bindparam("commodity"),
        balances.c.lot == bindparam("lot"),
    )
)
_SHELF: Final = Statement(
    select(balances.c.lot, balances.c.debits, balances.c.credits).where(
        balances.c.book_id == bindparam("book"),
        balances.c.account == bindparam("account"),
        balances.c.holder == 0,
        balances.c.commodity == bindparam("commodity"),
        balances.c.debits > balances.c.credits,
    )
)
_ENTRIES: Final = Statement(
    select(entries.c.seq, entries.c.body).where(
        entries.c.book_id == bindparam("book"),
        entries.c.seq.in_(bindparam("seqs", expanding=True)),
    )
)
_OWNERS: Final = Statement(
    select(leg_sides.c.seq, leg_sides.c.leg, leg_sides.c.side, leg_sides.c.holder).where(
        leg_sides.c.book_id == bindparam("book"),
        leg_sides.c.seq.in_(bindparam("seqs", expanding=True)),
    )
)
_LAST: Final = Statement(
    select(func.max(leg_sides.c.seq)).where(
        leg_sides.c.book_id == bindparam("book"),
        leg_sides.c.account == bindparam("account"),
        leg_sides.c.commodity == bindparam("commodity"),
        leg_sides.c.lot == bindparam("lot"),
    )
)
_REMAINDERS: Final = Statement(
    select(remainders.c.seq, remainders.c.leg, remainders.c.remaining).where(
        remainders.c.book_id == bindparam("book"),
        remainders.c.seq.in_(bindparam("seqs", expanding=True)),
    )
)
_REVERSALS: Final = Statement(
    select(reversals.c.reversed, reversals.c.seq).where(
        reversals.c.book_id == bindparam("book"),
        reversals.c.reversed.in_(bindparam("seqs", expanding=True)),
    )
)
_NAMES: Final = Statement(
    select(names.c.value, names.c.seq).where(
        names.c.book_id == bindparam("book"),
        names.c.scope == bindparam("scope"),
        names.c.value.in_(bindparam("names", expanding=True)),
    )
)
_TALLIES: Final = Statement(
    select(tallies.c.holder, tallies.c.amount).where(
        tallies.c.book_id == bindparam("book"),
        tallies.c.tally == bindparam("tally"),
        tallies.c.holder.in_(bindparam("holders", expanding=True)),
        tallies.c.commodity == bindparam("commodity"),
    )
)
_LOT: Final = select(lots.c.commodity, lots.c.lot, lots.c.seq, lots.c.facts).where(
    lots.c.book_id == bindparam("book")
)
_LOTS: Final = Statement(
    _LOT.where(
        lots.c.commodity == bindparam("commodity"),
        lots.c.lot.in_(bindparam("lots", expanding=True)),
    )
)
_FUNDS: Final = Statement(_LOT.where(lots.c.lot.startswith(FUND_PREFIX)))


class Loaded:
    """The facts of one append: a partial state, who the member ids are, and their wrapped keys."""

    def __init__(self, state: BookState) -> None:
        """Know of nobody."""
        self.state: Final = state
        self.members: Final[dict[str, int]] = {}
        self.wrapped_keys: Final[dict[int, bytes]] = {}


def load_facts(  # noqa: PLR0913  each is a thing of its own that the lock protects
    cursor: Cursor,
    book: Book,
    head: Head,
    chart: Chart,
    *,
    registry: Registry,
    needs: Sequence[Needs],
    today: str,
) -> Loaded:
    """Read what all these needs name into one partial state, on the day ``today``."""
    asked = _Asked()
    for need in needs:
        asked.add(need)
    loading = _Loading(cursor, book, head, chart, registry)
    named = asked.balances_by_holding()
    loading.load_members(asked.members(), named)
    if asked.entries:
        loading.load_entries(asked.entries)
    if asked.names:
        loading.load_names(asked.names)
    if asked.shelves:
        loading.load_shelves(asked.shelves)
    if asked.tallies:
        loading.load_tallies(asked.tallies, today)
    if asked.arrivals:
        loading.load_arrivals(asked.arrivals)
    loading.load_lots(asked.lots, funds=asked.funds)
    loading.load_moved(asked.moved)
    loading.load_balances(named, asked.linked)
    loading.load_whole(asked.accounts, asked.leavers)
    loading.load_trial_balance(asked.closed)
    return loading.loaded


class _Asked:
    """What all needs of one append name together; most of it is empty for most commands."""

    def __init__(self) -> None:
        self.balances: set[Wanted] = set()
        self.lots: set[tuple[str, str]] = set()
        self.entries: set[int] = set()
        self.accounts: set[str] = set()
        self.leavers: set[str] = set()
        self.names: set[Name] = set()
        self.tallies: set[Tallied] = set()
        self.arrivals: set[Aged] = set()
        self.shelves: set[tuple[str, str]] = set()
        self.moved: set[tuple[str, str, str]] = set()
        self.funds = False
        self.closed: set[str] = set()
        """The days up to which periods are to be closed."""
        self.linked: list[Needs] = []
        """Those of which more balances are needed: of what their entries and shelves have."""

    def add(self, need: Needs) -> None:
        """Add what one command needs."""
        self.balances |= need.balances
        self.lots |= need.lots
        self.names |= need.names
        self.tallies |= need.tallies
        self.arrivals |= need.arrivals
        if need.entries or need.shelves or need.counterparts:
            self.entries |= need.entries
            self.shelves |= need.shelves
            self.linked.append(need)
        self.accounts |= need.accounts
        self.leavers |= need.leavers
        self.moved |= need.moved
        self.funds = self.funds or need.funds
        if need.trial_balance:
            self.closed.add(need.trial_balance)

    def members(self) -> set[str]:
        """The ids of all members who are named."""
        found = {wanted.member for wanted in self.balances} | self.leavers
        found |= {spot.member for need in self.linked for spot in need.counterparts}
        found |= {tallied.member for tallied in self.tallies}
        found |= {aged.member for aged in self.arrivals}
        found.discard(_NOBODY)
        return found

    def balances_by_holding(self) -> dict[Holding, list[str]]:
        """Of whom balances are named of each holding; the empty id is nobody's."""
        found: dict[Holding, list[str]] = {}
        for account, member, commodity, lot in self.balances:
            found.setdefault((account, commodity, lot), []).append(member)
        return found


class _Loading:
    """One round of loading; each method adds to the partial state."""

    def __init__(
        self, cursor: Cursor, book: Book, head: Head, chart: Chart, registry: Registry
    ) -> None:
        self._cursor = cursor
        self._connection = cursor.connection
        self._book_id = book.book_id
        self._earlier: dict[int, tuple[Entry, Owners]] = {}
        self._names = NamesInMemory(complete=False)
        self._arrivals = ArrivalsInMemory(complete=False)
        self._lots: set[tuple[str, str]] = set()
        self._state = state = BookState(registry, book.origin)
        state.size = head.size
        state.posted = head.posted
        state.closed_until = head.closed_until
        state.time_zone = book.time_zone
        state.accounts = dict(chart.accounts)
        state.commodities = dict(chart.commodities)
        state.policies = list(chart.policies)
        state.vkeys = list(chart.vkeys)
        state.settings = chart.settings
        state.routes = chart.routes
        state.names = self._names
        state.arrivals = self._arrivals
        state.earlier = self._earlier.get
        self.loaded = Loaded(state)

    def load_members(self, member_ids: set[str], named: dict[Holding, list[str]]) -> None:
        """Read holders by member id; forgotten ones are unknown.

        Where all the balances that are ``named`` of members are of one holding, as in most appends,
        they are read in the same query, and are taken out of what is still to be read. It is so on
        SQLite alone: PostgreSQL takes longer for that one query than for two.
        """
        holdings = [holding for holding, members in named.items() if any(members)]
        if len(holdings) == 1 and self._cursor.on_sqlite:
            self._load_members_at(holdings[0], member_ids)
            del named[holdings[0]]
        else:
            for some in _chunks(member_ids):
                self._add_holders(self._run(_HOLDERS_BY_ID, ids=some))

    def _load_members_at(self, holding: Holding, member_ids: set[str]) -> None:
        """Read holders by member id, what each has of a holding, and what all have together."""
        account, commodity, lot = holding
        known = self._state.balances
        known[Key(account, 0, commodity, lot)] = ZERO
        for some in _chunks(member_ids):
            ids = _encode([*some, _NOBODY]).decode()
            rows = self._run(_HOLDERS_AT, ids=ids, account=account, commodity=commodity, lot=lot)
            self._add_holders(row for row in rows if row[0])
            for row in rows:
                debits, credits_ = row[_HOLDER_COLUMNS:]
                balance = ZERO if debits is None else new(Balance, (debits, credits_))
                known[new(Key, (account, row[0] or 0, commodity, lot))] = balance

    def load_entries(self, seqs: set[int]) -> None:
        """Read entries with owners, what is left of them and who answered them.

        What they in turn repeat, or draw on, is read too.
        """
        seqs = {seq for seq in seqs if seq < self._state.size} - self._earlier.keys()
        if not seqs:
            return
        found = self._read_entries(seqs)
        owners = self._read_owners(found)
        for seq, entry in found.items():
            self._earlier[seq] = (entry, tuple(map(tuple, owners[seq])))  # type: ignore[arg-type]
        self._load_open_ends(seqs)
        self._load_reversals(seqs)
        unknown = {owner for pairs in owners.values() for pair in pairs for owner in pair}
        for some in _chunks(unknown - self._state.holders.keys() - {0}):
            self._add_holders(self._run(_HOLDERS, numbers=some))
        self._load_tallied(found)
        registry = self._state.registry
        self.load_names({name for e in found.values() for name in names_of_answers(e, registry)})
        self.load_entries({seq for entry in found.values() for seq in self._behind(entry)})

    def _behind(self, entry: Entry) -> Iterator[int]:
        """What an entry repeats, and what it draws on, as a reversal of it would change that."""
        repeated = repeated_from(entry, self._state)
        if repeated is not None:
            yield repeated
        draws = self._state.registry.kind(entry.kind).draws
        if draws in entry.public:
            yield entry.public[draws]

    def load_lots(self, named: set[tuple[str, str]], *, funds: bool) -> None:
        """Read the lots that are named, and all funds where they are asked for.

        Of batches of goods also whether they were recalled, since any of them may be handed on.
        """
        self._lots |= named
        for entry, _ in self._earlier.values():
            self._lots |= {thing for thing in self._things_of(entry) if thing[1]}
        if not (self._lots or funds):
            return
        codes: defaultdict[str, set[str]] = defaultdict(set)
        for commodity, lot in self._lots:
            codes[commodity].add(lot)
        for commodity, of_commodity in codes.items():
            for some in _chunks(of_commodity):
                self._add_lots(self._run(_LOTS, commodity=commodity, lots=some))
        batches = {lot for lot in self._lots if not lot[1].startswith(FUND_PREFIX)}
        if batches:
            self.load_names({name_of_lot(RECALLED, *lot) for lot in batches})
        if funds:
            self._add_lots(self._run(_FUNDS))

    def load_balances(self, named: Mapping[Holding, list[str]], linked: Iterable[Needs]) -> None:
        """Read all balances that may change and are not known yet; what has no row is zero."""
        members, known = self.loaded.members, self._state.balances
        # Of the account as a whole in any case.
        owners_of = {
            holding: {0, *[members.get(member, 0) for member in of_holding]}
            for holding, of_holding in named.items()
        }
        for key in self._linked_keys(linked):
            holding = key.account, key.commodity, key.lot
            owners_of.setdefault(holding, {0}).add(key.owner)
        for (account, commodity, lot), owners in owners_of.items():
            unknown = [one for one in owners if (account, one, commodity, lot) not in known]
            found: dict[int, Balance] = {}
            for some in _chunks(unknown):
                for owner, debits, credits_ in self._run(
                    _BALANCES, account=account, holders=some, commodity=commodity, lot=lot
                ):
                    found[owner] = Balance(debits, credits_)
            for owner in unknown:
                known[Key(account, owner, commodity, lot)] = found.get(owner, ZERO)

    def load_whole(self, accounts: Iterable[str], leavers: Iterable[str]) -> None:
        """Read all balances of these accounts, and of these members."""
        for account in accounts:
            self._load_balances(balances.c.account == account)
        for number in {self.loaded.members.get(member) for member in leavers}:
            if number is not None:
                self._load_whole_holder(number)

    def load_names(self, wanted: Collection[Name]) -> None:
        """Read who took these names, and whether they still have them."""
        values: defaultdict[str, set[str]] = defaultdict(set)
        for name in wanted:
            values[name.scope].add(name.value)
        taken: defaultdict[Name, list[int]] = defaultdict(list)
        for scope, of_scope in values.items():
            for some in _chunks(of_scope):
                for value, seq in self._run(_NAMES, scope=scope, names=some):
                    taken[Name(scope, value)].append(seq)
        for name in wanted:
            self._names.load(*name, tuple(sorted(taken[name])))
        self._load_reversals(seq for seqs in taken.values() for seq in seqs)

    def load_shelves(self, wanted: Collection[tuple[str, str]]) -> None:
        """Read all that lies on these shelves; its lots are read with the others."""
        found: set[tuple[str, str]] = set()
        for account, commodity in sorted(wanted):
            shelf = self._state.shelves.setdefault((account, commodity), set())
            for lot, debits, credits_ in self._run(_SHELF, account=account, commodity=commodity):
                shelf.add(lot)
                found.add((commodity, lot))
                key = Key(account, 0, commodity, lot)
                self._state.balances[key] = Balance(debits, credits_)
        self._lots |= found

    def load_tallies(self, wanted: Collection[Tallied], today: str) -> None:
        """Read what members have earned or redeemed, ever and on a day."""
        members = self.loaded.members
        keys = {
            TallyKey(one.tally, members[one.member], one.commodity, one.day or today)
            for one in wanted
            if one.member in members
        }
        self._load_ever(keys)
        for key in keys:
            self._state.tallies[key] = 0
        for (tally, commodity, day), owners in _owners_by_tally(keys).items():
            sides = self._sides_that_count(tally)
            parts = [Key(ACCOUNT, owner, commodity, "") for owner in owners]
            for leg in self._standing_legs(parts, turnovers.c.day == day):
                if sides.get(leg.kind) == leg.side:
                    key = TallyKey(tally, leg.key.owner, commodity, day)
                    self._state.tallies[key] += leg.amount

    def load_moved(self, wanted: Collection[tuple[str, str, str]]) -> None:
        """Read which entry moved these lots at these places last."""
        for place in wanted:
            account, commodity, lot = place
            ((last,),) = self._run(_LAST, account=account, commodity=commodity, lot=lot)
            self._state.moved[place] = last or 0

    def load_arrivals(self, wanted: Collection[Aged]) -> None:
        """Read what came into accounts on each day after one and still stands."""
        keys_after: defaultdict[tuple[str, str, str], set[Key]] = defaultdict(set)
        for one in wanted:
            owner = self.loaded.members.get(one.member, 0)
            if owner or not one.member:
                key = Key(one.account, owner, one.commodity, "")
                keys_after[one.account, one.commodity, one.after].add(key)
        # The earliest day last, which knows of all that the others know.
        for (_, _, after), keys in sorted(keys_after.items(), reverse=True):
            amounts: defaultdict[Key, dict[str, int]] = defaultdict(dict)
            for leg in self._standing_legs(keys, turnovers.c.day > after):
                if leg.side and arrives(self._state.registry.kind(leg.kind)):
                    of_key = amounts[leg.key]
                    of_key[leg.day] = of_key.get(leg.day, 0) + leg.amount
            for key in keys:
                self._arrivals.load(key, after, amounts[key])

    def load_trial_balance(self, days: set[str]) -> None:
        """Read all whole accounts, and what moved in them after the earliest of these days."""
        if not days:
            return
        self._load_balances(balances.c.holder == 0)
        rows: Iterable[Any] = self._connection.execute(
            select(turnovers).where(
                turnovers.c.book_id == self._book_id,
                turnovers.c.holder == 0,
                turnovers.c.day > min(days),
            )
        )
        for row in rows:
            key = Key(row.account, 0, row.commodity, row.lot)
            self._state.add_turnover(row.day, key, debits=row.debits, credits_=row.credits)

    def _linked_keys(self, linked: Iterable[Needs]) -> Iterator[Key]:
        """What entries and shelves have, there and where it goes."""
        members = self.loaded.members
        for need in linked:
            # Of what is on a shelf all lots count: a command before may put any of them there.
            on_shelves = {commodity for _, commodity in need.shelves}
            things = {lot for lot in self._lots if lot[0] in on_shelves}
            for seq in need.entries:
                if seq in self._earlier:
                    things |= self._things_of(self._earlier[seq][0])
                    yield from self._keys_of_entry(seq)
                    if need.places:
                        yield from self._keys_of_places(seq)
            for spot in need.counterparts:
                owner = members.get(spot.member, 0) if spot.member else 0
                for thing in things:
                    yield Key(spot.account, owner, *thing)

    def _keys_of_entry(self, seq: int) -> Iterator[Key]:
        entry, owners = self._earlier[seq]
        for leg, (from_owner, to_owner) in zip(entry.legs, owners, strict=True):
            yield Key(leg.from_.partition("#")[0], from_owner, leg.commodity, leg.lot)
            yield Key(leg.to.partition("#")[0], to_owner, leg.commodity, leg.lot)
        for account in self._named_by(entry, "account"):
            for thing in self._things_of(entry):
                yield Key(account, 0, *thing)

    def _keys_of_places(self, seq: int) -> Iterator[Key]:
        """The shelf and the quarantine of each place that an entry touches."""
        for leg in self._earlier[seq][0].legs:
            for account in (leg.from_, leg.to):
                if account.startswith(STOCK):
                    place = place_of(account)
                    yield Key(place, 0, leg.commodity, leg.lot)
                    yield Key(quarantine_of(place), 0, leg.commodity, leg.lot)

    def _things_of(self, entry: Entry) -> set[tuple[str, str]]:
        """The commodities and lots of the legs, and the one that the facts name."""
        named = zip(self._named_by(entry, "commodity"), self._named_by(entry, "lot"), strict=False)
        return {(leg.commodity, leg.lot) for leg in entry.legs} | set(named)

    def _named_by(self, entry: Entry, type_: FactType) -> list[str]:
        """The facts of a type, such as the cash account of a market."""
        facts = self._state.registry.kind(entry.kind).facts
        return [
            entry.public[name]
            for name, spec in facts.items()
            if spec.type == type_ and name in entry.public
        ]

    def _add_holders(self, rows: Iterable[Row]) -> None:
        for row in rows:
            number, kind, limits, left, member_id, forgotten, wrapped = row[:_HOLDER_COLUMNS]
            self._state.holders[number] = Holder(
                number, kind, "", to_limits(limits), left or 0, member_id
            )
            if not forgotten:
                self.loaded.members[member_id] = number
                self.loaded.wrapped_keys[number] = wrapped

    def _read_entries(self, seqs: set[int]) -> dict[int, Entry]:
        found = {}
        for some in _chunks(seqs):
            for seq, body in self._run(_ENTRIES, seqs=some):
                found[seq] = decode_entry(body)
        return found

    def _read_owners(self, found: dict[int, Entry]) -> dict[int, list[list[int]]]:
        owners = {seq: [[0, 0] for _ in entry.legs] for seq, entry in found.items()}
        for some in _chunks(found):
            for seq, leg, side, holder in self._run(_OWNERS, seqs=some):
                owners[seq][leg][side] = holder
        return owners

    def _load_open_ends(self, seqs: set[int]) -> None:
        for some in _chunks(seqs):
            for seq, leg, remaining in self._run(_REMAINDERS, seqs=some):
                self._state.remainders[seq, leg] = remaining

    def _load_reversals(self, seqs: Iterable[int]) -> None:
        for some in _chunks(seqs):
            self._state.reversed_by.update(self._run(_REVERSALS, seqs=some))

    def _load_tallied(self, found: Mapping[int, Entry]) -> None:
        """Read the tallies that reversing these entries would change."""
        keys = set()
        for seq, entry in found.items():
            tally = self._state.registry.kind(entry.kind).tally
            for leg, sides in zip(entry.legs, self._earlier[seq][1], strict=True):
                if tally and sides[tally.side]:
                    keys.add(TallyKey(tally.tally, sides[tally.side], leg.commodity, EVER))
        self._load_ever(keys)

    def _load_ever(self, keys: Iterable[TallyKey]) -> None:
        """Read the tallies of all days together; those that have no row are zero."""
        ever = {key._replace(day=EVER) for key in keys}
        for key in ever:
            self._state.tallies[key] = 0
        for (tally, commodity, _), owners in _owners_by_tally(ever).items():
            for some in _chunks(owners):
                for holder, amount in self._run(
                    _TALLIES, tally=tally, commodity=commodity, holders=some
                ):
                    self._state.tallies[TallyKey(tally, holder, commodity, EVER)] = amount

    def _sides_that_count(self, tally: str) -> dict[str, int]:
        """The kinds whose legs count towards a tally, and on which side."""
        tallies_of = {kind.kind: kind.tally for kind in self._state.registry.kinds.values()}
        return {kind: one.side for kind, one in tallies_of.items() if one and one.tally == tally}

    def _standing_legs(
        self, wanted: Iterable[Key], on: ColumnElement[bool]
    ) -> Iterator[StandingLeg]:
        for some in _chunks(wanted):
            yield from read_standing_legs(self._connection, self._book_id, some, on)

    def _add_lots(self, rows: Iterable[Row]) -> None:
        for commodity, lot, seq, facts in rows:
            self._state.lots[commodity, lot] = Lot(commodity, lot, seq, msgspec.json.decode(facts))

    def _load_balances(self, condition: ColumnElement[bool]) -> None:
        query = select(balances).where(balances.c.book_id == self._book_id, condition)
        rows: Iterable[Any] = self._connection.execute(query)
        for row in rows:
            key = Key(row.account, row.holder, row.commodity, row.lot)
            self._state.balances[key] = Balance(row.debits, row.credits)

    def _run(self, statement: Statement, **values: Any) -> list[Row]:  # noqa: ANN401  of any columns
        return statement.run(self._cursor, book=self._book_id, **values)

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


def _owners_by_tally(keys: Iterable[TallyKey]) -> dict[tuple[str, str, str], set[int]]:
    """Whose tallies are asked for, by tally, commodity and day."""
    found: defaultdict[tuple[str, str, str], set[int]] = defaultdict(set)
    for key in keys:
        found[key.tally, key.commodity, key.day].add(key.owner)
    return found


def _chunks(values: Iterable[T]) -> list[list[T]]:
    all_of_them = list(values)
    return [all_of_them[start : start + CHUNK] for start in range(0, len(all_of_them), CHUNK)]
