"""Floors: a holding account never ends an entry below zero, or below minus its credit limit.

The legs of an entry count together, and only what went down is looked at: a limit that was lowered
does not stop a debtor from earning. Sums never pass 2^53-1.
"""

from timebank.errors import InsufficientBalanceError, OverflowingBalanceError
from timebank.ledger.encoding import MAX_INTEGER
from timebank.ledger.model import Balance, Entry, Key
from timebank.ledger.state import BookState


def check_floors(
    entry: Entry, after: dict[Key, Balance], state: BookState, *, revealed: bool
) -> None:
    """Raise InsufficientBalanceError or OverflowingBalanceError where an account would.

    ``after`` are all balances that the entry touches, as they will be after it.
    """
    for key, (debits, credits_) in after.items():
        if debits > MAX_INTEGER or credits_ > MAX_INTEGER:
            raise OverflowingBalanceError(state.name_of(key), key.commodity)
        if debits < credits_:
            _check_floor(key, debits - credits_, entry.posted, state, revealed=revealed)


def _check_floor(key: Key, net: int, day: str, state: BookState, *, revealed: bool) -> None:
    """Raise InsufficientBalanceError where what went down to ``net`` may not be so low."""
    debits, credits_ = state.balances[key]
    before = debits - credits_
    if net >= before:
        return
    account = state.accounts[key.account]
    if account.type == "boundary":
        return
    if account.type == "control" and not key.owner:
        if revealed:
            return
        limit = state.ceilings.total(key.commodity) if key.account == "members" else 0
    else:
        limit = state.limit(key, day)
    shortfall = -(net + limit)
    if shortfall > 0:
        raise InsufficientBalanceError(
            state.name_of(key), key.commodity, key.lot, before, shortfall
        )
