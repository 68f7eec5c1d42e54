import pytest

from tests.ledger.bench import Bench
from tests.ledger.time_bank import time_bank
from timebank.ledger.growing import ArrivalsInMemory
from timebank.ledger.model import Key

START = "2026-11-21"


@pytest.fixture
def bench() -> Bench:
    """A time bank where ana got 50 points today."""
    bench = time_bank()
    bench.issue("ana", 50)
    return bench


def key(bench: Bench, name: str) -> Key:
    return Key("members", bench.number(name), "POINT", "")


def came(bench: Bench, name: str, after: str = START) -> int:
    return bench.state.arrivals.after(key(bench, name), after)


def test_what_comes_in_counts_on_its_day(bench: Bench) -> None:
    bench.today = "2026-11-24"
    bench.transfer("ana", "bo", 20)
    bench.issue("bo", 5)

    assert (came(bench, "ana"), came(bench, "bo")) == (50, 25)
    assert came(bench, "bo", "2026-11-23") == 25
    assert came(bench, "bo", "2026-11-24") == 0


def test_what_returns_did_not_come_in(bench: Bench) -> None:
    hold = bench.hold("ana", 30)
    bench.reverse(bench.release(hold, 10))
    bench.release(hold)
    paid = bench.transfer("ana", "bo", 20)
    bench.today = "2026-11-24"
    bench.reverse(paid)

    assert (came(bench, "ana"), came(bench, "bo")) == (50, 0)
    assert (bench.balance("ana"), bench.balance("bo")) == (50, 0)


def test_what_was_reversed_never_came_in(bench: Bench) -> None:
    wrong = bench.issue("ana", 7)
    bench.today = "2026-11-24"
    bench.reverse(wrong)

    assert came(bench, "ana") == 50


def test_what_a_club_gets_is_seen_by_everybody(bench: Bench) -> None:
    bench.transfer("ana", "groups:chess", 20)
    club = Key("groups:chess", 0, "POINT", "")

    public, keyed = bench.replay().state, bench.keyed_replay().state

    assert public.arrivals.after(club, START) == keyed.arrivals.after(club, START) == 20
    assert public.arrivals.after(key(bench, "ana"), START) == 0
    assert keyed.arrivals.after(key(bench, "ana"), START) == 50


def test_arrivals_that_were_not_loaded_are_an_error_and_not_a_zero(bench: Bench) -> None:
    ana, bo = key(bench, "ana"), key(bench, "bo")
    partial = ArrivalsInMemory(complete=False)
    partial.load(ana, "2026-11-01", {"2026-11-05": 3})
    partial.add(ana, "2026-11-06", 4)
    partial.add(bo, "2026-11-06", 4)

    assert partial.after(ana, "2026-11-01") == 7
    assert partial.after(ana, "2026-11-05") == 4
    with pytest.raises(KeyError):
        partial.after(ana, "2026-10-31")
    with pytest.raises(KeyError):
        partial.after(bo, "2026-11-01")
