"""The clock: what day it is for a book, and what time."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, lru_cache
from importlib.resources import files
from math import floor
from typing import Final
from zoneinfo import ZoneInfo

from timebank.errors import ClockJumpError, MalformedError

JUMP_SECONDS_MAX: Final = 2 * 24 * 60 * 60
"""How far the wall clock may be set while the service runs; further needs the operator."""


# Linux has one that goes on while the machine sleeps.
_STEADY: Final[int] = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def seconds_running() -> float:
    """Give the seconds since the machine started, by a clock that nobody can set."""
    return time.clock_gettime(_STEADY)


class Clock:
    """The time of day, for as long as it agrees with a clock that nobody can set.

    Both are arguments, in seconds; ``wall`` counts from 1970-01-01T00:00:00Z.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        running: Callable[[], float] = seconds_running,
    ) -> None:
        """Compare both clocks now, so as to notice later when one was set."""
        self._wall = wall
        self._running = running
        self._started = wall() - running()

    def now(self) -> str:
        """Give the time as RFC 3339 in UTC, to the second. Raises :class:`ClockJumpError`."""
        return time_at(self._whole_seconds())

    def today(self, time_zone: str) -> str:
        """Give the day in an IANA time zone, ``YYYY-MM-DD``.

        Raises :class:`ClockJumpError`, and :class:`MalformedError` for a zone that is not known.
        """
        return _day_at(self._whole_seconds(), time_zone)

    def _whole_seconds(self) -> int:
        wall = self._wall()
        expected = self._started + self._running()
        if abs(wall - expected) > JUMP_SECONDS_MAX:
            raise ClockJumpError(_day(wall), "the time since the service started", _day(expected))
        return floor(wall)


# Many ask in the same second, and are told what was worked out for the first of them.
@lru_cache(maxsize=64)
def time_at(seconds: int) -> str:
    """Give the time so long after 1970-01-01T00:00:00Z as RFC 3339 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=1024)
def _day_at(seconds: int, time_zone: str) -> str:
    return datetime.fromtimestamp(seconds, find_zone(time_zone)).date().isoformat()


@cache
def find_zone(time_zone: str) -> ZoneInfo:
    """Find an IANA time zone in the data we bring along, so that all machines say the same.

    Raises :class:`MalformedError` for one that is not known.
    """
    if time_zone not in _zone_names():
        raise MalformedError("time_zone", "must be an IANA time zone such as Asia/Shanghai")
    with files("tzdata").joinpath("zoneinfo", *time_zone.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=time_zone)


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(files("tzdata").joinpath("zones").read_text("ascii").split())


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
