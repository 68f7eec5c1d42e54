from typing import Any

import pytest

from tests.ledger.bench import Bench, member_id, place, replay
from tests.ledger.time_bank import TWO_STAFF, time_bank
from timebank.errors import (
    CapacityError,
    InsufficientBalanceError,
    LegPatternError,
    LogBrokenError,
    MalformedError,
    SamePersonError,
)
from timebank.flows.gifts import Give, GrantFromPool
from timebank.flows.needs import Needs, Wanted
from timebank.flows.registry import needs_of

ANA = place("ana")


@pytest.fixture
def bench() -> Bench:
    """A time bank where ana has 50 points."""
    bench = time_bank()
    bench.issue("ana", 50)
    return bench


def give(amount: int, **more: Any) -> Give:  # noqa: ANN401 - any field
    return Give(**{"giver": ANA, **more}, amount=amount, commodity="POINT")


def grant(amount: int, to: str) -> GrantFromPool:
    return GrantFromPool(to=place(to), amount=amount, commodity="POINT")


def test_a_gift_goes_to_the_pool_unless_a_relative_is_named(bench: Bench) -> None:
    bench.post(give(20), by=("member",))
    bench.post(give(5, to=place("bo")), by=("member",))
    bench.issue("groups:chess", 9)
    bench.post(give(9, giver="groups:chess"))

    assert [bench.balance(name) for name in ("ana", "bo", "pool:donated")] == [25, 5, 29]
    bench.replay()
    bench.keyed_replay()


def test_a_gift_needs_the_balances_of_both_sides() -> None:
    wanted = {("members", member_id("ana")), ("pool:donated", "")}

    assert needs_of(give(1)) == Needs(
        balances=frozenset(Wanted(*spot, "POINT", "") for spot in wanted)
    )
    with pytest.raises(MalformedError):
        needs_of(give(1, giver="members#ana"))
    with pytest.raises(MalformedError, match="to: is the same as giver"):
        needs_of(give(1, to=ANA))


def test_nobody_gives_more_than_there_is_or_out_of_nothing(bench: Bench) -> None:
    with pytest.raises(InsufficientBalanceError):
        bench.post(give(51))
    for giver, to in (("issued", "pool:donated"), ("pool:donated", place("bo"))):
        with pytest.raises(LegPatternError):
            bench.post(give(1, giver=giver, to=to))
    with pytest.raises(LegPatternError):
        bench.post(give(1, to="retired:adjusted"))


def test_the_pool_grants_what_it_has_to_a_member_or_a_club(bench: Bench) -> None:
    bench.post(give(20))
    bench.post(grant(12, "bo"), by=TWO_STAFF)
    bench.post(grant(3, "groups:chess"), by=TWO_STAFF)

    assert [bench.balance(name) for name in ("bo", "groups:chess", "pool:donated")] == [12, 3, 5]
    with pytest.raises(InsufficientBalanceError):
        bench.post(grant(6, "bo"), by=TWO_STAFF)
    with pytest.raises(LegPatternError):
        bench.post(grant(1, "retired:expired"), by=TWO_STAFF)
    bench.replay()
    bench.keyed_replay()


@pytest.mark.parametrize(
    ("by", "error"),
    [
        (("staff:treasurer:1",), SamePersonError),
        (("staff:treasurer:1", "staff:verifier:1"), SamePersonError),
        (("staff:treasurer:1", "system"), SamePersonError),
        (("member", "system"), CapacityError),
    ],
)
def test_a_grant_takes_two_officers(bench: Bench, by: tuple[str, ...], error: type) -> None:
    bench.post(give(20))

    with pytest.raises(error):
        bench.post(grant(1, "bo"), by=by)
    with pytest.raises(LogBrokenError):
        replay(bench.forge(bench.draft(grant(1, "bo")), by=by))


def test_a_gift_that_was_granted_away_cannot_be_reversed(bench: Bench) -> None:
    gift = bench.post(give(20))
    granted = bench.post(grant(12, "bo"), by=TWO_STAFF)

    with pytest.raises(InsufficientBalanceError) as caught:
        bench.reverse(gift)
    assert caught.value.details()["shortfall"] == 12
    bench.reverse(granted)
    bench.reverse(gift)
    assert bench.balance("ana") == 50
