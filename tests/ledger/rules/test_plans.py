"""Plans: filed before anything is spent, drawn on by three officers, and reported once."""

from typing import Any

import pytest

from tests.ledger.bench import Bench, hash_of
from tests.ledger.funds import (
    BANK,
    FLOOD,
    STAFF,
    TILL,
    WINTER,
    book_of_funds,
    donate,
    file_plan,
    give_opening,
    move,
    open_fund,
    report,
    seen_in_public,
    spend,
)
from timebank.errors import (
    AlreadyUsedError,
    CapacityError,
    FactsError,
    FundRestrictedError,
    InsufficientBalanceError,
    LotError,
    NothingLeftError,
    ReferredError,
    SamePersonError,
    StaleStateError,
    TimebankError,
    UnknownEntryError,
)
from timebank.flows.funds import FilePlan


@pytest.fixture
def bench() -> Bench:
    """A book with funds for donations, for a grant, and for the running of things."""
    return book_of_funds()


# --- plans --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "error", "reason"),
    [
        ({"fund": "fund:other"}, LotError, "there is no fund fund:other"),
        ({"fund": "fund:agency"}, FundRestrictedError, "is not the association's money"),
        ({"category": "feast"}, FundRestrictedError, "is for food, shelter, not feast"),
        ({"until": "2027-07-01"}, FundRestrictedError, "ended on 2027-06-30"),
        ({"until": "2026-11-21"}, FactsError, "until: is before the plan is filed"),
        ({"fund": WINTER, "category": "wages"}, FundRestrictedError, "never pays wages"),
        ({"fund": WINTER, "category": "fees"}, FundRestrictedError, "never pays fees"),
        ({"fund": "fund:city", "category": "wages"}, FundRestrictedError, "never pays wages"),
        ({"fund": "fund:strict", "category": "fees"}, FundRestrictedError, "never pays fees"),
        ({"fund": "fund:pool", "category": "fees"}, FundRestrictedError, "never pays fees"),
        ({"fund": "fund:pool", "category": "wages"}, FundRestrictedError, "never pays wages"),
    ],
)
def test_a_plan_suits_its_fund(
    bench: Bench, fields: dict[str, Any], error: type[TimebankError], reason: str
) -> None:
    open_fund(bench, "fund:strict", source="granted")
    open_fund(bench, "fund:pool", source="earned")

    with pytest.raises(error, match=reason):
        file_plan(bench, **fields)

    facts = {"amount": 1, "category": "food", "commodity": "CNY", "fund": FLOOD}
    days = {"plan": hash_of("plan"), "until": "2026-12-31"}
    assert seen_in_public(bench, "plan.filed", [], **{**facts, **days, **fields})


@pytest.mark.parametrize(
    ("fund", "category"), [(STAFF, "wages"), (STAFF, "fees"), ("fund:city", "fees")]
)
def test_overheads_are_paid_by_few(bench: Bench, fund: str, category: str) -> None:
    give_opening(bench, fund)
    plan = file_plan(bench, fund=fund, category=category)

    spend(bench, plan, 600)

    assert bench.entry().public["category"] == category
    bench.replay()


def test_batches_of_goods_are_no_fund(bench: Bench) -> None:
    bench.lot("RICE", "b-1")
    command = FilePlan(
        fund="b-1", commodity="RICE", category="food", amount=1, until="2026-12-31",
        plan=hash_of("plan"),
    )  # fmt: skip

    with pytest.raises(LotError, match="there is no fund b-1"):
        bench.post(command)


# --- spending -----------------------------------------------------------------------------------


def test_what_is_spent_within_a_plan_never_passes_it(bench: Bench) -> None:
    donate(bench)
    plan = file_plan(bench)
    spend(bench, plan, 250)
    spend(bench, plan, 350)

    with pytest.raises(NothingLeftError) as caught:
        spend(bench, plan, 1)
    assert (caught.value.seq, caught.value.remaining, caught.value.asked) == (plan, 0, 1)
    assert bench.balance(BANK, "CNY", FLOOD) == 400
    legs = [(BANK, "world:payees", 1, FLOOD)]
    facts = {"category": "food", "plan": plan, "related": "none"}
    assert "over_remaining" in seen_in_public(bench, "spend", legs, **facts)


def test_all_legs_of_a_spend_count(bench: Bench) -> None:
    donate(bench)
    move(bench, BANK, TILL, 500)
    plan = file_plan(bench)
    legs = [(BANK, "world:payees", 400, FLOOD), (TILL, "world:payees", 201, FLOOD)]
    facts = {"category": "food", "plan": plan, "related": "none"}

    assert "of entry" in seen_in_public(bench, "spend", legs, **facts)


def test_a_spend_taken_back_may_be_spent_again(bench: Bench) -> None:
    donate(bench)
    plan = file_plan(bench)
    first = spend(bench, plan, 600)
    bench.reverse(first)
    spend(bench, plan, 200)
    spend(bench, plan, 400)

    assert bench.balance(BANK, "CNY", FLOOD) == 400
    assert bench.replay().state.remainders == bench.state.remainders == {}


