"""Make the vectors of a small market with its pool, a charity supermarket and a grid shop.

Like ``hashes``, this imports nothing of timebank. ``python -m
tests.vectors.generate_markets`` writes the file, and a test compares it.
"""

from typing import Any

from tests.vectors import write_files
from tests.vectors.forging import Forgery, document_of, instead, with_public
from tests.vectors.generate_time_bank import sealed, setting, with_legs
from tests.vectors.hashes import KEY, OTHER_KEY, Vector, hash_of
from tests.vectors.logs import (
    CARRIER_KEY,
    LIST_HASH,
    Log,
    base64,
    enrolled,
    genesis,
    leg,
    of,
    turned_round,
)

ANA, BO, FAMILY = 6, 7, 8
KEYS = {ANA: KEY, BO: OTHER_KEY, FAMILY: CARRIER_KEY}
CHART = {
    "members": "control",
    "stalls": "control",
    "issued": "boundary",
    "retired:redeemed": "holding",
    "world:opening": "boundary",
    "world:customers": "boundary",
    "world:suppliers": "boundary",
    "world:payees": "boundary",
    "world:consumed": "boundary",
}
GENESIS = genesis(CHART)
FIRST, HELD, AFTER = "2026-10-01", "2026-10-11", "2026-10-12"
CASH, SHELF, QUARANTINE = "cash:market", "stock:yicang", "stock:yicang:quarantine"
POOL, CLUB, AGENCY, RICE = "fund:pool", "fund:club", "fund:agency", "RICE-5KG"
CUSTOMERS, SUPPLIERS, PAYEES = "world:customers", "world:suppliers", "world:payees"
TILL = ["app:till"]
BUYERS = ["staff:treasurer:1", "staff:storekeeper:2"]
COUNTERS = ["staff:coordinator:3", "staff:verifier:4"]
PICKUP = base64(hash_of(b"pickup code"))


def cny(from_: Any, to: Any, amount: int, lot: str = AGENCY) -> Vector:  # noqa: ANN401 - a place
    return leg(from_, to, amount, "CNY", lot)


def rice(from_: Any, to: Any, amount: int, lot: str = "rice-1") -> Vector:  # noqa: ANN401 - a place
    return leg(from_, to, amount, RICE, lot)


def stall(holder: int = FAMILY) -> tuple[str, int]:
    return of(holder, "stalls")


def market(**more: Any) -> Vector:  # noqa: ANN401 - any fact
    return {
        "basis": "社区备案 2026-10",
        "cash": CASH,
        "closes": 720,
        "commodity": "CNY",
        "fund": POOL,
        "held": HELD,
        "market": "yiji-2026-10",
        "opens": 540,
        "place": "翠竹园广场",
        "purpose": "义仓采购",
        "share": 105,
        "stall_fee": 0,
        **more,
    }


def bought(cost: int = 200, lot: str = "rice-1") -> list[Vector]:
    return [{"commodity": RICE, "cost": cost, "lot": lot}]


def lot_of_rice(lot: str, **more: Any) -> Vector:  # noqa: ANN401 - any fact
    value = {"amount": 200, "commodity": "CNY"}
    facts = {"basis": "cost", "fund": POOL, "source": "purchased", "value": value}
    return {"commodity": RICE, "lot": lot, **facts, **more}


