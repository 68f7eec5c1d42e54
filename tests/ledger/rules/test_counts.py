"""Counts: against the book as of an entry, since which nothing of the lot has moved."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests.ledger.bench import keyed_replay, replay
from tests.ledger.food_bank import RICE, TWO, YICANG, FoodBank, batch
from timebank.errors import (
    ContinuationError,
    FactsError,
    LegPatternError,
    LogBrokenError,
    NothingLeftError,
    StaleStateError,
    UnknownEntryError,
)
from timebank.flows.counts import Count, Counted
from timebank.flows.intakes import TakeIn
from timebank.ledger.model import Entry


@pytest.fixture
def bank() -> FoodBank:
    """A food bank with 50 of one lot and 30 of another."""
    bank = FoodBank()
    bank.stock("rice-1", 50)
    bank.stock("rice-2", 30)
    return bank


def against(seq: int) -> Callable[[Entry], Entry]:
    """Change the entry that was counted against."""

    def change(entry: Entry) -> Entry:
        return msgspec.structs.replace(entry, public={**entry.public, "against": seq})

    return change


def counted(lot: str, amount: int, seq: int = 0) -> Count:
    one = Counted(commodity=RICE, lot=lot, amount=amount)
    return Count(account=YICANG, against=seq, counted=(one,))


def find_forged(
    bank: FoodBank, command: Count, change: Callable[[Entry], Entry], found: str
) -> None:
    """Expect that the log alone, and the log with the keys, show the changed entry."""
    forged = bank.bench.forge(bank.bench.draft(command), change, by=TWO)
    for check in (replay, lambda log: keyed_replay(log, bank.bench.ring())):
        with pytest.raises(LogBrokenError, match=found):
            check(forged)


def test_the_book_after_a_count_says_what_was_counted(bank: FoodBank) -> None:
    bank.count("rice-1", 47)
    bank.count("rice-2", 31)

    assert (bank.on_shelf("rice-1"), bank.on_shelf("rice-2")) == (47, 31)
    assert bank.bench.balance("world:variance", RICE, "rice-1") == 3
    assert bank.bench.balance("world:variance", RICE, "rice-2") == -1
    bank.bench.replay()


def test_a_count_is_against_an_entry_that_is_there(bank: FoodBank) -> None:
    size = bank.bench.state.size
    for seq in (size, size + 1):
        with pytest.raises(UnknownEntryError):
            bank.count("rice-1", 47, against=seq)
        find_forged(bank, counted("rice-1", 47), against(seq), "unknown_entry")


def test_nothing_has_moved_since_the_entry_that_was_counted_against(bank: FoodBank) -> None:
    before = bank.bench.state.size - 1
    moved = bank.move(2, "rice-1")

    with pytest.raises(StaleStateError) as caught:
        bank.count("rice-1", 47, against=before)
    assert caught.value.details() == {
        "what": "stock:yicang RICE rice-1",
        "reason": f"moved by entry {moved}, after the count against entry {before}",
    }
    find_forged(bank, counted("rice-1", 47), against(before), "stale_state")
    bank.count("rice-1", 47, against=moved)

    assert bank.on_shelf("rice-1") == 47


def test_what_moves_elsewhere_or_of_another_lot_does_not_matter(bank: FoodBank) -> None:
    before = bank.bench.state.size - 1
    moved = bank.move(2, "rice-2")
    bank.arrive(moved)
    bank.stock("rice-3", 5)
    bank.take_in("rice-1", 5)

    bank.count("rice-1", 47, against=before)

    assert bank.on_shelf("rice-1") == 47
    bank.bench.replay()


def test_a_count_that_is_reversed_is_counted_again(bank: FoodBank) -> None:
    before = bank.bench.state.size - 1
    seq = bank.count("rice-1", 47)
    reversal = bank.bench.reverse(seq)
    assert bank.on_shelf("rice-1") == 50

    for stale in (before, seq):
        with pytest.raises(StaleStateError):
            bank.count("rice-1", 48, against=stale)
    bank.count("rice-1", 48, against=reversal)

    assert bank.on_shelf("rice-1") == 48
    bank.bench.replay()


def test_a_lot_that_was_never_there_can_be_found(bank: FoodBank) -> None:
    bank.lot("rice-3")

    bank.count("rice-3", 2, against=0)

    assert bank.on_shelf("rice-3") == 2
    bank.bench.replay()


def test_a_lot_is_counted_once(bank: FoodBank) -> None:
    twice = (
        Counted(commodity=RICE, lot="rice-1", amount=47),
        Counted(commodity=RICE, lot="rice-1", amount=52),
    )
    command = Count(account=YICANG, against=bank.bench.state.size - 1, counted=twice)

    with pytest.raises(LegPatternError, match="counts what another leg counts"):
        bank.bench.post(command, by=TWO)
    find_forged(bank, command, lambda entry: entry, "leg_not_allowed: count, leg 1")


def test_nothing_vanishes_below_nothing(bank: FoodBank) -> None:
    draft = bank.bench.draft(counted("rice-1", 0, bank.bench.state.size - 1))
    more = bank.bench.forge(
        draft,
        lambda entry: msgspec.structs.replace(
            entry, legs=(msgspec.structs.replace(entry.legs[0], amount=51),)
        ),
        by=TWO,
    )

    with pytest.raises(LogBrokenError, match="insufficient_balance"):
        replay(more)


# --- in quarantine --------------------------------------------------------------------------------


def test_what_is_missing_in_quarantine_is_not_left_to_be_inspected(bank: FoodBank) -> None:
    received = bank.take_in("rice-1", 20)
    quarantine = f"{YICANG}:quarantine"
    with pytest.raises(FactsError, match=r"public\.received: is missing"):
        bank.count("rice-1", 18, account=quarantine)

    short = bank.count("rice-1", 18, account=quarantine, received=received)
    spoiled = bank.spoil("rice-1", 3, account=quarantine, received=received)
    bank.inspect(received, rejected=1)

    assert (bank.in_quarantine("rice-1"), bank.on_shelf("rice-1")) == (0, 64)
    inspection = bank.bench.state.size - 1
    for seq in (inspection, spoiled, short):
        bank.bench.reverse(seq)
    assert bank.in_quarantine("rice-1") == 20
    bank.inspect(received)
    assert bank.on_shelf("rice-1") == 70
    bank.bench.replay()


def test_what_is_found_in_quarantine_is_inspected_too(bank: FoodBank) -> None:
    bank.take_in("rice-1", 20)

    found = bank.count("rice-1", 22, account=f"{YICANG}:quarantine")
    bank.inspect(found)

    assert (bank.in_quarantine("rice-1"), bank.on_shelf("rice-1")) == (20, 52)
    bank.bench.replay()


def brought(bank: FoodBank, how: str) -> int:
    """Bring 20 of rice-1 into quarantine; give the seq of the entry that did."""
    if how == "intake":
        return bank.take_in("rice-1", 20)
    if how == "count":
        return bank.count("rice-1", 20, account=f"{YICANG}:quarantine")
    return bank.end(bank.send(20, "rice-1"), back=20, absent=5)


@pytest.mark.parametrize("how", ["intake", "round.back", "count"])
def test_whatever_waits_in_quarantine_spoils_and_is_counted_there(bank: FoodBank, how: str) -> None:
    received = brought(bank, how)
    quarantine, shelf = f"{YICANG}:quarantine", bank.on_shelf("rice-1")
    assert bank.bench.entry(received).kind == how

    bank.spoil("rice-1", 3, account=quarantine, received=received)
    bank.count("rice-1", 16, account=quarantine, received=received)
    with pytest.raises(NothingLeftError):
        bank.spoil("rice-1", 17, account=quarantine, received=received)
    bank.inspect(received)

    assert (bank.in_quarantine("rice-1"), bank.on_shelf("rice-1")) == (0, shelf + 16)
    bank.bench.replay()


def test_what_spoils_or_is_missing_in_quarantine_came_there(bank: FoodBank) -> None:
    """By an entry that brings goods there, and no other."""
    bank.take_in("rice-1", 20)
    moved = bank.move(5, "rice-1")

    for received in (moved, bank.bench.reverse(moved)):
        more: dict[str, Any] = {"account": f"{YICANG}:quarantine", "received": received}
        with pytest.raises(
            ContinuationError, match=r"is no intake or pool\.purchase or round\.back"
        ):
            bank.spoil("rice-1", 1, **more)
        with pytest.raises(
            ContinuationError, match=r"is no intake or pool\.purchase or round\.back"
        ):
            bank.count("rice-1", 19, **more)


def test_a_surplus_names_nothing_that_was_received(bank: FoodBank) -> None:
    received = bank.take_in("rice-1", 20)

    with pytest.raises(FactsError, match="is named, but no leg leaves"):
        bank.count("rice-1", 22, account=f"{YICANG}:quarantine", received=received)
    with pytest.raises(FactsError, match="is named, but no leg leaves"):
        bank.spoil("rice-1", 1, received=received)


def test_a_lot_comes_into_quarantine_by_one_leg_of_an_entry(bank: FoodBank) -> None:
    """Whoever goes on from such a leg tells by the lot from which."""
    draft = bank.bench.draft(TakeIn(to=YICANG, goods=batch("rice-1", 2)))
    forged = bank.bench.forge(
        draft, lambda entry: msgspec.structs.replace(entry, legs=entry.legs * 2)
    )

    with pytest.raises(LogBrokenError, match="leg_not_allowed: intake, leg 1: brings what another"):
        replay(forged)
    bank.bench.post(TakeIn(to=YICANG, goods=batch("rice-1", 2) * 2))
    assert [leg.amount for leg in bank.bench.entry().legs] == [4]
