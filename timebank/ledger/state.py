"""The state of a book: what the entries so far add up to.

One class serves both sides. Replay starts from :meth:`BookState.empty` and folds the whole log
into it; the journal fills it with just the facts that a command needs, read under the book's
lock. The rules look at nothing else, so what is allowed is decided in the same way in both.

A state that the journal filled is *partial*: its ``balances`` hold only what was loaded, and to ask
for anything else is a KeyError, never a silent zero.
"""

from collections import defaultdict
from typing import TYPE_CHECKING

from timebank.errors import AccountClosedError, UnknownAccountError
from timebank.ledger import codes
from timebank.ledger.ceilings import Ceilings
from timebank.ledger.growing import Arrivals, ArrivalsInMemory, Names, NamesInMemory
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
from timebank.ledger.registry import Registry
from timebank.ledger.routes import Route, RouteKey
from timebank.ledger.settings import NO_SETTINGS, SettingKey, Settings, Version

if TYPE_CHECKING:
    from collections.abc import Callable


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

    def open_account(self, code: str) -> Account:
        """The account with this code. Raises UnknownAccountError and AccountClosedError."""
        account = self.accounts.get(code)
        if account is None:
            raise UnknownAccountError(code)
        if account.closed:
            raise AccountClosedError(code)
        return account

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


def _nothing_earlier(_seq: int) -> None:
    """There is no earlier entry."""


def _limit_in(limits: tuple[Limit, ...], commodity: str) -> int | None:
    for limit in limits:
        if limit.commodity == commodity:
            return limit.amount
    return None
