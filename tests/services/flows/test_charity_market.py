"""Charity markets 义集 through the journal, on both databases."""

from typing import Any

import pytest

from tests.installations import Community
from tests.ledger.bench import hash_of
from tests.services.flows.checks import check_book, has, refused
from tests.services.reports.asking import MARCH, lines
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
    MalformedError,
    NothingLeftError,
    NotReversibleError,
    ReferredError,
    SamePersonError,
    StaleStateError,
    TimebankError,
    UnknownAccountError,
    UnknownEntryError,
)
from timebank.flows.charity_market import (
    Buy,
    FileMarket,
    PaidInPoints,
    ReportMarket,
    Sell,
    TakeHome,
    TakenHome,
)
from timebank.flows.command import Command
from timebank.flows.definitions import (
    OpenAccount,
    RegisterLot,
    SetPolicy,
    SettingFact,
    ValueFact,
)
from timebank.flows.funds import Donate, FilePlan, FileReport, OpenFund
from timebank.flows.goods import Batch
from timebank.flows.movements import OpenBalances
from timebank.flows.periods import Close
from timebank.flows.reversals import Reverse
from timebank.services.balances import member_balances
from timebank.services.posting import post_batch

CASH, POOL, AGENCY, FLOOD = "cash:market", "fund:pool", "fund:agency", "fund:flood"
YICANG, QUARANTINE = "stock:yicang", "stock:yicang:quarantine"
HELD = "2026-03-02"
HASH = hash_of("evidence")
COUNTERS = ("staff:coordinator:1", "staff:verifier:2")
BUYERS = ("staff:treasurer:1", "staff:storekeeper:2")


@pytest.fixture
def book(community: Community) -> Community:
    """A book with stalls 一 and 二, a pool to buy rice, and a fund of donations."""
    for command in (
        OpenAccount(account=CASH),
        OpenAccount(account=QUARANTINE),
        RegisterLot(commodity="CNY", lot=AGENCY),
        OpenFund(fund=POOL, commodity="CNY", purpose="义仓采购", source="earned"),
        OpenFund(fund=FLOOD, commodity="CNY", purpose="救灾", source="donated"),
        rice("rice-2", 900, expires="2027-01-01"),
        rice("rice-3", 300),
        rice("rice-4", 300, fund=FLOOD),
        rice("rice-5", 300, expires="2026-03-01"),
        rice("rice-6", 300, source="donated"),
        Donate(account=CASH, fund=FLOOD, commodity="CNY", amount=1_000, receipt="r-1"),
        SetPolicy(settings=(SettingFact(setting="market_report_days", value=7),)),
    ):
        community.post(command)
    community.enrol("一", "二", kind="stall")
    return community


@pytest.fixture
def market(book: Community) -> int:
    """The seq of a market, on the day it is held."""
    seq = book.post(filing()).seq
    book.clock.advance(days=1)
    return seq


def rice(lot: str, cost: int, **more: Any) -> RegisterLot:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {"source": "purchased", "basis": "cost", "fund": POOL, **more}
    value = ValueFact(amount=cost, commodity="CNY")
    return RegisterLot(commodity="RICE-5KG", lot=lot, value=value, **fields)


def filing(**more: Any) -> FileMarket:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {
        "market": "yiji-2026-03",
        "held": HELD,
        "opens": 540,
        "closes": 720,
        "place": "翠竹园广场",
        "purpose": "义仓采购米面油",
        "basis": "社区备案 2026-3",
        "commodity": "CNY",
        "cash": CASH,
        "fund": POOL,
        "share": 105,
        **more,
    }
    return FileMarket(**fields)


def sale(book: Community, market: int, price: int = 0, **more: Any) -> Sell:  # noqa: ANN401
    fields = {"market": market, "stall": book.ids["一"], "commodity": "CNY", **more}
    return Sell(price=price, **fields)


def points(book: Community, amount: int, buyer: str = "王", seller: str = "李") -> PaidInPoints:
    ids = book.ids
    return PaidInPoints(amount=amount, commodity="POINT", buyer=ids[buyer], seller=ids[seller])


def takings(book: Community, market: int, **amounts: int) -> TakeHome:
    stalls = tuple(
        TakenHome(stall=book.ids[name], amount=amount, taken_by=f"摊主{name}")
        for name, amount in amounts.items()
    )
    return TakeHome(market=market, commodity="CNY", stalls=stalls, counters=("甲", "乙"))


