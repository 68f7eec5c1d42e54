"""Lots: whether a batch or a fund may go on a leg, by what the leg's pattern asks for."""

from timebank.errors import (
    FactsError,
    FundRestrictedError,
    LegPatternError,
    LotError,
    LotExpiredError,
    LotRecalledError,
)
from timebank.ledger.model import Entry, Leg, Lot
from timebank.ledger.registry import Pattern
from timebank.ledger.rules.days import business_day
from timebank.ledger.rules.markets import AGENCY
from timebank.ledger.rules.names import RECALLED, name_of_lot, standing
from timebank.ledger.state import BookState

NEVER = "9999-12-31"
EXPIRED = "expired"

_SOURCES = {"world:donors": "donated", "world:grantors": "granted"}
"""How a lot is registered that comes from there."""


def check_lot_of(kind: str, index: int, leg: Leg, pattern: Pattern) -> None:
    """Raise LegPatternError or FundRestrictedError where a leg is of a lot that never goes there.

    Where no pattern names it, the money of others does not move at all, so that all of it is in
    ``stalls``.
    """
    if pattern.lot and leg.lot != pattern.lot:
        raise LegPatternError(kind, index, f"must be of {pattern.lot}")
    if leg.lot == AGENCY != pattern.lot:
        raise FundRestrictedError(leg.lot, "is not the association's money")


def check_lot(entry: Entry, index: int, pattern: Pattern, state: BookState) -> None:
    """Raise LotError, LotExpiredError or LotRecalledError where a leg's lot may not go now."""
    if not (pattern.usable or pattern.use or pattern.first_expired):
        return
    leg = entry.legs[index]
    lot = state.lots[leg.commodity, leg.lot]
    if pattern.usable:
        check_usable(lot, business_day(entry), state)
    if pattern.use and not is_for(lot, pattern.use):
        uses = ", ".join(lot.facts["uses"])
        raise LotError(lot.commodity, lot.code, f"{lot.code} was given for {uses} only")
    if pattern.first_expired:
        _check_first(entry, leg, lot, pattern, state)


def check_usable(lot: Lot, day: str, state: BookState) -> None:
    """Raise LotExpiredError or LotRecalledError where a lot must not be handed on any more.

    A lot can be used on the day it expires.
    """
    if day > expires(lot):
        raise LotExpiredError(lot.commodity, lot.code, expires(lot))
    recalled = _recalled_by(lot, state)
    if recalled:
        raise LotRecalledError(lot.commodity, lot.code, recalled)


def is_usable(lot: Lot, day: str, state: BookState) -> bool:
    """Whether a lot may be handed on."""
    return day <= expires(lot) and not _recalled_by(lot, state)


def is_for(lot: Lot, use: str) -> bool:
    """Whether a lot may be used so; one without ``uses`` may be used for anything."""
    uses = lot.facts.get("uses")
    return uses is None or use in uses


def expires(lot: Lot) -> str:
    """The last day of a lot; the last day of all where it does not expire."""
    return str(lot.facts.get("expires", NEVER))


def check_source(entry: Entry, state: BookState) -> None:
    """Raise unless a lot comes from where it is registered to have come from.

    What carries a fund was given for it, or comes in by the purchase that the fund pays. So it is
    never on the shelves of a family, who would get what it is sold for. Raises LotError and
    FundRestrictedError.
    """
    for leg in entry.legs:
        facts = state.lots[leg.commodity, leg.lot].facts
        source = _SOURCES.get(leg.from_)
        if source and facts.get("source") != source:
            raise LotError(leg.commodity, leg.lot, f"{leg.lot} is not registered as {source}")
        if "fund" in facts and not source:
            raise FundRestrictedError(facts["fund"], "pays for its goods where they come in")


def check_reason(entry: Entry, state: BookState) -> None:
    """Raise FactsError where what is said to be expired is not."""
    if entry.public["reason"] != EXPIRED:
        return
    for leg in entry.legs:
        last = expires(state.lots[leg.commodity, leg.lot])
        if business_day(entry) <= last:
            raise FactsError("reason", f"{leg.commodity} {leg.lot} can be used until {last}")


def _recalled_by(lot: Lot, state: BookState) -> int:
    """The seq of the entry that recalled a lot, 0 where none did."""
    return standing(name_of_lot(RECALLED, lot.commodity, lot.code), state)


def _check_first(entry: Entry, leg: Leg, lot: Lot, pattern: Pattern, state: BookState) -> None:
    """First expired, first out: whatever expires before and could go must go with this entry."""
    for code in state.lots_at(leg.from_, leg.commodity):
        other = state.lots[leg.commodity, code]
        if expires(other) >= expires(lot) or not is_for(other, pattern.use):
            continue
        if not is_usable(other, business_day(entry), state):
            continue
        if state.balance_at(leg.from_, leg.commodity, code) > _taken(entry, leg.from_, other):
            reason = f"{code} expires first, on {expires(other)}, and is still there"
            raise LotError(leg.commodity, leg.lot, reason)


def _taken(entry: Entry, account: str, lot: Lot) -> int:
    return sum(
        leg.amount
        for leg in entry.legs
        if (leg.from_, leg.commodity, leg.lot) == (account, lot.commodity, lot.code)
    )
