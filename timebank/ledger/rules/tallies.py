"""Tallies: what each member has earned by services, or redeemed, as far as policy limits it.

They count by the day of the entry, so a late item counts on the day it is posted with. Only whoever
knows the owners can keep them: the journal, and the keyed replay.
"""

from timebank.ledger import codes
from timebank.ledger.model import Entry, Owners, TallyKey
from timebank.ledger.registry import Kind, Tally
from timebank.ledger.state import BookState

ACCOUNT = "members"
EVER = ""
"""The day of a tally that counts all days."""


def apply_tallies(kind: Kind, entry: Entry, owners: Owners, state: BookState) -> None:
    """Count the legs of the entry."""
    if kind.tally:
        _count(kind.tally, entry, owners, state, sign=1)


def undo_tallies(kind: Kind, original: Entry, owners: Owners, state: BookState) -> None:
    """Count the legs of a reversed entry no longer; ``owners`` are those of its legs."""
    if kind.tally:
        _count(kind.tally, original, owners, state, sign=-1)


def _count(tally: Tally, entry: Entry, owners: Owners, state: BookState, *, sign: int) -> None:
    for index, leg in enumerate(entry.legs):
        account = codes.split_reference(leg.to if tally.side else leg.from_)[0]
        owner = owners[index][tally.side]
        if account != ACCOUNT or not owner:
            continue
        ever = TallyKey(tally.tally, owner, leg.commodity, EVER)
        state.tallies[ever] += sign * leg.amount
        on_day = ever._replace(day=entry.day)
        # The day of a reversed entry may be closed, and is then of no use any more.
        if sign > 0 or on_day in state.tallies:
            state.tallies[on_day] += sign * leg.amount
