"""The food bank through the journal, on both databases."""

from typing import Any

import pytest

from tests.installations import Community
from tests.services.flows.checks import check_book, refused
from tests.services.flows.food_bank import (
    DEPOT,
    KEEPER,
    ONE_TWICE,
    QUARANTINE,
    RICE,
    TWO,
    YICANG,
    balance,
    batch,
    bodies,
    count,
    goods,
    last,
    move,
    send,
    spoil,
    stock,
    stocked,
    take_in,
)
from timebank.errors import (
    CapacityError,
    ContinuationError,
    FactsError,
    FigureError,
    InsufficientBalanceError,
    LegPatternError,
    LotError,
    LotExpiredError,
    LotRecalledError,
    MalformedError,
    NoDifferenceError,
    NothingLeftError,
    SamePersonError,
    StaleStateError,
    TimebankError,
    TooFewHouseholdsError,
    UnknownAccountError,
    UnknownCommodityError,
    UnknownEntryError,
)
from timebank.flows.command import Command
from timebank.flows.definitions import SetPolicy, SettingFact
from timebank.flows.goods import Goods
from timebank.flows.intakes import Inspect, TakeIn
from timebank.flows.moves import Arrive, Move
from timebank.flows.reversals import Reverse
from timebank.flows.rounds import EndRound, HandOver
from timebank.services.entries import open_seals


@pytest.fixture
def bank(community: Community) -> Community:
    """Two places, a carrier, and on a shelf 50 of rice, 20 good until 10 March, 10 for prizes."""
    return stocked(community)


def test_goods_come_in_are_moved_handed_over_and_counted(bank: Community) -> None:
    received = bank.post(take_in("rice-1", 30)).seq
    bank.post(Inspect(received=received, rejected=goods(4)))
    moved = bank.post(move(bank, 20, "rice-2")).seq
    bank.post(Arrive(move=moved, place=DEPOT, lost=goods(1)))
    sent = bank.post(send(bank, 40)).seq
    ended = bank.post(EndRound(round=sent, refused=1, back=goods(6), lost=goods(1))).seq
    bank.post(Inspect(received=ended, rejected=goods(1)))
    bank.post(spoil("rice-1", 2), by=TWO)
    bank.post(count(last(bank), ("rice-1", 36), ("prizes", 11)), by=TWO)

    assert {
        account: balance(bank, account, "rice-1")
        for account in (
            *(YICANG, QUARANTINE, DEPOT, "transit", "world:donors", "world:rejected"),
            *("world:consumed", "world:lost", "world:spoiled", "world:variance"),
        )
    } == {
        YICANG: 36,
        QUARANTINE: 0,
        DEPOT: 0,
        "transit": 0,
        "world:donors": -80,
        "world:rejected": 5,
        "world:consumed": 33,
        "world:lost": 1,
        "world:spoiled": 2,
        "world:variance": 3,
    }
    assert (balance(bank, DEPOT, "rice-2"), balance(bank, "world:lost", "rice-2")) == (19, 1)
    assert (balance(bank, YICANG, "prizes"), balance(bank, "world:variance", "prizes")) == (11, -1)
    check_book(bank)


def test_everything_can_be_taken_back_and_done_again(bank: Community) -> None:
    before = bank.post(take_in("rice-1", 30)).seq
    inspected = bank.post(Inspect(received=before, rejected=goods(4))).seq
    sent = bank.post(send(bank, 40)).seq
    ended = bank.post(EndRound(round=sent, back=goods(6, "rice-1"), refused=1)).seq
    back = bank.post(Inspect(received=ended)).seq
    spoiled = bank.post(spoil("rice-1", 2, "recalled"), by=TWO).seq
    counted = bank.post(count(last(bank), ("rice-1", 31)), by=TWO).seq
    for seq in (counted, spoiled, back, ended, sent, inspected, before):
        bank.post(Reverse(reverses=seq))

    assert balance(bank, YICANG, "rice-1") == 50
    assert balance(bank, YICANG, "rice-2") == 20
    stock(bank, "rice-1", 30)
    again = bank.post(send(bank, 40)).seq
    bank.post(EndRound(round=again))
    assert balance(bank, "world:consumed", "rice-1") == 20
    check_book(bank)


def test_nothing_public_tells_who_was_helped(bank: Community) -> None:
    sent = bank.post(send(bank, 10), by=KEEPER).seq
    handed = tuple(HandOver(parcel=f"parcel-{one}", confirmed="neighbour") for one in range(4))
    command = EndRound(
        round=sent, absent=1, back=goods(2), handovers=handed, memo="李家不在", reference="R-17"
    )

    ended = bank.post(command, by=KEEPER)

    (seal,) = open_seals(bank.installation, bank.slug, ended.seq)
    assert seal.details is not None
    assert seal.details["handovers"][3] == {"parcel": "parcel-3", "confirmed": "neighbour"}
    assert seal.details["memo"] == "李家不在"
    public = bodies(bank)
    for private in ("parcel", "neighbour", "李家", "R-17", bank.ids["车"], "车"):
        assert private.encode() not in public
    assert ended.entry.public == {"absent": 1, "refused": 0, "round": sent}