def purchase(paid: int = 900, lots: tuple[str, ...] = ("rice-2",), **more: Any) -> Buy:  # noqa: ANN401
    fields: dict[str, Any] = {"account": CASH, "fund": POOL, "place": YICANG, **more}
    batches = tuple(Batch(commodity="RICE-5KG", lot=lot, amount=20) for lot in lots)
    return Buy(commodity="CNY", paid=paid, lots=batches, **fields)


def report(market: int, **more: Any) -> ReportMarket:  # noqa: ANN401 - any field
    return ReportMarket(market=market, stalls=2, visitors=300, evidence=(HASH,), **more)


def owed(book: Community, name: str) -> int:
    rows = member_balances(book.installation, book.slug, book.ids[name]).rows
    return sum(row.balance for row in rows if row.account == "stalls")


def check_till(book: Community) -> None:
    """The agency cash in the till is what all stalls are owed, and nobody else has any of it."""
    found = has(book, "stalls", lot=AGENCY)
    assert found == owed(book, "一") + owed(book, "二") >= 0
    outside = has(book, "world:customers", lot=AGENCY) + has(book, "world:payees", lot=AGENCY)
    assert found + outside == 0


def test_a_market_from_filing_to_report(book: Community, market: int) -> None:
    """Sold, reversed, sold for points, taken home, spent on rice, reported and overdue."""
    book.post(sale(book, market, 9_999))
    book.post(sale(book, market, 1_000, stall=book.ids["二"], points=points(book, 30)))
    book.post(sale(book, market, 9))
    book.post(sale(book, market, points=points(book, 10)))
    wrong = book.post(sale(book, market, 5_000))
    book.post(Reverse(reverses=wrong.seq))
    assert (has(book, CASH, lot=POOL), owed(book, "一"), owed(book, "二")) == (
        1_049 + 105,
        8_950 + 9,
        895,
    )
    assert [has(book, account, "POINT") for account in ("members", "issued")] == [100, -100]
    check_till(book)

    book.clock.advance(days=1)
    book.post(takings(book, market, 一=8_959, 二=800), by=COUNTERS)
    assert (owed(book, "一"), owed(book, "二")) == (0, 95)
    bought = book.post(purchase(910, fees=10, market=market), by=BUYERS)
    assert (has(book, CASH, lot=POOL), has(book, QUARANTINE, "RICE-5KG")) == (244, 20)
    assert bought.entry.public["lots"] == [{"commodity": "RICE-5KG", "cost": 900, "lot": "rice-2"}]
    check_till(book)

    columns = "sales takings pool stalls_share taken_home bought visitors due status"
    figures = ("CNY", 3, 11_008, 1_154, 9_854, 9_759, 910)
    assert lines(book, "markets", f"commodity {columns}", MARCH)[0] == (
        *figures, None, "2026-03-09", "due",
    )  # fmt: skip
    book.clock.advance(days=7)
    assert lines(book, "markets", f"commodity {columns}", MARCH)[0][-1] == "overdue"
    book.post(report(market), by=("staff:coordinator:1",))
    assert lines(book, "markets", f"commodity {columns}", MARCH)[0] == (
        *figures, 300, "2026-03-09", "reported",
    )  # fmt: skip
    check_book(book)


def test_a_market_is_filed_before_it_is_held_and_never_changes(
    book: Community, market: int
) -> None:
    book.post(SetPolicy(settings=(SettingFact(setting="pool_share_min", value=100),)))
    later = {"market": "yiji-2026-04", "held": "2026-04-05"}
    cases: list[tuple[dict[str, Any], type[TimebankError]]] = [
        ({"share": 200}, AlreadyUsedError),
        ({**later, "held": "2026-03-01"}, DayError),
        ({**later, "closes": 540}, FactsError),
        ({**later, "cash": "cash:other"}, UnknownAccountError),
        ({**later, "cash": "bank:main"}, FactsError),
        ({**later, "fund": "fund:other"}, LotError),
        ({**later, "fund": AGENCY}, FundRestrictedError),
        ({**later, "fund": FLOOD}, FundRestrictedError),
        ({**later, "share": 99}, FactsError),
    ]
    for fields, error in cases:
        refused(book, filing(**fields), error)
    refused(book, filing(**later), CapacityError, by=("staff:verifier:1",))
    refused(book, Reverse(reverses=market), NotReversibleError)
    book.post(filing(**{**later, "held": HELD}), by=("staff:coordinator:1",))


