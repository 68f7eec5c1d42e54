"""Commodities 计量单位: what is counted."""

from typing import Literal

import msgspec

from timebank.api.calls import Answer, Call, Nothing, Table
from timebank.api.commands import CommandBody
from timebank.api.operations import Resource
from timebank.flows.definitions import DefineCommodity
from timebank.ledger.model import Commodity
from timebank.services import chart
from timebank.services.posting import post

resource = Resource("commodities", "What is counted, and with how many decimals. 计量单位")
definition = CommandBody(DefineCommodity, rename={"commodity_kind": "kind"})


class CommodityView(msgspec.Struct, frozen=True, kw_only=True):
    """A commodity: of what kind, and how many decimals people see. ``seq`` defined it."""

    commodity: str
    kind: Literal["time", "points", "money", "goods"]
    scale: int
    title: str
    seq: int


class CommodityList(msgspec.Struct, frozen=True):
    """All commodities of a book."""

    commodities: tuple[CommodityView, ...]


def to_table(_call: Call[Nothing], found: CommodityList) -> Table:
    """Commodities as a table."""
    columns = ("commodity", "kind", "scale", "title", "seq")
    return Table(columns, (msgspec.structs.astuple(one) for one in found.commodities))


@resource.get("/commodities", scope="read", query=Nothing, gives=CommodityList, table=to_table)
def list_commodities(call: Call[Nothing]) -> Answer[CommodityList]:
    """List what is counted, by code."""
    found = chart.list_commodities(call.installation, call.slug)
    return Answer(value=CommodityList(tuple(map(_to_view, found))))


@resource.get("/commodities/<commodity>", scope="read", query=Nothing, gives=CommodityView)
def get_commodity(call: Call[Nothing], commodity: str) -> Answer[CommodityView]:
    """Show a commodity."""
    found = chart.get_commodity(call.installation, call.slug, commodity)
    return Answer(value=_to_view(found))


@resource.post("/commodities", scope="define", takes=definition.type, gives=CommodityView)
def define_commodity(call: Call[msgspec.Struct]) -> Answer[CommodityView]:
    """Define what is counted, for ever."""
    asked = definition.asked(call.input)
    posted = post(call.installation, call.slug, call.posting(asked))
    found = chart.get_commodity(call.installation, call.slug, asked.command.commodity)
    return Answer(
        value=_to_view(found), created=f"/commodities/{found.code}", replayed=posted.replayed
    )


def _to_view(found: Commodity) -> CommodityView:
    return msgspec.convert(
        {
            "commodity": found.code,
            "kind": found.kind,
            "scale": found.scale,
            "title": found.title,
            "seq": found.seq,
        },
        CommodityView,
    )
