"""Gifts 捐赠: hours and points given away for others in need, and what the pool grants of them.

The legs are ``members#a -> pool:donated`` or ``members#a -> members#relative`` (give), and
``pool:donated -> members#b`` (pool.granted), which takes two officers.
"""

from timebank.flows.command import Flow, PostedCommand
from timebank.flows.drafts import draft_of_legs
from timebank.flows.facts import Facts, needs_of_leg
from timebank.flows.needs import Needs
from timebank.ledger.model import Amount, Draft, Leg
from timebank.ledger.rules.tariffs import POOL


class Give(PostedCommand, frozen=True, kw_only=True, tag="give"):
    """Give hours or points away: ``to`` the pool for others in need 公益池, or a member 转赠.

    ``giver`` is ``members#<member id>``, or a group.
    """

    giver: str
    amount: Amount
    commodity: str
    to: str = POOL


class GrantFromPool(PostedCommand, frozen=True, kw_only=True, tag="pool.granted"):
    """Grant a member in need, or a group, hours or points of the pool; two officers sign."""

    to: str
    amount: Amount
    commodity: str
    pool: str = POOL


def needs_of_gift(command: Give | GrantFromPool) -> Needs:
    """The balances of both sides. Raises MalformedError."""
    from_ = "giver" if isinstance(command, Give) else "pool"
    return needs_of_leg(_leg_of(command), from_=from_, to="to")


def build_gift(command: Give | GrantFromPool, facts: Facts) -> Draft:
    """The draft of a gift or a grant."""
    kind = "give" if isinstance(command, Give) else "pool.granted"
    return draft_of_legs(kind, command, (_leg_of(command),), facts)


def _leg_of(command: Give | GrantFromPool) -> Leg:
    from_ = command.giver if isinstance(command, Give) else command.pool
    return Leg(amount=command.amount, commodity=command.commodity, from_=from_, to=command.to)


FLOWS = (
    Flow(Give, needs_of_gift, build_gift),
    Flow(GrantFromPool, needs_of_gift, build_gift),
)