def test_a_sale_is_split_as_filed_on_the_day_of_the_market(book: Community, market: int) -> None:
    stall = book.ids["一"]
    cases: list[tuple[Command, type[TimebankError]]] = [
        (sale(book, market, 100, day="2026-03-01"), DayError),
        (sale(book, market, 100, commodity="POINT"), FactsError),
        (sale(book, 1, 100), ReferredError),
        (sale(book, 999, 100), UnknownEntryError),
        (sale(book, market, 100, stall=book.ids["王"]), LegPatternError),
        (sale(book, market, 100, stall="A" * 22), UnknownAccountError),
        (sale(book, market, points=points(book, 101)), InsufficientBalanceError),
        (sale(book, market, points=points(book, 1, seller="王")), MalformedError),
        (sale(book, market, points=points(book, 1, seller="一")), LegPatternError),
        (OpenBalances(legs=(book.leg("world:opening", CASH, 1, commodity="CNY", lot=AGENCY),),
                      list=HASH), FundRestrictedError),
    ]  # fmt: skip
    for command, error in cases:
        refused(book, command, error)
    refused(book, sale(book, market, 100), CapacityError, by=("member",))

    book.clock.advance(days=1)
    refused(book, sale(book, market, 100), DayError)
    book.post(sale(book, market, 100, day=HELD))
    book.post(Close(until=HELD))
    late = book.post(sale(book, market, 100, belongs=HELD))
    assert (late.entry.day, owed(book, "一")) == ("2026-03-03", 180)
    refused(book, sale(book, market, 100, belongs="2026-03-01"), DayError)
    assert stall not in late.body.decode()
    check_book(book)


def test_in_a_batch_each_sees_what_the_one_before_did(book: Community, market: int) -> None:
    """What the first sale brought in is taken home by the second item, and the rest is refused."""
    size = book.post(sale(book, market, 100)).seq + 1
    again = sale(book, market, 100)
    postings = [
        book.posting(again),
        book.posting(takings(book, market, 一=180), by=COUNTERS),
        book.posting(takings(book, market, 一=1), by=COUNTERS),
        book.posting(report(market), by=COUNTERS),
        book.posting(report(market), by=COUNTERS),
        book.posting(purchase(20, lots=("rice-3",), market=market), by=BUYERS),
    ]
    outcomes = post_batch(book.installation, book.slug, postings, atomic=False)
    found = [one.code if isinstance(one, TimebankError) else one.seq - size for one in outcomes]
    assert found == [0, 1, "insufficient_balance", 2, "already_used", "figure_wrong"]
    check_book(book)


def test_takings_are_counted_by_two_who_take_nothing_home(book: Community, market: int) -> None:
    book.post(sale(book, market, 1_000))
    good = takings(book, market, 一=895)
    taken_by_counter = TakenHome(stall=book.ids["一"], amount=1, taken_by="甲")
    cases: list[tuple[TakeHome, type[TimebankError]]] = [
        (takings(book, market, 一=896), InsufficientBalanceError),
        (takings(book, market, 一=895, 二=1), InsufficientBalanceError),
        (takings(book, market, 王=1), LegPatternError),
        (takings(book, 999, 一=1), UnknownEntryError),
        (takings(book, 1, 一=1), ReferredError),
        (replaced(good, counters=("甲", "甲")), SamePersonError),
        (replaced(good, stalls=(taken_by_counter,)), SamePersonError),
        (replaced(good, day="2026-03-01"), DayError),
    ]
    for command, error in cases:
        refused(book, command, error, by=COUNTERS)
    refused(book, good, SamePersonError, by=("staff:coordinator:1", "staff:verifier:1"))
    refused(book, good, SamePersonError, by=("staff:coordinator:1",))
    refused(book, good, CapacityError, by=("app:till", "system"))
    taken = book.post(good, by=COUNTERS)
    book.post(Reverse(reverses=taken.seq))
    book.post(good, by=COUNTERS)
    assert owed(book, "一") == 0
    check_book(book)


