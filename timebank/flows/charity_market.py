"""Charity markets 义集: neighbours sell at stalls, and a filed share of each price is the pool's.

A sale is ``world:customers -> cash:market`` in the fund of the pool and ``world:customers ->
stalls#s`` in ``fund:agency``, the money of others; points go ``members#buyer -> members#seller``.
Stallholders take theirs home by ``stalls#s -> world:payees``. The pool buys staples, ``cash:market
-> world:suppliers`` and ``world:suppliers -> stock:yicang:quarantine``, of which each lot carries
what it cost and its fund. Filing and reporting a market move nothing.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Final

import msgspec

from timebank.errors import FactsError, MalformedError, SamePersonError
from timebank.flows.checks import check_hash, check_text
from timebank.flows.command import Command, Flow, PostedCommand, Seq, Title
from timebank.flows.definitions import Quantity
from timebank.flows.drafts import draft_of_legs
from timebank.flows.facts import Facts, account_of, needs_of_legs
from timebank.flows.goods import Batch, BatchList, check_goods, check_place
from timebank.flows.needs import Needs, Spot
from timebank.ledger import codes
from timebank.ledger.model import Amount, Draft, Leg
from timebank.ledger.places import quarantine_of
from timebank.ledger.rules.funds import name_of_report
from timebank.ledger.rules.markets import AGENCY, CUSTOMERS, FILED, STALLS, pool_share
from timebank.ledger.rules.names import PURCHASED, name_of_fact, name_of_lot
from timebank.ledger.rules.purchases import SUPPLIERS, cost_of

MEMBERS: Final = "members"
PAYEES: Final = "world:payees"

Minute = Annotated[int, msgspec.Meta(ge=0, le=1440)]
Party = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class FileMarket(Command, frozen=True, kw_only=True, tag="market.filed"):
    """File a charity market 义集 before it is held, once; nothing of it changes after.

    It is open on the day ``held`` from the minute ``opens`` to ``closes``. Of each price ``share``
    thousandths go to the ``fund`` of the pool at the ``cash`` account. ``basis`` is the permission
    or rule it is held by.
    """

    market: str
    held: str
    opens: Minute
    closes: Minute
    place: Title
    purpose: Title
    basis: Title
    commodity: str
    cash: str
    fund: str
    share: Annotated[int, msgspec.Meta(ge=0, le=1000)]
    stall_fee: Quantity = 0


class PaidInPoints(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours or points that the ``buyer`` pays the ``seller``, members by id."""

    amount: Amount
    commodity: str
    buyer: str
    seller: str


class Sell(PostedCommand, frozen=True, kw_only=True, tag="sale"):
    """Sell something at a ``stall`` of the ``market`` filed by the entry of this seq.

    The ``price`` in money is split as filed; with ``points``, or instead, points are paid. A sale
    that is entered later has the day of the market, or belongs to it where that is closed.
    """

    market: Seq
    stall: str
    commodity: str
    price: Quantity = 0
    points: PaidInPoints | None = None

    def private(self) -> dict[str, Any]:
        """The seal holds the stall too, as points alone do not tell it."""
        return {**super().private(), "stall": self.stall}


