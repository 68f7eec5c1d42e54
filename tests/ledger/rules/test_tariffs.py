"""Tariffs: what a service earns by that of its day, and what a log says that was never asked."""

import pytest
from msgspec.structs import replace

from tests.ledger.bench import Bench
from tests.ledger.time_bank import (
    VERIFIED,
    bank_with_tariffs,
    broken,
    changed_public,
    fact,
    policy,
    serve,
    service,
    shared_out,
    tariff,
    time_bank,
    with_amounts,
)
from timebank.errors import FactsError, FigureError, PolicyMissingError
from timebank.ledger.model import DraftLeg, Place
from timebank.ledger.rules.tariffs import credited


@pytest.fixture
def bench() -> Bench:
    """A time bank where an hour earns 6 points, or 10 where it takes a skill."""
    return bank_with_tariffs()


# --- the tariff ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "rate", "amount"),
    [(60, 6, 6), (59, 6, 5), (90, 6, 9), (9, 6, 0), (10, 6, 1), (1440, 60, 1440), (1, 999, 16)],
)
def test_an_hour_earns_the_rate_and_parts_of_it_are_rounded_down(
    minutes: int, rate: int, amount: int
) -> None:
    assert credited(minutes, rate) == amount


@pytest.mark.parametrize(
    ("category", "commodity", "amount"),
    [("general", "POINT", 9), ("skilled", "POINT", 15), ("general", "HOUR", 90)],
)
def test_a_service_earns_by_category_and_commodity(
    bench: Bench, category: str, commodity: str, amount: int
) -> None:
    serve(bench, ("ana", 90), category=category, commodity=commodity)

    assert bench.balance("ana", commodity) == amount
    assert shared_out(bench) == [(amount, "issued", "members")]
    bench.replay()
    bench.keyed_replay()


def test_without_a_tariff_in_force_nothing_is_credited(bench: Bench) -> None:
    tariff(bench, 8, category="night", in_force="2026-12-01")

    with pytest.raises(PolicyMissingError) as caught:
        serve(bench, ("ana", 60), category="night")
    assert str(caught.value) == "no tariff of night in POINT is in force on 2026-11-22"
    with pytest.raises(PolicyMissingError):
        serve(bench, ("ana", 60), category="skilled", commodity="HOUR")


def test_a_tariff_of_nothing_credits_nothing(bench: Bench) -> None:
    tariff(bench, 0, category="open-day")

    with pytest.raises(FactsError, match=r"helpers\[0\].minutes: earn nothing by the tariff"):
        serve(bench, ("ana", 60), category="open-day")
    with pytest.raises(FactsError, match=r"helpers\[1\].minutes: earn nothing by the tariff"):
        serve(bench, ("ana", 60), ("bo", 9))


def test_the_tariff_is_that_of_the_day_of_the_service(bench: Bench) -> None:
    bench.today = "2026-11-30"
    tariff(bench, 12, in_force="2026-12-01")
    bench.today = "2026-12-02"

    serve(bench, ("ana", 60), day="2026-11-30")
    serve(bench, ("bo", 60), day="2026-12-01")

    assert (bench.balance("ana"), bench.balance("bo")) == (6, 12)
    bench.replay()


def test_a_late_item_earns_by_the_tariff_of_the_day_it_belongs_to(bench: Bench) -> None:
    tariff(bench, 12, in_force="2026-12-01")
    bench.today = "2026-12-02"
    bench.close("2026-11-30")

    serve(bench, ("ana", 60), belongs="2026-11-29")

    assert bench.balance("ana") == 6
    bench.replay()


def test_a_version_set_later_may_take_force_earlier(bench: Bench) -> None:
    tariff(bench, 12, in_force="2026-12-10")
    tariff(bench, 8, in_force="2026-12-01")
    bench.today = "2026-12-20"

    for day, rate in (("2026-11-30", 6), ("2026-12-01", 8), ("2026-12-09", 8), ("2026-12-10", 12)):
        before = bench.balance("ana")
        serve(bench, ("ana", 60), day=day)
        assert bench.balance("ana") - before == rate
    tariff(bench, 7, in_force="2026-12-20")
    serve(bench, ("bo", 60))
    assert bench.balance("bo") == 7
    bench.replay()


