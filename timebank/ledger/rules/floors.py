"""Floors: a holding account never ends an entry below zero, or below minus its credit limit.

The legs of an entry count together, and only what went down is looked at: a limit that was lowered
does not stop a debtor from earning. Sums never pass 2^53-1.
"""

from collections.abc import Iterable

from timebank.errors import InsufficientBalanceError, OverflowingBalanceError
from timebank.ledger.encoding import MAX_INTEGER
from timebank.ledger.model import Entry, Key, Owners
from timebank.ledger.state import BookState, changes_of


def check_floors(entry: Entry, owners: Owners, state: BookState, *, revealed: bool) -> None:
    """Raise InsufficientBalanceError or OverflowingBalanceError where an account would."""
    for key, (debits, credits_) in _sum_up(changes_of(entry, owners)).items():
        before = state.balance(key)
        if before.debits + debits > MAX_INTEGER or before.credits + credits_ > MAX_INTEGER:
            raise OverflowingBalanceError(state.name_of(key), key.commodity)
        if debits < credits_:
            change = debits - credits_
            _check_floor(key, before.net, change, entry.posted, state, revealed=revealed)


def _sum_up(changes: Iterable[tuple[Key, int, int]]) -> dict[Key, list[int]]:
    """What comes in and what goes out of each, debits first."""
    summed: dict[Key, list[int]] = {}
    for key, debits, credits_ in changes:
        sums = summed.get(key)
        if sums is None:
            summed[key] = [debits, credits_]
        else:
            sums[0] += debits
            sums[1] += credits_
    return summed


def _check_floor(  # noqa: PLR0913  the error tells all of it
    key: Key, before: int, change: int, day: str, state: BookState, *, revealed: bool
) -> None:
    account = state.accounts[key.account]
    if account.type == "boundary":
        return
    if account.type == "control" and not key.owner:
        if revealed:
            return
        limit = state.ceilings.total(key.commodity) if key.account == "members" else 0
    else:
        limit = state.limit(key, day)
    shortfall = -(before + change + limit)
    if shortfall > 0:
        raise InsufficientBalanceError(
            state.name_of(key), key.commodity, key.lot, before, shortfall
        )
