"""Purchases 采购: money goes out and goods come in, to the last cent, in the same fund.

What is bought is filed before: with the market 义集 whose earnings pay it, or with a plan 备案 of
the fund, on which it draws. Each batch was registered before as bought, and is bought once.
"""

from typing import Any

from timebank.errors import FactsError, FigureError, FundRestrictedError, LotError
from timebank.ledger.model import Entry, Leg, Lot
from timebank.ledger.rules.funds import FEES, OVERHEADS, check_pays, check_within_plan
from timebank.ledger.rules.markets import check_held, market_of
from timebank.ledger.state import BookState

SUPPLIERS = "world:suppliers"


def check_cost(entry: Entry, state: BookState) -> None:
    """Raise unless the costs of the lots and the fees are the money paid, all from one fund.

    Each lot was registered as bought, at this cost, from this fund. Raises DayError, FactsError,
    FigureError, FundRestrictedError, LotError and StaleStateError.
    """
    money = [leg for leg in entry.legs if leg.to == SUPPLIERS]
    if len({(leg.commodity, leg.lot) for leg in money}) != 1:
        raise FactsError("legs", "are paid from one fund in one commodity")
    fund = state.lots[money[0].commodity, money[0].lot]
    _check_lots(entry, fund, state)
    _check_filed(entry, fund, state)
    _check_fees(entry, fund)
    cost = sum(item["cost"] for item in entry.public["lots"]) + entry.public.get("fees", 0)
    paid = sum(leg.amount for leg in money)
    if paid != cost:
        raise FigureError("paid", cost, paid)


def cost_of(commodity: str, code: str, fund: Lot | None, lot: Lot | None) -> int:
    """What a lot cost, as it was registered. Raises LotError where it was not so bought."""
    facts: dict[str, Any] = lot.facts if lot else {}
    if facts.get("source") != "purchased" or facts.get("basis") != "cost":
        raise LotError(commodity, code, f"{code} was not registered as bought at cost")
    if fund is None or facts.get("fund") != fund.code:
        raise LotError(commodity, code, f"{code} was not registered as bought from this fund")
    if facts["value"]["commodity"] != fund.commodity:
        raise LotError(commodity, code, f"{code} did not cost {fund.commodity}")
    return int(facts["value"]["amount"])


def _check_lots(entry: Entry, fund: Lot, state: BookState) -> None:
    """The lots that are named are those of the legs, each at what it was registered to cost."""
    goods: list[Leg] = [leg for leg in entry.legs if leg.to != SUPPLIERS]
    named = {(item["commodity"], item["lot"]): item["cost"] for item in entry.public["lots"]}
    if len(named) < len(entry.public["lots"]):
        raise FactsError("lots", "names a lot twice")
    if {(leg.commodity, leg.lot) for leg in goods} != named.keys():
        raise FactsError("lots", "are not those of the legs")
    for index, (key, found) in enumerate(named.items()):
        cost = cost_of(*key, fund, state.lots.get(key))
        if found != cost:
            raise FigureError(f"lots[{index}].cost", cost, found)


def _check_filed(entry: Entry, fund: Lot, state: BookState) -> None:
    if ("market" in entry.public) == ("plan" in entry.public):
        raise FactsError("market", "or a plan: one of both must have been filed before")
    if "plan" in entry.public:
        filed = check_within_plan(entry, state)
        if filed["category"] in OVERHEADS:
            raise FactsError("plan", f"is for {filed['category']}, which buys no goods")
    else:
        filed = market_of(entry, state)
        check_held(filed, entry)
    if (filed["commodity"], filed["fund"]) != (fund.commodity, fund.code):
        raise FundRestrictedError(fund.code, f"is not what was filed, {filed['fund']}")


def _check_fees(entry: Entry, fund: Lot) -> None:
    """What is bought by a plan 备案 has its fees paid only by a fund that pays fees at all.

    A market 义集 pays those of its purchases out of what it earned: its fund holds no donations.
    """
    if "fees" in entry.public and "market" not in entry.public:
        check_pays(fund, FEES)
