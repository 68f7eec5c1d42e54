from typing import Any

import pytest

from tests.ledger.bench import Bench, hash_of, leg, replay
from timebank.errors import DayError, FactsError, LogBrokenError, PeriodClosedError
from timebank.flows.movements import Issue
from timebank.flows.periods import Close
from timebank.ledger.model import Draft
from timebank.ledger.trial_balance import digest, totals, trial_balance


@pytest.fixture
def bench() -> Bench:
    """A book on 22 November with an issue of 100 on 30 October, and a transfer of 30 today."""
    bench = Bench()
    bench.enrol("ana", "bo")
    bench.post(Issue(legs=(leg("issued", "ana", 100),), day="2026-10-30"))
    bench.transfer("ana", "bo", 30)
    return bench


def test_a_close_states_the_totals_and_the_trial_balance_of_its_last_day(bench: Bench) -> None:
    bench.close("2026-10-31")

    facts = bench.entry().public
    assert facts["totals"] == [{"amount": 100, "commodity": "POINT"}]
    assert facts["until"] == bench.state.closed_until == "2026-10-31"


def test_what_happened_later_is_not_in_it(bench: Bench) -> None:
    other = Bench()
    other.enrol("ana", "bo")
    other.post(Issue(legs=(leg("issued", "ana", 100),), day="2026-10-30"))

    bench.close("2026-10-31")
    other.close("2026-10-31")

    assert bench.entry().public == other.entry().public


def test_periods_are_closed_one_after_the_other(bench: Bench) -> None:
    bench.close("2026-10-29")
    bench.close("2026-10-30")
    bench.close("2026-11-21")

    assert bench.state.closed_until == "2026-11-21"
    assert list(bench.state.turnovers) == ["2026-11-22"]
    bench.replay()


@pytest.mark.parametrize("until", ["2026-11-22", "2026-11-23"])
def test_a_period_ends_before_today(bench: Bench, until: str) -> None:
    with pytest.raises(DayError, match=f"{until}: is not over; today is 2026-11-22"):
        bench.close(until)


@pytest.mark.parametrize("until", ["2026-10-31", "2026-10-30"])
def test_no_period_is_closed_twice(bench: Bench, until: str) -> None:
    bench.close("2026-10-31")

    with pytest.raises(DayError, match="the period until 2026-10-31 is closed already"):
        bench.close(until)


def test_nothing_is_posted_into_it_afterwards(bench: Bench) -> None:
    bench.close("2026-10-31")

    with pytest.raises(PeriodClosedError):
        bench.post(Issue(legs=(leg("issued", "ana", 1),), day="2026-10-31"))


def test_a_late_item_counts_in_the_next_period(bench: Bench) -> None:
    bench.close("2026-10-31")
    bench.post(Issue(legs=(leg("issued", "ana", 1),), belongs="2026-10-30"))
    bench.today = "2026-12-01"

    bench.close("2026-11-30")

    assert bench.entry().public["totals"] == [{"amount": 101, "commodity": "POINT"}]
    bench.replay()
    bench.keyed_replay()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"trial_balance": hash_of("another")}, "is not the digest of the trial balance"),
        ({"totals": [{"amount": 99, "commodity": "POINT"}]}, "are not the totals"),
        ({"totals": []}, "are not the totals"),
        ({"until": "2026-11-21"}, "are not the totals|is not the digest"),
        ({"until": "2026-10-29"}, "is not the digest of the trial balance on 2026-10-29"),
    ],
)
def test_the_log_alone_shows_a_false_close(
    bench: Bench, change: dict[str, Any], found: str
) -> None:
    bench.post(Issue(legs=(leg("issued", "bo", 1),), day="2026-11-01"))
    honest = bench.draft(Close(until="2026-10-31"))
    draft = Draft(kind="close", day=honest.day, public={**honest.public, **change})
    replay(bench.forge(honest))

    with pytest.raises(FactsError, match=found):
        bench.append(draft)
    with pytest.raises(LogBrokenError, match=found):
        replay(bench.forge(draft))


@pytest.mark.parametrize(
    ("until", "found"),
    [
        ("2026-11-23", "2026-11-23: is not over; today is 2026-11-22"),
        ("2026-11-22", "2026-11-22: is not over; today is 2026-11-22"),
        ("2026-10-31", "the period until 2026-10-31 is closed already"),
    ],
)
def test_the_log_alone_shows_a_close_that_comes_too_early_or_again(
    bench: Bench, until: str, found: str
) -> None:
    """Also where its trial balance is that of the day."""
    bench.close("2026-10-31")
    rows = trial_balance(bench.state, until)
    public = {
        "until": until,
        "totals": totals(rows, bench.state),
        "trial_balance": digest(rows),
    }
    draft = Draft(kind="close", day=bench.today, public=public)

    with pytest.raises(DayError, match=found):
        bench.append(draft)
    with pytest.raises(LogBrokenError, match=f"day_invalid: .*{found}"):
        replay(bench.forge(draft))
