"""Hours and points by category of service, and how many people came to events of a category.

Amounts are what was credited by the tariff; beside them stand the minutes that helpers worked.
Headcounts 参与人次 are not hours.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from timebank.services.reports.frame import Frame
from timebank.services.reports.happenings import Happening
from timebank.services.reports.tables import COMMODITY, Column, Definition, Row, Title

SERVICE: Final = "service"
ATTENDANCE: Final = "attendance"

EVENTS: Final = Column("events", Title("活动场次", "Events"), "count")
HEADCOUNT: Final = Column("headcount", Title("参与人次", "Attendances"), "count")

_SERVICES: Final = (
    Column("services", Title("服务次数", "Services"), "count"),
    Column("helpers", Title("服务人次", "Helpers"), "count"),
    Column("minutes", Title("服务分钟", "Minutes worked"), "count"),
    Column("from_members", Title("受助人支付", "Paid by those helped"), "amount"),
    Column("from_community", Title("社区支付", "Paid by the community"), "amount"),
    Column("to_helpers", Title("计入服务者", "Credited to helpers"), "amount"),
    Column("to_pool", Title("计入公益池", "Donated to the pool"), "amount"),
)


@dataclass(slots=True)
class Attendances:
    """Events, and how many people came to them."""

    events: int = 0
    headcount: int = 0

    def add(self, happening: Happening) -> None:
        """Count an event."""
        self.events += happening.sign
        self.headcount += happening.sign * happening.facts["headcount"]


@dataclass(slots=True)
class _Services:
    """Services of a category that were credited in one commodity."""

    services: int = 0
    helpers: int = 0
    minutes: int = 0
    from_members: int = 0
    from_community: int = 0
    to_helpers: int = 0
    to_pool: int = 0

    def add(self, happening: Happening) -> None:
        """Count a service with its helpers and amounts; one that is undone counts against it."""
        helpers = happening.facts["helpers"]
        self.services += happening.sign
        self.helpers += happening.sign * len(helpers)
        self.minutes += happening.sign * sum(helper["minutes"] for helper in helpers)
        for movement in happening.movements:
            if movement.from_ == "issued":
                self.from_community += movement.amount
            else:
                self.from_members += movement.amount
            if movement.to == "pool:donated":
                self.to_pool += movement.amount
            else:
                self.to_helpers += movement.amount


def rows(frame: Frame) -> Iterator[Row]:
    """A line for each category and commodity; events have one without a commodity."""
    services: defaultdict[tuple[str, str], _Services] = defaultdict(_Services)
    attendances: defaultdict[str, Attendances] = defaultdict(Attendances)
    for happening in frame.happenings():
        if happening.kind == SERVICE:
            commodity = happening.movements[0].commodity
            services[happening.facts["category"], commodity].add(happening)
        elif happening.kind == ATTENDANCE:
            attendances[happening.facts["category"]].add(happening)
    keys = [column.key for column in _SERVICES]
    for (category, commodity), found in sorted(services.items()):
        figures = {key: getattr(found, key) for key in keys}
        line = {"category": category, "commodity": commodity, **figures}
        yield {**line, "events": None, "headcount": None}
    for category, counted in sorted(attendances.items()):
        line = {"category": category, "commodity": None, **dict.fromkeys(keys)}
        yield {**line, "events": counted.events, "headcount": counted.headcount}


DEFINITION: Final = Definition(
    "hours-by-category",
    Title("服务时间与积分 (按类别)", "Hours and points by category"),
    (
        Column("category", Title("服务类别", "Category")),
        COMMODITY,
        *_SERVICES,
        EVENTS,
        HEADCOUNT,
    ),
    rows,
)
