"""The food bank through the journal, on both databases."""

from typing import Any

import pytest
from sqlalchemy import select

from tests.installations import Community, open_balance
from tests.services.flows.checks import check_book, has, refused
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
from timebank.flows.counts import Count, Counted, Spoil
from timebank.flows.definitions import (
    DefineCommodity,
    OpenAccount,
    RegisterLot,
    SetPolicy,
    SettingFact,
)
from timebank.flows.goods import Batch, Goods
from timebank.flows.intakes import Inspect, TakeIn
from timebank.flows.movements import OpenBalances
from timebank.flows.moves import Arrive, Move
from timebank.flows.reversals import Reverse
from timebank.flows.rounds import EndRound, HandOver, SendRound
from timebank.services.entries import open_seals
from timebank.services.posting import post_batch
from timebank.store import tables

RICE = "RICE-5KG"
YICANG, DEPOT, QUARANTINE = "stock:yicang", "stock:depot", "stock:yicang:quarantine"
TWO = ("staff:storekeeper:1", "staff:verifier:2")
ONE_TWICE = ("staff:storekeeper:1", "staff:verifier:1")
KEEPER = ("staff:storekeeper:1",)


@pytest.fixture
def bank(community: Community) -> Community:
    """A book with two places, a carrier, 20 good until 10 March, 50 until the next year.

    There are 10 that were given as rewards too. Today is 1 March.
    """
    community.enrol("车", kind="carrier")
    together(
        community,
        OpenAccount(account=QUARANTINE),
        OpenAccount(account=DEPOT),
        OpenAccount(account=f"{DEPOT}:quarantine"),
        lot("rice-2", expires="2026-03-10"),
        lot("prizes", expires="2026-03-02", uses=("reward",)),
        lot("bought", source="purchased"),
    )
    first = last(community) + 1
    together(community, take_in("rice-1", 50), take_in("rice-2", 20), take_in("prizes", 10))
    together(community, *(Inspect(received=first + index) for index in range(3)))
    return community


def lot(code: str, **facts: Any) -> RegisterLot:  # noqa: ANN401 - any fact
    return RegisterLot(**{"commodity": RICE, "lot": code, "source": "donated", **facts})


def goods(amount: int, code: str = "") -> tuple[Goods, ...]:
    return (Goods(commodity=RICE, amount=amount, lot=code),)


def batch(code: str, amount: int) -> tuple[Batch, ...]:
    return (Batch(commodity=RICE, lot=code, amount=amount),)


def take_in(code: str, amount: int) -> TakeIn:
    return TakeIn(to=YICANG, goods=batch(code, amount))


def send(book: Community, amount: int, code: str = "", **more: Any) -> SendRound:  # noqa: ANN401
    fields = {"place": YICANG, "carrier": book.ids["车"], "households": 5, **more}
    return SendRound(goods=goods(amount, code), **fields)


def move(book: Community, amount: int, code: str = "", **more: Any) -> Move:  # noqa: ANN401
    fields = {"place": YICANG, "carrier": book.ids["车"], **more}
    return Move(goods=goods(amount, code), **fields)


def spoil(code: str, amount: int, reason: Any = "damaged", **more: Any) -> Spoil:  # noqa: ANN401
    return Spoil(**{"account": YICANG, "goods": batch(code, amount), "reason": reason, **more})


def count(against: int, *found: tuple[str, int], **more: Any) -> Count:  # noqa: ANN401
    counted = tuple(Counted(commodity=RICE, lot=code, amount=amount) for code, amount in found)
    return Count(**{"account": YICANG, "against": against, "counted": counted, **more})


def balance(book: Community, account: str, code: str) -> int:
    return has(book, account, RICE, code)


def together(book: Community, *commands: Command) -> None:
    """Post all of these, or none."""
    postings = [book.posting(command) for command in commands]
    outcomes = post_batch(book.installation, book.slug, postings, atomic=True)
    assert not [one for one in outcomes if isinstance(one, TimebankError)]


def codes_of(book: Community, *commands: Command, by: tuple[str, ...] = ("system",)) -> list[str]:
    """What became of the commands of one batch: the code of an error, empty where it was posted."""
    postings = [book.posting(command, by=by) for command in commands]
    outcomes = post_batch(book.installation, book.slug, postings, atomic=False)
    return [one.code if isinstance(one, TimebankError) else "" for one in outcomes]


def stock(book: Community, code: str, amount: int) -> int:
    """Bring a lot on the shelf; give the seq of its intake."""
    received = book.post(take_in(code, amount), by=KEEPER).seq
    book.post(Inspect(received=received), by=KEEPER)
    return received


def last(book: Community) -> int:
    """The seq of the last entry."""
    with book.installation.engine.connect() as connection:
        return int(connection.execute(select(tables.heads.c.size)).scalar_one()) - 1


def bodies(book: Community) -> bytes:
    with book.installation.engine.connect() as connection:
        return b"".join(connection.execute(select(tables.entries.c.body)).scalars())


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


def test_every_refusal_changes_nothing(bank: Community) -> None:
    size = last(bank) + 1
    received = bank.post(take_in("rice-1", 10)).seq
    moved, sent = bank.post(move(bank, 1)).seq, bank.post(send(bank, 10)).seq
    cases: list[tuple[Command, type[TimebankError], tuple[str, ...]]] = [
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
    for command, error, by in cases:
        assert type(refused(bank, command, error, by=by)) is error, command
    check_book(bank)


def _tea(book: Community) -> dict[str, Any]:
    tea = (Goods(commodity="TEA", amount=1),)
    return {"place": YICANG, "carrier": book.ids["车"], "goods": tea}


def _parcel() -> HandOver:
    return HandOver(parcel="parcel", confirmed="code")


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


# --- batches --------------------------------------------------------------------------------------


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
