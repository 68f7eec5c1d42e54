"""What one entry allows and others draw on, by a permit to give points away.

How plans and spends of money do is shown with the funds.
"""

import pytest

from tests.ledger.bench import Bench, leg, replay
from timebank.errors import LogBrokenError, NothingLeftError, StaleStateError
from timebank.ledger.model import Draft, DraftLeg, Place
from timebank.ledger.registry import (
    FactSpec,
    Kind,
    LegCount,
    Pattern,
    Refers,
    standard_registry,
)

PERMIT = Kind(
    kind="permit",
    by=(("system",),),
    facts={"points": FactSpec(type="integer", least=0)},
    reversible=True,
    allows="points",
)
GIVEN = Kind(
    kind="given",
    by=(("system",),),
    facts={"permit": FactSpec(type="integer", least=0, optional=True)},
    legs=LegCount(least=1, most=4),
    patterns=(
        Pattern(from_="pool:*", to="groups:*", kinds=("points",)),
        Pattern(from_="world:suppliers", to="stalls", kinds=("goods",)),
    ),
    reversible=True,
    refers=(Refers("permit", "permit"),),
    draws="permit",
)


@pytest.fixture
def bench() -> Bench:
    """A book whose club has taken 100 points over, and a permit to give 10 of them: entry 6."""
    bench = Bench(kinds=standard_registry().with_kinds(PERMIT, GIVEN))
    bench.define("TEA", "goods")
    bench.lot("TEA", "b-1")
    bench.account("groups:tea")
    bench.take_over(leg("issued", "pool:donated", 100))
    assert permit(bench) == 6
    return bench


def permit(bench: Bench, points: int = 10) -> int:
    return bench.append(Draft(kind="permit", day=bench.today, public={"points": points}))


def draft(bench: Bench, *points: int, permit: int | None = 6) -> Draft:
    pool, club = Place("pool:donated"), Place("groups:tea")
    legs = tuple(DraftLeg(amount, "POINT", "", pool, club) for amount in points)
    return Draft(kind="given", day=bench.today, legs=legs, public=naming(permit))


def naming(permit: int | None) -> dict[str, int]:
    return {} if permit is None else {"permit": permit}


def give(bench: Bench, *points: int, permit: int | None = 6) -> int:
    return bench.append(draft(bench, *points, permit=permit))


def test_all_legs_draw_on_what_is_allowed_until_nothing_is_left(bench: Bench) -> None:
    give(bench, 3, 4)
    assert bench.state.remainders[6, 0] == 3

    with pytest.raises(NothingLeftError) as caught:
        give(bench, 2, 2)
    assert caught.value.details() == {"seq": 6, "remaining": 3, "asked": 4}
    with pytest.raises(LogBrokenError, match="over_remaining"):
        replay(bench.forge(draft(bench, 4)), kinds=bench.kinds)

    give(bench, 3)
    assert bench.state.remainders == {}
    with pytest.raises(NothingLeftError, match="of entry 6 0 is left, 1 was asked"):
        give(bench, 1)


def test_each_allowance_is_drawn_on_alone(bench: Bench) -> None:
    other = permit(bench, 5)
    give(bench, 5, permit=other)

    assert bench.state.remainders == {(6, 0): 10}
    give(bench, 10)


def test_what_is_taken_back_may_be_drawn_again(bench: Bench) -> None:
    whole = give(bench, 10)
    reversal = bench.reverse(whole)
    give(bench, 6)
    again = give(bench, 4)

    assert reversal == whole + 1
    bench.reverse(again)
    assert bench.state.remainders == {(6, 0): 4}
    assert replay(bench.bodies, kinds=bench.kinds).state.remainders == {(6, 0): 4}


def test_an_allowance_that_was_drawn_on_stays(bench: Bench) -> None:
    first = give(bench, 1)
    forged = bench.forge(
        Draft(kind="reversal", day=bench.today, public={"reverses": 6}, details=({},))
    )

    with pytest.raises(StaleStateError, match="entry 6: 1 of it has been drawn"):
        bench.reverse(6)
    with pytest.raises(LogBrokenError, match="1 of it has been drawn"):
        replay(forged, kinds=bench.kinds)
    bench.reverse(first)
    bench.reverse(6)

    assert bench.state.remainders == {}
    with pytest.raises(StaleStateError, match="entry 6: was reversed"):
        give(bench, 1)


def test_an_allowance_of_nothing_allows_nothing(bench: Bench) -> None:
    empty = permit(bench, 0)

    with pytest.raises(NothingLeftError):
        give(bench, 1, permit=empty)
    bench.reverse(empty)


def test_what_names_no_allowance_draws_on_none(bench: Bench) -> None:
    give(bench, 50, permit=None)

    assert bench.state.remainders == {(6, 0): 10}


def test_goods_that_are_paid_for_do_not_count(bench: Bench) -> None:
    number = bench.enrol("shop", kind="stall")
    goods = DraftLeg(70, "TEA", "b-1", Place("world:suppliers"), Place("stalls", number))
    paid = draft(bench, 4)
    bought = Draft(kind="given", day=bench.today, legs=(*paid.legs, goods), public=paid.public)

    seq = bench.append(bought)
    assert bench.state.remainders == {(6, 0): 6}
    bench.reverse(seq)
    assert bench.state.remainders == {(6, 0): 10}
