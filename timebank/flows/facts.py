"""What a flow asks for and what it is given: needs and facts."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from timebank.errors import (
    MalformedError,
    ReferredError,
    UnknownAccountError,
    UnknownEntryError,
)
from timebank.ledger import codes
from timebank.ledger.model import DraftLeg, Entry, Leg, Place
from timebank.ledger.rules.names import Name
from timebank.ledger.state import BookState


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


class Needs(NamedTuple):
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
                for name in self._fields
                if name != "trial_balance"
            },
            trial_balance=self.trial_balance or other.trial_balance,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a flow decides by, all of it read under the book's lock.

    ``today`` is the day in the book's time zone, ``now`` the exact time as RFC 3339 in UTC, for
    the sealed details. ``members`` maps the member ids that the command names to their numbers.
    """

    state: BookState
    today: str
    now: str
    members: Mapping[str, int] = field(default_factory=dict)

    def place(self, reference: str) -> Place:
        """The place that a command calls ``stock:yicang`` or ``members#<member id>``.

        Raises UnknownAccountError where there is no such member.
        """
        account, member = codes.split_reference(reference)
        if not member:
            return Place(account)
        number = self.members.get(member)
        if number is None:
            raise UnknownAccountError(reference)
        return Place(account, number)

    def referred(self, field_: str, seq: int, kind: str) -> Entry:
        """The earlier entry that a field of a command names, which is of this kind.

        Raises UnknownEntryError and ReferredError.
        """
        found = self.state.earlier(seq)
        if found is None:
            raise UnknownEntryError(seq)
        if found[0].kind != kind:
            raise ReferredError(field_, seq, kind)
        return found[0]

    def legs(self, legs: Iterable[Leg]) -> tuple[DraftLeg, ...]:
        """The legs of a command as those of a draft."""
        return tuple(
            DraftLeg(leg.amount, leg.commodity, leg.lot, self.place(leg.from_), self.place(leg.to))
            for leg in legs
        )

    def details(self, legs: Iterable[DraftLeg], **private: Any) -> dict[str, Any]:  # noqa: ANN401  any canonical value
        """The details to seal: exact time, the parties of each leg by id, what else is private."""
        details: dict[str, Any] = {"at": self.now}
        parties = [self._parties(leg) for leg in legs]
        if any(parties):
            details["parties"] = parties
        details.update({name: value for name, value in private.items() if value})
        return details

    def _parties(self, leg: DraftLeg) -> dict[str, str]:
        holders = self.state.holders
        return {
            side: holders[place.owner].name
            for side, place in (("from", leg.from_), ("to", leg.to))
            if place.owner
        }


def account_of(holder: str, control: str, field_: str) -> str:
    """What a command calls the account of whoever has this id: ``stalls#<id>``.

    Raises MalformedError.
    """
    if not is_member_id(holder):
        raise MalformedError(field_, f"must be the id of one who has an account in {control}")
    return codes.join_reference(control, holder)


def spot_of(reference: str) -> Spot:
    """The account and member id in a command's reference."""
    return Spot(*codes.split_reference(reference))


def needs_of_legs(legs: Iterable[Leg]) -> Needs:
    """What every command with legs of its own needs. Raises MalformedError."""
    balances: set[Wanted] = set()
    lots: set[tuple[str, str]] = set()
    for index, leg in enumerate(legs):
        if not is_well_formed(leg):
            check_leg(leg, f"legs[{index}]")
        commodity, lot = leg.commodity, leg.lot
        for reference in (leg.from_, leg.to):
            account, _, member = reference.partition("#")
            balances.add(Wanted(account, member, commodity, lot))
        if lot:
            lots.add((commodity, lot))
    return Needs(balances=frozenset(balances), lots=frozenset(lots))


def check_leg(leg: Leg, field_: str) -> None:
    """Raise MalformedError where a leg of a command is not well formed."""
    codes.check_code("commodity", leg.commodity, field=f"{field_}.commodity")
    if leg.lot:
        codes.check_code("code", leg.lot, field=f"{field_}.lot")
    for side, reference in (("from", leg.from_), ("to", leg.to)):
        check_reference(reference, f"{field_}.{side}")
    if leg.from_ == leg.to:
        raise MalformedError(field_, "from and to are the same")


def is_well_formed(leg: Leg) -> bool:
    """Whether :func:`check_leg` finds nothing, which it says sooner than that finds words."""
    return (
        codes.is_commodity(leg.commodity)
        and (not leg.lot or codes.is_code(leg.lot))
        and leg.from_ != leg.to
        and is_reference(leg.from_)
        and is_reference(leg.to)
    )


def is_reference(reference: str) -> bool:
    """Whether it is an account code, or one with ``#`` and a member id."""
    account, mark, member = reference.partition("#")
    return codes.is_code(account) and (not mark or is_member_id(member))


def check_reference(reference: str, field_: str) -> None:
    """Raise MalformedError unless it :func:`is_reference`."""
    if not is_reference(reference):
        codes.check_code("code", reference.partition("#")[0], field=field_)
        reason = "must name whose it is by id, as members#<id> or stalls#<id>"
        raise MalformedError(field_, reason)


def is_member_id(text: str) -> bool:
    """Whether it can be a member id: 22 characters of base64url, 16 random bytes."""
    return _is_member_id(text) is not None


MEMBER_ID_CHARACTERS = 22
_is_member_id = re.compile(rf"[A-Za-z0-9_-]{{{MEMBER_ID_CHARACTERS}}}").fullmatch
