"""What staff of charity markets wish."""

from random import Random

from tests.flows.staff.association import (
    BANK,
    COUNTED,
    FUNDS,
    MEMBERS,
    PLACES,
    STALLS,
    TILL,
    a_market,
    days_from,
)
from tests.flows.staff.chance import (
    NAMES,
    TILLS,
    a_day,
    an_amount,
    an_id,
    any_seq,
    careless,
    one_of,
    pick,
    standing,
)
from tests.ledger.bench import Bench, hash_of
from timebank.flows.charity_market import Buy, PaidInPoints, ReportMarket, Sell, TakeHome, TakenHome
from timebank.flows.command import Command
from timebank.flows.goods import Batch


def file_market(dice: Random, bench: Bench) -> Command:
    return a_market(
        dice.choice(NAMES),
        days_from(bench.posted(), pick(dice, (0, 0, 1), (-1,))),
        fund=pick(dice, ("fund:pool", "fund:pool", "fund:operating"), FUNDS),
        share=dice.choice((100, 333, 1000)),
    )


def sell(dice: Random, bench: Bench) -> Command:
    """Sell at a market, mostly on the day it is held."""
    points = PaidInPoints(
        amount=an_amount(dice),
        commodity=dice.choice(COUNTED),
        buyer=an_id(dice, MEMBERS),
        seller=an_id(dice, MEMBERS),
    )
    markets = standing(bench, "market.filed")
    market = dice.choice(markets[-3:])
    held = market.public["held"]
    on_time = {"day": held} if held > bench.state.closed_until else {"belongs": held}
    return Sell(
        market=pick(dice, (market.seq,), any_seq(bench)),
        stall=an_id(dice, STALLS),
        commodity="CNY",
        price=dice.choice((1, 9, 10, 25)),
        points=dice.choice((None, points)),
        **(a_day(dice, bench) if careless(dice) else on_time),
    )


def take_home(dice: Random, bench: Bench) -> Command:
    taken = TakenHome(stall=an_id(dice, STALLS), amount=an_amount(dice), taken_by="甲")
    return TakeHome(
        market=one_of(dice, bench, "market.filed"),
        commodity="CNY",
        stalls=(taken,),
        counters=("乙", pick(dice, ("丙",), ("乙", "甲"))),
    )


def buy(dice: Random, bench: Bench) -> Command:
    """Buy a batch with what its fund has, for a market or by a plan."""
    registered = [
        lot
        for lot in bench.state.lots.values()
        if lot.facts.get("source") == "purchased" and {"fund", "value"} <= lot.facts.keys()
    ]
    lot = dice.choice(registered)
    fund, cost = lot.facts["fund"], lot.facts["value"]["amount"]
    fees = pick(dice, (0,), (2,))
    filed = [
        one for one in standing(bench, "plan.filed", "market.filed") if fund == one.public["fund"]
    ]
    seq = pick(dice, [one.seq for one in filed], any_seq(bench))
    by_plan = seq < bench.state.size and bench.entry(seq).kind == "plan.filed"
    return Buy(
        account=pick(dice, (BANK, BANK, TILL), TILLS),
        fund=pick(dice, (fund,), FUNDS),
        commodity="CNY",
        paid=cost + fees + pick(dice, (0,), (1,)),
        place=dice.choice(PLACES),
        lots=(Batch(commodity="RICE", lot=lot.code, amount=an_amount(dice)),),
        fees=fees,
        market=None if by_plan else seq,
        plan=seq if by_plan else None,
        **a_day(dice, bench),
    )


def report_market(dice: Random, bench: Bench) -> Command:
    market = one_of(dice, bench, "market.filed")
    return ReportMarket(market=market, stalls=2, visitors=30, evidence=(hash_of("sheet"),))
