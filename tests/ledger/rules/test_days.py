import pytest

from tests.ledger.bench import Bench, leg
from timebank.errors import DayError, PeriodClosedError
from timebank.flows.movements import Issue


@pytest.fixture
def bench() -> Bench:
    """A book on 1 December 2026 that is closed until 31 October."""
    bench = Bench(today="2026-10-01")
    bench.enrol("ana")
    bench.issue("ana", 5)
    bench.today = "2026-12-01"
    bench.close("2026-10-31")
    return bench


def issue(bench: Bench, *, day: str | None = None, belongs: str | None = None) -> int:
    return bench.post(Issue(legs=(leg("issued", "ana", 1),), day=day, belongs=belongs))


@pytest.mark.parametrize("day", ["2026-12-01", "2026-11-30", "2026-11-01"])
def test_an_entry_happened_on_any_open_day_until_today(bench: Bench, day: str) -> None:
    issue(bench, day=day)

    assert (bench.entry().day, bench.entry().posted) == (day, "2026-12-01")


def test_nothing_happened_after_it_was_posted(bench: Bench) -> None:
    with pytest.raises(DayError, match="is in the future; today is 2026-12-01"):
        issue(bench, day="2026-12-02")


@pytest.mark.parametrize("day", ["2026-10-31", "2026-10-01", "0001-01-01"])
def test_nothing_is_posted_with_a_day_in_a_closed_period(bench: Bench, day: str) -> None:
    with pytest.raises(PeriodClosedError) as caught:
        issue(bench, day=day)

    assert caught.value.closed_until == "2026-10-31"


def test_a_late_item_says_which_closed_day_it_belongs_to(bench: Bench) -> None:
    issue(bench, belongs="2026-10-31")

    assert bench.entry().day == "2026-12-01"
    assert bench.entry().public["belongs"] == "2026-10-31"


def test_what_belongs_to_an_open_day_is_posted_with_that_day(bench: Bench) -> None:
    with pytest.raises(DayError, match="is not in a closed period"):
        issue(bench, belongs="2026-11-01")


def test_posted_never_goes_back(bench: Bench) -> None:
    earlier = Bench(today="2026-11-30")
    earlier.enrol("ana")
    entry = earlier.write(earlier.draft(Issue(legs=(leg("issued", "ana", 1),)))).entry

    with pytest.raises(DayError, match="posted before the entry ahead of it"):
        bench.check(entry, ((0, 2),))


def test_when_the_clock_goes_back_entries_are_posted_with_the_last_day(bench: Bench) -> None:
    bench.today = "2026-11-30"

    issue(bench)

    assert (bench.entry().day, bench.entry().posted) == ("2026-12-01", "2026-12-01")
