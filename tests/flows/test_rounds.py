"""Delivery rounds: what goes out, what comes back, and that nobody who was helped can be told."""

from typing import Any

import pytest

from tests.ledger.bench import member_id
from tests.ledger.food_bank import RICE, VAN, YICANG, FoodBank, goods
from timebank.errors import (
    ContinuationError,
    FigureError,
    InsufficientBalanceError,
    LotError,
    MalformedError,
    NothingLeftError,
    UnknownEntryError,
)
from timebank.flows.command import Command
from timebank.flows.needs import Needs, Spot
from timebank.flows.registry import needs_of
from timebank.flows.rounds import EndRound, HandOver, SendRound
from timebank.ledger.registry import standard_registry

FOOD_BANK = (
    "intake",
    "inspection",
    "move",
    "arrival",
    "round.out",
    "round.back",
    "spoilage",
    "count",
)


@pytest.fixture
def bank() -> FoodBank:
    """A food bank with 10 that expire, 20 that do not, and 30 that are no aid."""
    bank = FoodBank()
    bank.stock("ever", 20)
    bank.stock("soon", 10, expires="2026-11-30")
    bank.stock("prizes", 30, uses=["reward"])
    return bank


def handed(count: int) -> tuple[HandOver, ...]:
    return tuple(HandOver(parcel=f"parcel-{one}", confirmed="code") for one in range(count))


def test_what_expires_first_goes_out_as_far_as_it_is_aid(bank: FoodBank) -> None:
    bank.send(30, households=9)

    assert [(leg.lot, leg.amount) for leg in bank.bench.entry().legs] == [
        ("soon", 10),
        ("ever", 20),
    ]
    assert bank.bench.entry().public == {"households": 9}
    with pytest.raises(InsufficientBalanceError, match="stock:yicang has 0 RICE, 1 too few"):
        bank.send(1)


def test_what_is_not_back_was_handed_over(bank: FoodBank) -> None:
    sent = bank.send(8)

    bank.end(sent, back=3, lost=1, refused=1, absent=2)

    quarantine = f"{YICANG}:quarantine"
    assert [(leg.to, leg.amount) for leg in bank.bench.entry().legs] == [
        ("world:consumed", 4),
        (quarantine, 3),
        ("world:lost", 1),
    ]
    assert bank.bench.entry().public == {"absent": 2, "refused": 1, "round": sent}
    assert {leg.from_ for leg in bank.bench.entry().legs} == {bank.bench.entry(sent).legs[0].to}


def test_a_lot_that_came_back_is_named_where_several_went_out(bank: FoodBank) -> None:
    sent = bank.send(12)

    with pytest.raises(LotError, match="the lot must be named: ever or soon"):
        bank.end(sent, back=1)
    bank.bench.post(EndRound(round=sent, back=goods(1, "ever"), refused=1))

    assert bank.bench.balance("world:consumed", RICE, "soon") == 10
    assert bank.in_quarantine("ever") == 1


@pytest.mark.parametrize(("back", "lost"), [(9, 0), (0, 9), (5, 4)])
def test_no_more_comes_back_than_went_out(bank: FoodBank, back: int, lost: int) -> None:
    sent = bank.send(8)

    with pytest.raises(NothingLeftError):
        bank.end(sent, back=back, lost=lost)


def test_a_round_ends_once(bank: FoodBank) -> None:
    sent = bank.send(8)
    bank.end(sent)

    with pytest.raises(NothingLeftError):
        bank.end(sent)
    with pytest.raises(UnknownEntryError):
        bank.end(bank.bench.state.size)
    with pytest.raises(ContinuationError, match=r"is no round\.out"):
        bank.end(bank.move(1))


def test_hand_overs_are_those_of_all_who_took_something(bank: FoodBank) -> None:
    sent = bank.send(8, households=6)
    for count in (4, 6):
        with pytest.raises(FigureError) as caught:
            bank.end(sent, back=1, refused=1, handovers=handed(count))
        assert caught.value.details() == {"field": "handovers", "expected": 5, "found": count}

    bank.end(sent, back=1, refused=1, handovers=handed(5))

    sealed: Any = bank.bench.sealed()
    assert sealed["handovers"][0] == {"parcel": "parcel-0", "confirmed": "code"}
    assert "parcel" not in bank.bench.bodies[-1].decode()


@pytest.mark.parametrize("kind", FOOD_BANK)
def test_nothing_in_public_can_say_who_was_helped(kind: str) -> None:
    """Counts, days, places of other entries and choices of our own: no text, no code, no hash."""
    facts = standard_registry().kind(kind).facts

    assert {spec.type for spec in facts.values()} <= {"day", "integer", "choice"}
    assert facts.keys() <= {
        *("belongs", "received", "move", "round", "households", "refused", "absent"),
        *("reason", "against"),
    }


@pytest.mark.parametrize("kind", ["round.out", "round.back"])
def test_aid_never_goes_to_an_account_of_somebody(kind: str) -> None:
    ends = {pattern.to for pattern in standard_registry().kind(kind).patterns}

    assert ends <= {"transit", "world:consumed", "world:lost", "stock:*:quarantine"}


def test_rounds_need_what_they_change() -> None:
    command = SendRound(place=YICANG, carrier=VAN, households=5, goods=goods(1))

    assert needs_of(command) == Needs(
        shelves=frozenset({(YICANG, RICE)}),
        counterparts=frozenset({Spot(YICANG, ""), Spot("transit", member_id("van"))}),
    )
    assert needs_of(EndRound(round=7)) == Needs(
        entries=frozenset({7}),
        counterparts=frozenset({Spot("world:consumed", ""), Spot("world:lost", "")}),
        places=True,
    )


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (SendRound(place="issued", carrier=VAN, households=5, goods=goods(1)), "place"),
        (SendRound(place=YICANG, carrier="van", households=5, goods=goods(1)), "carrier"),
        (SendRound(place=YICANG, carrier=VAN, households=5, goods=goods(1, "A")), "goods[0].lot"),
        (EndRound(round=7, back=goods(1, "A")), "back[0].lot"),
        (EndRound(round=7, lost=goods(1, "A")), "lost[0].lot"),
        (EndRound(round=7, handovers=handed(2) + handed(1)), "handovers[2].parcel"),
        (
            EndRound(round=7, handovers=(HandOver(parcel="a\nb", confirmed="neighbour"),)),
            "handovers[0].parcel",
        ),
    ],
)
def test_what_is_not_well_formed_is_told_by_field(command: Command, field: str) -> None:
    with pytest.raises(MalformedError) as caught:
        needs_of(command)

    assert caught.value.field == field
