"""Charity markets 义集: filed before they open, with a share of the takings for the pool.

The share is filed with the market and cannot change after; of each sale it is
floor(price x share / 1000), and the rest is the stall's. What a market took and what was bought of
it is nowhere said again: it is in the entries that name the market.
"""

from typing import Any

from timebank.errors import (
    DayError,
    FactsError,
    FigureError,
    FundRestrictedError,
    LotError,
)
from timebank.ledger import codes
from timebank.ledger.model import Entry
from timebank.ledger.registry import matches
from timebank.ledger.rules.days import business_day
from timebank.ledger.rules.references import earlier_entry
from timebank.ledger.state import BookState

AGENCY = "fund:agency"
"""Money that is a stall's or a shop family's and only passes through the association's till."""
CUSTOMERS = "world:customers"
STALLS = "stalls"
TILLS = "cash:*"
FILED = "market.filed"
EARNED = "earned"


def pool_share(price: int, share: int) -> int:
    """floor(price x share / 1000); ``share`` is in thousandths."""
    return price * share // 1000


def check_market(entry: Entry, state: BookState) -> None:
    """Raise unless a market is filed before it is held, or what follows comes after it was held.

    Raises AccountClosedError, DayError, FactsError, FundRestrictedError, LotError and
    UnknownAccountError.
    """
    if entry.kind == FILED:
        _check_filed(entry, state)
    else:
        _check_after(entry, state)


def check_share(entry: Entry, state: BookState) -> None:
    """Raise unless the price of a sale is split as filed, on the day of the market.

    Points go from one buyer to one seller, besides money or instead. Raises DayError, FactsError
    and FigureError.
    """
    market = market_of(entry, state)
    if business_day(entry) != market["held"]:
        raise DayError(business_day(entry), f"the market is held on {market['held']}")
    if sum(not leg.lot for leg in entry.legs) > 1:
        raise FactsError("legs", "one buyer pays one seller, in one leg of points")
    money = [leg for leg in entry.legs if leg.lot]
    wanted = _split(entry.public["price"], market)
    if len(money) != len(wanted):
        raise FactsError("price", f"needs {len(wanted)} legs of money")
    for leg, (amount, account, lot) in zip(money, wanted, strict=True):
        place = codes.split_reference(leg.to)[0], leg.lot, leg.commodity
        if place != (account, lot, market["commodity"]):
            raise FactsError("price", f"goes to {account} as {market['commodity']} {lot}")
        if leg.amount != amount:
            raise FigureError("price", amount, leg.amount)


def market_of(entry: Entry, state: BookState) -> dict[str, Any]:
    """The facts of the market that an entry names. Raises UnknownEntryError."""
    return earlier_entry(entry.public["market"], entry, state).public


def check_held(market: dict[str, Any], entry: Entry) -> None:
    """Raise DayError where an entry is of a day before the market was held."""
    if business_day(entry) < market["held"]:
        raise DayError(business_day(entry), f"the market is held on {market['held']}")


def _check_filed(entry: Entry, state: BookState) -> None:
    facts = entry.public
    if facts["held"] < entry.posted:
        raise DayError(facts["held"], "a market is filed before it is held")
    if facts["opens"] >= facts["closes"]:
        raise FactsError("closes", "must be after it opens")
    _check_cash(facts["cash"], state)
    _check_fund(facts, state)
    least = state.setting("pool_share_min", facts["held"]) or 0
    if facts["share"] < least:
        raise FactsError("share", f"must be at least {least}")


def _check_cash(code: str, state: BookState) -> None:
    """The pool's part of the takings comes into a till that is there and open."""
    state.open_account(code)
    if not matches(TILLS, code):
        raise FactsError("cash", f"must be an account {TILLS}")


def _check_fund(facts: dict[str, Any], state: BookState) -> None:
    """What is earned goes into a fund that was opened for it, and is open on the day."""
    fund = state.lots.get((facts["commodity"], facts["fund"]))
    if fund is None:
        raise LotError(facts["commodity"], facts["fund"], f"there is no fund {facts['fund']}")
    if fund.code == AGENCY:
        raise FundRestrictedError(fund.code, "is not the association's money")
    if fund.facts.get("source") != EARNED:
        raise FundRestrictedError(fund.code, f"was not opened for what is {EARNED}")
    ends = fund.facts.get("ends")
    if ends is not None and facts["held"] > ends:
        raise FundRestrictedError(fund.code, f"ended on {ends}")


def _check_after(entry: Entry, state: BookState) -> None:
    market = market_of(entry, state)
    check_held(market, entry)
    if any(leg.commodity != market["commodity"] for leg in entry.legs):
        raise FactsError("market", f"took {market['commodity']}")


def _split(price: int, market: dict[str, Any]) -> list[tuple[int, str, str]]:
    """Where the parts of a price go: amount, account and lot, the pool's first."""
    share = pool_share(price, market["share"])
    parts = ((share, market["cash"], market["fund"]), (price - share, STALLS, AGENCY))
    return [part for part in parts if part[0]]