def replaced(command: Command, **more: Any) -> Any:  # noqa: ANN401 - of the same type
    fields = {name: getattr(command, name) for name in command.__struct_fields__}
    return type(command)(**{**fields, **more})


def test_what_is_bought_costs_what_was_registered_and_filed(book: Community, market: int) -> None:
    book.post(sale(book, market, 10_000))
    cases: list[tuple[Buy, type[TimebankError]]] = [
        (purchase(899, market=market), FigureError),
        (purchase(900, fees=1, market=market), FigureError),
        (purchase(1_051, fees=151, market=market), InsufficientBalanceError),
        (purchase(market=market, day="2026-03-01"), DayError),
        (purchase(), FactsError),
        (purchase(market=1), ReferredError),
        (purchase(market=999), UnknownEntryError),
        (purchase(300, lots=("rice-4",), market=market), LotError),
        (purchase(300, lots=("rice-5",), market=market), LotExpiredError),
        (purchase(300, lots=("rice-6",), market=market), LotError),
        (purchase(300, lots=("rice-9",), market=market), LotError),
        (purchase(600, lots=("rice-3", "rice-3"), market=market), MalformedError),
        (purchase(300, lots=("rice-4",), fund=FLOOD, market=market), FundRestrictedError),
        (purchase(900, fund="fund:other", market=market), LotError),
        (purchase(900, place="stock:other", market=market), UnknownAccountError),
    ]
    for command, error in cases:
        refused(book, command, error, by=BUYERS)
    good = purchase(1_000, lots=("rice-2",), fees=100, market=market)
    refused(book, good, SamePersonError, by=("staff:treasurer:1", "staff:storekeeper:1"))
    refused(book, good, CapacityError, by=("staff:treasurer:1", "staff:verifier:2"))

    bought = book.post(good, by=BUYERS)
    refused(book, good, AlreadyUsedError, by=BUYERS)
    book.post(Reverse(reverses=bought.seq))
    assert (has(book, CASH, lot=POOL), has(book, QUARANTINE, "RICE-5KG")) == (1_050, 0)
    book.post(good, by=BUYERS)
    check_book(book)


def test_goods_bought_with_donations_need_a_plan(book: Community, market: int) -> None:
    """The purchase draws on the plan as a spend does, and donations pay no fees."""
    plan = FilePlan(
        fund=FLOOD, commodity="CNY", category="food", amount=400, plan=HASH, until="2026-03-31"
    )
    by = ("staff:treasurer:1",)
    seq = book.post(plan, by=by).seq
    flood: dict[str, Any] = {"fund": FLOOD, "lots": ("rice-4",)}
    refused(book, purchase(300, **flood), FactsError, by=BUYERS)
    refused(book, purchase(310, fees=10, plan=seq, **flood), FundRestrictedError, by=BUYERS)
    refused(book, purchase(300, lots=("rice-3",), plan=seq), FundRestrictedError, by=BUYERS)
    refused(book, purchase(300, lots=("rice-3",), plan=seq, market=market), FactsError, by=BUYERS)
    small = book.post(replaced(plan, amount=299), by=by).seq
    refused(book, purchase(300, plan=small, **flood), NothingLeftError, by=BUYERS)

    bought = book.post(purchase(300, plan=seq, **flood), by=BUYERS)
    assert ("fund:flood", 400, 300, 100) in lines(book, "plans", "fund planned spent left", MARCH)
    refused(book, Reverse(reverses=seq), StaleStateError)
    book.post(Reverse(reverses=bought.seq))
    book.post(FileReport(plan=seq, result="未使用", evidence=(HASH,)), by=by)
    refused(book, purchase(300, plan=seq, **flood), StaleStateError, by=BUYERS)
    assert has(book, CASH, lot=FLOOD) == 1_000
    check_book(book)


def test_a_market_is_reported_once_after_it_was_held(book: Community, market: int) -> None:
    by = ("staff:coordinator:1",)
    refused(book, report(market, day="2026-03-01"), DayError, by=by)
    refused(book, report(1), ReferredError, by=by)
    refused(book, report(999), UnknownEntryError, by=by)
    refused(book, report(market), CapacityError)
    first = book.post(report(market), by=by)
    refused(book, report(market), AlreadyUsedError, by=by)
    book.post(Reverse(reverses=first.seq))
    book.post(report(market), by=by)
    check_book(book)
