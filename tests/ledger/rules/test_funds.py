"""Earmarked money: what a fund is for, what is filed before, and what never happens."""

from typing import Any, Literal

import msgspec
import pytest

from tests.ledger.bench import Bench, hash_of, leg, member_id, replay
from timebank.errors import (
    AlreadyUsedError,
    CapacityError,
    FactsError,
    FundRestrictedError,
    InsufficientBalanceError,
    LegPatternError,
    LogBrokenError,
    LotError,
    NothingLeftError,
    ReferredError,
    SamePersonError,
    StaleStateError,
    TimebankError,
    UnknownEntryError,
)
from timebank.flows.definitions import RegisterLot, ValueFact
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
from timebank.flows.goods import Batch
from timebank.flows.intakes import TakeIn
from timebank.ledger.model import Draft, DraftLeg, Place

BANK, TILL, CLUB = "bank:main", "cash:till", "groups:chess"
FLOOD, WINTER, STAFF = "fund:flood", "fund:winter", "fund:operating"
OFFICERS = ("staff:coordinator:1", "staff:verifier:2", "staff:treasurer:3")


@pytest.fixture
def bench() -> Bench:
    """A book with funds for donations, for a grant, and for the running of things."""
    bench = Bench()
    bench.define("CNY", "money", 2)
    bench.define("RICE", "goods")
    for account in (BANK, TILL, CLUB):
        bench.account(account)
    open_fund(bench, FLOOD, categories=("food", "shelter"), ends="2027-06-30")
    open_fund(bench, WINTER)
    open_fund(bench, "fund:city", source="granted", overheads=True)
    open_fund(bench, STAFF, source="earned")
    bench.lot("CNY", "fund:agency")
    return bench


def open_fund(bench: Bench, fund: str, **more: Any) -> int:  # noqa: ANN401 - any field
    fields = {"purpose": "救助", "source": "donated", **more}
    return bench.post(OpenFund(fund=fund, commodity="CNY", **fields))


