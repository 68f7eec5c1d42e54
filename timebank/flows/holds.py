"""Holds 冻结: an amount set aside until it is released or settled, whole or in parts.

``members#a -> members:held#a`` holds, the way back releases, ``members:held#a -> members#b``
settles. Release and settlement name the hold and repeat its references.
"""

from datetime import date, timedelta

from timebank.errors import ContinuationError, FactsError, NothingLeftError, UnknownEntryError
from timebank.flows.command import Flow, PostedCommand, Seq
from timebank.flows.facts import Facts, account_of, check_reference, needs_of_leg, spot_of
from timebank.flows.needs import Needs
from timebank.ledger import codes
from timebank.ledger.model import Amount, Draft, DraftLeg, Leg, Place

ACCOUNT = "members"
HELD = "members:held"


class Hold(PostedCommand, frozen=True, kw_only=True, tag="hold"):
    """Set an amount of a member's aside. ``expires`` is its last day; policy says by default."""

    member: str
    amount: Amount
    commodity: str
    expires: str | None = None


class Release(PostedCommand, frozen=True, kw_only=True, tag="release"):
    """Give back what a hold still has, or ``amount`` of it; ``hold`` is its seq."""

    hold: Seq
    amount: Amount | None = None


class Settle(PostedCommand, frozen=True, kw_only=True, tag="settle"):
    """Pay from a hold, what it still has or ``amount`` of it, ``to`` a member or a group."""

    hold: Seq
    to: str
    amount: Amount | None = None


def needs_of_hold(command: Hold) -> Needs:
    """The member's balances. Raises MalformedError."""
    if command.expires is not None:
        codes.check_code("day", command.expires, field="expires")
    account_of(command.member, ACCOUNT, "member")
    return needs_of_leg(_leg_of(command), from_="member", to="member")


def build_hold(command: Hold, facts: Facts) -> Draft:
    """The draft of a hold. Raises FactsError where it would have ended before it began."""
    legs = facts.legs((_leg_of(command),))
    day = command.day or facts.today
    if command.expires is not None and command.expires < day:
        raise FactsError("expires", f"is before the day of the hold, {day}")
    return Draft(
        kind="hold",
        day=day,
        legs=legs,
        public=command.public(expires=command.expires or _expires_by_policy(day, facts)),
        details=(facts.details(legs, command.private()),),
    )


def needs_of_release(command: Release) -> Needs:
    """The hold."""
    return Needs(entries=frozenset({command.hold}))


def build_release(command: Release, facts: Facts) -> Draft:
    """The draft of a release. Raises ContinuationError where there is no such hold."""
    leg, owners = _hold(command.hold, facts)
    back = Place(ACCOUNT, owners[0], codes.split_reference(leg.from_)[1])
    return _draft("release", command, facts, back)


def needs_of_settle(command: Settle) -> Needs:
    """The hold, and where it goes. Raises MalformedError."""
    check_reference(command.to, "to")
    return Needs(entries=frozenset({command.hold}), counterparts=frozenset({spot_of(command.to)}))


def build_settle(command: Settle, facts: Facts) -> Draft:
    """The draft of a settlement. Raises ContinuationError where there is no such hold."""
    return _draft("settle", command, facts, facts.place(command.to))


def _leg_of(command: Hold) -> Leg:
    member = codes.join_reference(ACCOUNT, command.member)
    held = codes.join_reference(HELD, command.member)
    return Leg(amount=command.amount, commodity=command.commodity, from_=member, to=held)


def _expires_by_policy(day: str, facts: Facts) -> str | None:
    days = facts.state.setting("hold_days", facts.today)
    return str(date.fromisoformat(day) + timedelta(days=days)) if days else None


def _hold(seq: int, facts: Facts) -> tuple[Leg, tuple[int, int]]:
    """The one leg of a hold, and its owners."""
    found = facts.state.earlier(seq)
    if found is None:
        raise UnknownEntryError(seq)
    entry, owners = found
    if entry.kind != "hold":
        raise ContinuationError(seq, "is no hold")
    return entry.legs[0], owners[0]


def _draft(kind: str, command: Release | Settle, facts: Facts, to: Place) -> Draft:
    """A continuation of the hold that moves what is asked, or all that is left of it."""
    leg, owners = _hold(command.hold, facts)
    left = facts.state.remainders.get((command.hold, 0), 0)
    if not left:
        raise NothingLeftError(command.hold, 0, command.amount or leg.amount)
    held = Place(HELD, owners[1], codes.split_reference(leg.to)[1])
    legs = (DraftLeg(command.amount or left, leg.commodity, "", held, to),)
    return Draft(
        kind=kind,
        day=command.day or facts.today,
        legs=legs,
        public=command.public(hold=command.hold),
        details=(facts.details(legs, command.private()),),
    )


FLOWS = (
    Flow(Hold, needs_of_hold, build_hold),
    Flow(Release, needs_of_release, build_release),
    Flow(Settle, needs_of_settle, build_settle),
)
