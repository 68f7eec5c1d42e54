"""The state of a book: what the entries so far add up to.

One class serves both sides. Replay starts from :meth:`BookState.empty` and folds the whole log
into it; the journal fills it with just the facts that a command needs, read under the book's
lock. The rules look at nothing else, so what is allowed is decided in the same way in both.

A state that the journal filled is *partial*: its ``balances`` hold only what was loaded, and to ask
for anything else is a KeyError, never a silent zero.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

from timebank.ledger import codes
from timebank.ledger.model import (
    ZERO,
    Account,
    Balance,
    Commodity,
    Entry,
    Holder,
    Key,
    Limit,
    Lot,
    Owners,
    Policy,
    TallyKey,
)
from timebank.ledger.places import STOCK
from timebank.ledger.registry import Pattern, Registry
from timebank.ledger.tuples import new

SettingKey = tuple[str, str, str, str]
"""A setting, and the commodity, the category and the goods that it is set for."""


class Route(NamedTuple):
    """Where a leg goes: what the book's definitions and its kind say of all legs like it.

    ``from_`` and ``to`` are the balances of the whole accounts. ``pattern`` is that of the kind
    which allows the leg, None for a reversal, which turns round what was allowed before.
    ``holders`` says for either side what sort of holder must stand behind it, empty for none.
    """

    from_: Key
    to: Key
    pattern: Pattern | None
    holders: tuple[str, str]


RouteKey: TypeAlias = tuple[str, str, str, str, str, str, str]
"""Kind, either account followed by ``#`` where a holder stands behind it, commodity and lot."""


class LegSide(NamedTuple):
    """One side of a leg with the running sums after it.

    ``debits`` and ``credits`` are those of the owner's part of the account, ``total_debits`` and
    ``total_credits`` those of the whole account; without an owner they are the same.
    """

    leg: int
    side: int
    account: str
    owner: int
    commodity: str
    lot: str
    amount: int
    debits: int
    credits: int
    total_debits: int
    total_credits: int


@dataclass(slots=True)
class Ceilings:
    """How far below zero all members together may be, from the limits published so far.

    The public replay cannot see whose balance is whose, so it holds the members' total against
    the highest limits that ever were in force: a lower limit does not undo an older debt. Whoever
    left owes nothing any more, and no longer counts.
    """

    members: int = 0
    highest: dict[str, int] = field(default_factory=dict)
    """Per commodity, the highest ``credit_limit`` that was ever published."""
    own_limits: dict[str, int] = field(default_factory=dict)
    """Per commodity, the sum of the limits of members that have one of their own."""
    own_members: dict[str, int] = field(default_factory=dict)
    """Per commodity, how many members have a limit of their own."""

    def enrol(self, limits: tuple[Limit, ...]) -> None:
        """Count a member with these limits of their own."""
        self._count(limits, 1)

    def leave(self, limits: tuple[Limit, ...]) -> None:
        """Count a member with these limits of their own no longer."""
        self._count(limits, -1)

    def publish(self, commodity: str, limit: int) -> None:
        """Take a ``credit_limit`` into account."""
        self.highest[commodity] = max(limit, self.highest.get(commodity, 0))

    def total(self, commodity: str) -> int:
        """The sum of all members' limits in a commodity, >= 0."""
        others = self.members - self.own_members.get(commodity, 0)
        return self.own_limits.get(commodity, 0) + others * self.highest.get(commodity, 0)

    def _count(self, limits: tuple[Limit, ...], sign: int) -> None:
        self.members += sign
        for limit in limits:
            code, amount = limit.commodity, sign * limit.amount
            self.own_limits[code] = self.own_limits.get(code, 0) + amount
            self.own_members[code] = self.own_members.get(code, 0) + sign


class Names(Protocol):
    """Which entries took a name, in order. It grows with the log, so it may be kept elsewhere."""

    def seqs(self, scope: str, value: str) -> tuple[int, ...]:
        """The entries that took this name."""

    def add(self, scope: str, value: str, seq: int) -> None:
        """Let an entry take a name."""


