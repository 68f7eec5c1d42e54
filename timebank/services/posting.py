"""Posting: commands in, entries out. One transaction for one command or for a whole batch."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from timebank.errors import StaleStateError, TimebankError
from timebank.flows.command import Command
from timebank.ledger.model import Entry
from timebank.services.installation import Installation
from timebank.store import requests
from timebank.store.books import Book, find_book
from timebank.store.database import retrying, writing
from timebank.store.journal import Moment
from timebank.store.requests import NewHolder, NewSigningKey, Outcome, Request


@dataclass(frozen=True, slots=True)
class Idempotency:
    """By what a repeated request is known: the app's key, and what it asked.

    ``command`` is the validated command in some canonical form.
    """

    app: str
    key: str = field(repr=False)
    method: str
    path: str
    command: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A command to be posted: in what capacities, and by which key it may be repeated."""

    command: Command
    by: tuple[str, ...]
    idempotency: Idempotency | None = None
    attached: NewHolder | NewSigningKey | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """An entry in its place. ``replayed`` says that an earlier request had put it there."""

    seq: int
    body: bytes
    entry: Entry
    replayed: bool


def post(installation: Installation, slug: str, posting: Posting) -> Posted:
    """Post one command. Raises the TimebankError that speaks against it."""
    outcome = post_batch(installation, slug, [posting], atomic=False)[0]
    if isinstance(outcome, TimebankError):
        raise outcome
    return outcome


def post_batch(
    installation: Installation, slug: str, postings: Sequence[Posting], *, atomic: bool
) -> list[Posted | TimebankError]:
    """Post commands in order; give the outcome of each.

    ``atomic``: if one is refused, none is written, and the others say so. Otherwise each stands
    on its own, and sees the effects of those accepted before it.
    """
    return retrying(lambda: _post_batch(installation, slug, postings, atomic=atomic))


def append(
    installation: Installation, connection: Connection, book: Book, postings: Sequence[Posting]
) -> list[Outcome]:
    """Append in a transaction that the caller owns and that is in ``writing``."""
    moment = Moment(installation.clock.today(book.time_zone), installation.clock.now())
    asked = [_to_request(installation, book, posting) for posting in postings]
    return installation.journal.append(connection, book, asked, moment)


class _BatchRefusedError(Exception):
    """Rolls the transaction of an atomic batch back; never leaves this module."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__()
        self.outcomes = outcomes


def _post_batch(
    installation: Installation, slug: str, postings: Sequence[Posting], *, atomic: bool
) -> list[Posted | TimebankError]:
    try:
        with writing(installation.engine) as connection:
            book = find_book(connection, slug)
            outcomes = append(installation, connection, book, postings)
            if atomic:
                _demand_all(outcomes)
    except _BatchRefusedError as refused:
        return _none_written(refused.outcomes)
    return [
        outcome if isinstance(outcome, TimebankError) else to_posted(outcome)
        for outcome in outcomes
    ]


def _demand_all(outcomes: list[Outcome]) -> None:
    if any(isinstance(outcome, TimebankError) for outcome in outcomes):
        raise _BatchRefusedError(outcomes)


def to_posted(appended: requests.Appended) -> Posted:
    """What the journal answered, as this service gives it."""
    return Posted(appended.seq, appended.body, appended.entry, appended.replayed)


def _none_written(outcomes: list[Outcome]) -> list[Posted | TimebankError]:
    """The outcomes of an atomic batch that was refused; what stood before it still stands."""
    first = next(
        index for index, outcome in enumerate(outcomes) if isinstance(outcome, TimebankError)
    )
    return [
        outcome
        if isinstance(outcome, TimebankError)
        else to_posted(outcome)
        if outcome.replayed
        else StaleStateError("batch", f"not written, since item {first} was refused")
        for outcome in outcomes
    ]


def _to_request(installation: Installation, book: Book, posting: Posting) -> Request:
    known = posting.idempotency
    return Request(
        command=posting.command,
        by=posting.by,
        attached=posting.attached,
        idempotency=None if known is None else digest(installation, book, known),
    )


def digest(installation: Installation, book: Book, known: Idempotency) -> requests.Idempotency:
    """By what a repeated request is known in the database: HMACs of its key and of itself."""
    vault = installation.vault.book(book.origin)
    return requests.Idempotency(
        app=known.app,
        key_digest=vault.key_digest(known.app, known.key),
        request_digest=vault.request_digest(known.method, known.path, known.command),
    )
