"""The intake: how much of what callers send is in memory at once."""

import threading
from collections.abc import Callable
from typing import Final

from timebank.errors import BusyError

BYTES_MAX: Final = 64 * 1024 * 1024
"""How much the bodies of all requests have together, from being read until they are answered."""

RETRY_SECONDS: Final = 1
"""After how long to come back when there is no room."""

Take = Callable[[int], None]
"""Takes room for so many further bytes. Raises BusyError where there is none."""


class Intake:
    """The room for bodies in one process. What was decoded takes a few times as much."""

    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        """Start empty."""
        self._bytes_max = bytes_max
        self._lock = threading.Lock()
        self._taken = 0

    def room(self) -> "_Room":
        """Take room as it is needed, and give all of it back at the end of the block."""
        return _Room(self)

    def take(self, more: int) -> None:
        """Take room for so many bytes more. Raises BusyError."""
        with self._lock:
            if self._taken + more > self._bytes_max:
                raise BusyError(RETRY_SECONDS)
            self._taken += more

    def give_back(self, taken: int) -> None:
        """Give back room for so many bytes."""
        with self._lock:
            self._taken -= taken


class _Room:
    """A block, and how much it has taken."""

    __slots__ = ("_intake", "_taken")

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._taken = 0

    def __enter__(self) -> Take:
        return self._take

    def __exit__(self, *_error: object) -> None:
        self._intake.give_back(self._taken)

    def _take(self, more: int) -> None:
        self._intake.take(more)
        self._taken += more
