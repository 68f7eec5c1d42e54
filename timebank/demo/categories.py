"""Categories of services 服务类别, and what they earn: classes of a tariff, never kinds of need."""

from dataclasses import dataclass
from typing import Final

from timebank.demo.places import HOUR, POINT


@dataclass(frozen=True, slots=True)
class Category:
    """A class of the tariff: what 60 minutes earn, and whether all of it is given away."""

    code: str
    commodity: str
    rate: int
    donate_only: bool = False


GENERAL: Final = Category("general", POINT, 6)
SKILLED: Final = Category("skilled", POINT, 10)
"""What takes a skill: repairs, tutoring, haircuts."""

VISITS: Final = Category("visits", HOUR, 60)
EVENTS: Final = Category("events", HOUR, 60)
DELIVERY: Final = Category("delivery", HOUR, 60)
PATROL: Final = Category("patrol", HOUR, 90)
"""At night, and so by half as much again."""

CLEANING: Final = Category("cleaning", HOUR, 60, donate_only=True)
"""Of whole teams, for everybody, and so given away."""

PAID: Final = (GENERAL, SKILLED)
"""Paid by the one helped."""

FREE: Final = (VISITS, EVENTS, PATROL)
"""Paid by the community."""

ALL: Final = (*PAID, *FREE, DELIVERY, CLEANING)
