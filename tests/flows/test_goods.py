"""Goods in commands: which lots are picked, and of which earlier legs goods are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.bench import Bench, leg, member_id
from tests.ledger.food_bank import RICE, YICANG, FoodBank, batch, goods
from tests.ledger.market import TWO, Market
from timebank.errors import (
    ContinuationError,
    InsufficientBalanceError,
    LotError,
    MalformedError,
    NothingLeftError,
    TooLargeError,
    UnknownAccountError,
    UnknownCommodityError,
    UnknownEntryError,
)
from timebank.flows.drafts import draft_of_goods
from timebank.flows.goods import (
    Batch,
    Goods,
    OpenLeg,
    carrier_of,
    check_goods,
    check_place,
    leg_of,
    merge,
    needs_of_lots,
    needs_of_shelf,
    open_legs,
    pick,
    share_out,
)
from timebank.flows.intakes import Inspect, TakeIn
from timebank.flows.needs import Needs, Spot, Wanted
from timebank.ledger.model import Place

TODAY = "2026-11-22"


@pytest.fixture
def bank() -> FoodBank:
    """A food bank with 10 that are good until today, 20 until the new year and 30 for ever."""
    bank = FoodBank()
    bank.stock("ever", 30)
    bank.stock("late", 20, expires="2026-12-31")
    bank.stock("soon", 10, expires=TODAY)
    return bank


def picked(bank: FoodBank, *wanted: Goods, day: str = TODAY, use: str = "") -> dict[str, int]:
    found = pick(YICANG, wanted, day, bank.bench.facts(), use=use)
    return {one.lot: one.amount for one in found}


def opened(*legs: tuple[str, int]) -> list[OpenLeg]:
    """Legs of these lots with so much left."""
    return [
        OpenLeg(leg("world:donors", f"{YICANG}:quarantine", 99, RICE, lot), (0, 0), left)
        for lot, left in legs
    ]


# --- from which lots ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "lots"),
    [
        (1, {"soon": 1}),
        (10, {"soon": 10}),
        (11, {"soon": 10, "late": 1}),
        (60, {"soon": 10, "late": 20, "ever": 30}),
    ],
)
def test_what_expires_first_is_picked_first(
    bank: FoodBank, amount: int, lots: dict[str, int]
) -> None:
    assert picked(bank, *goods(amount)) == lots


def test_a_lot_that_is_named_is_taken_before_others_are_picked(bank: FoodBank) -> None:
    assert picked(bank, *goods(15), *goods(8, "soon")) == {"soon": 10, "late": 13}
    assert picked(bank, *goods(99, "none")) == {"none": 99}


def test_goods_without_a_lot_are_picked_together(bank: FoodBank) -> None:
    assert picked(bank, *goods(8), *goods(8)) == {"soon": 10, "late": 6}


def test_what_expires_on_the_same_day_goes_by_age(bank: FoodBank) -> None:
    bank.stock("a-later", 10, expires=TODAY)

    assert picked(bank, *goods(12)) == {"soon": 10, "a-later": 2}


def test_what_cannot_be_handed_on_is_not_picked(bank: FoodBank) -> None:
    bank.stock("prizes", 5, uses=["reward"], expires=TODAY)
    bank.stock("parcels", 5, uses=["aid", "reward"], expires="2026-11-23")
    bank.lot("waiting", expires=TODAY)
    bank.take_in("waiting", 5)

    assert picked(bank, *goods(11), use="aid") == {"soon": 10, "parcels": 1}
    assert picked(bank, *goods(16)) == {"soon": 10, "prizes": 5, "parcels": 1}
    bank.spoil("parcels", 1, "recalled")
    assert picked(bank, *goods(11), day="2026-11-23", use="aid") == {"late": 11}


def test_too_few_are_told_with_what_could_go(bank: FoodBank) -> None:
    with pytest.raises(InsufficientBalanceError) as caught:
        picked(bank, *goods(9, "late"), *goods(60))

    assert caught.value.details() == {
        "account": YICANG,
        "commodity": RICE,
        "lot": "",
        "balance": 51,
        "shortfall": 9,
    }


def test_a_place_and_a_commodity_must_be_there(bank: FoodBank) -> None:
    with pytest.raises(UnknownAccountError):
        pick("stock:attic", goods(1), TODAY, bank.bench.facts())
    with pytest.raises(UnknownCommodityError):
        picked(bank, *goods(1, commodity="TEA"))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9)), min_size=1, max_size=5))
def test_what_is_picked_is_what_was_wanted_and_nothing_that_could_go_earlier_stays(
    shelf: list[tuple[int, int]],
) -> None:
    bank = FoodBank()
    for number, (day, amount) in enumerate(shelf):
        bank.stock(f"lot-{number}", amount, expires=f"2026-12-0{day + 1}")
    in_all = sum(amount for _, amount in shelf)

    for wanted in range(1, in_all + 1):
        found = picked(bank, *goods(wanted))
        days = [shelf[int(lot.removeprefix("lot-"))][0] for lot in found]
        assert sum(found.values()) == wanted
        for number, (day, amount) in enumerate(shelf):
            assert day >= max(days) or found[f"lot-{number}"] == amount


# --- of which earlier legs ------------------------------------------------------------------------


def test_goods_are_shared_out_among_the_legs_they_can_be_of() -> None:
    legs = opened(("a", 5), ("b", 5))

    assert share_out(goods(3, "b"), legs, 7) == [0, 3]
    assert share_out((*goods(3, "b"), *goods(2, "b"), *goods(1, "a")), legs, 7) == [1, 5]
    assert share_out((), legs, 7) == [0, 0]
    assert share_out(goods(7), opened(("a", 5), ("a", 5)), 7) == [5, 2]


def test_a_lot_is_named_where_it_cannot_be_told() -> None:
    with pytest.raises(LotError, match="RICE: the lot must be named: a or b"):
        share_out(goods(3), opened(("b", 5), ("a", 5)), 7)


@pytest.mark.parametrize("wanted", [goods(1, "c"), goods(1, commodity="OIL")])
def test_goods_that_are_of_no_leg_are_told(wanted: tuple[Goods, ...]) -> None:
    with pytest.raises(ContinuationError, match=r"entry 7: has no (RICE c|OIL) left"):
        share_out(wanted, opened(("a", 5), ("b", 5)), 7)


def test_no_more_is_shared_out_than_is_left() -> None:
    with pytest.raises(NothingLeftError) as caught:
        share_out((*goods(3, "a"), *goods(4, "a")), opened(("a", 5), ("b", 5)), 7)

    assert caught.value.details() == {"seq": 7, "remaining": 5, "asked": 7}


def test_legs_of_an_earlier_entry_are_open_until_they_go_on(bank: FoodBank) -> None:
    moved = bank.move(12)
    facts = bank.bench.facts()

    legs = open_legs("arrival", moved, facts)

    assert [(one.leg.lot, one.left) for one in legs] == [("soon", 10), ("late", 2)]
    van = bank.bench.number("van")
    assert [one.owners for one in legs] == [(0, van), (0, van)]
    reference = legs[0].leg.to.partition("#")[2]
    assert legs[0].reached == Place("transit", van, reference)
    with pytest.raises(ContinuationError, match="is no intake or pool"):
        open_legs("inspection", moved, facts)
    with pytest.raises(UnknownEntryError):
        open_legs("arrival", bank.bench.state.size, facts)
    bank.arrive(moved)
    with pytest.raises(NothingLeftError, match=f"of entry {moved} 0 is left, 12 was asked"):
        open_legs("arrival", moved, facts)


def test_of_a_purchase_only_the_goods_could_go_on() -> None:
    market = Market()
    market.sell(10_000)
    market.rice("rice-1", 900)
    bought = market.bench.post(market.purchase("rice-1", 900), by=TWO)
    market.bench.post(Inspect(received=bought), by=TWO)

    with pytest.raises(NothingLeftError, match=f"of entry {bought} 0 is left, 10 was asked"):
        open_legs("inspection", bought, market.bench.facts())


# --- what a command names -------------------------------------------------------------------------


def test_a_command_needs_what_is_on_the_shelf_and_where_it_goes() -> None:
    van = carrier_of(member_id("van"))

    needs = needs_of_shelf(YICANG, (*goods(1), *goods(2, "late")), van, "world:lost")

    assert needs == Needs(
        lots=frozenset({(RICE, "late")}),
        shelves=frozenset({(YICANG, RICE)}),
        counterparts=frozenset(
            {Spot(YICANG, ""), Spot("transit", member_id("van")), Spot("world:lost", "")}
        ),
    )


def test_a_command_needs_its_lots_at_both_ends() -> None:
    needs = needs_of_lots([(RICE, "a"), (RICE, "a")], YICANG, "world:spoiled")

    assert needs == Needs(
        balances=frozenset({Wanted(YICANG, "", RICE, "a"), Wanted("world:spoiled", "", RICE, "a")}),
        lots=frozenset({(RICE, "a")}),
    )


@pytest.mark.parametrize(
    "account",
    [
        "stock",
        "stock:",
        "stock:A",
        "stock:a b",
        "stock:a:quarantine",
        "stock:a:reserved",
        "bank:main",
        "Stock:a",
        "",
    ],
)
def test_a_place_is_a_shelf(account: str) -> None:
    check_place(YICANG, "place")
    with pytest.raises(MalformedError, match="place"):
        check_place(account, "place")


@pytest.mark.parametrize("carrier", ["van", "", f"transit#{member_id('van')}"])
def test_a_carrier_is_named_by_id(carrier: str) -> None:
    with pytest.raises(MalformedError, match="carrier"):
        carrier_of(carrier)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (Goods(commodity="rice", amount=1), "goods[1].commodity"),
        (Goods(commodity=RICE, amount=1, lot="Lot"), "goods[1].lot"),
        (Batch(commodity=RICE, amount=1, lot=""), "goods[1].lot"),
    ],
)
def test_goods_that_are_not_well_formed_are_told_by_field(wrong: Goods | Batch, field: str) -> None:
    with pytest.raises(MalformedError) as caught:
        check_goods([Goods(commodity=RICE, amount=1), wrong], "goods")

    assert caught.value.field == field


# --- the draft ------------------------------------------------------------------------------------


def test_a_lot_that_is_named_twice_is_moved_once() -> None:
    assert merge((*batch("a", 1), *batch("b", 2), *batch("a", 3))) == [
        *batch("a", 4),
        *batch("b", 2),
    ]


def test_what_moves_nothing_is_no_leg_and_64_legs_are_the_most() -> None:
    facts = Bench().facts()
    command = TakeIn(to=YICANG, goods=batch("a", 1), reference="A-17")
    ends = Place("world:donors"), Place(f"{YICANG}:quarantine")
    many = [leg_of(batch(f"lot-{number}", number % 66)[0], *ends) for number in range(66)]

    draft = draft_of_goods("intake", command, many[:65], facts, received=None)

    assert len(draft.legs) == 64
    assert draft.public == {}
    assert draft.details[0]["reference"] == "A-17"
    with pytest.raises(TooLargeError):
        draft_of_goods("intake", command, many, facts)
