"""What staff of the time bank wish."""

from random import Random
from typing import Any

from tests.flows.staff.association import CLUB, COUNTED, MEMBERS, POOL, days_from
from tests.flows.staff.chance import (
    NAMES,
    PAYEES,
    a_day,
    an_amount,
    an_id,
    careless,
    flip,
    one_of,
    open_end,
    pick,
    there,
)
from tests.ledger.bench import Bench, hash_of, leg, member_id, place
from timebank.flows.attendances import Attendance
from timebank.flows.command import Command
from timebank.flows.gifts import Give, GrantFromPool
from timebank.flows.holds import Hold, Release, Settle
from timebank.flows.movements import Issue, Reclaim, Transfer
from timebank.flows.retirements import Adjust, Expire
from timebank.flows.services import Helper, Service


def issue(dice: Random, bench: Bench) -> Command:
    command = dice.choice((Issue, Issue, Reclaim))
    to, amount = dice.choice(MEMBERS), an_amount(dice)
    sides = ("issued", to) if command is Issue else (to, "issued")
    made: Command = command(legs=(leg(*sides, amount, dice.choice(COUNTED)),), **a_day(dice, bench))
    return made


def transfer(dice: Random, bench: Bench) -> Command:
    legs = (leg(dice.choice(PAYEES), dice.choice(PAYEES), an_amount(dice), dice.choice(COUNTED)),)
    return Transfer(legs=legs, **a_day(dice, bench))


def give(dice: Random, bench: Bench) -> Command:
    to = dice.choice((POOL, POOL, place("ana")))
    fields: dict[str, Any] = {"amount": an_amount(dice), "commodity": dice.choice(COUNTED)}
    return Give(giver=dice.choice(PAYEES), to=to, **fields, **a_day(dice, bench))


def grant_from_pool(dice: Random, bench: Bench) -> Command:
    _, commodity, _ = pick(dice, there(bench, POOL), ((POOL, "POINT", ""),))
    return GrantFromPool(to=dice.choice(PAYEES), amount=an_amount(dice), commodity=commodity)


def hold(dice: Random, _bench: Bench) -> Command:
    commodity = dice.choice(("POINT", "POINT", "HOUR"))
    return Hold(member=an_id(dice, MEMBERS), amount=dice.randint(1, 20), commodity=commodity)


def go_on_from_hold(dice: Random, bench: Bench) -> Command:
    held, amount = open_end(dice, bench, "hold"), dice.choice((None, None, an_amount(dice)))
    if flip(dice):
        return Release(hold=held, amount=amount)
    return Settle(hold=held, amount=amount, to=dice.choice(PAYEES))


def service(dice: Random, bench: Bench) -> Command:
    """By one or two helpers, for the community or from a hold."""
    helpers = dice.sample(MEMBERS, k=dice.choice((1, 1, 1, 2)))
    held = open_end(dice, bench, "hold") if flip(dice) else None
    commodity = dice.choice(("POINT", "POINT", "HOUR"))
    if held is not None and bench.entry(held).kind == "hold" and not careless(dice):
        commodity = bench.entry(held).legs[0].commodity
    return Service(
        task=hash_of(f"task {dice.randrange(100)}"),
        category="care" if commodity == "HOUR" else dice.choice(("care", "care", "event")),
        commodity=commodity,
        helpers=tuple(Helper(member_id(one), dice.choice((60, 90, 30, 7))) for one in helpers),
        hold=held,
        **a_day(dice, bench),
    )


def attendance(dice: Random, bench: Bench) -> Command:
    return Attendance(
        event=dice.choice(NAMES),
        category="tea",
        headcount=an_amount(dice),
        group=CLUB,
        **a_day(dice, bench),
    )


def expire(dice: Random, bench: Bench) -> Command:
    accounts = tuple(dice.choices(PAYEES, k=dice.choice((1, 1, 2))))
    until = days_from(bench.posted(), -dice.choice((1, 2, 2, 3)))
    return Expire(accounts=accounts, commodity="POINT", until=until)


def adjust(dice: Random, bench: Bench) -> Command:
    policy = one_of(dice, bench, "policy.set")
    account = dice.choice((*PAYEES, POOL))
    return Adjust(
        account=account, amount=an_amount(dice), commodity=dice.choice(COUNTED), policy=policy
    )
