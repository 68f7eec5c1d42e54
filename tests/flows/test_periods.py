import pytest

from tests.ledger.bench import Bench
from timebank.errors import DayError, MalformedError
from timebank.flows.needs import Needs
from timebank.flows.periods import Close
from timebank.flows.registry import needs_of
from timebank.ledger.trial_balance import digest, trial_balance


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.enrol("ana")
    bench.issue("ana", 100)
    bench.today = "2026-12-01"
    return bench


def test_a_close_states_what_the_book_adds_up_to(bench: Bench) -> None:
    draft = bench.draft(Close(until="2026-11-30"))

    assert draft.day == "2026-12-01"
    assert draft.public == {
        "totals": [{"amount": 100, "commodity": "POINT"}],
        "trial_balance": digest(trial_balance(bench.state, "2026-11-30")),
        "until": "2026-11-30",
    }


def test_a_close_before_anything_happened_has_no_totals(bench: Bench) -> None:
    bench.close("2026-11-21")

    assert bench.entry().public["totals"] == []
    assert bench.entry().public["trial_balance"] == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def test_a_period_that_is_not_over_is_refused_before_it_is_added_up(bench: Bench) -> None:
    with pytest.raises(DayError, match="is not over"):
        bench.draft(Close(until="2026-12-01"))


def test_it_needs_the_trial_balance_of_its_last_day() -> None:
    assert needs_of(Close(until="2026-11-30")) == Needs(trial_balance="2026-11-30")
    with pytest.raises(MalformedError, match="until"):
        needs_of(Close(until="November"))
