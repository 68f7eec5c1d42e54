"""Purchases: what was filed is bought, at the cost that was registered, in one fund."""

import dataclasses
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.ledger.bench import TODAY, hash_of, leg
from tests.ledger.market import (
    CASH,
    POOL,
    TWO,
    YICANG,
    Change,
    Market,
    batch,
    moved,
    refused,
    told,
)
from timebank.errors import (
    AlreadyUsedError,
    CapacityError,
    DayError,
    FactsError,
    FigureError,
    FundRestrictedError,
    InsufficientBalanceError,
    LegPatternError,
    LotError,
    LotExpiredError,
    NothingLeftError,
    ReferredError,
    SamePersonError,
    StaleStateError,
    TimebankError,
)
from timebank.flows.counts import Count, Counted, Spoil
from timebank.flows.funds import Donate, FilePlan, FileReport
from timebank.flows.goods import Batch
from timebank.flows.intakes import Inspect
from timebank.ledger.model import Draft, Place
from timebank.ledger.rules.purchases import cost_of

FLOOD = "fund:flood"
QUARANTINE = f"{YICANG}:quarantine"


@pytest.fixture
def market() -> Market:
    """A pool with 10.50 of a market, and a fund of donations with 10.00 in the same till."""
    market = Market()
    market.sell(10_000)
    market.fund(FLOOD, "donated")
    market.bench.post(
        Donate(receipt="r-1", account=CASH, fund=FLOOD, commodity="CNY", amount=1_000)
    )
    market.rice("rice-1", 900)
    market.rice("rice-flood", 300, fund=FLOOD)
    return market


def plan(market: Market, amount: int = 400, **more: Any) -> int:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {
        "fund": FLOOD,
        "category": "food",
        "until": "2026-12-31",
        **more,
    }
    command = FilePlan(commodity="CNY", amount=amount, plan=hash_of("plan"), **fields)
    return market.bench.post(command)


def by_plan(
    market: Market,
    seq: int,
    paid: int = 300,
    lot: str = "rice-flood",
    **more: Any,  # noqa: ANN401 - any field
) -> Draft:
    fields = {"fund": FLOOD, "plan": seq, "market": None, **more}
    return market.bench.draft(market.purchase(lot, paid, **fields))


def test_what_is_bought_waits_in_quarantine_with_its_cost(market: Market) -> None:
    draft = market.bench.draft(market.purchase("rice-1", 920, fees=20))
    seq = market.bench.append(draft, by=TWO)

    assert draft.public == {
        "fees": 20,
        "lots": [{"commodity": "RICE", "cost": 900, "lot": "rice-1"}],
        "market": market.seq,
    }
    assert market.bench.balance(CASH, "CNY", POOL) == 130
    assert market.bench.balance(QUARANTINE, "RICE", "rice-1") == 10
    market.bench.post(Inspect(received=seq))
    assert market.bench.balance(YICANG, "RICE", "rice-1") == 10
    market.bench.keyed_replay()


def test_what_is_bought_may_spoil_or_be_missing_before_it_is_looked_at(market: Market) -> None:
    bench = market.bench
    seq = bench.append(bench.draft(market.purchase("rice-1", 900)), by=TWO)
    spoiled = Spoil(account=QUARANTINE, goods=(batch("rice-1", 3),), reason="damaged", received=seq)
    bench.post(spoiled, by=TWO)
    found = (Counted(commodity="RICE", lot="rice-1", amount=6),)
    against = bench.state.size - 1
    bench.post(Count(account=QUARANTINE, against=against, counted=found, received=seq), by=TWO)
    bench.post(Inspect(received=seq))

    assert market.bench.balance(YICANG, "RICE", "rice-1") == 6
    bench.keyed_replay()


def lots(*items: tuple[str, int]) -> dict[str, Any]:
    return {"lots": [{"commodity": "RICE", "cost": cost, "lot": lot} for lot, cost in items]}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (moved(0, 1, amount=899), FigureError),
        (moved(0, 1, amount=901), FigureError),
        (told(fees=1), FigureError),
        (told(**lots(("rice-1", 899))), FigureError),
        (told(**lots(("rice-1", 900), ("rice-1", 900))), FactsError),
        (told(**lots(("rice-1", 900), ("rice-2", 900))), FactsError),
        (told(**lots(("rice-2", 900))), FactsError),
        (moved(1, 1), LegPatternError),
        (moved(0, 0), FactsError),
        (moved(0, 1, lot=FLOOD), LotError),
        (moved(0, 1, from_=Place("world:customers")), LegPatternError),
        (told(market=None), FactsError),
        (told(market=1), ReferredError),
    ],
)
def test_a_purchase_is_by_the_rules(
    market: Market,
    change: Change,
    error: type[TimebankError],
) -> None:
    market.rice("rice-2", 900)
    draft = market.bench.draft(market.purchase("rice-1", 900))

    refused(market, draft, error, change)


