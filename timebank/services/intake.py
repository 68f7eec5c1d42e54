"""The intake: how much of what callers send is in memory at once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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

    @contextmanager
    def room(self) -> Iterator[Take]:
        """Take room as it is needed, and give all of it back at the end of the block."""
        own = 0

        def take(more: int) -> None:
            """Take room for so many bytes more. Raises BusyError."""
            nonlocal own
            with self._lock:
                if self._taken + more > self._bytes_max:
                    raise BusyError(RETRY_SECONDS)
                self._taken += more
                own += more

        try:
            yield take
        finally:
            with self._lock:
                self._taken -= own
