"""Who calls, what they may do, and in which capacities they post."""

import hmac
import logging
import threading
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from timebank.errors import (
    CapacityError,
    MalformedError,
    ScopeError,
    TimebankError,
    UnauthenticatedError,
    UnknownKeyError,
)
from timebank.ledger import codes
from timebank.ledger.entry import MAX_CAPACITIES
from timebank.services.installation import Installation
from timebank.services.keys import Scope, book_of, hash_secret, is_valid, parse_token
from timebank.store import keys
from timebank.store.books import find_book
from timebank.store.database import reading, writing
from timebank.store.keys import KeyRow

USE_MINUTES: Final = 10
"""How far the last use of a key that is kept may lag behind."""

_TEN_MINUTES: Final = len("2026-01-31T12:3")
"""Times that are the same up to here are of the same ten minutes."""

_NO_HASH: Final = bytes(32)
_LOG: Final = logging.getLogger(__name__)


class Caller(NamedTuple):
    """An app with a valid key of the book it asks about."""

    key_id: str
    app: str
    scopes: tuple[str, ...]
    capacities: tuple[str, ...]

    def demand(self, scope: Scope) -> None:
        """Raise ScopeError unless the key has this scope."""
        if scope not in self.scopes:
            raise ScopeError(scope)

    def demand_all(self, scopes: Sequence[str], capacities: Sequence[str]) -> None:
        """Raise ScopeError or CapacityError unless the key itself has all of these.

        So nobody hands on more than they have.
        """
        for scope in scopes:
            if scope not in self.scopes:
                raise ScopeError(scope)
        for capacity in capacities:
            if not self._covers(capacity):
                raise CapacityError("API key", f"a key with the capacity {capacity}")

    def capacities_for(self, kind: str, asserted: Sequence[str]) -> tuple[str, ...]:
        """The capacities of an entry: ``app:<code>``, then those asserted, or else all its own.

        Everybody may say ``member``. Raises MalformedError, and CapacityError where the key does
        not cover what is asserted.
        """
        return _capacities(self.app, self.capacities, kind, tuple(asserted))

    def _covers(self, capacity: str) -> bool:
        return _covers(self.capacities, capacity)


# The thousand items of a batch ask the same, and so does the next batch of the same app.
@lru_cache(maxsize=1_024)
def _capacities(
    code: str, own: tuple[str, ...], kind: str, asserted: tuple[str, ...]
) -> tuple[str, ...]:
    app = f"app:{code}"
    chosen = asserted or tuple(capacity for capacity in own if not capacity.endswith(":*"))
    by = (app, *(capacity for capacity in chosen if capacity != app))
    if len(by) > MAX_CAPACITIES or len(set(by)) < len(by):
        raise MalformedError("by", f"must name at most {MAX_CAPACITIES - 1}, each once")
    for index, capacity in enumerate(chosen):
        codes.check_code("capacity", capacity, field=f"by[{index}]")
        if capacity != app and not _covers(own, capacity):
            raise CapacityError(kind, f"a key with the capacity {capacity}")
    return by


def _covers(own: tuple[str, ...], capacity: str) -> bool:
    """Whether a key with these capacities has another; everybody is a member."""
    role, _, _ = capacity.rpartition(":")
    return capacity == "member" or not {capacity, f"{role}:*"}.isdisjoint(own)


class _LetIn(NamedTuple):
    """Who was let in within one second, by the book, the token and the scope."""

    second: str
    callers: dict[tuple[str, str, str], Caller]