def small_market() -> Log:
    """One entry at least of every kind of markets and shops."""
    log = Log()
    log.add("book.opened", FIRST, public=GENESIS)
    log.add("commodity.defined", FIRST, public={"commodity": "POINT", "kind": "points", "scale": 0})
    log.add("commodity.defined", FIRST, public={"commodity": "CNY", "kind": "money", "scale": 2})
    log.add("commodity.defined", FIRST, public={"commodity": RICE, "kind": "goods", "scale": 0})
    log.add("lot.registered", FIRST, public={"commodity": "CNY", "lot": AGENCY})
    pool = {"commodity": "CNY", "lot": POOL, "purpose": "义仓采购", "source": "earned"}
    log.add("fund.opened", FIRST, public=pool)
    for holder, key in (("member", KEY), ("member", OTHER_KEY), ("stall", CARRIER_KEY)):
        log.add("holder.enrolled", FIRST, public=enrolled(holder, key), sealed=True)
    for account in (CASH, SHELF, QUARANTINE):
        log.add("account.opened", FIRST, public={"account": account, "type": "holding"})
    log.add("lot.registered", FIRST, public=lot_of_rice("rice-1"))
    log.add("lot.registered", FIRST, public=lot_of_rice("rice-2", uses=["aid"]))
    price = setting("price", 20, commodity="POINT", goods=RICE)
    daily = setting("redeem_daily", 60, commodity="POINT")
    least = setting("pool_share_min", 100)
    log.add("policy.set", FIRST, public={"in_force": FIRST, "settings": [price, daily, least]})
    opened = [leg("issued", of(ANA), 100), rice("world:opening", SHELF, 9, "rice-2")]
    log.add("balance.opened", FIRST, legs=opened, public={"list": LIST_HASH}, sealed=True)
    log.add("market.filed", FIRST, public=market(), by="staff:coordinator:3")
    for price_of_sale, share in ((2_000, 210), (9, 0)):
        legs = [cny(CUSTOMERS, stall(), price_of_sale - share)]
        parts = [cny(CUSTOMERS, CASH, share, POOL), *legs] if share else legs
        sale = {"market": 16, "price": price_of_sale}
        sealed(log, "sale", HELD, TILL, legs=parts, public=sale)
    points = [leg(of(ANA), of(BO), 20)]
    sealed(log, "sale", HELD, TILL, legs=points, public={"market": 16, "price": 0})
    taken = [cny(stall(), PAYEES, 1_799)]
    sealed(log, "takings", AFTER, COUNTERS, legs=taken, public={"market": 16})
    purchase = [cny(CASH, SUPPLIERS, 205, POOL), rice(SUPPLIERS, QUARANTINE, 4)]
    paid = {"fees": 5, "lots": bought(), "market": 16}
    sealed(log, "pool.purchase", AFTER, BUYERS, legs=purchase, public=paid)
    accepted = [rice(QUARANTINE, SHELF, 4)]
    sealed(log, "inspection", AFTER, BUYERS, legs=accepted, public={"received": 21})
    report = {"evidence": [LIST_HASH], "market": 16, "stalls": 1, "visitors": 40}
    log.add("market.reported", AFTER, public=report, by="staff:coordinator:3")
    redeemed = [leg(of(ANA), "retired:redeemed", 40), rice(SHELF, "world:consumed", 2)]
    sealed(log, "redemption", AFTER, TILL, legs=redeemed, public={"pickup": PICKUP})
    undone = {"legs": turned_round(log.entries[24]["legs"]), "public": {"reverses": 24}}
    sealed(log, "reversal", AFTER, ["system"], **undone)
    sealed(log, "redemption", AFTER, TILL, legs=redeemed, public={"pickup": PICKUP})
    log.add("lot.registered", AFTER, public={"commodity": RICE, "lot": "rice-3"})
    sealed(log, "intake", AFTER, BUYERS, legs=[rice(SUPPLIERS, stall(), 5, "rice-3")])
    sold = [rice(stall(), CUSTOMERS, 3, "rice-3"), cny(CUSTOMERS, stall(), 700)]
    sealed(log, "shop.sale", AFTER, TILL, legs=sold)
    sealed(log, "payout", AFTER, BUYERS, legs=[cny(stall(), PAYEES, 700)])
    buy_by_plan(log)
    return log


def buy_by_plan(log: Log) -> None:
    """Goods that a plan buys: with fees where the fund pays any, of the pool without."""
    club = {"commodity": "CNY", "lot": CLUB, "purpose": "助老", "source": "granted"}
    log.add("fund.opened", AFTER, public={**club, "overheads": "allowed"})
    given = {"list": base64(hash_of(b"another list"))}
    opened = [cny("world:opening", CASH, 500, CLUB), cny("world:opening", CASH, 500, POOL)]
    log.add("balance.opened", AFTER, legs=opened, public=given, sealed=True)
    log.add("lot.registered", AFTER, public=lot_of_rice("rice-4", fund=CLUB))
    for filed in (plan(CLUB), plan(CLUB, category="fees"), plan(POOL)):
        log.add("plan.filed", AFTER, public=filed, by="staff:coordinator:3")
    for public, legs in (
        ({"fees": 5, "lots": bought(lot="rice-4"), "plan": 34}, purchased(205, CLUB, "rice-4")),
        ({"lots": bought(lot="rice-2"), "plan": 36}, purchased(200, POOL, "rice-2")),
    ):
        sealed(log, "pool.purchase", AFTER, BUYERS, legs=legs, public=public)


