"""The writer: lets requests that wait for the same book be written together, fairly and bounded.

There is no thread of its own. Whoever asks while nobody writes to the book writes at once, in the
calling thread: alone, a request neither waits nor is handed to another thread and back. Whoever
comes meanwhile waits, and the first of those who wait then writes for all of them, so that under
load many requests share one lock, one pass over the balances and one commit, the more the longer
a commit takes. A thread that only writes was measured beside this (docs/PERFORMANCE.md) with no
difference beyond the noise; it would have to be started, watched and ended.

Books take turns, first come first served, and go to the end of the line after each group. So a book
with a thousand requests delays another by one group at most. On SQLite, which has one lock for
the whole file, one book is written at a time; on PostgreSQL some at once, so that commits can
share a flush of the server's log. A group is of one book: transactions that held the
locks of several would make books wait for each other, across processes too.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from timebank.errors import BusyError
from timebank.services.turns import Turns

JobT = TypeVar("JobT")
ResultT = TypeVar("ResultT")

Together = Callable[[str, Sequence[JobT]], Sequence[ResultT | Exception]]
"""Writes jobs of the book with this slug, in order; gives what came of each."""

ITEMS_MAX: Final = 1_000
"""How many items are written together at most; a job may have more by itself."""

RETRY_SECONDS: Final = 1
"""After how long to come back when too many wait."""


class _Waiting:
    """A job in its place in the queue, and the thread behind it."""

    __slots__ = ("alone", "in_turn", "items", "job", "leads", "result", "woken")

    def __init__(self, job: Any, items: int, *, alone: bool, in_turn: bool) -> None:  # noqa: ANN401  of any writer
        self.job = job
        self.items = items
        self.alone = alone
        self.in_turn = in_turn
        self.leads = False
        self.result: Any = None
        self.woken = threading.Lock()
        self.woken.acquire()


class Writer:
    """The queues of one process: one for each book that is written to now."""

    def __init__(self, *, slots: int, waiting_max: int, turns: Turns | None = None) -> None:
        """Write to at most ``slots`` books at once, and let at most ``waiting_max`` jobs in.

        Who has the turn in ``turns`` gives it away to wait, and before writing for others too.
        """
        self._turns = turns or Turns()
        self._slots = slots
        self._waiting_max = waiting_max
        self._begin()

    def write(
        self,
        slug: str,
        job: JobT,
        together: Together[JobT, ResultT],
        *,
        items: int = 1,
        alone: bool = False,
    ) -> ResultT:
        """Have the job written, perhaps with others of the same book; give its result.

        All jobs of a book are to come with the same ``together``. ``items`` says how much the job
        counts towards :data:`ITEMS_MAX`; an ``alone`` one shares its transaction with no other.
        Raises BusyError at once where too many wait already, and what ``together`` gave as error.
        """
        waiting = _Waiting(job, items, alone=alone, in_turn=self._turns.is_mine())
        if self._enter(slug, waiting):
            if self._turns.give():
                self._turns.take(last=True)
        else:
            self._wait(waiting)
        if waiting.leads:
            self._lead(slug, together)
        if isinstance(waiting.result, Exception):
            raise waiting.result
        result: ResultT = waiting.result
        return result

    @property
    def inside(self) -> int:
        """How many jobs are waiting or being written."""
        return self._inside

    @property
    def closed(self) -> bool:
        """Whether nobody is let in any more."""
        return self._closed

    def close(self) -> None:
        """Let nobody in any more, and wait until all who were in have their results."""
        with self._lock:
            self._closed = True
            while self._inside:
                self._left.wait()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._left = threading.Condition(self._lock)
        self._closed = False
        self._inside = 0
        self._free = self._slots
        # A book has a queue while it is written to or stands in line for that.
        self._queues: dict[str, deque[_Waiting]] = {}
        self._line: deque[str] = deque()

    def _enter(self, slug: str, waiting: _Waiting) -> bool:
        """Take a place in the queue of a book; whether it is the leader's."""
        if self._process != os.getpid():
            self._begin()  # A fork has copied locks and queues whose threads stayed behind.
        with self._lock:
            if self._closed or self._inside >= self._waiting_max:
                raise BusyError(RETRY_SECONDS)
            self._inside += 1
            queue = self._queues.get(slug)
            if queue is not None:
                queue.append(waiting)
                return False
            self._queues[slug] = deque([waiting])
            if not self._free:
                self._line.append(slug)
                return False
            self._free -= 1
            waiting.leads = True
            return True

    def _wait(self, waiting: _Waiting) -> None:
        """Wait until this one leads, or has its result, and has the turn again if it had it."""
        self._turns.give()
        waiting.woken.acquire()
        if waiting.in_turn:
            self._turns.taken()

    def _wake(self, waiting: _Waiting) -> None:
        """Have another thread go on, as soon as it is its turn."""
        if waiting.in_turn:
            self._turns.take_for(waiting.woken, last=waiting.leads)
        else:
            waiting.woken.release()

    def _lead(self, slug: str, together: Together[Any, Any]) -> None:
        """Write for all who wait, as the first of them; then let the next one lead."""
        group = self._take(slug)
        results: Sequence[Any] = [BusyError(RETRY_SECONDS) for _ in group]
        try:
            written = together(slug, [waiting.job for waiting in group])
            assert len(written) == len(group), "each job has its result"
            results = written
        finally:
            # All have their results before they are counted out: close() waits for that count.
            for waiting, result in zip(group, results, strict=True):
                waiting.result = result
            self._hand_over(slug, len(group))
            # Each takes its turn before all others, so who came first does so last.
            for waiting in reversed(group[1:]):
                self._wake(waiting)

    def _take(self, slug: str) -> list[_Waiting]:
        """Take out of the queue what is written together now, the leader first."""
        with self._lock:
            queue = self._queues[slug]
            group = [queue.popleft()]
            items = group[0].items
            while queue and not (group[0].alone or queue[0].alone):
                items += queue[0].items
                if items > ITEMS_MAX:
                    break
                group.append(queue.popleft())
        return group

    def _hand_over(self, slug: str, done: int) -> None:
        """Go to the end of the line, if more wait for this book, and let the first in it write."""
        following = None
        with self._lock:
            self._inside -= done
            if self._queues[slug]:
                self._line.append(slug)
            else:
                del self._queues[slug]
            if self._line:
                following = self._queues[self._line.popleft()][0]
                following.leads = True
            else:
                self._free += 1
            if self._closed:
                self._left.notify_all()
        if following is not None:
            self._wake(following)
