"""What a flow is given, and what it says it needs of the legs of its command."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from timebank.errors import (
    MalformedError,
    ReferredError,
    UnknownAccountError,
    UnknownEntryError,
)
from timebank.flows.needs import Needs, Spot, Wanted
from timebank.ledger import codes
from timebank.ledger.model import DraftLeg, Entry, Leg, Place
from timebank.ledger.state import BookState
from timebank.ledger.tuples import new


class Facts:
    """What a flow decides by, all of it read under the book's lock."""

    def __init__(
        self, *, state: BookState, today: str, now: str, members: Mapping[str, int]
    ) -> None:
        """Take the day in the book's time zone, and the exact time as RFC 3339 in UTC.

        The time is for the sealed details. ``members`` maps the member ids that the command names
        to their numbers.
        """
        self.state: Final = state
        self.today: Final = today
        self.now: Final = now
        self.members: Final = members

    def place(self, reference: str) -> Place:
        """The place that a command calls ``stock:yicang`` or ``members#<member id>``.

        Raises UnknownAccountError where there is no such member.
        """
        account, member = codes.split_reference(reference)
        number = self.members.get(member) if member else 0
        if number is None:
            raise UnknownAccountError(reference)
        return new(Place, (account, number, ""))

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

    def legs(self, legs: tuple[Leg, ...]) -> tuple[DraftLeg, ...]:
        """The legs of a command as those of a draft."""
        return tuple(
            new(
                DraftLeg,
                (leg.amount, leg.commodity, leg.lot, self.place(leg.from_), self.place(leg.to)),
            )
            for leg in legs
        )

    def details(self, legs: Sequence[DraftLeg], private: Mapping[str, Any]) -> dict[str, Any]:
        """The details to seal: exact time, the parties of each leg by id, what else is private."""
        details: dict[str, Any] = {"at": self.now}
        parties = [self._parties(leg) for leg in legs]
        if any(parties):
            details["parties"] = parties
        details |= {name: value for name, value in private.items() if value}
        return details

    def _parties(self, leg: DraftLeg) -> dict[str, str]:
        parties = {}
        if leg.from_.owner:
            parties["from"] = self.state.holders[leg.from_.owner].name
        if leg.to.owner:
            parties["to"] = self.state.holders[leg.to.owner].name
        return parties


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
            balances.add(new(Wanted, (account, member, commodity, lot)))
        if lot:
            lots.add((commodity, lot))
    return Needs(balances=frozenset(balances), lots=frozenset(lots))


def needs_of_leg(leg: Leg, *, from_: str, to: str) -> Needs:
    """What a command needs of which one leg is made.

    ``from_`` and ``to`` are what the command calls the sides of it. Raises MalformedError at them.
    """
    try:
        return needs_of_legs((leg,))
    except MalformedError:
        codes.check_code("commodity", leg.commodity, field="commodity")
        check_reference(leg.from_, from_)
        check_reference(leg.to, to)
        raise MalformedError(to, f"is the same as {from_}") from None


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
