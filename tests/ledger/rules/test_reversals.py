"""Reversals: of what an entry may be, once, and what is left then of the one it went on from."""

import pytest

from tests.ledger.bench import Bench, leg
from tests.ledger.holds import book_of_three, left_of
from timebank.errors import (
    AlreadyReversedError,
    HolderGoneError,
    InsufficientBalanceError,
    NothingLeftError,
    NotReversibleError,
    StaleStateError,
    UnknownEntryError,
)
from timebank.flows.movements import Transfer


@pytest.fixture
def bench() -> Bench:
    """A book with ana, who has 100 points, and bo and cy, who have none."""
    return book_of_three()


def test_a_reversal_has_the_same_legs_turned_round(bench: Bench) -> None:
    seq = bench.post(Transfer(legs=(leg("ana", "bo", 30), leg("ana", "cy", 20))))

    bench.reverse(seq)

    original, reversal = bench.entry(seq), bench.entry()
    assert reversal.public == {"reverses": seq}
    assert [(leg.from_, leg.to, leg.amount) for leg in reversal.legs] == [
        (leg.to, leg.from_, leg.amount) for leg in original.legs
    ]
    assert [bench.balance(name) for name in ("ana", "bo", "cy")] == [100, 0, 0]


def test_an_entry_is_reversed_once(bench: Bench) -> None:
    seq = bench.transfer("ana", "bo", 30)
    by = bench.reverse(seq)

    with pytest.raises(AlreadyReversedError) as caught:
        bench.reverse(seq)

    assert caught.value.details() == {"seq": seq, "by": by}


def test_a_reversal_is_never_reversed(bench: Bench) -> None:
    reversal = bench.reverse(bench.transfer("ana", "bo", 30))

    with pytest.raises(NotReversibleError, match=rf"entry {reversal} \(reversal\)"):
        bench.reverse(reversal)


def test_a_definition_is_never_reversed(bench: Bench) -> None:
    with pytest.raises(NotReversibleError, match=r"commodity\.defined"):
        bench.reverse(1)


def test_only_what_is_in_the_log_is_reversed(bench: Bench) -> None:
    with pytest.raises(UnknownEntryError):
        bench.reverse(bench.state.size)


def test_a_reversal_keeps_to_the_floors(bench: Bench) -> None:
    seq = bench.transfer("ana", "bo", 30)
    bench.transfer("bo", "cy", 10)

    with pytest.raises(InsufficientBalanceError, match="has 20 POINT, 10 too few"):
        bench.reverse(seq)


def test_nothing_is_reversed_for_who_has_left(bench: Bench) -> None:
    seq = bench.transfer("ana", "bo", 30)
    bench.transfer("bo", "ana", 30)
    bench.leave("bo")

    with pytest.raises(HolderGoneError):
        bench.reverse(seq)


def test_a_reversed_settlement_is_left_of_its_hold_again(bench: Bench) -> None:
    hold = bench.hold("ana", 30)
    settlement = bench.settle(hold, "bo")

    bench.reverse(settlement)

    assert left_of(bench, hold) == 30
    assert (bench.held("ana"), bench.balance("bo")) == (30, 0)
    bench.settle(hold, "cy")
    assert bench.balance("cy") == 30


def test_a_reversed_release_is_on_hold_again(bench: Bench) -> None:
    hold = bench.hold("ana", 30)
    release = bench.release(hold, 20)

    bench.reverse(release)

    assert left_of(bench, hold) == 30
    assert (bench.held("ana"), bench.balance("ana")) == (30, 70)


def test_a_hold_is_reversed_while_all_of_it_is_left(bench: Bench) -> None:
    hold = bench.hold("ana", 30)
    settlement = bench.settle(hold, "bo", 10)

    with pytest.raises(StaleStateError, match=f"entry {hold}: 10 of it has gone on"):
        bench.reverse(hold)
    bench.reverse(settlement)
    bench.reverse(hold)

    assert bench.balance("ana") == 100
    with pytest.raises(NothingLeftError):
        bench.settle(hold, "bo", 1)
    with pytest.raises(AlreadyReversedError):
        bench.reverse(hold)


def test_a_hold_that_has_ended_is_still_reversed(bench: Bench) -> None:
    hold = bench.hold("ana", 30, expires="2026-11-22")
    settlement = bench.settle(hold, "bo")
    bench.today = "2027-01-01"

    bench.reverse(settlement)
    bench.reverse(hold)

    assert bench.balance("ana") == 100
