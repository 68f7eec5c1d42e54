"""Needs: what a flow asks to be read before it decides.

There is one for every entry, so it is a struct, which is made in one step.
"""

from typing import NamedTuple

import msgspec

from timebank.ledger.rules.names import Name


class Spot(NamedTuple):
    """An account and the member id of whoever stands behind it, empty for a public account."""

    account: str
    member: str


class Wanted(NamedTuple):
    """A balance that a command may change, named as the command names it."""

    account: str
    member: str
    commodity: str
    lot: str


class Tallied(NamedTuple):
    """A tally of a member; ``day`` is that of the command, empty for today."""

    tally: str
    member: str
    commodity: str
    day: str


class Aged(NamedTuple):
    """An account of which what came in after the day ``after`` is needed."""

    account: str
    member: str
    commodity: str
    after: str


class Needs(msgspec.Struct, frozen=True, kw_only=True):
    """The facts that must be read under the lock before a command can be decided.

    The chart, the commodities and the policy are always there and need not be named. Needs are
    joined by ``|``.
    """

    balances: frozenset[Wanted] = frozenset()
    lots: frozenset[tuple[str, str]] = frozenset()
    """Batches or funds by commodity and lot; of batches also whether they were recalled."""
    entries: frozenset[int] = frozenset()
    """Earlier entries by seq, with owners, balances and what is left of them."""
    counterparts: frozenset[Spot] = frozenset()
    """Where amounts of those entries, or from those shelves, go: balances in all of their lots."""
    places: bool = False
    """Whether the shelf and the quarantine of each place in those entries are counterparts too."""
    accounts: frozenset[str] = frozenset()
    """Accounts of which every balance is needed."""
    leavers: frozenset[str] = frozenset()
    """Member ids of which every balance is needed."""
    names: frozenset[Name] = frozenset()
    """Names that may have been taken."""
    tallies: frozenset[Tallied] = frozenset()
    """What members have earned or redeemed, ever and on the day of the command."""
    arrivals: frozenset[Aged] = frozenset()
    """Accounts of members and groups of which some may expire."""
    shelves: frozenset[tuple[str, str]] = frozenset()
    """Stock accounts and commodities of which all lots that are there are needed."""
    moved: frozenset[tuple[str, str, str]] = frozenset()
    """Stock accounts, commodities and lots of which the last move is needed."""
    funds: bool = False
    """Whether all lots of money are needed."""
    trial_balance: str = ""
    """The day up to which a trial balance is needed, empty for none."""

    def __or__(self, other: "Needs") -> "Needs":
        """All that either needs. Only one of them may need a trial balance."""
        assert not (self.trial_balance and other.trial_balance), "one entry closes one period"
        return Needs(
            **{
                name: getattr(self, name) | getattr(other, name)
                for name in self.__struct_fields__
                if name != "trial_balance"
            },
            trial_balance=self.trial_balance or other.trial_balance,
        )
