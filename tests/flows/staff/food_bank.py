"""What staff of the food bank wish."""

from random import Random
from typing import Literal, TypeAlias

from tests.flows.staff.association import CARRIER, LOTS, PLACES, STALLS
from tests.flows.staff.chance import (
    ALL_LOTS,
    RECEIVED,
    a_day,
    an_amount,
    an_id,
    open_end,
    part_of,
    pick,
    some_goods,
    there,
)
from tests.ledger.bench import Bench, member_id
from timebank.flows.command import Command
from timebank.flows.counts import Count, Counted, Spoil
from timebank.flows.goods import Batch
from timebank.flows.intakes import Inspect, TakeIn
from timebank.flows.moves import Arrive, Move
from timebank.flows.rounds import EndRound, SendRound

Source: TypeAlias = Literal["donors", "grantors", "partners", "suppliers"]


def take_in(dice: Random, bench: Bench) -> Command:
    """Take in what was given, or a family's own goods."""
    commodity, lot = dice.choice(ALL_LOTS)
    goods = (Batch(commodity=commodity, lot=lot, amount=an_amount(dice)),)
    if dice.randint(0, 2) == 2:
        stall = f"stalls#{an_id(dice, STALLS)}"
        return TakeIn(to=stall, goods=goods, source="suppliers", **a_day(dice, bench))
    right: Source = "donors" if LOTS[lot]["source"] == "donated" else "partners"
    source = pick(dice, (right,), ("donors", "grantors", "partners"))
    return TakeIn(to=dice.choice(PLACES), goods=goods, source=source, **a_day(dice, bench))


def inspect(dice: Random, bench: Bench) -> Command:
    received = open_end(dice, bench, *RECEIVED)
    return Inspect(received=received, rejected=part_of(dice, bench, received), **a_day(dice, bench))


def move(dice: Random, bench: Bench) -> Command:
    shelf = dice.choice(PLACES)
    goods = some_goods(dice, bench, shelf)
    return Move(place=shelf, carrier=member_id(CARRIER), goods=goods, **a_day(dice, bench))


def arrive(dice: Random, bench: Bench) -> Command:
    moved = open_end(dice, bench, "move")
    lost = part_of(dice, bench, moved)
    return Arrive(move=moved, place=dice.choice(PLACES), lost=lost, **a_day(dice, bench))


def send_round(dice: Random, bench: Bench) -> Command:
    shelf = dice.choice(PLACES)
    return SendRound(
        place=shelf,
        carrier=member_id(CARRIER),
        households=pick(dice, (5, 6, 9), (4,)),
        goods=some_goods(dice, bench, shelf),
        **a_day(dice, bench),
    )


def end_round(dice: Random, bench: Bench) -> Command:
    sent = open_end(dice, bench, "round.out")
    return EndRound(
        round=sent,
        refused=dice.choice((0, 1, 1, 5)),
        back=part_of(dice, bench, sent),
        lost=part_of(dice, bench, sent),
        **a_day(dice, bench),
    )


def spoil(dice: Random, bench: Bench) -> Command:
    account, commodity, lot, received = where_goods_are(dice, bench)
    return Spoil(
        account=account,
        goods=(Batch(commodity=commodity, lot=lot, amount=dice.randint(1, 3)),),
        reason=pick(dice, ("damaged",), ("expired", "recalled")),
        received=received,
        **a_day(dice, bench),
    )


def count(dice: Random, bench: Bench) -> Command:
    account, commodity, lot, received = where_goods_are(dice, bench)
    found = max(0, bench.balance(account, commodity, lot) + dice.choice((-2, -1, 1, 3)))
    return Count(
        account=account,
        against=max(0, bench.state.size - pick(dice, (1,), (9,))),
        counted=(Counted(commodity=commodity, lot=lot, amount=found),),
        received=received,
    )


def where_goods_are(dice: Random, bench: Bench) -> tuple[str, str, str, int | None]:
    """A lot on a shelf, or in quarantine with the entry that brought it there."""
    places = [*PLACES, *(f"{shelf}:quarantine" for shelf in PLACES)]
    account, commodity, lot = pick(dice, there(bench, *places), ((PLACES[0], "RICE", "shelf"),))
    if account in PLACES:
        return account, commodity, lot, None
    return account, commodity, lot, open_end(dice, bench, *RECEIVED)
