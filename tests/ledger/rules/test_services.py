"""Services: who answers for one, how often it is credited, who pays, and when it counts."""

import pytest
from msgspec.structs import replace

from tests.ledger.bench import Bench, hash_of, replay
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
)
from timebank.errors import (
    AlreadyUsedError,
    CapacityError,
    FactsError,
    NothingLeftError,
    SamePersonError,
    StaleStateError,
)
from timebank.ledger.model import Place


@pytest.fixture
def bench() -> Bench:
    """A time bank where an hour earns 6 points, or 10 where it takes a skill."""
    return bank_with_tariffs()


# --- people -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "by",
    [
        ("staff:verifier:1",),
        ("staff:coordinator:2",),
        ("system",),
        ("member", "staff:coordinator:2"),
        ("staff:verifier:1", "staff:treasurer:2"),
    ],
)
def test_a_service_takes_a_verifier_and_a_coordinator(bench: Bench, by: tuple[str, ...]) -> None:
    with pytest.raises(CapacityError):
        bench.post(service(("ana", 60)), by=by)


def test_whoever_dispatched_a_task_does_not_verify_it(bench: Bench) -> None:
    by = ("staff:verifier:1", "staff:coordinator:1")

    with pytest.raises(SamePersonError):
        bench.post(service(("ana", 60)), by=by)
    bodies = bench.forge(bench.draft(service(("ana", 60))), by=by)
    assert "same_person" in broken(bodies, bench)


def test_nobody_helps_twice_in_one_service(bench: Bench) -> None:
    draft = bench.draft(service(("ana", 60), ("bo", 60)))
    same = replace(draft, legs=(draft.legs[0], draft.legs[1]._replace(to=draft.legs[0].to)))

    with pytest.raises(SamePersonError):
        serve(bench, ("ana", 60), ("ana", 30))
    with pytest.raises(SamePersonError, match="another helper of the same service"):
        bench.append(same, by=VERIFIED)
    bodies = bench.forge(same, by=VERIFIED)
    replay(bodies)
    assert "same_person" in broken(bodies, bench, keyed=True)


def test_nobody_is_paid_for_helping_oneself(bench: Bench) -> None:
    bench.issue("ana", 100)
    hold = bench.hold("ana", 30)
    draft = bench.draft(service(("bo", 60), hold=hold))
    ana = Place("members", bench.number("ana"))
    herself = replace(draft, legs=(draft.legs[0]._replace(to=ana),))

    with pytest.raises(SamePersonError):
        serve(bench, ("ana", 60), hold=hold)
    with pytest.raises(SamePersonError):
        bench.append(herself, by=VERIFIED)
    assert "same_person" in broken(bench.forge(herself, by=VERIFIED), bench, keyed=True)


# --- tasks --------------------------------------------------------------------------------------


def test_a_task_is_credited_once_until_that_is_reversed(bench: Bench) -> None:
    first = serve(bench, ("ana", 60), task="roof")

    with pytest.raises(AlreadyUsedError) as caught:
        serve(bench, ("bo", 60), task="roof")
    assert caught.value.details()["seq"] == first
    again = bench.forge(bench.draft(service(("bo", 60), task="roof")), by=VERIFIED)
    assert "already_used" in broken(again, bench)

    bench.reverse(first)
    serve(bench, ("bo", 60), task="roof")
    assert (bench.balance("ana"), bench.balance("bo")) == (0, 6)
    bench.replay()


@pytest.mark.parametrize("task", ["roof", "", hash_of("roof")[:-4]])
def test_a_task_is_an_opaque_hash(bench: Bench, task: str) -> None:
    bodies = bench.forge(bench.draft(service(("ana", 60))), changed_public(task=task), by=VERIFIED)

    assert "public.task: must be the base64 of 32 bytes" in broken(bodies, bench)


# --- paid by the one helped -----------------------------------------------------------------------


def test_a_service_is_paid_from_a_part_of_a_hold(bench: Bench) -> None:
    bench.issue("ana", 100)
    hold = bench.hold("ana", 30)

    seq = serve(bench, ("bo", 60), ("cy", 120), hold=hold)

    assert bench.state.remainders[hold, 0] == 12
    assert [bench.balance(name) for name in ("ana", "bo", "cy")] == [70, 6, 12]
    held = bench.entry(hold).legs[0].to
    assert {leg.from_ for leg in bench.entry(seq).legs} == {held}
    assert bench.entry(seq).public["hold"] == hold
    bench.release(hold)
    assert bench.balance("ana") == 82
    bench.replay()
    bench.keyed_replay()


