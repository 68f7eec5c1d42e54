import pytest

from tests.ledger.bench import Bench, replay
from tests.ledger.time_bank import time_bank
from timebank.errors import (
    AccountClosedError,
    AlreadyUsedError,
    FactsError,
    LogBrokenError,
    UnknownAccountError,
)
from timebank.flows.attendances import Attendance
from timebank.ledger.model import Draft


@pytest.fixture
def bench() -> Bench:
    return time_bank()


def attendance(event: str = "open-day-2026", *, group: str | None = None) -> Attendance:
    return Attendance(event=event, category="culture", headcount=120, group=group)


def test_a_headcount_moves_nothing(bench: Bench) -> None:
    seq = bench.post(attendance(group="groups:chess"))

    entry = bench.entry(seq)
    assert (entry.legs, entry.seals) == ((), ())
    assert entry.public == {
        "category": "culture",
        "event": "open-day-2026",
        "group": "groups:chess",
        "headcount": 120,
    }
    bench.replay()
    bench.keyed_replay()


def test_an_event_is_counted_once_until_that_is_reversed(bench: Bench) -> None:
    first = bench.post(attendance())

    with pytest.raises(AlreadyUsedError):
        bench.post(attendance())
    with pytest.raises(LogBrokenError, match="already_used"):
        replay(bench.forge(bench.draft(attendance())))
    bench.reverse(first)
    bench.post(attendance())
    bench.replay()


def test_the_group_is_one_that_is_there(bench: Bench) -> None:
    with pytest.raises(UnknownAccountError):
        bench.post(attendance(group="groups:nobody"))
    with pytest.raises(LogBrokenError, match="unknown_account"):
        replay(bench.forge(bench.draft(attendance(group="groups:nobody"))))


@pytest.mark.parametrize("group", ["pool:donated", "members"])
def test_what_is_no_group_is_not_said_to_be_missing(bench: Bench, group: str) -> None:
    with pytest.raises(FactsError, match=r"group: must be an account groups:\*"):
        bench.post(attendance(group=group))
    with pytest.raises(LogBrokenError, match="facts_invalid"):
        replay(bench.forge(bench.draft(attendance(group=group))))


def test_the_group_still_exists(bench: Bench) -> None:
    bench.close_account("groups:chess")

    with pytest.raises(AccountClosedError):
        bench.post(attendance(group="groups:chess"))


@pytest.mark.parametrize("headcount", [0, -1, 1_000_001])
def test_a_headcount_is_at_least_one(bench: Bench, headcount: int) -> None:
    draft = bench.draft(attendance())
    wrong = Draft(kind=draft.kind, day=draft.day, public={**draft.public, "headcount": headcount})

    with pytest.raises(FactsError, match="headcount"):
        bench.append(wrong)