class TakenHome(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was counted for a ``stall``, and who took it home: ``taken_by`` is sealed."""

    stall: str
    amount: Amount
    taken_by: Party


class TakeHome(PostedCommand, frozen=True, kw_only=True, tag="takings"):
    """Stallholders take home what was counted for them, at most what their stall is owed.

    The two ``counters`` stand in the seal; they are two officers in public. None of them takes
    anything home.
    """

    market: Seq
    commodity: str
    stalls: Annotated[tuple[TakenHome, ...], msgspec.Meta(min_length=1, max_length=64)]
    counters: Annotated[tuple[Party, ...], msgspec.Meta(min_length=2, max_length=2)]

    def private(self) -> dict[str, Any]:
        """The seal holds who counted, and who took it home."""
        taken_by = [one.taken_by for one in self.stalls]
        return {**super().private(), "counters": list(self.counters), "taken_by": taken_by}


class Buy(PostedCommand, frozen=True, kw_only=True, tag="pool.purchase"):
    """Buy goods of a fund into the quarantine of a ``place``; what each lot cost is registered.

    ``paid`` from the ``account`` is what the lots cost and the ``fees``. The purchase names the
    ``market`` whose earnings pay it, fees and all, or the ``plan`` 备案 that allows it; then fees
    are only for funds that pay overheads. Who buys and who receives are two officers. The
    ``supplier`` is sealed.
    """

    account: str
    fund: str
    commodity: str
    paid: Amount
    place: str
    lots: BatchList
    fees: Quantity = 0
    market: Seq | None = None
    plan: Seq | None = None
    supplier: Annotated[str, msgspec.Meta(max_length=200)] = ""

    def private(self) -> dict[str, Any]:
        """The seal holds the supplier too."""
        return {**super().private(), "supplier": self.supplier}


class ReportMarket(Command, frozen=True, kw_only=True, tag="market.reported"):
    """Report 事后汇报 on a market, once: how many stalls and visitors there were, with evidence.

    What it took and what was bought of it is in the book already. ``evidence`` are base64 SHA-256
    of counting sheets, invoices and photos kept elsewhere.
    """

    market: Seq
    stalls: Annotated[int, msgspec.Meta(ge=0, le=100_000)]
    visitors: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
    evidence: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=16)]


def needs_of_filing(command: FileMarket) -> Needs:
    """The fund, and whether the market was filed before. Raises MalformedError."""
    codes.check_code("day", command.held, field="held")
    _check_codes(command, "market", "cash", "fund")
    return Needs(
        lots=frozenset({(command.commodity, command.fund)}),
        names=frozenset({name_of_fact(FILED, "market", command.market)}),
    )


def build_filing(command: FileMarket, facts: Facts) -> Draft:
    """The draft of filing a market."""
    public = msgspec.structs.asdict(command)
    day = public.pop("day") or facts.today
    return Draft(kind=FILED, day=day, public=public)


def needs_of_sale(command: Sell) -> Needs:
    """The market, its part of the price, the stall's, and who pays in points.

    Raises MalformedError.
    """
    _check_codes(command)
    if command.points is not None:
        _check_points(command.points)
    elif not command.price:
        raise MalformedError("price", "is nothing, in money and in points")
    needs = needs_of_legs([_to_stall(command, command.price), *_in_points(command)])
    return needs | Needs(
        entries=frozenset({command.market}), counterparts=frozenset({Spot(CUSTOMERS, "")})
    )


def build_sale(command: Sell, facts: Facts) -> Draft:
    """The draft of a sale.

    Raises UnknownEntryError and ReferredError where there is no such market, FactsError where it
    takes other money.
    """
    market = facts.referred("market", command.market, FILED).public
    if command.commodity != market["commodity"]:
        raise FactsError("price", f"must be in {market['commodity']}")
    share = pool_share(command.price, market["share"])
    of_pool = Leg(
        amount=share,
        commodity=command.commodity,
        from_=CUSTOMERS,
        to=market["cash"],
        lot=market["fund"],
    )
    parts = (of_pool, _to_stall(command, command.price - share), *_in_points(command))
    legs = tuple(leg for leg in parts if leg.amount)
    return draft_of_legs("sale", command, legs, facts, market=command.market, price=command.price)


def needs_of_takings(command: TakeHome) -> Needs:
    """What the stalls are owed, and the market. Raises MalformedError."""
    _check_codes(command)
    if len({one.stall for one in command.stalls}) < len(command.stalls):
        raise MalformedError("stalls", "names a stall twice")
    for index, counter in enumerate(command.counters):
        check_text(counter, f"counters[{index}]")
    for index, one in enumerate(command.stalls):
        check_text(one.taken_by, f"stalls[{index}].taken_by")
    return needs_of_legs(_legs_of_takings(command)) | Needs(entries=frozenset({command.market}))


def build_takings(command: TakeHome, facts: Facts) -> Draft:
    """The draft of what is taken home.

    Raises SamePersonError where one counts twice or counts their own, UnknownEntryError and
    ReferredError where there is no such market.
    """
    facts.referred("market", command.market, FILED)
    if len(set(command.counters)) < len(command.counters):
        raise SamePersonError("one counter", "the other")
    if {one.taken_by for one in command.stalls} & set(command.counters):
        raise SamePersonError("a counter", "whoever takes it home")
    legs = tuple(_legs_of_takings(command))
    return draft_of_legs("takings", command, legs, facts, market=command.market)


def needs_of_purchase(command: Buy) -> Needs:
    """Money and goods on both sides, what was filed, and whether a lot was bought before.

    Raises MalformedError.
    """
    _check_codes(command, "account", "fund")
    check_place(command.place, "place")
    check_goods(command.lots, "lots")
    if len({(lot.commodity, lot.lot) for lot in command.lots}) < len(command.lots):
        raise MalformedError("lots", "names a lot twice")
    filed = frozenset(seq for seq in (command.market, command.plan) if seq is not None)
    names = {name_of_lot(PURCHASED, lot.commodity, lot.lot) for lot in command.lots}
    if command.plan is not None:
        names.add(name_of_report(command.plan))
    needs = needs_of_legs(_legs_of_purchase(command))
    return needs | Needs(entries=filed, names=frozenset(names))


def build_purchase(command: Buy, facts: Facts) -> Draft:
    """The draft of a purchase. Raises LotError where a lot was not registered as so bought."""
    lots = facts.state.lots
    fund = lots.get((command.commodity, command.fund))
    costs = [
        {"commodity": key[0], "cost": cost_of(*key, fund, lots.get(key)), "lot": key[1]}
        for key in ((lot.commodity, lot.lot) for lot in command.lots)
    ]
    return draft_of_legs(
        "pool.purchase",
        command,
        tuple(_legs_of_purchase(command)),
        facts,
        fees=command.fees or None,
        lots=costs,
        market=command.market,
        plan=command.plan,
    )


def needs_of_report(command: ReportMarket) -> Needs:
    """The market, and its report if there is one already. Raises MalformedError."""
    for index, item in enumerate(command.evidence):
        check_hash(item, f"evidence[{index}]")
    report = name_of_fact("market.reported", "market", command.market)
    return Needs(entries=frozenset({command.market}), names=frozenset({report}))


def build_report(command: ReportMarket, facts: Facts) -> Draft:
    """The draft of a report."""
    return Draft(
        kind="market.reported",
        day=command.day or facts.today,
        public={
            "evidence": list(command.evidence),
            "market": command.market,
            "stalls": command.stalls,
            "visitors": command.visitors,
        },
    )


def _check_codes(command: FileMarket | Sell | TakeHome | Buy, *more: str) -> None:
    """Raise MalformedError where the commodity or another field is no code."""
    codes.check_code("commodity", command.commodity, field="commodity")
    for field in more:
        codes.check_code("code", getattr(command, field), field=field)


def _check_points(points: PaidInPoints) -> None:
    codes.check_code("commodity", points.commodity, field="points.commodity")
    if points.buyer == points.seller:
        raise MalformedError("points.seller", "must be somebody else than the buyer")


def _to_stall(command: Sell, amount: int) -> Leg:
    return Leg(
        amount=amount,
        commodity=command.commodity,
        from_=CUSTOMERS,
        to=account_of(command.stall, STALLS, "stall"),
        lot=AGENCY,
    )


def _in_points(command: Sell) -> Iterator[Leg]:
    points = command.points
    if points is not None:
        yield Leg(
            amount=points.amount,
            commodity=points.commodity,
            from_=account_of(points.buyer, MEMBERS, "points.buyer"),
            to=account_of(points.seller, MEMBERS, "points.seller"),
        )


def _legs_of_takings(command: TakeHome) -> Iterator[Leg]:
    for index, one in enumerate(command.stalls):
        yield Leg(
            amount=one.amount,
            commodity=command.commodity,
            from_=account_of(one.stall, STALLS, f"stalls[{index}].stall"),
            to=PAYEES,
            lot=AGENCY,
        )


def _legs_of_purchase(command: Buy) -> Iterator[Leg]:
    yield Leg(
        amount=command.paid,
        commodity=command.commodity,
        from_=command.account,
        to=SUPPLIERS,
        lot=command.fund,
    )
    for lot in command.lots:
        yield _received(lot, quarantine_of(command.place))


def _received(lot: Batch, to: str) -> Leg:
    return Leg(amount=lot.amount, commodity=lot.commodity, from_=SUPPLIERS, to=to, lot=lot.lot)


FLOWS = (
    Flow(FileMarket, needs_of_filing, build_filing),
    Flow(Sell, needs_of_sale, build_sale),
    Flow(TakeHome, needs_of_takings, build_takings),
    Flow(Buy, needs_of_purchase, build_purchase),
    Flow(ReportMarket, needs_of_report, build_report),
)
