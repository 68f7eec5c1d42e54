"""All flows, by the type of their command: one line a module."""

from typing import Any

from timebank.flows import (
    attendances,
    charity_market,
    counts,
    definitions,
    funds,
    gifts,
    holds,
    intakes,
    movements,
    moves,
    periods,
    retirements,
    reversals,
    rounds,
    services,
    shops,
)
from timebank.flows.checks import check_command
from timebank.flows.command import Command, Flow
from timebank.flows.facts import Facts
from timebank.flows.needs import Needs
from timebank.ledger.model import Draft

_OF_ADDRESSES = (definitions, periods)
_OF_ENTRIES = (
    movements,
    holds,
    reversals,
    funds,
    services,
    gifts,
    attendances,
    retirements,
    intakes,
    moves,
    rounds,
    counts,
    charity_market,
    shops,
)

FLOWS: dict[type[Command], Flow[Any]] = {
    flow.command: flow for module in (*_OF_ADDRESSES, *_OF_ENTRIES) for flow in module.FLOWS
}

ENTRY_COMMANDS: tuple[type[Command], ...] = tuple(
    flow.command for module in _OF_ENTRIES for flow in module.FLOWS
)
"""The commands that ``POST /entries`` takes; definitions and closes have addresses of their own."""


def needs_of(command: Command) -> Needs:
    """The facts a command needs. Raises MalformedError where it is not well formed."""
    check_command(command)
    needs: Needs = FLOWS[type(command)].needs(command)
    return needs


def build(command: Command, facts: Facts) -> Draft:
    """The draft a command asks for. Raises the RefusedError or MissingError against it."""
    draft: Draft = FLOWS[type(command)].build(command, facts)
    return draft
