"""Lots 批次 and funds 专户: what colours an amount so that it cannot be mixed."""

from typing import Any

import msgspec

from timebank.api.calls import Answer, Call, Nothing, Table
from timebank.api.commands import CommandBody
from timebank.api.operations import Resource
from timebank.api.values import PageQuery
from timebank.errors import LotError, MalformedError
from timebank.flows.definitions import RegisterLot
from timebank.flows.funds import OpenFund
from timebank.ledger.model import Lot
from timebank.services import chart
from timebank.services.chart import LotPlace
from timebank.services.pages import Page
from timebank.services.posting import post

lots = Resource("lots", "Batches of goods, and funds of money. 批次")
funds = Resource("funds", "Lots of money: what it is earmarked for. 专户")
registration = CommandBody(RegisterLot)
opening = CommandBody(OpenFund, "FundRequest")


class LotsQuery(PageQuery, frozen=True, kw_only=True):
    """Which lots: all of them, or those of one commodity."""

    commodity: str | None = None


class LotView(msgspec.Struct, frozen=True, kw_only=True):
    """A lot with its public facts, such as source, expiry and total cost or value."""

    commodity: str
    lot: str
    seq: int
    facts: dict[str, Any]


class LotPage(msgspec.Struct, frozen=True):
    """Some of the lots of a book."""

    lots: tuple[LotView, ...]


class FundView(msgspec.Struct, frozen=True, kw_only=True):
    """A fund of a commodity of money with its public facts, such as what it is for."""

    commodity: str
    fund: str
    title: str
    seq: int
    facts: dict[str, Any]


class FundPage(msgspec.Struct, frozen=True):
    """Some of the funds of a book."""

    funds: tuple[FundView, ...]


def lots_table(_call: Call[LotsQuery], found: LotPage) -> Table:
    """Lots as a table."""
    names = ("title", "source", "expires", "fund", "basis")
    rows = (
        (one.commodity, one.lot, *(one.facts.get(name) for name in names), one.seq)
        for one in found.lots
    )
    return Table(("commodity", "lot", *names, "seq"), rows)


def funds_table(_call: Call[PageQuery], found: FundPage) -> Table:
    """Funds as a table."""
    names = ("purpose", "source", "ends")
    rows = (
        (one.commodity, one.fund, one.title, *(one.facts.get(name) for name in names), one.seq)
        for one in found.funds
    )
    return Table(("commodity", "fund", "title", *names, "seq"), rows)


@lots.get("/lots", scope="read", query=LotsQuery, gives=LotPage, table=lots_table)
def list_lots(call: Call[LotsQuery]) -> Answer[LotPage]:
    """List lots by commodity and code."""
    page = chart.list_lots(
        call.installation,
        call.slug,
        commodity=call.input.commodity,
        after=_place(call.input.after),
        limit=call.input.limit,
    )
    return Answer(value=LotPage(tuple(map(_to_lot, page.items))), next_after=_cursor(page))


@lots.get("/lots/<commodity>/<lot>", scope="read", query=Nothing, gives=LotView)
def get_lot(call: Call[Nothing], commodity: str, lot: str) -> Answer[LotView]:
    """Show a lot."""
    return Answer(value=_to_lot(chart.get_lot(call.installation, call.slug, commodity, lot)))


@lots.post("/lots", scope="define", takes=registration.type, gives=LotView)
def register_lot(call: Call[msgspec.Struct]) -> Answer[LotView]:
    """Register a batch of goods, or a fund of money."""
    asked = registration.asked(call.input)
    posted = post(call.installation, call.slug, call.posting(asked))
    found = _find(call, asked.command.commodity, asked.command.lot)
    created = f"/lots/{found.commodity}/{found.code}"
    return Answer(value=_to_lot(found), created=created, replayed=posted.replayed)


@funds.get("/funds", scope="read", query=PageQuery, gives=FundPage, table=funds_table)
def list_funds(call: Call[PageQuery]) -> Answer[FundPage]:
    """List funds by commodity and code."""
    page = chart.list_funds(
        call.installation, call.slug, after=_place(call.input.after), limit=call.input.limit
    )
    return Answer(value=FundPage(tuple(map(_to_fund, page.items))), next_after=_cursor(page))


@funds.get("/funds/<commodity>/<lot>", scope="read", query=Nothing, gives=FundView)
def get_fund(call: Call[Nothing], commodity: str, lot: str) -> Answer[FundView]:
    """Show a fund."""
    found = chart.get_lot(call.installation, call.slug, commodity, lot)
    if not found.code.startswith("fund:"):
        raise LotError(commodity, lot, f"there is no fund {lot}")
    return Answer(value=_to_fund(found))


@funds.post("/funds", scope="define", takes=opening.type, gives=FundView)
def open_fund(call: Call[msgspec.Struct]) -> Answer[FundView]:
    """Open a fund: what its money is for, and what it may pay."""
    asked = opening.asked(call.input)
    posted = post(call.installation, call.slug, call.posting(asked))
    found = _find(call, asked.command.commodity, asked.command.fund)
    created = f"/funds/{found.commodity}/{found.code}"
    return Answer(value=_to_fund(found), created=created, replayed=posted.replayed)


def _find(call: Call[msgspec.Struct], commodity: str, lot: str) -> Lot:
    return chart.get_lot(call.installation, call.slug, commodity, lot)


def _place(after: str) -> LotPlace:
    """The place in a list that a cursor names, ``CNY/fund:operating``."""
    commodity, mark, lot = after.partition("/")
    if after and not mark:
        raise MalformedError("after", "must be what an earlier page gave as the next one")
    return commodity, lot


def _cursor(page: Page[Lot, LotPlace]) -> str | None:
    return None if page.after is None else "/".join(page.after)


def _to_lot(found: Lot) -> LotView:
    return LotView(commodity=found.commodity, lot=found.code, seq=found.seq, facts=_facts_of(found))


def _to_fund(found: Lot) -> FundView:
    facts = _facts_of(found)
    title = facts.pop("title", "")
    return FundView(
        commodity=found.commodity, fund=found.code, title=title, seq=found.seq, facts=facts
    )


def _facts_of(found: Lot) -> dict[str, Any]:
    return {name: value for name, value in found.facts.items() if name not in {"commodity", "lot"}}
