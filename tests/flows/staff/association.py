"""The association: who belongs to it, what it has, and what it has begun."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from tests.ledger.bench import Bench, hash_of, leg, member_id
from timebank.flows.charity_market import FileMarket
from timebank.flows.command import Command
from timebank.flows.definitions import RegisterLot, SetPolicy, SettingFact, ValueFact
from timebank.flows.funds import FilePlan, OpenFund
from timebank.flows.goods import Batch, Goods
from timebank.flows.holds import Hold
from timebank.flows.intakes import TakeIn
from timebank.flows.moves import Move
from timebank.flows.rounds import SendRound

MEMBERS: Final = ("ana", "bo", "cy")
STALLS: Final = ("tea", "shop")
CARRIER: Final = "van"
BANK, TILL, CLUB, POOL = "bank:main", "cash:market", "groups:chess", "pool:donated"
PLACES: Final = ("stock:yicang", "stock:supermarket")
COUNTED: Final = ("POINT", "HOUR")
FUNDS: Final = ("fund:operating", "fund:pool", "fund:flood", "fund:winter", "fund:city")
AGENCY: Final = "fund:agency"
OFFICERS: Final = (
    "staff:treasurer:1",
    "staff:storekeeper:2",
    "staff:verifier:3",
    "staff:coordinator:4",
)
TODAY: Final = "2026-11-22"

SETTINGS: Final = (
    SettingFact("tariff", 60, "HOUR", "care"),
    SettingFact("tariff", 6, "POINT", "care"),
    SettingFact("tariff", 10, "POINT", "event"),
    SettingFact("donate_only", 1, None, "event"),
    SettingFact("cap_daily", 12, "POINT"),
    SettingFact("cap_lifetime", 30, "POINT"),
    SettingFact("cap_lifetime", 200, "HOUR"),
    SettingFact("expiry_days", 2, "POINT"),
    SettingFact("price", 3, "POINT", None, "RICE"),
    SettingFact("price", 5, "POINT", None, "OIL"),
    SettingFact("redeem_daily", 20, "POINT"),
    SettingFact("report_days", 30),
)
LOTS: Final[dict[str, dict[str, Any]]] = {
    "soon": {"source": "donated", "expires": "2026-11-24"},
    "late": {"source": "donated", "expires": "2026-12-31"},
    "aid": {"source": "donated", "uses": ("aid",)},
    "shelf": {"source": "produced"},
    "bought": {"source": "purchased", "fund": "fund:pool", "uses": ("aid", "reward")},
    "planned": {"source": "purchased", "fund": "fund:winter"},
}
"""Lots of RICE; OIL has those called soon and late."""
COSTS: Final = {"bought": 12, "planned": 9}


def found_association() -> Bench:
    """A book with everything in it that staff can touch, and a little of each thing there."""
    bench = Bench(today=days_from(TODAY, -3))
    for commodity, kind in (
        ("HOUR", "time"),
        ("CNY", "money"),
        ("RICE", "goods"),
        ("OIL", "goods"),
    ):
        bench.define(commodity, kind)  # type: ignore[arg-type]  # literals
    quarantines = [f"{place}:quarantine" for place in PLACES]
    for account in (BANK, TILL, CLUB, *PLACES, *quarantines):
        bench.account(account)
    _open_funds(bench)
    _register_lots(bench)
    bench.enrol(*MEMBERS)
    bench.enrol(CARRIER, kind="carrier")
    bench.enrol(*STALLS, kind="stall")
    bench.post(SetPolicy(settings=SETTINGS))
    for name in MEMBERS:
        bench.issue(name, 60)
        bench.issue(name, 90, "HOUR")
    bench.today = TODAY
    bench.take_over(
        *(leg("world:opening", BANK, 100, "CNY", fund) for fund in FUNDS),
        *(leg("world:opening", PLACES[0], 20, "RICE", lot) for lot in ("soon", "late", "aid")),
        *(leg("world:opening", PLACES[1], 20, "OIL", lot) for lot in ("soon", "late")),
    )
    for command in _begun():
        bench.post(command, by=OFFICERS)
    return bench


def _begun() -> Iterator[Command]:
    """Something that has begun and can go on, of each sort."""
    van = member_id(CARRIER)
    yield Hold(member=member_id("ana"), amount=15, commodity="POINT")
    yield a_market("n-0", TODAY)
    yield a_plan("fund:winter", 10, "2026-12-05")
    yield a_plan("fund:pool", 40, "2026-12-05")
    yield TakeIn(to=PLACES[0], goods=(Batch(commodity="RICE", lot="late", amount=5),))
    yield Move(place=PLACES[1], carrier=van, goods=(Goods(commodity="OIL", amount=5),))
    yield SendRound(
        place=PLACES[0], carrier=van, households=5, goods=(Goods(commodity="RICE", amount=5),)
    )


def a_market(market: str, held: str, **more: Any) -> FileMarket:  # noqa: ANN401 - any field
    fields = {"fund": "fund:pool", "share": 333, **more}
    return FileMarket(
        market=market,
        held=held,
        opens=540,
        closes=720,
        place="广场",
        purpose="义仓",
        basis="报备",
        commodity="CNY",
        cash=TILL,
        **fields,
    )


def a_plan(fund: str, amount: int, until: str, **more: Any) -> FilePlan:  # noqa: ANN401
    fields = {"category": "aid", **more}
    return FilePlan(
        fund=fund, commodity="CNY", amount=amount, plan=hash_of("plan"), until=until, **fields
    )


def _open_funds(bench: Bench) -> None:
    bench.lot("CNY", AGENCY)
    for fund, source, more in (
        ("fund:operating", "earned", {"overheads": True}),
        ("fund:pool", "earned", {"categories": ("aid", "reward")}),
        ("fund:flood", "donated", {"categories": ("aid",), "ends": "2026-12-15"}),
        ("fund:winter", "donated", {}),
        ("fund:city", "granted", {"overheads": True}),
    ):
        fields: dict[str, Any] = {"purpose": "互助", "source": source, **more}
        bench.post(OpenFund(fund=fund, commodity="CNY", **fields))


def _register_lots(bench: Bench) -> None:
    for lot, facts in LOTS.items():
        fields: dict[str, Any] = dict(facts)
        if lot in COSTS:
            fields |= {"basis": "cost", "value": ValueFact(COSTS[lot], "CNY")}
        bench.post(RegisterLot(commodity="RICE", lot=lot, **fields))
    for lot in ("soon", "late"):
        bench.post(RegisterLot(commodity="OIL", lot=lot, **LOTS[lot]))


def days_from(day: str, days: int) -> str:
    return str(date.fromisoformat(day) + timedelta(days=days))
