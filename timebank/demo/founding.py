"""The founding: what the book counts, where and by which rules, and what was there before."""

from collections.abc import Sequence
from typing import Final

from timebank.demo import categories, goods, places
from timebank.demo.clubs import clubs_of
from timebank.demo.diary import paper
from timebank.demo.officers import TREASURER
from timebank.demo.places import CNY, HOUR, POINT
from timebank.demo.scene import Scene
from timebank.flows.command import Command
from timebank.flows.definitions import (
    DefineCommodity,
    OpenAccount,
    RegisterLot,
    SetPolicy,
    SettingFact,
)
from timebank.flows.funds import OpenFund
from timebank.flows.movements import OpenBalances
from timebank.ledger.model import Leg

CLUB_POINTS: Final = 200
POOL_POINTS: Final = 3_000

MONEY: Final = {
    (places.BANK, places.OPERATING): 8_652_000,
    (places.BANK, places.CHARITY_POOL): 1_240_000,
    (places.MARKET_TILL, places.CHARITY_POOL): 86_500,
    (places.OFFICE_TILL, places.OPERATING): 120_000,
}
"""What there is where of each fund, in fen."""

_LEGS_MAX: Final = 64

COMMODITIES: Final[tuple[Command, ...]] = (
    DefineCommodity(commodity=POINT, commodity_kind="points", scale=0, title="积分"),
    DefineCommodity(commodity=HOUR, commodity_kind="time", scale=0, title="服务时间（分钟）"),
    DefineCommodity(commodity=CNY, commodity_kind="money", scale=2, title="人民币"),
    *(
        DefineCommodity(commodity=one.commodity, commodity_kind="goods", scale=0, title=one.title)
        for one in goods.ALL
    ),
    DefineCommodity(commodity=goods.HANDICRAFT, commodity_kind="goods", scale=0, title="手工艺品"),
)
ACCOUNTS: Final[tuple[Command, ...]] = (
    OpenAccount(account=places.BANK, title="基本户"),
    OpenAccount(account=places.MARKET_TILL, title="义集现金"),
    OpenAccount(account=places.OFFICE_TILL, title="备用金"),
    OpenAccount(account=places.FOOD_BANK, title="义仓"),
    OpenAccount(account=places.quarantine(places.FOOD_BANK), title="义仓待检"),
    OpenAccount(account=places.SUPERMARKET, title="公益超市"),
    OpenAccount(account=places.quarantine(places.SUPERMARKET), title="公益超市待检"),
)
FUNDS: Final[tuple[Command, ...]] = (
    RegisterLot(commodity=CNY, lot=places.AGENCY, title="代收款"),
    OpenFund(
        commodity=CNY,
        fund=places.OPERATING,
        title="日常运营",
        purpose="办公、场地、人员",
        source="earned",
        overheads=True,
    ),
    OpenFund(
        commodity=CNY,
        fund=places.CHARITY_POOL,
        title="义集公益金",
        purpose="义集所得，用于义仓和公益超市",
        source="earned",
        overheads=True,
        categories=("aid", "reward"),
    ),
    OpenFund(
        commodity=CNY,
        fund=places.ELDER_MEALS,
        title="长者助餐专户",
        purpose="为独居长者送餐",
        source="granted",
        categories=("meals", "transport"),
        ends="2026-06-30",
    ),
    OpenFund(
        commodity=CNY,
        fund=places.NEIGHBOURS,
        title="邻里互助专户",
        purpose="帮助有困难的邻居，支持社区活动",
        source="donated",
        categories=("aid", "repairs", "activities"),
    ),
    OpenFund(
        commodity=CNY,
        fund=places.FLOOD,
        title="2025 年洪灾救助专户",
        purpose="帮助受灾邻居",
        source="donated",
        wish="只用于受灾家庭",
        categories=("aid", "repairs"),
    ),
)
_SETTINGS: Final = (
    SettingFact("credit_limit", 20, POINT),
    SettingFact("hold_days", 30),
    SettingFact("cap_daily", 120, HOUR),
    SettingFact("expiry_days", 360, POINT),
    SettingFact("redeem_daily", 60, POINT),
    SettingFact("pool_share_min", 50),
    SettingFact("households_min", 5),
    SettingFact("report_days", 60),
    SettingFact("market_report_days", 15),
    *(SettingFact("tariff", one.rate, one.commodity, one.code) for one in categories.ALL),
    *(
        SettingFact("donate_only", 1, category=one.code)
        for one in categories.ALL
        if one.donate_only
    ),
    *(SettingFact("price", one.price, POINT, goods=one.commodity) for one in goods.ALL),
)


def found(scene: Scene) -> int:
    """Define everything, and take over what was there; give the seq of the policy."""
    diary, size = scene.diary, scene.size
    clubs = [place for place, _ in clubs_of(size)]
    opened = [OpenAccount(account=place, title=title) for place, title in clubs_of(size)]
    for command in (*COMMODITIES, *ACCOUNTS, *opened, *FUNDS):
        diary.post(command, *TREASURER)
    cap = SettingFact("cap_lifetime", size.lifetime_cap_minutes, HOUR)
    policy = diary.post(SetPolicy(settings=(*_SETTINGS, cap)), *TREASURER)
    chance = scene.chance("founding")
    legs = [
        *(_counted(place, CLUB_POINTS) for place in clubs),
        _counted(places.POOL, POOL_POINTS),
        *(_counted(places.member(one), chance.whole(40, 160)) for one in scene.people.households),
        *(_money(place, fund, amount) for (place, fund), amount in MONEY.items()),
    ]
    for some in _in_parts(legs):
        diary.post(OpenBalances(legs=some, list=paper("balances", scene.seed)), *TREASURER)
    for leg in legs:
        if leg.commodity == POINT:
            diary.move_points("", leg.to, leg.amount)
    return policy


def _counted(to: str, amount: int) -> Leg:
    return Leg(amount=amount, commodity=POINT, from_="issued", to=to)


def _money(to: str, fund: str, amount: int) -> Leg:
    return Leg(amount=amount, commodity=CNY, lot=fund, from_="world:opening", to=to)


def _in_parts(legs: Sequence[Leg]) -> list[tuple[Leg, ...]]:
    return [tuple(legs[first : first + _LEGS_MAX]) for first in range(0, len(legs), _LEGS_MAX)]
