"""A whole association on a bench, and what its staff may wish: plausible, careless, out of order.

``found_association`` sets it up, and each function of ``WISHES`` makes one command by chance:
mostly one that could be right, sometimes one that is late, twice, of the wrong lot, plan or place.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, Final, Literal, TypeAlias, TypeVar

from tests.ledger.bench import Bench, hash_of, leg, member_id, place
from timebank.flows import definitions
from timebank.flows.attendances import Attendance
from timebank.flows.charity_market import (
    Buy,
    FileMarket,
    PaidInPoints,
    ReportMarket,
    Sell,
    TakeHome,
    TakenHome,
)
from timebank.flows.command import Command
from timebank.flows.counts import Count, Counted, Spoil
from timebank.flows.definitions import RegisterLot, SetPolicy, SettingFact, ValueFact
from timebank.flows.funds import (
    Donate,
    FilePlan,
    FileReport,
    MoveMoney,
    OpenFund,
    Reclassify,
    Spend,
    TakeGrant,
)
from timebank.flows.gifts import Give, GrantFromPool
from timebank.flows.goods import Batch, Goods
from timebank.flows.holds import Hold, Release, Settle
from timebank.flows.intakes import Inspect, TakeIn
from timebank.flows.movements import Issue, OpenBalances, Reclaim, Transfer
from timebank.flows.moves import Arrive, Move
from timebank.flows.periods import Close
from timebank.flows.retirements import Adjust, Expire
from timebank.flows.reversals import Reverse
from timebank.flows.rounds import EndRound, SendRound
from timebank.flows.services import Helper, Service
from timebank.flows.shops import PayOut, Redeem, SellInShop
from timebank.ledger.model import Entry
from timebank.ledger.registry import standard_registry

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

Source: TypeAlias = Literal["donors", "grantors", "partners", "suppliers"]
Wish = Callable[[Random, Bench], Command]


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
    yield _market("n-0", TODAY)
    yield _plan("fund:winter", 10, "2026-12-05")
    yield _plan("fund:pool", 40, "2026-12-05")
    yield TakeIn(to=PLACES[0], goods=(Batch(commodity="RICE", lot="late", amount=5),))
    yield Move(place=PLACES[1], carrier=van, goods=(Goods(commodity="OIL", amount=5),))
    yield SendRound(
        place=PLACES[0], carrier=van, households=5, goods=(Goods(commodity="RICE", amount=5),)
    )


def _market(market: str, held: str, **more: Any) -> FileMarket:  # noqa: ANN401 - any field
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


def _plan(fund: str, amount: int, until: str, **more: Any) -> FilePlan:  # noqa: ANN401
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


# --- by chance ------------------------------------------------------------------------------------

NAMES: Final = [f"n-{number}" for number in range(12)]
PAYEES: Final = [*map(place, MEMBERS), CLUB]
TILLS: Final = (BANK, TILL, CLUB)
ALL_LOTS: Final = [*(("RICE", lot) for lot in LOTS), ("OIL", "soon"), ("OIL", "late")]
RECEIVED: Final = ("intake", "pool.purchase", "round.back", "count")

T = TypeVar("T")


def careless(dice: Random) -> bool:
    """Whether somebody does not look what they do: once in eight times."""
    return bool(dice.randrange(8) == 0)


def flip(dice: Random) -> bool:
    return dice.random() < 0.5


def an_amount(dice: Random) -> int:
    return dice.randint(1, 6)


def an_id(dice: Random, names: Sequence[str]) -> str:
    return member_id(dice.choice(names))


def any_seq(bench: Bench) -> range:
    return range(1, bench.state.size + 2)


def pick(dice: Random, right: Sequence[T], anything: Sequence[T]) -> T:
    """Mostly one of what would be right, if there is any."""
    return dice.choice(anything if careless(dice) or not right else right)


def one_of(dice: Random, bench: Bench, *kinds: str) -> int:
    """The seq of an entry of these kinds, reversed or not, or any where there is none."""
    found = [written.entry.seq for written in bench.written if written.entry.kind in kinds]
    return int(dice.choice(found[-6:] or [1]))


def open_end(dice: Random, bench: Bench, *kinds: str) -> int:
    """Mostly an entry of these kinds of which something is left."""
    seqs = sorted({seq for seq, _ in bench.state.remainders})
    right = [seq for seq in seqs if bench.entry(seq).kind in kinds]
    return one_of(dice, bench, *kinds) if careless(dice) or not right else dice.choice(right)


def standing(bench: Bench, *kinds: str) -> list[Entry]:
    """The entries of these kinds that were not reversed."""
    entries = (written.entry for written in bench.written)
    return [one for one in entries if one.kind in kinds and one.seq not in bench.state.reversed_by]


def there(bench: Bench, *accounts: str) -> list[tuple[str, str, str]]:
    """The accounts, commodities and lots of which something is there."""
    return [
        (key.account, key.commodity, key.lot)
        for key, balance in bench.state.balances.items()
        if key.account in accounts and not key.owner and balance.net > 0
    ]


def some_goods(dice: Random, bench: Bench, shelf: str) -> tuple[Goods, ...]:
    """Goods that are on a shelf, of a lot that is named or not."""
    right = [(commodity, lot) for _, commodity, lot in there(bench, shelf)]
    commodity, lot = pick(dice, right, ALL_LOTS)
    named = lot if flip(dice) else ""
    return (Goods(commodity=commodity, amount=an_amount(dice), lot=named),)


def part_of(dice: Random, bench: Bench, seq: int) -> tuple[Goods, ...]:
    """A little of what an earlier entry has moved, or nothing."""
    legs = [leg for leg in bench.entry(seq).legs if leg.lot]
    if flip(dice) or not legs:
        return ()
    leg = dice.choice(legs)
    return (Goods(commodity=leg.commodity, amount=dice.randint(1, 3), lot=leg.lot),)


def a_day(dice: Random, bench: Bench) -> dict[str, Any]:
    """When it is said to have happened: mostly today, sometimes in a period that is closed."""
    if not careless(dice):
        return {}
    day = days_from(bench.posted(), -dice.randint(-1, 3))
    return {"day": day} if day > bench.state.closed_until else {"belongs": day}


def days_from(day: str, days: int) -> str:
    return str(date.fromisoformat(day) + timedelta(days=days))


# --- time bank ------------------------------------------------------------------------------------


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


# --- charity market -------------------------------------------------------------------------------


def file_market(dice: Random, bench: Bench) -> Command:
    return _market(
        dice.choice(NAMES),
        days_from(bench.posted(), pick(dice, (0, 0, 1), (-1,))),
        fund=pick(dice, ("fund:pool", "fund:pool", "fund:operating"), FUNDS),
        share=dice.choice((100, 333, 1000)),
    )


def sell(dice: Random, bench: Bench) -> Command:
    """Sell at a market, mostly on the day it is held."""
    points = PaidInPoints(
        amount=an_amount(dice),
        commodity=dice.choice(COUNTED),
        buyer=an_id(dice, MEMBERS),
        seller=an_id(dice, MEMBERS),
    )
    markets = standing(bench, "market.filed")
    market = dice.choice(markets[-3:])
    held = market.public["held"]
    on_time = {"day": held} if held > bench.state.closed_until else {"belongs": held}
    return Sell(
        market=pick(dice, (market.seq,), any_seq(bench)),
        stall=an_id(dice, STALLS),
        commodity="CNY",
        price=dice.choice((1, 9, 10, 25)),
        points=dice.choice((None, points)),
        **(a_day(dice, bench) if careless(dice) else on_time),
    )


def take_home(dice: Random, bench: Bench) -> Command:
    taken = TakenHome(stall=an_id(dice, STALLS), amount=an_amount(dice), taken_by="甲")
    return TakeHome(
        market=one_of(dice, bench, "market.filed"),
        commodity="CNY",
        stalls=(taken,),
        counters=("乙", pick(dice, ("丙",), ("乙", "甲"))),
    )


def buy(dice: Random, bench: Bench) -> Command:
    """Buy a batch with what its fund has, for a market or by a plan."""
    registered = [
        lot
        for lot in bench.state.lots.values()
        if lot.facts.get("source") == "purchased" and {"fund", "value"} <= lot.facts.keys()
    ]
    lot = dice.choice(registered)
    fund, cost = lot.facts["fund"], lot.facts["value"]["amount"]
    fees = pick(dice, (0,), (2,))
    filed = [
        one for one in standing(bench, "plan.filed", "market.filed") if fund == one.public["fund"]
    ]
    seq = pick(dice, [one.seq for one in filed], any_seq(bench))
    by_plan = seq < bench.state.size and bench.entry(seq).kind == "plan.filed"
    return Buy(
        account=pick(dice, (BANK, BANK, TILL), TILLS),
        fund=pick(dice, (fund,), FUNDS),
        commodity="CNY",
        paid=cost + fees + pick(dice, (0,), (1,)),
        place=dice.choice(PLACES),
        lots=(Batch(commodity="RICE", lot=lot.code, amount=an_amount(dice)),),
        fees=fees,
        market=None if by_plan else seq,
        plan=seq if by_plan else None,
        **a_day(dice, bench),
    )


def report_market(dice: Random, bench: Bench) -> Command:
    market = one_of(dice, bench, "market.filed")
    return ReportMarket(market=market, stalls=2, visitors=30, evidence=(hash_of("sheet"),))


# --- food bank ------------------------------------------------------------------------------------


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


# --- shops ----------------------------------------------------------------------------------------


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


# --- funds ----------------------------------------------------------------------------------------


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
    return _plan(
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


# --- the whole book -------------------------------------------------------------------------------


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


REVERSIBLE: Final = [kind.kind for kind in standard_registry().kinds.values() if kind.reversible]
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
