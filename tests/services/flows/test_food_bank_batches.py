"""Batches of a food bank: each item sees what those before it moved, stopped and defined."""

import pytest

from tests.installations import Community, open_balance
from tests.services.flows.checks import check_book, has
from tests.services.flows.food_bank import (
    QUARANTINE,
    RICE,
    TWO,
    YICANG,
    balance,
    codes_of,
    count,
    goods,
    last,
    lot,
    move,
    send,
    spoil,
    stock,
    stocked,
    take_in,
)
from tests.services.flows.test_food_bank import _tea
from timebank.flows.definitions import DefineCommodity
from timebank.flows.goods import Batch
from timebank.flows.intakes import Inspect, TakeIn
from timebank.flows.movements import OpenBalances
from timebank.flows.moves import Arrive, Move
from timebank.flows.reversals import Reverse
from timebank.flows.rounds import EndRound


@pytest.fixture
def bank(community: Community) -> Community:
    """Two places, a carrier, and on a shelf 50 of rice, 20 good until 10 March, 10 for prizes."""
    return stocked(community)


def test_a_recall_in_a_batch_stops_what_comes_after_it(bank: Community) -> None:
    recall = last(bank) + 2

    codes = codes_of(
        bank,
        send(bank, 1),
        spoil("rice-2", 1, "recalled"),
        move(bank, 1, "rice-2"),
        send(bank, 1),
        spoil("rice-1", 1, "recalled"),
        send(bank, 1),
        move(bank, 1, "rice-1"),
        by=TWO,
    )

    assert codes == ["", "", "lot_recalled", "", "", "insufficient_balance", "lot_recalled"]
    assert codes_of(bank, Reverse(reverses=recall), move(bank, 1, "rice-2"), by=TWO) == ["", ""]
    assert balance(bank, "transit", "rice-2") == 2
    check_book(bank)


def test_each_round_of_a_batch_goes_on_where_the_one_before_stopped(bank: Community) -> None:
    codes = codes_of(
        bank,
        send(bank, 15),
        send(bank, 15),
        send(bank, 1, "rice-2"),
        send(bank, 40, "rice-1"),
        send(bank, 1),
    )

    assert codes == ["", "", "insufficient_balance", "", "insufficient_balance"]
    assert (balance(bank, "transit", "rice-2"), balance(bank, "transit", "rice-1")) == (20, 50)
    check_book(bank)


def test_what_a_batch_puts_on_the_shelf_can_go_out_in_the_same(bank: Community) -> None:
    """By an inspection, an arrival, a count, a reversal or an opening balance; first by expiry."""
    for number in range(1, 6):
        bank.post(lot(f"new-{number}", expires=f"2026-03-0{number}"))
    received = bank.post(take_in("new-1", 1)).seq
    stock(bank, "new-2", 1)
    moved = bank.post(move(bank, 1, "new-2")).seq
    stock(bank, "new-4", 1)
    spoiled = bank.post(spoil("new-4", 1), by=TWO).seq
    leg = bank.leg("world:opening", YICANG, 1, commodity=RICE, lot="new-5")
    found = ("new-3", 1)

    codes = codes_of(
        bank,
        Inspect(received=received),
        Arrive(move=moved, place=YICANG),
        count(spoiled, found),
        Reverse(reverses=spoiled),
        OpenBalances(legs=(leg,), list="A" * 43 + "="),
        send(bank, 6),
        send(bank, 1, "new-1"),
        by=("system", *TWO),
    )

    assert codes == ["", "", "", "", "", "", "insufficient_balance"]
    ended = bank.post(EndRound(round=last(bank)))
    assert [(leg.lot, leg.amount) for leg in ended.entry.legs] == [
        *((f"new-{number}", 1) for number in range(1, 6)),
        ("rice-2", 1),
    ]
    check_book(bank)


def test_what_a_batch_defines_can_be_used_in_the_same(bank: Community) -> None:
    codes = codes_of(
        bank,
        DefineCommodity(commodity="TEA", commodity_kind="goods", scale=0),
        lot("tea-1", commodity="TEA"),
        TakeIn(to=YICANG, goods=(Batch(commodity="TEA", lot="tea-1", amount=3),)),
        Move(**_tea(bank)),
        count(last(bank), ("rice-1", 50)),
        by=("system", *TWO),
    )

    assert codes == ["", "", "", "insufficient_balance", "no_difference"]
    assert has(bank, QUARANTINE, "TEA") == 3
    check_book(bank)


def test_a_count_sees_what_the_batch_moved_before_it(bank: Community) -> None:
    against = last(bank)

    codes = codes_of(
        bank,
        count(against, ("rice-1", 49)),
        count(against, ("rice-1", 48)),
        count(against + 1, ("rice-1", 48)),
        count(against, ("rice-2", 19)),
        move(bank, 1, "prizes"),
        count(against, ("prizes", 8)),
        by=TWO,
    )

    assert codes == ["", "stale_state", "", "", "", "stale_state"]
    assert [balance(bank, YICANG, code) for code in ("rice-1", "rice-2", "prizes")] == [48, 19, 9]
    check_book(bank)


def test_a_batch_inspects_and_ends_a_round_once(bank: Community) -> None:
    received = bank.post(take_in("rice-1", 10)).seq
    sent = bank.post(send(bank, 10)).seq

    codes = codes_of(
        bank,
        Inspect(received=received, rejected=goods(1)),
        Inspect(received=received),
        EndRound(round=sent, back=goods(3)),
        EndRound(round=sent),
        Reverse(reverses=sent),
        Reverse(reverses=received),
    )

    assert codes == ["", "over_remaining", "", "over_remaining", "stale_state", "stale_state"]
    check_book(bank)


def test_an_opening_balance_goes_out_like_anything_else(bank: Community) -> None:
    open_balance(bank, YICANG, 5, commodity=RICE, lot="rice-2")

    bank.post(send(bank, 25))

    assert balance(bank, "transit", "rice-2") == 25
    check_book(bank)
