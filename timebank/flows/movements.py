"""Movements of hours and points, and opening balances: legs that the command itself names.

The legs are ``issued -> members#a`` (issue), ``members#a -> issued`` (reclaim), ``members#a ->
members#b`` and the like (transfer); opening balances come from a filed list, whose SHA-256 they
name. Which legs a kind allows is in the registry of kinds.
"""

from typing import Annotated

import msgspec

from timebank.flows.checks import check_hash
from timebank.flows.command import Flow, PostedCommand, Seq
from timebank.flows.drafts import draft_of_legs
from timebank.flows.facts import Facts, needs_of_legs
from timebank.flows.needs import Needs
from timebank.ledger.model import Draft, Leg

Legs = Annotated[tuple[Leg, ...], msgspec.Meta(min_length=1, max_length=64)]


class Issue(PostedCommand, frozen=True, kw_only=True, tag="issue"):
    """Put hours or points into circulation; ``policy`` cites the entry that allows it."""

    legs: Legs
    policy: Seq | None = None


class Reclaim(PostedCommand, frozen=True, kw_only=True, tag="reclaim"):
    """Take hours or points out of circulation; ``policy`` cites the entry that allows it."""

    legs: Legs
    policy: Seq | None = None


class Transfer(PostedCommand, frozen=True, kw_only=True, tag="transfer"):
    """Pass hours or points on between members and groups."""

    legs: Legs


class OpenBalances(PostedCommand, frozen=True, kw_only=True, tag="balance.opened"):
    """Take over balances from a filed list; ``list`` is the base64 SHA-256 of that file."""

    legs: Legs
    list: str


def needs_of_movement(command: Issue | Reclaim | Transfer) -> Needs:
    """The balances and lots of the legs."""
    return needs_of_legs(command.legs)


def build_issue_or_reclaim(command: Issue | Reclaim, facts: Facts) -> Draft:
    """The draft of an issue or a reclaim."""
    kind = "issue" if isinstance(command, Issue) else "reclaim"
    return draft_of_legs(kind, command, command.legs, facts, policy=command.policy)


def build_transfer(command: Transfer, facts: Facts) -> Draft:
    """The draft of a transfer."""
    return draft_of_legs("transfer", command, command.legs, facts)


def needs_of_opening(command: OpenBalances) -> Needs:
    """The balances and lots of the legs. Raises MalformedError where the hash is none."""
    check_hash(command.list, "list")
    return needs_of_legs(command.legs)


def build_opening(command: OpenBalances, facts: Facts) -> Draft:
    """The draft of opening balances."""
    return draft_of_legs("balance.opened", command, command.legs, facts, list=command.list)


FLOWS = (
    Flow(Issue, needs_of_movement, build_issue_or_reclaim),
    Flow(Reclaim, needs_of_movement, build_issue_or_reclaim),
    Flow(Transfer, needs_of_movement, build_transfer),
    Flow(OpenBalances, needs_of_opening, build_opening),
)
