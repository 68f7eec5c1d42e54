"""Moves 调拨: goods leave one place with a carrier and arrive at another, so that none is unseen.

``stock:a -> transit#c`` leaves and ``transit#c -> stock:b`` arrives, with a shortfall ``transit#c
-> world:lost``. The arrival ends the move: of its goods nothing is left with the carrier.
"""

from collections.abc import Iterator, Sequence

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
from timebank.flows.needs import Needs, Spot
from timebank.ledger.model import Draft, DraftLeg, Place

LOST = "world:lost"


class Move(PostedCommand, frozen=True, kw_only=True, tag="move"):
    """Send goods from the shelf of a ``place`` with a ``carrier``, who is named by their id.

    Where no lots are named, those go that expire first.
    """

    place: str
    carrier: str
    goods: GoodsList


class Arrive(PostedCommand, frozen=True, kw_only=True, tag="arrival"):
    """Receive what the entry ``move`` sent, at a ``place``: all of it but what was ``lost``.

    A lot need be named only where there are several.
    """

    move: Seq
    place: str
    lost: SomeGoods = ()


def needs_of_move(command: Move) -> Needs:
    """What is on the shelf, and the carrier. Raises MalformedError."""
    check_place(command.place, "place")
    check_goods(command.goods, "goods")
    return needs_of_shelf(command.place, command.goods, carrier_of(command.carrier))


def build_move(command: Move, facts: Facts) -> Draft:
    """The draft of a move. Raises UnknownAccountError, and what :func:`pick` raises."""
    from_, to = Place(command.place), facts.place(carrier_of(command.carrier))
    picked = pick(command.place, command.goods, day_of(command, facts), facts)
    return draft_of_goods("move", command, (leg_of(one, from_, to) for one in picked), facts)


def needs_of_arrival(command: Arrive) -> Needs:
    """What was sent, and where it comes to. Raises MalformedError."""
    check_place(command.place, "place")
    check_goods(command.lost, "lost")
    return Needs(
        entries=frozenset({command.move}),
        counterparts=frozenset({Spot(command.place, ""), Spot(LOST, "")}),
    )


def build_arrival(command: Arrive, facts: Facts) -> Draft:
    """The draft of an arrival. Raises what :func:`open_legs` and :func:`share_out` raise."""
    sent = open_legs("arrival", command.move, facts)
    lost = share_out(command.lost, sent, command.move)
    legs = _arrived(sent, lost, Place(command.place))
    return draft_of_goods("arrival", command, legs, facts, move=command.move)


def _arrived(sent: Sequence[OpenLeg], lost: Sequence[int], place: Place) -> Iterator[DraftLeg]:
    """Of each leg what arrives, and what does not."""
    for one, missing in zip(sent, lost, strict=True):
        leg, from_ = one.leg, one.reached
        yield DraftLeg(one.left - missing, leg.commodity, leg.lot, from_, place)
        yield DraftLeg(missing, leg.commodity, leg.lot, from_, Place(LOST))


FLOWS = (
    Flow(Move, needs_of_move, build_move),
    Flow(Arrive, needs_of_arrival, build_arrival),
)
