import pytest

from tests.ledger.bench import Bench, member_id, place, replay
from tests.ledger.time_bank import TWO_STAFF, adjust, expire, fact, policy, time_bank
from timebank.errors import (
    CapacityError,
    DayError,
    FactsError,
    InsufficientBalanceError,
    LegPatternError,
    LogBrokenError,
    MalformedError,
    NothingExpiredError,
    SamePersonError,
)
from timebank.flows.needs import Aged, Needs, Wanted
from timebank.flows.registry import needs_of
from timebank.flows.retirements import Adjust, Expire

ANA = member_id("ana")


@pytest.fixture
def bench() -> Bench:
    """A time bank where points expire after 30 days and ana has 50."""
    bench = time_bank()
    policy(bench, fact("expiry_days", 30, "POINT"))
    bench.issue("ana", 50)
    return bench


def test_an_expiry_needs_what_there_is_and_what_came_in_since() -> None:
    command = Expire(accounts=(place("ana"), "groups:chess"), commodity="POINT", until="2026-01-31")
    spots = (("members", ANA), ("groups:chess", ""))

    assert needs_of(command) == Needs(
        balances=frozenset(
            Wanted(*spot, "POINT", "") for spot in (*spots, ("retired:expired", ""))
        ),
        arrivals=frozenset(Aged(*spot, "POINT", "2026-01-31") for spot in spots),
    )


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (Expire(accounts=("members#ana",), commodity="POINT", until="2026-01-31"), "accounts[0]"),
        (Expire(accounts=("groups:a",), commodity="p", until="2026-01-31"), "commodity"),
        (Expire(accounts=("groups:a",), commodity="POINT", until="January"), "until"),
        (Adjust(account="Groups", amount=1, commodity="POINT", policy=1), "account"),
    ],
)
def test_a_malformed_command_is_told(command: Expire | Adjust, field: str) -> None:
    with pytest.raises(MalformedError) as caught:
        needs_of(command)

    assert caught.value.field == field


def test_accounts_of_which_nothing_expires_are_left_out(bench: Bench) -> None:
    bench.today = "2026-12-22"
    bench.issue("bo", 10)

    expire(bench, "bo", "ana", "groups:chess", until="2026-11-22")

    assert [leg.amount for leg in bench.entry().legs] == [50]
    with pytest.raises(NothingExpiredError) as caught:
        expire(bench, "bo", "ana", until="2026-11-22")
    assert str(caught.value).startswith("of the POINT that came in until 2026-11-22 nothing")


def test_what_is_too_young_is_told_also_where_there_is_nothing(bench: Bench) -> None:
    bench.today = "2026-12-22"

    with pytest.raises(DayError, match="2026-12-21: is less than 30 days before 2026-12-22"):
        expire(bench, "cy", until="2026-12-21")


def test_an_adjustment_cites_a_policy_in_force(bench: Bench) -> None:
    cited = bench.state.size - 2

    adjust(bench, "ana", 20, policy=cited)

    assert bench.entry().public == {"policy": cited}
    assert (bench.balance("ana"), bench.balance("retired:adjusted")) == (30, 20)
    later = policy(bench, fact("hold_days", 9), in_force="2026-12-01")
    for wrong in (cited + 1, later, 999):
        with pytest.raises(FactsError, match=f"entry {wrong} is no policy in force"):
            adjust(bench, "ana", 1, policy=wrong)
    bench.replay()
    bench.keyed_replay()


def test_an_adjustment_takes_no_more_than_there_is(bench: Bench) -> None:
    cited = bench.state.size - 2
    with pytest.raises(InsufficientBalanceError):
        adjust(bench, "ana", 51, policy=cited)
    with pytest.raises(LegPatternError):
        adjust(bench, "issued", 1, policy=cited)


@pytest.mark.parametrize(
    ("by", "error"),
    [
        (("staff:treasurer:1",), SamePersonError),
        (("staff:treasurer:1", "staff:verifier:1"), SamePersonError),
        (("staff:coordinator:1", "staff:verifier:2"), CapacityError),
        (("system",), CapacityError),
    ],
)
def test_an_adjustment_takes_the_treasurer_and_another_officer(
    bench: Bench, by: tuple[str, ...], error: type[Exception]
) -> None:
    command = Adjust(account=place("ana"), amount=1, commodity="POINT", policy=bench.state.size - 2)

    with pytest.raises(error):
        bench.post(command, by=by)
    with pytest.raises(LogBrokenError):
        replay(bench.forge(bench.draft(command), by=by))
    bench.post(command, by=TWO_STAFF)