def test_what_is_bought_is_paid_from_one_fund(market: Market) -> None:
    market.rice("rice-2", 100)
    one = market.purchase("rice-1", 1_000)
    both = (*one.lots, Batch(commodity="RICE", lot="rice-2", amount=5))
    draft = market.bench.draft(msgspec.structs.replace(one, lots=both))
    refused(market, draft, FactsError, moved(1, 2))
    money = draft.legs[0]._replace(amount=500)
    halves = (money, money._replace(lot=FLOOD), *draft.legs[1:])
    refused(market, replace(draft, legs=halves), FactsError)
    market.bench.append(draft, by=TWO)
    market.bench.keyed_replay()


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"source": "donated"}, "bought at cost"),
        ({"basis": "fair-value"}, "bought at cost"),
        ({"fund": FLOOD}, "from this fund"),
        ({"value": {"amount": 900, "commodity": "USD"}}, "did not cost CNY"),
    ],
)
def test_a_lot_was_registered_as_bought_from_the_fund(
    market: Market, facts: dict[str, Any], reason: str
) -> None:
    market.bench.define("USD", "money", 2)
    good = market.bench.state.lots["RICE", "rice-1"]
    fund = market.bench.state.lots["CNY", POOL]

    assert cost_of("RICE", "rice-1", fund, good) == 900
    with pytest.raises(LotError, match=reason):
        cost_of("RICE", "rice-1", fund, dataclasses.replace(good, facts={**good.facts, **facts}))
    with pytest.raises(LotError, match="bought at cost"):
        cost_of("RICE", "rice-9", fund, None)
    with pytest.raises(LotError, match="from this fund"):
        cost_of("RICE", "rice-1", None, good)


def test_a_lot_that_was_not_registered_so_is_found_in_public(market: Market) -> None:
    draft = market.bench.draft(market.purchase("rice-1", 900))
    market.rice("rice-given", source="donated")
    goods = draft.legs[1]._replace(lot="rice-given")
    given = replace(draft, legs=(draft.legs[0], goods), public={
        "market": market.seq, **lots(("rice-given", 900)),
    })  # fmt: skip
    refused(market, given, LotError)


def test_each_lot_is_bought_once_and_again_after_a_reversal(market: Market) -> None:
    draft = market.bench.draft(market.purchase("rice-1", 900))
    seq = market.bench.append(draft, by=TWO)
    refused(market, draft, AlreadyUsedError)
    market.bench.reverse(seq)
    market.bench.append(draft, by=TWO)
    market.bench.keyed_replay()


def test_who_buys_does_not_receive(market: Market) -> None:
    draft = market.bench.draft(market.purchase("rice-1", 900))

    refused(market, draft, SamePersonError, by=("staff:buyer:1", "staff:storekeeper:1"))
    refused(market, draft, CapacityError, by=("staff:treasurer:1", "staff:buyer:2"))
    market.bench.append(draft, by=("staff:buyer:1", "staff:storekeeper:2"))


def test_the_pool_pays_with_what_it_has(market: Market) -> None:
    market.rice("rice-dear", 1_051)
    draft = market.bench.draft(market.purchase("rice-dear", 1_051))

    assert refused(market, draft, InsufficientBalanceError).shortfall == 1


def test_nothing_is_bought_that_expired(market: Market) -> None:
    market.rice("rice-old", 100, expires="2026-11-21")
    refused(market, market.bench.draft(market.purchase("rice-old", 100)), LotExpiredError)


def test_goods_come_into_quarantine(market: Market) -> None:
    draft = market.bench.draft(market.purchase("rice-1", 900))
    on_shelf = draft.legs[1]._replace(to=Place(YICANG))

    refused(market, replace(draft, legs=(draft.legs[0], on_shelf)), LegPatternError)


def test_a_market_pays_only_from_its_fund_after_it_was_held(market: Market) -> None:
    draft = by_plan(market, plan(market))
    refused(market, draft, FundRestrictedError, told(plan=None, market=market.seq))

    later = market.bench.post(market.filing(market="yiji-2", held="2026-11-23"))
    draft = market.bench.draft(market.purchase("rice-1", 900))
    refused(market, draft, DayError, told(market=later))


# --- by a plan ------------------------------------------------------------------------------------


