"""Intakes and inspections: what comes in waits, and all of it is accepted or rejected."""

import pytest

from tests.ledger.bench import member_id
from tests.ledger.food_bank import RICE, YICANG, FoodBank, batch, goods
from timebank.errors import (
    FigureError,
    LotError,
    MalformedError,
    NothingLeftError,
    UnknownAccountError,
)
from timebank.flows.goods import Goods
from timebank.flows.intakes import Inspect, TakeIn
from timebank.flows.needs import Needs, Spot, Wanted
from timebank.flows.registry import needs_of

QUARANTINE = f"{YICANG}:quarantine"


@pytest.fixture
def bank() -> FoodBank:
    """A food bank that takes in 10 of one lot and 20 of another."""
    bank = FoodBank()
    bank.lot("rice-1")
    bank.lot("rice-2")
    return bank


def take_in_both(bank: FoodBank) -> int:
    return bank.bench.post(TakeIn(to=YICANG, goods=(*batch("rice-1", 10), *batch("rice-2", 20))))


def test_what_comes_in_waits_in_quarantine(bank: FoodBank) -> None:
    take_in_both(bank)

    assert [(leg.from_, leg.to, leg.lot, leg.amount) for leg in bank.bench.entry().legs] == [
        ("world:donors", QUARANTINE, "rice-1", 10),
        ("world:donors", QUARANTINE, "rice-2", 20),
    ]
    assert bank.bench.entry().public == {}


def test_a_familys_goods_come_to_their_stall(bank: FoodBank) -> None:
    bank.bench.enrol("sun", kind="stall")
    bank.lot("noodles", source="produced")
    stall = f"stalls#{member_id('sun')}"

    bank.bench.post(TakeIn(to=stall, goods=batch("noodles", 5), source="suppliers"))

    assert bank.bench.balance(stall, RICE, "noodles") == 5
    with pytest.raises(UnknownAccountError):
        bank.bench.post(TakeIn(to=f"stalls#{member_id('li')}", goods=batch("noodles", 5)))


def test_an_inspection_lets_through_what_it_does_not_reject(bank: FoodBank) -> None:
    received = take_in_both(bank)

    bank.inspect(received, rejected=3, lot="rice-2")

    assert [(leg.from_, leg.to, leg.lot, leg.amount) for leg in bank.bench.entry().legs] == [
        (QUARANTINE, YICANG, "rice-1", 10),
        (QUARANTINE, YICANG, "rice-2", 17),
        (QUARANTINE, "world:rejected", "rice-2", 3),
    ]
    assert bank.bench.entry().public == {"received": received}


def test_all_can_be_accepted_or_rejected(bank: FoodBank) -> None:
    first, second = take_in_both(bank), take_in_both(bank)

    bank.bench.post(Inspect(received=first))
    rejected = (*goods(10, "rice-1"), *goods(20, "rice-2"))
    bank.bench.post(Inspect(received=second, rejected=rejected, accepted=()))

    assert (bank.on_shelf("rice-1"), bank.on_shelf("rice-2")) == (10, 20)
    assert bank.bench.balance("world:rejected", RICE, "rice-2") == 20


@pytest.mark.parametrize(
    ("accepted", "expected", "found"),
    [
        ((*goods(9, "rice-1"), *goods(17, "rice-2")), 10, 9),
        ((*goods(10, "rice-1"), *goods(18, "rice-2")), 17, 18),
        (goods(10, "rice-1"), 17, 0),
        ((), 10, 0),
    ],
)
def test_accepted_and_rejected_are_what_was_received(
    bank: FoodBank, accepted: tuple[Goods, ...], expected: int, found: int
) -> None:
    received = take_in_both(bank)
    rejected = goods(3, "rice-2")
    command = Inspect(received=received, rejected=rejected, accepted=accepted)

    with pytest.raises(FigureError) as caught:
        bank.bench.post(command)
    assert caught.value.details() == {"field": "accepted", "expected": expected, "found": found}

    right = (*goods(10, "rice-1"), *goods(17, "rice-2"))
    bank.bench.post(Inspect(received=received, rejected=rejected, accepted=right))


def test_no_more_is_rejected_than_was_received(bank: FoodBank) -> None:
    received = take_in_both(bank)

    with pytest.raises(NothingLeftError):
        bank.inspect(received, rejected=11, lot="rice-1")
    with pytest.raises(LotError, match="rice-1 or rice-2"):
        bank.inspect(received, rejected=1)


def test_what_came_back_is_inspected_where_it_waits(bank: FoodBank) -> None:
    bank.inspect(bank.take_in("rice-1", 10))
    returned = bank.end(bank.send(10), back=4, refused=2)

    bank.inspect(returned, rejected=1)

    assert (bank.in_quarantine("rice-1"), bank.on_shelf("rice-1")) == (0, 3)


def test_intakes_and_inspections_need_what_they_change() -> None:
    intake = TakeIn(to=YICANG, goods=batch("rice-1", 1), source="grantors")

    assert needs_of(intake) == Needs(
        balances=frozenset(
            {
                Wanted("world:grantors", "", RICE, "rice-1"),
                Wanted(QUARANTINE, "", RICE, "rice-1"),
            }
        ),
        lots=frozenset({(RICE, "rice-1")}),
    )
    assert needs_of(Inspect(received=7)) == Needs(
        entries=frozenset({7}),
        counterparts=frozenset({Spot("world:rejected", "")}),
        places=True,
    )


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (TakeIn(to="stock:yicang:quarantine", goods=batch("rice-1", 1)), "to"),
        (TakeIn(to="bank:main", goods=batch("rice-1", 1)), "to"),
        (TakeIn(to="stalls", goods=batch("rice-1", 1)), "to"),
        (TakeIn(to="stalls#sun", goods=batch("rice-1", 1)), "to"),
        (TakeIn(to=YICANG, goods=batch("", 1)), "goods[0].lot"),
        (Inspect(received=7, rejected=goods(1, "A")), "rejected[0].lot"),
        (Inspect(received=7, accepted=goods(1, commodity="rice")), "accepted[0].commodity"),
    ],
)
def test_what_is_not_well_formed_is_told_by_field(command: TakeIn | Inspect, field: str) -> None:
    with pytest.raises(MalformedError) as caught:
        needs_of(command)

    assert caught.value.field == field
