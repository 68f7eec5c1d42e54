"""Delivery rounds: for how many they are, and that all of a round ends where it may."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests.ledger.bench import keyed_replay, replay
from tests.ledger.food_bank import VAN, YICANG, FoodBank, goods
from timebank.errors import (
    FactsError,
    LegPatternError,
    LogBrokenError,
    TooFewHouseholdsError,
    UnknownAccountError,
)
from timebank.flows.command import Command
from timebank.flows.rounds import EndRound, SendRound
from timebank.ledger.model import Draft, Entry, Place


@pytest.fixture
def bank() -> FoodBank:
    """A food bank with 50 of rice."""
    bank = FoodBank()
    bank.stock("rice-1", 50)
    return bank


def changed(**facts: object) -> Callable[[Entry], Entry]:
    """Change public facts."""

    def change(entry: Entry) -> Entry:
        return msgspec.structs.replace(entry, public={**entry.public, **facts})

    return change


def of(households: int) -> SendRound:
    return SendRound(place=YICANG, carrier=VAN, households=households, goods=goods(10))


def find_forged(
    bank: FoodBank, command: Command, change: Callable[[Entry], Entry], found: str
) -> None:
    """Expect that the log alone, and the log with the keys, show the changed entry."""
    forged = bank.bench.forge(bank.bench.draft(command), change)
    for check in (replay, lambda log: keyed_replay(log, bank.bench.ring())):
        with pytest.raises(LogBrokenError, match=found):
            check(forged)


def turned(draft: Draft, index: int, account: str) -> Draft:
    """A draft of which one leg goes somewhere else."""
    leg = draft.legs[index]._replace(to=Place(account))
    legs = (*draft.legs[:index], leg, *draft.legs[index + 1 :])
    return Draft(
        kind=draft.kind, day=draft.day, legs=legs, public=draft.public, details=draft.details
    )


# --- going out ------------------------------------------------------------------------------------


@pytest.mark.parametrize("households", [1, 4])
def test_a_round_for_fewer_than_five_households_waits(bank: FoodBank, households: int) -> None:
    with pytest.raises(TooFewHouseholdsError) as caught:
        bank.send(10, households=households)

    assert caught.value.details() == {"households": households, "needed": 5}
    find_forged(bank, of(5), changed(households=households), "facts_invalid: public.households")


def test_policy_may_ask_for_more_households_and_not_for_fewer(bank: FoodBank) -> None:
    bank.bench.policy("households_min", 2)
    with pytest.raises(TooFewHouseholdsError):
        bank.send(10, households=4)
    bank.bench.policy("households_min", 8)
    with pytest.raises(TooFewHouseholdsError, match=r"for 8 households .* this is for 7"):
        bank.send(10, households=7)

    bank.send(10, households=8)

    find_forged(bank, of(8), changed(households=7), "too_few_households")


def test_a_policy_counts_from_the_day_it_takes_force(bank: FoodBank) -> None:
    bank.bench.policy("households_min", 8, in_force="2026-12-01")
    bank.send(10)
    bank.bench.today = "2026-12-01"

    with pytest.raises(TooFewHouseholdsError):
        bank.send(10)
    bank.bench.post(msgspec.structs.replace(of(5), day="2026-11-30"))

    bank.bench.replay()


# --- coming back ----------------------------------------------------------------------------------


def test_a_round_ends_with_nothing_left_on_the_way(bank: FoodBank) -> None:
    sent = bank.send(20)

    bank.end(sent, back=5, lost=1, refused=1, absent=1)

    assert (bank.on_the_way("rice-1"), bank.in_quarantine("rice-1")) == (0, 5)
    assert bank.bench.balance("world:consumed", "RICE", "rice-1") == 14
    assert bank.bench.balance("world:lost", "RICE", "rice-1") == 1
    bank.bench.replay()
    bank.bench.keyed_replay()


@pytest.mark.parametrize(
    ("ending", "found"),
    [
        ({"refused": 4, "absent": 2}, "with those absent is 6 of 5 households"),
        ({"refused": 5}, "nobody took anything, yet something was handed over"),
        ({"absent": 5, "back": 19}, "nobody took anything, yet something was handed over"),
        ({"back": 20, "refused": 4}, "some took what they were brought, yet all of it came back"),
    ],
)
def test_what_is_said_of_the_households_agrees_with_the_goods(
    bank: FoodBank, ending: dict[str, Any], found: str
) -> None:
    sent = bank.send(20)

    with pytest.raises(FactsError, match=found):
        bank.end(sent, **ending)

    said = {name: value for name, value in ending.items() if name != "back"}
    honest = EndRound(round=sent, back=goods(ending.get("back", 0)))
    find_forged(bank, honest, changed(**said), f"facts_invalid: public.refused: .*{found}")


@pytest.mark.parametrize(
    "ending",
    [
        {"refused": 5, "back": 20},
        {"refused": 2, "absent": 3, "back": 15, "lost": 5},
        {"lost": 20},
        {"lost": 1, "back": 19},
        {"refused": 4, "back": 19},
    ],
)
def test_a_round_ends_in_any_way_that_can_be(bank: FoodBank, ending: dict[str, Any]) -> None:
    bank.end(bank.send(20), **ending)

    assert bank.on_the_way("rice-1") == 0
    bank.bench.replay()


def test_what_comes_back_goes_to_the_quarantine_of_the_place_it_left(bank: FoodBank) -> None:
    sent = bank.send(20)
    draft = bank.bench.draft(EndRound(round=sent, back=goods(5)))

    for account in ("stock:depot:quarantine", "stock:yicang", "stock:yicang:reserved"):
        wrong = turned(draft, 1, account)
        with pytest.raises((LegPatternError, UnknownAccountError)):
            bank.bench.append(wrong)
        with pytest.raises(LogBrokenError, match=r"leg_not_allowed|unknown_account"):
            replay(bank.bench.forge(wrong))


def test_a_round_is_reversed_and_sent_again(bank: FoodBank) -> None:
    first = bank.send(20)
    ended = bank.end(first, back=5)

    bank.bench.reverse(ended)
    assert (bank.on_the_way("rice-1"), bank.in_quarantine("rice-1")) == (20, 0)
    bank.bench.reverse(first)
    assert bank.on_shelf("rice-1") == 50
    bank.end(bank.send(30), back=5)

    assert (bank.on_shelf("rice-1"), bank.in_quarantine("rice-1")) == (20, 5)
    bank.bench.replay()
    bank.bench.keyed_replay()
