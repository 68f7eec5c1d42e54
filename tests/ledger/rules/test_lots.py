"""Lots: expiry, recalls, permitted use, first expired first out, and where they came from."""

from collections.abc import Callable

import msgspec
import pytest

from tests.ledger.bench import keyed_replay, replay
from tests.ledger.food_bank import DEPOT, RICE, TWO, VAN, YICANG, FoodBank, batch, goods
from timebank.errors import (
    FactsError,
    LogBrokenError,
    LotError,
    LotExpiredError,
    LotRecalledError,
)
from timebank.flows.command import Command
from timebank.flows.counts import Spoil
from timebank.flows.intakes import TakeIn
from timebank.flows.moves import Move
from timebank.flows.rounds import SendRound
from timebank.ledger.model import Entry

TODAY = "2026-11-22"


@pytest.fixture
def bank() -> FoodBank:
    """A food bank with a lot good until today, one until the end of the year, and one for ever."""
    bank = FoodBank()
    bank.stock("soon", 10, expires=TODAY)
    bank.stock("late", 20, expires="2026-12-31")
    bank.stock("ever", 30)
    return bank


def of_lot(lot: str) -> Callable[[Entry], Entry]:
    """Change the lot of the first leg."""

    def change(entry: Entry) -> Entry:
        leg = msgspec.structs.replace(entry.legs[0], lot=lot)
        return msgspec.structs.replace(entry, legs=(leg, *entry.legs[1:]))

    return change


def find_forged(bank: FoodBank, command: Command, lot: str, found: str) -> None:
    """Expect that the log alone, and the log with the keys, show the entry of another lot."""
    bench = bank.bench
    forged = bench.forge(bench.draft(command), of_lot(lot), by=TWO)
    with pytest.raises(LogBrokenError, match=found):
        replay(forged)
    with pytest.raises(LogBrokenError, match=found):
        keyed_replay(forged, bench.ring())


def move_of(lot: str, amount: int = 1) -> Move:
    return Move(place=YICANG, carrier=VAN, goods=goods(amount, lot))


def round_of(lot: str, amount: int = 1) -> SendRound:
    return SendRound(place=YICANG, carrier=VAN, households=5, goods=goods(amount, lot))


# --- what may be handed on ------------------------------------------------------------------------


def test_a_lot_can_be_used_on_its_last_day_and_not_after_it(bank: FoodBank) -> None:
    bank.move(1, "soon")
    bank.bench.today = "2026-11-23"

    with pytest.raises(LotExpiredError) as caught:
        bank.move(1, "soon")

    assert caught.value.details() == {"commodity": RICE, "lot": "soon", "expires": TODAY}
    assert bank.on_shelf("soon") == 9


def test_a_late_item_counts_on_the_day_it_belongs_to(bank: FoodBank) -> None:
    bank.bench.today = "2026-11-30"
    bank.bench.close("2026-11-25")

    bank.bench.post(msgspec.structs.replace(move_of("soon"), belongs=TODAY))

    assert bank.on_shelf("soon") == 9
    bank.bench.replay()


def test_what_is_expired_is_not_let_through_but_rejected(bank: FoodBank) -> None:
    bank.lot("old", expires="2026-11-21")
    received = bank.take_in("old", 5)

    with pytest.raises(LotExpiredError):
        bank.inspect(received)
    with pytest.raises(LotExpiredError):
        bank.inspect(received, rejected=4)
    bank.inspect(received, rejected=5)

    assert (bank.on_shelf("old"), bank.in_quarantine("old")) == (0, 0)


@pytest.mark.parametrize("command", [move_of, round_of])
def test_the_log_alone_shows_what_was_handed_on_after_its_last_day(
    bank: FoodBank, command: Callable[[str], Command]
) -> None:
    bank.bench.today = "2026-11-23"

    find_forged(bank, command("late"), "soon", "lot_expired: RICE soon expired after 2026-11-22")


# --- recalls --------------------------------------------------------------------------------------


def test_a_recalled_lot_is_not_handed_on_anywhere(bank: FoodBank) -> None:
    moved = bank.move(5, "late")
    recall = bank.spoil("late", 3, "recalled")
    bank.arrive(moved)

    for place in (YICANG, DEPOT):
        with pytest.raises(LotRecalledError) as caught:
            bank.move(1, "late", place)
        assert caught.value.details() == {"commodity": RICE, "lot": "late", "seq": recall}
    received = bank.take_in("late", 5)
    with pytest.raises(LotRecalledError):
        bank.inspect(received)
    bank.spoil("late", 12, "recalled")
    bank.bench.replay()


def test_what_spoils_for_another_reason_is_not_recalled(bank: FoodBank) -> None:
    bank.spoil("late", 3, "contaminated")

    bank.move(1, "late")

    assert bank.on_shelf("late") == 16


def test_a_lot_can_be_used_again_when_all_its_recalls_are_reversed(bank: FoodBank) -> None:
    first, second = (bank.spoil("late", 1, "recalled") for _ in range(2))
    bank.bench.reverse(first)
    with pytest.raises(LotRecalledError, match=f"was recalled by entry {second}"):
        bank.move(1, "late")

    bank.bench.reverse(second)
    bank.move(1, "late")
    third = bank.spoil("late", 1, "recalled")

    with pytest.raises(LotRecalledError, match=f"was recalled by entry {third}"):
        bank.move(1, "late")
    assert bank.on_shelf("late") == 18
    bank.bench.replay()
    bank.bench.keyed_replay()


