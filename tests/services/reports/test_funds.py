"""Money: 收支公示表, funds and plans, over two periods with reversals, late items and more."""

from collections.abc import Iterator

import pytest

from tests.installations import NO_LIST, Community, open_balance
from tests.services.reports.asking import APRIL, MARCH, MAY, filled_book, lines, report
from timebank.flows.definitions import DefineCommodity, OpenAccount, SetPolicy, SettingFact
from timebank.flows.funds import (
    Donate,
    FilePlan,
    FileReport,
    MoveMoney,
    OpenFund,
    Reclassify,
    Spend,
    TakeGrant,
)
from timebank.flows.periods import Close
from timebank.flows.reversals import Reverse
from timebank.services.reports import REPORTS
from timebank.services.trial_balances import trial_balance

OFFICERS = ("staff:proposer:1", "staff:approver:2", "staff:treasurer:3")
DOCUMENT = NO_LIST
BANK = "bank:main"
FLOOD = "fund:flood"
OPERATING = "fund:operating"
STREET = "fund:street"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def funded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Community]:
    """A book with three funds, whose money came, moved and went from March to May."""
    with filled_book(request, tmp_path_factory, fund) as community:
        yield community


def fund(community: Community) -> None:
    """The plan for food was reported in April, that for transport never was."""
    found(community)
    food = file_plan(community, FLOOD, "food", 300_000, until="2026-04-15")
    file_plan(community, FLOOD, "transport", 50_000, until="2026-03-20")
    spend(community, food, 120_000)
    mistaken = spend(community, food, 30_000)
    community.clock.advance(days=35)
    community.post(Close(until="2026-03-31"))
    community.post(Reverse(reverses=mistaken))
    spend(community, food, 1_000, belongs="2026-03-30")
    reclassify = Reclassify(
        account=BANK,
        fund=STREET,
        commodity="CNY",
        amount=50_000,
        to_fund=OPERATING,
        basis="decision",
        document=DOCUMENT,
    )
    community.post(reclassify, by=OFFICERS[1:])
    community.clock.advance(days=20)
    reported = FileReport(plan=food, result="发放大米 200 户", evidence=(DOCUMENT,))
    community.post(reported, by=OFFICERS[:1])
    community.clock.advance(days=20)


def found(community: Community) -> None:
    """Open the fund, take money in, and move some of it."""
    for command in (
        OpenAccount(account="cash:market"),
        SetPolicy(settings=(SettingFact("report_days", 30),)),
        OpenFund(
            fund=FLOOD,
            commodity="CNY",
            purpose="水灾救助",
            source="donated",
            title="水灾专户",
            categories=("food", "transport"),
        ),
        OpenFund(fund=STREET, commodity="CNY", purpose="社区养老", source="granted"),
        Donate(account=BANK, fund=FLOOD, commodity="CNY", amount=500_000, receipt="r-1"),
        TakeGrant(account=BANK, fund=STREET, commodity="CNY", amount=200_000, receipt="g-1"),
        MoveMoney(account=BANK, fund=STREET, commodity="CNY", amount=10_000, to="cash:market"),
    ):
        community.post(command)
    open_balance(community, BANK, 100_000, commodity="CNY", lot=OPERATING)


def file_plan(community: Community, fund: str, category: str, amount: int, *, until: str) -> int:
    plan = FilePlan(
        fund=fund, commodity="CNY", category=category, amount=amount, plan=DOCUMENT, until=until
    )
    return community.post(plan, by=OFFICERS[:1]).seq


def spend(community: Community, plan: int, amount: int, belongs: str | None = None) -> int:
    paid = Spend(
        plan=plan,
        account=BANK,
        amount=amount,
        related="none",
        belongs=belongs,
        payee="粮油店",
    )
    return community.post(paid, by=OFFICERS).seq


