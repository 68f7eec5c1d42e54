"""The journal: the one way in. Every change of a book is an entry that ``append`` wrote.

The order is the same for every entry, and nothing that was read before the first step decides
anything: lock the head, load the facts, build the draft, check the rules, give it its place,
write. What is decided under the lock is serial, so nothing is spent twice and entries of a book
never deadlock; in a batch each command sees the effects of those accepted before it.
"""

import os
from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from timebank.errors import (
    ClockJumpError,
    InvalidError,
    TimebankError,
    TooLargeError,
    UnauthenticatedError,
)
from timebank.flows.facts import Facts
from timebank.flows.needs import Needs
from timebank.flows.registry import build, needs_of
from timebank.ledger import rules
from timebank.ledger.encoding import MAX_ENTRY_BYTES
from timebank.ledger.entry import Written, decode_entry, owners_of, write_entry
from timebank.ledger.hashing import leaf_hash
from timebank.ledger.merkle import Edge, EdgeBuilder
from timebank.ledger.model import Entry
from timebank.ledger.registry import Registry, standard_registry
from timebank.ledger.rules import Accepted
from timebank.store.books import Book, Head, find_book, lock_head
from timebank.store.charts import Chart, load_chart
from timebank.store.driver import Cursor, cursor_of
from timebank.store.facts.loading import Loaded
from timebank.store.facts.needed import load_facts
from timebank.store.idempotency import keys_by_app, look_up
from timebank.store.keychain import Keychain
from timebank.store.locking import Locked, lock_for
from timebank.store.openings import SALT_BYTES
from timebank.store.private_rows import PrivateRows
from timebank.store.projections import Projection
from timebank.store.requests import Appended, NewHolder, NewSigningKey, Outcome, Request
from timebank.store.tables import entries, heads
from timebank.store.vault import RandomBytes, Vault

MAX_CLOCK_JUMP_DAYS: Final = 2
ROUTES_MAX: Final = 4_096
"""How many ways of legs of one book are remembered at once, about."""
REVERSAL_ROOM_BYTES: Final = 512
"""What a reversal may say more than what it reverses: its capacities, its facts, a longer seq."""


class Moment(NamedTuple):
    """When an append happens: the day in the book's time zone, and RFC 3339 in UTC."""

    today: str
    now: str


class Journal:
    """Appends entries to the books of one installation."""

    def __init__(
        self,
        vault: Vault,
        *,
        registry: Registry | None = None,
        random_bytes: RandomBytes = os.urandom,
    ) -> None:
        """Use the secrets of the vault, and the registry of kinds that comes with the package."""
        self.vault = vault
        self.registry = registry or standard_registry()
        self._random_bytes = random_bytes
        self._charts: dict[int, Chart] = {}
        self._books: dict[str, Book] = {}

    def find_book(self, connection: Connection, slug: str) -> Book:
        """The book with this slug, which never changes. Raises UnknownBookError."""
        book = self._books.get(slug)
        if book is None:
            book = self._books[slug] = find_book(connection, slug)
        return book

    def append(
        self, within: Connection | Cursor, book: Book, requests: Sequence[Request], moment: Moment
    ) -> list[Outcome]:
        """Append what the requests ask for, in order, and give the outcome of each.

        To be called in ``writing``; the caller commits, or rolls back where it wants all or
        nothing. A refused request takes no place in the log and leaves no trace.
        """
        if isinstance(within, Cursor):
            return self._append(within, book, requests, moment)
        with cursor_of(within) as cursor:
            return self._append(cursor, book, requests, moment)

    def _append(
        self, cursor: Cursor, book: Book, requests: Sequence[Request], moment: Moment
    ) -> list[Outcome]:
        locked = lock_for(cursor, book.book_id, requests, moment.now)
        head = locked.head
        needs = [_needs_or_error(request, locked) for request in requests]
        loaded = load_facts(
            cursor,
            book,
            head,
            self._chart(cursor.connection, book, head),
            registry=self.registry,
            needs=[need for need in needs if isinstance(need, Needs)],
            today=max(moment.today, head.posted),
        )
        run = _Run(self, cursor, book, locked, loaded=loaded, moment=moment)
        run.prepare(requests)
        outcomes = [
            need if isinstance(need, TimebankError) else run.decide(requests[index])
            for index, need in enumerate(needs)
        ]
        run.flush()
        return outcomes

    def has(self, connection: Connection, book: Book, request: Request, appended: Appended) -> bool:
        """Whether what was appended for this request is there, though nobody saw its COMMIT end.

        To be called in ``writing``: the lock is free only once that transaction has ended, so the
        answer is final. ``prev`` makes the entry speak for all before it.
        """
        lock_head(connection, book.book_id)
        if _read_body(connection, book.book_id, appended.seq) != appended.body:
            return False
        known = request.idempotency
        if known is None:
            return True
        return look_up(connection, book.book_id, keys_by_app([known])).find(known) == appended.seq

    def forget_charts(self) -> None:
        """Read the charts again, each when it is needed next."""
        self._charts.clear()

    def salts(self, count: int) -> tuple[bytes, ...]:
        """Fresh salts for so many seals."""
        return tuple([self._random_bytes(SALT_BYTES) for _ in range(count)])

    def _chart(self, connection: Connection, book: Book, head: Head) -> Chart:
        """The chart under the lock; it is read again only when a definition was written."""
        chart = self._charts.get(book.book_id)
        if chart is None or chart.defined != head.defined:
            chart = load_chart(connection, book.book_id, head.defined)
            self._charts[book.book_id] = chart
        if len(chart.routes) > ROUTES_MAX:
            chart.routes.clear()
        return chart