def money(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    return {"account": BANK, "fund": FLOOD, "commodity": "CNY", "amount": 1_000, **more}


def donate(bench: Bench, receipt: str = "r-1", **more: Any) -> int:  # noqa: ANN401 - any field
    return bench.post(Donate(receipt=receipt, **money(**more)))


def give_opening(bench: Bench, fund: str, amount: int = 1_000) -> int:
    return bench.take_over(leg("world:opening", BANK, amount, "CNY", fund))


def file_plan(bench: Bench, **more: Any) -> int:  # noqa: ANN401 - any field
    fields = {
        "fund": FLOOD,
        "category": "food",
        "amount": 600,
        "until": "2026-12-31",
        "plan": hash_of("plan"),
        **more,
    }
    return bench.post(FilePlan(commodity="CNY", **fields))


def spend(bench: Bench, plan: int, amount: int, **more: Any) -> int:  # noqa: ANN401 - any field
    fields = {"account": BANK, "related": "none", **more}
    by = fields.pop("by", OFFICERS)
    return bench.post(Spend(plan=plan, amount=amount, **fields), by=by)


def report(bench: Bench, plan: int) -> int:
    command = FileReport(plan=plan, result="都发到了", evidence=(hash_of("invoice"),))
    return bench.post(command)


def reclassify(bench: Bench, fund: str, to_fund: str, **more: Any) -> int:  # noqa: ANN401
    fields = {**money(fund=fund, amount=100), "basis": "consent", **more}
    command = Reclassify(to_fund=to_fund, document=hash_of("letter"), **fields)
    return bench.post(command, by=OFFICERS)


def move(bench: Bench, account: str, to: str, amount: int = 100, fund: str = FLOOD) -> int:
    return bench.post(MoveMoney(to=to, **money(account=account, amount=amount, fund=fund)))


def seen_in_public(bench: Bench, kind: str, legs: list[Any], **public: Any) -> str:  # noqa: ANN401
    """What public replay says of an entry that no rule was asked about."""
    by = {"spend": OFFICERS, "reclassification": OFFICERS[1:]}.get(kind, ("system",))
    seals = bench.kinds.kind(kind).seals
    draft = Draft(
        kind=kind,
        day=bench.today,
        legs=tuple(
            DraftLeg(amount, "CNY", fund, Place(a), Place(b)) for a, b, amount, fund in legs
        ),
        public=public,
        details=({},) * seals,
    )
    with pytest.raises(LogBrokenError) as caught:
        replay(bench.forge(draft, by=by))
    return caught.value.reason


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


# --- donations and grants -----------------------------------------------------------------------


def test_a_donation_comes_into_a_fund_that_was_opened_for_donations(bench: Bench) -> None:
    donate(bench, donor="王")

    assert bench.balance(BANK, "CNY", FLOOD) == 1_000
    assert bench.balance("world:donors", "CNY", FLOOD) == -1_000
    assert bench.entry().public == {"receipt": "r-1"}
    assert bench.sealed() == {
        "at": "2026-11-22T09:30:00Z",
        "donor": "王",
    }
    bench.keyed_replay()


@pytest.mark.parametrize("fund", ["fund:city", STAFF, "fund:plain"])
def test_a_donation_never_comes_where_overheads_are_paid(bench: Bench, fund: str) -> None:
    bench.lot("CNY", "fund:plain")

    with pytest.raises(FundRestrictedError, match=f"{fund} was not opened for what is donated"):
        donate(bench, fund=fund)
    legs = [("world:donors", BANK, 1, fund)]
    assert "fund_restricted" in seen_in_public(bench, "donation", legs, receipt="r-1")


def test_a_grant_comes_into_a_fund_that_was_opened_for_it(bench: Bench) -> None:
    grant = TakeGrant(receipt="g-1", grantor="民政局", named=True, **money(fund="fund:city"))
    bench.post(grant)

    assert bench.entry().public == {"receipt": "g-1", "grantor": "民政局"}
    with pytest.raises(FundRestrictedError, match="was not opened for what is granted"):
        bench.post(TakeGrant(receipt="g-2", **money(fund=FLOOD)))


def test_a_receipt_is_given_once(bench: Bench) -> None:
    first = donate(bench)

    with pytest.raises(AlreadyUsedError, match=f"r-1 stands in entry {first}"):
        donate(bench, account=TILL)
    legs = [("world:donors", BANK, 1, FLOOD)]
    assert "already_used" in seen_in_public(bench, "donation", legs, receipt="r-1")
    bench.reverse(first)
    donate(bench)
    bench.post(TakeGrant(receipt="r-1", **money(fund="fund:city")))

    assert bench.balance(BANK, "CNY", FLOOD) == 1_000
    bench.keyed_replay()


def test_the_receipt_of_a_grant_is_given_once(bench: Bench) -> None:
    grant = TakeGrant(receipt="g-1", **money(fund="fund:city"))
    first = bench.post(grant)

    with pytest.raises(AlreadyUsedError, match=f"g-1 stands in entry {first}"):
        bench.post(grant)
    legs = [("world:grantors", BANK, 1, "fund:city")]
    assert "already_used" in seen_in_public(bench, "grant", legs, receipt="g-1")
    bench.reverse(first)
    bench.post(grant)
    bench.keyed_replay()


def test_nothing_is_given_to_a_fund_that_ended(bench: Bench) -> None:
    bench.today = "2027-07-01"

    with pytest.raises(FundRestrictedError, match="fund:flood ended on 2027-06-30"):
        donate(bench)
    donate(bench, day="2027-06-30")


def test_a_donation_that_was_spent_is_not_taken_back(bench: Bench) -> None:
    first = donate(bench)
    spend(bench, file_plan(bench), 1)

    with pytest.raises(InsufficientBalanceError) as caught:
        bench.reverse(first)
    assert caught.value.shortfall == 1


def test_money_of_others_is_nobodys_donation(bench: Bench) -> None:
    with pytest.raises(FundRestrictedError, match="fund:agency is not the association's money"):
        donate(bench, fund="fund:agency")


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


# --- goods that are bought ----------------------------------------------------------------------


def bought(fund: str, commodity: str = "CNY", **more: Any) -> RegisterLot:  # noqa: ANN401
    fields = {"source": "purchased", "basis": "cost", "value": ValueFact(100, commodity), **more}
    return RegisterLot(commodity="RICE", lot="b-1", fund=fund, **fields)


@pytest.mark.parametrize("uses", [(), ("feast",), ("food", "feast")])
def test_goods_may_be_used_for_nothing_that_their_fund_is_not_for(
    bench: Bench, uses: tuple[str, ...]
) -> None:
    with pytest.raises(FundRestrictedError, match="is for food, shelter; name such uses"):
        bench.post(bought(FLOOD, uses=uses))


@pytest.mark.parametrize("uses", [("food",), ("shelter", "food")])
def test_goods_carry_their_fund(bench: Bench, uses: tuple[str, ...]) -> None:
    bench.post(bought(FLOOD, uses=uses))

    assert bench.state.lots["RICE", "b-1"].facts["fund"] == FLOOD


def test_the_fund_of_goods_is_in_the_money_of_their_cost(bench: Bench) -> None:
    bench.define("USD", "money", 2)

    with pytest.raises(LotError, match="there is no fund fund:winter"):
        bench.post(bought(WINTER, "USD"))
    bench.post(bought(WINTER))


def test_goods_are_not_bought_with_money_of_others(bench: Bench) -> None:
    with pytest.raises(FundRestrictedError, match="is not the association's money"):
        bench.post(bought("fund:agency"))


@pytest.mark.parametrize("source", ["partners", "suppliers", "donors"])
def test_goods_that_a_fund_bought_come_in_by_its_purchase_only(
    bench: Bench,
    source: Literal["partners", "suppliers", "donors"],
) -> None:
    bench.account("stock:yicang:quarantine")
    bench.enrol("shop", kind="stall")
    bench.post(bought(WINTER))
    bench.post(RegisterLot(commodity="RICE", lot="given", fund=WINTER, source="donated"))
    to = f"stalls#{member_id('shop')}" if source == "suppliers" else "stock:yicang"
    intakes = [
        TakeIn(to=to, source=source, goods=(Batch(commodity="RICE", lot=lot, amount=1),))
        for lot in ("b-1", "given")
    ]

    with pytest.raises(LotError if source == "donors" else FundRestrictedError):
        bench.post(intakes[0])
    with pytest.raises(LogBrokenError):
        replay(bench.forge(bench.draft(intakes[0])))
    if source == "donors":
        bench.post(intakes[1])
    else:
        with pytest.raises(FundRestrictedError, match="pays for its goods where they come in"):
            bench.post(intakes[1])
