"""What staff who answer for money wish."""

from random import Random
from typing import Any

from tests.flows.staff.association import BANK, CLUB, FUNDS, TILL, a_plan, days_from
from tests.flows.staff.chance import (
    NAMES,
    TILLS,
    a_day,
    an_amount,
    careless,
    one_of,
    open_end,
    pick,
    there,
)
from tests.ledger.bench import Bench, hash_of
from timebank.flows.command import Command
from timebank.flows.funds import (
    Donate,
    FileReport,
    MoveMoney,
    OpenFund,
    Reclassify,
    Spend,
    TakeGrant,
)


def money(dice: Random, bench: Bench) -> dict[str, Any]:
    """The fields of an amount of a fund at a place, mostly one where it is."""
    right = [(account, fund) for account, _, fund in there(bench, BANK, TILL, CLUB)]
    account, fund = pick(dice, right, [(till, fund) for till in TILLS for fund in FUNDS])
    placed = {"account": account, "fund": fund, "commodity": "CNY"}
    return {**placed, "amount": an_amount(dice), **a_day(dice, bench)}


def open_fund(dice: Random, _bench: Bench) -> Command:
    return OpenFund(
        fund=f"fund:{dice.choice(NAMES)}",
        commodity="CNY",
        purpose="互助",
        source=dice.choice(("donated", "granted", "earned")),
        overheads=careless(dice),
    )


def donate(dice: Random, bench: Bench) -> Command:
    command, right = dice.choice(
        ((Donate, "fund:flood"), (Donate, "fund:winter"), (TakeGrant, "fund:city"))
    )
    fields: dict[str, Any] = {
        **money(dice, bench),
        "fund": pick(dice, (right,), FUNDS),
        "account": pick(dice, (BANK, TILL), (CLUB,)),
        "receipt": dice.choice(NAMES),
    }
    made: Command = command(**fields)
    return made


def file_plan(dice: Random, bench: Bench) -> Command:
    return a_plan(
        dice.choice(FUNDS),
        dice.choice((5, 15)),
        days_from(bench.posted(), pick(dice, (9, 9, 1), (0, -1, 60))),
        category=pick(dice, ("aid",), ("wages", "fees")),
        day=a_day(dice, bench).get("day"),
    )


def spend(dice: Random, bench: Bench) -> Command:
    return Spend(
        plan=open_end(dice, bench, "plan.filed"),
        account=pick(dice, (BANK,), TILLS),
        amount=an_amount(dice),
        related="none",
        **a_day(dice, bench),
    )


def file_report(dice: Random, bench: Bench) -> Command:
    plan = one_of(dice, bench, "plan.filed")
    return FileReport(plan=plan, result="已办", evidence=(hash_of("invoice"),))


def reclassify(dice: Random, bench: Bench) -> Command:
    fields: dict[str, Any] = {
        **money(dice, bench),
        "to_fund": dice.choice(FUNDS),
        "basis": "consent",
    }
    return Reclassify(document=hash_of("letter"), **fields)


def move_money(dice: Random, bench: Bench) -> Command:
    return MoveMoney(to=dice.choice(TILLS), **money(dice, bench))