def bad_commands(
    bank: Community,
) -> list[tuple[Command, type[TimebankError], tuple[str, ...]]]:
    """Commands that must be refused, by what, and whose they are."""
    size = last(bank) + 1
    received = bank.post(take_in("rice-1", 10)).seq
    moved, sent = bank.post(move(bank, 1)).seq, bank.post(send(bank, 10)).seq
    return [
        (take_in("rice-9", 1), LotError, KEEPER),
        (take_in("bought", 1), LotError, KEEPER),
        (take_in("rice-1", 1), CapacityError, ("staff:coordinator:1",)),
        (TakeIn(to="stock:attic", goods=batch("rice-1", 1)), UnknownAccountError, KEEPER),
        (TakeIn(to=QUARANTINE, goods=batch("rice-1", 1)), MalformedError, KEEPER),
        (Inspect(received=received, rejected=goods(11)), NothingLeftError, KEEPER),
        (Inspect(received=received, accepted=goods(9)), FigureError, KEEPER),
        (Inspect(received=received, rejected=goods(1, "rice-2")), ContinuationError, KEEPER),
        (Inspect(received=moved), ContinuationError, KEEPER),
        (Inspect(received=9_999), UnknownEntryError, KEEPER),
        (move(bank, 99), InsufficientBalanceError, KEEPER),
        (move(bank, 1, place="stock:attic"), UnknownAccountError, KEEPER),
        (move(bank, 1, carrier=bank.ids["王"]), LegPatternError, KEEPER),
        (move(bank, 1, carrier="A" * 22), UnknownAccountError, KEEPER),
        (Move(**_tea(bank)), UnknownCommodityError, KEEPER),
        (Arrive(move=sent, place=DEPOT), ContinuationError, KEEPER),
        (Arrive(move=moved, place=DEPOT, lost=goods(2)), NothingLeftError, KEEPER),
        (Arrive(move=moved, place="stock:attic"), UnknownAccountError, KEEPER),
        (send(bank, 1, households=4), TooFewHouseholdsError, KEEPER),
        (send(bank, 1, "rice-1"), LotError, KEEPER),
        (send(bank, 1, "prizes"), LotError, KEEPER),
        (send(bank, 61), InsufficientBalanceError, KEEPER),
        (EndRound(round=moved), ContinuationError, KEEPER),
        (EndRound(round=sent, refused=3, absent=3), FactsError, KEEPER),
        (EndRound(round=sent, refused=5), FactsError, KEEPER),
        (EndRound(round=sent, back=goods(11)), NothingLeftError, KEEPER),
        (EndRound(round=sent, handovers=(_parcel(),)), FigureError, KEEPER),
        (spoil("rice-1", 1), SamePersonError, ONE_TWICE),
        (spoil("rice-1", 1), SamePersonError, KEEPER),
        (spoil("rice-1", 51), InsufficientBalanceError, TWO),
        (spoil("rice-1", 1, "expired"), FactsError, TWO),
        (spoil("rice-1", 1, account=QUARANTINE), FactsError, TWO),
        (spoil("rice-1", 1, account="transit"), UnknownAccountError, TWO),
        (count(size, ("rice-1", 1)), SamePersonError, ONE_TWICE),
        (count(size, ("rice-1", 50)), NoDifferenceError, TWO),
        (count(0, ("rice-1", 49)), StaleStateError, TWO),
        (count(9_999, ("rice-1", 49)), UnknownEntryError, TWO),
        (Reverse(reverses=received - 1), InsufficientBalanceError, KEEPER),
        (Reverse(reverses=received - 4), StaleStateError, KEEPER),
    ]


def _tea(book: Community) -> dict[str, Any]:
    tea = (Goods(commodity="TEA", amount=1),)
    return {"place": YICANG, "carrier": book.ids["车"], "goods": tea}


def _parcel() -> HandOver:
    return HandOver(parcel="parcel", confirmed="code")


def test_every_refusal_changes_nothing(bank: Community) -> None:
    for command, error, by in bad_commands(bank):
        assert type(refused(bank, command, error, by=by)) is error, command
    check_book(bank)


def test_what_expires_or_is_recalled_stays_where_it_is(bank: Community) -> None:
    bank.clock.advance(days=10)
    error = refused(bank, send(bank, 1, "rice-2"), LotExpiredError, by=KEEPER)
    assert error.details() == {"commodity": RICE, "lot": "rice-2", "expires": "2026-03-10"}
    refused(bank, move(bank, 1, "rice-2"), LotExpiredError, by=KEEPER)
    received = bank.post(take_in("rice-2", 5)).seq
    refused(bank, Inspect(received=received), LotExpiredError, by=KEEPER)
    bank.post(spoil("rice-2", 20, "expired"), by=TWO)
    bank.post(spoil("rice-2", 2, "expired", account=QUARANTINE, received=received), by=TWO)
    bank.post(Inspect(received=received, rejected=goods(3)))

    recall = bank.post(spoil("rice-1", 1, "recalled"), by=TWO).seq
    recalled = refused(bank, move(bank, 1, "rice-1"), LotRecalledError, by=KEEPER)
    assert recalled.details() == {"commodity": RICE, "lot": "rice-1", "seq": recall}
    refused(bank, send(bank, 1, "rice-1"), LotRecalledError, by=KEEPER)
    refused(bank, send(bank, 1), InsufficientBalanceError, by=KEEPER)
    bank.post(Reverse(reverses=recall))
    bank.post(send(bank, 50))
    check_book(bank)


def test_policy_decides_for_how_many_a_round_is(bank: Community) -> None:
    bank.post(SetPolicy(settings=(SettingFact("households_min", 6),)))
    refused(bank, send(bank, 1, households=5), TooFewHouseholdsError, by=KEEPER)

    bank.post(send(bank, 1, households=6))

    check_book(bank)
