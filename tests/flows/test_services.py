import pytest

from tests.ledger.bench import Bench, hash_of, member_id
from tests.ledger.time_bank import VERIFIED, fact, policy, serve, service, time_bank
from timebank.errors import (
    ContinuationError,
    HolderGoneError,
    MalformedError,
    PeriodClosedError,
    SamePersonError,
    UnknownAccountError,
    UnknownEntryError,
)
from timebank.flows.needs import Needs, Tallied, Wanted
from timebank.flows.registry import needs_of
from timebank.flows.services import Helper, Service
from timebank.ledger.model import Place
from timebank.ledger.rules.names import Name

ANA, BO = member_id("ana"), member_id("bo")


@pytest.fixture
def bench() -> Bench:
    """A time bank where an hour earns 6 points, of which 10 a day may be kept."""
    bench = time_bank()
    policy(bench, fact("tariff", 6, "POINT", "general"), fact("cap_daily", 10, "POINT"))
    return bench


def test_a_service_needs_its_task_its_hold_and_what_helpers_have_and_earned() -> None:
    needs = needs_of(service(("ana", 60), ("bo", 30), hold=7, day="2026-11-20"))

    assert needs == Needs(
        balances=frozenset(
            {
                Wanted("members", ANA, "POINT", ""),
                Wanted("members", BO, "POINT", ""),
                Wanted("issued", "", "POINT", ""),
                Wanted("pool:donated", "", "POINT", ""),
            }
        ),
        entries=frozenset({7}),
        names=frozenset({Name("service:task", hash_of("task 1"))}),
        tallies=frozenset(
            {
                Tallied("earned", ANA, "POINT", "2026-11-20"),
                Tallied("earned", BO, "POINT", "2026-11-20"),
            }
        ),
    )
    assert needs_of(service(("ana", 60))).entries == frozenset()
    assert {one.day for one in needs_of(service(("ana", 60))).tallies} == {""}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("category", "Roofs"),
        ("commodity", "point"),
        ("noticed", "yesterday"),
        ("day", "2026-02-30"),
        ("belongs", "x"),
        ("memo", "\n"),
    ],
)
def test_a_malformed_service_is_told(field: str, value: str) -> None:
    with pytest.raises(MalformedError) as caught:
        needs_of(service(("ana", 60), **{field: value}))
    assert caught.value.field == field


def test_a_task_is_a_hash_and_a_helper_a_member_id() -> None:
    helper = Helper(ANA, 60)
    with pytest.raises(MalformedError, match="task: must be the base64 of 32 bytes"):
        needs_of(Service(task="roof", category="a", commodity="POINT", helpers=(helper,)))
    wrong = Service(
        task=hash_of("a"), category="a", commodity="POINT", helpers=(helper, Helper("ana", 1))
    )
    with pytest.raises(MalformedError, match=r"helpers\[1\].member: must be a member id"):
        needs_of(wrong)


def test_amounts_follow_from_the_tariff_and_what_is_over_a_cap_is_a_leg_of_its_own(
    bench: Bench,
) -> None:
    serve(bench, ("bo", 60))

    draft = bench.draft(service(("ana", 70), ("bo", 60)))

    ana, bo = (Place("members", bench.number(name)) for name in ("ana", "bo"))
    pool = Place("pool:donated")
    assert [(leg.amount, leg.to) for leg in draft.legs] == [(7, ana), (4, bo), (2, pool)]
    assert {leg.from_ for leg in draft.legs} == {Place("issued")}
    assert draft.public == {
        "category": "general",
        "helpers": [{"minutes": 70}, {"donated": 2, "minutes": 60}],
        "task": hash_of("task 1"),
    }


def test_the_seal_names_also_who_kept_nothing(bench: Bench) -> None:
    policy(bench, fact("donate_only", 1, category="general"))

    (details,) = bench.draft(service(("ana", 60), ("bo", 60), memo="修屋顶")).details

    assert details["helpers"] == [ANA, BO]
    assert details["memo"] == "修屋顶"
    assert "parties" not in details


def test_a_service_that_is_paid_repeats_the_reference_of_the_hold(bench: Bench) -> None:
    bench.issue("ana", 100)
    hold = bench.hold("ana", 30)

    (leg,) = bench.draft(service(("bo", 60), hold=hold)).legs

    blinded = bench.entry(hold).legs[0].to.partition("#")[2]
    assert leg.from_ == Place("members:held", bench.number("ana"), blinded)


def test_a_hold_that_cannot_pay_is_told(bench: Bench) -> None:
    issue = bench.issue("ana", 100)
    hold = bench.hold("ana", 30)
    policy(bench, fact("tariff", 60, "HOUR", "general"))

    with pytest.raises(UnknownEntryError):
        serve(bench, ("bo", 60), hold=99)
    for other in (0, issue):
        with pytest.raises(ContinuationError, match=f"entry {other}: is no hold"):
            serve(bench, ("bo", 60), hold=other)
    with pytest.raises(ContinuationError, match=f"entry {hold}: is in POINT"):
        serve(bench, ("bo", 60), hold=hold, commodity="HOUR")


@pytest.mark.parametrize("category", ["general", "given"])
def test_helpers_are_different_members_who_are_still_there(bench: Bench, category: str) -> None:
    policy(bench, fact("tariff", 6, "POINT", "given"), fact("donate_only", 1, category="given"))
    bench.issue("ana", 100)
    hold = bench.hold("ana", 30)
    bench.enrol("van", kind="carrier")
    bench.leave("cy")

    for name, error in (
        ("nobody", UnknownAccountError),
        ("van", UnknownAccountError),
        ("cy", HolderGoneError),
        ("bo", SamePersonError),
        ("ana", SamePersonError),
    ):
        with pytest.raises(error):
            serve(bench, ("bo", 60), (name, 60), category=category, hold=hold)


def test_a_service_in_a_closed_period_is_told_before_what_was_earned_is_looked_at(
    bench: Bench,
) -> None:
    bench.today = "2026-12-01"
    bench.close("2026-11-30")
    bench.state.tallies = {}

    with pytest.raises(PeriodClosedError):
        bench.post(service(("ana", 60), day="2026-11-30"), by=VERIFIED)
