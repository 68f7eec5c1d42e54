"""Floors: a holding account never ends an entry below zero, or below minus its credit limit.

The legs of an entry count together, and only what went down is looked at: a limit that was lowered
does not stop a debtor from earning. Sums never pass 2^53-1.
"""

from collections.abc import Iterable

from timebank.errors import InsufficientBalanceError, OverflowingBalanceError
from timebank.ledger.encoding import MAX_INTEGER
from timebank.ledger.model import Balance, Entry, Key, Owners
from timebank.ledger.state import BookState, changes_of


def check_floors(entry: Entry, owners: Owners, state: BookState, *, revealed: bool) -> None:
    """Raise InsufficientBalanceError or OverflowingBalanceError where an account would."""
    for key, change in _sum_up(changes_of(entry, owners)).items():
        before = state.balance(key)
        if max(before.debits + change.debits, before.credits + change.credits) > MAX_INTEGER:
            raise OverflowingBalanceError(state.name_of(key), key.commodity)
        if change.net < 0:
            _check_floor(key, before.net, change.net, entry.posted, state, revealed=revealed)


def _sum_up(changes: Iterable[tuple[Key, int, int]]) -> dict[Key, Balance]:
    summed: dict[Key, Balance] = {}
    for key, debits, credits_ in changes:
        before = summed.get(key, Balance())
        summed[key] = Balance(before.debits + debits, before.credits + credits_)
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
