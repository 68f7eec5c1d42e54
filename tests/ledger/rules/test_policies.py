import pytest

from tests.ledger.bench import Bench, leg, replay
from timebank.errors import FactsError, LogBrokenError
from timebank.flows.movements import Issue, Reclaim


@pytest.fixture
def bench() -> Bench:
    """A book with ana and two policies, one in force from December on."""
    bench = Bench()
    bench.enrol("ana")
    assert bench.policy("hold_days", 7) == 3
    assert bench.policy("hold_days", 14, in_force="2026-12-01") == 4
    return bench


def issue(bench: Bench, policy: int, *, day: str | None = None, belongs: str | None = None) -> int:
    command = Issue(legs=(leg("issued", "ana", 1),), policy=policy, day=day, belongs=belongs)
    return bench.post(command)


def test_an_issue_or_reclaim_cites_a_policy_in_force(bench: Bench) -> None:
    issue(bench, 3)
    bench.post(Reclaim(legs=(leg("ana", "issued", 1),), policy=3))

    assert bench.entry().public == {"policy": 3}


@pytest.mark.parametrize("policy", [1, 2, 5, 999])
def test_what_is_cited_must_be_a_policy(bench: Bench, policy: int) -> None:
    with pytest.raises(FactsError, match=f"policy: entry {policy} is no policy in force"):
        issue(bench, policy)


def test_it_must_have_been_in_force_on_the_day(bench: Bench) -> None:
    with pytest.raises(FactsError, match="entry 4 is no policy in force on 2026-11-22"):
        issue(bench, 4)

    bench.today = "2026-12-02"
    with pytest.raises(FactsError):
        issue(bench, 4, day="2026-11-30")
    issue(bench, 4)
    issue(bench, 3)


def test_the_day_of_a_late_item_is_the_one_it_belongs_to(bench: Bench) -> None:
    bench.today = "2026-12-02"
    bench.close("2026-11-30")

    issue(bench, 3, belongs="2026-11-30")
    with pytest.raises(FactsError, match="on 2026-11-30"):
        issue(bench, 4, belongs="2026-11-30")


def test_the_log_alone_shows_a_policy_that_is_none(bench: Bench) -> None:
    draft = bench.draft(Issue(legs=(leg("issued", "ana", 1),), policy=2))

    with pytest.raises(LogBrokenError, match="entry 2 is no policy"):
        replay(bench.forge(draft))
