"""Hours and points in circulation: what each account had, received, gave and has."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

from timebank.services.reports.frame import Frame, check_figure
from timebank.services.reports.tables import (
    CLOSING,
    COMMODITY,
    OPENING,
    Column,
    Definition,
    Row,
    Title,
)

COUNTED: Final = ("time", "points")

RECEIVED: Final = Column("received", Title("本期转入", "Came in"), "amount")
GIVEN: Final = Column("given", Title("本期转出", "Went out"), "amount")


class Standing(NamedTuple):
    """What an account as a whole had, received, gave and has in a commodity."""

    account: str
    commodity: str
    opening: int
    received: int
    given: int
    closing: int


def standings(frame: Frame) -> list[Standing]:
    """All accounts of hours and points, by account and commodity."""
    counted = frame.of_kinds(*COUNTED)
    return [
        Standing(*place[:2], before.net, *frame.moved(place), after.net)
        for place, after in sorted(frame.closing.items())
        if place.commodity in counted
        for before in (frame.before(place),)
    ]


def rows(frame: Frame) -> Iterator[Row]:
    """A line for each account, and one for all that is in circulation.

    That is what all accounts have but ``issued``, which is short of as much. Raises
    ReportMismatchError.
    """
    frame.go_through()
    of_commodity: defaultdict[str, list[Standing]] = defaultdict(list)
    for standing in standings(frame):
        of_commodity[standing.commodity].append(standing)
    for commodity, found in sorted(of_commodity.items()):
        yield from (standing._asdict() for standing in found)
        inside = [one for one in found if not frame.is_outside(one.account)]
        promised = [one for one in found if frame.is_outside(one.account)]
        edges = {edge: sum(getattr(one, edge) for one in inside) for edge in ("opening", "closing")}
        for edge, total in edges.items():
            owed = -sum(getattr(one, edge) for one in promised)
            check_figure(f"{edge} {commodity} in circulation", owed, total)
        yield {"account": "", "commodity": commodity, "received": None, "given": None, **edges}


DEFINITION: Final = Definition(
    "circulation",
    Title("时间与积分流通", "Hours and points in circulation"),
    (
        Column("account", Title("账户", "Account")),
        COMMODITY,
        OPENING,
        RECEIVED,
        GIVEN,
        CLOSING,
    ),
    rows,
)
