"""What the needs of one append name together."""

from typing import TYPE_CHECKING, Final, TypeAlias

from timebank.flows.needs import Aged, Needs, Tallied, Wanted

if TYPE_CHECKING:
    from timebank.ledger.rules.names import Name

Holding: TypeAlias = tuple[str, str, str]
"""Account, commodity and lot."""

NOBODY: Final = ""
"""The id of nobody: what is of no member is under it."""


class Asked:
    """What all needs of one append name together; most of it is empty for most commands."""

    def __init__(self) -> None:
        """Ask for nothing yet."""
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
        found.discard(NOBODY)
        return found

    def balances_by_holding(self) -> dict[Holding, list[str]]:
        """Of whom balances are named of each holding; the empty id is nobody's."""
        found: dict[Holding, list[str]] = {}
        for account, member, commodity, lot in self.balances:
            found.setdefault((account, commodity, lot), []).append(member)
        return found
