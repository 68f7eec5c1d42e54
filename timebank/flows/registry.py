"""All flows, by the type of their command: one line a module."""

from typing import Any

from timebank.flows import definitions, holds, movements, periods, reversals
from timebank.flows.command import Command, Flow, check_command
from timebank.flows.facts import Facts, Needs
from timebank.ledger.model import Draft

FLOWS: dict[type[Command], Flow[Any]] = {
    flow.command: flow
    for module in (definitions, movements, holds, reversals, periods)
    for flow in module.FLOWS
}

EntryCommand = (
    movements.Issue
    | movements.Reclaim
    | movements.Transfer
    | movements.OpenBalances
    | holds.Hold
    | holds.Release
    | holds.Settle
    | reversals.Reverse
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
