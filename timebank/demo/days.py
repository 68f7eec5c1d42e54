"""Days: the year that is simulated, and what its days are for."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

FIRST: Final = date(2025, 1, 1)
"""The book is opened on it."""

LAST: Final = date(2026, 1, 5)
"""The last day of the demo, on which the year is closed."""

YEAR_END: Final = date(2025, 12, 31)
CLOSE_DAY: Final = 5
"""On this day of a month the one before is closed."""

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_THURSDAY: Final = 3


def all_days() -> Iterator[date]:
    """The days of the demo, in order."""
    day = FIRST
    while day <= LAST:
        yield day
        day += _DAY


def before(day: date, days: int = 1) -> date:
    """The day so many days before."""
    return day - days * _DAY


def after(day: date, days: int = 1) -> date:
    """The day so many days after."""
    return day + days * _DAY


def is_market_day(day: date) -> bool:
    """Whether it is the third Saturday of a month, on which the 义集 is held."""
    return day.weekday() == _SATURDAY and 15 <= day.day <= 21  # noqa: PLR2004  the third week


def is_round_day(day: date, every_weeks: int) -> bool:
    """Whether parcels are delivered: on the Thursday of each of so many weeks."""
    return day.weekday() == _THURSDAY and (day - FIRST).days // 7 % every_weeks == 0


def month_end(day: date) -> date:
    """The last day of the month before that of ``day``."""
    return before(day.replace(day=1))
