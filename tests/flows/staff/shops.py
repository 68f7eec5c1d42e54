"""What staff of the shops wish."""

from random import Random

from tests.flows.staff.association import MEMBERS, PLACES, STALLS
from tests.flows.staff.chance import (
    ALL_LOTS,
    NAMES,
    a_day,
    an_amount,
    an_id,
    flip,
    pick,
    some_goods,
    there,
)
from tests.ledger.bench import Bench, hash_of
from timebank.flows.command import Command
from timebank.flows.goods import Batch
from timebank.flows.shops import PayOut, Redeem, SellInShop


def redeem(dice: Random, bench: Bench) -> Command:
    shelf = dice.choice(PLACES)
    pickup = dice.choice((None, hash_of(dice.choice(NAMES))))
    return Redeem(
        member=an_id(dice, MEMBERS),
        commodity="POINT",
        place=shelf,
        goods=some_goods(dice, bench, shelf),
        pickup=pickup,
        **a_day(dice, bench),
    )


def sell_in_shop(dice: Random, bench: Bench) -> Command:
    right = [(commodity, lot) for _, commodity, lot in there(bench, "stalls") if commodity != "CNY"]
    commodity, lot = pick(dice, right, ALL_LOTS)
    sold = (Batch(commodity=commodity, lot=lot, amount=1),) if flip(dice) else ()
    price = an_amount(dice)
    return SellInShop(
        stall=an_id(dice, STALLS), commodity="CNY", price=price, goods=sold, **a_day(dice, bench)
    )


def pay_out(dice: Random, bench: Bench) -> Command:
    return PayOut(
        stall=an_id(dice, STALLS), commodity="CNY", amount=an_amount(dice), **a_day(dice, bench)
    )
