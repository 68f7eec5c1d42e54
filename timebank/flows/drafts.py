"""Drafts: what the flows have in common in putting them together."""

from collections.abc import Iterable
from typing import Any

from timebank.errors import TooLargeError
from timebank.flows.command import PostedCommand
from timebank.flows.facts import Facts
from timebank.ledger.entry import MAX_LEGS
from timebank.ledger.model import Draft, DraftLeg, Leg


def draft_of_legs(
    kind: str, command: PostedCommand, legs: tuple[Leg, ...], facts: Facts, **public: object
) -> Draft:
    """A draft with the legs a command names, these public facts and one seal."""
    return _draft(kind, command, facts.legs(legs), facts, public)


def draft_of_goods(
    kind: str,
    command: PostedCommand,
    legs: Iterable[DraftLeg],
    facts: Facts,
    **public: Any,  # noqa: ANN401  any canonical value
) -> Draft:
    """A draft of these legs, without those that move nothing, and one seal.

    Raises TooLargeError where there are more than an entry can have.
    """
    moving = tuple(leg for leg in legs if leg.amount)
    if len(moving) > MAX_LEGS:
        raise TooLargeError("entry", MAX_LEGS, "legs")
    return _draft(kind, command, moving, facts, public)


def _draft(
    kind: str,
    command: PostedCommand,
    legs: tuple[DraftLeg, ...],
    facts: Facts,
    public: dict[str, Any],
) -> Draft:
    return Draft(
        kind=kind,
        day=command.day or facts.today,
        legs=legs,
        public=command.public(**public),
        details=(facts.details(legs, command.private()),),
    )
