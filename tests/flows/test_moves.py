"""Moves and arrivals: goods on the way are seen, and all of them arrive or are lost."""

import pytest

from tests.ledger.bench import member_id
from tests.ledger.food_bank import DEPOT, RICE, VAN, YICANG, FoodBank, goods
from timebank.errors import (
    InsufficientBalanceError,
    LegPatternError,
    MalformedError,
    NothingLeftError,
    UnknownAccountError,
)
from timebank.flows.moves import Arrive, Move
from timebank.flows.needs import Needs, Spot
from timebank.flows.registry import needs_of


@pytest.fixture
def bank() -> FoodBank:
    """A food bank with 10 that expire and 20 that do not."""
    bank = FoodBank()
    bank.stock("ever", 20)
    bank.stock("soon", 10, expires="2026-11-30")
    return bank


def test_goods_that_left_are_with_the_carrier_until_they_arrive(bank: FoodBank) -> None:
    moved = bank.move(12)
    assert (bank.on_the_way("soon"), bank.on_the_way("ever")) == (10, 2)
    assert (bank.on_shelf("soon"), bank.on_shelf("ever")) == (0, 18)

    bank.arrive(moved)

    assert (bank.on_the_way("soon"), bank.on_the_way("ever")) == (0, 0)
    assert (bank.on_shelf("soon", DEPOT), bank.on_shelf("ever", DEPOT)) == (10, 2)
    assert bank.bench.entry().public == {"move": moved}


def test_what_does_not_arrive_is_lost_and_not_with_the_carrier(bank: FoodBank) -> None:
    moved = bank.move(8)

    bank.arrive(moved, lost=3)

    assert (bank.on_the_way("soon"), bank.on_shelf("soon", DEPOT)) == (0, 5)
    assert bank.bench.balance("world:lost", RICE, "soon") == 3
    assert len(bank.bench.entry().legs) == 2
    bank.bench.keyed_replay()


def test_an_arrival_repeats_the_references_of_its_move(bank: FoodBank) -> None:
    moved = bank.move(12)
    sent = [leg.to for leg in bank.bench.entry(moved).legs]

    bank.arrive(moved)

    assert [leg.from_ for leg in bank.bench.entry().legs] == sent


def test_no_more_is_lost_than_was_sent(bank: FoodBank) -> None:
    with pytest.raises(NothingLeftError):
        bank.arrive(bank.move(8), lost=9)


def test_two_moves_with_one_carrier_are_told_apart(bank: FoodBank) -> None:
    first, second = bank.move(4), bank.move(5)

    bank.arrive(second)

    assert bank.on_the_way("soon") == 4
    bank.arrive(first, place=YICANG)
    assert bank.on_shelf("soon") == 5


def test_no_more_leaves_than_is_there(bank: FoodBank) -> None:
    with pytest.raises(InsufficientBalanceError):
        bank.move(31)
    with pytest.raises(InsufficientBalanceError):
        bank.move(11, "soon")


def test_goods_go_with_a_carrier(bank: FoodBank) -> None:
    bank.bench.enrol("ana")

    with pytest.raises(LegPatternError, match="transit is for a carrier"):
        bank.bench.post(Move(place=YICANG, carrier=member_id("ana"), goods=goods(1)))
    with pytest.raises(UnknownAccountError):
        bank.bench.post(Move(place=YICANG, carrier=member_id("nobody"), goods=goods(1)))


def test_moves_and_arrivals_need_what_they_change() -> None:
    assert needs_of(Move(place=YICANG, carrier=VAN, goods=goods(1))) == Needs(
        shelves=frozenset({(YICANG, RICE)}),
        counterparts=frozenset({Spot(YICANG, ""), Spot("transit", VAN)}),
    )
    assert needs_of(Arrive(move=7, place=DEPOT)) == Needs(
        entries=frozenset({7}),
        counterparts=frozenset({Spot(DEPOT, ""), Spot("world:lost", "")}),
    )


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (Move(place="bank:main", carrier=VAN, goods=goods(1)), "place"),
        (Move(place=YICANG, carrier="van", goods=goods(1)), "carrier"),
        (Move(place=YICANG, carrier=VAN, goods=goods(1, "A")), "goods[0].lot"),
        (Arrive(move=7, place="stock:a:quarantine"), "place"),
        (Arrive(move=7, place=DEPOT, lost=goods(1, "A")), "lost[0].lot"),
    ],
)
def test_what_is_not_well_formed_is_told_by_field(command: Move | Arrive, field: str) -> None:
    with pytest.raises(MalformedError) as caught:
        needs_of(command)

    assert caught.value.field == field
