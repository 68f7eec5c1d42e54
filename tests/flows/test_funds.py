import pytest

from tests.ledger.bench import Bench, hash_of
from timebank.errors import MalformedError, ReferredError, UnknownEntryError
from timebank.flows.command import Command
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
from timebank.flows.needs import Needs, Spot, Wanted
from timebank.flows.registry import ENTRY_COMMANDS, needs_of
from timebank.ledger.model import DraftLeg, Place
from timebank.ledger.rules.names import Name

FUND, OTHER, BANK = "fund:flood", "fund:winter", "bank:main"
HASH = hash_of("file")


@pytest.fixture
def bench() -> Bench:
    """A book with a fund of donations, and a plan for it: entry 4."""
    bench = Bench()
    bench.define("CNY", "money", 2)
    bench.post(OpenFund(fund=FUND, commodity="CNY", purpose="救灾", source="donated"))
    assert bench.post(plan()) == 4
    return bench


def plan() -> FilePlan:
    return FilePlan(
        fund=FUND, commodity="CNY", category="food", amount=600, plan=HASH, until="2026-12-31"
    )


def donation(**more: object) -> Donate:
    fields = {"account": BANK, "fund": FUND, "commodity": "CNY", "amount": 5, "receipt": "r-1"}
    return Donate(**{**fields, **more})  # type: ignore[arg-type]  # right ones and wrong ones


def change(**more: object) -> Reclassify:
    fields = {"account": BANK, "fund": FUND, "to_fund": OTHER, "commodity": "CNY", "amount": 5}
    rest = {"basis": "decision", "document": HASH}
    return Reclassify(**{**fields, **rest, **more})  # type: ignore[arg-type]  # likewise


def move(**more: object) -> MoveMoney:
    fields = {"account": BANK, "to": "groups:chess", "fund": FUND, "commodity": "CNY", "amount": 5}
    return MoveMoney(**{**fields, **more})  # type: ignore[arg-type]  # likewise


def wanted(*accounts: str, lot: str = FUND) -> frozenset[Wanted]:
    return frozenset(Wanted(account, "", "CNY", lot) for account in accounts)


def leg(from_: str, to: str, lot: str = FUND) -> DraftLeg:
    return DraftLeg(5, "CNY", lot, Place(from_), Place(to))


def test_every_flow_of_funds_is_posted_as_an_entry() -> None:
    commands = {OpenFund, Donate, TakeGrant, FilePlan, Spend, FileReport, Reclassify, MoveMoney}

    assert commands <= set(ENTRY_COMMANDS)


def test_a_fund_says_what_it_is_for(bench: Bench) -> None:
    command = OpenFund(
        fund=OTHER,
        commodity="CNY",
        title="冬衣",
        purpose="冬衣",
        wish="给老人",
        source="granted",
        categories=("clothes",),
        overheads=True,
        ends="2027-03-31",
    )

    assert needs_of(command) == Needs(lots=frozenset({("CNY", OTHER)}))
    assert bench.draft(command).public == {
        "categories": ["clothes"],
        "commodity": "CNY",
        "ends": "2027-03-31",
        "lot": OTHER,
        "overheads": "allowed",
        "purpose": "冬衣",
        "source": "granted",
        "title": "冬衣",
        "wish": "给老人",
    }


def test_a_donation_comes_from_the_donors_for_a_receipt(bench: Bench) -> None:
    needs = needs_of(donation())

    assert needs.balances == wanted("world:donors", BANK)
    assert needs.lots == {("CNY", FUND)}
    assert needs.names == {Name("donation:receipt", "r-1")}
    assert bench.draft(donation()).legs == (leg("world:donors", BANK),)


def test_who_gave_is_sealed_and_named_only_by_consent(bench: Bench) -> None:
    grant = TakeGrant(
        account=BANK, fund=FUND, commodity="CNY", amount=5, receipt="g-1", grantor="民政局"
    )
    anonymous, named, nobody = (
        bench.draft(command)
        for command in (
            donation(donor="王"),
            donation(donor="王", named=True),
            donation(named=True),
        )
    )

    assert [one.public for one in (anonymous, named, nobody)] == [
        {"receipt": "r-1"},
        {"receipt": "r-1", "donor": "王"},
        {"receipt": "r-1"},
    ]
    assert [one.details[0].get("donor") for one in (anonymous, named, nobody)] == ["王", "王", None]
    assert needs_of(grant).names == {Name("grant:receipt", "g-1")}
    assert bench.draft(grant).legs == (leg("world:grantors", BANK),)
    assert bench.draft(grant).details[0]["grantor"] == "民政局"


