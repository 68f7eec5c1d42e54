"""Floors: a holding account never ends an entry below zero, or below minus its credit limit.

The legs of an entry count together, and only what went down is looked at: a limit that was lowered
does not stop a debtor from earning. Sums never pass 2^53-1.
"""

from collections.abc import Iterable, Sequence

from timebank.errors import InsufficientBalanceError, OverflowingBalanceError
from timebank.ledger.encoding import MAX_INTEGER
from timebank.ledger.model import Entry, Key, Owners
from timebank.ledger.state import BookState, Change, Route, changes_of


def check_floors(
    entry: Entry, owners: Owners, routes: Sequence[Route], state: BookState, *, revealed: bool
) -> None:
    """Raise InsufficientBalanceError or OverflowingBalanceError where an account would."""
    changes = changes_of(entry, owners, routes)
    if len(routes) > 1:
        changes = _sum_up(changes)
    for key, debits, credits_ in changes:
        had_debits, had_credits = state.balances[key]
        if had_debits + debits > MAX_INTEGER or had_credits + credits_ > MAX_INTEGER:
            raise OverflowingBalanceError(state.name_of(key), key.commodity)
        if debits < credits_:
            net, change = had_debits - had_credits, debits - credits_
            _check_floor(key, net, change, entry.posted, state, revealed=revealed)


def _sum_up(changes: Iterable[Change]) -> list[Change]:
    """The same with each balance once."""
    summed: dict[Key, list[int]] = {}
    for key, debits, credits_ in changes:
        sums = summed.get(key)
        if sums is None:
            summed[key] = [debits, credits_]
        else:
            sums[0] += debits
            sums[1] += credits_
    return [(key, debits, credits_) for key, (debits, credits_) in summed.items()]


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
