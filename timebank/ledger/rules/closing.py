"""Closing a period: the entry ``close`` states the totals and the trial balance of its last day."""

from timebank.errors import DayError, FactsError
from timebank.ledger.model import Entry
from timebank.ledger.rules.tallies import EVER
from timebank.ledger.state import BookState
from timebank.ledger.trial_balance import digest, totals, trial_balance

KIND = "close"


def check_close(entry: Entry, state: BookState) -> None:
    """Raise DayError or FactsError unless a close is of a period that is over, and truthful."""
    until = entry.public["until"]
    check_period(until, entry.posted, state)
    rows = trial_balance(state, until)
    if entry.public["trial_balance"] != digest(rows):
        raise FactsError("trial_balance", f"is not the digest of the trial balance on {until}")
    if list(entry.public["totals"]) != totals(rows, state):
        raise FactsError("totals", f"are not the totals on {until}")


def check_period(until: str, posted: str, state: BookState) -> None:
    """Raise DayError unless a period may be closed until this day: a day before today."""
    if until >= posted:
        raise DayError(until, f"is not over; today is {posted}")
    if until <= state.closed_until:
        raise DayError(until, f"the period until {state.closed_until} is closed already")


def apply_close(entry: Entry, state: BookState) -> None:
    """Close the period; what happened in it on each day is no longer needed."""
    state.closed_until = entry.public["until"]
    for day in [day for day in state.turnovers if day <= state.closed_until]:
        del state.turnovers[day]
    for key in [key for key in state.tallies if EVER < key.day <= state.closed_until]:
        del state.tallies[key]