def test_of_two_versions_of_a_day_the_later_decided_is_in_force(bench: Bench) -> None:
    for rate in (8, 9, 7):
        tariff(bench, rate, in_force="2026-12-01")
    bench.today = "2026-12-01"

    serve(bench, ("ana", 60))

    assert bench.balance("ana") == 7


# --- what a log says that was never asked about --------------------------------------------------


@pytest.mark.parametrize("amount", [5, 7, 60])
def test_the_public_replay_finds_a_wrong_amount(bench: Bench, amount: int) -> None:
    draft = with_amounts(bench.draft(service(("ana", 60))), amount)

    found = broken(bench.forge(draft, by=VERIFIED), bench)

    assert f"legs[0].amount: must be 6, not {amount}" in found


def test_the_public_replay_finds_a_tariff_that_was_changed_in_the_log(bench: Bench) -> None:
    serve(bench, ("ana", 60))
    raised = time_bank()
    policy(
        raised,
        fact("tariff", 7, "POINT", "general"),
        fact("tariff", 10, "POINT", "skilled"),
        fact("tariff", 60, "HOUR", "general"),
    )

    bodies = raised.forge(bench.draft(service(("bo", 60))), by=VERIFIED)

    assert "legs[0].amount: must be 7, not 6" in broken(bodies, raised)


def test_the_public_replay_finds_other_minutes_and_another_category(bench: Bench) -> None:
    draft = bench.draft(service(("ana", 60)))

    for change in ({"helpers": [{"minutes": 70}]}, {"category": "skilled"}):
        bodies = bench.forge(draft, changed_public(**change), by=VERIFIED)
        assert "figure_wrong" in broken(bodies, bench)
    for minutes in (0, 1441):
        bodies = bench.forge(draft, changed_public(helpers=[{"minutes": minutes}]), by=VERIFIED)
        assert "facts_invalid" in broken(bodies, bench)


def test_legs_stand_in_the_order_of_the_helpers(bench: Bench) -> None:
    draft = bench.draft(service(("ana", 60), ("bo", 60)))
    one_more = replace(draft, legs=(*draft.legs, draft.legs[0]))
    one_less = replace(draft, legs=draft.legs[:1])
    to_pool = replace(draft, legs=(draft.legs[0], draft.legs[1]._replace(to=Place("pool:donated"))))

    for wrong in (one_more, one_less, to_pool):
        with pytest.raises(FactsError, match="do not stand in the order of the legs"):
            bench.append(wrong, by=VERIFIED)
        assert "facts_invalid" in broken(bench.forge(wrong, by=VERIFIED), bench)


def test_all_is_paid_from_one_account_in_one_commodity(bench: Bench) -> None:
    draft = bench.draft(service(("ana", 60), ("bo", 60)))
    hours = replace(draft, legs=(draft.legs[0], draft.legs[1]._replace(commodity="HOUR")))

    with pytest.raises(FactsError, match="from one account in one commodity"):
        bench.append(hours, by=VERIFIED)


def test_nothing_is_donated_without_a_policy_that_says_so(bench: Bench) -> None:
    draft = bench.draft(service(("ana", 60)))
    legs = (
        draft.legs[0]._replace(amount=4),
        DraftLeg(2, "POINT", "", Place("issued"), Place("pool:donated")),
    )
    helpers = [{"minutes": 60, "donated": 2}]
    wrong = replace(draft, legs=legs, public={**draft.public, "helpers": helpers})

    with pytest.raises(FigureError, match=r"helpers\[0\].donated: must be 0, not 2"):
        bench.append(wrong, by=VERIFIED)
    assert "helpers[0].donated: must be 0" in broken(bench.forge(wrong, by=VERIFIED), bench)
