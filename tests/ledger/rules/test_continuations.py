"""What goes on from an entry: how much of it, until when, and from its day on."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from tests.ledger.bench import TODAY, Bench, leg, member_id, place, replay
from tests.ledger.food_bank import FoodBank
from tests.ledger.holds import book_of_three, left_of
from tests.ledger.rules.test_forged_continuations import OTHER, changed, with_leg
from timebank.errors import (
    ContinuationError,
    DayError,
    InsufficientBalanceError,
    LogBrokenError,
    NothingLeftError,
    StaleStateError,
    UnknownEntryError,
)
from timebank.flows.attendances import Attendance
from timebank.flows.command import Command
from timebank.flows.holds import Hold, Release, Settle
from timebank.flows.intakes import Inspect
from timebank.flows.movements import Transfer
from timebank.flows.moves import Arrive
from timebank.flows.reversals import Reverse
from timebank.flows.rounds import EndRound


@pytest.fixture
def bench() -> Bench:
    """A book with ana, who has 100 points, and bo and cy, who have none."""
    return book_of_three()


# --- holds --------------------------------------------------------------------------------------


def test_a_hold_is_settled_and_released_in_parts(bench: Bench) -> None:
    hold = bench.hold("ana", 30)

    bench.settle(hold, "bo", 10)
    bench.settle(hold, "cy", 5)
    bench.release(hold, 7)
    assert left_of(bench, hold) == 8
    bench.release(hold)

    assert (hold, 0) not in bench.state.remainders
    assert [bench.balance(name) for name in ("ana", "bo", "cy")] == [85, 10, 5]
    assert bench.held("ana") == 0


def test_continuations_repeat_the_references_of_the_hold(bench: Bench) -> None:
    seq = bench.hold("ana", 30)
    hold = bench.entry(seq).legs[0]

    settled = bench.entry(bench.settle(seq, "bo", 10)).legs[0]
    released = bench.entry(bench.release(seq)).legs[0]

    assert settled.from_ == hold.to
    assert settled.to not in (hold.from_, hold.to)
    assert (released.from_, released.to) == (hold.to, hold.from_)


@pytest.mark.parametrize("amount", [31, 1_000])
def test_no_more_is_settled_or_released_than_was_held(bench: Bench, amount: int) -> None:
    hold = bench.hold("ana", 30)
    bench.hold("ana", 70)

    with pytest.raises(NothingLeftError) as caught:
        bench.settle(hold, "bo", amount)
    assert caught.value.details() == {"seq": hold, "remaining": 30, "asked": amount}
    with pytest.raises(NothingLeftError):
        bench.release(hold, amount)


def test_no_more_goes_on_than_is_left(bench: Bench) -> None:
    hold = bench.hold("ana", 30)
    bench.settle(hold, "bo", 25)

    with pytest.raises(NothingLeftError, match=f"of entry {hold} 5 is left, 6 was asked"):
        bench.release(hold, 6)
    bench.release(hold)
    with pytest.raises(NothingLeftError, match=f"of entry {hold} 0 is left, 30 was asked"):
        bench.settle(hold, "bo")


def test_the_hold_must_be_there_and_be_a_hold(bench: Bench) -> None:
    issue = bench.state.size - 1

    with pytest.raises(UnknownEntryError):
        bench.release(bench.state.size)
    with pytest.raises(ContinuationError, match=f"entry {issue}: is no hold"):
        bench.release(issue)


def test_a_hold_is_settled_until_its_last_day_and_released_after_it(bench: Bench) -> None:
    hold = bench.hold("ana", 30, expires="2026-11-30")
    bench.today = "2026-11-30"
    bench.settle(hold, "bo", 10)

    bench.today = "2026-12-01"
    with pytest.raises(StaleStateError, match=f"entry {hold}: ended on 2026-11-30"):
        bench.settle(hold, "bo", 10)
    bench.post(Settle(hold=hold, to=place("bo"), amount=5, day="2026-11-30"))
    bench.release(hold)

    assert bench.balance("ana") == 85


def test_a_late_settlement_counts_on_the_day_it_belongs_to(bench: Bench) -> None:
    hold = bench.hold("ana", 30, expires="2026-11-30")
    bench.today = "2026-12-24"
    bench.close("2026-11-30")
    with pytest.raises(StaleStateError):
        bench.settle(hold, "bo", 10)

    bench.post(Settle(hold=hold, to=place("bo"), amount=10, belongs="2026-11-29"))

    assert bench.balance("bo") == 10
    bench.replay()


def test_policy_says_when_a_hold_ends_by_default(bench: Bench) -> None:
    bench.policy("hold_days", 7)

    bench.hold("ana", 30)

    assert bench.entry().public["expires"] == "2026-11-29"


def test_a_member_may_settle_with_themselves(bench: Bench) -> None:
    hold = bench.hold("ana", 30)

    bench.settle(hold, "ana", 10)

    assert (bench.balance("ana"), bench.held("ana")) == (80, 20)
    assert member_id("ana") not in bench.bodies[-1].decode()


# --- days -----------------------------------------------------------------------------------------


@pytest.fixture
def later() -> Bench:
    """A book with ana, whose 100 points came in on the 20th, two days before today."""
    bench = Bench(today="2026-11-20")
    bench.enrol("ana", "bo")
    bench.issue("ana", 100)
    bench.today = TODAY
    return bench


def refused_before(bench: Bench, seq: int, command: Command) -> None:
    """What comes on the day before that of ``seq`` is refused, in public too; on its day it may."""
    origin = bench.entry(seq).day
    draft = bench.draft(command)
    before = replace(draft, day=str(date.fromisoformat(origin) - timedelta(days=1)))

    with pytest.raises(DayError, match=f"is before the day of entry {seq}, {origin}") as caught:
        bench.append(before)

    assert caught.value.day == before.day
    with pytest.raises(LogBrokenError, match=f"day_invalid: {before.day}: is before the day of"):
        replay(bench.forge(before))
    bench.append(replace(draft, day=origin))
    bench.keyed_replay()


def test_nothing_goes_on_from_a_hold_before_its_day(later: Bench) -> None:
    hold = later.hold("ana", 30)

    refused_before(later, hold, Release(hold=hold, amount=10))
    refused_before(later, hold, Settle(hold=hold, to=place("bo"), amount=10))


def test_nothing_is_reversed_before_its_day(later: Bench) -> None:
    paid = later.post(Transfer(legs=(leg("ana", "bo", 30),), day="2026-11-21"))

    refused_before(later, paid, Reverse(reverses=paid))


def test_an_entry_without_legs_is_not_reversed_before_its_day(later: Bench) -> None:
    held = Attendance(category="culture", event="fair", headcount=3)
    seq = later.post(held)

    refused_before(later, seq, Reverse(reverses=seq))


def test_goods_do_not_go_on_before_they_came(bank: FoodBank) -> None:
    received = bank.take_in("rice-1", 10)

    refused_before(bank.bench, received, Inspect(received=received))


def test_what_belongs_to_a_closed_day_goes_on_and_back_by_its_own_day(later: Bench) -> None:
    """Its own day is that of the open period; what it belongs to may be long before."""
    hold = later.post(Hold(member=member_id("ana"), amount=30, commodity="POINT", day="2026-11-21"))
    later.close("2026-11-21")
    settled = Settle(hold=hold, to=place("bo"), amount=10, belongs="2026-11-20", day=TODAY)

    settlement = later.post(settled)
    later.post(Reverse(reverses=settlement, belongs="2026-11-19"))

    later.keyed_replay()


# --- goods that go on as a whole ------------------------------------------------------------------


@pytest.fixture
def bank() -> FoodBank:
    """A food bank with 50 of rice on the shelf and 20 in quarantine by the last entry."""
    bank = FoodBank()
    bank.stock("rice-1", 50)
    bank.take_in("rice-1", 20)
    return bank


def test_goods_go_on_once_and_as_a_whole(bank: FoodBank) -> None:
    received = bank.bench.state.size - 1
    moved = bank.move(10)
    bank.inspect(received, rejected=1)
    bank.arrive(moved, lost=1)

    with pytest.raises(NothingLeftError):
        bank.inspect(received)
    with pytest.raises(NothingLeftError):
        bank.arrive(moved)
    assert bank.bench.state.remainders == {}


def test_the_log_alone_shows_that_some_was_left(bank: FoodBank) -> None:
    bench = bank.bench
    received, moved, sent = bench.state.size - 1, bank.move(10), bank.send(10)
    for command in (
        Inspect(received=received),
        Arrive(move=moved, place="stock:depot"),
        EndRound(round=sent),
    ):
        some = with_leg(changed(amount=3))
        with pytest.raises(LogBrokenError, match="of leg 0 would be left"):
            replay(bench.forge(bench.draft(command), some))


def test_the_log_alone_shows_what_was_brought_by_somebody_else(bank: FoodBank) -> None:
    bench = bank.bench
    arrival = Arrive(move=bank.move(10), place="stock:depot")

    forged = bench.forge(bench.draft(arrival), with_leg(changed(from_=f"transit#{OTHER}")))

    with pytest.raises(LogBrokenError, match="repeats no reference"):
        replay(forged)


def test_what_goes_on_from_another_kind_is_refused(bank: FoodBank) -> None:
    moved, sent = bank.move(10), bank.send(10)

    with pytest.raises(ContinuationError, match=f"entry {sent}: is no move"):
        bank.arrive(sent)
    with pytest.raises(ContinuationError, match=rf"entry {moved}: is no round\.out"):
        bank.end(moved)
    with pytest.raises(ContinuationError, match=r"is no intake or pool\.purchase or round\.back"):
        bank.inspect(moved)


def test_what_came_in_is_reversed_before_it_is_looked_at(bank: FoodBank) -> None:
    received = bank.bench.state.size - 1
    inspected = bank.inspect(received)
    with pytest.raises(StaleStateError, match="20 of it has gone on"):
        bank.bench.reverse(received)

    bank.bench.reverse(inspected)
    bank.bench.reverse(received)

    assert (bank.on_shelf("rice-1"), bank.in_quarantine("rice-1")) == (50, 0)
    with pytest.raises(NothingLeftError):
        bank.inspect(received)
    bank.bench.keyed_replay()


def test_goods_that_were_handed_on_are_not_put_back_into_quarantine(bank: FoodBank) -> None:
    inspected = bank.inspect(bank.bench.state.size - 1)
    bank.send(60)

    with pytest.raises(InsufficientBalanceError, match="has 10 RICE, 10 too few"):
        bank.bench.reverse(inspected)
