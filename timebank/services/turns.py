"""Turns: of the posts in hand, one at a time uses the interpreter of a process.

Python runs one thread at a time in any case. But it passes from one to the next whenever one waits
for anything, be it the few microseconds of a statement on SQLite; and to get it back takes longer
than the statement. With many posts at once that costs more than all that is done for them.

So posts take turns. Who has the turn keeps it, gives it away only to wait for others (for the
writer, for the lock of the database, for the disk), and goes on before those who have not begun.
Who is about to write for all lets some others go first, since they may have something to be
written too.
A request that takes part in no turns is not held up by them.
"""

import threading
from collections import deque
from threading import get_ident
from typing import Final

PATIENCE: Final = 32
"""How many others go before one who would be last, at most; so nobody is put off for ever."""

_NOBODY: Final = 0
"""No thread's number."""


class Turns:
    """Whose turn it is in one process."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._lock = threading.Lock()
        self._taken = False
        self._holder = _NOBODY
        self._waiting: deque[threading.Lock] = deque()
        self._last: deque[threading.Lock] = deque()
        self._passed = 0

    def turn(self) -> "_Turn":
        """Have the turn throughout the block."""
        return _Turn(self)

    def aside(self) -> "_Aside":
        """Let others have the turn throughout the block, if this thread has it."""
        return _Aside(self)

    def give(self) -> bool:
        """Give the turn to the next one; whether this thread had it."""
        if not self.is_mine():
            return False
        self._holder = _NOBODY
        with self._lock:
            following = self._next()
            self._taken = following is not None
        if following is not None:
            following.release()
        return True

    def begin(self) -> None:
        """Take the turn for the first time: after all who wait."""
        self._wait_in(self._waiting)

    def take(self, *, last: bool = False) -> None:
        """Take the turn again that was given away: before all who wait for their first.

        ``last``: after those who wait and who come meanwhile, though not after more than
        :data:`PATIENCE`.
        """
        if last:
            self._wait_in(self._last)
        else:
            self._wait_in(self._waiting, first=True)

    def take_for(self, woken: threading.Lock, *, last: bool = False) -> None:
        """Take the turn as :meth:`take` does for another thread, which is not woken before.

        It waits for ``woken``, which is released with the turn, and then says :meth:`taken`.
        """
        with self._lock:
            if self._taken:
                if last:
                    self._last.append(woken)
                else:
                    self._waiting.appendleft(woken)
                return
            self._taken = True
        woken.release()

    def taken(self) -> None:
        """Say that this thread has the turn that another one took for it."""
        self._holder = get_ident()

    def is_mine(self) -> bool:
        """Whether this thread has the turn."""
        return self._holder == get_ident()

    def _wait_in(self, queue: deque[threading.Lock], *, first: bool = False) -> None:
        with self._lock:
            woken = None
            if self._taken:
                woken = threading.Lock()
                woken.acquire()
                if first:
                    queue.appendleft(woken)
                else:
                    queue.append(woken)
            self._taken = True
        if woken is not None:
            woken.acquire()
        self._holder = get_ident()

    def _next(self) -> "threading.Lock | None":
        """Choose who is next; None where nobody waits."""
        if self._last and (not self._waiting or self._passed >= PATIENCE):
            self._passed = 0
            return self._last.popleft()
        if not self._waiting:
            return None
        self._passed += bool(self._last)
        return self._waiting.popleft()


class _Turn:
    """A block in which the turn is had."""

    __slots__ = ("_turns",)

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    def __enter__(self) -> None:
        self._turns.begin()

    def __exit__(self, *_error: object) -> None:
        self._turns.give()


class _Aside:
    """A block in which others may have the turn."""

    __slots__ = ("_had", "_turns")

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._had = False

    def __enter__(self) -> None:
        self._had = self._turns.give()

    def __exit__(self, *_error: object) -> None:
        if self._had:
            self._turns.take()
