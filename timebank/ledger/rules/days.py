"""Days and periods: when something happened, when it was posted, and what is closed."""

from timebank.errors import DayError, PeriodClosedError
from timebank.ledger.model import Entry
from timebank.ledger.state import BookState


def business_day(entry: Entry) -> str:
    """The day that counts: of a late item the closed day it belongs to."""
    day: str = entry.public.get("belongs", entry.day)
    return day


def check_days(entry: Entry, state: BookState) -> None:
    """Raise DayError or PeriodClosedError where the days of an entry cannot be.

    ``posted`` never goes back, ``day`` is never after ``posted`` and never in a closed period.
    A late item says in ``public.belongs`` which closed day it belongs to.
    """
    if entry.posted < state.posted:
        raise DayError(entry.posted, f"posted before the entry ahead of it ({state.posted})")
    if entry.day > entry.posted:
        raise DayError(entry.day, f"is in the future; today is {entry.posted}")
    if entry.day <= state.closed_until:
        raise PeriodClosedError(entry.day, state.closed_until)
    belongs = entry.public.get("belongs")
    if belongs is not None and belongs > state.closed_until:
        raise DayError(belongs, "is not in a closed period; post it with this day instead")
