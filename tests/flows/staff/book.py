"""What may be wished of a book as a whole: to reverse, to define, to decide and to close."""

from random import Random
from typing import Final

from tests.flows.staff.association import AGENCY, BANK, FUNDS, PLACES, days_from
from tests.flows.staff.chance import (
    ALL_LOTS,
    NAMES,
    a_day,
    an_amount,
    any_seq,
    careless,
    pick,
    standing,
)
from tests.ledger.bench import Bench, hash_of, leg
from timebank.flows.command import Command
from timebank.flows.definitions import RegisterLot, SetPolicy, SettingFact, ValueFact
from timebank.flows.movements import OpenBalances
from timebank.flows.periods import Close
from timebank.flows.reversals import Reverse
from timebank.ledger.model import Entry
from timebank.ledger.registry import standard_registry

REVERSIBLE: Final = [kind.kind for kind in standard_registry().kinds.values() if kind.reversible]


def reverse(dice: Random, bench: Bench) -> Command:
    """Mostly one of the last, or one that others go on from; sometimes what cannot be reversed."""
    right = [one.seq for one in standing(bench, *REVERSIBLE)][-8:]
    if dice.randrange(3) == 0:
        right = sorted({seq for one in standing(bench, *bench.kinds.kinds) for seq in named(one)})
    return Reverse(reverses=pick(dice, right, any_seq(bench)), **a_day(dice, bench))


def named(entry: Entry) -> list[int]:
    """The earlier entries that an entry names."""
    facts = ("hold", "received", "move", "round", "plan")
    return [seq for fact in facts if isinstance(seq := entry.public.get(fact), int)]


def open_balances(dice: Random, bench: Bench) -> Command:
    commodity, lot = dice.choice(ALL_LOTS)
    legs = (
        leg("issued", "ana", 5),
        leg("world:opening", BANK, 5, "CNY", "fund:city"),
        leg("world:opening", BANK, 5, "CNY", AGENCY),
        leg("world:opening", PLACES[0], 5, commodity, lot),
    )
    return OpenBalances(legs=(dice.choice(legs),), list=hash_of("list"), **a_day(dice, bench))


def register_lot(dice: Random, _bench: Bench) -> Command:
    return RegisterLot(
        commodity="RICE",
        lot=dice.choice(NAMES),
        source="purchased",
        basis="cost",
        value=ValueFact(an_amount(dice), "CNY"),
        fund=pick(dice, FUNDS, (AGENCY,)),
        uses=("aid",),
    )


def set_policy(dice: Random, bench: Bench) -> Command:
    setting = SettingFact(
        setting=dice.choice(("cap_daily", "redeem_daily")),
        value=dice.choice((6, 12, 30)),
        commodity="POINT",
    )
    tariff = SettingFact("tariff", dice.choice((6, 9)), "POINT", "care")
    in_force = days_from(bench.posted(), dice.randint(-1 if careless(dice) else 0, 2))
    day = a_day(dice, bench).get("day")
    return SetPolicy(settings=(setting, tariff), in_force=in_force, day=day)


def close(dice: Random, bench: Bench) -> Command:
    return Close(until=days_from(bench.posted(), -dice.randint(0, 3)))
