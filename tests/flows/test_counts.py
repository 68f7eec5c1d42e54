"""Spoilage and counts: what is less, or more, than the book says."""

import pytest

from tests.ledger.food_bank import RICE, TWO, YICANG, FoodBank, batch
from timebank.errors import (
    CapacityError,
    InsufficientBalanceError,
    LegPatternError,
    LotError,
    MalformedError,
    NoDifferenceError,
    SamePersonError,
)
from timebank.flows.command import Command
from timebank.flows.counts import Count, Counted, Spoil
from timebank.flows.needs import Needs, Wanted
from timebank.flows.registry import needs_of
from timebank.ledger.rules.names import Name, standing

ONE_TWICE = ("staff:storekeeper:1", "staff:verifier:1")


@pytest.fixture
def bank() -> FoodBank:
    """A food bank with 50 of rice."""
    bank = FoodBank()
    bank.stock("rice-1", 50)
    return bank


def found(lot: str, amount: int) -> Counted:
    return Counted(commodity=RICE, lot=lot, amount=amount)


def count(bank: FoodBank, *counted: Counted, account: str = YICANG) -> Count:
    return Count(account=account, against=bank.bench.state.size - 1, counted=counted)


def test_what_is_spoiled_is_gone_and_says_why(bank: FoodBank) -> None:
    bank.spoil("rice-1", 2)

    assert bank.on_shelf("rice-1") == 48
    assert bank.bench.balance("world:spoiled", RICE, "rice-1") == 2
    assert bank.bench.entry().public == {"reason": "damaged"}


def test_a_recall_marks_the_lot(bank: FoodBank) -> None:
    name = Name("recalled", f"{RICE}/rice-1")
    bank.spoil("rice-1", 2)
    assert standing(name, bank.bench.state) == 0

    recall = bank.spoil("rice-1", 48, "recalled")

    assert standing(name, bank.bench.state) == recall


def test_a_count_posts_the_differences_only(bank: FoodBank) -> None:
    for lot in ("rice-2", "rice-3"):
        bank.stock(lot, 10)
    command = count(bank, found("rice-1", 48), found("rice-2", 10), found("rice-3", 11))

    bank.bench.post(command, by=TWO)

    assert [(leg.from_, leg.to, leg.lot, leg.amount) for leg in bank.bench.entry().legs] == [
        (YICANG, "world:variance", "rice-1", 2),
        ("world:variance", YICANG, "rice-3", 1),
    ]
    assert bank.bench.entry().public == {"against": command.against}


def test_where_the_book_is_right_there_is_nothing_to_post(bank: FoodBank) -> None:
    with pytest.raises(NoDifferenceError, match="counted at stock:yicang is what the book says"):
        bank.count("rice-1", 50)


def test_what_is_not_there_does_not_spoil(bank: FoodBank) -> None:
    with pytest.raises(InsufficientBalanceError, match="1 too few"):
        bank.spoil("rice-1", 51)


def test_a_lot_that_is_not_registered_is_not_found(bank: FoodBank) -> None:
    with pytest.raises(LotError, match="there is no lot rice-9"):
        bank.count("rice-9", 1)


@pytest.mark.parametrize("account", ["world:donors", "pool:donated"])
def test_only_shelves_are_counted(bank: FoodBank, account: str) -> None:
    with pytest.raises(LegPatternError):
        bank.count("rice-1", 5, account=account)


@pytest.mark.parametrize(
    ("by", "error"),
    [
        (ONE_TWICE, SamePersonError),
        (("staff:storekeeper:1",), SamePersonError),
        (("staff:coordinator:1", "staff:verifier:2"), CapacityError),
        (("staff:storekeeper:1", "system"), SamePersonError),
        (("app:till",), CapacityError),
    ],
)
def test_two_officers_sign_of_whom_one_keeps_the_store(
    bank: FoodBank, by: tuple[str, ...], error: type[Exception]
) -> None:
    spoil = Spoil(account=YICANG, goods=batch("rice-1", 1), reason="damaged")

    for command in (spoil, count(bank, found("rice-1", 49))):
        with pytest.raises(error):
            bank.bench.post(command, by=by)
    assert bank.on_shelf("rice-1") == 50


def test_spoilage_and_counts_need_what_they_change() -> None:
    spoil = Spoil(account=YICANG, goods=batch("rice-1", 1), reason="damaged", received=7)
    counted = Count(account=YICANG, against=9, counted=(found("rice-1", 1),))
    lots = frozenset({(RICE, "rice-1")})

    assert needs_of(spoil) == Needs(
        balances=frozenset(
            {Wanted(YICANG, "", RICE, "rice-1"), Wanted("world:spoiled", "", RICE, "rice-1")}
        ),
        lots=lots,
        entries=frozenset({7}),
    )
    assert needs_of(counted) == Needs(
        balances=frozenset(
            {Wanted(YICANG, "", RICE, "rice-1"), Wanted("world:variance", "", RICE, "rice-1")}
        ),
        lots=lots,
        moved=frozenset({(YICANG, RICE, "rice-1")}),
    )


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (Spoil(account="Stock", goods=batch("rice-1", 1), reason="damaged"), "account"),
        (Spoil(account=YICANG, goods=batch("", 1), reason="damaged"), "goods[0].lot"),
        (Count(account="", against=1, counted=(found("rice-1", 1),)), "account"),
        (Count(account=YICANG, against=1, counted=(found("", 1),)), "counted[0].lot"),
        (
            Count(
                account=YICANG, against=1, counted=(Counted(commodity="r", lot="rice-1", amount=1),)
            ),
            "counted[0].commodity",
        ),
    ],
)
def test_what_is_not_well_formed_is_told_by_field(command: Command, field: str) -> None:
    with pytest.raises(MalformedError) as caught:
        needs_of(command)

    assert caught.value.field == field
