"""Arrivals: what came into the accounts of members and groups, by day, as far as it may expire.

What returns does not arrive: what a release gives back, and what a reversal does. What was reversed
never arrived. So whoever sets hours aside and takes them back, or is paid by mistake and pays back,
has neither older nor younger hours than before. Of members only whoever knows the owners can keep
them: the journal, and the keyed replay.
"""

from timebank.ledger.model import Entry, Key, Leg, Owners
from timebank.ledger.registry import Kind, matches
from timebank.ledger.state import BookState
from timebank.ledger.tuples import new

MEMBERS = "members"
GROUPS = "groups:*"
_GROUP = "groups:"


def apply_arrivals(entry: Entry, owners: Owners, state: BookState) -> None:
    """Count what the legs of an entry bring in whose kind ``arrives``."""
    _count(entry, owners, state, sign=1)


def undo_arrivals(kind: Kind, original: Entry, owners: Owners, state: BookState) -> None:
    """Count what a reversed entry brought in no longer; ``owners`` are those of its legs."""
    if arrives(kind):
        _count(original, owners, state, sign=-1)


def arrives(kind: Kind) -> bool:
    """Whether what legs of a kind bring in is new where it comes to."""
    return not kind.reverses and not (kind.continues and kind.continues.returns)


def _count(entry: Entry, owners: Owners, state: BookState, *, sign: int) -> None:
    for index, leg in enumerate(entry.legs):
        owner = owners[index][1]
        if owner or leg.to.startswith(_GROUP):
            key = _key_of(leg, owner)
            if key is not None:
                state.arrivals.add(key, entry.day, sign * leg.amount)


def _key_of(leg: Leg, owner: int) -> Key | None:
    """Where a leg goes, if what is there may expire one day and it is known whose it is."""
    if leg.lot:
        return None
    account = leg.to.partition("#")[0]
    if owner if account == MEMBERS else matches(GROUPS, account):
        return new(Key, (account, owner, leg.commodity, ""))
    return None
