"""Funds 专户: earmarked money 专款专用, filed before it is spent, within its purpose.

Donations come into funds that were opened for donations, grants into those for grants. What is in a
fund of donations stays there or goes to another of them, and such a fund pays no overheads, so no
donation ever does. Wages 工资 are paid from ``fund:operating`` alone.
"""

from collections import defaultdict
from typing import Any

from timebank.errors import FactsError, FundRestrictedError, LotError, StaleStateError
from timebank.ledger.model import Entry, Lot
from timebank.ledger.registry import matches
from timebank.ledger.rules.days import business_day
from timebank.ledger.rules.markets import AGENCY
from timebank.ledger.rules.names import Name, name_of_fact, standing
from timebank.ledger.rules.references import earlier_entry
from timebank.ledger.state import BookState

OPERATING = "fund:operating"
DONATED = "donated"
RECLASSIFIED = "world:reclassified"
WAGES = "wages"
FEES = "fees"
OVERHEADS = (WAGES, FEES)
"""Categories of plans that most funds never pay."""

_SOURCES = {"world:donors": DONATED, "world:grantors": "granted"}
"""What a fund was opened for, by where money comes into it from."""
_OWN_PLACES = ("bank:*", "cash:*")


def check_fund(entry: Entry, state: BookState) -> None:
    """Raise FundRestrictedError where money comes into the wrong fund, or moves after its end.

    What is left of a fund that ended may still be brought together in the association's own bank
    and cash. Legs of goods are not looked at.
    """
    for leg in entry.legs:
        if state.commodities[leg.commodity].kind != "money":
            continue
        fund = state.lots[leg.commodity, leg.lot]
        wanted = _SOURCES.get(leg.from_)
        if wanted and fund.facts.get("source") != wanted:
            raise FundRestrictedError(fund.code, f"was not opened for what is {wanted}")
        if wanted or not any(matches(place, leg.to) for place in _OWN_PLACES):
            _check_open(fund, business_day(entry))


def check_plan(entry: Entry, state: BookState) -> None:
    """Raise unless a plan suits its fund, or a spend its plan.

    Raises LotError, FactsError, FundRestrictedError and StaleStateError.
    """
    if entry.kind == "plan.filed":
        _check_filed(entry, state)
    else:
        _check_spent(entry, state)


def check_reclassified(entry: Entry, state: BookState) -> None:
    """Raise unless what leaves some funds enters others, in equal amounts.

    Raises FactsError and FundRestrictedError.
    """
    net: defaultdict[str, int] = defaultdict(int)
    gone: set[tuple[str, str]] = set()
    come: set[tuple[str, str]] = set()
    for leg in entry.legs:
        net[leg.commodity] += leg.amount if leg.to == RECLASSIFIED else -leg.amount
        (gone if leg.to == RECLASSIFIED else come).add((leg.commodity, leg.lot))
    if any(net.values()):
        raise FactsError("legs", "what leaves the funds must enter others, in equal amounts")
    if gone & come:
        raise FactsError("legs", "the same fund is left and entered")
    donated = any(_is_donated(state.lots[key]) for key in gone)
    for key in sorted(come):
        fund = state.lots[key]
        _check_open(fund, business_day(entry))
        if donated and not _is_donated(fund):
            raise FundRestrictedError(fund.code, "takes nothing out of funds of donations")


def check_within_plan(entry: Entry, state: BookState) -> dict[str, Any]:
    """The facts of the plan that an entry names: filed before, in its days, not reported yet.

    Raises FactsError and StaleStateError.
    """
    filed = earlier_entry(entry.public["plan"], entry, state)
    plan, day = filed.public, business_day(entry)
    if day < filed.posted:
        raise FactsError("plan", f"was filed on {filed.posted} only, after it was spent")
    if day > plan["until"]:
        raise FactsError("plan", f"ended on {plan['until']}")
    report = standing(name_of_report(filed.seq), state)
    if report:
        raise StaleStateError(f"entry {filed.seq}", f"was reported by entry {report}")
    return plan


def check_pays(fund: Lot, category: str) -> None:
    """Raise FundRestrictedError unless a fund pays this sort of overheads.

    Donations pay none, ``fund:operating`` pays all, and others only fees, where they may.
    """
    may = fund.code == OPERATING or (category == FEES and fund.facts.get("overheads") == "allowed")
    if _is_donated(fund) or not may:
        raise FundRestrictedError(fund.code, f"never pays {category}")


def name_of_report(plan: int) -> Name:
    """The name that the one report on a plan takes, by the seq of the plan."""
    return name_of_fact("report.filed", "plan", plan)


def _check_filed(entry: Entry, state: BookState) -> None:
    facts = entry.public
    commodity, code, category = facts["commodity"], facts["fund"], facts["category"]
    fund = state.lots.get((commodity, code))
    if fund is None or not code.startswith("fund:"):
        raise LotError(commodity, code, f"there is no fund {code}")
    _check_own(code)
    _check_open(fund, facts["until"])
    if facts["until"] < entry.posted:
        raise FactsError("until", "is before the plan is filed")
    allowed = fund.facts.get("categories")
    if allowed is not None and category not in allowed:
        raise FundRestrictedError(code, f"is for {', '.join(allowed)}, not {category}")
    if category in OVERHEADS:
        check_pays(fund, category)


def _check_spent(entry: Entry, state: BookState) -> None:
    """Within the plan, in its category and fund."""
    plan = check_within_plan(entry, state)
    if entry.public["category"] != plan["category"]:
        raise FactsError("category", f"is not that of the plan, {plan['category']}")
    for leg in entry.legs:
        if (leg.commodity, leg.lot) != (plan["commodity"], plan["fund"]):
            raise FundRestrictedError(leg.lot, f"the plan is for {plan['fund']}")


def _is_donated(fund: Lot) -> bool:
    return fund.facts.get("source") == DONATED


def _check_own(fund: str) -> None:
    if fund == AGENCY:
        raise FundRestrictedError(fund, "is not the association's money")


def _check_open(fund: Lot, day: str) -> None:
    ends = fund.facts.get("ends")
    if ends is not None and day > ends:
        raise FundRestrictedError(fund.code, f"ended on {ends}")
