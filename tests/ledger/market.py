"""A charity market and two shops on a bench, and their commands in short.

    market = Market()
    market.sell(1_000)
    market.owed("one")  # 895, since 105 thousandths are the pool's
    market.buy("rice-1", 105)

Money is CNY, and what is bought RICE. The day is the day of the market.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import pytest
from msgspec.structs import replace

from tests.ledger.bench import TODAY, Bench, hash_of, keyed_replay, leg, member_id, replay
from timebank.errors import LogBrokenError, TimebankError
from timebank.flows.charity_market import (
    Buy,
    FileMarket,
    PaidInPoints,
    ReportMarket,
    Sell,
    TakeHome,
    TakenHome,
)
from timebank.flows.definitions import RegisterLot, SetPolicy, SettingFact, ValueFact
from timebank.flows.funds import OpenFund
from timebank.flows.goods import Batch, Goods
from timebank.flows.shops import PayOut, Redeem, SellInShop
from timebank.ledger.entry import owners_of
from timebank.ledger.model import Draft

E = TypeVar("E", bound=TimebankError)
CASH: Final = "cash:market"
POOL: Final = "fund:pool"
AGENCY: Final = "fund:agency"
YICANG: Final = "stock:yicang"
SHOP: Final = "stock:shop"
RICE: Final = "RICE"
TWO: Final = ("staff:treasurer:1", "staff:storekeeper:2")


@dataclass
class Market:
    """A bench with a market held today, ana and bo with 100 points each, and two stalls."""

    bench: Bench = field(default_factory=Bench)
    seq: int = 0

    def __post_init__(self) -> None:
        bench = self.bench
        bench.define("CNY", "money", scale=2)
        bench.define(RICE, "goods")
        for account in (CASH, "bank:main", YICANG, f"{YICANG}:quarantine", SHOP):
            bench.account(account)
        bench.lot("CNY", AGENCY)
        self.fund(POOL, "earned")
        bench.enrol("ana", "bo")
        bench.enrol("one", "two", kind="stall")
        for name in ("ana", "bo"):
            bench.issue(name, 100)
        self.seq = bench.post(self.filing())

    # --- what there is ---------------------------------------------------------------------------

    def owed(self, stall: str, commodity: str = "CNY", lot: str = AGENCY) -> int:
        return self.bench.balance(f"stalls#{member_id(stall)}", commodity, lot)

    # --- commands --------------------------------------------------------------------------------

    def filing(self, **more: Any) -> FileMarket:  # noqa: ANN401 - any field
        fields: dict[str, Any] = {
            "market": "yiji-1",
            "held": TODAY,
            "opens": 540,
            "closes": 720,
            "place": "翠竹园广场",
            "purpose": "义仓采购",
            "basis": "备案 1",
            "commodity": "CNY",
            "cash": CASH,
            "fund": POOL,
            "share": 105,
            **more,
        }
        return FileMarket(**fields)

    def sale(self, price: int = 0, stall: str = "one", **more: Any) -> Sell:  # noqa: ANN401
        fields: dict[str, Any] = {"market": self.seq, "commodity": "CNY", **more}
        return Sell(stall=member_id(stall), price=price, **fields)

    def takings(self, **amounts: int) -> TakeHome:
        stalls = tuple(
            TakenHome(stall=member_id(name), amount=amount, taken_by=f"holder of {name}")
            for name, amount in amounts.items()
        )
        return TakeHome(
            market=self.seq, commodity="CNY", stalls=stalls, counters=("first", "second")
        )

    def purchase(self, lot: str, paid: int, **more: Any) -> Buy:  # noqa: ANN401 - any field
        fields: dict[str, Any] = {"account": CASH, "fund": POOL, "market": self.seq, **more}
        goods = (Batch(commodity=RICE, lot=lot, amount=10),)
        return Buy(commodity="CNY", paid=paid, place=YICANG, lots=goods, **fields)

    def report(self, **more: Any) -> ReportMarket:  # noqa: ANN401 - any field
        evidence = (hash_of("sheet"),)
        fields: dict[str, Any] = {"market": self.seq, "stalls": 2, "visitors": 90, **more}
        return ReportMarket(evidence=evidence, **fields)

    def redemption(self, *goods: Goods, name: str = "ana", **more: Any) -> Redeem:  # noqa: ANN401
        fields: dict[str, Any] = {"commodity": "POINT", "place": SHOP, **more}
        return Redeem(member=member_id(name), goods=goods, **fields)

    def shop_sale(self, price: int, *goods: Batch, stall: str = "one") -> SellInShop:
        return SellInShop(stall=member_id(stall), commodity="CNY", price=price, goods=goods)

    def payout(self, amount: int, stall: str = "one") -> PayOut:
        return PayOut(stall=member_id(stall), commodity="CNY", amount=amount)

    # --- commands that are posted ----------------------------------------------------------------

    def sell(self, price: int, stall: str = "one") -> int:
        return self.bench.post(self.sale(price, stall))

    def fund(self, fund: str, source: Any, **more: Any) -> int:  # noqa: ANN401 - any field
        command = OpenFund(fund=fund, commodity="CNY", purpose="义仓", source=source, **more)
        return self.bench.post(command)

    def rice(self, lot: str, cost: int | None = None, **more: Any) -> str:  # noqa: ANN401
        """Register a lot of rice, bought by the pool where a cost is given."""
        fields: dict[str, Any] = {}
        if cost is not None:
            value = ValueFact(amount=cost, commodity="CNY")
            fields = {"source": "purchased", "basis": "cost", "fund": POOL, "value": value}
        self.bench.post(RegisterLot(commodity=RICE, lot=lot, **{**fields, **more}))
        return lot

    def stock(self, lot: str, amount: int, to: str = SHOP) -> None:
        self.bench.take_over(leg("world:opening", to, amount, RICE, lot))

    def setting(self, setting: str, value: int, **more: Any) -> int:  # noqa: ANN401 - any field
        in_force = more.pop("in_force", None)
        fact = SettingFact(setting=setting, value=value, **more)
        return self.bench.post(SetPolicy(settings=(fact,), in_force=in_force))


def points(amount: int, buyer: str = "ana", seller: str = "bo") -> PaidInPoints:
    """Points that one member pays another."""
    return PaidInPoints(
        amount=amount, commodity="POINT", buyer=member_id(buyer), seller=member_id(seller)
    )


def goods(amount: int, lot: str = "") -> Goods:
    """Rice as a command names it."""
    return Goods(commodity=RICE, amount=amount, lot=lot)


def batch(lot: str, amount: int) -> Batch:
    """A lot of rice as a command names it."""
    return Batch(commodity=RICE, lot=lot, amount=amount)


Change = Callable[[Draft], Draft]
"""Something that is wrong with a draft."""


def told(**facts: object) -> Change:
    """Change public facts; a fact of None is left out."""

    def change(draft: Draft) -> Draft:
        public = {**draft.public, **facts}
        given = {name: value for name, value in public.items() if value is not None}
        return replace(draft, public=given)

    return change


def moved(*indices: int, **fields: Any) -> Change:  # noqa: ANN401 - any field
    """Keep these legs only, the first of them with some other fields."""

    def change(draft: Draft) -> Draft:
        first, *others = [draft.legs[index] for index in indices]
        return replace(draft, legs=(first._replace(**fields), *others))

    return change


def refused(  # noqa: PLR0913 - an entry, what is wrong with it, and who can tell
    market: Market,
    draft: Draft,
    error: type[E],
    change: Change = lambda draft: draft,
    *,
    by: tuple[str, ...] = TWO,
    public: bool = True,
) -> E:
    """The error of the rules against a draft, which replay finds too.

    Without keys it does where ``public``, and else takes the entry for good.
    """
    bench, wrong = market.bench, change(draft)
    with pytest.raises(error) as caught:
        bench.check(bench.write(wrong, by=by).entry, owners_of(wrong))
    forged = bench.forge(wrong, by=by)
    if public:
        with pytest.raises(LogBrokenError, match=error.code):
            replay(forged)
    else:
        replay(forged)
    with pytest.raises(LogBrokenError, match=error.code):
        keyed_replay(forged, bench.ring())
    return caught.value