def test_a_purchase_draws_on_its_plan_without_the_goods(market: Market) -> None:
    seq = plan(market, 400)
    bought = market.bench.append(by_plan(market, seq), by=TWO)
    assert market.bench.state.remainders[seq, 0] == 100
    with pytest.raises(StaleStateError, match="300 of it has been drawn"):
        market.bench.reverse(seq)
    market.bench.reverse(bought)
    assert market.bench.state.remainders[seq, 0] == 400
    market.bench.keyed_replay()


def test_a_purchase_keeps_to_its_plan(market: Market) -> None:
    draft = by_plan(market, plan(market, 299))
    refused(market, draft, NothingLeftError)
    other = plan(market, fund=POOL)
    refused(market, draft, FundRestrictedError, told(plan=other))
    seq = plan(market)
    refused(market, draft, FactsError, told(plan=seq, market=market.seq))
    refused(market, by_plan(market, seq, day="2026-11-21"), FactsError)
    refused(market, by_plan(market, plan(market, until=TODAY)), ReferredError, told(plan=1))

    report = FileReport(plan=seq, result="未使用", evidence=(hash_of("x"),))
    market.bench.post(report)
    refused(market, draft, StaleStateError, told(plan=seq))


def test_nothing_is_bought_with_a_fund_that_ended(market: Market) -> None:
    """The money of a market is spent while the fund that it went into lasts."""
    market.fund("fund:spring", "earned", ends=TODAY)
    filed = market.bench.post(market.filing(market="yiji-2", fund="fund:spring"))
    market.bench.post(market.sale(10_000, market=filed))
    market.rice("rice-2", 900, fund="fund:spring")
    market.bench.today = "2026-11-23"
    late = market.bench.draft(market.purchase("rice-2", 900, fund="fund:spring", market=filed))

    refused(market, late, FundRestrictedError)

    market.bench.append(replace(late, day=TODAY), by=TWO)
    market.bench.keyed_replay()


@pytest.mark.parametrize(
    ("fund", "fields"),
    [
        (FLOOD, {"source": "donated"}),
        ("fund:city", {"source": "granted"}),
        ("fund:club", {"source": "earned"}),
    ],
)
def test_most_funds_pay_no_fees_by_a_plan(
    market: Market, fund: str, fields: dict[str, Any]
) -> None:
    if fund != FLOOD:
        market.fund(fund, **fields)
    market.rice("rice-3", 300, fund=fund)
    draft = by_plan(market, plan(market, fund=fund), lot="rice-3", fund=fund, paid=310, fees=10)

    assert f"{fund} never pays fees" in str(refused(market, draft, FundRestrictedError))


@pytest.mark.parametrize(
    ("fund", "fields"),
    [
        ("fund:operating", {"source": "earned"}),
        ("fund:city", {"source": "granted", "overheads": True}),
        ("fund:club", {"source": "earned", "overheads": True}),
    ],
)
def test_funds_that_pay_fees_pay_those_of_a_purchase(
    market: Market, fund: str, fields: dict[str, Any]
) -> None:
    market.fund(fund, **fields)
    market.bench.take_over(leg("world:opening", CASH, 310, "CNY", fund))
    market.rice("rice-3", 300, fund=fund)
    draft = by_plan(market, plan(market, fund=fund), lot="rice-3", fund=fund, paid=310, fees=10)

    market.bench.append(draft, by=TWO)

    assert market.bench.balance(CASH, "CNY", fund) == 0
    market.bench.keyed_replay()


def test_the_pool_pays_the_fees_of_its_market_and_none_by_a_plan(market: Market) -> None:
    seq = plan(market, 1_000, fund=POOL)
    own: dict[str, Any] = {"fund": POOL, "lot": "rice-1", "paid": 920, "fees": 20}
    refused(market, by_plan(market, seq, **own), FundRestrictedError)

    market.bench.append(market.bench.draft(market.purchase("rice-1", 920, fees=20)), by=TWO)

    market.bench.keyed_replay()


@pytest.mark.parametrize("category", ["wages", "fees"])
def test_a_plan_for_overheads_buys_no_goods(market: Market, category: str) -> None:
    fund = "fund:operating"
    market.fund(fund, "earned")
    market.bench.take_over(leg("world:opening", CASH, 300, "CNY", fund))
    market.rice("rice-3", 300, fund=fund)
    seq = plan(market, fund=fund, category=category)
    draft = by_plan(market, seq, lot="rice-3", fund=fund)

    error = refused(market, draft, FactsError)

    assert (error.field, error.reason) == ("plan", f"is for {category}, which buys no goods")
    other = plan(market, fund=fund)
    market.bench.append(replace(draft, public={**draft.public, "plan": other}), by=TWO)
