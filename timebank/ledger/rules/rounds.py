"""Delivery rounds 配送: for several households together, so that nobody's aid can be told."""

from timebank.errors import FactsError, LegPatternError, TooFewHouseholdsError
from timebank.ledger.model import Entry
from timebank.ledger.places import is_quarantine, place_of
from timebank.ledger.rules.days import business_day
from timebank.ledger.rules.references import earlier_entry
from timebank.ledger.state import BookState

CONSUMED = "world:consumed"
HOUSEHOLDS_MIN = 5
"""Fewer wait for the next round; policy may ask for more."""


def check_round(entry: Entry, state: BookState) -> None:
    """Raise what speaks against a round that leaves or returns, if anything does.

    Raises TooFewHouseholdsError, FactsError and LegPatternError.
    """
    if entry.kind == "round.out":
        check_households(entry.public["households"], business_day(entry), state)
    else:
        _check_return(entry, state)


def check_households(households: int, day: str, state: BookState) -> None:
    """Raise TooFewHouseholdsError where a round of that day has to wait for the next."""
    needed = max(HOUSEHOLDS_MIN, state.setting("households_min", day) or 0)
    if households < needed:
        raise TooFewHouseholdsError(households, needed)


def _check_return(entry: Entry, state: BookState) -> None:
    """What was not taken goes back to the place it left; some took what was handed over."""
    left = earlier_entry(entry.public["round"], entry, state)
    without = entry.public["refused"] + entry.public["absent"]
    households = left.public["households"]
    if without > households:
        reason = f"with those absent is {without} of {households} households"
        raise FactsError("refused", reason)
    ends = {leg.to for leg in entry.legs}
    if without == households and CONSUMED in ends:
        raise FactsError("refused", "nobody took anything, yet something was handed over")
    if without < households and all(map(is_quarantine, ends)):
        raise FactsError("refused", "some took what they were brought, yet all of it came back")
    places = {leg.to: leg.from_ for leg in left.legs}
    for index, leg in enumerate(entry.legs):
        if is_quarantine(leg.to) and place_of(leg.to) != places[leg.from_]:
            raise LegPatternError(entry.kind, index, "must return to where it came from")
