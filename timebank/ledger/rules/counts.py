"""Counts 盘点: the difference between what is on a shelf and what the book says of it.

Whoever counts looks at the book as of some entry. Nothing of a lot may have moved at that place
since, so that the book after the count says what was counted, which anyone can read from the log.
"""

from timebank.errors import LegPatternError, StaleStateError, UnknownEntryError
from timebank.ledger.model import Entry
from timebank.ledger.state import BookState

VARIANCE = "world:variance"


def check_count(entry: Entry, state: BookState) -> None:
    """Raise unless nothing that is counted has moved since the entry it was counted against.

    Raises UnknownEntryError, LegPatternError and StaleStateError.
    """
    against = entry.public["against"]
    if against >= entry.seq:
        raise UnknownEntryError(against)
    counted = set()
    for index, leg in enumerate(entry.legs):
        account = leg.from_ if leg.to == VARIANCE else leg.to
        place = account, leg.commodity, leg.lot
        if place in counted:
            raise LegPatternError(entry.kind, index, "counts what another leg counts")
        counted.add(place)
        moved = state.moved[place]
        if moved > against:
            reason = f"moved by entry {moved}, after the count against entry {against}"
            raise StaleStateError(" ".join(place), reason)