def plan(fund: str, **more: Any) -> Vector:  # noqa: ANN401 - any fact
    facts = {"amount": 500, "category": "food", "commodity": "CNY", "fund": fund}
    return {**facts, "plan": LIST_HASH, "until": "2026-10-31", **more}


def purchased(paid: int, fund: str, lot: str) -> list[Vector]:
    return [cny(CASH, SUPPLIERS, paid, fund), rice(SUPPLIERS, QUARANTINE, 4, lot)]


# --- the market and what must not stand in its place ----------------------------------------------


def markets() -> Vector:
    log = small_market()
    return document_of(log, KEYS, {ANA: 40, BO: 20}, forgeries(log))


def forgeries(log: Log) -> list[Forgery]:
    """Entries that must be found when they stand where a right one stood, and by what."""
    return [*of_filings(log), *of_sales(log), *of_purchases(log), *of_redemptions(log),
            *of_shops(log)]  # fmt: skip


def of_filings(log: Log) -> list[Forgery]:
    again = {"kind": "market.filed", "legs": [], "seals": [], "by": ["staff:coordinator:3"]}
    return [
        with_public(log, "a market filed after it was held", 16, held="2026-09-30"),
        with_public(log, "a market that closes before it opens", 16, closes=540),
        with_public(log, "a share below what policy asks", 16, share=99),
        with_public(log, "a share over the whole", 16, share=1_001),
        with_public(log, "a share for a fund that is not there", 16, fund="fund:other"),
        with_public(log, "a share for the money of stalls", 16, fund=AGENCY),
        with_public(log, "cash in a place for goods", 16, cash=SHELF),
        with_public(log, "without a legal basis", 16, basis=None),
        instead(log, "the share filed anew", 17, **again, public=market(share=200)),
    ]


def of_sales(log: Log) -> list[Forgery]:
    def split(pool: int, rest: int) -> list[Vector]:
        return [cny(CUSTOMERS, CASH, pool, POOL), cny(CUSTOMERS, stall(), rest)]

    home = [cny(stall(), PAYEES, 1_800)]
    return [
        with_legs(log, "less for the pool than was filed", 17, split(209, 1_791)),
        with_legs(log, "more for the pool than was filed", 17, split(211, 1_789)),
        with_legs(log, "nothing for the pool", 17, split(210, 1_790)[1:]),
        with_legs(log, "nothing for the stall", 17, split(210, 1_790)[:1]),
        with_legs(log, "the share rounded up", 18, split(1, 8)),
        with_public(log, "another price", 17, price=2_010),
        with_legs(log, "paid in points without a buyer", 19, [leg("issued", of(BO), 20)]),
        with_legs(log, "paid in points twice", 19, [leg(of(ANA), of(BO), 10)] * 2),
        with_legs(log, "paid in points to oneself", 19, [leg(of(ANA), of(ANA), 20)], "keyed"),
        instead(log, "on another day", 17, day="2026-10-10"),
        with_public(log, "at a market that is none", 17, market=15),
        with_legs(log, "more taken home than is owed", 20, home),
        with_legs(log, "taken home by a member", 20, [cny(of(ANA, "stalls"), PAYEES, 1)], "keyed"),
        instead(log, "counted by one officer", 20, by=COUNTERS[:1]),
        instead(log, "counted twice by one", 20, by=["staff:verifier:3", "staff:coordinator:3"]),
        with_public(log, "taken home from a market that is none", 20, market=15),
        with_public(log, "a report without evidence", 23, evidence=[]),
        with_public(log, "a report on what is no market", 23, market=15),
    ]