class Gate:
    """Lets in who has a valid key, and notes when keys were last used."""

    def __init__(self, installation: Installation) -> None:
        """Guard the books of an installation."""
        self.installation = installation
        self._books: dict[str, int] = {}
        self._let_in = _LetIn("", {})
        self.uses = LastUses(installation)
        installation.on_close.callback(self.uses.flush)

    def enter(self, slug: str, token: str, scope: Scope, *, again: bool = False) -> Caller:
        """Give who sends this key, if it is valid, of this book, and of this scope.

        ``again`` says that the key is looked at once more under the lock, by whoever appends for
        the caller: then it is enough that it let them in within this same second. Raises
        UnknownBookError, UnauthenticatedError and ScopeError.
        """
        now = self.installation.clock.now()
        if not again:
            return self._check(slug, token, scope, now)
        callers = self._callers_of(now)
        caller = callers.get((slug, token, scope))
        if caller is None:
            caller = callers[slug, token, scope] = self._check(slug, token, scope, now)
        return caller

    def _callers_of(self, second: str) -> dict[tuple[str, str, str], Caller]:
        let_in = self._let_in
        if let_in.second != second:
            let_in = self._let_in = _LetIn(second, {})
        return let_in.callers

    def _check(self, slug: str, token: str, scope: Scope, now: str) -> Caller:
        parts = parse_token(token)
        if parts is None:
            raise UnauthenticatedError
        key_id, secret = parts
        book_id = self._find_book(slug)
        home = book_of(key_id)
        key = self._look(home, key_id)
        if not _is_secret(key, secret) or key is None or not is_valid(key, now):
            raise UnauthenticatedError
        if home != book_id:
            raise ScopeError(scope)
        self.uses.note(home, key, now)
        caller = Caller(key_id, key.app, key.scopes, key.capacities)
        caller.demand(scope)
        return caller

    def _look(self, book_id: int, key_id: str) -> KeyRow | None:
        """Read a key, so that one which was revoked opens nothing any more, in any process."""
        try:
            return keys.look_for_key(self.installation.lines, book_id, key_id)
        except UnknownKeyError:
            return None

    def _find_book(self, slug: str) -> int:
        """The number of a book, which is the same for ever. Raises UnknownBookError."""
        book_id = self._books.get(slug)
        if book_id is None:
            with reading(self.installation.engine) as connection:
                book_id = self._books[slug] = find_book(connection, slug).book_id
        return book_id


class LastUses:
    """Writes down when keys were last used: seldom, and in a thread of its own.

    So no request waits for it, and none fails for it: what cannot be written is left out.
    """

    def __init__(self, installation: Installation) -> None:
        """Start with nothing to write; a thread lives while there is something."""
        self._installation = installation
        self._lock = threading.Lock()
        self._noted: dict[str, str] = {}
        self._waiting: deque[tuple[int, str, str]] = deque()
        self._runner: threading.Thread | None = None

    def note(self, book_id: int, key: KeyRow, now: str) -> None:
        """Have it written that a key was used, unless that was done within ten minutes."""
        with self._lock:
            last = max(key.last_used or "", self._noted.get(key.key_id, ""))
            if last and not _is_over(last, now):
                return
            self._noted[key.key_id] = now
            self._waiting.append((book_id, key.key_id, now))
            if self._runner is None:
                self._runner = threading.Thread(target=self._run, name="last-uses", daemon=True)
                self._runner.start()

    def flush(self) -> None:
        """Wait until all that was noted is written, or left out."""
        thread = self._runner
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while (use := self._next()) is not None:
            try:
                self._write(*use)
            except (SQLAlchemyError, TimebankError) as error:
                _LOG.warning("the last use of an API key is left out: %s", type(error).__name__)

    def _next(self) -> tuple[int, str, str] | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._runner = None
            return None

    def _write(self, book_id: int, key_id: str, now: str) -> None:
        with writing(self._installation.engine) as connection:
            keys.use_key(connection, book_id, key_id, now)


def _is_secret(key: KeyRow | None, secret: str) -> bool:
    """Whether it is the secret of the key, in a time that does not depend on either."""
    kept = _NO_HASH if key is None else key.secret_hash
    return hmac.compare_digest(kept, hash_secret(secret))


def _is_over(last: str, now: str) -> bool:
    if last[:_TEN_MINUTES] == now[:_TEN_MINUTES]:
        return False
    return datetime.fromisoformat(now) - datetime.fromisoformat(last) >= timedelta(
        minutes=USE_MINUTES
    )
