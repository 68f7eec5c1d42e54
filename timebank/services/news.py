"""News: waiting until a book has new entries, without a connection to the database meanwhile.

What this process appends is told at once. What other processes append one thread finds out, which
asks for the sizes of all books that are waited for, twice a second and only while somebody waits.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from timebank.errors import TimebankError, TooManyWaitingError
from timebank.services.metrics import LONG_POLLS, count_entries
from timebank.services.pages import Page
from timebank.store.books import find_book, read_head, read_sizes
from timebank.store.database import reading
from timebank.store.requests import Appended, Outcome

POLL_SECONDS: Final = 0.5
"""How often it is looked whether other processes have appended something."""

RETRY_SECONDS: Final = 5
"""After how long to come back when too many wait."""

T = TypeVar("T")


@dataclass(eq=False, slots=True)
class _Waiter:
    """Somebody who waits until a log is longer than ``size``."""

    size: int
    woken: threading.Event = field(default_factory=threading.Event)


class News:
    """Who waits for new entries, in one process."""

    def __init__(self, engine: Engine, waiters_max: int) -> None:
        """Begin with nobody; a thread lives while somebody waits."""
        self._engine = engine
        self._waiters_max = waiters_max
        self._lock = threading.Lock()
        self._waiters: dict[int, set[_Waiter]] = {}
        self._count = 0
        # The sizes that were told last, so that nobody misses what came just before they waited.
        self._sizes: dict[int, int] = {}
        self._watcher: threading.Thread | None = None
        self._stopped = threading.Event()

    def tell(self, book_id: int, outcomes: Sequence[Outcome]) -> None:
        """Count what was just committed, and wake those who wait for it."""
        count_entries(outcomes)
        seqs = [one.seq for one in outcomes if isinstance(one, Appended) and not one.replayed]
        if seqs:
            self._tell_size(book_id, seqs[-1] + 1)

    def when_new(
        self, slug: str, read: Callable[[int], Page[T, int]], *, after: int, seconds: int
    ) -> Page[T, int]:
        """The first page after the seq ``after`` that is not empty, as soon as there is one.

        ``read`` gives the page after a seq. After ``seconds``, or when the service stops, the page
        is empty. Raises TooManyWaitingError, UnknownBookError and what ``read`` raises.
        """
        if not seconds:
            return read(after)
        deadline = time.monotonic() + seconds
        while True:
            book_id, size = self._end_of(slug)
            page = read(after)
            if page.items or page.after is not None:
                return page
            # All there was has been looked through, so from now on only what is new is.
            after = max(after, size - 1)
            left = deadline - time.monotonic()
            if not self.wait(book_id, longer_than=after + 1, seconds=left):
                return page

    def wait(self, book_id: int, *, longer_than: int, seconds: float) -> bool:
        """Wait until the log of a book is longer; whether it is. No longer than ``seconds``.

        Ends at once when the service stops. Raises TooManyWaitingError.
        """
        waiter = _Waiter(longer_than)
        if self._stopped.is_set() or seconds <= 0:
            return False
        self._enter(book_id, waiter)
        LONG_POLLS.inc()
        try:
            # Told before this one came in, but after it looked itself.
            if self._sizes.get(book_id, 0) > longer_than:
                return True
            return waiter.woken.wait(seconds) and not self._stopped.is_set()
        finally:
            LONG_POLLS.dec()
            self._leave(book_id, waiter)

    def stop(self) -> None:
        """Wake all, and let nobody wait any more."""
        self._stopped.set()
        with self._lock:
            for waiters in self._waiters.values():
                for waiter in waiters:
                    waiter.woken.set()
            thread = self._watcher
        if thread is not None:
            thread.join()

    def _enter(self, book_id: int, waiter: _Waiter) -> None:
        with self._lock:
            if self._count >= self._waiters_max:
                raise TooManyWaitingError(RETRY_SECONDS)
            self._count += 1
            self._waiters.setdefault(book_id, set()).add(waiter)
            if self._stopped.is_set():
                waiter.woken.set()
            elif self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="news", daemon=True)
                self._watcher.start()

    def _leave(self, book_id: int, waiter: _Waiter) -> None:
        with self._lock:
            self._count -= 1
            waiters = self._waiters[book_id]
            waiters.remove(waiter)
            if not waiters:
                del self._waiters[book_id]

    def _tell_size(self, book_id: int, size: int) -> None:
        # First the size, then who waits: the other way round than wait does it.
        self._sizes[book_id] = max(size, self._sizes.get(book_id, 0))
        if book_id not in self._waiters:
            return
        with self._lock:
            for waiter in self._waiters.get(book_id, ()):
                if waiter.size < size:
                    waiter.woken.set()

    def _watch(self) -> None:
        while books := self._books_waited_for():
            for book_id, size in self._read_sizes(books).items():
                self._tell_size(book_id, size)
            self._stopped.wait(POLL_SECONDS)

    def _books_waited_for(self) -> list[int]:
        """The books that somebody waits for; with none, this thread ends."""
        with self._lock:
            if self._stopped.is_set() or not self._waiters:
                self._watcher = None
                return []
            return list(self._waiters)

    def _end_of(self, slug: str) -> tuple[int, int]:
        """The number of a book, and how many entries it has."""
        with reading(self._engine) as connection:
            book_id = find_book(connection, slug).book_id
            return book_id, read_head(connection, book_id).size

    def _read_sizes(self, books: list[int]) -> dict[int, int]:
        try:
            with reading(self._engine) as connection:
                return read_sizes(connection, books)
        except (SQLAlchemyError, TimebankError):
            return {}  # Whoever waits will find out themselves that the database is gone.
