from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.ledger.bench import Bench, auditor, hash_of, replay
from tests.ledger.time_bank import (
    VERIFIED,
    amounts,
    fact,
    policy,
    serve,
    service,
    tariff,
    time_bank,
)
from timebank.errors import (
    AlreadyUsedError,
    CapacityError,
    FactsError,
    FigureError,
    LogBrokenError,
    NothingLeftError,
    PolicyMissingError,
    SamePersonError,
    StaleStateError,
)
from timebank.ledger.model import Draft, DraftLeg, Entry, Place
from timebank.ledger.rules.tariffs import credited, over_cap


@pytest.fixture
def bench() -> Bench:
    """A time bank where an hour earns 6 points, or 10 where it takes a skill."""
    bench = time_bank()
    policy(
        bench,
        fact("tariff", 6, "POINT", "general"),
        fact("tariff", 10, "POINT", "skilled"),
        fact("tariff", 60, "HOUR", "general"),
    )
    return bench


def shared_out(bench: Bench) -> list[tuple[int, str, str]]:
    return amounts(bench.entry().legs)


def broken(bodies: list[bytes], bench: Bench, *, keyed: bool = False) -> str:
    """What replay has against the last entry of a log."""
    reveal = auditor(bodies, bench.ring()) if keyed else None
    with pytest.raises(LogBrokenError) as caught:
        replay(bodies, reveal=reveal)
    assert caught.value.seq == len(bodies) - 1
    return str(caught.value)


def changed_public(**facts: Any) -> Callable[[Entry], Entry]:  # noqa: ANN401 - any fact
    return lambda entry: msgspec.structs.replace(entry, public={**entry.public, **facts})


def with_amounts(draft: Draft, *amounts: int) -> Draft:
    legs = (leg._replace(amount=amount) for leg, amount in zip(draft.legs, amounts, strict=True))
    return replace(draft, legs=tuple(legs))


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


# --- caps -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("room", "over"), [(None, 0), (7, 0), (6, 0), (4, 2), (0, 6)])
def test_what_is_over_a_cap_is_what_there_is_no_room_for(room: int | None, over: int) -> None:
    assert over_cap(6, room) == over


def test_what_is_over_the_daily_cap_goes_to_the_pool(bench: Bench) -> None:
    policy(bench, fact("cap_daily", 10, "POINT"))

    serve(bench, ("ana", 60))
    serve(bench, ("ana", 60), ("bo", 60))
    serve(bench, ("ana", 60))

    assert (bench.balance("ana"), bench.balance("bo")) == (10, 6)
    assert bench.balance("pool:donated") == 2 + 6
    assert bench.entry(-2).public["helpers"] == [{"donated": 2, "minutes": 60}, {"minutes": 60}]
    assert shared_out(bench) == [(6, "issued", "pool:donated")]
    bench.today = "2026-11-23"
    serve(bench, ("ana", 60))
    assert bench.balance("ana") == 16
    bench.replay()
    bench.keyed_replay()


def test_what_is_over_the_lifetime_cap_goes_to_the_pool(bench: Bench) -> None:
    policy(bench, fact("cap_lifetime", 100, "POINT"))
    for day in range(22, 30):
        bench.today = f"2026-11-{day}"
        serve(bench, ("ana", 120))

    bench.today = "2026-12-01"
    bench.close("2026-11-30")
    serve(bench, ("ana", 120))

    assert (bench.balance("ana"), bench.balance("pool:donated")) == (100, 8)
    bench.transfer("ana", "bo", 90)
    serve(bench, ("ana", 60))
    assert bench.balance("ana") == 10
    bench.keyed_replay()


def test_the_lower_of_two_caps_counts(bench: Bench) -> None:
    policy(bench, fact("cap_daily", 10, "POINT"), fact("cap_lifetime", 15, "POINT"))
    serve(bench, ("ana", 120))
    bench.today = "2026-11-23"

    serve(bench, ("ana", 120))

    assert (bench.balance("ana"), bench.balance("pool:donated")) == (15, 2 + 7)
    bench.keyed_replay()


def test_caps_are_per_commodity_and_count_services_alone(bench: Bench) -> None:
    policy(bench, fact("cap_daily", 10, "POINT"))
    bench.issue("ana", 50)
    bench.issue("bo", 50)
    bench.transfer("bo", "ana", 5)

    serve(bench, ("ana", 60), commodity="HOUR")
    serve(bench, ("ana", 100))

    assert (bench.balance("ana"), bench.balance("ana", "HOUR")) == (65, 60)
    assert bench.balance("pool:donated") == 0


def test_what_the_one_helped_pays_counts_too(bench: Bench) -> None:
    policy(bench, fact("cap_daily", 10, "POINT"))
    bench.issue("ana", 100)
    hold = bench.hold("ana", 30)
    serve(bench, ("bo", 60))

    serve(bench, ("bo", 60), hold=hold)

    assert shared_out(bench) == [
        (4, "members:held", "members"),
        (2, "members:held", "pool:donated"),
    ]
    assert bench.state.remainders[hold, 0] == 24
    bench.keyed_replay()


