"""Delivery rounds 配送: goods go out to several households with a carrier, and the rest comes back.

``stock:p -> transit#v`` leaves, and the return ends the round: ``transit#v -> world:consumed`` is
what was handed over, ``transit#v -> stock:p:quarantine`` what came back to the place it had left,
``transit#v -> world:lost`` what got lost. The log says for how many households a round is, never
for whom: fewer than five wait for the next, and the hand-overs are sealed. The carrier's time is a
service.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

import msgspec

from timebank.errors import FigureError, MalformedError
from timebank.flows.checks import check_text
from timebank.flows.command import Flow, PostedCommand, Seq
from timebank.flows.drafts import draft_of_goods
from timebank.flows.facts import Facts
from timebank.flows.goods import (
    GoodsList,
    OpenLeg,
    SomeGoods,
    carrier_of,
    check_goods,
    check_place,
    day_of,
    leg_of,
    needs_of_shelf,
    open_legs,
    pick,
    share_out,
)
from timebank.flows.moves import LOST
from timebank.flows.needs import Needs, Spot
from timebank.ledger import codes
from timebank.ledger.model import Draft, DraftLeg, Place
from timebank.ledger.places import quarantine_of
from timebank.ledger.rules.rounds import CONSUMED, check_households

AID = "aid"
"""The permitted use of goods that go to households."""

MAX_HOUSEHOLDS = 100_000
Households = Annotated[int, msgspec.Meta(ge=0, le=MAX_HOUSEHOLDS)]


class SendRound(PostedCommand, frozen=True, kw_only=True, tag="round.out"):
    """Send goods from the shelf of a ``place`` to ``households`` with a ``carrier``, by id.

    Where no lots are named, those go that expire first and may be used as aid.
    """

    place: str
    carrier: str
    households: Annotated[int, msgspec.Meta(ge=1, le=MAX_HOUSEHOLDS)]
    goods: GoodsList


class HandOver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A parcel handed over: confirmed by its delivery code, or by a neighbour who signed.

    ``parcel`` is an opaque reference, never a name.
    """

    parcel: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    confirmed: Literal["code", "neighbour"]


class EndRound(PostedCommand, frozen=True, kw_only=True, tag="round.back"):
    """End the ``round`` with this seq: what is neither ``back`` nor ``lost`` was handed over.

    ``refused`` and ``absent`` count households that took nothing, which is normal. ``handovers``
    are sealed; where there are any, they are those of all other households. A lot need be named
    only where there are several.
    """

    round: Seq
    refused: Households = 0
    absent: Households = 0
    back: SomeGoods = ()
    lost: SomeGoods = ()
    handovers: Annotated[tuple[HandOver, ...], msgspec.Meta(max_length=500)] = ()

    def private(self) -> dict[str, Any]:
        """The seal holds the hand-overs too."""
        return {**super().private(), "handovers": msgspec.to_builtins(list(self.handovers))}


def needs_of_sending(command: SendRound) -> Needs:
    """What is on the shelf, and the carrier. Raises MalformedError."""
    check_place(command.place, "place")
    check_goods(command.goods, "goods")
    return needs_of_shelf(command.place, command.goods, carrier_of(command.carrier))


def build_sending(command: SendRound, facts: Facts) -> Draft:
    """The draft of a round that leaves.

    Raises TooFewHouseholdsError, UnknownAccountError, and what :func:`pick` raises.
    """
    day = day_of(command, facts)
    check_households(command.households, day, facts.state)
    from_, to = Place(command.place), facts.place(carrier_of(command.carrier))
    picked = pick(command.place, command.goods, day, facts, use=AID)
    legs = (leg_of(one, from_, to) for one in picked)
    return draft_of_goods("round.out", command, legs, facts, households=command.households)


def needs_of_ending(command: EndRound) -> Needs:
    """The round, and where its goods come to. Raises MalformedError."""
    check_goods(command.back, "back")
    check_goods(command.lost, "lost")
    parcels = set()
    for index, one in enumerate(command.handovers):
        check_text(one.parcel, f"handovers[{index}].parcel")
        if one.parcel in parcels:
            raise MalformedError(f"handovers[{index}].parcel", "was handed over before")
        parcels.add(one.parcel)
    return Needs(
        entries=frozenset({command.round}),
        counterparts=frozenset({Spot(CONSUMED, ""), Spot(LOST, "")}),
        places=True,
    )


def build_ending(command: EndRound, facts: Facts) -> Draft:
    """The draft of a round's return.

    Raises FigureError where the hand-overs are not those of all who took something, and what
    :func:`open_legs` and :func:`share_out` raise.
    """
    sent = open_legs("round.back", command.round, facts)
    _check_handovers(command, facts)
    back = share_out(command.back, sent, command.round)
    lost = share_out(command.lost, _without(sent, back), command.round)
    return draft_of_goods(
        "round.back",
        command,
        _ended(sent, back, lost),
        facts,
        absent=command.absent,
        refused=command.refused,
        round=command.round,
    )


def _check_handovers(command: EndRound, facts: Facts) -> None:
    """Hold the number of hand-overs, where there are any, against that of the households."""
    found = facts.state.earlier(command.round)
    assert found is not None, "its legs were just looked at"
    served = found[0].public["households"] - command.refused - command.absent
    if command.handovers and len(command.handovers) != served:
        raise FigureError("handovers", served, len(command.handovers))


def _without(sent: Sequence[OpenLeg], shares: Sequence[int]) -> list[OpenLeg]:
    """The same legs with less left of them."""
    pairs = zip(sent, shares, strict=True)
    return [one._replace(left=one.left - share) for one, share in pairs]


def _ended(sent: Sequence[OpenLeg], back: Sequence[int], lost: Sequence[int]) -> Iterator[DraftLeg]:
    """Of each leg what was handed over, what came back and what got lost."""
    for one, returned, missing in zip(sent, back, lost, strict=True):
        place = quarantine_of(codes.split_reference(one.leg.from_)[0])
        for amount, to in (
            (one.left - returned - missing, CONSUMED),
            (returned, place),
            (missing, LOST),
        ):
            yield DraftLeg(amount, one.leg.commodity, one.leg.lot, one.reached, Place(to))


FLOWS = (
    Flow(SendRound, needs_of_sending, build_sending),
    Flow(EndRound, needs_of_ending, build_ending),
)