def test_income_and_expenditure_of_the_first_period(funded: Community) -> None:
    columns = "fund line item opening income expenditure closing"
    assert lines(funded, "income-expenditure", columns, MARCH) == [
        (FLOOD, "income", "donors", None, 500_000, None, None),
        (FLOOD, "expenditure", "food", None, None, 150_000, None),
        (FLOOD, "fund", "", 0, 500_000, 150_000, 350_000),
        (OPERATING, "income", "opening", None, 100_000, None, None),
        (OPERATING, "fund", "", 0, 100_000, 0, 100_000),
        (STREET, "income", "grantors", None, 200_000, None, None),
        (STREET, "fund", "", 0, 200_000, 0, 200_000),
        ("", "income", "donors", None, 500_000, None, None),
        ("", "income", "grantors", None, 200_000, None, None),
        ("", "income", "opening", None, 100_000, None, None),
        ("", "expenditure", "food", None, None, 150_000, None),
        ("", "total", "", 0, 800_000, 150_000, 650_000),
    ]


def test_a_later_reversal_takes_expenditure_back_and_is_no_income(funded: Community) -> None:
    columns = "fund line item opening income expenditure closing"
    assert lines(funded, "income-expenditure", columns, APRIL) == [
        (FLOOD, "expenditure", "food", None, None, -29_000, None),
        (FLOOD, "fund", "", 350_000, 0, -29_000, 379_000),
        (OPERATING, "income", "reclassified", None, 50_000, None, None),
        (OPERATING, "fund", "", 100_000, 50_000, 0, 150_000),
        (STREET, "expenditure", "reclassified", None, None, 50_000, None),
        (STREET, "fund", "", 200_000, 0, 50_000, 150_000),
        ("", "expenditure", "food", None, None, -29_000, None),
        ("", "total", "", 650_000, 0, -29_000, 679_000),
    ]


def test_titles_are_in_both_languages(funded: Community) -> None:
    columns = "line item item_zh item_en"
    found = lines(funded, "income-expenditure", columns, MARCH)
    assert found[:3] == [
        ("income", "donors", "捐赠收入", "Donations"),
        ("expenditure", "food", "food", "food"),
        ("fund", "", "水灾专户", FLOOD),
    ]
    assert found[-1] == ("total", "", "合计", "All funds")


def test_closing_balances_are_those_that_the_close_states(community: Community) -> None:
    fund(community)
    closed = community.post(Close(until="2026-04-30")).entry.public
    found = lines(community, "income-expenditure", "line fund closing", APRIL)
    stated = {item["lot"]: item["amount"] for item in closed["totals"] if "lot" in item}
    assert stated == {fund: closing for line, fund, closing in found if line == "fund"}


def test_total_is_what_banks_tills_and_groups_have(funded: Community) -> None:
    for period in (MARCH, APRIL, MAY):
        (*_, (line, closing)) = lines(funded, "income-expenditure", "line closing", period)
        rows = trial_balance(funded.installation, "demo", until=period[1]).rows
        held = sum(row.net for row in rows if row.account.startswith(("bank:", "cash:", "groups:")))
        assert (line, closing) == ("total", held)


def test_funds_have_what_they_had_and_moved(funded: Community) -> None:
    columns = "fund title purpose opening income expenditure closing planned plans overdue"
    assert lines(funded, "funds", columns, APRIL) == [
        (FLOOD, "水灾专户", "水灾救助", 350_000, 0, -29_000, 379_000, 0, 2, 1),
        (OPERATING, "", "", 100_000, 50_000, 0, 150_000, 0, 0, 0),
        (STREET, "", "社区养老", 200_000, 0, 50_000, 150_000, 0, 0, 0),
    ]
    assert lines(funded, "funds", "fund planned overdue", MARCH) == [
        (FLOOD, 150_000, 0),
        (OPERATING, 0, 0),
        (STREET, 0, 0),
    ]


