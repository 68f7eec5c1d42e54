"""Allowances: an amount that one entry allows and others draw on, as spends do on a plan 备案.

What is left stands in the state as that of leg 0 of the entry, which has no legs of its own.
"""

from timebank.errors import NothingLeftError, StaleStateError
from timebank.ledger.model import Entry
from timebank.ledger.registry import Kind
from timebank.ledger.state import BookState


def check_allowance(kind: Kind, entry: Entry, state: BookState) -> None:
    """Raise NothingLeftError where the entry draws more than is left of what it draws on."""
    if kind.draws in entry.public:
        seq, asked = entry.public[kind.draws], _amount_of(entry, state)
        left = state.remainders.get((seq, 0), 0)
        if asked > left:
            raise NothingLeftError(seq, left, asked)


def apply_allowance(kind: Kind, entry: Entry, state: BookState) -> None:
    """Count what the entry allows, or what it leaves of what it draws on."""
    if kind.allows:
        state.remainders[entry.seq, 0] = entry.public[kind.allows]
    if kind.draws in entry.public:
        _change(entry.public[kind.draws], -_amount_of(entry, state), state)


def check_untouched(kind: Kind, original: Entry, state: BookState) -> None:
    """Raise StaleStateError where the allowance to be reversed has been drawn on."""
    if not kind.allows:
        return
    drawn = original.public[kind.allows] - state.remainders.get((original.seq, 0), 0)
    if drawn:
        raise StaleStateError(f"entry {original.seq}", f"{drawn} of it has been drawn")


def undo_allowance(kind: Kind, original: Entry, state: BookState) -> None:
    """Take back what a reversed entry allowed or drew."""
    if kind.allows:
        state.remainders.pop((original.seq, 0), None)
    if kind.draws in original.public:
        _change(original.public[kind.draws], _amount_of(original, state), state)


def _amount_of(entry: Entry, state: BookState) -> int:
    """What an entry draws: all of its legs but those of the goods that it pays for."""
    return sum(leg.amount for leg in entry.legs if state.commodities[leg.commodity].kind != "goods")


def _change(seq: int, change: int, state: BookState) -> None:
    left = state.remainders.pop((seq, 0), 0) + change
    assert left >= 0, "the rules checked this"
    if left:
        state.remainders[seq, 0] = left
