"""What a flow asks for and what it is given: needs and facts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from timebank.errors import MalformedError, UnknownAccountError
from timebank.ledger import codes
from timebank.ledger.model import DraftLeg, Leg, Place
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """The facts that must be read under the lock before a command can be decided.

    The chart, the commodities and the policy are always there and need not be named.
    """

    balances: frozenset[Wanted] = frozenset()
    lots: frozenset[tuple[str, str]] = frozenset()
    entries: frozenset[int] = frozenset()
    """Earlier entries by seq, with owners, balances and what is left of them."""
    counterparts: frozenset[Spot] = frozenset()
    """Where amounts of those entries go: balances in the commodities and lots of their legs."""
    accounts: frozenset[str] = frozenset()
    """Accounts of which every balance is needed."""
    leavers: frozenset[str] = frozenset()
    """Member ids of which every balance is needed."""
    funds: bool = False
    """Whether all lots of money are needed."""
    trial_balance: str = ""
    """The day up to which a trial balance is needed, empty for none."""


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


def spot_of(reference: str) -> Spot:
    """The account and member id in a command's reference."""
    return Spot(*codes.split_reference(reference))


def needs_of_legs(legs: Iterable[Leg]) -> Needs:
    """What every command with legs of its own needs. Raises MalformedError."""
    balances: set[Wanted] = set()
    lots: set[tuple[str, str]] = set()
    for index, leg in enumerate(legs):
        check_leg(leg, f"legs[{index}]")
        for reference in (leg.from_, leg.to):
            balances.add(Wanted(*spot_of(reference), leg.commodity, leg.lot))
        if leg.lot:
            lots.add((leg.commodity, leg.lot))
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


def check_reference(reference: str, field_: str) -> None:
    """Raise MalformedError unless it is an account code, or one with ``#`` and a member id."""
    account, mark, member = reference.partition("#")
    codes.check_code("code", account, field=field_)
    if mark and not is_member_id(member):
        raise MalformedError(field_, "must name a member as members#<member id>")


def is_member_id(text: str) -> bool:
    """Whether it can be a member id: 22 characters of base64url, 16 random bytes."""
    return (
        len(text) == MEMBER_ID_CHARACTERS
        and text.isascii()
        and all(character.isalnum() or character in "-_" for character in text)
    )


MEMBER_ID_CHARACTERS = 22