class NamesInMemory:
    """Names kept in memory. With ``complete=False`` only those that were loaded are known."""

    def __init__(self, *, complete: bool = True) -> None:
        """Start without names."""
        self._complete = complete
        self._seqs: dict[tuple[str, str], tuple[int, ...]] = {}

    def load(self, scope: str, value: str, seqs: tuple[int, ...]) -> None:
        """Know of a name, even that nobody took it."""
        self._seqs[scope, value] = seqs

    def seqs(self, scope: str, value: str) -> tuple[int, ...]:
        """The entries that took this name. Raises KeyError where it was not loaded."""
        if self._complete:
            return self._seqs.get((scope, value), ())
        return self._seqs[scope, value]

    def add(self, scope: str, value: str, seq: int) -> None:
        """Let an entry take a name."""
        self._seqs[scope, value] = (*self.seqs(scope, value), seq)


class Arrivals(Protocol):
    """What came into accounts on which day. It grows with the log, so it may be kept elsewhere."""

    def add(self, key: Key, day: str, amount: int) -> None:
        """Count what came in on a day; an amount below zero takes back."""

    def after(self, key: Key, day: str) -> int:
        """All that came in after a day, >= 0."""


class ArrivalsInMemory:
    """Arrivals kept in memory. With ``complete=False`` only those that were loaded are known."""

    def __init__(self, *, complete: bool = True) -> None:
        """Start without arrivals."""
        self._complete = complete
        self._known_after: dict[Key, str] = {}
        self._amounts: defaultdict[Key, dict[str, int]] = defaultdict(dict)

    def load(self, key: Key, after: str, amounts: Mapping[str, int]) -> None:
        """Know what came in on each day after one, even that nothing did."""
        self._known_after[key] = after
        self._amounts[key] = dict(amounts)

    def add(self, key: Key, day: str, amount: int) -> None:
        """Count what came in on a day; what was not asked for is not kept."""
        if self._complete or key in self._known_after:
            of_key = self._amounts[key]
            of_key[day] = of_key.get(day, 0) + amount

    def after(self, key: Key, day: str) -> int:
        """All that came in after a day. Raises KeyError where it was not loaded."""
        if not self._complete and day < self._known_after[key]:
            raise KeyError((key, day))
        return sum(amount for on, amount in self._amounts[key].items() if on > day)