def test_a_plan_that_was_drawn_on_stays(bench: Bench) -> None:
    donate(bench)
    plan = file_plan(bench)
    drawn = spend(bench, plan, 1)

    with pytest.raises(StaleStateError, match=f"entry {plan}: 1 of it has been drawn"):
        bench.reverse(plan)
    bench.reverse(drawn)
    reversal = bench.reverse(plan)

    with pytest.raises(StaleStateError, match=f"was reversed by entry {reversal}"):
        spend(bench, plan, 1)
    legs = [(BANK, "world:payees", 1, FLOOD)]
    facts = {"category": "food", "plan": plan, "related": "none"}
    assert "was reversed by" in seen_in_public(bench, "spend", legs, **facts)


@pytest.mark.parametrize(
    ("officers", "error"),
    [
        (("staff:coordinator:1", "staff:verifier:2", "staff:verifier:3"), CapacityError),
        (("staff:coordinator:1", "staff:treasurer:3"), SamePersonError),
        (("staff:coordinator:1", "staff:verifier:1", "staff:treasurer:3"), SamePersonError),
        (("staff:coordinator:1", "staff:verifier:3", "staff:treasurer:3"), SamePersonError),
        (("staff:treasurer:3", "app:x", "member"), SamePersonError),
        (("system",), CapacityError),
    ],
)
def test_three_officers_answer_for_a_spend(
    bench: Bench, officers: tuple[str, ...], error: type[TimebankError]
) -> None:
    donate(bench)
    plan = file_plan(bench)

    with pytest.raises(error):
        spend(bench, plan, 1, by=officers)


def test_a_spend_is_of_the_fund_and_category_of_its_plan(bench: Bench) -> None:
    donate(bench)
    donate(bench, "r-2", fund=WINTER)
    plan = file_plan(bench)
    facts = {"category": "food", "plan": plan, "related": "none"}

    found = seen_in_public(bench, "spend", [(BANK, "world:payees", 1, WINTER)], **facts)
    assert "fund:winter the plan is for fund:flood" in found
    legs = [(BANK, "world:payees", 1, FLOOD)]
    found = seen_in_public(bench, "spend", legs, **{**facts, "category": "shelter"})
    assert "category: is not that of the plan, food" in found


def test_a_plan_is_filed_before_it_is_spent(bench: Bench) -> None:
    donate(bench)
    plan = file_plan(bench, day="2026-11-01")

    with pytest.raises(FactsError, match="was filed on 2026-11-22 only, after it was spent"):
        spend(bench, plan, 1, day="2026-11-21")
    bench.today = "2026-12-02"
    bench.close("2026-11-30")
    with pytest.raises(FactsError, match="was filed on 2026-11-22 only"):
        spend(bench, plan, 1, belongs="2026-11-21")
    spend(bench, plan, 1, belongs="2026-11-22")
    bench.replay()


def test_a_plan_ends(bench: Bench) -> None:
    donate(bench)
    plan = file_plan(bench)
    bench.today = "2027-01-01"

    with pytest.raises(FactsError, match="plan: ended on 2026-12-31"):
        spend(bench, plan, 1)
    spend(bench, plan, 1, day="2026-12-31")


@pytest.mark.parametrize("missing", [999, 3])
def test_a_spend_names_a_plan(bench: Bench, missing: int) -> None:
    error = UnknownEntryError if missing == 999 else ReferredError

    with pytest.raises(error):
        spend(bench, missing, 1)


def test_what_is_planned_must_be_there(bench: Bench) -> None:
    donate(bench, amount=100)
    donate(bench, "r-2", fund=WINTER)
    plan = file_plan(bench)

    with pytest.raises(InsufficientBalanceError) as caught:
        spend(bench, plan, 101)
    assert (caught.value.lot, caught.value.shortfall) == (FLOOD, 1)


# --- reports ------------------------------------------------------------------------------------


def test_a_plan_is_reported_once_and_then_closed(bench: Bench) -> None:
    donate(bench)
    plan = file_plan(bench)
    spend(bench, plan, 100)
    first = report(bench, plan)

    with pytest.raises(AlreadyUsedError, match=f"stands in entry {first}"):
        report(bench, plan)
    with pytest.raises(StaleStateError, match=f"entry {plan}: was reported by entry {first}"):
        spend(bench, plan, 1)
    legs = [(BANK, "world:payees", 1, FLOOD)]
    facts = {"category": "food", "plan": plan, "related": "none"}
    assert "was reported" in seen_in_public(bench, "spend", legs, **facts)
    bench.reverse(first)
    spend(bench, plan, 1)
    report(bench, plan)
    bench.replay()


def test_a_plan_is_not_taken_back_from_under_its_report(bench: Bench) -> None:
    plan = file_plan(bench)
    answer = report(bench, plan)

    with pytest.raises(StaleStateError, match=f"entry {plan}: entry {answer} answers it"):
        bench.reverse(plan)
    bench.reverse(answer)
    bench.reverse(plan)
    with pytest.raises(StaleStateError, match="was reversed"):
        report(bench, plan)


def test_a_report_is_on_a_plan(bench: Bench) -> None:
    with pytest.raises(UnknownEntryError):
        report(bench, 999)
    with pytest.raises(ReferredError, match=r"entry 3 is no plan\.filed"):
        report(bench, 3)
