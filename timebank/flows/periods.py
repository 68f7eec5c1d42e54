"""Closing a period 结账: after it, nothing is posted with a day in it."""

from timebank.flows.command import Command, Flow
from timebank.flows.facts import Facts
from timebank.flows.needs import Needs
from timebank.ledger import codes
from timebank.ledger.model import Draft
from timebank.ledger.rules.closing import check_period
from timebank.ledger.trial_balance import digest, totals, trial_balance


class Close(Command, frozen=True, kw_only=True, tag="close"):
    """Close the period that ends on the day ``until``, which is before today."""

    until: str


def needs_of_close(command: Close) -> Needs:
    """The trial balance on its last day. Raises MalformedError."""
    codes.check_code("day", command.until, field="until")
    return Needs(trial_balance=command.until)


def build_close(command: Close, facts: Facts) -> Draft:
    """The draft of a close. Raises DayError where the period is not over, or closed already."""
    check_period(command.until, max(facts.today, facts.state.posted), facts.state)
    rows = trial_balance(facts.state, command.until)
    return Draft(
        kind="close",
        day=command.day or facts.today,
        public={
            "until": command.until,
            "totals": totals(rows, facts.state),
            "trial_balance": digest(rows),
        },
    )


FLOWS = (Flow(Close, needs_of_close, build_close),)
