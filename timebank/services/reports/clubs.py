"""Hours and points by club: what each had, received, gave and has, and who came to its events."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from timebank.services.reports.categories import ATTENDANCE, EVENTS, HEADCOUNT, Attendances
from timebank.services.reports.circulation import GIVEN, RECEIVED, standings
from timebank.services.reports.frame import Frame
from timebank.services.reports.tables import (
    CLOSING,
    COMMODITY,
    OPENING,
    Column,
    Definition,
    Row,
    Title,
)

_GROUPS: Final = "groups:"


def rows(frame: Frame) -> Iterator[Row]:
    """A line for each club and commodity; its events have one without a commodity.

    Events of no club in particular have a line without an account.
    """
    attendances: defaultdict[str, Attendances] = defaultdict(Attendances)
    for happening in frame.happenings():
        if happening.kind == ATTENDANCE:
            attendances[happening.facts.get("group", "")].add(happening)
    of_clubs = [one for one in standings(frame) if one.account.startswith(_GROUPS)]
    for club in sorted({*attendances, *(one.account for one in of_clubs)}):
        for standing in of_clubs:
            if standing.account == club:
                yield {**standing._asdict(), "events": None, "headcount": None}
        if club in attendances:
            counted = attendances[club]
            nothing = dict.fromkeys(("commodity", "opening", "received", "given", "closing"))
            figures = {"events": counted.events, "headcount": counted.headcount}
            yield {"account": club, **nothing, **figures}


DEFINITION: Final = Definition(
    "hours-by-club",
    Title("服务时间与积分 (按社团)", "Hours and points by club"),
    (
        Column("account", Title("社团", "Club")),
        COMMODITY,
        OPENING,
        RECEIVED,
        GIVEN,
        CLOSING,
        EVENTS,
        HEADCOUNT,
    ),
    rows,
)