def _needs_or_error(request: Request, locked: Locked) -> Needs | TimebankError:
    """What a request needs, or why it is not even looked at."""
    if request.key_id is not None and request.key_id not in locked.valid:
        return UnauthenticatedError()
    try:
        return needs_of(request.command)
    except InvalidError as error:
        return error


class _Run:
    """One append under the lock, request by request."""

    def __init__(  # noqa: PLR0913  all that one append works with
        self,
        journal: Journal,
        cursor: Cursor,
        book: Book,
        locked: Locked,
        *,
        loaded: Loaded,
        moment: Moment,
    ) -> None:
        head = locked.head
        vault = journal.vault.book(book.origin)
        self._journal = journal
        self._cursor = cursor
        self._book = book
        self._state = loaded.state
        self._posted = _posted(moment.today, head.posted)
        self._facts = Facts(
            state=loaded.state, today=self._posted, now=moment.now, members=loaded.members
        )
        self._seen = locked.seen
        self._previous = head.last_leaf
        self._edge = EdgeBuilder(Edge.from_bytes(head.size, head.edge))
        self._defined = head.defined
        self._keychain = Keychain(vault, book.origin, self._posted, loaded.wrapped_keys)
        self._projection = Projection(book.book_id, loaded.state)
        self._private = PrivateRows(self._projection.rows, vault, self._keychain)
        self._written: dict[int, bytes] = {}

    def prepare(self, requests: Sequence[Request]) -> None:
        """Read what is private and must be known before: the numbers that are taken."""
        attached = [request.attached for request in requests if request.attached]
        if attached:
            new = [one for one in attached if isinstance(one, NewHolder)]
            self._private.load_taken(self._cursor.connection, new)

    def decide(self, request: Request) -> Outcome:
        """Append what one request asks for, or give the reason against it."""
        try:
            seq = self._seen.find(request.idempotency) if request.idempotency else None
            return self._append(request) if seq is None else self._replay(seq)
        except TimebankError as error:
            return error

    def flush(self) -> None:
        """Write all that was accepted, and move the head."""
        if not self._written:
            return
        defined = self._projection.defined
        moved = (
            self._book.book_id,
            self._state.size,
            self._previous,
            self._edge.to_bytes(),
            self._state.posted,
            self._state.closed_until,
            self._defined if defined is None else defined,
        )
        self._projection.rows.replace(heads, [moved])
        self._projection.flush(self._cursor)

    def _replay(self, seq: int) -> Appended:
        """The answer that was given before, rebuilt from the entry."""
        body = self._written.get(seq)
        if body is None:
            body = _read_body(self._cursor.connection, self._book.book_id, seq)
            assert body is not None, "idempotency keys and entries are written together"
        return Appended(seq, body, leaf_hash(body), decode_entry(body), replayed=True)

    def _append(self, request: Request) -> Appended:
        draft = build(request.command, self._facts)
        owners = owners_of(draft)
        written = write_entry(
            draft,
            origin=self._book.origin,
            seq=self._state.size,
            prev=self._previous,
            posted=self._posted,
            by=request.by,
            blinder=self._keychain.blinder,
            salts=self._journal.salts(len(draft.details)),
        )
        accepted = rules.check(written.entry, owners, self._state, revealed=True)
        if accepted.of_kind.kind.reversible:
            _check_room(written)
        if isinstance(request.attached, NewHolder):
            self._private.check_holder(request.attached)
        self._write(written, accepted, request)
        entry = written.entry
        return Appended(entry.seq, written.body, self._previous, entry, replayed=False)

    def _write(self, written: Written, accepted: Accepted, request: Request) -> None:
        """Fold an accepted entry into the state, and collect its rows. Nothing can refuse here."""
        entry = written.entry
        sides = rules.apply(accepted, self._state)
        if accepted.of_kind.kind.defines:
            # The chart has its routes for all appends, and this one may be rolled back.
            self._state.routes = {}
        self._previous = leaf_hash(written.body)
        self._written[entry.seq] = written.body
        self._projection.add_entry(entry, written.body, self._previous)
        self._projection.add(entry, sides, self._edge.append(self._previous))
        self._add_attached(entry, request.attached)
        self._private.add_openings(written, accepted.owners)
        if request.idempotency:
            self._seen.add(self._projection.rows, request.idempotency, entry.seq)

    def _add_attached(self, entry: Entry, attached: NewHolder | NewSigningKey | None) -> None:
        if isinstance(attached, NewHolder):
            self._private.add_holder(self._state.holders[entry.seq], attached)
        elif isinstance(attached, NewSigningKey):
            self._private.add_signing_key(entry, attached)


def _check_room(written: Written) -> None:
    """Raise TooLargeError where no room is left for the reversal, which may be longer."""
    limit = MAX_ENTRY_BYTES - REVERSAL_ROOM_BYTES
    if len(written.body) > limit:
        raise TooLargeError("entry", limit, "bytes")


def _read_body(connection: Connection, book_id: int, seq: int) -> bytes | None:
    query = select(entries.c.body).where(entries.c.book_id == book_id, entries.c.seq == seq)
    return connection.execute(query).scalar_one_or_none()


def _posted(today: str, last: str) -> str:
    """The later of today and the last entry's day.

    Raises ClockJumpError where the log is over two days ahead of the clock: one of them is wrong,
    and every entry would carry the error on.
    """
    if last > today:
        ahead = date.fromisoformat(last) - date.fromisoformat(today)
        if ahead.days > MAX_CLOCK_JUMP_DAYS:
            raise ClockJumpError(today, "the last entry", last)
    return max(today, last)
