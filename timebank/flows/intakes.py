"""Intakes 入库 and inspections 验收: goods come in, and only what somebody has looked at goes out.

``world:donors -> stock:p:quarantine`` takes in, and the inspection lets goods through, ``stock:p:
quarantine -> stock:p``, or rejects them, ``stock:p:quarantine -> world:rejected``: all of what was
received, neither more nor less. It does so for what was bought, came back or was found, too.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from timebank.errors import FigureError, MalformedError
from timebank.flows.command import Flow, PostedCommand, Seq
from timebank.flows.drafts import draft_of_goods
from timebank.flows.facts import Facts, check_reference
from timebank.flows.goods import (
    BatchList,
    OpenLeg,
    SomeGoods,
    check_goods,
    leg_of,
    merge,
    needs_of_lots,
    open_legs,
    share_out,
    thing_of,
)
from timebank.flows.needs import Needs, Spot
from timebank.ledger.model import Draft, DraftLeg, Place
from timebank.ledger.places import is_shelf, place_of, quarantine_of

REJECTED = "world:rejected"
STALL = "stalls#"


class TakeIn(PostedCommand, frozen=True, kw_only=True, tag="intake"):
    """Take in goods 入库 of registered lots, from the outside account ``source`` stands for.

    ``to`` is a place (``stock:yicang``), where they wait in quarantine, or the stall of a family
    (``stalls#<id>``) whose own goods they are.
    """

    to: str
    goods: BatchList
    source: Literal["donors", "grantors", "partners", "suppliers"] = "donors"


class Inspect(PostedCommand, frozen=True, kw_only=True, tag="inspection"):
    """Inspect 验收 what came in by the entry ``received``: an intake, a purchase or what came back.

    What is not ``rejected`` is accepted. Whoever names what is ``accepted`` too has it checked that
    both together are what was received. A lot need be named only where there are several.
    """

    received: Seq
    rejected: SomeGoods = ()
    accepted: SomeGoods | None = None


def needs_of_intake(command: TakeIn) -> Needs:
    """The lots, with their balances outside and where they go. Raises MalformedError."""
    check_reference(command.to, "to")
    if not (is_shelf(command.to) or command.to.startswith(STALL)):
        raise MalformedError("to", "must be a place such as stock:yicang, or a stall")
    check_goods(command.goods, "goods")
    return needs_of_lots(map(thing_of, command.goods), _outside(command), _inside(command))


def build_intake(command: TakeIn, facts: Facts) -> Draft:
    """The draft of an intake. Raises UnknownAccountError where there is no such stall."""
    from_, to = Place(_outside(command)), facts.place(_inside(command))
    legs = (leg_of(batch, from_, to) for batch in merge(command.goods))
    return draft_of_goods("intake", command, legs, facts)


def needs_of_inspection(command: Inspect) -> Needs:
    """What was received, and the shelf it may come to. Raises MalformedError."""
    check_goods(command.rejected, "rejected")
    check_goods(command.accepted or (), "accepted")
    return Needs(
        entries=frozenset({command.received}),
        counterparts=frozenset({Spot(REJECTED, "")}),
        places=True,
    )


def build_inspection(command: Inspect, facts: Facts) -> Draft:
    """The draft of an inspection.

    Raises FigureError where what is accepted and rejected is not what was received, and what
    :func:`open_legs` and :func:`share_out` raise.
    """
    received = open_legs("inspection", command.received, facts)
    rejected = share_out(command.rejected, received, command.received)
    if command.accepted is not None:
        accepted = share_out(command.accepted, received, command.received)
        _check_sums(received, accepted, rejected)
    legs = _inspected(received, rejected)
    return draft_of_goods("inspection", command, legs, facts, received=command.received)


def _outside(command: TakeIn) -> str:
    return f"world:{command.source}"


def _inside(command: TakeIn) -> str:
    return quarantine_of(command.to) if is_shelf(command.to) else command.to


def _check_sums(
    received: Sequence[OpenLeg], accepted: Sequence[int], rejected: Sequence[int]
) -> None:
    for leg, good, bad in zip(received, accepted, rejected, strict=True):
        if good != leg.left - bad:
            raise FigureError("accepted", leg.left - bad, good)


def _inspected(received: Sequence[OpenLeg], rejected: Sequence[int]) -> Iterator[DraftLeg]:
    """Of each leg what goes on the shelf, and what is rejected."""
    for one, bad in zip(received, rejected, strict=True):
        leg, from_ = one.leg, one.reached
        shelf = Place(place_of(from_.account))
        yield DraftLeg(one.left - bad, leg.commodity, leg.lot, from_, shelf)
        yield DraftLeg(bad, leg.commodity, leg.lot, from_, Place(REJECTED))


FLOWS = (
    Flow(TakeIn, needs_of_intake, build_intake),
    Flow(Inspect, needs_of_inspection, build_inspection),
)
