import pytest

from tests.ledger.bench import Bench
from tests.ledger.time_bank import fact, policy, serve, time_bank
from timebank.ledger.model import TallyKey
from timebank.ledger.rules.tallies import EVER
from timebank.ledger.rules.tariffs import EARNED


@pytest.fixture
def bench() -> Bench:
    """A time bank where an hour earns 6 points, of which 10 a day may be kept."""
    bench = time_bank()
    policy(bench, fact("tariff", 6, "POINT", "general"), fact("cap_daily", 10, "POINT"))
    return bench


def earned(bench: Bench, name: str, day: str = EVER) -> int:
    return bench.state.tallies[TallyKey(EARNED, bench.number(name), "POINT", day)]


def test_what_is_kept_counts_ever_and_on_its_day(bench: Bench) -> None:
    serve(bench, ("ana", 60), ("bo", 30))
    serve(bench, ("ana", 60))
    bench.today = "2026-11-23"
    serve(bench, ("ana", 10))

    assert [earned(bench, "ana", day) for day in (EVER, "2026-11-22", "2026-11-23")] == [11, 10, 1]
    assert [earned(bench, "bo", day) for day in (EVER, "2026-11-22")] == [3, 3]


def test_what_did_not_come_by_a_service_does_not_count(bench: Bench) -> None:
    bench.issue("ana", 50)
    bench.transfer("ana", "bo", 20)
    bench.release(bench.hold("ana", 10))

    assert earned(bench, "ana") == earned(bench, "bo") == 0


def test_what_is_reversed_does_not_count(bench: Bench) -> None:
    first = serve(bench, ("ana", 60), ("bo", 60))
    bench.today = "2026-11-23"

    bench.reverse(first)

    assert {earned(bench, name, day) for name in ("ana", "bo") for day in (EVER, "2026-11-22")} == {
        0
    }


def test_the_days_of_a_closed_period_are_not_kept(bench: Bench) -> None:
    serve(bench, ("ana", 60))
    bench.today = "2026-11-24"
    seq = serve(bench, ("ana", 60))
    bench.close("2026-11-22")

    assert {key.day for key in bench.state.tallies} == {EVER, "2026-11-24"}
    bench.today = "2026-11-25"
    bench.close("2026-11-24")
    bench.reverse(seq)
    assert {key.day for key in bench.state.tallies} == {EVER}
    assert earned(bench, "ana") == 6


def test_only_who_knows_the_owners_counts(bench: Bench) -> None:
    serve(bench, ("ana", 60))

    assert not bench.replay().state.tallies
    assert bench.keyed_replay().state.tallies == bench.state.tallies