def test_plans_are_open_due_overdue_or_reported(funded: Community) -> None:
    columns = "category planned spent spent_ever left until due reported status"
    food, transport = (300_000, 50_000)
    assert lines(funded, "plans", columns, MARCH) == [
        ("food", food, 150_000, 150_000, 150_000, "2026-04-15", "2026-05-15", None, "open"),
        ("transport", transport, 0, 0, 0, "2026-03-20", "2026-04-19", None, "due"),
    ]
    assert lines(funded, "plans", columns, APRIL) == [
        ("food", food, -29_000, 121_000, 0, "2026-04-15", "2026-05-15", "2026-04-25", "reported"),
        ("transport", transport, 0, 0, 0, "2026-03-20", "2026-04-19", None, "overdue"),
    ]
    assert lines(funded, "plans", "category status", MAY) == [("transport", "overdue")]


def test_what_is_not_over_is_not_overdue(community: Community) -> None:
    """The last day of the period may be far ahead: what is overdue is so today."""
    fund(community)
    file_plan(community, FLOOD, "food", 1_000, until="2026-05-16")
    found = lines(community, "plans", "until status", ("2026-05-01", "2027-12-31"))
    assert found[-1] == ("2026-05-16", "open")
    for days, status in ((31, "due"), (1, "overdue")):
        community.clock.advance(days=days)
        found = lines(community, "plans", "until status", ("2026-05-01", "2027-12-31"))
        assert found[-1] == ("2026-05-16", status)


def test_a_plan_that_is_withdrawn_is_gone_from_then_on(community: Community) -> None:
    fund(community)
    withdrawn = file_plan(community, FLOOD, "food", 1_000, until="2026-06-16")
    as_of = report(community, "plans").covered.as_of
    community.post(Reverse(reverses=withdrawn))
    assert withdrawn not in [plan for (plan,) in lines(community, "plans", "plan", MAY)]
    before = report(community, "plans", MAY, as_of=as_of).rows
    assert withdrawn in [row["plan"] for row in before]


def test_a_category_may_be_called_like_an_account_of_the_outside(community: Community) -> None:
    """What funds gave one another is in no total; what was spent always is."""
    found(community)
    for category, amount in (("reclassified", 700), ("payees", 30), ("suppliers", 2)):
        plan = file_plan(community, STREET, category, amount, until="2026-03-31")
        spend(community, plan, amount)
    columns = "fund line item item_zh expenditure"
    told = lines(community, "income-expenditure", columns, MARCH)
    for fund in (STREET, ""):
        assert [line for line in told if line[:2] == (fund, "expenditure")] == [
            (fund, "expenditure", "payees", "payees", 30),
            (fund, "expenditure", "reclassified", "reclassified", 700),
            (fund, "expenditure", "suppliers", "suppliers", 2),
        ]
    assert told[-1] == ("", "total", "", "合计", 732)
    assert lines(community, "funds", "fund expenditure", MARCH)[-1] == (STREET, 732)


def test_what_is_opened_later_does_not_show_in_a_closed_period(community: Community) -> None:
    found(community)
    file_plan(community, FLOOD, "food", 1_000, until="2026-04-15")
    community.clock.advance(days=35)
    community.post(Close(until="2026-03-31"))
    before = {name: report(community, name, MARCH).rows for name in REPORTS}
    for command in (
        DefineCommodity(commodity="HKD", commodity_kind="money", scale=2),
        SetPolicy(settings=(SettingFact("report_days", 3),)),
        OpenFund(fund="fund:school", commodity="CNY", purpose="助学", source="granted"),
    ):
        community.post(command)
    assert {name: report(community, name, MARCH).rows for name in REPORTS} == before
    assert "fund:school" in [fund for (fund,) in lines(community, "funds", "fund", APRIL)]
    assert lines(community, "plans", "until due", APRIL) == [("2026-04-15", "2026-04-18")]
    totals = lines(community, "income-expenditure", "commodity line closing", APRIL)
    assert totals[-1] == ("HKD", "total", 0)