def test_a_reversed_service_frees_the_cap_again(bench: Bench) -> None:
    policy(bench, fact("cap_daily", 10, "POINT"), fact("cap_lifetime", 12, "POINT"))
    first = serve(bench, ("ana", 60))
    second = serve(bench, ("ana", 60))
    assert bench.balance("ana") == 10

    bench.reverse(first)
    serve(bench, ("ana", 60))
    assert (bench.balance("ana"), bench.balance("pool:donated")) == (10, 2)
    bench.reverse(second)
    serve(bench, ("ana", 60))
    assert (bench.balance("ana"), bench.balance("pool:donated")) == (10, 2)

    bench.today = "2026-11-23"
    serve(bench, ("ana", 60))
    assert bench.balance("ana") == 12
    bench.keyed_replay()


def test_a_service_of_a_closed_period_frees_the_lifetime_cap_when_it_is_reversed(
    bench: Bench,
) -> None:
    policy(bench, fact("cap_daily", 6, "POINT"), fact("cap_lifetime", 10, "POINT"))
    first = serve(bench, ("ana", 60))
    bench.today = "2026-12-01"
    bench.close("2026-11-30")
    serve(bench, ("ana", 60))
    assert bench.balance("ana") == 10

    bench.reverse(first)
    bench.today = "2026-12-02"
    serve(bench, ("ana", 60))

    assert bench.balance("ana") == 10
    bench.keyed_replay()


def test_a_late_item_counts_on_the_day_it_is_posted_with(bench: Bench) -> None:
    policy(bench, fact("cap_daily", 10, "POINT"))
    serve(bench, ("ana", 100))
    bench.today = "2026-12-01"
    bench.close("2026-11-30")

    late = serve(bench, ("ana", 100), belongs="2026-11-22")
    serve(bench, ("ana", 60))
    assert (bench.balance("ana"), bench.balance("pool:donated")) == (20, 6)

    bench.reverse(late)
    serve(bench, ("ana", 60))
    assert bench.balance("ana") == 16
    bench.keyed_replay()


def test_a_backdated_service_counts_on_its_own_day(bench: Bench) -> None:
    policy(bench, fact("cap_daily", 10, "POINT"))
    bench.today = "2026-11-24"
    serve(bench, ("ana", 100))

    serve(bench, ("ana", 60), day="2026-11-23")
    serve(bench, ("ana", 60), day="2026-11-23")

    assert (bench.balance("ana"), bench.balance("pool:donated")) == (20, 2)
    bench.keyed_replay()


def test_a_cap_counts_also_what_was_earned_before_it_was_set(bench: Bench) -> None:
    serve(bench, ("ana", 60))
    policy(bench, fact("cap_daily", 10, "POINT"))

    serve(bench, ("ana", 60))

    assert shared_out(bench) == [(4, "issued", "members"), (2, "issued", "pool:donated")]
    bench.keyed_replay()


def test_a_cap_that_is_lowered_takes_nothing_back(bench: Bench) -> None:
    serve(bench, ("ana", 600))
    policy(bench, fact("cap_lifetime", 10, "POINT"))

    serve(bench, ("ana", 60))

    assert (bench.balance("ana"), bench.balance("pool:donated")) == (60, 6)
    bench.keyed_replay()


@pytest.mark.parametrize("donated", [0, 1, 3, 5])
def test_only_the_keys_show_that_somebody_kept_more_or_less_than_the_cap(
    bench: Bench, donated: int
) -> None:
    policy(bench, fact("cap_daily", 10, "POINT"))
    serve(bench, ("ana", 60))
    draft = bench.draft(service(("ana", 60)))
    helper = {"minutes": 60, **({"donated": donated} if donated else {})}
    kept, given = draft.legs
    legs = (kept._replace(amount=6 - donated), given._replace(amount=donated))
    wrong = replace(
        draft, legs=legs[: 2 if donated else 1], public={**draft.public, "helpers": [helper]}
    )

    with pytest.raises(FigureError) as caught:
        bench.append(wrong, by=VERIFIED)
    assert caught.value.details()["expected"] == 2
    bodies = bench.forge(wrong, by=VERIFIED)
    replay(bodies)
    found = broken(bodies, bench, keyed=True)
    assert f"helpers[0].donated: must be 2, not {donated}" in found


def test_nobody_donates_more_than_was_credited(bench: Bench) -> None:
    policy(bench, fact("cap_daily", 0, "POINT"))
    draft = bench.draft(service(("ana", 60)))
    more = replace(
        with_amounts(draft, 7), public={**draft.public, "helpers": [{"minutes": 60, "donated": 7}]}
    )

    assert "helpers[0].donated: must be 6" in broken(bench.forge(more, by=VERIFIED), bench)
