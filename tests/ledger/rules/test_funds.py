"""Earmarked money: what a fund is for, and how it gets another purpose or another place."""

from typing import Any

import msgspec
import pytest

from tests.ledger.bench import Bench, hash_of
from tests.ledger.funds import (
    BANK,
    CLUB,
    FLOOD,
    OFFICERS,
    STAFF,
    TILL,
    WINTER,
    book_of_funds,
    donate,
    file_plan,
    give_opening,
    money,
    move,
    open_fund,
    reclassify,
    seen_in_public,
    spend,
)
from timebank.errors import (
    FactsError,
    FundRestrictedError,
    InsufficientBalanceError,
    LegPatternError,
    LotError,
    SamePersonError,
)
from timebank.flows.funds import OpenFund, Reclassify


@pytest.fixture
def bench() -> Bench:
    """A book with funds for donations, for a grant, and for the running of things."""
    return book_of_funds()


# --- funds --------------------------------------------------------------------------------------


def test_a_fund_is_a_lot_of_money_with_its_purpose(bench: Bench) -> None:
    assert bench.state.lots["CNY", FLOOD].facts == {
        "categories": ["food", "shelter"],
        "commodity": "CNY",
        "ends": "2027-06-30",
        "lot": FLOOD,
        "purpose": "救助",
        "source": "donated",
    }
    bench.replay()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"source": "donated", "overheads": True}, "overheads: are never paid from donations"),
        ({"ends": "2026-11-21"}, "ends: is before the fund is opened"),
    ],
)
def test_a_fund_is_opened_by_the_rules(bench: Bench, fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(FactsError, match=reason):
        open_fund(bench, "fund:new", **fields)


def test_the_operating_fund_is_never_one_of_donations() -> None:
    bench = Bench()
    bench.define("CNY", "money", 2)

    with pytest.raises(FactsError, match="are never paid from donations"):
        open_fund(bench, STAFF)
    with pytest.raises(FundRestrictedError, match="is not the association's money"):
        open_fund(bench, "fund:agency")


def test_a_fund_is_of_money(bench: Bench) -> None:
    with pytest.raises(LotError, match=r"money is in fund:\.\.\., goods are not"):
        bench.post(OpenFund(fund="b-1", commodity="CNY", purpose="x", source="earned"))
    with pytest.raises(LotError):
        bench.post(OpenFund(fund="fund:x", commodity="RICE", purpose="x", source="earned"))
    with pytest.raises(FactsError, match="commodity: must be money"):
        bench.post(OpenFund(fund="b-1", commodity="RICE", purpose="x", source="earned"))


# --- another purpose ----------------------------------------------------------------------------


def test_money_gets_another_purpose_by_consent_or_decision(bench: Bench) -> None:
    donate(bench)
    seq = reclassify(bench, FLOOD, WINTER, to_account=TILL)

    assert bench.balance(BANK, "CNY", FLOOD) == 900
    assert bench.balance(TILL, "CNY", WINTER) == 100
    assert bench.entry().public == {"basis": "consent", "document": hash_of("letter")}
    bench.reverse(seq)
    assert bench.balance(BANK, "CNY", FLOOD) == 1_000
    bench.replay()


def test_donations_stay_donations(bench: Bench) -> None:
    donate(bench)
    give_opening(bench, "fund:city")

    with pytest.raises(FundRestrictedError, match="takes nothing out of funds of donations"):
        reclassify(bench, FLOOD, STAFF)
    reclassify(bench, "fund:city", STAFF, basis="decision")
    reclassify(bench, STAFF, FLOOD)


@pytest.mark.parametrize(
    ("legs", "reason"),
    [
        ([("out", 100, FLOOD), ("in", 99, WINTER)], "in equal amounts"),
        ([("out", 100, FLOOD), ("in", 101, WINTER)], "in equal amounts"),
        ([("out", 100, FLOOD), ("in", 100, FLOOD)], "the same fund is left and entered"),
        ([("out", 1, FLOOD), ("out", 1, WINTER)], "in equal amounts"),
        ([("in", 1, FLOOD), ("in", 1, WINTER)], "in equal amounts"),
        ([("out", 100, FLOOD), ("in", 100, "fund:agency")], "is not the association's money"),
        ([("out", 100, FLOOD)], "must have 2 to 64 legs"),
        (
            [("out", 100, FLOOD), ("out", 100, "fund:city"), ("in", 200, STAFF)],
            "takes nothing out of funds of donations",
        ),
    ],
)
def test_funds_change_in_equal_amounts(bench: Bench, legs: list[Any], reason: str) -> None:
    donate(bench)
    give_opening(bench, "fund:city")
    world = "world:reclassified"
    drawn = [
        (BANK, world, amount, fund) if way == "out" else (world, BANK, amount, fund)
        for way, amount, fund in legs
    ]
    facts = {"basis": "decision", "document": hash_of("letter")}

    assert reason in seen_in_public(bench, "reclassification", drawn, **facts)


def test_another_purpose_takes_two_officers_and_a_fund_that_has_not_ended(bench: Bench) -> None:
    donate(bench, fund=WINTER)
    command = Reclassify(
        to_fund=FLOOD, basis="consent", document=hash_of("letter"), **money(fund=WINTER)
    )

    with pytest.raises(SamePersonError):
        bench.post(command, by=("staff:treasurer:1", "staff:verifier:1"))
    bench.today = "2027-07-01"
    with pytest.raises(FundRestrictedError, match="ended on 2027-06-30"):
        bench.post(command, by=OFFICERS)
    with pytest.raises(FactsError, match="basis: must be one of consent, decision"):
        bench.post(msgspec.structs.replace(command, basis="mood"), by=OFFICERS)


def test_what_an_ended_fund_has_left_gets_another_purpose(bench: Bench) -> None:
    donate(bench)
    move(bench, BANK, CLUB, 100)
    bench.today = "2027-07-01"
    with pytest.raises(FundRestrictedError, match="ended"):
        move(bench, BANK, CLUB, 1)
    move(bench, CLUB, BANK, 100)
    reclassify(bench, FLOOD, WINTER, amount=1_000)

    assert bench.balance(BANK, "CNY", WINTER) == 1_000
    bench.replay()


@pytest.mark.parametrize("kind", ["bank.moved", "donation", "spend"])
def test_no_other_kind_touches_what_is_reclassified(bench: Bench, kind: str) -> None:
    donate(bench)
    legs = [(BANK, "world:reclassified", 1, FLOOD)]
    facts: dict[str, Any] = {"receipt": "r-9"} if kind == "donation" else {}
    if kind == "spend":
        facts = {"category": "food", "plan": file_plan(bench), "related": "none"}

    assert "may not move CNY" in seen_in_public(bench, kind, legs, **facts)


# --- between places -----------------------------------------------------------------------------


def test_money_moves_between_places_in_its_fund(bench: Bench) -> None:
    donate(bench)
    for from_, to in ((BANK, TILL), (TILL, CLUB), (CLUB, TILL), (TILL, BANK), (BANK, CLUB)):
        move(bench, from_, to, 100)

    assert bench.balance(CLUB, "CNY", FLOOD) == 100
    assert bench.balance(BANK, "CNY", FLOOD) == 900
    with pytest.raises(LegPatternError):
        move(bench, BANK, "world:payees")
    with pytest.raises(InsufficientBalanceError):
        move(bench, CLUB, BANK, 100, fund=WINTER)
    bench.replay()


def test_what_a_group_holds_is_the_funds_and_spent_within_its_plans(bench: Bench) -> None:
    donate(bench)
    move(bench, BANK, CLUB, 300)
    plan = file_plan(bench)
    spend(bench, plan, 200, account=CLUB)

    with pytest.raises(InsufficientBalanceError):
        spend(bench, plan, 101, account=CLUB)
    assert bench.balance(CLUB, "CNY", FLOOD) == 100
    assert bench.balance("world:payees", "CNY", FLOOD) == 200


def test_money_of_others_does_not_move(bench: Bench) -> None:
    with pytest.raises(FundRestrictedError, match="is not the association's money"):
        move(bench, BANK, TILL, 1, fund="fund:agency")
    with pytest.raises(FundRestrictedError, match="is not the association's money"):
        give_opening(bench, "fund:agency")
