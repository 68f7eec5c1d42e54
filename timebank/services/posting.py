"""Posting: commands in, entries out. One transaction for all that waits for the same book."""

import time
from collections.abc import Sequence
from contextlib import suppress
from copy import copy
from functools import partial
from itertools import islice
from typing import Final, NamedTuple, TypeAlias

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from timebank.errors import BusyError, StaleStateError, TimebankError
from timebank.services.installation import Installation
from timebank.services.metrics import APPEND_SECONDS
from timebank.services.postings import Idempotency, Posting
from timebank.store import requests
from timebank.store.books import Book
from timebank.store.database import CommitUnknownError, retrying, writing
from timebank.store.driver import Cursor
from timebank.store.journal import Moment
from timebank.store.requests import Appended, Outcome, Request
from timebank.store.vault import BookVault

__all__ = ["Idempotency", "Posted", "Posting", "append", "digest", "post", "post_batch"]

TRIES: Final = 3
"""How often the same is written anew after commits whose answers were lost."""

Posted: TypeAlias = Appended
"""What the journal answered where it accepted a command."""


class _Batch(NamedTuple):
    """Postings of one request. ``atomic``: if one is refused, none is written."""

    postings: tuple[Posting, ...]
    atomic: bool


_Result = list[Posted | TimebankError]


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
    on its own, and sees the effects of those accepted before it. Under load all that waits for
    the book is written in one transaction (:mod:`timebank.services.writer`), without a
    difference to anybody's outcome. Raises BusyError, also as CommitUnknownError where the
    database broke down before it could be asked what had become of the commands.
    """
    began = time.perf_counter()
    try:
        return installation.writer.write(
            slug,
            _Batch(tuple(postings), atomic),
            partial(_post_together, installation),
            items=len(postings),
            alone=atomic,
        )
    finally:
        APPEND_SECONDS.observe(time.perf_counter() - began)


def append(
    installation: Installation,
    within: Connection | Cursor,
    book: Book,
    postings: Sequence[Posting],
) -> list[Outcome]:
    """Append in a transaction that the caller owns and that is in ``writing``.

    Nothing is appended for an API key that has expired or was revoked meanwhile.
    """
    moment = Moment(installation.clock.today(book.time_zone), installation.clock.now())
    vault = installation.vault.book(book.origin)
    asked = [_to_request(vault, posting) for posting in postings]
    return installation.journal.append(within, book, asked, moment)


def _post_together(
    installation: Installation, slug: str, batches: Sequence[_Batch]
) -> list[_Result | Exception]:
    """Write batches in one transaction; where that fails, each in its own.

    So what the database has against one request is never told to another. That it is too busy is
    told to all, since it would not be less so for each of them.
    """
    try:
        return list(_post_surely(installation, slug, batches))
    except BusyError as error:
        return [copy(error) for _ in batches]
    except Exception as error:  # noqa: BLE001  whatever it is, it may be due to one of them only
        if len(batches) == 1:
            return [error]
    return [result for batch in batches for result in _post_together(installation, slug, [batch])]


def _post_surely(installation: Installation, slug: str, batches: Sequence[_Batch]) -> list[_Result]:
    """Write batches, and where the answer to a COMMIT is lost, look what became of it."""
    attempt = _Attempt(installation, slug, batches)
    for _ in range(TRIES):
        try:
            return retrying(attempt.write)
        except CommitUnknownError:
            installation.journal.forget_charts()
            if attempt.was_written():
                return attempt.results()
    raise BusyError(1)


class _BatchRefusedError(Exception):
    """Rolls the transaction of an atomic batch back; never leaves this module."""


class _Attempt:
    """Batches that are written in one transaction, and what was decided about them last."""

    def __init__(self, installation: Installation, slug: str, batches: Sequence[_Batch]) -> None:
        self._installation = installation
        self._slug = slug
        self._batches = batches
        self._postings = [posting for batch in batches for posting in batch.postings]
        self._atomic = any(batch.atomic for batch in batches)
        self._book: Book | None = None
        self._outcomes: list[Outcome] = []
        assert len(batches) == 1 or not self._atomic, "an atomic batch stands alone"

    def write(self) -> list[_Result]:
        """Decide and commit; give the outcomes of each batch."""
        try:
            self._installation.lines.write(self._decide)
        except _BatchRefusedError:
            return [_none_written(self._outcomes)]
        return self.results()

    def _decide(self, cursor: Cursor) -> None:
        """Append what is not refused. Raises _BatchRefusedError."""
        self._book = self._installation.journal.find_book(cursor.connection, self._slug)
        self._outcomes = append(self._installation, cursor, self._book, self._postings)
        if self._atomic:
            _demand_all(self._outcomes)

    def results(self) -> list[_Result]:
        """The outcomes of each batch, as they were committed."""
        assert self._book is not None, "it was found before anything was appended"
        self._installation.news.tell(self._book.book_id, self._outcomes)
        outcomes = iter(self._outcomes)
        return [list(islice(outcomes, len(batch.postings))) for batch in self._batches]

    def was_written(self) -> bool:
        """Whether the commit whose answer was lost took place; in the end it did or it did not.

        Raises CommitUnknownError where the database does not tell.
        """
        written = [
            (posting, outcome)
            for posting, outcome in zip(self._postings, self._outcomes, strict=True)
            if isinstance(outcome, Appended) and not outcome.replayed
        ]
        if not written:
            return True
        try:
            return retrying(lambda: self._find(*written[-1]))
        except (DBAPIError, BusyError) as error:
            raise CommitUnknownError(1) from error

    def _find(self, posting: Posting, appended: Appended) -> bool:
        """Whether the last entry that was to be written is there, under the same key."""
        assert self._book is not None, "it was found before anything was appended"
        vault = self._installation.vault.book(self._book.origin)
        request = _to_request(vault, posting)
        found = False
        # Nothing is written here, so the end of this transaction tells nothing.
        with suppress(CommitUnknownError), writing(self._installation.engine) as connection:
            found = self._installation.journal.has(connection, self._book, request, appended)
        return found


def _demand_all(outcomes: list[Outcome]) -> None:
    if any(map(_is_refusal, outcomes)):
        raise _BatchRefusedError


def _is_refusal(outcome: Outcome) -> bool:
    return isinstance(outcome, TimebankError)


def _none_written(outcomes: list[Outcome]) -> _Result:
    """The outcomes of an atomic batch that was refused; what stood before it still stands."""
    first = next(index for index, outcome in enumerate(outcomes) if _is_refusal(outcome))
    return [
        outcome
        if isinstance(outcome, TimebankError) or outcome.replayed
        else StaleStateError("batch", f"not written, since item {first} was refused")
        for outcome in outcomes
    ]


def _to_request(vault: BookVault, posting: Posting) -> Request:
    known = posting.idempotency
    return Request(
        command=posting.command,
        by=posting.by,
        attached=posting.attached,
        idempotency=None if known is None else _digest(vault, known),
        key_id=posting.key_id,
    )


def digest(installation: Installation, book: Book, known: Idempotency) -> requests.Idempotency:
    """By what a repeated request is known in the database: HMACs of its key and of itself."""
    return _digest(installation.vault.book(book.origin), known)


def _digest(vault: BookVault, known: Idempotency) -> requests.Idempotency:
    return requests.Idempotency(
        app=known.app,
        key_digest=vault.key_digest(known.app, known.key),
        request_digest=vault.request_digest(known.method, known.path, known.command),
    )
