"""The clock: days by time zone, and the end of trust when it is set."""

import re

import pytest

from timebank.errors import ClockJumpError, MalformedError
from timebank.services.clock import JUMP_SECONDS_MAX, Clock, find_zone, seconds_running

NEW_YEAR = 1_767_225_600  # 2026-01-01T00:00:00Z


class Hands:
    """Two clocks that a test sets."""

    def __init__(self) -> None:
        self.wall: float = NEW_YEAR
        self.running: float = 500.0
        self.clock = Clock(lambda: self.wall, lambda: self.running)


@pytest.fixture
def hands() -> Hands:
    """Start a clock on New Year's day in Greenwich."""
    return Hands()


def test_now_is_said_in_utc_to_the_second(hands: Hands) -> None:
    assert hands.clock.now() == "2026-01-01T00:00:00Z"
    hands.wall += 59.999
    assert hands.clock.now() == "2026-01-01T00:00:59Z"


@pytest.mark.parametrize(
    ("time_zone", "day"),
    [
        ("UTC", "2026-01-01"),
        ("Asia/Shanghai", "2026-01-01"),
        ("Africa/Nairobi", "2026-01-01"),
        ("America/Argentina/Buenos_Aires", "2025-12-31"),
    ],
)
def test_day_is_that_of_the_time_zone(hands: Hands, time_zone: str, day: str) -> None:
    assert hands.clock.today(time_zone) == day


@pytest.mark.parametrize(
    "time_zone", ["", "Mars/Olympus", "Asia", "asia/shanghai", "../../../etc/passwd", "/etc", "\0"]
)
def test_unknown_time_zone_is_refused(hands: Hands, time_zone: str) -> None:
    with pytest.raises(MalformedError, match="time_zone"):
        hands.clock.today(time_zone)


def test_all_time_zones_can_be_read() -> None:
    assert find_zone("Asia/Shanghai").key == "Asia/Shanghai"


def test_time_that_passes_is_no_jump(hands: Hands) -> None:
    for _ in range(10):
        hands.wall += JUMP_SECONDS_MAX
        hands.running += JUMP_SECONDS_MAX - 3600
    assert hands.clock.today("UTC") == "2026-01-21"


@pytest.mark.parametrize("direction", [1, -1])
def test_clock_that_was_set_by_more_than_two_days_is_not_believed(
    hands: Hands, direction: int
) -> None:
    hands.wall += direction * JUMP_SECONDS_MAX
    hands.clock.now()
    hands.wall += direction
    for ask in (hands.clock.now, lambda: hands.clock.today("UTC")):
        with pytest.raises(ClockJumpError) as raised:
            ask()
    assert raised.value.expected == "2026-01-01"
    hands.wall -= direction
    hands.clock.now()


def test_clock_of_the_machine_runs() -> None:
    before = seconds_running()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", Clock().now())
    assert seconds_running() >= before