def of_purchases(log: Log) -> list[Forgery]:
    def legs(paid: int, fund: str = POOL, to: str = QUARANTINE) -> list[Vector]:
        return [cny(CASH, SUPPLIERS, paid, fund), rice(SUPPLIERS, to, 4)]

    other_lot = [legs(205)[0], rice(SUPPLIERS, QUARANTINE, 4, "rice-2")]
    again = {"kind": "pool.purchase", "by": BUYERS, "seals": log.entries[22]["seals"]}
    paid = {"fees": 5, "lots": bought(), "market": 16}
    alone = ["staff:treasurer:1", "staff:storekeeper:1"]
    return [
        with_legs(log, "paid more than it cost", 21, legs(206)),
        with_legs(log, "paid less than it cost", 21, legs(204)),
        with_legs(log, "paid more than there is", 21, legs(211), public={**paid, "fees": 11}),
        with_legs(log, "paid from the money of stalls", 21, legs(205, AGENCY)),
        with_legs(log, "put on the shelf at once", 21, legs(205, POOL, SHELF)),
        with_legs(log, "another lot than is named", 21, other_lot),
        with_public(log, "a cost that was not registered", 21, lots=bought(199), fees=6),
        with_public(log, "fees that are not named", 21, fees=None),
        with_public(log, "a lot that is not there", 21, lots=bought(lot="rice-9")),
        with_public(log, "neither a market nor a plan", 21, market=None),
        with_public(log, "a plan that is none", 21, market=None, plan=15),
        instead(log, "bought and received by one", 21, by=alone),
        instead(log, "received by nobody", 21, by=["staff:treasurer:1", "staff:verifier:2"]),
        with_legs(log, "a lot bought twice", 22, legs(205), **again, public=paid),
        instead(log, "goods inspected before they came", 22, day=HELD),
        instead(log, "a redemption undone before its day", 25, day=HELD),
        with_public(log, "goods by a plan for fees", 37, plan=35),
        with_legs(log, "fees of the pool by a plan", 38, purchased(205, POOL, "rice-2"),
                  public={**log.entries[38]["public"], "fees": 5}),
    ]  # fmt: skip


def of_redemptions(log: Log) -> list[Forgery]:
    def legs(points: int, goods: int, lot: str = "rice-1") -> list[Vector]:
        paid = leg(of(ANA), "retired:redeemed", points)
        return [paid, rice(SHELF, "world:consumed", goods, lot)]

    return [
        with_legs(log, "goods for fewer points", 26, legs(39, 2)),
        with_legs(log, "goods for more points", 26, legs(41, 2)),
        with_legs(log, "points for nothing", 26, legs(40, 2)[:1]),
        with_legs(log, "goods for nothing", 26, legs(40, 2)[1:]),
        with_legs(log, "goods that were given as aid", 26, legs(40, 2, "rice-2")),
        with_legs(log, "more than is on the shelf", 26, legs(100, 5)),
        with_legs(log, "more than the limit of a day", 26, legs(80, 4)),
        with_public(log, "a pickup code in clear", 26, pickup="1234"),
        with_legs(log, "a pickup code used twice", 28, legs(20, 1), kind="redemption", by=TILL,
                  public={"pickup": PICKUP}),
    ]  # fmt: skip


def of_shops(log: Log) -> list[Forgery]:
    goods, money = rice(stall(), CUSTOMERS, 3, "rice-3"), cny(CUSTOMERS, stall(), 700)
    return [
        with_legs(log, "goods of a family for nothing", 29, [goods]),
        with_legs(log, "paid in two legs", 29, [goods, money, money]),
        with_legs(log, "paid to the association", 29, [goods, cny(CUSTOMERS, CASH, 700, POOL)]),
        with_legs(log, "more sold than the shelf has", 29, [{**goods, "amount": 6}, money]),
        with_legs(log, "paid out to two", 30, [cny(stall(), PAYEES, 350)] * 2),
        with_legs(log, "paid out more than is owed", 30, [cny(stall(), PAYEES, 701)]),
        with_legs(log, "paid out in another fund", 30, [cny(stall(), PAYEES, 1, POOL)]),
        instead(log, "paid out by an app", 30, by=TILL),
    ]


def documents() -> dict[str, Vector]:
    """The generated vectors by the name of their file."""
    return {"markets": markets()}


if __name__ == "__main__":
    write_files(documents())