@pytest.mark.parametrize("command", [move_of, round_of])
def test_the_log_alone_shows_what_was_handed_on_after_its_recall(
    bank: FoodBank, command: Callable[[str], Command]
) -> None:
    bank.spoil("soon", 1, "recalled")

    find_forged(bank, command("late"), "soon", "lot_recalled: RICE soon was recalled by entry")


# --- permitted use --------------------------------------------------------------------------------


def test_a_lot_goes_only_where_its_donor_allows(bank: FoodBank) -> None:
    bank.stock("prizes", 5, uses=["reward"], expires=TODAY)
    bank.stock("gifts", 5, uses=["aid", "reward"], expires=TODAY)
    bank.send(15)

    with pytest.raises(LotError, match="RICE: prizes was given for reward only"):
        bank.send(1, "prizes")
    bank.move(1, "prizes")

    assert (bank.on_shelf("gifts"), bank.on_shelf("prizes")) == (0, 4)
    find_forged(bank, round_of("late"), "prizes", "lot_invalid: RICE: prizes was given for")


# --- first expired, first out ---------------------------------------------------------------------


def test_what_expires_first_goes_first(bank: FoodBank) -> None:
    with pytest.raises(LotError, match="soon expires first, on 2026-11-22, and is still there"):
        bank.send(1, "late")
    bank.send(10, "soon")
    with pytest.raises(LotError, match="late expires first, on 2026-12-31"):
        bank.send(1, "ever")
    bank.send(20, "late")
    bank.send(30, "ever")

    assert bank.on_the_way("soon") + bank.on_the_way("late") + bank.on_the_way("ever") == 60
    bank.bench.replay()


def test_one_round_may_take_the_last_of_one_lot_and_the_first_of_the_next(bank: FoodBank) -> None:
    wanted = (*goods(1, "late"), *goods(10, "soon"))
    bank.bench.post(SendRound(place=YICANG, carrier=VAN, households=5, goods=wanted))

    assert (bank.on_shelf("soon"), bank.on_shelf("late")) == (0, 19)


def test_lots_that_expire_on_one_day_go_in_any_order(bank: FoodBank) -> None:
    bank.stock("same", 5, expires=TODAY)

    bank.send(1, "same")
    bank.send(1, "soon")

    assert (bank.on_shelf("same"), bank.on_shelf("soon")) == (4, 9)


def test_what_cannot_go_does_not_hold_up_what_expires_later(bank: FoodBank) -> None:
    bank.stock("prizes", 5, uses=["reward"], expires=TODAY)
    bank.stock("away", 5, "stock:depot", expires=TODAY)
    bank.lot("waiting", expires=TODAY)
    bank.take_in("waiting", 5)
    bank.stock("oil", 5, expires=TODAY, commodity="OIL")
    bank.spoil("late", 1, "recalled")
    bank.bench.today = "2026-11-23"

    bank.send(1, "ever")

    assert bank.on_shelf("ever") == 29
    bank.bench.replay()


def test_the_log_alone_shows_that_a_later_lot_went_first(bank: FoodBank) -> None:
    find_forged(bank, round_of("soon"), "late", "lot_invalid: RICE: soon expires first")
    find_forged(bank, round_of("soon", 10), "ever", "lot_invalid: RICE: (soon|late) expires first")


def test_a_move_takes_any_lot(bank: FoodBank) -> None:
    bank.move(1, "ever")

    assert bank.on_shelf("ever") == 29


# --- where lots come from, and why they go --------------------------------------------------------


@pytest.mark.parametrize(
    ("registered", "source"),
    [
        ("purchased", "donors"),
        ("granted", "donors"),
        ("donated", "grantors"),
        (None, "donors"),
        (None, "grantors"),
    ],
)
def test_a_lot_is_taken_in_from_where_it_is_registered(
    bank: FoodBank, registered: str | None, source: str
) -> None:
    bank.lot("odd", source=registered)
    command = TakeIn(to=YICANG, goods=batch("odd", 1), source=source)  # type: ignore[arg-type] # of the parameters

    with pytest.raises(LotError, match=r"odd is not registered as (donated|granted)"):
        bank.bench.post(command)
    with pytest.raises(LogBrokenError, match="lot_invalid"):
        replay(bank.bench.forge(bank.bench.draft(command)))


@pytest.mark.parametrize(
    ("registered", "source"),
    [("donated", "donors"), ("granted", "grantors"), ("donated", "partners"), (None, "partners")],
)
def test_a_lot_comes_in_from_its_source(
    bank: FoodBank, registered: str | None, source: str
) -> None:
    bank.lot("right", source=registered)

    bank.bench.post(TakeIn(to=YICANG, goods=batch("right", 1), source=source))  # type: ignore[arg-type] # of the parameters

    assert bank.bench.balance(f"world:{source}", RICE, "right") == -1


@pytest.mark.parametrize("lot", ["soon", "late", "ever"])
def test_only_what_is_past_its_last_day_has_expired(bank: FoodBank, lot: str) -> None:
    with pytest.raises(FactsError, match=f"public.reason: RICE {lot} can be used until"):
        bank.spoil(lot, 1, "expired")

    bank.bench.today = "2026-11-23"
    bank.spoil("soon", 10, "expired")
    assert bank.on_shelf("soon") == 0
    damaged = bank.bench.draft(Spoil(account=YICANG, goods=batch("late", 1), reason="damaged"))
    forged = bank.bench.forge(
        damaged,
        lambda entry: msgspec.structs.replace(entry, public={"reason": "expired"}),
        by=TWO,
    )
    with pytest.raises(LogBrokenError, match="facts_invalid"):
        replay(forged)
