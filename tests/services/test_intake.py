"""The intake: bodies are in memory together only so far, and room comes back."""

from contextlib import suppress

import pytest

from timebank.errors import BusyError
from timebank.services.intake import Intake


def test_room_is_taken_until_the_end_of_the_block() -> None:
    intake = Intake(bytes_max=10)
    with intake.room() as first, intake.room() as second:
        first(4)
        second(4)
        first(2)
        with pytest.raises(BusyError):
            second(1)
    with intake.room() as third:
        third(10)


def test_room_comes_back_whatever_happens() -> None:
    intake = Intake(bytes_max=10)
    for _ in range(3):
        with intake.room() as take, pytest.raises(BusyError):
            take(11)
        with intake.room() as take, suppress(BusyError):
            take(8)
            take(8)
    with intake.room() as take:
        take(10)