class Version(NamedTuple):
    """A value of a setting: the day it takes force, and the policy that set it."""

    in_force: str
    seq: int
    value: int


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the first ``count`` policies, by what they are set for.

    Never changed, so it is shared.
    """

    count: int = 0
    versions: Mapping[SettingKey, tuple[Version, ...]] = field(default_factory=dict)

    def extended(self, policies: Sequence[Policy]) -> "Settings":
        """The settings of all these policies, the first of which are here already."""
        versions = dict(self.versions)
        for policy in policies[self.count :]:
            for item in policy.settings:
                key = setting_key(item)
                version = Version(policy.in_force, policy.seq, item["value"])
                versions[key] = (*versions.get(key, ()), version)
        return Settings(len(policies), versions)

    def find(self, key: SettingKey, day: str) -> Version | None:
        """What is in force on a day: of the policy that took force last, and then was set last.

        None where it was never set.
        """
        last: Version | None = None
        for one in self.versions.get(key, ()):
            if one.in_force <= day and (last is None or one > last):
                last = one
        return last


NO_SETTINGS: Final = Settings()


class BookState:
    """Definitions, balances and open ends of one book after ``size`` entries."""

    def __init__(self, registry: Registry, origin: str) -> None:
        """Know of nothing; to be filled with what is needed."""
        self.registry = registry
        self.origin = origin
        self.size = 0
        self.posted = ""
        self.closed_until = ""
        self.time_zone = ""
        self.vkeys: list[str] = []
        self.accounts: dict[str, Account] = {}
        self.commodities: dict[str, Commodity] = {}
        self.lots: dict[tuple[str, str], Lot] = {}
        self.holders: dict[int, Holder] = {}
        self.key_hashes: set[str] = set()
        self.policies: list[Policy] = []
        self.balances: dict[Key, Balance] = {}
        self.turnovers: dict[str, dict[Key, list[int]]] = {}
        """Per day after the last close, the debits and credits of whole accounts on it."""
        self.routes: dict[RouteKey, Route] = {}
        """The ways that legs went before and may go again; none of a closed account."""
        self.remainders: dict[tuple[int, int], int] = {}
        """What is left of each leg (seq, leg) that can still be continued; none left: no item.

        Leg 0 of an entry that allows an amount stands for what is left of that.
        """
        self.names: Names = NamesInMemory()
        self.arrivals: Arrivals = ArrivalsInMemory()
        """What came into the accounts of members and groups that may expire, by day."""
        self.tallies: dict[TallyKey, int] = {}
        """What members have earned or redeemed: ever, and on each day after the last close."""
        self.shelves: dict[tuple[str, str], set[str]] = {}
        """Per stock account and commodity, the lots of which something is there."""
        self.moved: dict[tuple[str, str, str], int] = {}
        """Per stock account, commodity and lot, the last entry that moved any; 0 for none."""
        self.settings = NO_SETTINGS
        self.reversed_by: dict[int, int] = {}
        self.ceilings = Ceilings()
        self.earlier: Callable[[int], tuple[Entry, Owners] | None] = _nothing_earlier
        """An earlier entry with its owners, by seq, or None where there is none."""

    @classmethod
    def empty(cls, registry: Registry, origin: str) -> "BookState":
        """The state of a book before its first entry; all balances are zero."""
        state = cls(registry, origin)
        state.balances = defaultdict(lambda: ZERO)
        state.tallies = defaultdict(int)
        state.shelves = defaultdict(set)
        state.moved = defaultdict(int)
        return state

    def setting(
        self, setting: str, day: str, *, commodity: str = "", category: str = "", goods: str = ""
    ) -> int | None:
        """The value of a policy setting in force on a day, or None where it was never set."""
        version = self._settings().find((setting, commodity, category, goods), day)
        return None if version is None else version.value

    def version(self, setting: str, day: str, *, commodity: str = "") -> Version | None:
        """The value in force on a day, since when, and by which entry; None where there is none."""
        return self._settings().find((setting, commodity, "", ""), day)

    def was_set(self, key: SettingKey) -> bool:
        """Whether any policy ever said something of a setting, in force or not yet."""
        return key in self._settings().versions

    def lots_at(self, account: str, commodity: str) -> list[str]:
        """The lots of goods at a stock account, in order.

        Raises KeyError in a partial state that did not load them.
        """
        return sorted(self.shelves[account, commodity])

    def balance_at(self, account: str, commodity: str, lot: str) -> int:
        """What a public account has of a lot."""
        return self.balances[Key(account, 0, commodity, lot)].net

    def limit(self, key: Key, day: str) -> int:
        """How far below zero the holding behind ``key`` may go on ``day``, >= 0.

        A member's own limit comes before the book's ``credit_limit``; nothing but the members'
        main account and accounts opened with limits may go below zero.
        """
        account = self.accounts[key.account]
        own = _limit_in(account.limits, key.commodity)
        if account.code != "members" or not key.owner:
            return own or 0
        own = _limit_in(self.holders[key.owner].limits, key.commodity)
        if own is not None:
            return own
        return self.setting("credit_limit", day, commodity=key.commodity) or 0

    def name_of(self, key: Key) -> str:
        """How an error calls the account behind a key."""
        if not key.owner:
            return key.account
        holder = self.holders[key.owner]
        return codes.join_reference(key.account, holder.name or str(holder.number))

    def add_turnover(self, day: str, key: Key, *, debits: int, credits_: int) -> None:
        """Count what a whole account took in and gave out on a day."""
        of_day = self.turnovers.get(day)
        if of_day is None:
            of_day = self.turnovers[day] = {}
        sums = of_day.get(key)
        if sums is None:
            of_day[key] = [debits, credits_]
        else:
            sums[0] += debits
            sums[1] += credits_

    def post(self, entry: Entry, routes: list[Route], after: dict[Key, Balance]) -> None:
        """Take over the balances after an entry, and count its legs for its day."""
        self.balances.update(after)
        day = entry.day
        for index, leg in enumerate(entry.legs):
            route, amount = routes[index], leg.amount
            self.add_turnover(day, route.from_, debits=0, credits_=amount)
            self.add_turnover(day, route.to, debits=amount, credits_=0)
            if leg.lot:
                for key in (route.from_, route.to):
                    if key.account.startswith(STOCK):
                        self.moved[key.account, key.commodity, key.lot] = entry.seq
                        self._keep_shelf(key, after[key])

    def _settings(self) -> Settings:
        """The settings of all policies so far."""
        if self.settings.count < len(self.policies):
            self.settings = self.settings.extended(self.policies)
        return self.settings

    def _keep_shelf(self, key: Key, after: Balance) -> None:
        """Note whether a stock account still has a lot, on the shelves that are known."""
        shelves, place = self.shelves, (key.account, key.commodity)
        if place not in shelves and not isinstance(shelves, defaultdict):
            return
        shelf = shelves[place]
        if after.net:
            shelf.add(key.lot)
        else:
            shelf.discard(key.lot)


def setting_key(item: Mapping[str, Any]) -> SettingKey:
    """What an item of a policy sets, and for what; empty where it is not set for such."""
    return (
        item["setting"],
        item.get("commodity", ""),
        item.get("category", ""),
        item.get("goods", ""),
    )


def sum_up(
    entry: Entry, owners: Owners, routes: Sequence[Route], state: BookState, *, tells: bool
) -> tuple[dict[Key, Balance], list[LegSide]]:
    """Add up the legs of an entry, one after the other, on top of the balances before it.

    Gives what the balances that it touches will be after it, and its sides where it ``tells``.
    """
    before, after = state.balances, dict[Key, Balance]()
    sides: list[LegSide] = []
    for index, leg in enumerate(entry.legs):
        amount, route, (from_owner, to_owner) = leg.amount, routes[index], owners[index]
        from_ = _add(route.from_, from_owner, 0, amount, before, after)
        to = _add(route.to, to_owner, amount, 0, before, after)
        if tells:
            sides.append(_side_of(index, 0, route.from_, from_owner, amount, from_))
            sides.append(_side_of(index, 1, route.to, to_owner, amount, to))
    return after, sides


def _add(  # noqa: PLR0913, PLR0917  called twice for each leg there ever was
    whole: Key,
    owner: int,
    debits: int,
    credits_: int,
    before: dict[Key, Balance],
    after: dict[Key, Balance],
) -> tuple[Balance, Balance]:
    """Add to a whole account and to its owner's part; give the part and the whole."""
    last = after.get(whole) or before[whole]
    total = after[whole] = new(Balance, (last[0] + debits, last[1] + credits_))
    if not owner:
        return total, total
    account, _, commodity, lot = whole
    key = new(Key, (account, owner, commodity, lot))
    last = after.get(key) or before[key]
    part = after[key] = new(Balance, (last[0] + debits, last[1] + credits_))
    return part, total


def _side_of(  # noqa: PLR0913, PLR0917  the columns of a side
    index: int, side: int, whole: Key, owner: int, amount: int, after: tuple[Balance, Balance]
) -> LegSide:
    account, _, commodity, lot = whole
    (debits, credits_), (total_debits, total_credits) = after
    return new(
        LegSide,
        (
            index,
            side,
            account,
            owner,
            commodity,
            lot,
            amount,
            debits,
            credits_,
            total_debits,
            total_credits,
        ),
    )


def _nothing_earlier(_seq: int) -> None:
    """There is no earlier entry."""


def _limit_in(limits: tuple[Limit, ...], commodity: str) -> int | None:
    for limit in limits:
        if limit.commodity == commodity:
            return limit.amount
    return None