def test_a_plan_moves_nothing(bench: Bench) -> None:
    draft = bench.draft(plan())

    assert (draft.legs, draft.details) == ((), ())
    assert draft.public == {
        "amount": 600,
        "category": "food",
        "commodity": "CNY",
        "fund": FUND,
        "plan": HASH,
        "until": "2026-12-31",
    }
    assert needs_of(plan()) == Needs(lots=frozenset({("CNY", FUND)}))


def test_fund_and_category_of_a_spend_are_those_of_its_plan(bench: Bench) -> None:
    command = Spend(plan=4, account=BANK, amount=5, related="declared", payee="粮店", memo="米")
    draft = bench.draft(command)

    assert needs_of(command) == Needs(
        entries=frozenset({4}),
        counterparts=frozenset({Spot(BANK, ""), Spot("world:payees", "")}),
        names=frozenset({Name("report.filed:plan", "4")}),
    )
    assert draft.legs == (leg(BANK, "world:payees"),)
    assert draft.public == {"category": "food", "plan": 4, "related": "declared"}
    assert draft.details == ({"at": "2026-11-22T09:30:00Z", "memo": "米", "payee": "粮店"},)


@pytest.mark.parametrize(("seq", "error"), [(3, ReferredError), (999, UnknownEntryError)])
def test_a_spend_is_within_a_plan(bench: Bench, seq: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        bench.draft(Spend(plan=seq, account=BANK, amount=5, related="none"))


def test_a_report_names_its_plan_and_evidence(bench: Bench) -> None:
    command = FileReport(plan=4, result="发放完毕", evidence=(HASH,))

    assert needs_of(command).entries == {4}
    assert needs_of(command).names == {Name("report.filed:plan", "4")}
    assert bench.draft(command).public == {"evidence": [HASH], "plan": 4, "result": "发放完毕"}


def test_another_purpose_is_two_legs_over_the_world(bench: Bench) -> None:
    there = change(to_account="cash:till")
    world = "world:reclassified"

    assert bench.draft(change()).legs == (leg(BANK, world), leg(world, BANK, OTHER))
    assert bench.draft(there).legs == (leg(BANK, world), leg(world, "cash:till", OTHER))
    assert bench.draft(there).public == {"basis": "decision", "document": HASH}
    assert needs_of(there).balances == wanted(BANK, world) | wanted(world, "cash:till", lot=OTHER)
    assert needs_of(there).lots == {("CNY", FUND), ("CNY", OTHER)}


def test_money_moves_in_its_fund(bench: Bench) -> None:
    assert bench.draft(move()).legs == (leg(BANK, "groups:chess"),)
    assert needs_of(move()).balances == wanted(BANK, "groups:chess")


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (OpenFund(fund="Fund", commodity="CNY", purpose="x", source="earned"), "fund"),
        (OpenFund(fund=OTHER, commodity="cny", purpose="x", source="earned"), "commodity"),
        (
            OpenFund(
                fund=OTHER, commodity="CNY", purpose="x", source="earned", categories=("a", "B")
            ),
            "categories[1]",
        ),
        (
            OpenFund(fund=OTHER, commodity="CNY", purpose="x", source="earned", ends="2027-02-29"),
            "ends",
        ),
        (donation(receipt="No 1"), "receipt"),
        (donation(account="bank#main"), "account"),
        (donation(fund="flood!"), "fund"),
        (donation(donor="e\u0301"), "donor"),
        (
            FilePlan(fund=FUND, commodity="CNY", category="F", amount=1, plan=HASH, until="x"),
            "category",
        ),
        (
            FilePlan(fund=FUND, commodity="CNY", category="f", amount=1, plan=HASH, until="x"),
            "until",
        ),
        (
            FilePlan(
                fund=FUND, commodity="CNY", category="f", amount=1, plan="x", until="2026-12-31"
            ),
            "plan",
        ),
        (Spend(plan=4, account="members#x", amount=5, related="none"), "account"),
        (FileReport(plan=4, result="x", evidence=(HASH, "x")), "evidence[1]"),
        (change(document="x"), "document"),
        (change(to_fund="X"), "to_fund"),
        (change(to_account="X"), "to_account"),
        (move(to="X"), "to"),
        (move(to=BANK), "to"),
    ],
)
def test_a_command_that_is_not_well_formed_is_told_by_field(command: Command, field: str) -> None:
    with pytest.raises(MalformedError) as caught:
        needs_of(command)

    assert caught.value.field == field
