"""Charity markets, the food bank, shops and rounds: money and goods of one spring."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.hledger import check_agreement, needs_hledger
from tests.installations import NO_LIST, SYSTEM, Community
from tests.services.reports.asking import APRIL, MARCH, MAY, filled_book, lines, report
from timebank.flows.charity_market import (
    Buy,
    FileMarket,
    PaidInPoints,
    ReportMarket,
    Sell,
    TakeHome,
    TakenHome,
)
from timebank.flows.counts import Count, Counted, Spoil
from timebank.flows.definitions import (
    DefineCommodity,
    OpenAccount,
    RegisterLot,
    SetPolicy,
    SettingFact,
    ValueFact,
)
from timebank.flows.funds import FilePlan, OpenFund
from timebank.flows.goods import Batch, Goods
from timebank.flows.intakes import Inspect, TakeIn
from timebank.flows.moves import Arrive, Move
from timebank.flows.periods import Close
from timebank.flows.reversals import Reverse
from timebank.flows.rounds import EndRound, SendRound
from timebank.flows.shops import PayOut, Redeem, SellInShop
from timebank.services import members
from timebank.services.entries import EntryFilter, list_entries
from timebank.services.members import Enrolment, Kind
from timebank.services.reports import REPORTS
from timebank.services.reports.tables import Cell, Row

KEEPER = ("staff:storekeeper:1",)
TWO = ("staff:storekeeper:1", "staff:verifier:2")
BUYERS = ("staff:buyer:3", "staff:storekeeper:1")
YICANG, SHOP = "stock:yicang", "stock:supermarket"
RICE = "RICE-5KG"
DOCUMENT = NO_LIST


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def busy(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Community]:
    """A market in March whose pool buys oil, a food bank, a grid shop, a charity supermarket."""
    with filled_book(request, tmp_path_factory, keep_busy) as community:
        yield community


def keep_busy(community: Community) -> None:
    define(community)
    hold_market(community)
    take_in(community)
    deliver(community)
    sell_and_redeem(community)
    community.clock.advance(days=40)
    community.post(Close(until="2026-03-31"))
    last_month(community)


def define(community: Community) -> None:
    holders: tuple[tuple[Kind, str], ...] = (
        ("stall", "糕点摊"),
        ("stall", "困难户"),
        ("carrier", "送货员"),
    )
    for kind, name in holders:
        enrolment = Enrolment(number=f"{kind}-{len(community.ids)}", name=name, kind=kind)
        enrolled = members.enrol(community.installation, community.slug, enrolment, by=SYSTEM)
        community.ids[name] = enrolled.member.member_id
    for command in (
        DefineCommodity(commodity="OIL-5L", commodity_kind="goods", scale=0),
        OpenAccount(account="cash:market"),
        OpenAccount(account="stock:yicang:quarantine"),
        OpenAccount(account=SHOP),
        OpenAccount(account="stock:supermarket:quarantine"),
        OpenFund(fund="fund:pool", commodity="CNY", purpose="义集公益池", source="earned"),
        RegisterLot(commodity="CNY", lot="fund:agency"),
        RegisterLot(
            commodity="OIL-5L",
            lot="oil-1",
            source="purchased",
            basis="cost",
            value=ValueFact(4_000, "CNY"),
            fund="fund:pool",
        ),
        RegisterLot(commodity=RICE, lot="rice-2", source="donated", expires="2026-12-31"),
        RegisterLot(commodity=RICE, lot="rice-of-family"),
        SetPolicy(
            settings=(
                SettingFact("market_report_days", 30),
                SettingFact("price", 8, "POINT", goods=RICE),
            )
        ),
    ):
        community.post(command)


def hold_market(community: Community) -> None:
    community.clock.advance(days=1)
    market = file_market(community, "spring", "2026-03-07")
    community.clock.advance(days=5)
    stall = community.ids["糕点摊"]
    for price in (10_000, 2_005, 40_000):
        sold = community.post(Sell(market=market, stall=stall, commodity="CNY", price=price))
    community.post(Reverse(reverses=sold.seq))
    buyer, seller = (community.ids[name] for name in ("王", "李"))
    points = PaidInPoints(amount=15, commodity="POINT", buyer=buyer, seller=seller)
    community.post(Sell(market=market, stall=stall, commodity="CNY", points=points))
    taken = TakenHome(stall=stall, amount=6_000, taken_by="陈阿姨")
    home = TakeHome(market=market, commodity="CNY", stalls=(taken,), counters=("甲", "乙"))
    community.post(home, by=TWO)


def file_market(community: Community, code: str, held: str) -> int:
    market = FileMarket(
        market=code,
        held=held,
        opens=540,
        closes=720,
        place="翠竹园广场",
        purpose="为独居老人采购粮油",
        basis="社区备案",
        commodity="CNY",
        cash="cash:market",
        fund="fund:pool",
        share=400,
    )
    return community.post(market).seq


def take_in(community: Community) -> None:
    """The pool buys oil; rice is donated, some of it rejected; rice moves to the supermarket."""
    market = lines(community, "markets", "filed")[0][0]
    oil = Batch(commodity="OIL-5L", lot="oil-1", amount=10)
    bought = Buy(
        account="cash:market",
        fund="fund:pool",
        commodity="CNY",
        paid=4_000,
        place=YICANG,
        lots=(oil,),
        market=market,
    )
    received = community.post(bought, by=BUYERS)
    community.post(Inspect(received=received.seq), by=KEEPER)
    rice = (Batch(commodity=RICE, lot="rice-2", amount=100),)
    received = community.post(TakeIn(to=YICANG, goods=rice), by=KEEPER)
    rejected = (Goods(commodity=RICE, amount=4),)
    community.post(Inspect(received=received.seq, rejected=rejected), by=KEEPER)
    carrier = community.ids["送货员"]
    some = (Goods(commodity=RICE, amount=30),)
    moved = community.post(Move(place=YICANG, carrier=carrier, goods=some), by=KEEPER)
    lost = (Goods(commodity=RICE, amount=1),)
    community.post(Arrive(move=moved.seq, place=SHOP, lost=lost), by=KEEPER)


def deliver(community: Community) -> None:
    """One round that is back, and one that is still on its way at the end of March."""
    goods = (Goods(commodity=RICE, amount=20), Goods(commodity="OIL-5L", amount=6))
    carrier = community.ids["送货员"]
    sent = SendRound(place=YICANG, carrier=carrier, households=8, goods=goods)
    back = (Goods(commodity=RICE, amount=3),)
    ended = EndRound(round=community.post(sent, by=KEEPER).seq, refused=1, absent=2, back=back)
    community.post(ended, by=KEEPER)
    some = (Goods(commodity=RICE, amount=10),)
    sent = SendRound(place=YICANG, carrier=carrier, households=5, goods=some)
    community.post(sent, by=KEEPER)


def sell_and_redeem(community: Community) -> None:
    stall = community.ids["困难户"]
    own = (Batch(commodity=RICE, lot="rice-of-family", amount=6),)
    community.post(TakeIn(to=f"stalls#{stall}", goods=own, source="suppliers"), by=KEEPER)
    sold = (Batch(commodity=RICE, lot="rice-of-family", amount=2),)
    community.post(SellInShop(stall=stall, commodity="CNY", price=7_000, goods=sold))
    community.post(PayOut(stall=stall, commodity="CNY", amount=5_000))
    goods = (Goods(commodity=RICE, amount=2),)
    member = community.ids["王"]
    community.post(Redeem(member=member, commodity="POINT", place=SHOP, goods=goods))


def last_month(community: Community) -> None:
    """In April the second round comes back, rice is spoiled and counted, a market is filed."""
    (_, sent) = sorted({seq for (seq,) in lines(community, "rounds", "round")})
    lost = (Goods(commodity=RICE, amount=1),)
    community.post(EndRound(round=sent, lost=lost), by=KEEPER)
    spoiled = (Batch(commodity=RICE, lot="rice-2", amount=5),)
    community.post(Spoil(account=YICANG, goods=spoiled, reason="damaged"), by=TWO)
    last = report(community, "movements").covered.as_of
    counted = (Counted(commodity=RICE, lot="rice-2", amount=30),)
    community.post(Count(account=YICANG, against=last, counted=counted), by=TWO)
    file_market(community, "summer", "2026-06-01")


def test_markets_tell_what_they_took_and_whether_it_was_reported(busy: Community) -> None:
    columns = "market held commodity sales takings pool stalls_share taken_home bought status"
    spring = [
        ("spring", "2026-03-07", "CNY", 2, 12_005, 4_802, 7_203, 6_000, 4_000, "due"),
        ("spring", "2026-03-07", "POINT", 1, 15, 0, 15, 0, 0, "due"),
    ]
    assert lines(busy, "markets", columns, MARCH) == spring
    counted = "market commodity stalls visitors due reported status"
    overdue = ("spring", "CNY", None, None, "2026-04-06", None, "overdue")
    assert lines(busy, "markets", counted, APRIL) == [overdue]


def test_a_market_that_was_reported_says_so(community: Community) -> None:
    keep_busy(community)
    market = lines(community, "markets", "filed", MARCH)[0][0]
    made = ReportMarket(market=market, stalls=42, visitors=800, evidence=(DOCUMENT,))
    community.post(made, by=TWO[:1])
    columns = "market commodity stalls visitors due reported status"
    reported = ("spring", "CNY", 42, 800, "2026-04-06", "2026-04-16", "reported")
    assert lines(community, "markets", columns, APRIL) == [reported]
    assert lines(community, "markets", "market status", ("2026-05-01", "2026-12-31")) == [
        ("summer", "open")
    ]


def test_money_of_others_is_in_no_total(busy: Community) -> None:
    columns = "fund line item income expenditure closing"
    assert lines(busy, "income-expenditure", columns, MARCH) == [
        ("fund:pool", "income", "customers", 4_802, None, None),
        ("fund:pool", "expenditure", "suppliers", None, 4_000, None),
        ("fund:pool", "fund", "", 4_802, 4_000, 802),
        ("", "income", "customers", 4_802, None, None),
        ("", "expenditure", "suppliers", None, 4_000, None),
        ("", "total", "", 4_802, 4_000, 802),
        ("fund:agency", "income", "customers", 14_203, None, None),
        ("fund:agency", "expenditure", "payees", None, 11_000, None),
        ("fund:agency", "agency", "", 14_203, 11_000, 3_203),
    ]


def test_what_is_bought_within_a_plan_is_spent_on_its_category(
    community: Community,
) -> None:
    keep_busy(community)
    plan = FilePlan(
        fund="fund:pool",
        commodity="CNY",
        category="food",
        amount=500,
        plan=DOCUMENT,
        until="2026-12-31",
    )
    filed = community.post(plan, by=TWO[:1])
    lot = RegisterLot(
        commodity="OIL-5L",
        lot="oil-2",
        source="purchased",
        basis="cost",
        value=ValueFact(300, "CNY"),
        fund="fund:pool",
    )
    community.post(lot)
    bought = Buy(
        account="cash:market",
        fund="fund:pool",
        commodity="CNY",
        paid=300,
        place=YICANG,
        lots=(Batch(commodity="OIL-5L", lot="oil-2", amount=1),),
        plan=filed.seq,
    )
    community.post(bought, by=BUYERS)
    items = lines(community, "income-expenditure", "line item expenditure", APRIL)
    assert ("expenditure", "food", 300) in items
    assert lines(community, "plans", "planned spent left", APRIL) == [(500, 300, 200)]


def nonzero(rows: Iterable[Row]) -> dict[tuple[Cell, Cell], dict[str, int]]:
    """The figures of each lot that are not zero."""
    return {
        (row["commodity"], row["lot"]): {
            key: cell for key, cell in row.items() if isinstance(cell, int) and cell
        }
        for row in rows
    }


def test_food_bank_accounts_for_all_goods(busy: Community) -> None:
    assert nonzero(report(busy, "food-bank", MARCH).rows) == {
        ("OIL-5L", "oil-1"): {"supplied": 10, "consumed": 6, "closing": 4, "shelved": 4},
        ("OIL-5L", ""): {"supplied": 10, "consumed": 6, "closing": 4, "shelved": 4},
        (RICE, "rice-2"): {
            "donated": 100,
            "rejected": 4,
            "lost": 1,
            "consumed": 19,
            "closing": 76,
            "shelved": 63,
            "quarantined": 3,
            "in_transit": 10,
        },
        (RICE, "rice-of-family"): {"supplied": 6, "sold": 2, "closing": 4, "with_shops": 4},
        (RICE, ""): {
            "donated": 100,
            "supplied": 6,
            "rejected": 4,
            "lost": 1,
            "consumed": 19,
            "sold": 2,
            "closing": 80,
            "shelved": 63,
            "quarantined": 3,
            "in_transit": 10,
            "with_shops": 4,
        },
    }
    assert nonzero(report(busy, "food-bank", APRIL).rows)[RICE, "rice-2"] == {
        "opening": 76,
        "consumed": 9,
        "lost": 1,
        "spoiled": 5,
        "variance": -1,
        "closing": 60,
        "shelved": 57,
        "quarantined": 3,
    }


def test_rounds_tell_households_together_and_what_came_back(busy: Community) -> None:
    columns = "left came_back households refused absent commodity taken delivered returned lost"
    first = ("2026-03-07", "2026-03-07")
    assert lines(busy, "rounds", columns, MARCH) == [
        (*first, 8, 1, 2, "OIL-5L", 6, 6, 0, 0),
        (*first, None, None, None, RICE, 20, 17, 3, 0),
        ("2026-03-07", None, 5, None, None, RICE, 10, 0, 0, 0),
    ]
    assert lines(busy, "rounds", columns, APRIL) == [
        ("2026-03-07", "2026-04-16", 5, 0, 0, RICE, 10, 9, 0, 1)
    ]


def test_rounds_that_have_not_come_back_are_told_until_they_do(busy: Community) -> None:
    columns = "left came_back households commodity taken delivered returned lost"
    assert lines(busy, "rounds", columns, ("2026-04-01", "2026-04-10")) == [
        ("2026-03-07", None, 5, RICE, 10, 0, 0, 0)
    ]
    assert lines(busy, "rounds", columns, ("2026-04-17", "2026-04-30")) == []


def test_a_return_that_is_reversed_leaves_its_round_on_its_way(community: Community) -> None:
    keep_busy(community)
    wanted = EntryFilter(kind="round.back", first=APRIL[0])
    (returned,) = list_entries(community.installation, community.slug, wanted).items
    community.clock.advance(days=30)
    community.post(Reverse(reverses=returned.seq), by=KEEPER)
    columns = "left came_back commodity taken delivered lost"
    assert lines(community, "rounds", columns, APRIL) == [
        ("2026-03-07", "2026-04-16", RICE, 10, 9, 1)
    ]
    assert lines(community, "rounds", columns, MAY) == [("2026-03-07", None, RICE, 10, 0, 0)]
    assert nonzero(report(community, "food-bank", MAY).rows)[RICE, "rice-2"]["in_transit"] == 10


def test_what_closed_periods_say_stays_what_it_was(busy: Community) -> None:
    before = {name: report(busy, name, MARCH).rows for name in REPORTS if name != "markets"}
    busy.clock.advance(days=60)
    for name, rows in before.items():
        assert report(busy, name, MARCH).rows == rows


@needs_hledger
def test_hledger_agrees_with_all_of_it(busy: Community, tmp_path: Path) -> None:
    check_agreement(busy.installation, busy.slug, tmp_path)
