"""Caps: of what somebody earns, what is over one goes to the pool."""

import pytest
from msgspec.structs import replace

from tests.ledger.bench import Bench, replay
from tests.ledger.time_bank import (
    VERIFIED,
    bank_with_tariffs,
    broken,
    fact,
    policy,
    serve,
    service,
    shared_out,
    with_amounts,
)
from timebank.errors import FigureError
from timebank.ledger.rules.tariffs import over_cap


@pytest.fixture
def bench() -> Bench:
    """A time bank where an hour earns 6 points, or 10 where it takes a skill."""
    return bank_with_tariffs()


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


@pytest.mark.parametrize("cap", ["cap_daily", "cap_lifetime"])
def test_the_log_alone_shows_that_one_service_leaves_more_than_a_cap(
    bench: Bench, cap: str
) -> None:
    policy(bench, fact(cap, 5, "POINT"))
    draft = bench.draft(service(("ana", 60)))
    (kept, _), helpers = draft.legs, [{"minutes": 60}]
    wrong = replace(
        draft, legs=(kept._replace(amount=6),), public={**draft.public, "helpers": helpers}
    )

    with pytest.raises(FigureError, match=r"helpers\[0\].donated: must be 1, not 0"):
        bench.append(wrong, by=VERIFIED)
    assert "helpers[0].donated: must be 1" in broken(bench.forge(wrong, by=VERIFIED), bench)
    bench.append(draft, by=VERIFIED)
    bench.replay()


def test_nobody_donates_more_than_was_credited(bench: Bench) -> None:
    policy(bench, fact("cap_daily", 0, "POINT"))
    draft = bench.draft(service(("ana", 60)))
    more = replace(
        with_amounts(draft, 7), public={**draft.public, "helpers": [{"minutes": 60, "donated": 7}]}
    )

    assert "helpers[0].donated: must be 6" in broken(bench.forge(more, by=VERIFIED), bench)
