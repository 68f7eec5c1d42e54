"""Retirements: hours and points that leave circulation by expiry 过期 or by adjustment 调整.

The legs are ``members#a -> retired:expired`` and ``members#a -> retired:adjusted``, or from a
group; both cite the policy that allows them. An adjustment takes two officers, one of them the
treasurer.
"""

from typing import Annotated

import msgspec

from timebank.errors import FactsError, NothingExpiredError, UnknownAccountError
from timebank.flows.command import Flow, PostedCommand, Seq
from timebank.flows.drafts import draft_of_legs
from timebank.flows.facts import Facts, check_reference, needs_of_leg, spot_of
from timebank.flows.needs import Aged, Needs, Wanted
from timebank.ledger import codes
from timebank.ledger.model import Amount, Draft, DraftLeg, Key, Leg, Place
from timebank.ledger.rules.expiries import check_age, expirable, expiry_in_force

EXPIRED = "retired:expired"
ADJUSTED = "retired:adjusted"

Accounts = Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=64)]


class Expire(PostedCommand, frozen=True, kw_only=True, tag="expiry"):
    """Retire what came into these accounts ``until`` the end of a day and was not spent since.

    ``accounts`` are ``members#<member id>``, or groups. Amounts follow from the log; accounts of
    which nothing expires are left out. The policy in force says how old it must be.
    """

    accounts: Accounts
    commodity: str
    until: str


class Adjust(PostedCommand, frozen=True, kw_only=True, tag="adjustment"):
    """Retire hours or points of a member, a group or the pool; ``policy`` cites the entry."""

    account: str
    amount: Amount
    commodity: str
    policy: Seq


def needs_of_expiry(command: Expire) -> Needs:
    """What the accounts have, and what came in since. Raises MalformedError."""
    codes.check_code("commodity", command.commodity, field="commodity")
    codes.check_code("day", command.until, field="until")
    for index, account in enumerate(command.accounts):
        check_reference(account, f"accounts[{index}]")
    spots = {spot_of(account) for account in command.accounts}
    balances = {Wanted(*spot, command.commodity, "") for spot in spots}
    return Needs(
        balances=frozenset(balances | {Wanted(EXPIRED, "", command.commodity, "")}),
        arrivals=frozenset(Aged(*spot, command.commodity, command.until) for spot in spots),
    )


def build_expiry(command: Expire, facts: Facts) -> Draft:
    """The draft of an expiry.

    Raises PolicyMissingError where nothing expires, DayError where it is too early,
    NothingExpiredError where nothing is left to, FactsError where an account is named twice, and
    UnknownAccountError.
    """
    if len(set(command.accounts)) < len(command.accounts):
        raise FactsError("legs", "name an account twice")
    day = command.day or facts.today
    counts = command.belongs or day
    version = expiry_in_force(facts.state, counts, command.commodity)
    check_age(command.until, counts, version.value)
    legs = tuple(
        DraftLeg(amount, command.commodity, "", place, Place(EXPIRED))
        for place in map(facts.place, command.accounts)
        if (amount := _expirable(place, command, facts))
    )
    if not legs:
        raise NothingExpiredError(command.commodity, command.until)
    return Draft(
        kind="expiry",
        day=day,
        legs=legs,
        public=command.public(policy=version.seq, until=command.until),
        details=(facts.details(legs, command.private()),),
    )


def needs_of_adjustment(command: Adjust) -> Needs:
    """The balances of both sides. Raises MalformedError."""
    return needs_of_leg(_leg_of(command), from_="account", to="account")


def build_adjustment(command: Adjust, facts: Facts) -> Draft:
    """The draft of an adjustment."""
    legs = (_leg_of(command),)
    return draft_of_legs("adjustment", command, legs, facts, policy=command.policy)


def _expirable(place: Place, command: Expire, facts: Facts) -> int:
    if place.account not in facts.state.accounts:
        raise UnknownAccountError(place.account)
    key = Key(place.account, place.owner, command.commodity, "")
    return expirable(facts.state, key, command.until)


def _leg_of(command: Adjust) -> Leg:
    return Leg(
        amount=command.amount, commodity=command.commodity, from_=command.account, to=ADJUSTED
    )


FLOWS = (
    Flow(Expire, needs_of_expiry, build_expiry),
    Flow(Adjust, needs_of_adjustment, build_adjustment),
)
