"""Price lists 兑换标准: what goods cost in points, by the policy in force on the day."""

from collections.abc import Iterable

from timebank.errors import FactsError, FigureError, OverCapError, PolicyMissingError
from timebank.ledger.model import Entry, Owners, TallyKey
from timebank.ledger.rules.days import business_day
from timebank.ledger.state import BookState

REDEEMED = "redeemed"


def price_of(state: BookState, day: str, commodity: str, goods: str) -> int:
    """What one unit of goods costs in the commodity. Raises PolicyMissingError."""
    price = state.setting("price", day, commodity=commodity, goods=goods)
    if price is None:
        raise PolicyMissingError("price", f"{goods} in {commodity}", day)
    return price


def cost_of(state: BookState, day: str, commodity: str, goods: Iterable[tuple[str, int]]) -> int:
    """What so much of these goods costs together. Raises PolicyMissingError."""
    return sum(amount * price_of(state, day, commodity, one) for one, amount in goods)


def check_prices(entry: Entry, owners: Owners, state: BookState, *, revealed: bool) -> None:
    """Raise unless the points paid are what the goods cost, within the member's daily limit.

    What the member has redeemed before on the day is known with the owners only. Raises FactsError,
    FigureError, PolicyMissingError and OverCapError.
    """
    paid = [leg for leg in entry.legs if not leg.lot]
    goods = [leg for leg in entry.legs if leg.lot]
    if not paid or not goods:
        raise FactsError("legs", "points and goods go together, both or neither")
    if len(paid) > 1:
        raise FactsError("legs", "one member pays, in one leg")
    (leg,) = paid
    index = entry.legs.index(leg)
    amounts = ((one.commodity, one.amount) for one in goods)
    cost = cost_of(state, business_day(entry), leg.commodity, amounts)
    if leg.amount != cost:
        raise FigureError(f"legs[{index}].amount", cost, leg.amount)
    key = TallyKey(REDEEMED, owners[index][0], leg.commodity, entry.day)
    _check_limit(key, cost, state, revealed=revealed)


def _check_limit(key: TallyKey, cost: int, state: BookState, *, revealed: bool) -> None:
    limit = state.setting("redeem_daily", key.day, commodity=key.commodity)
    if limit is None:
        return
    used = state.tallies[key] if revealed else 0
    if used + cost > limit:
        raise OverCapError("redeem_daily", key.commodity, limit, used)
