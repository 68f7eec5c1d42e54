"""Expiry 过期: what came in long ago and was not spent since leaves circulation, by policy.

What is spent first is what came in first. So of what an account has after a day, all that came in
later is still there unless everything older is spent, and

    expires = max(0, balance - what came in after ``until``)

where ``until`` lies at least ``expiry_days`` before the day of the entry. That is never more than
what was there at the end of that day and has not been spent since.

The amount is recomputed wherever it is known whose an account is: by the journal and the keyed
replay for members, by the public replay for groups too. That takes what came in on each day
(:mod:`timebank.ledger.rules.arrivals`), which grows with the log and not with the book's accounts;
replay keeps it where it keeps the names. What is on hold does not expire.
"""

from datetime import date

from timebank.errors import DayError, FactsError, FigureError, PolicyMissingError
from timebank.ledger import codes
from timebank.ledger.model import Entry, Key, Owners
from timebank.ledger.rules.arrivals import MEMBERS
from timebank.ledger.rules.days import business_day
from timebank.ledger.settings import Version
from timebank.ledger.state import BookState

SETTING = "expiry_days"


def expiry_in_force(state: BookState, day: str, commodity: str) -> Version:
    """After how many days what is left expires, >= 1, and which entry says so.

    Raises PolicyMissingError where nothing expires on that day.
    """
    version = state.version(SETTING, day, commodity=commodity)
    if version is None or not version.value:
        raise PolicyMissingError(SETTING, commodity, day)
    return version


def check_age(until: str, day: str, days: int) -> None:
    """Raise DayError unless a day lies at least so many days before another."""
    if (date.fromisoformat(day) - date.fromisoformat(until)).days < days:
        raise DayError(until, f"is less than {days} days before {day}")


def expirable(state: BookState, key: Key, until: str) -> int:
    """What an account still has of what came in until the end of a day, >= 0."""
    return max(0, state.balances[key].net - state.arrivals.after(key, until))


def check_expiry(entry: Entry, owners: Owners, state: BookState, *, revealed: bool) -> None:
    """Raise unless all that is old enough by the policy in force expires, citing that policy.

    Raises PolicyMissingError, DayError, FactsError and FigureError.
    """
    commodity = entry.legs[0].commodity
    if any(leg.commodity != commodity for leg in entry.legs):
        raise FactsError("legs", "are all in one commodity")
    day, until = business_day(entry), entry.public["until"]
    version = expiry_in_force(state, day, commodity)
    if entry.public["policy"] != version.seq:
        raise FigureError("policy", version.seq, entry.public["policy"])
    check_age(until, day, version.value)
    seen = set()
    for index, (leg, (owner, _)) in enumerate(zip(entry.legs, owners, strict=True)):
        key = Key(codes.split_reference(leg.from_)[0], owner, commodity, "")
        if key.account == MEMBERS and not revealed:
            continue
        if key in seen:
            raise FactsError("legs", "name an account twice")
        seen.add(key)
        expires = expirable(state, key, until)
        if leg.amount != expires:
            raise FigureError(f"legs[{index}].amount", expires, leg.amount)
