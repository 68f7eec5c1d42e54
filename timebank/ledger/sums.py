"""Sums: what the balances are after an entry, and after each side of its legs."""

from collections.abc import Sequence
from typing import NamedTuple

from timebank.ledger.model import Balance, Entry, Key, Owners
from timebank.ledger.routes import Route
from timebank.ledger.state import BookState
from timebank.ledger.tuples import new


class LegSide(NamedTuple):
    """One side of a leg with the running sums after it.

    ``debits`` and ``credits`` are those of the owner's part of the account, ``total_debits`` and
    ``total_credits`` those of the whole account; without an owner they are the same.
    """

    leg: int
    side: int
    account: str
    owner: int
    commodity: str
    lot: str
    amount: int
    debits: int
    credits: int
    total_debits: int
    total_credits: int


def sum_up(
    entry: Entry, owners: Owners, routes: Sequence[Route], state: BookState, *, tells: bool
) -> tuple[dict[Key, Balance], list[LegSide]]:
    """Add up the legs of an entry, one after the other, on top of the balances before it.

    Gives what the balances that it touches will be after it, and its sides where it ``tells``.
    """
    before, after = state.balances, dict[Key, Balance]()
    sides: list[LegSide] = []
    for index, leg in enumerate(entry.legs):
        amount, route, (from_owner, to_owner) = leg.amount, routes[index], owners[index]
        from_ = _add(route.from_, from_owner, 0, amount, before, after)
        to = _add(route.to, to_owner, amount, 0, before, after)
        if tells:
            sides.append(_side_of(index, 0, route.from_, from_owner, amount, from_))
            sides.append(_side_of(index, 1, route.to, to_owner, amount, to))
    return after, sides


def _add(  # noqa: PLR0913, PLR0917  called twice for each leg there ever was
    whole: Key,
    owner: int,
    debits: int,
    credits_: int,
    before: dict[Key, Balance],
    after: dict[Key, Balance],
) -> tuple[Balance, Balance]:
    """Add to a whole account and to its owner's part; give the part and the whole."""
    last = after.get(whole) or before[whole]
    total = after[whole] = new(Balance, (last[0] + debits, last[1] + credits_))
    if not owner:
        return total, total
    account, _, commodity, lot = whole
    key = new(Key, (account, owner, commodity, lot))
    last = after.get(key) or before[key]
    part = after[key] = new(Balance, (last[0] + debits, last[1] + credits_))
    return part, total


def _side_of(  # noqa: PLR0913, PLR0917  the columns of a side
    index: int, side: int, whole: Key, owner: int, amount: int, after: tuple[Balance, Balance]
) -> LegSide:
    account, _, commodity, lot = whole
    (debits, credits_), (total_debits, total_credits) = after
    return new(
        LegSide,
        (
            index,
            side,
            account,
            owner,
            commodity,
            lot,
            amount,
            debits,
            credits_,
            total_debits,
            total_credits,
        ),
    )
