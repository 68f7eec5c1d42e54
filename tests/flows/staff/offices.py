"""What somebody of each office wishes."""

from collections.abc import Callable
from random import Random
from typing import Final

from tests.flows.staff.book import close, open_balances, register_lot, reverse, set_policy
from tests.flows.staff.charity_market import buy, file_market, report_market, sell, take_home
from tests.flows.staff.food_bank import (
    arrive,
    count,
    end_round,
    inspect,
    move,
    send_round,
    spoil,
    take_in,
)
from tests.flows.staff.funds import (
    donate,
    file_plan,
    file_report,
    move_money,
    open_fund,
    reclassify,
    spend,
)
from tests.flows.staff.shops import pay_out, redeem, sell_in_shop
from tests.flows.staff.time_bank import (
    adjust,
    attendance,
    expire,
    give,
    go_on_from_hold,
    grant_from_pool,
    hold,
    issue,
    service,
    transfer,
)
from tests.ledger.bench import Bench
from timebank.flows import definitions
from timebank.flows.command import Command

Wish = Callable[[Random, Bench], Command]

TIME_BANK: Final = (
    service, service, service, issue, transfer, give, grant_from_pool, hold, go_on_from_hold,
    attendance, expire, expire, adjust, reverse,
)  # fmt: skip
MARKET: Final = (file_market, sell, sell, take_home, buy, report_market, move_money)
FOOD_BANK: Final = (
    take_in, take_in, inspect, inspect, move, arrive, send_round, end_round, spoil, count,
)  # fmt: skip
SHOPS: Final = (redeem, redeem, sell_in_shop, pay_out, take_in, inspect)
MONEY: Final = (
    open_fund, donate, file_plan, spend, spend, spend, spend, file_report, reclassify, move_money,
    buy, register_lot, reverse,
)  # fmt: skip
BOOK: Final = (open_balances, register_lot, set_policy, close)
WISHES: Final = (*TIME_BANK, *MARKET, *FOOD_BANK, *SHOPS, *MONEY, *BOOK, reverse)
OFFICES: Final = {
    "time bank": TIME_BANK,
    "market": MARKET,
    "food bank": FOOD_BANK,
    "shops": SHOPS,
    "money": MONEY,
    "all of it": WISHES,
}
"""What somebody of each office wishes."""

NEVER_WISHED: Final = {
    definitions.OpenBook,
    definitions.DefineCommodity,
    definitions.OpenAccount,
    definitions.CloseAccount,
    definitions.EnrolHolder,
    definitions.LeaveHolder,
    definitions.RotateKey,
}
"""Definitions that move nothing, which ``test_any_sequence`` asks for."""