def test_no_more_is_paid_than_was_held(bench: Bench) -> None:
    bench.issue("ana", 100)
    hold = bench.hold("ana", 10)

    with pytest.raises(NothingLeftError) as caught:
        serve(bench, ("bo", 60), ("cy", 60), hold=hold)
    assert caught.value.details() == {"seq": hold, "remaining": 10, "asked": 12}
    bodies = bench.forge(bench.draft(service(("bo", 60), ("cy", 60), hold=hold)), by=VERIFIED)
    assert "over_remaining" in broken(bodies, bench)


def test_a_hold_pays_until_its_last_day_for_what_was_done_by_then(bench: Bench) -> None:
    bench.issue("ana", 100)
    hold = bench.hold("ana", 30, expires="2026-11-25")
    bench.today = "2026-11-26"

    with pytest.raises(StaleStateError, match="ended on 2026-11-25"):
        serve(bench, ("bo", 60), hold=hold)
    serve(bench, ("bo", 60), hold=hold, day="2026-11-25")
    assert bench.balance("bo") == 6


def test_a_hold_is_named_exactly_when_it_pays(bench: Bench) -> None:
    bench.issue("ana", 100)
    hold = bench.hold("ana", 30)
    paid = bench.draft(service(("bo", 60), hold=hold))
    issued = bench.draft(service(("bo", 60)))
    unnamed = {name: value for name, value in paid.public.items() if name != "hold"}

    assert "hold" in broken(bench.forge(replace(paid, public=unnamed), by=VERIFIED), bench)
    named = replace(issued, public={**issued.public, "hold": hold})
    assert "no leg leaves members:held" in broken(bench.forge(named, by=VERIFIED), bench)


def test_reversing_a_service_gives_the_hold_back_what_it_paid(bench: Bench) -> None:
    bench.issue("ana", 100)
    hold = bench.hold("ana", 30)
    seq = serve(bench, ("bo", 60), hold=hold)

    bench.reverse(seq)

    assert bench.state.remainders[hold, 0] == 30
    serve(bench, ("cy", 300), hold=hold)
    assert (bench.balance("bo"), bench.balance("cy"), bench.held("ana")) == (0, 30, 0)
    bench.keyed_replay()


# --- donate-only ----------------------------------------------------------------------------------


def test_all_of_a_donate_only_category_goes_to_the_pool(bench: Bench) -> None:
    policy(bench, fact("donate_only", 1, category="general"))
    draft = bench.draft(service(("ana", 60)))
    kept = replace(
        draft,
        legs=(draft.legs[0]._replace(to=Place("members", bench.number("ana"))),),
        public={**draft.public, "helpers": [{"minutes": 60}]},
    )

    serve(bench, ("ana", 60), ("bo", 30))

    assert shared_out(bench) == [(6, "issued", "pool:donated"), (3, "issued", "pool:donated")]
    assert bench.entry().public["helpers"] == [
        {"donated": 6, "minutes": 60},
        {"donated": 3, "minutes": 30},
    ]
    assert "helpers[0].donated: must be 6, not 0" in broken(bench.forge(kept, by=VERIFIED), bench)
    serve(bench, ("ana", 60), category="skilled")
    assert bench.balance("ana") == 10
    bench.keyed_replay()


def test_the_hours_of_a_team_go_to_the_pool_where_policy_says_so(bench: Bench) -> None:
    policy(bench, fact("team_donate_only", 1))

    serve(bench, ("ana", 60), ("bo", 60))
    serve(bench, ("ana", 60))

    assert (bench.balance("pool:donated"), bench.balance("ana"), bench.balance("bo")) == (12, 6, 0)
    bench.keyed_replay()


# --- public notice --------------------------------------------------------------------------------


def test_credit_waits_for_the_public_notice(bench: Bench) -> None:
    policy(bench, fact("notice_days", 7))
    bench.today = "2026-12-01"

    for noticed, reason in (
        (None, "is missing; 7 days"),
        ("2026-11-25", "is less than 7 days ago"),
        ("2026-11-21", "is before the service"),
        ("2026-12-02", "after the day of credit"),
    ):
        with pytest.raises(FactsError, match=reason):
            serve(bench, ("ana", 60), day="2026-11-22", noticed=noticed)
    serve(bench, ("ana", 60), day="2026-11-22", noticed="2026-11-24")

    assert bench.entry().public["noticed"] == "2026-11-24"
    early = bench.forge(
        bench.draft(service(("bo", 60), day="2026-11-22", noticed="2026-11-24")),
        changed_public(noticed="2026-11-25"),
        by=VERIFIED,
    )
    assert "is less than 7 days ago" in broken(early, bench)


def test_a_notice_that_nobody_asked_for_must_still_make_sense(bench: Bench) -> None:
    serve(bench, ("ana", 60), noticed="2026-11-22")

    with pytest.raises(FactsError, match="after the day of credit"):
        serve(bench, ("ana", 60), noticed="2026-11-23")
